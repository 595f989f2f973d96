//! Stacks for processes that share our memory.

use core::ffi::c_void;
use core::ptr;
use core::sync::atomic::AtomicI32;

use rustix::io::Errno;
use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous, munmap};

/// Enough for the deepest step (a path of 4 KiB twice, and an argument list of 8 KiB) in an unoptimized build.
const SIZE: usize = 128 * 1024;

/// One region of memory, cut into equal stacks. Pages that nobody touches cost nothing.
#[derive(Debug)]
pub(crate) struct Stacks {
    base: *mut c_void,
    count: usize,
}

impl Stacks {
    pub(crate) fn new(count: usize) -> Result<Self, Errno> {
        Self::mapped(count, MapFlags::PRIVATE)
    }

    /// Of pages that are the same also for a process with a copy of our memory.
    pub(crate) fn shared(count: usize) -> Result<Self, Errno> {
        Self::mapped(count, MapFlags::SHARED)
    }

    fn mapped(count: usize, sharing: MapFlags) -> Result<Self, Errno> {
        let flags = sharing | MapFlags::NORESERVE | MapFlags::STACK;
        // SAFETY: a new mapping at a place of the kernel's choice.
        let base = unsafe {
            mmap_anonymous(ptr::null_mut(), SIZE * count, ProtFlags::READ | ProtFlags::WRITE, flags)
        }?;
        Ok(Self { base, count })
    }

    /// A number at the far end of the first stack, where no process gets to; 0 at first.
    pub(crate) fn number(&self) -> &AtomicI32 {
        // SAFETY: the start of a page of ours, which is mapped as long as `self` is, zeroed, and used for nothing else.
        unsafe { &*self.base.cast::<AtomicI32>() }
    }

    /// Address and size of stack `index`, as `clone3(2)` takes them.
    pub(crate) fn get(&self, index: usize) -> (u64, u64) {
        debug_assert!(index < self.count);
        ((self.base as usize + index * SIZE) as u64, SIZE as u64)
    }
}

impl Drop for Stacks {
    fn drop(&mut self) {
        // SAFETY: our own mapping; whoever ran on it has executed or exited, which `start` waits for.
        let unmapped = unsafe { munmap(self.base, SIZE * self.count) };
        debug_assert!(unmapped.is_ok());
    }
}
