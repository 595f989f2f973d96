//! The mounts of any mount namespace, by its id: `listmount(2)` and `statmount(2)`.

use std::ffi::c_long;

use rustix::io::{Errno, Result};

use crate::ioctl::last_errno;

const SYS_STATMOUNT: c_long = 457;
const SYS_LISTMOUNT: c_long = 458;
/// `LSMT_ROOT`: the root mount of the namespace, in the place of a mount's id.
const LSMT_ROOT: u64 = u64::MAX;
const STATMOUNT_SB_BASIC: u64 = 0x01;
const STATMOUNT_MNT_ROOT: u64 = 0x08;
const STATMOUNT_MNT_POINT: u64 = 0x10;

/// `struct mnt_id_req` in its second published size, with the mount namespace.
#[repr(C)]
struct Request {
    size: u32,
    spare: u32,
    mount: u64,
    parameter: u64,
    namespace: u64,
}

impl Request {
    fn new(namespace: u64, mount: u64, parameter: u64) -> Self {
        let size = u32::try_from(size_of::<Self>()).expect("it has 32 bytes");
        Self { size, spare: 0, mount, parameter, namespace }
    }
}

/// Lists the ids of the mounts in the mount namespace with the 64-bit id `namespace` (0: the caller's) that come
/// after mount `after` (0: from the first), as many as `ids` holds. Returns how many there were.
///
/// # Errors
/// `ENOENT` when there is no such namespace; `EPERM` without `CAP_SYS_ADMIN` in its owner; `ENOSYS` or `EINVAL` on a
/// kernel before 6.11.
#[doc(alias = "listmount")]
pub fn list(namespace: u64, after: u64, ids: &mut [u64]) -> Result<usize> {
    let request = Request::new(namespace, LSMT_ROOT, after);
    // SAFETY: `request` says its own size, and `ids` is a slice of `u64` of the length that is passed.
    let listed = unsafe { libc::syscall(SYS_LISTMOUNT, &raw const request, ids.as_mut_ptr(), ids.len(), 0) };
    usize::try_from(listed).map_err(|_| last_errno())
}

/// A buffer for the answers of `statmount(2)`.
#[derive(Debug)]
pub struct StatMount {
    // `u64`, for its alignment.
    words: Vec<u64>,
}

/// What `statmount(2)` says of a mount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mount<'a> {
    /// The magic number of its file system.
    pub magic: u64,
    /// What of that it shows, which an nsfs mount has the name of the namespace in.
    pub root: &'a [u8],
    /// Where it is, from the root of its namespace.
    pub point: &'a [u8],
}

impl Default for StatMount {
    fn default() -> Self {
        Self { words: vec![0; 1024] }
    }
}

impl StatMount {
    /// Where the strings begin: the size of the fixed part.
    const STRINGS: usize = 512;

    /// Asks for mount `mount` of the mount namespace with the 64-bit id `namespace` (0: the caller's).
    ///
    /// # Errors
    /// As [`list`]; `ENOENT` also when the mount is gone.
    #[doc(alias = "statmount")]
    pub fn ask(&mut self, namespace: u64, mount: u64) -> Result<Mount<'_>> {
        let mask = STATMOUNT_SB_BASIC | STATMOUNT_MNT_ROOT | STATMOUNT_MNT_POINT;
        let request = Request::new(namespace, mount, mask);
        loop {
            let (buffer, size) = (self.words.as_mut_ptr(), self.words.len() * size_of::<u64>());
            // SAFETY: `request` says its own size, and `buffer` has the size that is passed.
            let answer = unsafe { libc::syscall(SYS_STATMOUNT, &raw const request, buffer, size, 0) };
            match if answer < 0 { last_errno() } else { break } {
                Errno::OVERFLOW if size < 1 << 20 => self.words.resize(self.words.len() * 2, 0),
                error => return Err(error),
            }
        }
        self.parse(mask).ok_or(Errno::INVAL)
    }

    /// Takes the fields of `struct statmount` out of the answer.
    fn parse(&self, mask: u64) -> Option<Mount<'_>> {
        // `mask` is at byte 8, `sb_magic` at 24, `mnt_root` and `mnt_point` at 104 and 108.
        if self.words[1] & mask != mask {
            return None;
        }
        let offsets = self.words[13].to_ne_bytes();
        let (root, point) = offsets.split_at(4);
        Some(Mount { magic: self.words[3], root: self.string(root)?, point: self.string(point)? })
    }

    /// The string whose offset is in the four bytes `offset`.
    fn string(&self, offset: &[u8]) -> Option<&[u8]> {
        let offset = u32::from_ne_bytes(offset.try_into().ok()?) as usize;
        let bytes = bytes_of(&self.words);
        let rest = bytes.get(Self::STRINGS + offset..)?;
        rest.split(|byte| *byte == 0).next()
    }
}

fn bytes_of(words: &[u64]) -> &[u8] {
    // SAFETY: eight initialised bytes for each word, and bytes need no alignment.
    unsafe { std::slice::from_raw_parts(words.as_ptr().cast(), size_of_val(words)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_mount_of_ours_is_the_root() {
        let mut ids = [0; 8];
        match list(0, 0, &mut ids) {
            Ok(count) => {
                let ids = &ids[..count];
                assert!(!ids.is_empty() && ids.is_sorted());
                let mut answer = StatMount::default();
                let points: Vec<_> =
                    ids.iter().map(|id| answer.ask(0, *id).unwrap().point.to_vec()).collect();
                let table = std::fs::read_to_string("/proc/self/mountinfo").unwrap();
                for point in points {
                    let point = String::from_utf8(point).unwrap();
                    assert!(table.contains(&format!(" {point} ")), "{point} is not in the mount table");
                }
            }
            // Before 6.8.
            Err(error) => assert_eq!(error, Errno::NOSYS),
        }
    }

    #[test]
    fn missing_mount_is_an_error() {
        let error = StatMount::default().ask(0, u64::MAX - 1).unwrap_err();
        assert!(matches!(error, Errno::NOENT | Errno::NOSYS), "{error}");
    }
}
