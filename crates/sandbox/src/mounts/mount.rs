//! One thing to mount or to make.

use std::path::{Path, PathBuf};

use insula_ns::idmap::IdMaps;

use super::{AttributeChange, Attributes, FileSystem, Layers, Proc, Propagation, Tmpfs};

/// One thing to mount or to make.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mount {
    /// A procfs of the new PID namespace.
    Proc(Proc),
    /// A file or directory of the caller's.
    Bind(Bind),
    /// An empty file system in memory.
    Tmpfs(Tmpfs),
    /// Directories of the caller's laid over each other.
    Overlay(Overlay),
    /// A minimal `/dev`.
    Dev(Dev),
    /// A new file system of any type.
    FileSystem(FileSystem),
    /// A file with given content.
    File(File),
    /// A symbolic link. One that is there already must have the same target.
    Symlink {
        /// Its path.
        target: PathBuf,
        /// What it points to.
        to: PathBuf,
    },
    /// A directory; one that is there already stays as it is.
    Dir {
        /// Its path.
        target: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// Files, directories and links below a directory, made in what is mounted there by then.
    Tree {
        /// The directory.
        target: PathBuf,
        /// What is made, each directory before what is in it.
        entries: Vec<Entry>,
    },
    /// A device node.
    Node(Node),
    /// Nothing new: the mount that is at this path passes mounts and unmounts on like this.
    Propagation {
        /// Its path.
        target: PathBuf,
        /// How.
        propagation: Propagation,
        /// Whether those below it do too.
        recursive: bool,
    },
    /// Nothing new: the attributes of the mount that is at this path change, as by a remount.
    Attributes {
        /// Its path.
        target: PathBuf,
        /// What changes.
        change: AttributeChange,
        /// Whether those of the mounts below change too.
        recursive: bool,
    },
    /// Nothing new: the mount that is at this path, if there is one, is taken out of its peer group, so that what gets
    /// mounted over it shows nowhere else.
    Private(PathBuf),
    /// The list of binary formats of this user namespace on an existing directory: `binfmt_misc`, see the kernel's
    /// `admin-guide/binfmt-misc.rst`. Before Linux 6.7 there is only the machine's.
    Binfmt {
        /// Where.
        target: PathBuf,
        /// Formats to add, `:NAME:TYPE:OFFSET:MAGIC:MASK:INTERPRETER:FLAGS` each. With the flag `F` the kernel opens the
        /// interpreter at once: seen from outside of a new root.
        register: Vec<Vec<u8>>,
    },
}

impl Mount {
    /// Its path, seen from inside the root.
    #[must_use]
    pub fn target(&self) -> &Path {
        match self {
            Self::Proc(one) => &one.target,
            Self::Bind(one) => &one.target,
            Self::Tmpfs(one) => &one.target,
            Self::Overlay(one) => &one.target,
            Self::Dev(one) => &one.target,
            Self::FileSystem(one) => &one.target,
            Self::File(one) => &one.target,
            Self::Node(one) => &one.target,
            Self::Symlink { target, .. }
            | Self::Dir { target, .. }
            | Self::Tree { target, .. }
            | Self::Propagation { target, .. }
            | Self::Attributes { target, .. }
            | Self::Private(target)
            | Self::Binfmt { target, .. } => target,
        }
    }
}

/// A file or directory of the caller's that the payload sees elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bind {
    /// The caller's path; symbolic links are followed.
    pub source: PathBuf,
    /// Where the payload sees it.
    pub target: PathBuf,
    /// Whether what is mounted below the source comes along. In a new user namespace it must: what those mounts hide
    /// would show (`EINVAL`).
    pub recursive: bool,
    /// What the mount, and those below it, forbid. What the source forbids stays forbidden.
    pub attributes: Attributes,
    /// What the mount, and those below it, no longer forbid.
    pub allowed: Attributes,
    /// What changes of this mount alone, after that.
    pub top: AttributeChange,
    /// The ids of the source's files, as the payload sees them: inside is what the files have on disk, outside what they
    /// seem to have. Needs `CAP_SYS_ADMIN` in the user namespace of the file system, and a file system that can do it.
    pub ids: Option<IdMaps>,
}

impl Bind {
    /// One that forbids nothing, with all that is mounted below the source.
    #[must_use]
    pub fn new(source: impl Into<PathBuf>, target: impl Into<PathBuf>) -> Self {
        Self {
            source: source.into(),
            target: target.into(),
            recursive: true,
            attributes: Attributes::NONE,
            allowed: Attributes::NONE,
            top: AttributeChange::default(),
            ids: None,
        }
    }

    /// One that is read-only.
    #[must_use]
    pub fn read_only(source: impl Into<PathBuf>, target: impl Into<PathBuf>) -> Self {
        Self { attributes: Attributes::READ_ONLY, ..Self::new(source, target) }
    }
}

/// Directories of the caller's laid over each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overlay {
    /// Where it is mounted.
    pub target: PathBuf,
    /// What it consists of.
    pub layers: Layers,
    /// What the mount forbids.
    pub attributes: Attributes,
}

/// A minimal `/dev` on a tmpfs: the host's `null`, `zero`, `full`, `random`, `urandom` and `tty`, links to the open
/// descriptors, pseudo-terminals and shared memory of its own. Needs no `CAP_MKNOD`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dev {
    /// Where it is mounted.
    pub target: PathBuf,
    /// A terminal of the caller's that is `console` in it.
    pub console: Option<PathBuf>,
    /// Whether it has the message queues of this IPC namespace, in `mqueue`.
    pub mqueue: bool,
    /// The most that `shm` may take, in bytes; half of the memory without.
    pub shared_memory: Option<u64>,
}

impl Dev {
    /// One without a console and without message queues.
    #[must_use]
    pub fn new(target: impl Into<PathBuf>) -> Self {
        Self { target: target.into(), console: None, mqueue: false, shared_memory: None }
    }
}

/// One file, directory or link of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its path from the top of the tree, without a link on the way.
    pub path: PathBuf,
    /// What it is.
    pub content: Content,
    /// Its permissions; a link has none.
    pub mode: u32,
    /// The user and group that it belongs to, as seen inside; whoever makes it without.
    pub owner: Option<(u32, u32)>,
}

/// What an entry of a tree is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A directory.
    Directory,
    /// A file with this content.
    File(Vec<u8>),
    /// A symbolic link to this path.
    Symlink(PathBuf),
}

/// A device node: `mknod(2)`. Needs `CAP_MKNOD` in the initial user namespace, but for a FIFO. A node of the same type and
/// number that is there already gets owner and permissions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its path.
    pub target: PathBuf,
    /// What it is.
    pub kind: NodeKind,
    /// Its permissions.
    pub mode: u32,
    /// The user and group that it belongs to, as seen inside; the payload's root without.
    pub owner: Option<(u32, u32)>,
}

/// What a node stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// A character device of this major and minor number.
    Character(u32, u32),
    /// A block device of this major and minor number.
    Block(u32, u32),
    /// A FIFO.
    Fifo,
}

/// A file with given content, over what is at its path. It lies in memory, and goes with the sandbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its path.
    pub target: PathBuf,
    /// Its content.
    pub data: Vec<u8>,
    /// Its permissions.
    pub mode: u32,
    /// What the mount of it forbids.
    pub attributes: Attributes,
}

impl File {
    /// One with mode 0644.
    #[must_use]
    pub fn new(target: impl Into<PathBuf>, data: impl Into<Vec<u8>>) -> Self {
        Self { target: target.into(), data: data.into(), mode: 0o644, attributes: Attributes::NONE }
    }
}
