//! What is answered to which system call, by name.

use std::path::PathBuf;

use crate::{Action, Architecture, Argument, CallName, Flags};

/// Where the listener of a profile with [`Action::Notify`] is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListenerAddress {
    /// The path of a listening UNIX stream socket: `listenerPath`.
    pub path: PathBuf,
    /// What is passed on with it: `listenerMetadata`.
    pub metadata: Option<String>,
}

/// One entry of a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The names of the calls, as the kernel has them: `newfstatat`, not `fstatat`.
    pub names: Vec<CallName>,
    /// What is answered.
    pub action: Action,
    /// When: all of them must hold; but where two of them look at the same argument, one is enough.
    pub arguments: Vec<Argument>,
}

impl Rule {
    /// A rule that holds for any arguments.
    #[must_use]
    pub fn new<I: IntoIterator<Item = S>, S: Into<CallName>>(names: I, action: Action) -> Self {
        Self { names: names.into_iter().map(Into::into).collect(), action, arguments: Vec::new() }
    }

    /// Adds tests of arguments.
    #[must_use]
    pub fn when(mut self, arguments: impl IntoIterator<Item = Argument>) -> Self {
        self.arguments.extend(arguments);
        self
    }
}

/// A profile: `linux.seccomp` of the runtime specification. What its rules mean together is told at the [crate](crate).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// What is answered to a call of which no rule holds.
    pub default: Action,
    /// The architectures whose calls are looked at; the machine's own is always one. Those of other machines mean nothing.
    pub architectures: Vec<Architecture>,
    /// How the filter is installed.
    pub flags: Flags,
    /// Who decides where [`Action::Notify`] is the answer. For whoever installs the filter: it is no part of it.
    pub listener: Option<ListenerAddress>,
    /// The rules.
    pub rules: Vec<Rule>,
}

impl Profile {
    /// A profile without rules.
    #[must_use]
    pub const fn new(default: Action) -> Self {
        Self { default, architectures: Vec::new(), flags: Flags::NONE, listener: None, rules: Vec::new() }
    }

    /// Whether any answer is [`Action::Notify`].
    #[must_use]
    pub fn notifies(&self) -> bool {
        self.default == Action::Notify || self.rules.iter().any(|rule| rule.action == Action::Notify)
    }

    /// Whether calls that are newer than the profile are answered `ENOSYS`: not where they are made anyway, nor where a tracer
    /// decides, who may know them.
    pub(crate) const fn refuses_new_calls(&self) -> bool {
        !matches!(self.default, Action::Allow | Action::Log | Action::Trace(_))
    }
}
