//! `insula oci restore`: a container is made of what was written of one.

use std::path::Path;

use insula_oci::{Bundle, Deletion, Restoration};

use super::checkpoint::{self, Images};
use super::console::Console;
use super::container::AtEnd;
use super::failure::explain;
use super::verb::Context;
use super::{Verb, container, files};
use crate::args::{Arg, Order, flag, text};
use crate::report::Failure;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Options {
    images: Images,
    bundle: Option<Arg>,
    console_socket: Option<Arg>,
    pid_file: Option<Arg>,
    detach: bool,
    security_context: Option<&'static str>,
    mount_context: Option<&'static str>,
}

pub(super) const VERB: Verb<Options> = Verb {
    name: "oci restore",
    about: "Make a container of such files, and let it go on",
    usage: &["[OPTIONS] CONTAINER"],
    details: "\
Has the program `criu` make the processes that `checkpoint` has written, in a container of the same configuration. For another \
name or `cgroupsPath`, `checkpoint` and this take `--manage-cgroups-mode ignore`. \
Waits for the end of the first one, takes the container away, and exits as that process did. Where its standard streams were pipes, \
or files of the machine's, it gets ours in their place.",
    order: Order::Anywhere,
    flags: checkpoint::flags![
        flag("bundle", "the directory with `config.json`; the working directory, if it is not given")
            .short('b')
            .required("DIR", |o, dir| {
                o.bundle = Some(dir);
                Ok(())
            }),
        flag("console-socket", "a socket that gets the controlling side of the terminal").required(
            "PATH",
            |o, path| {
                o.console_socket = Some(path);
                Ok(())
            },
        ),
        flag("pid-file", "a file that gets the id of the first process").required("FILE", |o, file| {
            o.pid_file = Some(file);
            Ok(())
        }),
        flag("detach", "do not wait for its end").short('d').switch(|o| o.detach = true),
        flag("lsm-profile", "the security context of its processes, in place of the one that they had")
            .required("TYPE:LABEL", |o, label| {
                o.security_context = Some(text(label)?);
                Ok(())
            },),
        flag("lsm-mount-context", "the SELinux context of its mounts, where they had one").required(
            "CONTEXT",
            |o, context| {
                o.mount_context = Some(text(context)?);
                Ok(())
            },
        ),
        flag("no-subreaper", "orphans of the container go to whom they go anyway: this is always so")
            .switch(|_| ()),
        flag("no-pivot", "criu enters the root as it can: this is always so").switch(|_| ()),
    ],
    run,
};

fn run(context: &mut Context<'_>, options: Options, operands: &[Arg]) -> Result<u8, Failure> {
    let id = container::only_id(operands)?;
    let bundle = Bundle::open(Path::new(options.bundle.unwrap_or(".".as_ref()))).map_err(explain)?;
    let has_terminal = bundle.spec().process.as_ref().is_some_and(|process| process.terminal);
    let mut console = Console::new(options.console_socket, has_terminal && !options.detach)?;
    let restoration = Restoration {
        imaging: options.images.imaging(),
        console: console.socket.take(),
        cgroups: context.globals.cgroups,
        rights: context.globals.rights,
        security_context: options.security_context.map(str::to_owned),
        mount_context: options.mount_context.map(str::to_owned),
    };
    let runtime = context.globals.runtime();
    let made = runtime.restore(&id, &bundle, &restoration).map_err(explain)?;
    drop(restoration);
    for warning in &made.warnings {
        context.log.warning_of(warning);
    }
    let told = options.pid_file.map_or(Ok(()), |path| files::write_pid(path, made.child.pid()));
    let terminal = match told.and_then(|()| console.terminal()) {
        Ok(terminal) => terminal,
        // Whoever asked for it does not know that it is there.
        Err(failure) => {
            made.container.delete(&runtime, Deletion::Forced).map_err(explain)?;
            return Err(failure);
        }
    };
    if options.detach {
        return Ok(0);
    }
    container::finish(context, made, terminal, AtEnd::Deleted)
}
