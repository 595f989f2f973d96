//! A process with limits and a clock of its own, and somebody who stands by: signals pass through, and its status
//! comes back.
//!
//! `cargo run -p insula-sandbox --example supervise`
use insula_ns::Kind;
use insula_sandbox::{Clock, Forwarding, Sandbox, Status, Supervisor};

/// A hundred days after the machine started, with few descriptors to open; ends by a signal to itself.
const SCRIPT: &str = "ulimit -n; cat /proc/uptime; test $(ulimit -n) = 64 && test $(cut -d. -f1 /proc/uptime) -ge 8640000 && kill -TERM $$";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    const DAY: i128 = 24 * 60 * 60 * 1_000_000_000;
    let mut sandbox = Sandbox::new("sh")
        .args(["-c", SCRIPT])
        .unshare(Kind::User | Kind::Pid | Kind::Time)
        .map_root()?
        .time_offset(Clock::Boottime, 100 * DAY);
    sandbox.limits.rlimits.push("nofile=64:64".parse()?);
    sandbox.limits.nice = Some(10);

    let supervisor = Supervisor::begin(Forwarding::Sent)?;
    let child = supervisor.prepare(sandbox).spawn()?;
    let status = supervisor.wait(&child)?;
    // The init of the PID namespace passes the signal on as a shell would.
    if status == Status::Exited(128 + 15) { Ok(()) } else { Err(format!("it ended with {status:?}").into()) }
}
