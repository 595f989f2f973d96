//! Who the command becomes: names looked up in the root that it will see.

use std::io::Read as _;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use insula_ns::accounts::Accounts;
use insula_sandbox::Identity;
use rustix::fs::{Mode, OFlags, ResolveFlags};
use rustix::io::Errno;

use crate::args::Invalid;
use crate::report::Failure;

/// A user and groups as they were said.
#[derive(Clone, Debug, Default)]
pub(crate) struct Words {
    /// `USER[:GROUP]`.
    pub(crate) user: Option<String>,
    pub(crate) groups: Option<Vec<String>>,
}

impl Words {
    pub(crate) const fn is_empty(&self) -> bool {
        self.user.is_none() && self.groups.is_none()
    }
}

/// `USER[:GROUP]`, neither of them empty.
pub(crate) fn word(word: &str) -> Result<String, Invalid> {
    match word.split_once(':').unwrap_or((word, "-")) {
        ("", _) | (_, "") => Err(Invalid("expected USER or USER:GROUP".to_owned())),
        _ => Ok(word.to_owned()),
    }
}

/// The words of a list separated by commas.
pub(crate) fn list(text: &str) -> Vec<String> {
    text.split(',').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// A root file system whose accounts names are looked up in. It may hold hostile links.
#[derive(Debug)]
pub(crate) struct RootFiles {
    directory: OwnedFd,
    name: PathBuf,
}

impl RootFiles {
    /// The one in this directory.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let directory = rustix::fs::open(path, flags, Mode::empty()).map_err(|errno| {
            Failure::from(std::io::Error::from(errno)).context(&format!("cannot open `{}`", path.display()))
        })?;
        Ok(Self { directory, name: path.into() })
    }

    /// The one that is open already, with what messages call it.
    pub(crate) const fn new(directory: OwnedFd, name: PathBuf) -> Self {
        Self { directory, name }
    }

    /// Whether nothing is at this path.
    pub(crate) fn lacks(&self, path: &Path) -> bool {
        let flags = OFlags::PATH | OFlags::CLOEXEC;
        let how = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
        let found = rustix::fs::openat2(&self.directory, path, flags, Mode::empty(), how);
        matches!(found, Err(Errno::NOENT | Errno::NOTDIR))
    }

    /// The content of a file; empty if there is none.
    fn read(&self, path: &str) -> Result<Vec<u8>, Failure> {
        let failed = |error: std::io::Error| {
            Failure::from(error).context(&format!("cannot read `{path}` in `{}`", self.name.display()))
        };
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        let how = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
        let file = match rustix::fs::openat2(&self.directory, path, flags, Mode::empty(), how) {
            Ok(file) => file,
            Err(Errno::NOENT | Errno::NOTDIR) => return Ok(Vec::new()),
            Err(errno) => return Err(failed(errno.into())),
        };
        let regular = rustix::fs::fstat(&file)
            .is_ok_and(|stat| rustix::fs::FileType::from_raw_mode(stat.st_mode).is_file());
        if !regular {
            return Err(Failure::new(format!("`{path}` in `{}` is not a regular file", self.name.display())));
        }
        // Whoever wrote the root may have made it as long as the disk.
        let mut content = Vec::new();
        std::fs::File::from(file).take(LONGEST).read_to_end(&mut content).map_err(failed)?;
        Ok(content)
    }
}

/// The most that is read of an account file, in bytes.
const LONGEST: u64 = 64 << 20;

/// The user and groups that `words` mean. With a user come the groups of its account; without an account, which only
/// a number can lack, the group of the same number and no others. Supplementary groups that were not asked for by
/// name are left as they are where `may_set_groups` says that they cannot be set.
pub(crate) fn identity(
    words: &Words,
    root: Option<&RootFiles>,
    may_set_groups: impl FnOnce() -> Result<bool, Failure>,
) -> Result<Identity, Failure> {
    let mut identity = Identity::default();
    let mut accounts = Lazy { root, read: None };
    if let Some(word) = &words.user {
        let (user, group) =
            word.split_once(':').map_or((word.as_str(), None), |(user, group)| (user, Some(group)));
        let number = user.parse().ok();
        let found = accounts.get()?;
        let found = number.map_or_else(|| found.user(user), |uid| found.user_by_id(uid)).cloned();
        let uid = found.as_ref().map(|account| account.uid).or(number);
        identity.uid = Some(uid.ok_or_else(|| unknown("user", user, "passwd", root))?);
        identity.gid = match group {
            Some(group) => Some(accounts.gid(group)?),
            None => found.as_ref().map(|account| account.gid).or(uid),
        };
        if words.groups.is_none() && may_set_groups()? {
            let groups = found.map(|account| accounts.get().map(|all| all.groups_of(&account.name)));
            identity.groups = Some(groups.transpose()?.unwrap_or_default());
        }
    }
    if let Some(groups) = &words.groups {
        identity.groups = Some(groups.iter().map(|word| accounts.gid(word)).collect::<Result<_, _>>()?);
    }
    Ok(identity)
}

/// The accounts, read when the first name is looked up.
struct Lazy<'a> {
    root: Option<&'a RootFiles>,
    read: Option<Accounts>,
}

impl Lazy<'_> {
    fn get(&mut self) -> Result<&Accounts, Failure> {
        if self.read.is_none() {
            self.read = Some(match self.root {
                None => Accounts::of_this_machine()?,
                Some(root) => Accounts::parse(&root.read("etc/passwd")?, &root.read("etc/group")?),
            });
        }
        Ok(self.read.as_ref().expect("it has just been read"))
    }

    fn gid(&mut self, word: &str) -> Result<u32, Failure> {
        if let Ok(gid) = word.parse() {
            return Ok(gid);
        }
        let root = self.root;
        self.get()?.gid_of(word).ok_or_else(|| unknown("group", word, "group", root))
    }
}

fn unknown(what: &str, word: &str, file: &str, root: Option<&RootFiles>) -> Failure {
    let root = root.map_or_else(String::new, |root| root.name.display().to_string());
    Failure::new(format!("`{root}/etc/{file}` has no {what} `{word}`")).hint("give the number")
}
