//! The lock of all networks of a user, and the directory of what belongs to them.

use crate::store::{Dir, PathError, Store, StoreError};

/// Its name in the store: no set can be called so.
pub(crate) const DIRECTORY: &str = ".net";

/// Nobody else who uses the same store changes networks while this is there.
///
/// It is waited for before the store's own lock, never while that is held.
#[derive(Debug)]
pub(super) struct NetworkLock {
    store: Store,
    dir: Dir,
}

impl NetworkLock {
    /// Waits for it.
    pub(super) fn take(store: &Store) -> Result<Self, StoreError> {
        loop {
            let root = store.lock_or_make()?;
            match root.make_dir(DIRECTORY, 0o700) {
                Err(error) if error.source != rustix::io::Errno::EXIST => return Err(error.into()),
                _ => {}
            }
            let Some(dir) = root.find_dir(DIRECTORY)? else { continue };
            drop(root);
            dir.lock()?;
            // Who had it before us may have removed it.
            if is_there(store, &dir)? {
                return Ok(Self { store: store.clone(), dir });
            }
        }
    }

    /// The directory.
    pub(super) const fn dir(&self) -> &Dir {
        &self.dir
    }

    fn release(&self) -> Result<(), StoreError> {
        if !self.dir.names()?.is_empty() {
            return Ok(());
        }
        if let Some(root) = self.store.lock()? {
            match root.remove_dir(DIRECTORY) {
                // It is not worth more: the next one uses it, or the collector takes it.
                Ok(_) | Err(PathError { .. }) => {}
            }
        }
        self.store.remove_if_empty()?;
        Ok(())
    }
}

impl Drop for NetworkLock {
    fn drop(&mut self) {
        // As the comment in there says.
        let _ = self.release();
    }
}

/// Whether `dir` is what the store has under that name now.
fn is_there(store: &Store, dir: &Dir) -> Result<bool, StoreError> {
    let Some(root) = store.find()? else { return Ok(false) };
    let (own, there) = (dir.own_stat()?, root.stat(DIRECTORY)?);
    Ok(there.is_some_and(|there| (there.st_dev, there.st_ino) == (own.st_dev, own.st_ino)))
}
