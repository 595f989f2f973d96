//! Profiles in JSON: as the OCI runtime specification has them, and as Docker and containers/common do.
//!
//! Both are read by the same code: what Docker has beside the specification are `archMap`, rules for some machines, capabilities
//! and kernels alone (`includes`, `excludes`), one `name` in the place of `names`, comments, and error numbers by name (`errno`,
//! `defaultErrno`). An unknown key is an error, since a rule without its tests of arguments would be another rule.

use serde::Deserialize;

use crate::{Action, Architecture, Argument, ListenerAddress, Machine, Operator, Profile, Rule};

mod error;
#[cfg(test)]
mod tests;

pub use error::{ReadError, RuleProblem};

/// Our own profile, for programs that need nothing unusual, in Docker's form. It permits what Docker's does: about 360 of the
/// calls of x86-64, and those that a capability stands for where the payload has that capability.
pub const DEFAULT: &str = include_str!("default.json");

/// For whom a profile is read.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    /// The machine.
    pub machine: Machine,
    /// The first two numbers of its kernel's release.
    pub kernel: (u32, u32),
    /// Whether the payload may have the capability of this name, such as `CAP_SYS_ADMIN`: whether it is in the bounding set.
    pub capability: &'a dyn Fn(&str) -> bool,
}

impl std::fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader")
            .field("machine", &self.machine)
            .field("kernel", &self.kernel)
            .finish_non_exhaustive()
    }
}

/// The whole, as it is written.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Written {
    default_action: String,
    default_errno_ret: Option<u32>,
    default_errno: Option<String>,
    architectures: Option<Vec<String>>,
    arch_map: Option<Vec<MachineWritten>>,
    flags: Option<Vec<String>>,
    listener_path: Option<String>,
    listener_metadata: Option<String>,
    syscalls: Option<Vec<RuleWritten>>,
}

/// A machine, and what else its kernel serves.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct MachineWritten {
    architecture: String,
    sub_architectures: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RuleWritten {
    name: Option<String>,
    names: Option<Vec<String>>,
    action: String,
    errno_ret: Option<u32>,
    errno: Option<String>,
    args: Option<Vec<ArgumentWritten>>,
    #[serde(rename = "comment")]
    _comment: Option<serde::de::IgnoredAny>,
    includes: Option<Condition>,
    excludes: Option<Condition>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ArgumentWritten {
    index: u64,
    value: u64,
    value_two: Option<u64>,
    op: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Condition {
    caps: Option<Vec<String>>,
    arches: Option<Vec<String>>,
    min_kernel: Option<String>,
}

impl Reader<'_> {
    /// Reads a profile.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn read(&self, text: &str) -> Result<Profile, ReadError> {
        let written: Written = serde_json::from_str(text).map_err(ReadError::Json)?;
        let mut profile = Profile::new(
            action(&written.default_action, written.default_errno_ret, written.default_errno)
                .map_err(ReadError::Default)?,
        );
        profile.architectures = self.architectures(written.architectures, written.arch_map)?;
        for flag in written.flags.unwrap_or_default() {
            profile.flags |= flag.parse()?;
        }
        profile.listener = match (written.listener_path, written.listener_metadata) {
            (Some(path), metadata) => Some(ListenerAddress { path: path.into(), metadata }),
            (None, Some(_)) => return Err(ReadError::Metadata),
            (None, None) => None,
        };
        for (index, rule) in (1..).zip(written.syscalls.unwrap_or_default()) {
            let first = rule.names.iter().flatten().chain(&rule.name).next().cloned();
            match self.rule(rule) {
                Ok(rule) => profile.rules.extend(rule),
                Err(problem) => return Err(ReadError::Rule { index, name: first, problem }),
            }
        }
        Ok(profile)
    }

    fn architectures(
        &self,
        named: Option<Vec<String>>,
        map: Option<Vec<MachineWritten>>,
    ) -> Result<Vec<Architecture>, ReadError> {
        let named = named.unwrap_or_default();
        let map = map.unwrap_or_default();
        if !named.is_empty() && !map.is_empty() {
            return Err(ReadError::Architectures);
        }
        let mut all = Vec::new();
        for name in named {
            all.push(name.parse()?);
        }
        for machine in map {
            // Looked at even where they are another machine's: a misspelled one is one that nobody sees.
            let mut own = vec![machine.architecture.parse()?];
            for name in machine.sub_architectures.unwrap_or_default() {
                own.push(name.parse()?);
            }
            if own[0] == self.machine.native() {
                all.append(&mut own);
            }
        }
        Ok(all)
    }

    /// `None` for one that says nothing here.
    fn rule(&self, written: RuleWritten) -> Result<Option<Rule>, RuleProblem> {
        let names = match (written.name, written.names) {
            (Some(name), names) if name.is_empty() => names.unwrap_or_default(),
            (Some(name), None) => vec![name],
            (Some(name), Some(names)) if names.is_empty() => vec![name],
            (Some(_), Some(_)) => return Err(RuleProblem::Names),
            (None, names) => names.unwrap_or_default(),
        };
        if names.is_empty() || names.iter().any(String::is_empty) {
            return Err(RuleProblem::NoName);
        }
        let action = action(&written.action, written.errno_ret, written.errno)?;
        let mut rule = Rule::new(names, action);
        for argument in written.args.unwrap_or_default() {
            let operator = Operator::named(&argument.op, argument.value, argument.value_two.unwrap_or(0))?;
            rule.arguments.push(Argument::new(argument.index, operator)?);
        }
        let excluded = self.excluded(written.excludes.as_ref())?;
        let included = self.included(written.includes.as_ref())?;
        Ok((included && !excluded).then_some(rule))
    }

    /// All that is asked for must be there.
    fn included(&self, condition: Option<&Condition>) -> Result<bool, RuleProblem> {
        let Some(Condition { caps, arches, min_kernel }) = condition else { return Ok(true) };
        let capabilities = caps.iter().flatten().all(|name| (self.capability)(name));
        Ok(self.kernel_is(min_kernel.as_deref())?.unwrap_or(true)
            && capabilities
            && arches.as_ref().is_none_or(|arches| arches.is_empty() || self.is_one_of(arches)))
    }

    /// One thing is enough.
    fn excluded(&self, condition: Option<&Condition>) -> Result<bool, RuleProblem> {
        let Some(Condition { caps, arches, min_kernel }) = condition else { return Ok(false) };
        let capability = caps.iter().flatten().any(|name| (self.capability)(name));
        Ok(self.kernel_is(min_kernel.as_deref())?.unwrap_or(false)
            || capability
            || arches.as_ref().is_some_and(|arches| self.is_one_of(arches)))
    }

    /// Whether the machine's name in the Go language is among these.
    fn is_one_of(&self, arches: &[String]) -> bool {
        let name = match self.machine {
            Machine::X86_64 => "amd64",
            Machine::Aarch64 => "arm64",
        };
        arches.iter().any(|arch| arch == name)
    }

    fn kernel_is(&self, at_least: Option<&str>) -> Result<Option<bool>, RuleProblem> {
        let Some(release) = at_least.filter(|release| !release.is_empty()) else { return Ok(None) };
        let mut numbers = release.splitn(3, '.').map(str::parse);
        match (numbers.next(), numbers.next(), numbers.next()) {
            (Some(Ok(major)), Some(Ok(minor)), None) => Ok(Some(self.kernel >= (major, minor))),
            _ => Err(RuleProblem::Kernel { release: release.to_owned() }),
        }
    }
}

/// An error's name, or its number in words, stands in for a number beside it.
fn action(name: &str, number: Option<u32>, errno: Option<String>) -> Result<Action, RuleProblem> {
    let number = match errno.filter(|errno| !errno.is_empty()) {
        None => number,
        Some(errno) => match errno.parse().ok().or_else(|| insula_sys::errno::number(&errno)) {
            Some(number) => Some(number),
            None => return Err(RuleProblem::Errno { name: errno }),
        },
    };
    Ok(Action::named(name, number)?)
}
