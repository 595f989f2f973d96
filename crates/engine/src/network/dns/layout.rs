//! What lies over what in the mount namespace of a set.

use std::path::{Path, PathBuf};

use rustix::fs::AtFlags;
use rustix::io::Errno;

use super::super::NetworkError;
use super::answers::Resolver;
use super::content;
use super::etc_netns;
use super::inside::Inside;
use super::record::Cover;
use crate::set::SetName;
use crate::store::{Deed, Dir, PathError, is_dir};

/// Where daemons listen that answer for names: systemd-resolved (by varlink and D-Bus, and where it asks others), nscd, avahi; and
/// the system bus, by which systemd-resolved and avahi are asked too.
const DAEMONS: [&str; 5] = ["systemd/resolve", "systemd/resolve.hook", "nscd", "avahi-daemon", "dbus"];

/// What lies over something.
#[derive(Debug)]
pub(super) enum What {
    /// An empty directory.
    Nothing,
    /// A file, or a directory, or a link to one.
    File {
        /// It.
        path: PathBuf,
        /// Its device and inode number.
        id: (u64, u64),
    },
}

/// What is to lie over what.
#[derive(Debug, Default)]
pub(super) struct Layout {
    pub(super) wanted: Vec<(String, What)>,
}

impl Layout {
    /// Writes the files of a set, and says where they are to be seen.
    pub(super) fn of(
        name: &SetName,
        dir: &Dir,
        resolver: Option<&Resolver>,
        inside: &Inside,
    ) -> Result<Self, NetworkError> {
        let mut layout = Self::default();
        // Where `/var/run` is not the link that it should be, some listen there.
        let runs = if inside.has_dir("/var/run") { &["/run", "/var/run"][..] } else { &["/run"] };
        for path in runs.iter().flat_map(|run| DAEMONS.map(|daemon| format!("{run}/{daemon}"))) {
            if inside.has_dir(&path) {
                layout.wanted.push((path, What::Nothing));
            }
        }
        let theirs = etc_netns(name);
        for (file, text) in layout.own_files(name, resolver) {
            if rustix::fs::stat(theirs.join(file)).is_err() {
                dir.rewrite(file, text.as_bytes())?;
                layout.put(dir, file, &format!("/etc/{file}"))?;
            }
        }
        if let Ok(theirs) = Dir::open(&theirs) {
            for file in theirs.names()? {
                let file = file.to_string_lossy();
                let target = format!("/etc/{file}");
                // As iproute2 has it: what has no namesake is not shown.
                if inside.has(&target) {
                    layout.put_theirs(dir, &theirs, &file, &target)?;
                }
            }
        }
        Ok(layout)
    }

    /// The files of our own, and what is in them.
    fn own_files(&self, name: &SetName, resolver: Option<&Resolver>) -> Vec<(&'static str, String)> {
        let mut own = Vec::new();
        let of_host = Path::new("/etc/resolv.conf").canonicalize().ok();
        if let Some(resolver) = resolver.filter(|resolver| resolver.asks()) {
            let text = content::resolv_conf(name.as_str(), resolver, &read("/etc/resolv.conf"));
            own.push(("resolv.conf", text));
        } else if of_host.is_some_and(|path| self.wanted.iter().any(|(target, _)| path.starts_with(target))) {
            // It is in a directory that is empty inside.
            own.push(("resolv.conf", read("/etc/resolv.conf")));
        }
        if let Some(resolver) = resolver.filter(|resolver| !resolver.hosts.is_empty()) {
            own.push(("hosts", content::hosts(name.as_str(), resolver, &read("/etc/hosts"))));
        }
        if let Some(text) = content::nsswitch(&read("/etc/nsswitch.conf")) {
            own.push(("nsswitch.conf", text));
        }
        own
    }

    /// Puts a file of `dir` over another one. Where that is a link, over the link: whatever it leads to may come and go.
    fn put(&mut self, dir: &Dir, file: &str, target: &str) -> Result<(), NetworkError> {
        let path = dir.path_of(file);
        let stat = rustix::fs::statat(dir, file, AtFlags::SYMLINK_NOFOLLOW);
        let inspect = |source: Errno| PathError { deed: Deed::Inspect, path: path.clone(), source };
        let stat = stat.map_err(inspect)?;
        self.wanted.push((target.to_owned(), What::File { path, id: (stat.st_dev, stat.st_ino) }));
        Ok(())
    }

    /// Puts an administrator's file over its namesake: by a link to it, which leads to the new file when it is replaced.
    fn put_theirs(&mut self, dir: &Dir, theirs: &Dir, file: &str, target: &str) -> Result<(), NetworkError> {
        if theirs.stat(file)?.is_some_and(|stat| is_dir(&stat)) {
            return self.put(theirs, file, target);
        }
        let link = format!("link-{file}");
        dir.make_symlink(&link, &theirs.path_of(file))?;
        self.put(dir, &link, target)
    }

    /// Whether something that lies there is to.
    pub(super) fn wants(&self, cover: &Cover) -> bool {
        self.wanted.iter().any(|(target, what)| {
            *target == cover.target
                && match what {
                    What::Nothing => true,
                    What::File { id, .. } => *id == cover.id,
                }
        })
    }
}

/// The text of a file of the host's, wherever links lead to it; empty if there is none.
fn read(path: &str) -> String {
    let Ok(path) = Path::new(path).canonicalize() else { return String::new() };
    let text = Dir::open(path.parent().unwrap_or(&path))
        .and_then(|dir| dir.read(path.file_name().unwrap_or_default()));
    String::from_utf8_lossy(&text.ok().flatten().unwrap_or_default()).into_owned()
}
