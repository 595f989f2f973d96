//! Landlock on the real kernel: what is taken away is attempted from inside.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../../sys/tests/program/mod.rs"]
mod program;

use std::io::Read as _;
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use insula_ns::{Kind, Kinds};
use insula_sandbox::mounts::Mount;
use insula_sandbox::{Access, Action, Error, Landlock, Sandbox, Status, Stream};
use libtest_mimic::{Arguments, Completion, Trial};

macro_rules! trials {
    ($($name:ident),* $(,)?) => { vec![$(trial(stringify!($name), $name)),*] };
}

fn main() -> ExitCode {
    let trials = trials![
        what_no_rule_names_is_closed,
        a_readable_path_is_not_writable_nor_executable,
        a_writable_path_is_left_by_no_link,
        a_rule_for_a_file_is_for_that_file_alone,
        the_processes_of_a_sandbox_are_no_way_around,
        nothing_can_be_mounted_over_a_rule,
        without_no_new_privileges_it_takes_a_capability,
        only_the_ports_of_the_list_are_connected_to,
        a_signal_does_not_leave_the_scope,
        a_path_that_is_not_there_fails_the_start,
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn trial(name: &str, test: fn()) -> Trial {
    Trial::ignorable_test(name, move || {
        if insula_sys::landlock::version().is_ok_and(|version| version >= 6) {
            test();
            return Ok(Completion::Completed);
        }
        Ok(Completion::ignored_with("this kernel's Landlock lacks some restrictions"))
    })
}

/// What a shell command prints inside `sandbox`, with its status.
fn output(mut sandbox: Sandbox) -> (String, Status) {
    let (reader, writer) = std::io::pipe().unwrap();
    sandbox.stdio.streams[1] = Stream::Fd(OwnedFd::from(writer.try_clone().unwrap()));
    sandbox.stdio.streams[2] = Stream::Fd(OwnedFd::from(writer));
    let child = sandbox.spawn().unwrap();
    let mut text = String::new();
    std::fs::File::from(OwnedFd::from(reader)).read_to_string(&mut text).unwrap();
    (text, child.wait().unwrap())
}

/// A shell with the programs of the machine, and with these paths.
fn shell(script: &str, paths: &[(&Path, Access)]) -> Sandbox {
    let mut sandbox = Sandbox::new("sh").args(["-c", script]);
    sandbox.identity.no_new_privs = true;
    let system = ["/usr", "/bin", "/lib", "/lib64"].map(Path::new).into_iter().filter(|path| path.exists());
    let all = system.map(|path| (path, Access::Execute)).chain(paths.iter().copied());
    sandbox.landlock.paths = all.map(|(path, access)| (path.to_owned(), access)).collect();
    sandbox
}

/// A directory with `file` in it, which goes with the value.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("insula-landlock-{}-{name}", std::process::id()));
        std::fs::create_dir(&path).unwrap();
        std::fs::write(path.join("file"), "content\n").unwrap();
        Self(path)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn refused(script: &str, paths: &[(&Path, Access)]) {
    let (text, status) = output(shell(script, paths));
    assert!(text.contains("Permission denied") && !status.success(), "{script}: {text}");
}

fn what_no_rule_names_is_closed() {
    let outside = Directory::new("closed");
    let file = outside.0.join("file");
    for attempt in ["cat", "cat <", "echo x >", "truncate --size 0", "rm", "ln -t /tmp", "ls"] {
        let path = if attempt == "ls" { &outside.0 } else { &file };
        refused(&format!("{attempt} {}", path.display()), &[]);
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "content\n");
}

fn a_readable_path_is_not_writable_nor_executable() {
    let inside = Directory::new("readable");
    let file = inside.0.join("file");
    let rule = [(inside.0.as_path(), Access::Read)];
    assert_eq!(output(shell(&format!("cat {}", file.display()), &rule)).0, "content\n");
    for attempt in ["echo x >", "echo x >>", "truncate --size 0", "rm"] {
        refused(&format!("{attempt} {}", file.display()), &rule);
    }
    refused(&format!("mkdir {}/new", inside.0.display()), &rule);
    program::copy("/bin/true", inside.0.join("program"));
    refused(&format!("{}/program", inside.0.display()), &rule);
    let executable = [(inside.0.as_path(), Access::Execute)];
    assert_eq!(output(shell(&format!("{}/program", inside.0.display()), &executable)).1, Status::Exited(0));
}

fn a_writable_path_is_left_by_no_link() {
    let (inside, outside) = (Directory::new("inside"), Directory::new("outside"));
    let rule = [(inside.0.as_path(), Access::Write)];
    let (own, other) = (inside.0.display(), outside.0.join("file"));
    let script =
        format!("cd {own} && echo x > new && mv new newer && mkdir dir && mv newer dir && rm -r dir file");
    assert_eq!(output(shell(&script, &rule)), (String::new(), Status::Exited(0)));
    refused(&format!("ln -s {} {own}/link && cat {own}/link", other.display()), &rule);
    refused(&format!("cat {own}/../{}/file", outside.0.file_name().unwrap().to_str().unwrap()), &rule);
    refused(&format!("echo x > {own}/f; mv {own}/f {}", outside.0.display()), &rule);
}

fn a_rule_for_a_file_is_for_that_file_alone() {
    let inside = Directory::new("single");
    std::fs::write(inside.0.join("other"), "").unwrap();
    let file = inside.0.join("file");
    let rule = [(file.as_path(), Access::Write)];
    assert_eq!(output(shell(&format!("echo x > {}", file.display()), &rule)).1, Status::Exited(0));
    refused(&format!("cat {}/other", inside.0.display()), &rule);
}

fn the_processes_of_a_sandbox_are_no_way_around() {
    let outside = Directory::new("init");
    let script = format!("cat /proc/1/root{}/file", outside.0.display());
    let mut sandbox =
        shell(&script, &[(Path::new("/proc"), Access::Read)]).unshare(Kinds::ALL).map_root().unwrap();
    sandbox.mounts.mounts.push(Mount::Proc("/proc".into()));
    let (text, _) = output(sandbox);
    assert!(text.contains("Permission denied"), "{text}");
}

fn nothing_can_be_mounted_over_a_rule() {
    let sandbox = shell("mount -t tmpfs none /usr", &[]).unshare(Kind::User | Kind::Mnt).map_root().unwrap();
    let (text, status) = output(sandbox);
    assert!(text.contains("permission denied") && !status.success(), "{text}");
}

fn without_no_new_privileges_it_takes_a_capability() {
    let mut sandbox = shell("cat /etc/passwd", &[]).unshare(Kind::User).map_root().unwrap();
    sandbox.identity.no_new_privs = false;
    let (text, status) = output(sandbox);
    assert!(text.contains("Permission denied") && !status.success(), "{text}");
}

fn only_the_ports_of_the_list_are_connected_to() {
    let (open, closed) =
        (TcpListener::bind("127.0.0.1:0").unwrap(), TcpListener::bind("127.0.0.1:0").unwrap());
    let port = |listener: &TcpListener| listener.local_addr().unwrap().port();
    let connect = |to: u16| {
        let mut sandbox = Sandbox::new("bash").args(["-c", &format!("exec 3<> /dev/tcp/127.0.0.1/{to}")]);
        sandbox.identity.no_new_privs = true;
        sandbox.landlock = Landlock { connect_tcp: Some(vec![port(&open)]), ..Landlock::default() };
        output(sandbox)
    };
    assert_eq!(connect(port(&open)), (String::new(), Status::Exited(0)));
    let (text, status) = connect(port(&closed));
    assert!(text.contains("Permission denied") && !status.success(), "{text}");
}

fn a_signal_does_not_leave_the_scope() {
    let mut sandbox = Sandbox::new("sh").args(["-c", &format!("kill -0 {}", std::process::id())]);
    sandbox.identity.no_new_privs = true;
    sandbox.landlock.scope_signal = true;
    let (text, status) = output(sandbox);
    assert!(text.contains("not permitted") && !status.success(), "{text}");
}

fn a_path_that_is_not_there_fails_the_start() {
    let sandbox = shell("true", &[(Path::new("/no/such/path"), Access::Read)]);
    let Error::Start(failure) = sandbox.spawn().unwrap_err() else { panic!("refused by something else") };
    assert_eq!(failure.action, Action::Allow("/no/such/path".into()));
}
