//! The binary `insula`: command lines in, output and exit status out.
//!
//! Called by another tool's name (`unshare`, `nsenter`, `lsns`, `getino`) it takes that tool's command line.
#![forbid(unsafe_code)]
#![cfg_attr(not(test), no_main)]
#![cfg_attr(test, allow(dead_code, reason = "the test harness has an entry point of its own"))]

mod args;
mod commands;
mod diagnosis;
mod docs;
mod filter;
mod output;
mod printable;
mod report;
mod table;
mod users;
mod version;

/// musl's own allocator maps and unmaps memory often: about forty calls in the life of a container.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

#[cfg(not(test))]
insula_sys::main!(entry);

/// From the arguments of the process to its exit status.
fn entry(argv: &[args::Arg]) -> u8 {
    commands::dispatch(argv)
}
