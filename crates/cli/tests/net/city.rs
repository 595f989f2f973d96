//! A world with a host, and a network beyond it.

use crate::world::{self, User};

/// Runs a shell script in it, and expects that it succeeds.
pub(crate) fn run(user: User, script: &str) {
    world::run(user, &format!("{}\n{script}", include_str!("city.sh")));
}
