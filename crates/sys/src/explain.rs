//! A step as the system call that it is, for `--explain` and for error messages.

use std::fmt;

use crate::step::{Fd, Make, Step, TakeFrom};

impl fmt::Display for Fd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cwd => f.write_str("AT_FDCWD"),
            Self::Given(given) => write!(f, "{}", given.0),
            Self::Slot(slot) => write!(f, "{slot}"),
        }
    }
}

impl fmt::Display for crate::step::Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "fd{}", self.0)
    }
}

/// The `CLONE_NEW*` flags in `flags`, joined by `|`.
#[must_use]
pub fn clone_flags(flags: u32) -> String {
    const NAMES: [(i32, &str); 8] = [
        (libc::CLONE_NEWCGROUP, "CLONE_NEWCGROUP"),
        (libc::CLONE_NEWIPC, "CLONE_NEWIPC"),
        (libc::CLONE_NEWNS, "CLONE_NEWNS"),
        (libc::CLONE_NEWNET, "CLONE_NEWNET"),
        (libc::CLONE_NEWPID, "CLONE_NEWPID"),
        (0x80, "CLONE_NEWTIME"),
        (libc::CLONE_NEWUSER, "CLONE_NEWUSER"),
        (libc::CLONE_NEWUTS, "CLONE_NEWUTS"),
    ];
    join(&NAMES.map(|(flag, name)| (u64::from(flag.cast_unsigned()), name)), u64::from(flags))
}

fn mount_flags(flags: u64) -> String {
    const NAMES: [(u64, &str); 13] = [
        (libc::MS_RDONLY, "MS_RDONLY"),
        (libc::MS_NOSUID, "MS_NOSUID"),
        (libc::MS_NODEV, "MS_NODEV"),
        (libc::MS_NOEXEC, "MS_NOEXEC"),
        (libc::MS_REMOUNT, "MS_REMOUNT"),
        (libc::MS_BIND, "MS_BIND"),
        (libc::MS_MOVE, "MS_MOVE"),
        (libc::MS_REC, "MS_REC"),
        (libc::MS_UNBINDABLE, "MS_UNBINDABLE"),
        (libc::MS_PRIVATE, "MS_PRIVATE"),
        (libc::MS_SLAVE, "MS_SLAVE"),
        (libc::MS_SHARED, "MS_SHARED"),
        (libc::MS_NOATIME, "MS_NOATIME"),
    ];
    join(&NAMES, flags)
}

fn mount_attributes(flags: u64) -> String {
    const NAMES: [(u64, &str); 7] = [
        (0x01, "MOUNT_ATTR_RDONLY"),
        (0x02, "MOUNT_ATTR_NOSUID"),
        (0x04, "MOUNT_ATTR_NODEV"),
        (0x08, "MOUNT_ATTR_NOEXEC"),
        (0x10, "MOUNT_ATTR_NOATIME"),
        (0x10_0000, "MOUNT_ATTR_IDMAP"),
        (0x20_0000, "MOUNT_ATTR_NOSYMFOLLOW"),
    ];
    join(&NAMES, flags)
}

fn join(names: &[(u64, &str)], flags: u64) -> String {
    let mut rest = flags;
    let mut words = Vec::new();
    for (flag, name) in names {
        if flags & flag == *flag {
            words.push((*name).to_owned());
            rest &= !flag;
        }
    }
    if rest != 0 || words.is_empty() {
        words.push(format!("{rest:#x}").replace("0x0", "0"));
    }
    words.join("|")
}

/// Bytes as a C literal, cut where they would fill a screen.
fn quoted(bytes: &[u8]) -> String {
    const SHOWN: usize = 64;
    let text = bytes[..bytes.len().min(SHOWN)].escape_ascii();
    if bytes.len() > SHOWN { format!("\"{text}\"…") } else { format!("\"{text}\"") }
}

fn optional(text: Option<&std::ffi::CString>) -> String {
    text.map_or_else(|| "NULL".to_owned(), |text| quoted(text.to_bytes()))
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DeathSignal(signal) => write!(f, "prctl(PR_SET_PDEATHSIG, {signal})"),
            Self::ParentAlive => f.write_str("poll(report pipe)"),
            Self::SignalMask(mask) => write!(f, "sigprocmask(SIG_SETMASK, {mask:#x})"),
            Self::DefaultSignal(signal) => write!(f, "sigaction({signal}, SIG_DFL)"),
            Self::NewSession => f.write_str("setsid()"),
            Self::GuardTerminal => {
                f.write_str("seccomp(SECCOMP_SET_MODE_FILTER, ioctl(TIOCSTI, TIOCLINUX): EPERM)")
            }
            Self::Landlock(step) => step.fmt(f),
            Self::Filter(filter) => filter.fmt(f),
            Self::ControllingTerminal(fd) => write!(f, "ioctl({fd}, TIOCSCTTY)"),
            Self::Redirect { from, to } => write!(f, "dup2({from}, {to})"),
            Self::CloseOnExecFrom(first) => write!(f, "close_range({first}, ~0, CLOSE_RANGE_CLOEXEC)"),
            Self::KeepOpen(fd) => write!(f, "fcntl({fd}, F_SETFD, 0)"),
            Self::Umask(mask) => write!(f, "umask({mask:#o})"),
            Self::ClearUmask => f.write_str("umask(0)"),
            Self::RestoreUmask => f.write_str("umask(as before)"),
            Self::Nice(value) => write!(f, "setpriority(PRIO_PROCESS, 0, {value})"),
            Self::Scheduler(attributes) => write!(
                f,
                "sched_setattr(policy {}, nice {}, priority {})",
                attributes.policy, attributes.nice, attributes.priority
            ),
            Self::IoPriority(priority) => write!(f, "ioprio_set(IOPRIO_WHO_PROCESS, 0, {priority:#x})"),
            Self::Affinity(processors) => write!(f, "sched_setaffinity(0, {processors:x?})"),
            Self::MemoryPolicy { mode, nodes } => write!(f, "set_mempolicy({mode:#x}, {nodes:x?})"),
            Self::Personality(domain) => write!(f, "personality({domain:#x})"),
            Self::SessionKeyring(name) => {
                write!(f, "keyctl(KEYCTL_JOIN_SESSION_KEYRING, {})", quoted(name.to_bytes()))
            }
            Self::Limit { resource, soft, hard } => write!(f, "setrlimit({resource}, {soft}, {hard})"),
            Self::NotDumpable => f.write_str("prctl(PR_SET_DUMPABLE, 0)"),
            Self::NoNewPrivs => f.write_str("prctl(PR_SET_NO_NEW_PRIVS, 1)"),
            Self::SecureBits(bits) => write!(f, "prctl(PR_SET_SECUREBITS, {bits:#x})"),
            Self::KeepCapabilities => f.write_str("prctl(PR_SET_KEEPCAPS, 1)"),
            Self::DropCapability(capability) => {
                write!(f, "prctl(PR_CAPBSET_DROP, {capability}); capset(all but {capability})")
            }
            Self::OnlyCapability(capability) => {
                write!(f, "prctl(PR_SET_NO_NEW_PRIVS), prctl(PR_SET_SECUREBITS), capset(only {capability})")
            }
            Self::DropBounding(capability) => write!(f, "prctl(PR_CAPBSET_DROP, {capability})"),
            Self::Capabilities(change) => {
                f.write_str("capset(")?;
                let sets = [
                    ("effective", change.effective),
                    ("permitted", change.permitted),
                    ("inheritable", change.inheritable),
                ];
                for (position, (name, bits)) in
                    sets.iter().filter_map(|(name, bits)| Some((name, (*bits)?))).enumerate()
                {
                    write!(f, "{}{name} {bits:#x}", if position > 0 { ", " } else { "" })?;
                }
                f.write_str(")")
            }
            Self::ClearAmbient => f.write_str("prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)"),
            Self::RaiseAmbient(capability) => {
                write!(f, "prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, {capability})")
            }
            Self::KeepAllCapabilities => {
                f.write_str("capset(inheritable = permitted); prctl(PR_CAP_AMBIENT, …) for each")
            }
            Self::Inherit(capability) => write!(f, "capset(inheritable also {capability})"),
            Self::LastUse { capability, take_from } => {
                write!(f, "capset(effective also {capability}")?;
                f.write_str(match take_from {
                    TakeFrom::Nowhere => ")",
                    TakeFrom::Ambient => "); prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER)",
                    TakeFrom::Inheritable => ", inheritable no more)",
                })
            }
            Self::Groups(groups) => write!(f, "setgroups({}, {groups:?})", groups.len()),
            Self::Gid(id) => write!(f, "setresgid({id}, {id}, {id})"),
            Self::Uid(id) => write!(f, "setresuid({id}, {id}, {id})"),
            Self::EffectiveIds { uid, gid } => {
                write!(f, "setresgid(-1, {gid}, -1); setresuid(-1, {uid}, -1)")
            }
            Self::FileIds { uid, gid } => {
                let text = |id: &Option<u32>| id.map_or("-1".to_owned(), |id| id.to_string());
                write!(f, "setfsgid({}); setfsuid({})", text(gid), text(uid))
            }
            Self::Hostname(name) => write!(f, "sethostname({})", quoted(name)),
            Self::Domainname(name) => write!(f, "setdomainname({})", quoted(name)),
            Self::Join { fd, kinds } => write!(f, "setns({fd}, {})", clone_flags(*kinds)),
            Self::Unshare(kinds) => write!(f, "unshare({})", clone_flags(*kinds)),
            Self::LoopbackUp => f.write_str("ioctl(socket, SIOCSIFFLAGS, lo: IFF_UP)"),
            Self::Outside => f.write_str("the process outside does its part"),
            Self::Ask(number) => write!(f, "the caller does its part {number}"),
            _ => file_step(self, f),
        }
    }
}

fn file_step(step: &Step, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match step {
        Step::Write { at, path, data } => {
            write!(f, "write(openat2({at}, {}, O_WRONLY), {})", quoted(path.to_bytes()), quoted(data))
        }
        Step::WriteProcess { file } => write!(f, "write({file}, fstat(pidfd_open(getpid())))"),
        Step::WriteTo { file, data } => write!(f, "write({file}, {})", quoted(data)),
        Step::Open { path, into } => write!(f, "{into} = open({}, O_PATH)", quoted(path.to_bytes())),
        Step::OpenIn { root, path, into } => {
            write!(f, "{into} = openat2({root}, {}, O_PATH, RESOLVE_IN_ROOT)", quoted(path.to_bytes()))
        }
        Step::MakeIn { root, path, make, into } => {
            let path = quoted(path.to_bytes());
            match make {
                Make::Dir(mode) => write!(f, "{into} = openat2 or mkdirat({root}, {path}, {mode:#o})"),
                Make::File(mode) => write!(f, "{into} = openat2({root}, {path}, O_CREAT, {mode:#o})"),
                Make::Like(like) => write!(f, "{into} = openat2({root}, {path}), made like {like}"),
            }
        }
        Step::WriteNew { dir, name, mode, data } => {
            let name = quoted(name.to_bytes());
            write!(f, "write(openat({dir}, {name}, O_CREAT|O_EXCL, {mode:#o}), {})", quoted(data))
        }
        Step::Symlink { dir, name, target } => {
            write!(f, "symlinkat({}, {dir}, {})", quoted(target.to_bytes()), quoted(name.to_bytes()))
        }
        Step::Node { dir, name, mode, device } => {
            write!(f, "mknodat({dir}, {}, {mode:#o}, {device:#x})", quoted(name.to_bytes()))
        }
        Step::Owner { dir, name, uid, gid } => {
            let id = |id: &Option<u32>| id.map_or("-1".to_owned(), |id| id.to_string());
            let name = quoted(name.to_bytes());
            write!(f, "fchownat({dir}, {name}, {}, {}, AT_SYMLINK_NOFOLLOW)", id(uid), id(gid))
        }
        Step::OwnStreams(uid) => {
            write!(f, "fchown(0, {uid}, -1); fchown(1, {uid}, -1); fchown(2, {uid}, -1)")
        }
        Step::OpenTerminal { devpts, master, slave, .. } => {
            write!(f, "{master} = openat({devpts}, \"ptmx\"); {slave} = ioctl({master}, TIOCGPTPEER)")
        }
        Step::SendDescriptor { socket, descriptor, .. } => {
            write!(f, "sendmsg({socket}, SCM_RIGHTS: {descriptor})")
        }
        Step::Close(slot) => write!(f, "close({slot})"),
        Step::Chdir(path) => write!(f, "chdir({})", quoted(path.to_bytes())),
        Step::ChdirIfThere(path) => write!(f, "chdir({}) if it is there", quoted(path.to_bytes())),
        Step::Fchdir(fd) => write!(f, "fchdir({fd})"),
        Step::CwdInsideRoot => f.write_str("getcwd()"),
        Step::DetachHere => f.write_str("umount2(\".\", MNT_DETACH)"),
        Step::ChrootHere => f.write_str("chroot(\".\")"),
        Step::PivotRootHere => {
            f.write_str("pivot_root(\".\", \".\"); umount2(\".\", MNT_DETACH); chdir(\"/\")")
        }
        _ => mount_step(step, f),
    }
}

fn mount_step(step: &Step, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match step {
        Step::Mount { source, target, fstype, flags, data } => write!(
            f,
            "mount({}, {}, {}, {}, {})",
            optional(source.as_ref()),
            quoted(target.to_bytes()),
            optional(fstype.as_ref()),
            mount_flags(*flags),
            optional(data.as_ref())
        ),
        Step::MakePrivate(target) => {
            write!(f, "mount(NULL, {}, NULL, MS_REC|MS_PRIVATE, NULL) or EINVAL", quoted(target.to_bytes()))
        }
        Step::FsOpen { fstype, into } => write!(f, "{into} = fsopen({})", quoted(fstype.to_bytes())),
        Step::FsConfig { context, key, value: Some(value) } => {
            let (key, value) = (quoted(key.to_bytes()), quoted(value.to_bytes()));
            write!(f, "fsconfig({context}, FSCONFIG_SET_STRING, {key}, {value})")
        }
        Step::FsConfig { context, key, value: None } => {
            write!(f, "fsconfig({context}, FSCONFIG_SET_FLAG, {})", quoted(key.to_bytes()))
        }
        Step::FsCreate { context } => write!(f, "fsconfig({context}, FSCONFIG_CMD_CREATE)"),
        Step::FsMount { context, attributes, into } => {
            write!(f, "{into} = fsmount({context}, {})", mount_attributes(u64::from(*attributes)))
        }
        Step::OpenTree { at, path, recursive, into } => {
            let recursive = if *recursive { "|AT_RECURSIVE" } else { "" };
            write!(f, "{into} = open_tree({at}, {}, OPEN_TREE_CLONE{recursive})", quoted(path.to_bytes()))
        }
        Step::SetMount { mount, recursive, attributes } => {
            let recursive = if *recursive { "AT_RECURSIVE" } else { "0" };
            write!(f, "mount_setattr({mount}, {recursive}, set {}", mount_attributes(attributes.set))?;
            if attributes.clear != 0 {
                write!(f, ", clear {}", mount_attributes(attributes.clear))?;
            }
            if attributes.propagation != 0 {
                write!(f, ", {}", mount_flags(attributes.propagation))?;
            }
            f.write_str(")")
        }
        Step::MoveMount { mount, target, name } => {
            write!(f, "move_mount({mount}, {target}, {})", quoted(name.to_bytes()))
        }
        Step::Mask { root, path } => {
            let path = quoted(path.to_bytes());
            write!(f, "move_mount(empty tmpfs or \"/dev/null\", openat2({root}, {path}, RESOLVE_IN_ROOT))")
        }
        Step::ReadOnly { root, path } => {
            let path = quoted(path.to_bytes());
            write!(f, "move_mount(read-only copy, openat2({root}, {path}, RESOLVE_IN_ROOT))")
        }
        other => write!(f, "{other:?}"),
    }
}
