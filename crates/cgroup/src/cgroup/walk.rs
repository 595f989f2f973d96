//! All groups below one, however deep what runs there has made them.

use std::ffi::{CStr, CString};

use rustix::io::Errno;

use crate::directory::Directory;

/// A group on the way down.
struct Level {
    name: CString,
    /// Groups in it that are not visited yet.
    pending: Vec<CString>,
}

/// Visits every group below `top`, those in a group before the group itself, each as the name in an open directory.
///
/// One descriptor is open at a time and nothing recurses, so depth costs memory alone. What goes meanwhile is passed over.
pub(super) fn below(
    top: &Directory,
    mut visit: impl FnMut(&Directory, &CStr) -> Result<(), Errno>,
) -> Result<(), Errno> {
    let mut pending = top.children()?;
    if pending.is_empty() {
        return Ok(());
    }
    let mut levels: Vec<Level> = Vec::new();
    let mut directory = top.again()?;
    loop {
        if let Some(name) = pending.pop() {
            match directory
                .descend(std::slice::from_ref(&name))
                .and_then(|child| Ok((child.children()?, child)))
            {
                Ok((children, child)) => {
                    directory = child;
                    levels.push(Level { name, pending: std::mem::replace(&mut pending, children) });
                }
                Err(Errno::NOENT | Errno::NODEV) => {}
                Err(error) => return Err(error),
            }
        } else {
            let Some(level) = levels.pop() else { return Ok(()) };
            // `..` is the group above, and stays it: groups are never moved to another.
            directory = match directory.above() {
                Err(Errno::NOENT) => return Ok(()),
                above => above?,
            };
            visit(&directory, &level.name)?;
            pending = level.pending;
        }
    }
}
