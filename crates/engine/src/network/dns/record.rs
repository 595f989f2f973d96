//! What is written down of the files of a set and the mount namespace that they are seen in.

use insula_ns::{Kind, Namespace, NsId, ProcessMark};
use serde::{Deserialize, Serialize};

use super::super::NetworkError;
use super::answers::Answers;
use crate::set::{Set, SetError};
use crate::store::record::{self, Unreadable};
use crate::store::{Dir, PathError};

/// The file.
const FILE: &str = "dns.json";
const DRAFT: &str = "dns.json.new";

/// The version of the format that this code writes, and the only one that it reads.
const VERSION: u32 = 2;

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
    /// It is the set's own, and stays when nothing of ours lies in it any more.
    Set,
}

/// What lies over something: on record before it is there, so that it is told from what others put there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cover {
    /// Over what.
    pub(super) target: String,
    /// The device and inode number of the file or directory.
    pub(super) id: (u64, u64),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    version: u32,
    boot: String,
    /// The network namespace of the set.
    net: (u64, u64),
    /// Whether all was there once. Where not, and nobody has it locked, whoever made it was interrupted.
    pub(super) is_whole: bool,
    pub(super) kept: Kept,
    pub(super) covers: Vec<Cover>,
    #[serde(flatten)]
    pub(super) answers: Answers,
}

impl Record {
    pub(super) fn new(set: &Set, answers: Answers) -> Result<Self, NetworkError> {
        let net: Namespace = set.open(Kind::Net)?;
        let NsId { dev, ino } = net.id();
        Ok(Self {
            version: VERSION,
            boot: crate::set::boot_id()?,
            net: (dev, ino),
            is_whole: false,
            kept: Kept::Not,
            covers: Vec::new(),
            answers,
        })
    }

    /// Whether it is of this set, not of an earlier one of the same name.
    pub(super) fn is_of(&self, set: &Set) -> bool {
        let net = set
            .members()
            .find(|member| member.kind == Kind::Net)
            .map(|member| (member.id.dev, member.id.ino));
        net == Some(self.net) && self.is_of_this_boot()
    }

    /// Whether it speaks of this boot.
    pub(super) fn is_of_this_boot(&self) -> bool {
        crate::set::boot_id().is_ok_and(|boot| boot == self.boot)
    }

    pub(super) fn read(dir: &Dir) -> Result<Option<Self>, NetworkError> {
        let Some(text) = dir.read(FILE)? else { return Ok(None) };
        let path = dir.path_of(FILE);
        let read = record::parse(&text, VERSION).map_err(|why| match why {
            Unreadable::Invalid(source) => SetError::Record { path, source },
            Unreadable::Version(version) => SetError::Version { path, version },
        });
        Ok(Some(read?))
    }

    pub(super) fn write(&self, dir: &Dir) -> Result<(), PathError> {
        let mut text = serde_json::to_vec_pretty(self).expect("a record has string keys only");
        text.push(b'\n');
        dir.replace(FILE, DRAFT, &text)
    }
}
