//! Seccomp profiles compiled into the filters that `seccomp(2)` takes, without a library in C.
//!
//! A [`Profile`] says by name what is answered to which system call: it has everything that the section "Seccomp" of the OCI
//! runtime specification has (`config-linux.md`). It is compiled into a [`Filter`], a program in classic BPF that finds a
//! call's number by binary search and compares arguments in two halves. The filter is only data: who starts a process
//! installs it.
//!
//! ```
//! use insula_seccomp::{Action, Argument, Machine, Operator, Profile, Rule};
//! let mut profile = Profile::new(Action::Errno(1));
//! profile.rules.push(Rule::new(["read", "write", "exit_group"], Action::Allow));
//! // Sockets of every family but AF_VSOCK.
//! let family = Argument::new(0, Operator::NotEqual(40))?;
//! profile.rules.push(Rule::new(["socket"], Action::Allow).when([family]));
//! let filter = profile.compile(Machine::HERE)?;
//! assert!(filter.instructions().len() < 40);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//! What several rules for one call mean is what they mean to runc and libseccomp:
//! - A rule whose action is the default one says nothing.
//! - A rule without arguments beats those with arguments, and of two such rules the first one holds.
//! - Of rules with arguments the first one that matches holds. All arguments of a rule must match; but where two of them look
//!   at the same argument of the call, one that matches is enough.
//! - A call that is newer than all that the profile names is answered `ENOSYS`, so that programs fall back to what they did
//!   before there was such a call. This holds where the default action refuses.
//! - On a 32-bit architecture (x32 is one here) the lower halves are compared, so that -1 written with 64 bits is found; a larger
//!   number is larger than any argument, where it is about order.
//! - What x86 can also ask for by `socketcall(2)` or `ipc(2)` is found there too. Those hide the arguments, so a rule with
//!   arguments that permits something permits nothing there.
//!
//! A program of an architecture that the profile does not name is killed.
#![forbid(unsafe_code)]

mod action;
mod architecture;
mod argument;
mod assembler;
mod call_name;
mod emit;
mod filter;
mod flags;
mod multiplexed;
mod profile;
mod syscalls;
mod verdict;

#[cfg(feature = "json")]
pub mod json;

pub use action::{Action, ActionError};
pub use architecture::{Architecture, Machine, UnknownArchitecture};
pub use argument::{Argument, ArgumentError, Operator};
pub use call_name::CallName;
pub use filter::{CompileError, Filter};
pub use flags::{Flags, UnknownFlag};
pub use insula_sys::seccomp::Instruction;
pub use profile::{ListenerAddress, Profile, Rule};
pub use syscalls::{number, numbers};
