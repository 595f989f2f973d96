//! Where a map goes.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use crate::output;
use crate::report::Failure;

/// Writes to the file at `path`, or to standard output.
///
/// Who reads the file finds the old or the new one, never a part.
pub(super) fn write(path: Option<&Path>, bytes: &[u8]) -> Result<(), Failure> {
    let Some(path) = path else { return output::print(bytes) };
    let written = if fs::symlink_metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        // A device, a pipe or a link stays what it is.
        OpenOptions::new().write(true).truncate(true).open(path).and_then(|mut file| file.write_all(bytes))
    } else {
        replace(path, bytes)
    };
    written.map_err(|error| Failure::from(error).context(&format!("cannot write `{}`", path.display())))
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let name = path.file_name().ok_or(io::ErrorKind::IsADirectory)?;
    let mut aside = std::ffi::OsString::from(".");
    aside.push(name);
    aside.push(format!(".{}", std::process::id()));
    let aside = path.with_file_name(aside);
    let write = |mut file: File| {
        if let Ok(old) = fs::metadata(path) {
            file.set_permissions(old.permissions())?;
        }
        file.write_all(bytes)
    };
    OpenOptions::new().write(true).create_new(true).open(&aside).and_then(|file| {
        let done = write(file).and_then(|()| fs::rename(&aside, path));
        if done.is_err() {
            // Nothing half made stays; the reason is told already.
            let _ = fs::remove_file(&aside);
        }
        done
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_is_exchanged_and_keeps_its_mode() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = std::env::temp_dir().join(format!("insula-map-write-{}", std::process::id()));
        fs::create_dir(&dir).unwrap();
        let path = dir.join("map.svg");
        write(Some(&path), b"one").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        write(Some(&path), b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(&dir).unwrap().count(), 1);
        let refused = write(Some(&dir.join("none/map.svg")), b"").unwrap_err();
        assert!(refused.text("insula").contains("none/map.svg"), "{refused:?}");
        fs::remove_dir_all(&dir).unwrap();
    }
}
