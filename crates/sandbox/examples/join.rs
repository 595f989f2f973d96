//! A process in the namespaces of another one, which was started before: what `nsenter` does.
//!
//! `cargo run -p insula-sandbox --example join`
use std::os::fd::AsFd as _;

use insula_ns::Kinds;
use insula_sandbox::mounts::{Mount, Propagation};
use insula_sandbox::{Join, Sandbox};
use rustix::process::Signal;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let kinds = Kinds::ALL;
    let mut first = Sandbox::new("sleep").arg("100").unshare(kinds).map_root()?.hostname("inside");
    first.mounts.propagation = Some(Propagation::Private);
    first.mounts.mounts.push(Mount::Proc("/proc".into()));
    let first = first.spawn()?;

    // A pidfd, so that it is this process and no later one of the same number.
    let target = first.as_fd().try_clone_to_owned()?;
    let script =
        "test \"$(cat /proc/sys/kernel/hostname)\" = inside && cat /proc/1/comm && ls -d /proc/[0-9]*";
    let joined = Sandbox::new("sh").args(["-c", script]).join(Join::Process(target, kinds)).status();

    first.signal(Signal::KILL)?;
    first.wait()?;
    if joined?.success() { Ok(()) } else { Err("that was somewhere else".into()) }
}
