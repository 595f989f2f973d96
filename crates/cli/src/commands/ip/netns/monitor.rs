//! `ip netns monitor`.

use std::mem::MaybeUninit;

use insula_sys::errno::sentence;
use rustix::fs::Mode;
use rustix::fs::inotify::{self, CreateFlags, ReadFlags, WatchFlags};
use rustix::io::Errno;

use super::{DIRECTORY, Stop};
use crate::output;

/// Tells of names as they come and go, until it is ended.
pub(super) fn monitor() -> Result<(), Stop> {
    let watch = inotify::init(CreateFlags::CLOEXEC)
        .map_err(|errno| Stop::failed(format!("inotify_init failed: {}", sentence(errno))))?;
    match rustix::fs::mkdir(DIRECTORY, Mode::from_raw_mode(0o755)) {
        Ok(()) | Err(Errno::EXIST) => {}
        Err(errno) => return Err(Stop::failed(format!("mkdir {DIRECTORY} failed: {}", sentence(errno)))),
    }
    inotify::add_watch(&watch, DIRECTORY, WatchFlags::CREATE | WatchFlags::DELETE)
        .map_err(|errno| Stop::failed(format!("inotify_add_watch failed: {}", sentence(errno))))?;
    let mut buffer = [MaybeUninit::uninit(); 4096];
    let mut reader = inotify::Reader::new(&watch, &mut buffer);
    loop {
        let event = match reader.next() {
            Ok(event) => event,
            Err(Errno::INTR) => continue,
            Err(errno) => return Err(Stop::failed(format!("read failed: {}", sentence(errno)))),
        };
        let name = event.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let word = if event.events().contains(ReadFlags::CREATE) { "add" } else { "delete" };
        output::show(&format!("{word} {name}\n")).map_err(|failure| Stop::output(&failure))?;
    }
}
