//! What the payload may do to files, ports and other processes, in the words of `landlock(7)`.

use std::path::PathBuf;

use insula_sys::landlock::{Handled, fs, net, scope};

/// What is given back of the rights on a file hierarchy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// To read files and list directories.
    Read,
    /// To read, and to change whatever there is.
    Write,
    /// To read, and to execute. A program needs it for itself and for its dynamic loader.
    Execute,
}

impl Access {
    /// `LANDLOCK_ACCESS_FS_*`.
    const fn rights(self) -> u64 {
        const READ: u64 = fs::READ_FILE | fs::READ_DIR;
        match self {
            Self::Read => READ,
            Self::Execute => READ | fs::EXECUTE,
            Self::Write => READ | (FILES & !fs::EXECUTE),
        }
    }
}

/// All rights on files.
const FILES: u64 = fs::EXECUTE
    | fs::WRITE_FILE
    | fs::READ_FILE
    | fs::READ_DIR
    | fs::REMOVE_DIR
    | fs::REMOVE_FILE
    | fs::MAKE
    | fs::REFER
    | fs::TRUNCATE
    | fs::IOCTL_DEV;

/// What becomes of restrictions that this kernel does not know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Effort {
    /// They are an error.
    #[default]
    All,
    /// They are left out.
    Best,
}

/// Restrictions of the payload, which it cannot undo: `landlock(7)`.
///
/// Only what is asked for is restricted: files where there is a rule for any path, each of the rights on ports where there is a
/// list of ports, which may be empty. A restricted process cannot mount, nor trace one that is not restricted likewise, such as an
/// init of ours. Like a filter of system calls, this takes no new privileges, or `CAP_SYS_ADMIN` in the user namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Landlock {
    /// What may be done to file hierarchies, found inside; to all others nothing. Several rules for one add up.
    pub paths: Vec<(PathBuf, Access)>,
    /// The TCP ports that may be connected to.
    pub connect_tcp: Option<Vec<u16>>,
    /// The TCP ports that may be bound; 0 is one that the kernel chooses.
    pub bind_tcp: Option<Vec<u16>>,
    /// Whether no signal may go to who is not restricted likewise.
    pub scope_signal: bool,
    /// Whether no abstract UNIX socket of who is not restricted likewise may be connected to.
    pub scope_abstract_unix_socket: bool,
    /// What becomes of restrictions that this kernel does not know.
    pub effort: Effort,
}

impl Landlock {
    /// Whether nothing is restricted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.handled() == Handled::default()
    }

    /// What is asked for.
    pub(crate) fn handled(&self) -> Handled {
        let bit = |set: bool, bit: u64| if set { bit } else { 0 };
        Handled {
            fs: bit(!self.paths.is_empty(), FILES),
            net: bit(self.connect_tcp.is_some(), net::CONNECT_TCP)
                | bit(self.bind_tcp.is_some(), net::BIND_TCP),
            scoped: bit(self.scope_signal, scope::SIGNAL)
                | bit(self.scope_abstract_unix_socket, scope::ABSTRACT_UNIX_SOCKET),
        }
    }

    /// The rules for paths, with the rights that each gives back.
    pub(crate) fn rules(self) -> impl Iterator<Item = (PathBuf, u64)> {
        self.paths.into_iter().map(|(path, access)| (path, access.rights()))
    }

    /// What is asked for, and the kernel with this version of the interface cannot restrict: nothing from the sixth on.
    #[must_use]
    pub fn lacking(&self, version: u32) -> Vec<&'static str> {
        let handled = self.handled();
        let wanted = [
            (1, handled.fs != 0, "what is done to files"),
            (2, handled.fs != 0, "links and renames between directories"),
            (3, handled.fs != 0, "truncation"),
            (4, handled.net != 0, "TCP ports"),
            (5, handled.fs != 0, "requests of devices"),
            (6, handled.scoped != 0, "signals and abstract UNIX sockets"),
        ];
        wanted
            .into_iter()
            .filter(|(from, asked, _)| *asked && version < *from)
            .map(|(.., what)| what)
            .collect()
    }
}

/// What of `handled` a kernel with this version knows.
pub(crate) fn known(handled: Handled, version: u32) -> Handled {
    let files = match version {
        0 => 0,
        1 => FILES & !(fs::REFER | fs::TRUNCATE | fs::IOCTL_DEV),
        2 => FILES & !(fs::TRUNCATE | fs::IOCTL_DEV),
        3 | 4 => FILES & !fs::IOCTL_DEV,
        _ => FILES,
    };
    Handled {
        fs: handled.fs & files,
        net: if version < 4 { 0 } else { handled.net },
        scoped: if version < 6 { 0 } else { handled.scoped },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_kernel_lacks_is_what_it_would_not_restrict() {
        let mut landlock =
            Landlock { connect_tcp: Some(Vec::new()), scope_signal: true, ..Landlock::default() };
        landlock.paths.push(("/".into(), Access::Read));
        for version in 0..9 {
            let whole = known(landlock.handled(), version) == landlock.handled();
            assert_eq!(landlock.lacking(version).is_empty(), whole, "{version}");
        }
        assert_eq!(landlock.lacking(5), ["signals and abstract UNIX sockets"]);
    }

    /// Of the crate `landlock`, which is the kernel developers' own.
    #[test]
    fn rights_of_each_version_are_those_of_the_official_crate() {
        use ::landlock::{ABI, Access as _, AccessFs};
        let all = Handled { fs: FILES, net: 0, scoped: 0 };
        for (version, abi) in (1..).zip([ABI::V1, ABI::V2, ABI::V3, ABI::V4, ABI::V5, ABI::V6]) {
            assert_eq!(known(all, version).fs, AccessFs::from_all(abi).bits(), "{abi:?}");
            let read = Access::Execute.rights() & known(all, version).fs;
            assert_eq!(read, AccessFs::from_read(abi).bits(), "{abi:?}");
        }
    }
}
