//! The mount namespace that the files are seen in.

use std::path::{Path, PathBuf};

use insula_ns::{Kind, Namespace};
use insula_sandbox::mounts::{Attributes, Bind, FileSystem, Mount, MountPlan, Propagation, Tmpfs};
use insula_sandbox::{Join, Namespaces};
use rustix::io::Errno;

use super::super::NetworkError;
use super::content;
use super::record::{Cover, Kept, Record};
use super::{Resolver, etc_netns};
use crate::keeper::NewKeeper;
use crate::set::pin::{Unpin, pin, unpin};
use crate::set::{Set, SetName, mounted};
use crate::store::{Deed, Dir, PathError};

/// The file that it is mounted on.
const MNT: &str = "mnt";

/// Where daemons listen that answer for names: systemd-resolved (also by varlink), nscd, avahi.
const DAEMONS: [&str; 3] = ["/run/systemd/resolve", "/run/nscd", "/run/avahi-daemon"];

/// What is to lie over what.
#[derive(Debug)]
pub(super) struct Layout {
    mounts: Vec<Mount>,
    pub(super) covers: Vec<Cover>,
}

impl Layout {
    /// Writes the files of a set, and says where they are to be seen.
    pub(super) fn of(name: &SetName, dir: &Dir, resolver: Option<&Resolver>) -> Result<Self, NetworkError> {
        let mut layout = Self { mounts: Vec::new(), covers: Vec::new() };
        for path in DAEMONS {
            if rustix::fs::stat(path).is_ok_and(|stat| crate::store::is_dir(&stat)) {
                let mut cover = Tmpfs::new(path);
                cover.attributes |= Attributes::NO_EXEC;
                layout.mounts.push(Mount::Tmpfs(cover));
                layout.covers.push(Cover { target: path.to_owned(), source: None });
            }
        }
        let mut own = Vec::new();
        if let Some(resolver) = resolver {
            own.push(("resolv.conf", content::resolv_conf(name.as_str(), resolver)));
            own.push(("hosts", content::hosts(name.as_str(), resolver, &read("/etc/hosts"))));
        }
        if let Some(text) = content::nsswitch(&read("/etc/nsswitch.conf")) {
            own.push(("nsswitch.conf", text));
        }
        let theirs = etc_netns(name);
        for (file, text) in own {
            if rustix::fs::stat(theirs.join(file)).is_err() {
                dir.rewrite(file, text.as_bytes())?;
                layout.put(&dir.path_of(file), &format!("/etc/{file}"))?;
            }
        }
        if let Ok(theirs) = Dir::open(&theirs) {
            for file in theirs.names()? {
                let target = format!("/etc/{}", file.to_string_lossy());
                // As iproute2 has it: what has no namesake is not shown.
                if rustix::fs::stat(&target).is_ok() {
                    layout.put(&theirs.path_of(&file), &target)?;
                }
            }
        }
        Ok(layout)
    }

    /// Puts a file over another one, wherever that is: `/etc/resolv.conf` may lead to where a daemon has it.
    fn put(&mut self, source: &Path, target: &str) -> Result<(), NetworkError> {
        let missing = |source: Errno| PathError { deed: Deed::Mount, path: target.into(), source };
        let is_covered = |path: &Path| self.covers.iter().any(|cover| path.starts_with(&cover.target));
        let place = match rustix::fs::readlink(target, Vec::new()) {
            Ok(link) => {
                let link = PathBuf::from(link.to_string_lossy().into_owned());
                let joined = normal(&Path::new("/etc").join(link));
                if is_covered(&joined) { joined } else { canonical(target).map_err(missing)? }
            }
            Err(Errno::INVAL) => PathBuf::from(target),
            Err(errno) => return Err(missing(errno).into()),
        };
        let stat = rustix::fs::stat(source).map_err(|errno| PathError {
            deed: Deed::Inspect,
            path: source.to_owned(),
            source: errno,
        })?;
        self.covers.push(Cover { target: target.to_owned(), source: Some((stat.st_dev, stat.st_ino)) });
        self.mounts.push(Mount::Bind(Bind { recursive: false, ..Bind::new(source, place) }));
        Ok(())
    }
}

fn canonical(path: &str) -> Result<PathBuf, Errno> {
    Path::new(path).canonicalize().map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))
}

/// The path without `.` and `..`.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::ParentDir => {
                normal.pop();
            }
            std::path::Component::CurDir => {}
            part => normal.push(part),
        }
    }
    normal
}

fn read(path: &str) -> String {
    let path = Path::new(path);
    let text = Dir::open(path.parent().unwrap_or(path))
        .and_then(|dir| dir.read(path.file_name().unwrap_or_default()));
    String::from_utf8_lossy(&text.ok().flatten().unwrap_or_default()).into_owned()
}

/// Makes the mount namespace, and says in the record what keeps it.
pub(super) fn make(dir: &Dir, set: &Set, layout: &Layout, record: Record) -> Result<(), NetworkError> {
    let joined = [Kind::User, Kind::Net].into_iter().filter(|kind| set.kinds().contains(*kind));
    let join = joined.map(|kind| set.open(kind).map(Join::Namespace)).collect::<Result<Vec<_>, _>>()?;
    let mut mounts = layout.mounts.clone();
    let mut sys = FileSystem::sysfs("/sys");
    sys.source = Some(set.name().as_str().into());
    mounts.insert(0, Mount::FileSystem(sys));
    let plan = MountPlan { propagation: Some(Propagation::Slave), mounts, ..MountPlan::default() };
    let namespaces = Namespaces { new: Kind::Mnt.into(), join, ..Namespaces::default() };
    let keeper = NewKeeper::start(dir.path(), namespaces, plan)?;
    let namespace = keeper.namespace(Kind::Mnt)?;
    dir.remove_file(MNT)?;
    dir.make_file(MNT)?;
    match pin(&namespace, dir, MNT.as_ref()) {
        Ok(()) => Ok(Record { kept: Kept::Mount, ..record }.write(dir)?),
        // Who may not mount here, or for whom the order of mount namespaces is wrong.
        Err(PathError { source: Errno::LOOP | Errno::PERM | Errno::INVAL | Errno::ACCESS, .. }) => {
            dir.remove_file(MNT)?;
            let kept = Kept::Keeper(keeper.mark()?);
            Record { kept, ..record }.write(dir)?;
            Ok(keeper.stay()?)
        }
        Err(error) => Err(error.into()),
    }
}

/// Opens the mount namespace.
pub(super) fn open(dir: &Dir, record: &Record) -> Result<Namespace, NetworkError> {
    let gone = || NetworkError::RoomGone { path: dir.path().to_owned() };
    match &record.kept {
        Kept::Mount => mounted(dir, MNT.as_ref())?.ok_or_else(gone),
        Kept::Keeper(mark) => {
            let found = mark.find().ok().flatten().ok_or_else(gone)?;
            Ok(Namespace::of_process(&found, Kind::Mnt)?)
        }
        Kept::Not => Err(gone()),
    }
}

/// Lets go of the mount namespace.
pub(super) fn end(dir: &Dir, record: &Record) -> Result<(), NetworkError> {
    if let Kept::Keeper(mark) = &record.kept
        && record.is_of_this_boot()
        && let Ok(Some(keeper)) = mark.find()
    {
        crate::keeper::kill(&keeper).map_err(|source| NetworkError::KeeperEnd { source })?;
    }
    unpin(dir, MNT.as_ref(), Unpin::All)?;
    dir.remove_file(MNT)?;
    Ok(())
}
