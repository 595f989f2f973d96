//! `hooks`.

use super::{Invalid, absolute, no_nul, process, within};
use crate::spec::Hooks;

pub(super) fn check(hooks: &Hooks) -> Result<(), Invalid> {
    for (name, hooks) in hooks.named() {
        for (index, hook) in hooks.iter().enumerate() {
            absolute(format_args!("hooks.{name}[{index}].path"), &hook.path)?;
            for (at, argument) in hook.args.iter().enumerate() {
                no_nul(format_args!("hooks.{name}[{index}].args[{at}]"), argument)?;
            }
            for (at, variable) in hook.env.iter().enumerate() {
                process::environment(format_args!("hooks.{name}[{index}].env[{at}]"), variable)?;
            }
            if let Some(timeout) = hook.timeout {
                within(format_args!("hooks.{name}[{index}].timeout"), timeout, 1, i64::MAX.unsigned_abs())?;
            }
        }
    }
    Ok(())
}
