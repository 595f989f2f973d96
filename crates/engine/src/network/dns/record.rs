//! What is written down of the files of a set and the mount namespace that they are seen in.

use insula_ns::{Kind, Namespace, NsId, ProcessMark};
use serde::{Deserialize, Serialize};

use super::super::NetworkError;
use super::Resolver;
use crate::set::{Set, SetError};
use crate::store::{Dir, PathError};

/// The file.
pub(super) const FILE: &str = "dns.json";
const DRAFT: &str = "dns.json.new";

/// What keeps the mount namespace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kept {
    /// Nothing yet.
    Not,
    /// It is mounted on a file beside this one.
    Mount,
    /// A process.
    Keeper(ProcessMark),
}

/// What was put over what: a file that is replaced by another one of the same name is not the same any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cover {
    pub(super) target: String,
    /// The device and inode number of the file that lies there; none for an empty directory.
    pub(super) source: Option<(u64, u64)>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) version: u32,
    pub(super) boot: String,
    /// The network namespace of the set.
    pub(super) net: (u64, u64),
    pub(super) kept: Kept,
    pub(super) covers: Vec<Cover>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) resolver: Option<Resolver>,
}

impl Record {
    pub(super) fn new(
        set: &Set,
        covers: Vec<Cover>,
        resolver: Option<Resolver>,
    ) -> Result<Self, NetworkError> {
        let net: Namespace = set.open(Kind::Net)?;
        let NsId { dev, ino } = net.id();
        Ok(Self {
            version: 1,
            boot: crate::set::boot_id()?,
            net: (dev, ino),
            kept: Kept::Not,
            covers,
            resolver,
        })
    }

    /// Whether it is of this set, not of an earlier one of the same name.
    pub(super) fn is_of(&self, set: &Set) -> bool {
        let net = set
            .members()
            .find(|member| member.kind == Kind::Net)
            .map(|member| (member.id.dev, member.id.ino));
        net == Some(self.net) && crate::set::boot_id().is_ok_and(|boot| boot == self.boot)
    }

    /// Whether the mount namespace was made.
    pub(super) fn is_complete(&self) -> bool {
        self.kept != Kept::Not
    }

    /// Whether it speaks of this boot.
    pub(super) fn is_of_this_boot(&self) -> bool {
        crate::set::boot_id().is_ok_and(|boot| boot == self.boot)
    }

    pub(super) fn read(dir: &Dir) -> Result<Option<Self>, NetworkError> {
        let Some(text) = dir.read(FILE)? else { return Ok(None) };
        let invalid = |source| SetError::Record { path: dir.path_of(FILE), source };
        Ok(Some(serde_json::from_slice(&text).map_err(invalid)?))
    }

    pub(super) fn write(&self, dir: &Dir) -> Result<(), PathError> {
        let mut text = serde_json::to_vec_pretty(self).expect("a record has string keys only");
        text.push(b'\n');
        dir.replace(FILE, DRAFT, &text)
    }
}
