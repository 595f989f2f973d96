//! The entries of a directory of `/proc` whose names are numbers: processes, threads, descriptors.

use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::os::fd::BorrowedFd;

use rustix::fs::{Mode, OFlags, RawDir};
use rustix::io::Errno;

/// Reads such directories, one after the other, into the same memory.
pub(crate) struct Numbers {
    buffer: Box<[MaybeUninit<u8>]>,
    found: Vec<i32>,
}

impl Numbers {
    /// What one `getdents64(2)` may fill: room for about a thousand processes.
    const SIZE: usize = 32 * 1024;

    pub(crate) fn new() -> Self {
        Self { buffer: Box::new_uninit_slice(Self::SIZE), found: Vec::new() }
    }

    /// The numbers in the directory at `path` below `dir`, in the order of the kernel, which is ascending.
    pub(crate) fn read(&mut self, dir: BorrowedFd<'_>, path: &CStr) -> Result<&[i32], Errno> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let dir = rustix::fs::openat(dir, path, flags, Mode::empty())?;
        let mut entries = RawDir::new(dir, &mut self.buffer);
        self.found.clear();
        while let Some(entry) = entries.next() {
            self.found.extend(number(entry?.file_name().to_bytes()));
        }
        Ok(&self.found)
    }
}

fn number(name: &[u8]) -> Option<i32> {
    // The first byte tells the many other files of `/proc` apart.
    if name.first()?.is_ascii_digit() { std::str::from_utf8(name).ok()?.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_are_taken() {
        assert_eq!(number(b"4194304"), Some(4_194_304));
        for name in ["", "self", "-1", "+1", "1x", "99999999999"] {
            assert_eq!(number(name.as_bytes()), None, "{name}");
        }
    }
}
