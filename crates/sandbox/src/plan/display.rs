//! A plan as `--explain` prints it.

use std::fmt::{self, Write as _};

use insula_sys::program::{Outside, Way as Execution};
use insula_sys::step::Step;

use super::{Plan, Way};
use crate::Action;

pub(super) fn outside_call(outside: &Outside) -> String {
    match outside {
        Outside::WriteProc { file, data } => {
            format!("write(\"/proc/PID/{}\", \"{}\")", file.to_string_lossy(), data.escape_ascii())
        }
        Outside::Run { program, arguments } => {
            let words: Vec<_> = arguments.iter().map(|word| word.to_string_lossy()).collect();
            format!("run {} PID {}", program.to_string_lossy(), words.join(" "))
        }
        Outside::Bind { namespace, target } => {
            format!("move_mount(open_tree(\"/proc/PID/{}\"), {target:?})", namespace.to_string_lossy())
        }
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = |call: &dyn fmt::Display, action: &Action| {
            let call = call.to_string();
            writeln!(f, "{call:<72} # {action}")
        };
        for (step, action) in self.program.join.iter().zip(&self.join) {
            line(step, action)?;
        }
        if self.way == Way::Spawn || !self.kinds.is_empty() {
            line(&self.creation(), &Action::Create(self.kinds))?;
        }
        for (step, action) in self.program.world.iter().zip(&self.world) {
            line(step, action)?;
            if matches!(step, Step::Outside) {
                for (outside, action) in self.program.outside.iter().zip(&self.outside) {
                    line(&format!("  outside: {}", outside_call(outside)), action)?;
                }
            }
        }
        if self.program.init == crate::Init::Reaper {
            let mut calls = "clone3() for the payload; ".to_owned();
            for step in &self.program.reaper {
                write!(calls, "{step}; ")?;
            }
            line(&(calls + "execveat(init) as PID 1"), &Action::Init)?;
        }
        for (step, action) in self.program.process.iter().zip(&self.process) {
            line(step, action)?;
        }
        let execute = Action::Execute(self.payload.clone());
        let how = match self.program.image.way {
            Execution::Direct => None,
            Execution::Checked => Some("openat2(RESOLVE_NO_MAGICLINKS), read"),
            Execution::Apart => Some("execveat(sealed memory file)"),
            Execution::Gated(_) => Some("execveat(sealed memory file), read(gate)"),
        };
        if let Some(how) = how.filter(|_| !self.last.is_empty()) {
            line(&how, &execute)?;
        }
        for (step, action) in self.program.last.iter().zip(&self.last) {
            line(step, action)?;
        }
        let how = how.filter(|_| self.last.is_empty()).map(|how| format!("{how}, ")).unwrap_or_default();
        line(&format!("{how}execve({:?})", self.payload), &execute)
    }
}
