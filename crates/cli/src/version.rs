//! What `--version` prints.

use crate::args::Face;

/// The version of this build, as Cargo knows it.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The line of `insula --version`.
pub(crate) const LINE: &str = concat!("insula ", env!("CARGO_PKG_VERSION"), "\n");

/// The line of a command's `--version`; a personality says whose it is.
pub(crate) fn line(face: &dyn Face) -> String {
    if face.is_personality() { format!("{} from insula {VERSION}\n", face.name()) } else { LINE.to_owned() }
}
