//! The columns of `lsns`.

use crate::table::{self, Align};

/// A column, in the order of `--output-all`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Ns,
    Type,
    Path,
    Nprocs,
    Pid,
    Ppid,
    Command,
    Uid,
    User,
    Netnsid,
    Nsfs,
    Pns,
    Ons,
}

impl Column {
    pub(super) const ALL: [Self; 13] = [
        Self::Ns,
        Self::Type,
        Self::Path,
        Self::Nprocs,
        Self::Pid,
        Self::Ppid,
        Self::Command,
        Self::Uid,
        Self::User,
        Self::Netnsid,
        Self::Nsfs,
        Self::Pns,
        Self::Ons,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Ns => "NS",
            Self::Type => "TYPE",
            Self::Path => "PATH",
            Self::Nprocs => "NPROCS",
            Self::Pid => "PID",
            Self::Ppid => "PPID",
            Self::Command => "COMMAND",
            Self::Uid => "UID",
            Self::User => "USER",
            Self::Netnsid => "NETNSID",
            Self::Nsfs => "NSFS",
            Self::Pns => "PNS",
            Self::Ons => "ONS",
        }
    }

    pub(super) const fn doc(self) -> &'static str {
        match self {
            Self::Ns => "inode number of the namespace",
            Self::Type => "kind of namespace",
            Self::Path => "path to the namespace",
            Self::Nprocs => "number of processes in the namespace",
            Self::Pid => "lowest process id in the namespace",
            Self::Ppid => "parent of PID",
            Self::Command => "command line of PID",
            Self::Uid => "user id of PID",
            Self::User => "user name of PID",
            Self::Netnsid => "number of a network namespace in the caller's",
            Self::Nsfs => "where the namespace is mounted",
            Self::Pns => "inode number of the parent namespace",
            Self::Ons => "inode number of the owner, a user namespace",
        }
    }

    /// Whether it is a number in JSON and to the filter.
    pub(super) const fn is_number(self) -> bool {
        matches!(self, Self::Ns | Self::Nprocs | Self::Pid | Self::Ppid | Self::Uid | Self::Pns | Self::Ons)
    }

    /// The column called `name`, in any case of letters.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|column| column.name().eq_ignore_ascii_case(name))
    }

    /// How it is printed; the column that shows a tree is on the left, whatever it holds.
    pub(super) fn layout(self, tree: Option<Self>) -> table::Column {
        let right = (self.is_number() || self == Self::Netnsid) && tree != Some(self);
        table::Column {
            name: self.name(),
            align: if right { Align::Right } else { Align::Left },
            usual_width: match self {
                Self::Ns | Self::Pns | Self::Ons => 10,
                Self::Type | Self::Nprocs | Self::Pid | Self::Ppid => 5,
                _ => 0,
            },
            truncate: self == Self::Command,
        }
    }
}
