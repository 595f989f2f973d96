//! Filters of system calls: the words of `seccomp(2)` and of `linux/filter.h`.

use std::fmt;

use crate::step::Slot;

/// One instruction of a classic BPF program: `struct sock_filter` of `linux/filter.h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(C)]
#[doc(alias = "sock_filter")]
pub struct Instruction {
    /// What it does: `BPF_*`.
    pub code: u16,
    /// How many instructions further than the next one a jump goes if its comparison holds.
    pub if_true: u8,
    /// The same if it does not.
    pub if_false: u8,
    /// The constant that the instruction works with.
    pub value: u32,
}

/// `SECCOMP_FILTER_FLAG_*` of `linux/seccomp.h`: the argument `flags` of `seccomp(2)`.
pub mod flag {
    /// All threads of the process get the filter.
    pub const TSYNC: u32 = 1;
    /// What the filter refuses is logged, where the administrator has not turned that off.
    pub const LOG: u32 = 1 << 1;
    /// No mitigation of speculative store bypass.
    pub const SPEC_ALLOW: u32 = 1 << 2;
    /// A descriptor is returned that says which calls wait for a decision: `seccomp_unotify(2)`.
    pub const NEW_LISTENER: u32 = 1 << 3;
    /// With [`TSYNC`]: a thread that cannot follow is `ESRCH`. What [`NEW_LISTENER`] needs beside [`TSYNC`].
    pub const TSYNC_ESRCH: u32 = 1 << 4;
    /// Only a fatal signal ends the wait for a decision that the listener has taken up. Needs [`NEW_LISTENER`].
    pub const WAIT_KILLABLE_RECV: u32 = 1 << 5;
}

/// A filter to install: see `seccomp(2)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// At most 4,096 instructions.
    pub instructions: Box<[Instruction]>,
    /// [`flag`]s.
    pub flags: u32,
    /// Where the descriptor of [`flag::NEW_LISTENER`] goes.
    pub listener: Option<Slot>,
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NAMES: [(u32, &str); 6] = [
            (flag::TSYNC, "TSYNC"),
            (flag::LOG, "LOG"),
            (flag::SPEC_ALLOW, "SPEC_ALLOW"),
            (flag::NEW_LISTENER, "NEW_LISTENER"),
            (flag::TSYNC_ESRCH, "TSYNC_ESRCH"),
            (flag::WAIT_KILLABLE_RECV, "WAIT_KILLABLE_RECV"),
        ];
        let mut words =
            NAMES.iter().filter(|(bit, _)| self.flags & bit != 0).map(|(_, name)| *name).collect::<Vec<_>>();
        if words.is_empty() {
            words.push("0");
        }
        let (flags, length) = (words.join("|"), self.instructions.len());
        if let Some(listener) = self.listener {
            write!(f, "{listener} = ")?;
        }
        write!(f, "seccomp(SECCOMP_SET_MODE_FILTER, {flags}, {length} instructions)")
    }
}
