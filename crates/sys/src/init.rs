//! The freestanding PID 1 (`init/main.rs`), which is also a keeper of namespaces, as a sealed file in memory.

use rustix::fd::OwnedFd;
use rustix::fs::{MemfdFlags, Mode, SealFlags, fchmod, fcntl_add_seals, memfd_create};
use rustix::io::Errno;

static IMAGE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/init"));

/// Writes the program into a new memory file that nobody can change again, and that can be executed.
///
/// Called `insula-init`, with a process id, it is the init of that payload, which must be its child. Called `insula-keeper`
/// it is a keeper: it ends unless it can read a byte from standard input, and stays for good if it can, until
/// SIGTERM (as PID 1 of a PID namespace: from outside of it) or SIGKILL. Either is to be executed with every signal
/// blocked.
/// # Errors
/// As `memfd_create(2)` and `write(2)`.
pub fn image() -> Result<OwnedFd, Errno> {
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    // Kernels before 6.3 don't know MFD_EXEC; later ones may refuse to execute a memory file made without it.
    let file = match memfd_create(c"insula-init", flags | MemfdFlags::EXEC) {
        Err(Errno::INVAL) => memfd_create(c"insula-init", flags),
        other => other,
    }?;
    let written = rustix::io::write(&file, IMAGE)?;
    if written != IMAGE.len() {
        return Err(Errno::IO);
    }
    fcntl_add_seals(&file, SealFlags::SEAL | SealFlags::SHRINK | SealFlags::GROW | SealFlags::WRITE)?;
    Ok(file)
}

/// The same, to be executed and not read. Who executes that and may not read everything is not dumpable from the first
/// instruction on (`would_dump` in the kernel's `fs/exec.c`), so nobody traces it for being the same user.
pub(crate) fn unreadable_image() -> Result<OwnedFd, Errno> {
    let file = image()?;
    fchmod(&file, Mode::XUSR | Mode::XGRP | Mode::XOTH)?;
    Ok(file)
}
