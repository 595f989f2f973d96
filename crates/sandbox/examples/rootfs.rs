//! A root file system put together from nothing: the programs of this machine, read-only, and nothing else of it.
//!
//! `cargo run -p insula-sandbox --example rootfs`
use std::path::Path;

use insula_ns::Kinds;
use insula_sandbox::Sandbox;
use insula_sandbox::mounts::{Bind, Dev, File, Mount, Root, Tmpfs};

const SCRIPT: &str =
    "echo; ls /; id -un; echo fine > /tmp/here && ! echo no 2>&- > /usr/no && ! ls /home 2>&-";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut sandbox =
        Sandbox::new("sh").args(["-c", SCRIPT]).unshare(Kinds::ALL).map_root()?.env("PATH", "/usr/bin:/bin");
    sandbox.mounts.root = Root::Tmpfs(Tmpfs::new("/"));
    sandbox.mounts.read_only_root = true;
    let mounts = &mut sandbox.mounts.mounts;
    for path in ["/usr", "/bin", "/lib", "/lib64"].map(Path::new) {
        match path.read_link() {
            Ok(to) => mounts.push(Mount::Symlink { target: path.into(), to }),
            Err(_) if path.exists() => mounts.push(Mount::Bind(Bind::read_only(path, path))),
            Err(_) => {}
        }
    }
    mounts.push(Mount::File(File::new("/etc/passwd", "builder:x:0:0::/:/bin/sh\n")));
    mounts.push(Mount::Proc("/proc".into()));
    mounts.push(Mount::Dev(Dev::new("/dev")));
    mounts.push(Mount::Tmpfs(Tmpfs { mode: 0o1777, ..Tmpfs::new("/tmp") }));
    let status = sandbox.status()?;
    if status.success() { Ok(()) } else { Err(format!("the payload ended with {status:?}").into()) }
}
