//! Names of users.

use insula_ns::accounts::Accounts;

/// The user database, read when it is first asked.
#[derive(Debug, Default)]
pub(crate) struct Users {
    accounts: Option<Accounts>,
}

impl Users {
    /// The name of the user, or the id in digits.
    pub(crate) fn name_or_id(&mut self, uid: u32) -> String {
        let accounts = self.accounts.get_or_insert_with(|| Accounts::of_this_machine().unwrap_or_default());
        accounts.user_by_id(uid).map_or_else(|| uid.to_string(), |user| user.name.clone())
    }
}
