//! `insula oci exec`: one more process in a container.

use std::path::{Path, PathBuf};

use insula_oci::spec::{Capabilities, Process};
use insula_oci::{Addition, CgroupPath, Paused, Subgroup};
use rustix::process::Signal;

use super::console::Console;
use super::failure::explain;
use super::verb::Context;
use super::{Verb, container, files};
use crate::args::{Arg, Invalid, Order, flag, number, text};
use crate::report::Failure;

#[derive(Debug, Default)]
pub(super) struct Options {
    process: Option<Arg>,
    cwd: Option<Arg>,
    env: Vec<&'static str>,
    tty: bool,
    user: Option<(u32, Option<u32>)>,
    additional_gids: Vec<u32>,
    capabilities: Vec<&'static str>,
    no_new_privileges: bool,
    apparmor: Option<&'static str>,
    label: Option<&'static str>,
    detach: bool,
    console_socket: Option<Arg>,
    pidfd_socket: Option<Arg>,
    pid_file: Option<Arg>,
    preserved: u32,
    paused: Paused,
    groups: Vec<(Option<&'static str>, Option<CgroupPath>)>,
}

/// The status of runc where the process could not be started.
const NOT_STARTED: u8 = 255;

pub(super) const VERB: Verb<Options> = Verb {
    name: "oci exec",
    about: "Run one more process in a container",
    usage: &["[OPTIONS] CONTAINER COMMAND…", "--process FILE [OPTIONS] CONTAINER"],
    details: "\
The process is that of the container's configuration, with another command and what the options change of it; or that of FILE, \
which holds the object `process` of a configuration. Exits as the process does: 128+n stands for signal n. Its terminal is shown on ours, unless \
`--console-socket` says who takes it; with `--detach` it has to.",
    order: Order::BeforeOperands,
    flags: &[
        flag("process", "a file with the whole process, as JSON").short('p').required("FILE", |o, file| {
            o.process = Some(file);
            Ok(())
        }),
        flag("cwd", "the working directory").required("DIR", |o, dir| {
            o.cwd = Some(dir);
            Ok(())
        }),
        flag("env", "a variable, in addition").short('e').required("NAME=VALUE", |o, variable| {
            o.env.push(text(variable)?);
            Ok(())
        }),
        flag("tty", "give it a terminal of its own").short('t').switch(|o| o.tty = true),
        flag("user", "as whom it runs, in ids").short('u').required("UID[:GID]", |o, user| {
            o.user = Some(self::user(text(user)?)?);
            Ok(())
        }),
        flag("additional-gids", "a group, in addition").short('g').required("GID", |o, gid| {
            o.additional_gids.push(number(gid)?);
            Ok(())
        }),
        flag("cap", "a capability, in addition").short('c').required("CAP", |o, name| {
            o.capabilities.push(text(name)?);
            Ok(())
        }),
        flag("no-new-privs", "no program that it executes gains privileges")
            .switch(|o| o.no_new_privileges = true),
        flag("apparmor", "its AppArmor profile").required("PROFILE", |o, profile| {
            o.apparmor = Some(text(profile)?);
            Ok(())
        }),
        flag("process-label", "its SELinux label").required("LABEL", |o, label| {
            o.label = Some(text(label)?);
            Ok(())
        }),
        flag("detach", "do not wait for its end").short('d').switch(|o| o.detach = true),
        flag("console-socket", "a socket that gets the controlling side of the terminal").required(
            "PATH",
            |o, path| {
                o.console_socket = Some(path);
                Ok(())
            },
        ),
        flag("pidfd-socket", "a socket that gets a pidfd of the process").required("PATH", |o, path| {
            o.pidfd_socket = Some(path);
            Ok(())
        }),
        flag("pid-file", "a file that gets the id of the process").required("FILE", |o, file| {
            o.pid_file = Some(file);
            Ok(())
        }),
        flag("ignore-paused", "if the container is paused, wait with all of it until it is resumed")
            .switch(|o| o.paused = Paused::Wait),
        flag(
            "cgroup",
            "the control group, below the container's own or `/` for that itself: in all hierarchies, or those of these controllers",
        )
        .required("[CONTROLLER,…:]PATH", |o, group| {
            let group = text(group)?;
            let (controllers, path) =
                group.split_once(':').map_or((None, group), |(one, two)| (Some(one), two));
            let path = if path == "/" { None } else { Some(CgroupPath::new(path)?) };
            match controllers {
                Some(list) => o.groups.extend(list.split(',').map(|one| (Some(one), path.clone()))),
                None => o.groups.push((None, path)),
            }
            Ok(())
        }),
        flag("preserve-fds", "pass that many descriptors from 3 on").required("COUNT", |o, count| {
            o.preserved = number(count)?;
            Ok(())
        }),
    ],
    run,
};

fn user(text: &'static str) -> Result<(u32, Option<u32>), Invalid> {
    let id = |word: &str| {
        word.parse().map_err(|_| Invalid("expected a number, or two with a colon between".to_owned()))
    };
    match text.split_once(':') {
        Some((uid, gid)) => Ok((id(uid)?, Some(id(gid)?))),
        None => Ok((id(text)?, None)),
    }
}

fn run(context: &mut Context<'_>, options: Options, operands: &[Arg]) -> Result<u8, Failure> {
    let Some((&word, command)) = operands.split_first() else {
        return Err(Failure::usage("expected a container"));
    };
    let id = container::id(word)?;
    let container = container::find(context, &id)?;
    let Options { console_socket, pidfd_socket, pid_file, preserved, detach, paused, .. } = options;
    let groups = subgroups(&options.groups)?;
    let process = match options.process {
        Some(_) if !command.is_empty() => {
            return Err(Failure::usage("`--process` has the command, so none can follow the container"));
        }
        Some(file) => read(Path::new(file))?,
        None => {
            let process = container.spec().map_err(explain)?.process.clone();
            options.change(process.unwrap_or_default(), command)?
        }
    };
    let mut console = Console::new(console_socket, process.terminal && !detach)?;
    let addition = Addition { console: console.socket.take(), preserved, groups, paused };
    let added = container.exec(&process, addition).map_err(|error| explain(error).exit(NOT_STARTED))?;
    // Others may change the container while it runs.
    drop(container);
    for warning in added.warnings {
        context.log.warning_of(&warning);
    }
    let told = pidfd_socket
        .map_or(Ok(()), |path| files::send_pidfd(path, &added.child, "setns"))
        .and_then(|()| pid_file.map_or(Ok(()), |path| files::write_pid(path, added.child.pid())))
        .and_then(|()| console.terminal());
    let terminal = told.map_err(|failure| {
        // Whoever asked for it does not know that it is there. It may have ended.
        let _ = added.child.signal(Signal::KILL);
        let _ = added.child.wait();
        failure.exit(NOT_STARTED)
    })?;
    if detach {
        return Ok(0);
    }
    Ok(container::attend(&added.child, terminal.as_ref())?.code())
}

/// The groups that were named: one for all hierarchies, or one for each.
fn subgroups(named: &[(Option<&str>, Option<CgroupPath>)]) -> Result<Vec<Subgroup>, Failure> {
    for (position, (hierarchy, _)) in named.iter().enumerate() {
        if hierarchy.is_none() && named.len() > 1 {
            return Err(Failure::usage("one of several `--cgroup` names no controller"));
        }
        if named[..position].iter().any(|(other, _)| other == hierarchy) {
            return Err(Failure::usage("two `--cgroup` name the same controller"));
        }
    }
    let subgroup = |(hierarchy, path): &(Option<&str>, Option<CgroupPath>)| Subgroup {
        hierarchy: hierarchy.map(str::to_owned),
        path: path.clone(),
    };
    Ok(named.iter().map(subgroup).collect())
}

/// The process that a file describes.
fn read(file: &Path) -> Result<Process, Failure> {
    let doing = || format!("cannot read `{}`", file.display());
    let content = std::fs::read(file).map_err(|error| Failure::from(error).context(&doing()))?;
    Process::parse(&content).map_err(|error| Failure::from(error).context(&doing()))
}

impl Options {
    /// The container's own process, with what the options say otherwise.
    fn change(self, mut process: Process, command: &[Arg]) -> Result<Process, Failure> {
        if command.is_empty() {
            return Err(Failure::usage("expected a command behind the container"));
        }
        let words = command.iter().map(|word| word.to_str().map(str::to_owned));
        process.args =
            words.collect::<Option<_>>().ok_or_else(|| Failure::new("the command is not valid UTF-8"))?;
        process.terminal = self.tty;
        if let Some(directory) = self.cwd {
            process.cwd = PathBuf::from(directory);
        }
        process.env.extend(self.env.iter().map(|&variable| variable.to_owned()));
        if let Some((uid, gid)) = self.user {
            process.user.uid = uid;
            process.user.gid = gid.unwrap_or(process.user.gid);
        }
        process.user.additional_gids.extend(&self.additional_gids);
        if !self.capabilities.is_empty() {
            self.add_capabilities(process.capabilities.get_or_insert_default());
        }
        process.no_new_privileges |= self.no_new_privileges;
        if let Some(profile) = self.apparmor {
            process.apparmor_profile = Some(profile.to_owned());
        }
        if let Some(label) = self.label {
            process.selinux_label = Some(label.to_owned());
        }
        Ok(process)
    }

    /// As runc adds them: what is not inheritable cannot be ambient.
    fn add_capabilities(&self, sets: &mut Capabilities) {
        let names = || self.capabilities.iter().map(|&name| name.to_owned());
        sets.bounding.extend(names());
        sets.effective.extend(names());
        sets.permitted.extend(names());
        if !sets.inheritable.is_empty() {
            sets.ambient.extend(names());
        }
    }
}
