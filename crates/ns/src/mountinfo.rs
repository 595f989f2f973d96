//! The mounts of a process, as `/proc/PID/mountinfo` lists them: `proc_pid_mountinfo(5)`.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};

use crate::Kind;

/// One line of `/proc/PID/mountinfo`.
///
/// Names are bytes that need not be UTF-8; they borrow from the line unless something in them was escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount<'a> {
    /// Unique while the mount lasts; may be used again after.
    pub id: u32,
    /// Id of the mount that it is on; its own at the top of a mount tree.
    pub parent: u32,
    /// Device number of the file system, as `stat(2)` reports it for files there.
    pub device: Device,
    /// Which directory (or file) of the file system forms the root of the mount.
    pub root: Cow<'a, OsStr>,
    /// Where it is, seen from the process's root directory.
    pub mount_point: Cow<'a, OsStr>,
    /// Options of this mount, such as `rw,nosuid`.
    pub options: &'a OsStr,
    /// How mounts and unmounts on it travel.
    pub propagation: Propagation,
    /// Type of the file system, such as `ext4` or `fuse.sshfs`.
    pub fs_type: Cow<'a, OsStr>,
    /// What is mounted, in the words of the file system; may be empty.
    pub source: Cow<'a, OsStr>,
    /// Options of the file system itself, the same for all mounts of it.
    pub super_options: Cow<'a, OsStr>,
}

/// A device number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Device {
    /// Which driver; 0 for file systems without a device.
    pub major: u32,
    /// Which of its devices.
    pub minor: u32,
}

/// The optional fields: `mount_namespaces(7)`. All empty is a private mount. Unknown ones are passed over, as the man
/// page asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Propagation {
    /// The peer group that it is in.
    pub shared: Option<u32>,
    /// The peer group that it receives from.
    pub master: Option<u32>,
    /// The nearest group above `master` that this process can see, when it can't see `master`.
    pub propagate_from: Option<u32>,
    /// Whether it can't be bind mounted.
    pub unbindable: bool,
}

/// A line that isn't one of mountinfo's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {number} of the mount list has no valid {field}: `{line}`")]
pub struct ParseMountError {
    /// Counted from 1.
    pub number: usize,
    /// The first field that is missing or wrong.
    pub field: &'static str,
    /// The line, with what isn't UTF-8 replaced.
    pub line: String,
}

/// The mounts in a text read from `/proc/PID/mountinfo`, each mount after the one that it is on.
///
/// ```
/// let text = b"36 35 98:0 /mnt1 /mnt\\0402 rw,noatime master:1 - ext3 /dev/root rw,errors=continue\n";
/// let mount = insula_ns::mountinfo::parse(text).next().unwrap()?;
/// assert_eq!((mount.id, &*mount.mount_point, mount.propagation.master), (36, "/mnt 2".as_ref(), Some(1)));
/// # Ok::<(), insula_ns::mountinfo::ParseMountError>(())
/// ```
///
/// # Errors
/// [`ParseMountError`] for a line; the ones after it are parsed all the same.
pub fn parse(text: &[u8]) -> impl Iterator<Item = Result<Mount<'_>, ParseMountError>> {
    let lines = text.split(|byte| *byte == b'\n').enumerate().filter(|(_, line)| !line.is_empty());
    lines.map(|(index, line)| {
        Mount::parse(line).map_err(|field| ParseMountError {
            number: index + 1,
            field,
            line: String::from_utf8_lossy(line).into_owned(),
        })
    })
}

impl<'a> Mount<'a> {
    /// Parses one line; fails with the name of the field.
    fn parse(line: &'a [u8]) -> Result<Self, &'static str> {
        // Exactly one space between fields: a source may be empty.
        let mut fields = line.split(|byte| *byte == b' ');
        let id = number(fields.next()).ok_or("mount id")?;
        let parent = number(fields.next()).ok_or("parent id")?;
        let device = fields.next().and_then(Device::parse).ok_or("device number")?;
        let root = unescape(fields.next().ok_or("root")?);
        let mount_point = unescape(fields.next().ok_or("mount point")?);
        let options = OsStr::from_bytes(fields.next().ok_or("options")?);
        let mut propagation = Propagation::default();
        loop {
            match fields.next().ok_or("separator")? {
                b"-" => break,
                field => propagation.add(field),
            }
        }
        let fs_type = unescape(fields.next().ok_or("file system type")?);
        let source = unescape(fields.next().ok_or("source")?);
        let super_options = unescape(fields.next().ok_or("file system options")?);
        Ok(Self {
            id,
            parent,
            device,
            root,
            mount_point,
            options,
            propagation,
            fs_type,
            source,
            super_options,
        })
    }

    /// The namespace that this mount keeps alive, if it is a bind mount of one: its kind and inode number.
    ///
    /// The root of such a mount of nsfs reads `net:[4026532000]`.
    #[must_use]
    pub fn namespace(&self) -> Option<(Kind, u64)> {
        if &*self.fs_type != "nsfs" {
            return None;
        }
        let (kind, inode) = self.root.to_str()?.split_once(":[")?;
        Some((kind.parse().ok()?, inode.strip_suffix(']')?.parse().ok()?))
    }

    /// Whether `option` is among the mount's own options.
    #[must_use]
    pub fn has_option(&self, option: &str) -> bool {
        self.options.as_bytes().split(|byte| *byte == b',').any(|word| word == option.as_bytes())
    }
}

impl Device {
    fn parse(field: &[u8]) -> Option<Self> {
        let colon = field.iter().position(|byte| *byte == b':')?;
        Some(Self { major: number(Some(&field[..colon]))?, minor: number(Some(&field[colon + 1..]))? })
    }
}

impl Propagation {
    fn add(&mut self, field: &[u8]) {
        let group = |prefix: &[u8]| number(field.strip_prefix(prefix));
        if field == b"unbindable" {
            self.unbindable = true;
        } else if let Some(id) = group(b"shared:") {
            self.shared = Some(id);
        } else if let Some(id) = group(b"master:") {
            self.master = Some(id);
        } else if let Some(id) = group(b"propagate_from:") {
            self.propagate_from = Some(id);
        }
    }
}

fn number(field: Option<&[u8]>) -> Option<u32> {
    let text = std::str::from_utf8(field?).ok()?;
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// Turns `\` and three octal digits, in which the kernel writes spaces, tabs, newlines, `\` and `#`, into the byte.
///
/// A `\` before anything else stands for itself. Also for `/proc/mounts`, `/proc/swaps` and `fstab(5)`.
#[must_use]
pub fn unescape(field: &[u8]) -> Cow<'_, OsStr> {
    let Some(first) = field.iter().position(|byte| *byte == b'\\') else {
        return Cow::Borrowed(OsStr::from_bytes(field));
    };
    let mut bytes = field[..first].to_vec();
    let mut rest = &field[first..];
    loop {
        match *rest {
            [b'\\', high @ b'0'..=b'3', middle @ b'0'..=b'7', low @ b'0'..=b'7', ref after @ ..] => {
                bytes.push((high - b'0') << 6 | (middle - b'0') << 3 | (low - b'0'));
                rest = after;
            }
            [byte, ref after @ ..] => {
                bytes.push(byte);
                rest = after;
            }
            [] => return Cow::Owned(std::ffi::OsString::from_vec(bytes)),
        }
    }
}

#[cfg(test)]
#[path = "mountinfo_tests.rs"]
mod tests;
