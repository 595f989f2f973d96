//! Files and directories: looked up and made below an open handle.

use core::ffi::CStr;
use rustix::fd::{BorrowedFd, FromRawFd, IntoRawFd as _, OwnedFd};
use rustix::fs::{self, CWD, Mode, OFlags, ResolveFlags};
use rustix::io::{self, Errno};
use rustix::mount::{UnmountFlags, unmount};
use rustix::process;

use super::Context;
use crate::raw::syscall;
use crate::step::{Make, Step};

pub(super) fn perform(step: &Step, context: &mut Context) -> Result<(), Errno> {
    match step {
        Step::Write { at, path, data } => {
            let how = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS | ResolveFlags::NO_XDEV;
            let flags = OFlags::WRONLY | OFlags::CLOEXEC;
            let file = fs::openat2(context.fd(*at)?, path.as_c_str(), flags, Mode::empty(), how)?;
            write_all(&file, data)?;
            // Exec closes it, at no cost of a call of its own.
            let _ = file.into_raw_fd();
            Ok(())
        }
        Step::WriteTo { file, data } => io::write(context.fd(*file)?, data).map(drop),
        Step::WriteProcess { file } => {
            let process = process::pidfd_open(process::getpid(), process::PidfdFlags::empty())?;
            let inode = fs::fstat(&process)?.st_ino;
            io::write(context.fd(*file)?, &inode.to_ne_bytes()).map(drop)
        }
        Step::Open { path, into } => {
            let file = fs::openat(CWD, path.as_c_str(), OFlags::PATH | OFlags::CLOEXEC, Mode::empty())?;
            context.put(*into, file);
            Ok(())
        }
        Step::OpenIn { root, path, into } => {
            let file = open_in(context.fd(*root)?, path, OFlags::PATH)?;
            context.put(*into, file);
            Ok(())
        }
        Step::MakeIn { root, path, make, into } => {
            let like = match make {
                Make::Like(fd) => Some(context.fd(*fd)?),
                Make::Dir(_) | Make::File(_) => None,
            };
            let file = make_in(context.fd(*root)?, path, *make, like)?;
            context.put(*into, file);
            Ok(())
        }
        Step::WriteNew { dir, name, mode, data } => {
            let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let file = fs::openat(context.fd(*dir)?, name.as_c_str(), flags, Mode::from_raw_mode(*mode))?;
            write_all(&file, data)
        }
        Step::Symlink { dir, name, target } => symlink(context.fd(*dir)?, name, target),
        Step::Node { dir, name, mode, device } => node(context.fd(*dir)?, name, *mode, *device),
        Step::OwnStreams(uid) => {
            own_streams(fs::Uid::from_raw(*uid));
            Ok(())
        }
        Step::Owner { dir, name, uid, gid } => {
            let (uid, gid) = (uid.map(fs::Uid::from_raw), gid.map(fs::Gid::from_raw));
            let mut flags = fs::AtFlags::SYMLINK_NOFOLLOW;
            flags.set(fs::AtFlags::EMPTY_PATH, name.is_empty());
            fs::chownat(context.fd(*dir)?, name.as_c_str(), uid, gid, flags)
        }
        Step::Close(slot) => {
            if let Some(raw) = context.slots.get_mut(usize::from(slot.0)).filter(|raw| **raw >= 0) {
                // SAFETY: an earlier step put it there, and the slot is emptied.
                drop(unsafe { OwnedFd::from_raw_fd(*raw) });
                *raw = -1;
            }
            Ok(())
        }
        Step::Chdir(path) => process::chdir(path.as_c_str()),
        Step::ChdirIfThere(path) => match process::chdir(path.as_c_str()) {
            Err(Errno::NOENT | Errno::NOTDIR | Errno::ACCESS | Errno::LOOP) => Ok(()),
            other => other,
        },
        Step::Fchdir(dir) => process::fchdir(context.fd(*dir)?),
        Step::CwdInsideRoot => cwd_inside_root(),
        Step::ChrootHere => process::chroot(c"."),
        Step::PivotRootHere => {
            process::pivot_root(c".", c".")?;
            unmount(c".", UnmountFlags::DETACH)?;
            process::chdir(c"/")
        }
        Step::DetachHere => unmount(c".", UnmountFlags::DETACH),
        _ => Err(Errno::NOSYS),
    }
}

fn write_all(file: &OwnedFd, data: &[u8]) -> Result<(), Errno> {
    let mut rest = data;
    // An empty file is complete; anything else is one write for procfs, which never writes short.
    while !rest.is_empty() {
        let written = io::retry_on_intr(|| io::write(file, rest))?;
        rest = rest.get(written..).unwrap_or_default();
    }
    Ok(())
}

fn node(dir: BorrowedFd<'_>, name: &CStr, mode: u32, device: u64) -> Result<(), Errno> {
    let kind = fs::FileType::from_raw_mode(mode);
    match fs::mknodat(dir, name, kind, Mode::from_raw_mode(mode), device) {
        Err(Errno::EXIST) => {
            let there = fs::statat(dir, name, fs::AtFlags::SYMLINK_NOFOLLOW)?;
            let same = fs::FileType::from_raw_mode(there.st_mode) == kind && there.st_rdev == device;
            if same { Ok(()) } else { Err(Errno::EXIST) }
        }
        other => other,
    }
}

fn own_streams(user: fs::Uid) {
    for stream in [rustix::stdio::stdin(), rustix::stdio::stdout(), rustix::stdio::stderr()] {
        let Ok(stat) = fs::fstat(stream) else { continue };
        // The character device 1:3 is the host's for all.
        let null = fs::makedev(1, 3);
        if stat.st_uid != user.as_raw() && stat.st_rdev != null {
            // Some file systems know no owners, and some streams are not ours to give away.
            let _ = fs::fchown(stream, Some(user), None);
        }
    }
}

#[inline(never)] // A page and more of stack, which the other steps need not touch.
fn symlink(dir: BorrowedFd<'_>, name: &CStr, target: &CStr) -> Result<(), Errno> {
    match fs::symlinkat(target, dir, name) {
        Err(Errno::EXIST) => {
            let mut buffer = [0_u8; PATH_MAX];
            let length = fs::readlinkat_raw(dir, name, buffer.as_mut_slice()).map_err(|_| Errno::EXIST)?;
            if buffer.get(..length) == Some(target.to_bytes()) { Ok(()) } else { Err(Errno::EXIST) }
        }
        other => other,
    }
}

pub(super) fn open_in(root: BorrowedFd<'_>, path: &CStr, flags: OFlags) -> Result<OwnedFd, Errno> {
    let how = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
    loop {
        // A rename elsewhere in the tree makes the kernel give up rather than guess: EAGAIN, try again.
        match fs::openat2(root, path, flags | OFlags::CLOEXEC, Mode::empty(), how) {
            Err(Errno::AGAIN) => {}
            other => return other,
        }
    }
}

pub(super) fn is_directory(file: BorrowedFd<'_>) -> Result<bool, Errno> {
    Ok(fs::FileType::from_raw_mode(fs::fstat(file)?.st_mode) == fs::FileType::Directory)
}

const PATH_MAX: usize = 4096;

/// Walks `path` from `root` and makes what is missing, each part below a handle on the one before it.
///
/// `like` is the handle that [`Make::Like`] names.
#[inline(never)] // A page and more of stack, which the other steps need not touch.
fn make_in(
    root: BorrowedFd<'_>,
    path: &CStr,
    make: Make,
    like: Option<BorrowedFd<'_>>,
) -> Result<OwnedFd, Errno> {
    match open_in(root, path, OFlags::PATH) {
        Err(Errno::NOENT) => {}
        other => return other,
    }
    let make = match like {
        Some(like) if is_directory(like)? => Make::Dir(0o755),
        Some(_) => Make::File(0o644),
        None => make,
    };
    let bytes = path.to_bytes();
    let mut buffer = [0; PATH_MAX];
    if bytes.len() >= PATH_MAX {
        return Err(Errno::NAMETOOLONG);
    }
    // Mostly all is there but the last one.
    let length = bytes.iter().rposition(|byte| *byte != b'/').map_or(0, |last| last + 1);
    let leaf = bytes[..length].iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1);
    let above = if leaf == 0 { c"/" } else { c_string(&mut buffer, &bytes[..leaf])? };
    let (mut parent, mut start) = match open_in(root, above, OFlags::PATH | OFlags::DIRECTORY) {
        Err(Errno::NOENT) => (open_in(root, c"/", OFlags::PATH | OFlags::DIRECTORY)?, 0),
        opened => (opened?, leaf),
    };
    while start < bytes.len() {
        let end = bytes[start..].iter().position(|byte| *byte == b'/').map_or(bytes.len(), |at| start + at);
        if end > start {
            let last = bytes[end..].iter().all(|byte| *byte == b'/');
            let name = c_string(&mut buffer, &bytes[start..end])?;
            make_one(&parent, name, if last { make } else { Make::Dir(0o755) })?;
            // Looked up again from the root, so that a symbolic link that was there is followed inside it.
            let prefix = c_string(&mut buffer, &bytes[..end])?;
            parent = open_in(root, prefix, OFlags::PATH)?;
        }
        start = end + 1;
    }
    Ok(parent)
}

fn c_string<'a>(buffer: &'a mut [u8; PATH_MAX], bytes: &[u8]) -> Result<&'a CStr, Errno> {
    let room = buffer.get_mut(..=bytes.len()).ok_or(Errno::NAMETOOLONG)?;
    let (text, end) = room.split_at_mut(bytes.len());
    text.copy_from_slice(bytes);
    end.fill(0);
    CStr::from_bytes_with_nul(room).map_err(|_| Errno::INVAL)
}

fn make_one(parent: &OwnedFd, name: &CStr, make: Make) -> Result<(), Errno> {
    let outcome = match make {
        Make::Dir(mode) => fs::mkdirat(parent, name, Mode::from_raw_mode(mode)),
        Make::Like(_) => Err(Errno::INVAL),
        Make::File(mode) => {
            let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            fs::openat(parent, name, flags, Mode::from_raw_mode(mode)).map(drop)
        }
    };
    match outcome {
        Err(Errno::EXIST) => Ok(()),
        other => other,
    }
}

/// `getcwd(2)` answers with a path that starts with `(unreachable)` when it is outside the root.
#[inline(never)] // A page and more of stack, which the other steps need not touch.
fn cwd_inside_root() -> Result<(), Errno> {
    let mut buffer = [0_u8; PATH_MAX];
    // SAFETY: writes at most the size that is passed.
    unsafe { syscall(libc::SYS_getcwd, [buffer.as_mut_ptr() as usize, buffer.len()]) }?;
    if buffer[0] == b'/' { Ok(()) } else { Err(Errno::NOENT) }
}
