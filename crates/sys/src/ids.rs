//! The user and group ids of this process, three by one call.

use rustix::io::Errno;

use crate::raw::syscall;

/// The three ids that a process has of a kind: `credentials(7)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ids {
    /// The real one: who started the process.
    pub real: u32,
    /// The effective one: who it acts as.
    pub effective: u32,
    /// The saved one: whom it can become again.
    pub saved: u32,
}

/// The user ids.
///
/// # Errors
/// None that the kernel documents for valid pointers: `getresuid(2)`.
#[doc(alias = "getresuid")]
pub fn users() -> Result<Ids, Errno> {
    ask(libc::SYS_getresuid)
}

/// The group ids.
///
/// # Errors
/// As [`users`].
#[doc(alias = "getresgid")]
pub fn groups() -> Result<Ids, Errno> {
    ask(libc::SYS_getresgid)
}

fn ask(call: libc::c_long) -> Result<Ids, Errno> {
    let (mut real, mut effective, mut saved) = (0_u32, 0_u32, 0_u32);
    let places = [&raw mut real, &raw mut effective, &raw mut saved].map(|place| place as usize);
    // SAFETY: `call` is one of the two above, which write three 32-bit numbers.
    unsafe { syscall(call, places) }?;
    Ok(Ids { real, effective, saved })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_those_of_the_single_calls() {
        let (users, groups) = (users().unwrap(), groups().unwrap());
        assert_eq!(users.real, rustix::process::getuid().as_raw());
        assert_eq!(users.effective, rustix::process::geteuid().as_raw());
        assert_eq!(groups.real, rustix::process::getgid().as_raw());
        assert_eq!(groups.effective, rustix::process::getegid().as_raw());
    }
}
