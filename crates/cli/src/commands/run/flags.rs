//! The flags of `insula run`.

use insula_sandbox::mounts::{FileSystem, Mount};

use super::options::{Explain, Options};
use super::values;
use crate::args::{Flag, Invalid, flag, text};
use crate::commands::mapping::{self, How};

const NAMESPACES: &str = "Namespaces";
const FILES: &str = "Files";
const USER: &str = "User and privileges";
const LIMITS: &str = "Limits";
const PROCESS: &str = "Process";

const KINDS: &[&str] = &["cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts", "all"];

pub(super) const FLAGS: &[Flag<Options>] = &[
    flag(
        "explain",
        "print each step as the kernel call that it is, with what it is for; `only`: and do not take it",
    )
    .choices(&["only"])
    .optional("only", |o, how| {
        o.explain = match how.map(text).transpose()? {
            None => Explain::Too,
            Some("only") => Explain::Only,
            Some(_) => return Err(Invalid("expected only, or nothing".to_owned())),
        };
        Ok(())
    }),
    flag("best-effort", "go on without what cannot be had, and say what that is")
        .switch(|o| o.best_effort = true),
    flag("new", "make new namespaces of these kinds, and of no others")
        .group(NAMESPACES)
        .choices(KINDS)
        .required("KIND,…", |o, kinds| {
            o.namespaces.new = Some(text(kinds)?.parse()?);
            Ok(())
        }),
    flag("share", "stay in the caller's namespace of these kinds").group(NAMESPACES).choices(KINDS).required(
        "KIND,…",
        |o, kinds| {
            o.namespaces.share |= text(kinds)?.parse::<insula_ns::Kinds>()?;
            Ok(())
        },
    ),
    flag("join", "enter namespaces of a set, a process (PID) or a file; all of them, or those of some kinds")
        .group(NAMESPACES)
        .required("[KIND,…=]TARGET", |o, target| {
            o.namespaces.joins.push(values::join(target)?);
            Ok(())
        }),
    flag(
        "net",
        "the network: `none`, that of the `host`, of a set (with its `resolv.conf` and `hosts`), or one attached to a bridge, with \
         addresses",
    )
    .group(NAMESPACES)
    .required("none|host|SET|BRIDGE[:ADDRESS[/LENGTH],…]", |o, word| {
        o.network = Some(super::network::NetworkOption::parse(word)?);
        Ok(())
    }),
    flag(
        "publish",
        "let a port of the host lead to one of the command's; as often as needed; with `--net BRIDGE`",
    )
    .group(NAMESPACES)
    .required("[ADDRESS:]PORT:PORT[/tcp|/udp]", |o, word| {
        o.publish.push(text(word)?.parse()?);
        Ok(())
    }),
    flag("map", How::DOC).group(NAMESPACES).choices(How::WORDS).required("HOW", |o, how| {
        o.namespaces.mapping.how = Some(How::parse(how)?);
        Ok(())
    }),
    flag("map-users", "map these user ids").group(NAMESPACES).required(
        "INSIDE:OUTSIDE:COUNT,…",
        |o, ranges| {
            o.namespaces.mapping.users.push(text(ranges)?.parse()?);
            Ok(())
        },
    ),
    flag("map-groups", "map these group ids").group(NAMESPACES).required(
        "INSIDE:OUTSIDE:COUNT,…",
        |o, ranges| {
            o.namespaces.mapping.groups.push(text(ranges)?.parse()?);
            Ok(())
        },
    ),
    flag("setgroups", "whether setgroups(2) may be called in the new user namespace")
        .group(NAMESPACES)
        .choices(&["allow", "deny"])
        .required("WHETHER", |o, word| {
            o.namespaces.mapping.setgroups = Some(mapping::setgroups(word)?);
            Ok(())
        }),
    flag("hostname", "set the host name").group(NAMESPACES).required("NAME", |o, name| {
        o.namespaces.hostname = Some(text(name)?.to_owned());
        Ok(())
    }),
    flag("domainname", "set the NIS domain name").group(NAMESPACES).required("NAME", |o, name| {
        o.namespaces.domainname = Some(text(name)?.to_owned());
        Ok(())
    }),
    flag(
        "time-offset",
        "shift the clocks in a new time namespace: SECONDS, monotonic=SECONDS, boottime=SECONDS",
    )
    .group(NAMESPACES)
    .required("OFFSET,…", |o, offsets| {
        o.namespaces.time_offsets.extend(values::time_offsets(offsets)?);
        Ok(())
    }),
    flag("no-loopback", "leave the loopback interface down")
        .group(NAMESPACES)
        .switch(|o| o.namespaces.loopback_down = true),
    flag("rootfs", "make this directory the root").group(FILES).required("DIR", |o, dir| {
        o.files.rootfs = Some(values::path(dir.as_encoded_bytes())?);
        Ok(())
    }),
    flag("empty-root", "make an empty file system in memory the root")
        .group(FILES)
        .switch(|o| o.files.empty_root = true),
    flag("ephemeral", "discard what is changed below `--rootfs`")
        .group(FILES)
        .switch(|o| o.files.ephemeral = true),
    flag("ro", "make the root read-only").group(FILES).switch(|o| o.files.read_only_root = true),
    flag(
        "bind",
        "show a file or directory of the caller's; options: ro, norec, nosuid, nodev, noexec, noatime, \
          idmap (files belong inside to the numbers that they belong to on disk)",
    )
    .group(FILES)
    .required("SOURCE[:TARGET[:OPTION,…]]", |o, value| {
        let values::BindOption { bind, id_mapped } = values::bind(value)?;
        if id_mapped {
            o.files.id_mapped.push(bind.target.clone());
        }
        o.files.mounts.push(Mount::Bind(bind));
        Ok(())
    }),
    flag("tmpfs", "mount an empty file system in memory; options: size=BYTES, mode=OCTAL, ro, noexec")
        .group(FILES)
        .required("TARGET[:OPTION,…]", |o, value| {
            o.files.mounts.push(Mount::Tmpfs(values::tmpfs(value)?));
            Ok(())
        }),
    flag("overlay", "lay directories over each other; without `upper` and `work`, changes are discarded")
        .group(FILES)
        .required("TARGET:lower=DIR[,lower=DIR…][,upper=DIR,work=DIR][,ro]", |o, value| {
            o.files.mounts.push(Mount::Overlay(values::overlay(value)?));
            Ok(())
        }),
    flag("file", "show a file with the content that FILE has now; `-` is standard input")
        .group(FILES)
        .required("TARGET=FILE", |o, value| {
            o.files.mounts.push(Mount::File(values::file(value)?));
            Ok(())
        }),
    flag("file-data", "show a file with this content").group(FILES).required("TARGET=TEXT", |o, value| {
        o.files.mounts.push(Mount::File(values::file_data(value)?));
        Ok(())
    }),
    flag("symlink", "make a symbolic link in a root of one's own").group(FILES).required(
        "TARGET=TO",
        |o, value| {
            let (target, to) = values::pair(value)?;
            o.files.mounts.push(Mount::Symlink { target: values::inside(target)?, to: values::path(to)? });
            Ok(())
        },
    ),
    flag("dir", "make a directory in a root of one's own").group(FILES).required("TARGET", |o, value| {
        o.files.mounts.push(Mount::Dir { target: values::inside(value.as_encoded_bytes())?, mode: 0o755 });
        Ok(())
    }),
    flag("dev", "mount a minimal `/dev`; done anyway where the root is one's own")
        .group(FILES)
        .switch(|o| o.files.dev = true),
    flag("no-dev", "leave `/dev` as it is in a root of one's own")
        .group(FILES)
        .switch(|o| o.files.no_dev = true),
    flag("devpts", "mount pseudo-terminals of one's own").group(FILES).required("TARGET", |o, value| {
        let target = values::inside(value.as_encoded_bytes())?;
        o.files.mounts.push(Mount::FileSystem(FileSystem::devpts(target, None)));
        Ok(())
    }),
    flag("mqueue", "mount the message queues of the IPC namespace").group(FILES).required(
        "TARGET",
        |o, value| {
            o.files
                .mounts
                .push(Mount::FileSystem(FileSystem::mqueue(values::inside(value.as_encoded_bytes())?)));
            Ok(())
        },
    ),
    flag("sysfs", "mount the sysfs of the network namespace").group(FILES).required("TARGET", |o, value| {
        o.files.mounts.push(Mount::FileSystem(FileSystem::sysfs(values::inside(value.as_encoded_bytes())?)));
        Ok(())
    }),
    flag("no-proc", "leave `/proc` as it is").group(FILES).switch(|o| o.files.no_proc = true),
    flag("proc-subset-pid", "show nothing but processes in `/proc`")
        .group(FILES)
        .switch(|o| o.files.processes_only = true),
    flag("hidepid", "what users see of others' processes in `/proc`")
        .group(FILES)
        .choices(&["off", "noaccess", "invisible", "ptraceable"])
        .required("HOW", |o, how| {
            o.files.hide_pid = values::hide_pid(how)?;
            Ok(())
        }),
    flag("mask", "hide a file or directory").group(FILES).required("PATH", |o, path| {
        o.files.masked.push(values::inside(path.as_encoded_bytes())?);
        Ok(())
    }),
    flag("read-only", "make a file or directory read-only").group(FILES).required("PATH", |o, path| {
        o.files.read_only.push(values::inside(path.as_encoded_bytes())?);
        Ok(())
    }),
    flag("propagation", "how mounts pass between here and there; private, unless said otherwise")
        .group(FILES)
        .choices(&["private", "slave", "shared", "unchanged"])
        .required("HOW", |o, how| {
            o.files.propagation = Some(values::propagation(how)?);
            Ok(())
        }),
    flag("user", "become this user inside, by name or number, with its groups: those that its account has")
        .short('u')
        .group(USER)
        .required("USER[:GROUP]", |o, user| {
            o.user.words.user = Some(super::user::word(text(user)?)?);
            Ok(())
        }),
    flag("groups", "set the supplementary groups, by name or number; empty for none").group(USER).required(
        "GROUP,…",
        |o, groups| {
            o.user.words.groups = Some(super::user::list(text(groups)?));
            Ok(())
        },
    ),
    flag("cap-add", "give these capabilities to the command, and to what it executes").group(USER).required(
        "CAP,…",
        |o, list| {
            let added: insula_sandbox::capability::CapabilitySet = text(list)?.parse()?;
            o.user.cap_add = o.user.cap_add.union(added);
            Ok(())
        },
    ),
    flag("cap-drop", "take these capabilities away for good; `all` leaves what `--cap-add` gives")
        .group(USER)
        .required("CAP,…", |o, list| {
            let dropped: insula_sandbox::capability::CapabilitySet = text(list)?.parse()?;
            o.user.cap_drop = o.user.cap_drop.union(dropped);
            Ok(())
        }),
    flag("cap-bounding", "set the bounding set").group(USER).required("CAP,…", |o, list| {
        o.user.bounding = Some(text(list)?.parse()?);
        Ok(())
    }),
    flag("cap-permitted", "set the permitted set").group(USER).required("CAP,…", |o, list| {
        o.user.permitted = Some(text(list)?.parse()?);
        Ok(())
    }),
    flag("cap-effective", "set the effective set").group(USER).required("CAP,…", |o, list| {
        o.user.effective = Some(text(list)?.parse()?);
        Ok(())
    }),
    flag("cap-inheritable", "set the inheritable set").group(USER).required("CAP,…", |o, list| {
        o.user.inheritable = Some(text(list)?.parse()?);
        Ok(())
    }),
    flag("cap-ambient", "set the ambient set").group(USER).required("CAP,…", |o, list| {
        o.user.ambient = Some(text(list)?.parse()?);
        Ok(())
    }),
    flag("securebits", "set the secure bits: a number, see capabilities(7)").group(USER).required(
        "BITS",
        |o, bits| {
            let word = text(bits)?;
            let hexadecimal = word.strip_prefix("0x").map(|digits| u32::from_str_radix(digits, 16));
            o.user.securebits = Some(hexadecimal.unwrap_or_else(|| word.parse())?);
            Ok(())
        },
    ),
    flag("no-new-privs", "nothing that is executed may gain privileges")
        .group(USER)
        .switch(|o| o.user.no_new_privs = true),
    flag(
        "seccomp",
        "filter the command's system calls: by our own profile, which permits what programs usually need, or by one in a \
         file, in the JSON of OCI or Docker; off, unless said otherwise",
    )
    .group(USER)
    .choices(&["default", "off"])
    .required("default|off|FILE", |o, source| {
        o.user.seccomp = super::seccomp::Source::parse(source)?;
        Ok(())
    }),
    flag(
        "landlock",
        "restrict the command by Landlock: to files that may be read (`ro`), changed too (`rw`) or executed (`exec`), to TCP \
         ports, and to its own kind (`scope`); as often as needed, and what no rule is about stays as it is",
    )
    .group(USER)
    .required("ro|rw|exec=PATH|tcp-connect|tcp-bind=PORT|none|scope=SCOPE", |o, rule| {
        super::landlock::add(&mut o.user.landlock, rule)
    }),
    flag(
        "limit",
        "bound what the command and all that it starts use together, by a control group: `memory` and `swap` beyond it in bytes \
         (64M), `cpu` in processors (0.5), `weight` among others (1 to 10000, usually 100), `cpus` and `mems` as lists (0-3,7), \
         `pids`, `io` per second and device (/dev/sda:rbps=10M:wiops=100, or weight=10 to 1000), `hugetlb.2MB`; as often as \
         needed; without a `swap`, swap is not bounded",
    )
    .group(LIMITS)
    .required("KEY=VALUE,…", |o, list| o.limits.bounds.add(list)),
    flag(
        "cgroup",
        "the control group: a path below the mount points of all hierarchies, or without a slash before it near one's own; one \
         that is there is entered and stays; `none`: one's own",
    )
    .group(LIMITS)
    .choices(&["none"])
    .required("PATH|none", |o, path| {
        o.limits.group = super::group::GroupOption::parse(path)?;
        Ok(())
    }),
    flag(
        "device",
        "let the command use this device, for `r`eading, `w`riting, `m`aking nodes, or all of that; of others it may use null, \
         zero, full, random, urandom and terminals alone; `none`: those alone; as often as needed. For an ordinary user devices \
         are only shown, and their permissions decide",
    )
    .group(LIMITS)
    .choices(&["none"])
    .required("PATH[:TARGET][:rwm]|none", |o, device| o.devices.add(device)),
    flag("rlimit", "set a resource limit: nofile=1024, core=0, stack=8388608:unlimited")
        .group(LIMITS)
        .required("RESOURCE=SOFT[:HARD]", |o, limit| {
            o.limits.rlimits.push(text(limit)?.parse()?);
            Ok(())
        }),
    flag("oom-score", "set the out-of-memory score adjustment, -1000 to 1000").group(LIMITS).required(
        "SCORE",
        |o, score| {
            o.limits.oom_score = Some(values::ranged(score, -1000, 1000)?);
            Ok(())
        },
    ),
    flag("nice", "set the nice value, -20 to 19").group(LIMITS).required("NICE", |o, nice| {
        o.limits.nice = Some(values::ranged(nice, -20, 19)?);
        Ok(())
    }),
    flag("scheduler", "set the scheduling policy").group(LIMITS).required(
        "other|batch|idle|fifo:N|rr:N",
        |o, policy| {
            o.limits.scheduler = Some(values::scheduler(policy)?);
            Ok(())
        },
    ),
    flag("umask", "set the file-mode creation mask").group(LIMITS).required("OCTAL", |o, mask| {
        o.limits.umask = Some(values::octal(text(mask)?)?);
        Ok(())
    }),
    flag("env", "set an environment variable, or keep the caller's").short('e').group(PROCESS).required(
        "NAME[=VALUE]",
        |o, variable| {
            o.process.environment.push(values::variable(variable)?);
            Ok(())
        },
    ),
    flag("unset", "remove an environment variable").group(PROCESS).required("NAME", |o, name| {
        o.process.environment.push((values::variable_name(name)?, None));
        Ok(())
    }),
    flag("clear-env", "start with an empty environment")
        .group(PROCESS)
        .switch(|o| o.process.clear_environment = true),
    flag("workdir", "change to this directory, seen from inside").short('w').group(PROCESS).required(
        "DIR",
        |o, dir| {
            o.process.working_directory = Some(values::path(dir.as_encoded_bytes())?);
            Ok(())
        },
    ),
    flag("argv0", "the name that the command is told as its own").group(PROCESS).required(
        "NAME",
        |o, name| {
            o.process.name = Some(name.into());
            Ok(())
        },
    ),
    flag("tty", "run on a pseudo-terminal of its own")
        .short('t')
        .group(PROCESS)
        .switch(|o| o.process.terminal = true),
    flag("new-session", "run in a new session, without a terminal")
        .group(PROCESS)
        .switch(|o| o.process.new_session = true),
    flag("no-init", "let the command be PID 1 itself").group(PROCESS).switch(|o| o.process.no_init = true),
    flag("die-with-parent", "end when insula is killed")
        .group(PROCESS)
        .switch(|o| o.process.die_with_parent = true),
    flag("pass-fd", "keep this descriptor open").group(PROCESS).required("NUMBER", |o, number| {
        o.process.pass.push(values::ranged(number, 3, i32::MAX)?);
        Ok(())
    }),
    // What people type who come from other tools.
    flag("interactive", "").short('i').hidden().attempt(|_| {
        Err(Invalid(
            "there is no option `-i`: standard input is connected anyway; `-t` runs on a terminal".to_owned(),
        ))
    }),
    flag("volume", "").short('v').aliases(&["mount"]).hidden().required("VOLUME", |_, _| {
        Err(Invalid("say `--bind SOURCE:TARGET[:ro]`, or `--tmpfs TARGET`".to_owned()))
    }),
    flag("rm", "").hidden().attempt(|_| {
        Err(Invalid("there is no option `--rm`: nothing is left of a sandbox anyway".to_owned()))
    }),
    flag("network", "").hidden().required("NETWORK", |_, _| {
        Err(Invalid("say `--net host` for the caller's network, or `--net` and a set or a bridge".to_owned()))
    }),
    flag("stop-before", "for tests: stop for good before this step").hidden().required("N", |o, step| {
        o.stop_before = Some(crate::args::number(step)?);
        Ok(())
    }),
];
