//! Who the payload is: user, groups, capabilities.

use std::ffi::CStr;

use crate::capability::CapabilitySet;

/// The five capability sets, each as it is to be; `None` leaves a set as it comes. See `capabilities(7)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// What the payload and all that it executes can gain at most.
    pub bounding: Option<CapabilitySet>,
    /// What it may use or raise.
    pub permitted: Option<CapabilitySet>,
    /// What is in force.
    pub effective: Option<CapabilitySet>,
    /// What passes through the execution of a file with inheritable capabilities.
    pub inheritable: Option<CapabilitySet>,
    /// What a program without file capabilities keeps; part of permitted and inheritable.
    pub ambient: Option<CapabilitySet>,
}

/// What a security module knows a process by: see `attr/exec` in `proc_pid_attr(5)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecurityContext {
    /// A context of SELinux.
    Selinux(String),
    /// A profile of AppArmor, which must be loaded.
    AppArmor(String),
}

impl SecurityContext {
    /// The file in a procfs to which it is written.
    pub(crate) const fn file(&self) -> &'static CStr {
        match self {
            Self::Selinux(_) => c"thread-self/attr/exec",
            Self::AppArmor(_) => c"thread-self/attr/apparmor/exec",
        }
    }

    /// What is written.
    pub(crate) fn value(&self) -> String {
        match self {
            Self::Selinux(context) => context.clone(),
            Self::AppArmor(profile) => format!("exec {profile}"),
        }
    }

    pub(crate) fn name(&self) -> &str {
        let (Self::Selinux(name) | Self::AppArmor(name)) = self;
        name
    }
}

/// User, groups and privileges of the payload, as seen inside its user namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// Real, effective and saved user id.
    pub uid: Option<u32>,
    /// Real, effective and saved group id.
    pub gid: Option<u32>,
    /// Supplementary groups; `Some` of an empty list drops all.
    pub groups: Option<Vec<u32>>,
    /// Whether all capabilities that the process has stay, over the change of ids and over exec.
    pub keep_capabilities: bool,
    /// The capability sets.
    pub capabilities: Capabilities,
    /// `SECBIT_*` of `linux/securebits.h`.
    pub securebits: Option<u32>,
    /// The security context of the payload.
    pub security_context: Option<SecurityContext>,
    /// The name of a session keyring of its own: `session-keyring(7)`.
    pub keyring: Option<String>,
    /// Whether nothing that the payload executes may gain privileges: `PR_SET_NO_NEW_PRIVS`.
    pub no_new_privs: bool,
}
