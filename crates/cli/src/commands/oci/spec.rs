//! `insula oci spec`: a configuration to begin with.

use std::fs::File;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use insula_ns::Kind;
use insula_oci::spec::{Namespace, Spec};
use rustix::fs::statfs;
use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::PrettyFormatter;

use super::Verb;
use super::verb::Context;
use crate::args::{Arg, Order, flag};
use crate::report::Failure;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Options {
    bundle: Option<Arg>,
    rootless: bool,
}

pub(super) const VERB: Verb<Options> = Verb {
    name: "oci spec",
    about: "Write a `config.json` to begin with",
    usage: &["[OPTIONS]"],
    details: "\
The container of this configuration is a shell in `rootfs`. A `config.json` that is there is not touched.",
    order: Order::Anywhere,
    flags: &[
        flag("bundle", "the directory to write to; the working directory, if it is not given")
            .short('b')
            .required("DIR", |o, dir| {
                o.bundle = Some(dir);
                Ok(())
            }),
        flag("rootless", "for a user who is not root").switch(|o| o.rootless = true),
    ],
    run,
};

fn run(_: &mut Context<'_>, options: Options, operands: &[Arg]) -> Result<u8, Failure> {
    if !operands.is_empty() {
        return Err(Failure::usage("expected no operand"));
    }
    let mut spec = if options.rootless {
        let (uid, gid) = (rustix::process::geteuid(), rustix::process::getegid());
        Spec::rootless_example(uid.as_raw(), gid.as_raw())
    } else {
        Spec::example()
    };
    if has_cgroup2() {
        spec.linux.namespaces.push(Namespace { kind: Kind::Cgroup, path: None });
    }
    let path = Path::new(options.bundle.unwrap_or(".".as_ref())).join("config.json");
    let failed = |error: std::io::Error| {
        if error.kind() == ErrorKind::AlreadyExists {
            return Failure::new(format!("`{}` exists already", path.display())).hint("remove it first");
        }
        Failure::from(error).context(&format!("cannot write `{}`", path.display()))
    };
    let mut file = File::create_new(&path).map_err(failed)?;
    file.write_all(&indented(&spec, b"\t")).map_err(failed)?;
    Ok(0)
}

/// Whether control groups are of version 2 alone, where a container sees its own part of the tree, as runc has it.
fn has_cgroup2() -> bool {
    const CGROUP2_SUPER_MAGIC: rustix::fs::FsWord = 0x6367_7270;
    statfs("/sys/fs/cgroup").is_ok_and(|stat| stat.f_type == CGROUP2_SUPER_MAGIC)
}

/// A document over several lines.
pub(super) fn indented(document: &impl Serialize, indent: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut text, PrettyFormatter::with_indent(indent));
    document
        .serialize(&mut serializer)
        .expect("documents have neither maps with other keys nor failing parts");
    text
}
