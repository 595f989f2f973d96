//! Memory that a waiting process can do without.

use crate::raw::syscall;

unsafe extern "C" {
    /// The start of the executable's image, and the end of its code: the linker's symbols.
    static __executable_start: u8;
    static etext: u8;
}

/// Gives the pages of this program's code back; those that are needed again come from the page cache.
///
/// A process that only waits from here on keeps the few pages of its waiting loop: most of what a start touched is never
/// needed again. Only advice, so nothing fails.
pub fn release_text() {
    let start = (&raw const __executable_start) as usize;
    let length = (&raw const etext) as usize - start;
    let advice = libc::MADV_DONTNEED.cast_unsigned() as usize;
    // SAFETY: the range is this program's own read-only code and data, mapped from its file: what is dropped is read
    // again from there.
    let _ = unsafe { syscall(libc::SYS_madvise, [start, length, advice]) };
}
