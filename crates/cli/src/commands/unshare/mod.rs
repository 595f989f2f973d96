//! The personality `unshare`: a program in new namespaces, as util-linux's `unshare(1)` has it.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use insula_ns::Kind;
use insula_sandbox::mounts::{Directory, Mount, Propagation, Root};
use insula_sandbox::{Clock, Sandbox};

use super::execute;
use crate::args::{Arg, Command, Example, FaceKind, Order};
use crate::report::Failure;

mod ids;
mod options;

use options::Options;

pub(super) const COMMAND: Command<Options> = Command {
    name: "unshare",
    face: FaceKind::Personality,
    about: "Run a program in new namespaces",
    usage: &["[OPTIONS] [PROGRAM [ARGUMENT…]]"],
    details: "Without a program, `$SHELL` or else `/bin/sh` is run as a login shell.\n\n\
              The options are those of util-linux 2.42. The exit status is that of the program: 126 if it cannot be \
              executed, 127 if it is not found, 1 if anything before fails. With `--fork`, a signal that ends the \
              program ends unshare too.",
    examples: &[
        Example { line: "unshare --pid --fork --mount-proc ps aux", does: "sees no other processes" },
        Example { line: "unshare -Ur id -u", does: "is root, without being it" },
        Example {
            line: "unshare --uts=/run/blue hostname blue",
            does: "keeps a host name for `nsenter --uts=/run/blue`",
        },
    ],
    order: Order::BeforeOperands,
    flags: options::FLAGS,
    exits: execute::EXITS,
    run,
};

fn run(options: Options, operands: &[Arg]) -> Result<u8, Failure> {
    check(&options)?;
    let kept = kept_variables(&options);
    let clear = options.clear_environment || options.kept_variables.is_some();
    let shell = kept.iter().find(|(name, _)| name == "SHELL").map(|(_, shell)| shell.clone());
    let shell = if clear { shell } else { std::env::var_os("SHELL") };
    let mut sandbox = execute::sandbox(operands, shell);
    sandbox.command.clear_environment = clear;
    sandbox.command.environment = kept.into_iter().map(|(name, value)| (name, Some(value))).collect();
    let fork = options.fork;
    fill(&mut sandbox, options)?;
    match fork {
        Some(interruption) => execute::in_child(sandbox, interruption),
        None => Err(execute::in_place(sandbox)),
    }
}

/// What the library would refuse too, in the words of this command line.
fn check(options: &Options) -> Result<(), Failure> {
    if (options.monotonic.is_some() || options.boottime.is_some()) && !options.new.contains(Kind::Time) {
        return Err(Failure::usage("`--monotonic` and `--boottime` need a new time namespace: `--time`"));
    }
    if options.ids.setgroups.is_some() && !options.new.contains(Kind::User) {
        return Err(Failure::usage("`--setgroups` needs a new user namespace: `--user`"));
    }
    Ok(())
}

/// The variables of `--whitelist-env` that exist.
fn kept_variables(options: &Options) -> Vec<(OsString, OsString)> {
    let names = options.kept_variables.map_or(&b""[..], OsStrExt::as_bytes).split(|byte| *byte == b',');
    names
        .filter(|name| !name.is_empty())
        .map(OsStr::from_bytes)
        .filter_map(|name| std::env::var_os(name).map(|value| (name.to_owned(), value)))
        .collect()
}

fn fill(sandbox: &mut Sandbox, options: Options) -> Result<(), Failure> {
    const NANOSECONDS: i128 = 1_000_000_000;
    let new = options.new;
    let namespaces = &mut sandbox.namespaces;
    namespaces.new = new;
    namespaces.pins = options.pins;
    namespaces.owner = options.owner;
    namespaces.ids = options.ids.maps()?;
    for (clock, offset) in [(Clock::Monotonic, options.monotonic), (Clock::Boottime, options.boottime)] {
        namespaces.time_offsets.extend(offset.map(|seconds| (clock, i128::from(seconds) * NANOSECONDS)));
    }
    sandbox.death_signal = options.death_signal;
    sandbox.identity.keep_capabilities = options.keep_capabilities && new.contains(Kind::User);
    sandbox.identity.uid = options.uid;
    sandbox.identity.gid = options.gid;
    sandbox.identity.groups = options.gid.map(|_| Vec::new());

    let mounts = &mut sandbox.mounts;
    let propagation = options.propagation.unwrap_or(Propagation::Private);
    mounts.propagation = Some(propagation).filter(|_| new.contains(Kind::Mnt));
    // In a copied mount namespace whose mounts are still shared, what is mounted must not show in the caller's.
    let confine = propagation != Propagation::Private && options.root.is_none();
    let mut mount = |target: &Path, one: Mount| {
        if confine {
            mounts.mounts.push(Mount::Private(target.to_owned()));
        }
        mounts.mounts.push(one);
    };
    if let Some(target) = &options.proc {
        mount(target, Mount::Proc(target.into()));
    }
    if let Some(target) = options.binfmt {
        mount(&target.clone(), Mount::Binfmt { target, register: options.formats });
    }
    mounts.root = options.root.map_or(Root::Unchanged, Root::Chroot);
    mounts.directory = options.directory.map(Directory::Path);
    Ok(())
}
