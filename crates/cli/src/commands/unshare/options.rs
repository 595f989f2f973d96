//! The options of `unshare(1)`.

use std::path::PathBuf;

use insula_ns::idmap::{Ranges, SetGroups};
use insula_ns::{Kind, Kinds};
use insula_sandbox::mounts::Propagation;
use insula_sandbox::{Owner, Pin};
use rustix::process::Signal;

use crate::args::{Arg, Flag, Invalid, flag, number, text};
use crate::commands::execute::Interruption;
use crate::commands::signals;

use super::ids::{self, Own};

#[derive(Debug, Default)]
pub(crate) struct Options {
    pub(super) new: Kinds,
    pub(super) pins: Vec<Pin>,
    /// Whether the program is a child, and what becomes of the signals that ask us to end.
    pub(super) fork: Option<Interruption>,
    pub(super) death_signal: Option<Signal>,
    pub(super) ids: ids::Options,
    pub(super) owner: Option<Owner>,
    pub(super) keep_capabilities: bool,
    pub(super) propagation: Option<Propagation>,
    pub(super) proc: Option<PathBuf>,
    pub(super) binfmt: Option<PathBuf>,
    pub(super) formats: Vec<Vec<u8>>,
    pub(super) root: Option<PathBuf>,
    pub(super) directory: Option<PathBuf>,
    pub(super) uid: Option<u32>,
    pub(super) gid: Option<u32>,
    /// Seconds.
    pub(super) monotonic: Option<i64>,
    /// Seconds.
    pub(super) boottime: Option<i64>,
    pub(super) clear_environment: bool,
    pub(super) kept_variables: Option<Arg>,
}

/// Where binary formats are listed, and so registered.
const BINFMT: &str = "/proc/sys/fs/binfmt_misc";

impl Options {
    #[expect(clippy::unnecessary_wraps, reason = "what the table of flags takes")]
    fn unshare(&mut self, kind: Kind, file: Option<Arg>) -> Result<(), Invalid> {
        self.new.insert(kind);
        self.pins.retain(|pin| pin.kind != kind);
        self.pins.extend(file.map(|file| Pin { kind, target: file.into() }));
        Ok(())
    }

    fn fork(&mut self) {
        self.fork.get_or_insert(Interruption::Ignored);
    }

    fn map_users(&mut self, ranges: Ranges) {
        self.new.insert(Kind::User);
        self.ids.users.push(ranges);
    }

    fn map_groups(&mut self, ranges: Ranges) {
        self.new.insert(Kind::User);
        self.ids.groups.push(ranges);
    }

    fn map_own(&mut self, user: Own, group: Own) {
        self.new.insert(Kind::User);
        (self.ids.user, self.ids.group) = (Some(user), Some(group));
    }

    fn mount_binfmt(&mut self, target: Option<Arg>) {
        self.new.insert(Kind::Mnt);
        if target.is_some() || self.binfmt.is_none() {
            self.binfmt = Some(target.map_or_else(|| BINFMT.into(), PathBuf::from));
        }
    }
}

const KINDS: &str = "Namespaces";
const IDS: &str = "User and group ids of the new user namespace";
const PROCESS: &str = "Processes";
const FILES: &str = "File systems";

pub(super) const FLAGS: &[Flag<Options>] = &[
    flag("ipc", "a new IPC namespace, kept by a bind mount on FILE if that is given")
        .bare_letter('i')
        .group(KINDS)
        .optional("FILE", |o, file| o.unshare(Kind::Ipc, file)),
    flag("mount", "a new mount namespace; FILE must lie on a mount that is not shared")
        .bare_letter('m')
        .group(KINDS)
        .optional("FILE", |o, file| o.unshare(Kind::Mnt, file)),
    flag("net", "a new network namespace")
        .bare_letter('n')
        .group(KINDS)
        .optional("FILE", |o, file| o.unshare(Kind::Net, file)),
    flag("pid", "a new PID namespace; its first process is the first child, so see `--fork`")
        .bare_letter('p')
        .group(KINDS)
        .optional("FILE", |o, file| o.unshare(Kind::Pid, file)),
    flag("uts", "a new UTS namespace: host name and NIS domain name")
        .bare_letter('u')
        .group(KINDS)
        .optional("FILE", |o, file| o.unshare(Kind::Uts, file)),
    flag("user", "a new user namespace")
        .bare_letter('U')
        .group(KINDS)
        .optional("FILE", |o, file| o.unshare(Kind::User, file)),
    flag("cgroup", "a new cgroup namespace")
        .bare_letter('C')
        .group(KINDS)
        .optional("FILE", |o, file| o.unshare(Kind::Cgroup, file)),
    flag("time", "a new time namespace")
        .bare_letter('T')
        .group(KINDS)
        .optional("FILE", |o, file| o.unshare(Kind::Time, file)),
    flag("monotonic", "seconds to add to the monotonic clock of the new time namespace")
        .group(KINDS)
        .required("OFFSET", |o, offset| {
            o.monotonic = Some(number(offset)?);
            Ok(())
        }),
    flag("boottime", "seconds to add to the boot-time clock of the new time namespace")
        .group(KINDS)
        .required("OFFSET", |o, offset| {
            o.boottime = Some(number(offset)?);
            Ok(())
        }),
    flag("owner", "whom the new user namespace belongs to, outside of it; implies `--user`")
        .group(IDS)
        .required("UID:GID", |o, owner| {
            o.new.insert(Kind::User);
            o.owner = Some(ids::owner(text(owner)?)?);
            Ok(())
        }),
    flag("map-user", "the caller is this user inside; implies `--user`").group(IDS).required(
        "UID|NAME",
        |o, user| {
            o.new.insert(Kind::User);
            o.ids.user = Some(Own::Id(ids::user(text(user)?)?));
            Ok(())
        },
    ),
    flag("map-group", "the caller is this group inside; implies `--user --setgroups=deny`")
        .group(IDS)
        .required("GID|NAME", |o, group| {
            o.new.insert(Kind::User);
            o.ids.group = Some(Own::Id(ids::group(text(group)?)?));
            Ok(())
        }),
    flag("map-root-user", "the caller is root inside: `--map-user=0 --map-group=0`")
        .short('r')
        .group(IDS)
        .switch(|o| o.map_own(Own::Id(0), Own::Id(0))),
    flag("map-current-user", "the caller has the same ids inside")
        .short('c')
        .group(IDS)
        .switch(|o| o.map_own(Own::Same, Own::Same)),
    flag(
        "map-users",
        "map a block of user ids: the first one granted, from 0 on (auto) or to itself (subids), or all",
    )
    .group(IDS)
    .required("INNER:OUTER:COUNT|auto|subids|all", |o, ranges| {
        o.map_users(text(ranges)?.parse()?);
        Ok(())
    }),
    flag("map-groups", "map a block of group ids, in the same words").group(IDS).required(
        "INNER:OUTER:COUNT|auto|subids|all",
        |o, ranges| {
            o.map_groups(text(ranges)?.parse()?);
            Ok(())
        },
    ),
    flag("map-auto", "`--map-users=auto --map-groups=auto`").group(IDS).switch(|o| {
        o.map_users(Ranges::Auto);
        o.map_groups(Ranges::Auto);
    }),
    flag("map-subids", "`--map-users=subids --map-groups=subids`").group(IDS).switch(|o| {
        o.map_users(Ranges::Subids);
        o.map_groups(Ranges::Subids);
    }),
    flag("setgroups", "whether processes in the new user namespace may call `setgroups(2)`")
        .group(IDS)
        .choices(&["allow", "deny"])
        .required("allow|deny", |o, word| {
            o.ids.setgroups = Some(match text(word)? {
                "allow" => SetGroups::Allow,
                "deny" => SetGroups::Deny,
                _ => return Err(Invalid("expected allow or deny".to_owned())),
            });
            Ok(())
        }),
    flag("keep-caps", "keep the capabilities that the new user namespace gives, also when not root in it")
        .group(IDS)
        .switch(|o| o.keep_capabilities = true),
    flag("setuid", "run the program as this user").short('S').group(IDS).required("UID", |o, uid| {
        o.uid = Some(number(uid)?);
        Ok(())
    }),
    flag("setgid", "run the program as this group, without supplementary ones")
        .short('G')
        .group(IDS)
        .required("GID", |o, gid| {
            o.gid = Some(number(gid)?);
            Ok(())
        }),
    flag("fork", "run the program as a child, and wait for it ignoring SIGINT and SIGTERM")
        .short('f')
        .group(PROCESS)
        .switch(Options::fork),
    flag("forward-signals", "pass SIGINT and SIGTERM on to the program; implies `--fork`")
        .group(PROCESS)
        .switch(|o| o.fork = Some(Interruption::Forwarded)),
    flag("kill-child", "have the program get this signal (SIGKILL) when we end; implies `--fork`")
        .group(PROCESS)
        .optional("SIGNAME", |o, name| {
            o.fork();
            o.death_signal = Some(name.map_or(Ok(Signal::KILL), |name| signals::named(text(name)?))?);
            Ok(())
        }),
    flag("clear-env", "run the program without the caller's environment variables")
        .group(PROCESS)
        .switch(|o| o.clear_environment = true),
    flag("whitelist-env", "run the program with these environment variables of the caller's only")
        .group(PROCESS)
        .required("NAME[,NAME…]", |o, names| {
            o.kept_variables = Some(names);
            Ok(())
        }),
    flag("propagation", "how mounts pass between the new mount namespace and others; private if not given")
        .group(FILES)
        .choices(&["private", "shared", "slave", "unchanged"])
        .required("private|shared|slave|unchanged", |o, word| {
            o.propagation = Some(match text(word)? {
                "private" => Propagation::Private,
                "shared" => Propagation::Shared,
                "slave" => Propagation::Slave,
                "unchanged" => Propagation::Unchanged,
                _ => return Err(Invalid("expected private, shared, slave or unchanged".to_owned())),
            });
            Ok(())
        }),
    flag("mount-proc", "mount procfs on DIR (`/proc`) first; implies `--mount`").group(FILES).optional(
        "DIR",
        |o, dir| {
            o.new.insert(Kind::Mnt);
            o.proc = Some(dir.map_or_else(|| "/proc".into(), PathBuf::from));
            Ok(())
        },
    ),
    flag("mount-binfmt", "mount binfmt_misc on DIR (`/proc/sys/fs/binfmt_misc`) first; implies `--mount`")
        .group(FILES)
        .optional("DIR", |o, dir| {
            o.mount_binfmt(dir);
            Ok(())
        }),
    flag("load-interp", "register a binary format; implies `--mount-binfmt`")
        .short('l')
        .group(FILES)
        .required(":NAME:TYPE:OFFSET:MAGIC:MASK:INTERPRETER:FLAGS", |o, format| {
            o.mount_binfmt(None);
            o.formats = vec![format.as_encoded_bytes().to_owned()];
            Ok(())
        }),
    flag("root", "run the program with this root directory").short('R').group(FILES).required(
        "DIR",
        |o, dir| {
            o.root = Some(dir.into());
            Ok(())
        },
    ),
    flag("wd", "run the program in this working directory, seen from inside the root")
        .short('w')
        .group(FILES)
        .required("DIR", |o, dir| {
            o.directory = Some(dir.into());
            Ok(())
        }),
];
