//! A host name of one's own, as root or as an ordinary user: the machine keeps its own.
//!
//! `cargo run -p insula-sandbox --example hostname`
use insula_ns::Kind;
use insula_sandbox::Sandbox;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let before = std::fs::read_to_string("/proc/sys/kernel/hostname")?;
    let sandbox = Sandbox::new("sh")
        .args(["-c", "cat /proc/sys/kernel/hostname; test \"$(cat /proc/sys/kernel/hostname)\" = isolated"])
        .unshare(Kind::User | Kind::Uts)
        .map_root()?
        .hostname("isolated");
    let status = sandbox.status()?;
    let after = std::fs::read_to_string("/proc/sys/kernel/hostname")?;
    if status.success() && before == after { Ok(()) } else { Err("the host name leaked".into()) }
}
