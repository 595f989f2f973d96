//! Names of users, from `/etc/passwd` alone: a static binary cannot ask NSS.

use std::fs;

/// The user database, read when it is first asked.
#[derive(Debug, Default)]
pub(crate) struct Users {
    passwd: Option<Vec<u8>>,
}

impl Users {
    /// The name of the user with this id: see `passwd(5)`.
    pub(crate) fn name(&mut self, uid: u32) -> Option<&[u8]> {
        let passwd = self.passwd.get_or_insert_with(|| fs::read("/etc/passwd").unwrap_or_default());
        name_in(passwd, uid)
    }

    /// The name of the user, or the id in digits.
    pub(crate) fn name_or_id(&mut self, uid: u32) -> Vec<u8> {
        self.name(uid).map_or_else(|| uid.to_string().into_bytes(), <[u8]>::to_vec)
    }
}

fn name_in(passwd: &[u8], uid: u32) -> Option<&[u8]> {
    let wanted = uid.to_string();
    passwd.split(|&byte| byte == b'\n').find_map(|line| {
        let mut fields = line.split(|&byte| byte == b':');
        let name = fields.next()?;
        (fields.nth(1)? == wanted.as_bytes()).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_entry_wins_and_bad_lines_are_passed_over() {
        let passwd = b"root:x:0:0:root:/root:/bin/sh\nbroken\n#\n:::\ntoor:x:0:0::/:\nu:x:4242:";
        assert_eq!(name_in(passwd, 0), Some(&b"root"[..]));
        assert_eq!(name_in(passwd, 4242), Some(&b"u"[..]));
        assert_eq!(name_in(passwd, 424), None);
    }
}
