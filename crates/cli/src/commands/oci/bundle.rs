//! The flags that `create` and `run` have in common.

use std::path::Path;

use insula_oci::{Bundle, Creation, Made, When};
use insula_sandbox::Terminal;
use insula_sandbox::mounts::Entering;

use super::console::Console;
use super::failure::explain;
use super::verb::Context;
use super::{container, files, inherited};
use crate::args::Arg;
use crate::report::Failure;

/// How a container is made.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Making {
    pub(super) bundle: Option<Arg>,
    pub(super) config: Option<Arg>,
    pub(super) console_socket: Option<Arg>,
    pub(super) pidfd_socket: Option<Arg>,
    pub(super) pid_file: Option<Arg>,
    pub(super) no_new_keyring: bool,
    pub(super) entering: Entering,
    pub(super) preserved: u32,
}

/// The flags of an options type with a field `making`.
macro_rules! flags {
    ($($more:expr,)*) => {
        &[
            $crate::args::flag("bundle", "the directory with `config.json`; the working directory, if it is not given")
                .short('b')
                .required("DIR", |o, dir| {
                    o.making.bundle = Some(dir);
                    Ok(())
                }),
            $crate::args::flag("config", "the configuration, if it is not `config.json` of that directory")
                .short('f')
                .required("FILE", |o, file| {
                    o.making.config = Some(file);
                    Ok(())
                }),
            $crate::args::flag("console-socket", "a socket that gets the controlling side of the terminal")
                .required("PATH", |o, path| {
                    o.making.console_socket = Some(path);
                    Ok(())
                }),
            $crate::args::flag("pidfd-socket", "a socket that gets a pidfd of the first process").required(
                "PATH",
                |o, path| {
                    o.making.pidfd_socket = Some(path);
                    Ok(())
                },
            ),
            $crate::args::flag("pid-file", "a file that gets the id of the first process").required(
                "FILE",
                |o, file| {
                    o.making.pid_file = Some(file);
                    Ok(())
                },
            ),
            $crate::args::flag("no-new-keyring", "stay in the session keyring of the caller")
                .switch(|o| o.making.no_new_keyring = true),
            $crate::args::flag("preserve-fds", "pass that many descriptors from 3 on, behind those that systemd has passed")
                .required("COUNT", |o, count| {
                o.making.preserved = $crate::args::number(count)?;
                Ok(())
            }),
            $crate::args::flag("no-pivot", "lay the new root over an old one that cannot be pivoted from, as on a RAM disk")
                .switch(|o| o.making.entering = insula_sandbox::mounts::Entering::Cover),
            $crate::args::flag("no-subreaper", "orphans of the container go to whom they go anyway: this is always so")
                .switch(|_| ()),
            $($more,)*
        ]
    };
}
pub(super) use flags;

/// Whether this command is there as long as the container's process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stay {
    /// It ends when the container is made.
    Detached,
    /// It waits for its end, and has its terminal if nobody else takes that.
    Attending,
}

/// Makes the container, and tells everybody who waits for its process. Gives its terminal, if that is for us.
pub(super) fn make(
    context: &mut Context<'_>,
    making: &Making,
    operands: &[Arg],
    when: When,
    stay: Stay,
) -> Result<(Made, Option<Terminal>), Failure> {
    let id = container::only_id(operands)?;
    let directory = Path::new(making.bundle.unwrap_or(".".as_ref()));
    let bundle = match making.config {
        Some(file) => Bundle::open_with(directory, Path::new(file)),
        None => Bundle::open(directory),
    }
    .map_err(explain)?;
    let has_terminal = bundle.spec().process.as_ref().is_some_and(|process| process.terminal);
    let mut console = Console::new(making.console_socket, has_terminal && stay == Stay::Attending)?;
    let activated = inherited::activated();
    let creation = Creation {
        console: console.socket.take(),
        preserved: activated.saturating_add(making.preserved),
        activated,
        no_new_keyring: making.no_new_keyring,
        entering: making.entering,
        cgroups: context.globals.cgroups,
        rights: context.globals.rights,
        when,
    };
    let runtime = context.globals.runtime();
    let made = runtime.create(&id, &bundle, creation).map_err(explain)?;
    for warning in &made.warnings {
        context.log.warning_of(warning);
    }
    let told = making
        .pidfd_socket
        .map_or(Ok(()), |path| files::send_pidfd(path, &made.child, "standard"))
        .and_then(|()| making.pid_file.map_or(Ok(()), |path| files::write_pid(path, made.child.pid())))
        .and_then(|()| console.terminal());
    match told {
        Ok(terminal) => Ok((made, terminal)),
        // Whoever asked for it does not know that it is there.
        Err(failure) => {
            made.container.delete(&runtime, insula_oci::Deletion::Forced).map_err(explain)?;
            Err(failure)
        }
    }
}
