//! Stacks for processes that share our memory.

use core::cell::UnsafeCell;
use core::ffi::c_void;
use core::mem::MaybeUninit;
use core::ptr;
use core::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use rustix::io::Errno;
use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous, munmap};

/// Enough for the deepest step (a path of 4 KiB twice, and an argument list of 8 KiB) in an unoptimized build.
const SIZE: usize = 128 * 1024;

/// As many as a start without a helper outside needs.
const RESERVED: usize = 3;

/// Stacks that are there without a call, for one start at a time: a command makes no more. Not aligned to
/// pages, which would push what lies beside it onto others; `get` gives stacks whose upper end is.
#[repr(align(64))]
struct Reserve(UnsafeCell<[MaybeUninit<u8>; SIZE * RESERVED]>);

// SAFETY: used by whoever has changed `RESERVE_TAKEN` from false to true, until it is false again.
unsafe impl Sync for Reserve {}

static RESERVE: Reserve = Reserve(UnsafeCell::new([MaybeUninit::uninit(); SIZE * RESERVED]));

/// Not among the stacks: it would be a page of its own there.
static RESERVE_TAKEN: AtomicBool = AtomicBool::new(false);

/// Where stacks lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Reserve,
    Mapping,
}

/// One region of memory, cut into equal stacks. Pages that nobody touches cost nothing.
#[derive(Debug)]
pub(crate) struct Stacks {
    base: *mut c_void,
    count: usize,
    place: Place,
}

impl Stacks {
    pub(crate) fn new(count: usize) -> Result<Self, Errno> {
        if count <= RESERVED && !RESERVE_TAKEN.swap(true, Ordering::Acquire) {
            return Ok(Self { base: RESERVE.0.get().cast(), count, place: Place::Reserve });
        }
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
        Ok(Self { base, count, place: Place::Mapping })
    }

    /// A number at the far end of the first stack, where no process gets to; 0 at first in [`shared`](Self::shared) ones.
    pub(crate) fn number(&self) -> &AtomicI32 {
        // SAFETY: the start of a page of ours, which is mapped as long as `self` is, zeroed, and used for nothing else.
        unsafe { &*self.base.cast::<AtomicI32>() }
    }

    /// Address and size of stack `index`, as `clone3(2)` takes them.
    pub(crate) fn get(&self, index: usize) -> (u64, u64) {
        const PAGE: usize = 4096;
        debug_assert!(index < self.count);
        let lowest = self.base as usize + index * SIZE;
        // Most steps need less than a page: this way they touch no more than one.
        let top = (lowest + SIZE) & !(PAGE - 1);
        (lowest as u64, (top - lowest) as u64)
    }
}

impl Drop for Stacks {
    fn drop(&mut self) {
        if self.place == Place::Reserve {
            RESERVE_TAKEN.store(false, Ordering::Release);
            return;
        }
        // SAFETY: our own mapping; whoever ran on it has executed or exited, which `start` waits for.
        let unmapped = unsafe { munmap(self.base, SIZE * self.count) };
        debug_assert!(unmapped.is_ok());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_starts_at_a_time_have_stacks_of_their_own() {
        let (one, other) = (Stacks::new(RESERVED).unwrap(), Stacks::new(RESERVED).unwrap());
        let (lower, upper) = (one.base.min(other.base) as usize, one.base.max(other.base) as usize);
        assert!(upper - lower >= SIZE * RESERVED);
    }
}
