//! A compiled profile.

use insula_sys::seccomp::Instruction;

use crate::architecture::Known;
use crate::assembler::Assembler;
use crate::emit::emit;
use crate::verdict::{Named, Verdict};
use crate::{Machine, Profile};

/// A program for `seccomp(2)`, and how it is to be installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    instructions: Vec<Instruction>,
    flags: u32,
    notifies: bool,
    unknown: Vec<String>,
}

/// Why a profile cannot be compiled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CompileError {
    /// The kernel takes no program that is as long: `BPF_MAXINSNS`.
    #[error(
        "the filter would have {instructions} instructions; the kernel takes at most {}",
        Filter::LONGEST
    )]
    TooLong {
        /// How many instructions there would be.
        instructions: usize,
    },
    /// Nobody could answer: the call by which the listener is handed over would wait for it.
    #[error("`sendmsg` must be allowed whatever its arguments are, since some call is to be notified of")]
    HandOver,
}

impl Filter {
    /// The most instructions that the kernel takes: `BPF_MAXINSNS` of `linux/bpf_common.h`.
    pub const LONGEST: usize = 4096;

    /// The program.
    #[must_use]
    pub fn instructions(&self) -> &[Instruction] {
        &self.instructions
    }

    /// The argument `flags` of `seccomp(2)`: `SECCOMP_FILTER_FLAG_*`.
    #[must_use]
    pub const fn flags(&self) -> u32 {
        self.flags
    }

    /// Whether it has a listener, who is asked where the answer is [`Action::Notify`](crate::Action::Notify).
    #[must_use]
    pub const fn notifies(&self) -> bool {
        self.notifies
    }

    /// The names of the profile that are no system calls of any architecture, in their order and once each. A newer kernel may
    /// have them; here they mean nothing.
    #[must_use]
    pub fn unknown(&self) -> &[String] {
        &self.unknown
    }
}

impl Profile {
    /// Compiles the profile for the kernel of `machine`.
    ///
    /// # Errors
    /// [`CompileError`]
    pub fn compile(&self, machine: Machine) -> Result<Filter, CompileError> {
        let named = Named::new(self);
        let notifies = self.notifies();
        if notifies && !self.permits("sendmsg", machine) {
            return Err(CompileError::HandOver);
        }
        let mut assembler = Assembler::default();
        let start = emit(&mut assembler, self, &named, machine);
        let instructions = assembler.finish(start);
        if instructions.len() > Filter::LONGEST {
            return Err(CompileError::TooLong { instructions: instructions.len() });
        }
        Ok(Filter { instructions, flags: self.flags.argument(notifies), notifies, unknown: named.unknown })
    }

    /// Whether programs of the machine itself may make the call `name`, whatever its arguments are.
    #[must_use]
    pub fn permits(&self, name: &str, machine: Machine) -> bool {
        let native = machine.native();
        let (Some(number), Some(known)) = (crate::number(name, native), Known::of(native)) else {
            return false;
        };
        match Named::new(self).on(known).verdicts.into_iter().find(|(of, _)| *of == number) {
            Some((_, Verdict::Always(action))) => action.permits(),
            Some((_, Verdict::First(_))) => false,
            None => self.default.permits(),
        }
    }
}
