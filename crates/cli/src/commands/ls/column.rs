//! The columns of `insula ls`.

use crate::table::{self, Align};

/// A column, in the order of the help text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Kind,
    Inode,
    Procs,
    Pid,
    User,
    Command,
    Holders,
    Set,
    Id,
    Threads,
    Ppid,
    Uid,
    Parent,
    Owner,
    Creator,
    Netid,
    Interfaces,
    Peers,
    Ports,
}

impl Column {
    pub(super) const ALL: [Self; 19] = [
        Self::Kind,
        Self::Inode,
        Self::Procs,
        Self::Pid,
        Self::User,
        Self::Command,
        Self::Holders,
        Self::Set,
        Self::Id,
        Self::Threads,
        Self::Ppid,
        Self::Uid,
        Self::Parent,
        Self::Owner,
        Self::Creator,
        Self::Netid,
        Self::Interfaces,
        Self::Peers,
        Self::Ports,
    ];

    /// Those that are printed unless others are named.
    pub(super) const DEFAULT: [Self; 8] = [
        Self::Kind,
        Self::Inode,
        Self::Procs,
        Self::Pid,
        Self::User,
        Self::Set,
        Self::Holders,
        Self::Command,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Kind => "KIND",
            Self::Inode => "INODE",
            Self::Procs => "PROCS",
            Self::Pid => "PID",
            Self::User => "USER",
            Self::Command => "COMMAND",
            Self::Holders => "HOLDERS",
            Self::Set => "SET",
            Self::Id => "ID",
            Self::Threads => "THREADS",
            Self::Ppid => "PPID",
            Self::Uid => "UID",
            Self::Parent => "PARENT",
            Self::Owner => "OWNER",
            Self::Creator => "CREATOR",
            Self::Netid => "NETID",
            Self::Interfaces => "INTERFACES",
            Self::Peers => "PEERS",
            Self::Ports => "PORTS",
        }
    }

    /// The column called `name`, in any case of letters.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|column| column.name().eq_ignore_ascii_case(name))
    }

    /// How it is printed; the column that shows a tree is on the left, whatever it holds.
    pub(super) fn layout(self, tree: Option<Self>) -> table::Column {
        let wide =
            matches!(self, Self::Command | Self::Holders | Self::Interfaces | Self::Peers | Self::Ports);
        let text = wide || matches!(self, Self::Kind | Self::User | Self::Set);
        table::Column {
            name: self.name(),
            align: if text || tree == Some(self) { Align::Left } else { Align::Right },
            usual_width: 0,
            truncate: wide,
        }
    }
}
