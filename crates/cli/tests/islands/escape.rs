//! Attempts to leave a root file system, or to write in it where that is not allowed.

use crate::attempt::{denied, here_and_further_in};
use rustix::fs::{CWD, Mode, OFlags};
use rustix::io::Errno;
use rustix::mount::{MountFlags, UnmountFlags};
use std::fs;
use std::path::Path;

/// `escape DIRECTORY`: the directory outside, with its file `secret`, is reached by no way known.
pub(crate) fn escape(arguments: &[String]) -> Result<(), String> {
    let outside = Path::new(&arguments[0]);
    let secret = outside.join("secret").strip_prefix("/").unwrap().to_owned();
    let reached = |way: &str, from: &str| {
        let path = Path::new(from).join(&secret);
        if path.exists() { Err(format!("{way}: {} is here", path.display())) } else { Ok(()) }
    };
    let up = "../".repeat(40);

    reached("by its path", "/")?;
    reached("by dots", &format!("/{up}"))?;
    reached("by dots from the working directory", &up)?;
    for process in fs::read_dir("/proc").map_err(|error| format!("cannot read /proc: {error}"))?.flatten() {
        for door in ["root", "cwd"] {
            let from = process.path().join(door);
            reached("by /proc", from.to_str().unwrap())?;
            reached("by /proc and dots", from.join(&up).to_str().unwrap())?;
        }
    }
    for line in fs::read_to_string("/proc/self/mountinfo").unwrap().lines() {
        let point = line.split(' ').nth(4).unwrap();
        reached("by another mount", point)?;
        reached("by another mount and dots", &format!("{point}/{up}"))?;
    }

    // The one that works wherever only chroot(2) was used: hold the root by a descriptor, move the root below it, and climb.
    fs::create_dir_all("/tmp/below").map_err(|error| format!("/tmp is not writable: {error}"))?;
    let root = rustix::fs::openat(CWD, "/", OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()).unwrap();
    rustix::process::chroot("/tmp/below").map_err(|error| format!("chroot was not tried: {error}"))?;
    rustix::process::fchdir(&root).unwrap();
    for _ in 0..40 {
        rustix::process::chdir("..").unwrap();
    }
    rustix::process::chroot(".").unwrap();
    reached("by chroot below a descriptor", "/")?;

    // What lies under the root, if it was only covered.
    let _ = rustix::mount::unmount("/", UnmountFlags::DETACH);
    let _ = rustix::process::chdir("/");
    reached("under the root", "/")?;
    reached("under the root, by dots", &up)?;

    // Written last: whoever looks from outside finds it if any of the above led there.
    let _ = fs::write("/breach", "");
    let _ = fs::write(format!("/{up}breach"), "");
    Ok(())
}

/// `write-read-only`: nothing can be made, removed or changed, nor the root be made writable, even by the root of a user
/// namespace further in. The island was started without the administrator's capability: whoever has it owns these mounts.
pub(crate) fn write_read_only(_: &[String]) -> Result<(), String> {
    let read_only = &[Errno::ROFS];
    denied("making a file", fs::write("/breach", ""), read_only)?;
    denied("changing a file", fs::OpenOptions::new().append(true).open("/file"), read_only)?;
    denied("removing a file", fs::remove_file("/file"), read_only)?;
    denied("making a directory", fs::create_dir("/directory"), read_only)?;
    here_and_further_in(|| {
        denied("making it writable", rustix::mount::mount_remount("/", MountFlags::BIND, ""), &[Errno::PERM])
    })
}

/// `read-masked FILE DIRECTORY`: both are empty, and what covers them does not come off.
pub(crate) fn read_masked(arguments: &[String]) -> Result<(), String> {
    let (file, directory) = (&arguments[0], &arguments[1]);
    here_and_further_in(|| {
        let locked = &[Errno::PERM, Errno::INVAL];
        denied("uncovering the file", rustix::mount::unmount(file.as_str(), UnmountFlags::DETACH), locked)?;
        denied(
            "uncovering the directory",
            rustix::mount::unmount(directory.as_str(), UnmountFlags::DETACH),
            locked,
        )?;
        if fs::read(file).is_ok_and(|text| !text.is_empty()) {
            return Err(format!("{file} can be read"));
        }
        if fs::read_dir(directory).is_ok_and(|entries| entries.count() > 0) {
            return Err(format!("{directory} can be listed"));
        }
        Ok(())
    })
}
