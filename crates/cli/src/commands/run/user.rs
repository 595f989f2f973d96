//! Who the command becomes: names looked up in the root that it will see.

use std::path::Path;

use insula_ns::accounts::Accounts;
use insula_sandbox::Identity;
use rustix::fs::{CWD, Mode, OFlags, ResolveFlags};
use rustix::io::Errno;

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

/// The words of a list separated by commas.
pub(crate) fn list(text: &str) -> Vec<String> {
    text.split(',').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// The user and groups that `words` mean; of a user by name also the groups that the accounts say.
pub(crate) fn identity(words: &Words, rootfs: Option<&Path>) -> Result<Identity, Failure> {
    let mut identity = Identity::default();
    let mut accounts = Lazy { rootfs, read: None };
    if let Some(word) = &words.user {
        let (user, group) =
            word.split_once(':').map_or((word.as_str(), None), |(user, group)| (user, Some(group)));
        if let Ok(uid) = user.parse() {
            identity.uid = Some(uid);
        } else {
            let found = accounts.get()?.user(user).cloned();
            let found = found.ok_or_else(|| unknown("user", user, "passwd", rootfs))?;
            identity.uid = Some(found.uid);
            identity.gid = Some(found.gid);
            identity.groups = Some(accounts.get()?.groups_of(user));
        }
        if let Some(group) = group {
            identity.gid = Some(accounts.gid(group)?);
        }
    }
    if let Some(groups) = &words.groups {
        identity.groups = Some(groups.iter().map(|word| accounts.gid(word)).collect::<Result<_, _>>()?);
    }
    Ok(identity)
}

/// The accounts, read when the first name is looked up.
struct Lazy<'a> {
    rootfs: Option<&'a Path>,
    read: Option<Accounts>,
}

impl Lazy<'_> {
    fn get(&mut self) -> Result<&Accounts, Failure> {
        if self.read.is_none() {
            self.read = Some(match self.rootfs {
                None => Accounts::of_this_machine()?,
                Some(root) => {
                    Accounts::parse(&read_inside(root, "etc/passwd")?, &read_inside(root, "etc/group")?)
                }
            });
        }
        Ok(self.read.as_ref().expect("it has just been read"))
    }

    fn gid(&mut self, word: &str) -> Result<u32, Failure> {
        if let Ok(gid) = word.parse() {
            return Ok(gid);
        }
        let rootfs = self.rootfs;
        self.get()?.gid_of(word).ok_or_else(|| unknown("group", word, "group", rootfs))
    }
}

fn unknown(what: &str, word: &str, file: &str, rootfs: Option<&Path>) -> Failure {
    let root = rootfs.map_or_else(String::new, |root| format!("{}", root.display()));
    Failure::new(format!("`{root}/etc/{file}` has no {what} `{word}`")).hint("give the number")
}

/// The content of a file inside a root that may hold hostile links; empty if there is none.
fn read_inside(root: &Path, path: &str) -> Result<Vec<u8>, Failure> {
    let failed = |errno: Errno| {
        Failure::from(std::io::Error::from(errno))
            .context(&format!("cannot read `{path}` in `{}`", root.display()))
    };
    let directory =
        rustix::fs::openat(CWD, root, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
            .map_err(failed)?;
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let how = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
    let file = match rustix::fs::openat2(directory, path, flags, Mode::empty(), how) {
        Ok(file) => file,
        Err(Errno::NOENT) => return Ok(Vec::new()),
        Err(errno) => return Err(failed(errno)),
    };
    let mut content = Vec::new();
    let mut file = std::fs::File::from(file);
    std::io::Read::read_to_end(&mut file, &mut content).map_err(|error| {
        Failure::from(error).context(&format!("cannot read `{path}` in `{}`", root.display()))
    })?;
    Ok(content)
}
