//! The options of `nsenter(1)`.

use std::path::PathBuf;

use insula_engine::target::Target;
use insula_ns::{Kind, Pid};

use crate::args::{Arg, Flag, Invalid, flag, number};

#[derive(Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the tool has that many switches, none of which exclude each other"
)]
pub(crate) struct Options {
    pub(super) all: bool,
    /// The process, and the inode number of its pidfd.
    pub(super) target: Option<(Pid, Option<u64>)>,
    /// Which namespaces; the last word on a kind counts.
    pub(super) places: Vec<(Kind, Place)>,
    /// A descriptor of the target's.
    pub(super) net_socket: Option<i32>,
    pub(super) user_parent: bool,
    pub(super) uid: Option<Id>,
    pub(super) gid: Option<Id>,
    pub(super) preserve_credentials: bool,
    pub(super) keep_capabilities: bool,
    pub(super) root: Option<Spot>,
    pub(super) directory: Option<Spot>,
    /// Seen from inside.
    pub(super) directory_inside: Option<PathBuf>,
    pub(super) environment: bool,
    pub(super) stay: bool,
    pub(super) follow_context: bool,
    pub(super) join_cgroup: bool,
}

/// Where a namespace is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The one that the target is in.
    Target,
    /// A namespace file.
    File(PathBuf),
    /// Its 64-bit id.
    Id(u64),
}

/// A user or group id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Id {
    /// The target's.
    Follow,
    /// This.
    Given(u32),
}

/// A directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Spot {
    /// The target's.
    Target,
    /// At this path, as we see it.
    Path(PathBuf),
}

impl Options {
    fn enter(&mut self, kind: Kind, place: Option<Arg>) -> Result<(), Invalid> {
        let place = match place {
            None => Place::Target,
            Some(word) => match word.to_str().and_then(|word| word.strip_prefix(':')) {
                Some(id) => Place::Id(id.parse().map_err(|_| {
                    Invalid(
                        "expected the 64-bit id of a namespace after the colon; a file is `./:NAME`"
                            .to_owned(),
                    )
                })?),
                None => Place::File(word.into()),
            },
        };
        self.places.retain(|(known, _)| *known != kind);
        self.places.push((kind, place));
        Ok(())
    }
}

impl From<Option<Arg>> for Spot {
    fn from(path: Option<Arg>) -> Self {
        path.map_or(Self::Target, |path| Self::Path(path.into()))
    }
}

fn id(word: Arg) -> Result<Id, Invalid> {
    if word == "follow" { Ok(Id::Follow) } else { number(word).map(Id::Given) }
}

const KINDS: &str = "Namespaces";
const PROCESS: &str = "The program";
const WHERE: &str = "FILE|:NSID";

pub(super) const FLAGS: &[Flag<Options>] = &[
    flag("all", "enter all namespaces of the target").short('a').group(KINDS).switch(|o| o.all = true),
    flag(
        "target",
        "the process to take namespaces and all else from; INODE is that of its pidfd: see getino",
    )
    .short('t')
    .group(KINDS)
    .required("PID[:INODE]", |o, word| match Target::parse(word)? {
        Target::Process { pid, inode } => {
            o.target = Some((pid, inode));
            Ok(())
        }
        _ => Err(Invalid("it is not the id of a process".to_owned())),
    }),
    flag("mount", "enter the mount namespace: the target's, or that at FILE, or the one with the id NSID")
        .short('m')
        .group(KINDS)
        .optional(WHERE, |o, place| o.enter(Kind::Mnt, place)),
    flag("uts", "enter the UTS namespace")
        .short('u')
        .group(KINDS)
        .optional(WHERE, |o, place| o.enter(Kind::Uts, place)),
    flag("ipc", "enter the IPC namespace")
        .short('i')
        .group(KINDS)
        .optional(WHERE, |o, place| o.enter(Kind::Ipc, place)),
    flag("net", "enter the network namespace")
        .short('n')
        .group(KINDS)
        .optional(WHERE, |o, place| o.enter(Kind::Net, place)),
    flag("net-socket", "enter the network namespace of the target's socket with this descriptor")
        .short('N')
        .group(KINDS)
        .required("FD", |o, descriptor| {
            o.net_socket = Some(number(descriptor)?);
            Ok(())
        }),
    flag("pid", "enter the PID namespace, in a child unless `--no-fork`")
        .short('p')
        .group(KINDS)
        .optional(WHERE, |o, place| o.enter(Kind::Pid, place)),
    flag("cgroup", "enter the cgroup namespace")
        .short('C')
        .group(KINDS)
        .optional(WHERE, |o, place| o.enter(Kind::Cgroup, place)),
    flag("user", "enter the user namespace")
        .short('U')
        .group(KINDS)
        .optional(WHERE, |o, place| o.enter(Kind::User, place)),
    flag(
        "user-parent",
        "enter the parent of the user namespace, or the owner of another one that is entered",
    )
    .group(KINDS)
    .switch(|o| o.user_parent = true),
    flag("time", "enter the time namespace")
        .short('T')
        .group(KINDS)
        .optional(WHERE, |o, place| o.enter(Kind::Time, place)),
    flag("setuid", "run as this user, or as the target's; in a user namespace the default is 0")
        .short('S')
        .group(PROCESS)
        .required("UID|follow", |o, uid| {
            o.uid = Some(id(uid)?);
            Ok(())
        }),
    flag("setgid", "run as this group, without supplementary ones; in a user namespace the default is 0")
        .short('G')
        .group(PROCESS)
        .required("GID|follow", |o, gid| {
            o.gid = Some(id(gid)?);
            Ok(())
        }),
    flag("preserve-credentials", "leave user and groups as they are in a user namespace too")
        .group(PROCESS)
        .switch(|o| o.preserve_credentials = true),
    flag("keep-caps", "keep the capabilities that the user namespace gives, also when not root in it")
        .group(PROCESS)
        .switch(|o| o.keep_capabilities = true),
    flag("root", "run in this root directory, or in the target's").short('r').group(PROCESS).optional(
        "DIR",
        |o, dir| {
            o.root = Some(dir.into());
            Ok(())
        },
    ),
    flag("wd", "run in this working directory, which may lie outside, or in the target's")
        .short('w')
        .group(PROCESS)
        .optional("DIR", |o, dir| {
            o.directory = Some(dir.into());
            Ok(())
        }),
    flag("wdns", "run in this working directory, seen from inside the namespaces and the root")
        .short('W')
        .group(PROCESS)
        .required("DIR", |o, dir| {
            o.directory_inside = Some(dir.into());
            Ok(())
        }),
    flag("env", "run with the environment variables of the target")
        .short('e')
        .group(PROCESS)
        .switch(|o| o.environment = true),
    flag("no-fork", "execute the program in our place, also in another PID namespace")
        .short('F')
        .group(PROCESS)
        .switch(|o| o.stay = true),
    flag("join-cgroup", "run in the control groups of the target")
        .short('c')
        .group(PROCESS)
        .switch(|o| o.join_cgroup = true),
    flag("follow-context", "run in the SELinux context of the target")
        .short('Z')
        .group(PROCESS)
        .switch(|o| o.follow_context = true),
];

/// How an option for a namespace of this kind is written.
pub(super) const fn option(kind: Kind) -> &'static str {
    match kind {
        Kind::Mnt => "--mount",
        Kind::Uts => "--uts",
        Kind::Ipc => "--ipc",
        Kind::Net => "--net",
        Kind::Pid => "--pid",
        Kind::Cgroup => "--cgroup",
        Kind::User => "--user",
        Kind::Time => "--time",
    }
}
