//! The flags that stand before the command.

use insula_oci::{CgroupManager, Rights, Runtime};

use crate::args::{Arg, Flag, Invalid, flag};

/// What the flags before the command say.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Globals {
    root: Option<Arg>,
    pub(super) log: Option<Arg>,
    pub(super) log_format: LogFormat,
    pub(super) debug: bool,
    pub(super) cgroups: CgroupManager,
    pub(super) rights: Option<Rights>,
    pub(super) version: bool,
}

/// The form of a line of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum LogFormat {
    /// `time="…" level=error msg="…"`.
    #[default]
    Text,
    /// `{"level":"error","msg":"…","time":"…"}`.
    Json,
}

pub(super) const FLAGS: &[Flag<Globals>] = &[
    flag("root", "where containers are known; /run/insula/.oci, or below $XDG_RUNTIME_DIR without root")
        .required("DIR", |o, dir| {
            o.root = Some(dir);
            Ok(())
        }),
    flag("log", "where to write what goes wrong, beside standard error").required("FILE", |o, file| {
        o.log = Some(file);
        Ok(())
    }),
    flag("log-format", "the form of that").choices(&["text", "json"]).required("FORMAT", |o, format| {
        o.log_format = match format.as_encoded_bytes() {
            b"text" | b"" => LogFormat::Text,
            b"json" => LogFormat::Json,
            _ => return Err(Invalid("expected text or json".to_owned())),
        };
        Ok(())
    }),
    flag("debug", "also write there what was asked for").switch(|o| o.debug = true),
    flag("cgroup-manager", "who makes control groups; as directories, if it is not given")
        .choices(&["cgroupfs", "systemd", "disabled"])
        .required("MANAGER", |o, manager| {
            o.cgroups = match manager.as_encoded_bytes() {
                b"cgroupfs" => CgroupManager::Cgroupfs,
                b"systemd" => CgroupManager::Systemd,
                b"disabled" => CgroupManager::Disabled,
                _ => return Err(Invalid("expected cgroupfs, systemd or disabled".to_owned())),
            };
            Ok(())
        }),
    flag("systemd-cgroup", "as --cgroup-manager=systemd: `linux.cgroupsPath` is SLICE:PREFIX:NAME")
        .switch(|o| o.cgroups = CgroupManager::Systemd),
    flag(
        "rootless",
        "whether control groups are made with the rights of an ordinary user, as they are without root",
    )
    .choices(&["true", "false", "auto"])
    .required("WHETHER", |o, rights| {
        o.rights = match rights.as_encoded_bytes() {
            b"true" => Some(Rights::User),
            b"false" => Some(Rights::Root),
            b"auto" => None,
            _ => return Err(Invalid("expected true, false or auto".to_owned())),
        };
        Ok(())
    }),
    flag("", "as --version").short('v').hidden().switch(|o| o.version = true),
];

impl Globals {
    /// Where containers are known.
    pub(super) fn runtime(&self) -> Runtime {
        Runtime::new(self.root.map_or_else(Runtime::default_path, Into::into))
    }
}
