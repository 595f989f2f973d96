//! What is mounted in a node.

use std::path::PathBuf;

/// A mount of a part of the host's file system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bind {
    /// What is mounted: absolute, or relative to the directory of the file.
    pub source: PathBuf,
    /// Where: absolute.
    pub target: PathBuf,
    /// Whether nothing can be changed through it.
    pub access: Access,
}

/// What may be done through a mount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Reading.
    ReadOnly,
    /// Reading and writing.
    ReadWrite,
}

impl Bind {
    /// Reads `SOURCE:TARGET`, with `:ro` or `:rw` behind it or not.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(':');
        let (source, target) = (parts.next()?, parts.next()?);
        let access = match parts.next() {
            None | Some("rw") => Access::ReadWrite,
            Some("ro") => Access::ReadOnly,
            Some(_) => return None,
        };
        let fits =
            parts.next().is_none() && !source.is_empty() && target.starts_with('/') && !text.contains('\0');
        fits.then(|| Self { source: PathBuf::from(source), target: PathBuf::from(target), access })
    }
}
