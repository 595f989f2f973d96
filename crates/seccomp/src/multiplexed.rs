//! Calls that 32-bit x86 makes through another one: `socketcall(2)` and `ipc(2)`.

use crate::{Argument, Operator};

/// The names of what `socketcall(2)` does, from 1 on: `SYS_*` of `linux/net.h`.
const SOCKET: [&str; 20] = [
    "socket",
    "bind",
    "connect",
    "listen",
    "accept",
    "getsockname",
    "getpeername",
    "socketpair",
    "send",
    "recv",
    "sendto",
    "recvfrom",
    "shutdown",
    "setsockopt",
    "getsockopt",
    "sendmsg",
    "recvmsg",
    "accept4",
    "recvmmsg",
    "sendmmsg",
];

/// What `ipc(2)` does: `linux/ipc.h`.
const IPC: [(&str, u64); 12] = [
    ("semop", 1),
    ("semget", 2),
    ("semctl", 3),
    ("semtimedop", 4),
    ("msgsnd", 11),
    ("msgrcv", 12),
    ("msgget", 13),
    ("msgctl", 14),
    ("shmat", 21),
    ("shmdt", 22),
    ("shmget", 23),
    ("shmctl", 24),
];

/// The call through which `name` can be made too, and the test of its first argument that tells that.
pub(crate) fn through(name: &str) -> Option<(&'static str, Argument)> {
    let test = |operator| Argument::new(0, operator).expect("a call has a first argument");
    if let Some(at) = (1..).zip(SOCKET).find_map(|(number, known)| (known == name).then_some(number)) {
        return Some(("socketcall", test(Operator::Equal(at))));
    }
    // The upper half is the version of the interface.
    let (_, value) = IPC.iter().find(|(known, _)| *known == name)?;
    Some(("ipc", test(Operator::MaskedEqual { mask: 0xffff, value: *value })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_one_of_a_list_has_the_kernels_number() {
        assert_eq!(through("sendmmsg").unwrap().1.operator(), Operator::Equal(20));
        assert_eq!(through("shmctl").unwrap().0, "ipc");
        assert_eq!(through("read"), None);
    }
}
