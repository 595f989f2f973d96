//! Names of users and groups, from `/etc/passwd` and `/etc/group` alone.
//!
//! A static binary cannot load the name service switch, so names that come from elsewhere (LDAP, systemd-homed) are
//! not found here; ids always work. The parsers take bytes, so that the files may be those of a root file system.

use std::io;
use std::path::{Path, PathBuf};

/// One line of `/etc/passwd`: `passwd(5)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Login name.
    pub name: String,
    /// User id.
    pub uid: u32,
    /// Primary group id.
    pub gid: u32,
    /// Home directory; may be empty.
    pub home: String,
    /// Login shell; empty stands for `/bin/sh`.
    pub shell: String,
}

/// One line of `/etc/group`: `group(5)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Group name.
    pub name: String,
    /// Group id.
    pub gid: u32,
    /// Names of the users who have it as a supplementary group.
    pub members: Vec<String>,
}

/// The users and groups of one machine or root file system.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accounts {
    users: Vec<User>,
    groups: Vec<Group>,
}

/// An account file that could not be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read `{}`", path.display())]
pub struct ReadAccountsError {
    /// The file.
    pub path: PathBuf,
    /// Why.
    #[source]
    pub source: io::Error,
}

impl Accounts {
    /// Of this machine: `/etc/passwd` and `/etc/group`.
    ///
    /// # Errors
    /// [`ReadAccountsError`] if one of them exists and can't be read; a missing one has no entries.
    pub fn of_this_machine() -> Result<Self, ReadAccountsError> {
        Self::read(Path::new("/etc/passwd"), Path::new("/etc/group"))
    }

    /// Reads the two files from the paths given.
    ///
    /// # Errors
    /// [`ReadAccountsError`] if one of them exists and can't be read; a missing one has no entries.
    pub fn read(passwd: &Path, group: &Path) -> Result<Self, ReadAccountsError> {
        Ok(Self::parse(&contents(passwd)?, &contents(group)?))
    }

    /// Parses the contents of the two files.
    ///
    /// Comments, NIS lines (`+name`) and lines with a field missing or an id that is no number are passed over, as
    /// the C library does. Bytes that aren't UTF-8 are replaced.
    ///
    /// ```
    /// use insula_ns::accounts::Accounts;
    /// let accounts = Accounts::parse(b"ada:x:1000:1000:Ada,,,:/home/ada:/bin/sh\n", b"lab:x:50:ada\n");
    /// assert_eq!(accounts.user("ada").unwrap().uid, 1000);
    /// assert_eq!(accounts.groups_of("ada"), [50]);
    /// ```
    #[must_use]
    pub fn parse(passwd: &[u8], group: &[u8]) -> Self {
        Self {
            users: String::from_utf8_lossy(passwd).lines().filter_map(user).collect(),
            groups: String::from_utf8_lossy(group).lines().filter_map(self::group).collect(),
        }
    }

    /// The user of that name.
    #[must_use]
    pub fn user(&self, name: &str) -> Option<&User> {
        self.users.iter().find(|user| user.name == name)
    }

    /// The first user with that id.
    #[must_use]
    pub fn user_by_id(&self, uid: u32) -> Option<&User> {
        self.users.iter().find(|user| user.uid == uid)
    }

    /// The user that `word` means: a name, or else a number, which need not be in the file.
    #[must_use]
    pub fn uid_of(&self, word: &str) -> Option<u32> {
        self.user(word).map(|user| user.uid).or_else(|| number(word))
    }

    /// The group of that name.
    #[must_use]
    pub fn group(&self, name: &str) -> Option<&Group> {
        self.groups.iter().find(|group| group.name == name)
    }

    /// The first group with that id.
    #[must_use]
    pub fn group_by_id(&self, gid: u32) -> Option<&Group> {
        self.groups.iter().find(|group| group.gid == gid)
    }

    /// The group that `word` means: a name, or else a number, which need not be in the file.
    #[must_use]
    pub fn gid_of(&self, word: &str) -> Option<u32> {
        self.group(word).map(|group| group.gid).or_else(|| number(word))
    }

    /// The ids of the groups that list the user called `name` as a member, in the order of the file, each once.
    #[must_use]
    pub fn groups_of(&self, name: &str) -> Vec<u32> {
        let mut gids = Vec::new();
        for group in self.groups.iter().filter(|group| group.members.iter().any(|member| member == name)) {
            if !gids.contains(&group.gid) {
                gids.push(group.gid);
            }
        }
        gids
    }
}

fn contents(path: &Path) -> Result<Vec<u8>, ReadAccountsError> {
    match std::fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        result => result.map_err(|source| ReadAccountsError { path: path.to_owned(), source }),
    }
}

fn user(line: &str) -> Option<User> {
    let [name, _, uid, gid, _, home, shell] = fields(line)?;
    Some(User {
        name: name.to_owned(),
        uid: number(uid)?,
        gid: number(gid)?,
        home: home.to_owned(),
        shell: shell.to_owned(),
    })
}

fn group(line: &str) -> Option<Group> {
    let [name, _, gid, members] = fields(line)?;
    let members = members.split(',').map(str::trim).filter(|member| !member.is_empty());
    Some(Group { name: name.to_owned(), gid: number(gid)?, members: members.map(str::to_owned).collect() })
}

/// Exactly `N` fields between colons, of a line that names someone.
fn fields<const N: usize>(line: &str) -> Option<[&str; N]> {
    let line = line.trim_ascii_start();
    if line.starts_with(['#', '+', '-', ':']) {
        return None;
    }
    let fields: Vec<&str> = line.split(':').collect();
    fields.try_into().ok()
}

/// A decimal id; 4294967295 is none.
fn number(word: &str) -> Option<u32> {
    let digits = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| word.parse().ok()).flatten().filter(|id| *id != u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PASSWD: &[u8] = b"root:x:0:0:root:/root:/bin/bash\n\
        # a comment\n+nis::::::\nbroken:x:1\nbad:x:minus:1::/:/bin/sh\nada:x:1000:1000:Ada,,,:/home/ada:\n\
        twin:x:1000:100::/:/bin/false\n123:x:77:77::/:\n";
    const GROUP: &[u8] = b"root:x:0:\nlab:x:50:ada,root\naudio:x:60: ada , bob\nlab2:x:50:ada\n:x:9:\n";

    #[test]
    fn users_are_found_by_name_and_id() {
        let accounts = Accounts::parse(PASSWD, GROUP);
        assert_eq!(accounts.users.len(), 4);
        assert_eq!(accounts.user("ada").unwrap().home, "/home/ada");
        assert_eq!(accounts.user_by_id(1000).unwrap().name, "ada");
        assert_eq!(accounts.user("broken"), None);
        assert_eq!(accounts.user("bad"), None);
    }

    #[test]
    fn a_name_made_of_digits_goes_before_the_number() {
        let accounts = Accounts::parse(PASSWD, GROUP);
        assert_eq!(accounts.uid_of("123"), Some(77));
        assert_eq!(accounts.uid_of("124"), Some(124));
        for word in ["", "-1", "+1", "4294967295", "nobody-here"] {
            assert_eq!(accounts.uid_of(word), None, "{word}");
        }
    }

    #[test]
    fn supplementary_groups_come_once_each() {
        let accounts = Accounts::parse(PASSWD, GROUP);
        assert_eq!(accounts.groups_of("ada"), [50, 60]);
        assert_eq!(accounts.groups_of("bob"), [60]);
        assert_eq!(accounts.gid_of("audio"), Some(60));
        assert_eq!(accounts.group_by_id(50).unwrap().name, "lab");
    }

    #[test]
    fn a_missing_file_has_no_entries() {
        let nowhere = Path::new("/nonexistent/passwd");
        assert_eq!(Accounts::read(nowhere, nowhere).unwrap(), Accounts::default());
    }

    proptest! {
        #[test]
        fn any_bytes_parse(passwd: Vec<u8>, group in "([a-z+#]{0,3}:){0,4}[0-9,a]{0,4}\n?") {
            let _ = Accounts::parse(&passwd, group.as_bytes());
        }

        #[test]
        fn a_written_line_is_read(name in "[a-z_][a-z0-9_-]{0,30}", uid in 0..u32::MAX, gid in 0..u32::MAX) {
            let line = format!("{name}:x:{uid}:{gid}:gecos:/home:/bin/sh\n");
            let accounts = Accounts::parse(line.as_bytes(), b"");
            let user = accounts.user(&name).unwrap();
            prop_assert_eq!((user.uid, user.gid), (uid, gid));
        }
    }
}
