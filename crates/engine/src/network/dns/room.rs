//! A mount namespace for a set that has none of its own.

use insula_ns::{Kind, Namespace};
use insula_sandbox::mounts::{FileSystem, Mount, MountPlan, Propagation};
use insula_sandbox::{Join, Namespaces};
use rustix::io::Errno;

use super::super::NetworkError;
use super::record::{Kept, Record};
use crate::keeper::NewKeeper;
use crate::set::pin::{Unpin, pin, unpin};
use crate::set::{Set, mounted};
use crate::store::{Dir, PathError};

/// The file that it is mounted on.
const MNT: &str = "mnt";

/// Makes it: with the interfaces of the set in `/sys`, and the host's mounts besides. Says in the record what keeps it.
pub(super) fn make(dir: &Dir, set: &Set, record: &mut Record) -> Result<(), NetworkError> {
    let joined = [Kind::User, Kind::Net].into_iter().filter(|kind| set.kinds().contains(*kind));
    let join = joined.map(|kind| set.open(kind).map(Join::Namespace)).collect::<Result<Vec<_>, _>>()?;
    let mut sys = FileSystem::sysfs("/sys");
    sys.source = Some(set.name().as_str().into());
    let mounts = vec![Mount::FileSystem(sys)];
    let plan = MountPlan { propagation: Some(Propagation::Slave), mounts, ..MountPlan::default() };
    let namespaces = Namespaces { new: Kind::Mnt.into(), join, ..Namespaces::default() };
    let keeper = NewKeeper::start(dir.path(), namespaces, plan)?;
    let namespace = keeper.namespace(Kind::Mnt)?;
    dir.remove_file(MNT)?;
    dir.make_file(MNT)?;
    match pin(&namespace, dir, MNT.as_ref()) {
        Ok(()) => {
            record.kept = Kept::Mount;
            Ok(record.write(dir)?)
        }
        // Who may not mount here, or for whom the order of mount namespaces is wrong.
        Err(PathError { source: Errno::LOOP | Errno::PERM | Errno::INVAL | Errno::ACCESS, .. }) => {
            dir.remove_file(MNT)?;
            record.kept = Kept::Keeper(keeper.mark()?);
            record.write(dir)?;
            Ok(keeper.stay()?)
        }
        Err(error) => Err(error.into()),
    }
}

/// Opens the mount namespace in which the files of a set are seen: this one, or the set's own.
pub(super) fn open(dir: &Dir, set: &Set, record: &Record) -> Result<Namespace, NetworkError> {
    let gone = || NetworkError::RoomGone { path: dir.path().to_owned() };
    match &record.kept {
        Kept::Mount => mounted(dir, MNT.as_ref())?.ok_or_else(gone),
        Kept::Keeper(mark) => {
            let found = mark.find().ok().flatten().ok_or_else(gone)?;
            Ok(Namespace::of_process(&found, Kind::Mnt)?)
        }
        Kept::Set => Ok(set.open(Kind::Mnt)?),
        Kept::Not => Err(gone()),
    }
}

/// Lets go of it.
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
