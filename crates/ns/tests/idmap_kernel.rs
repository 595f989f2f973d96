//! Plans carried out against the real kernel, with util-linux's `unshare` as the process that gets the map.
//!
//! The write itself is done here as the sandbox does it, and read back through `/proc` by another process.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test that drives other programs on purpose"
)]

#[path = "../../sys/tests/program/mod.rs"]
mod program;

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::ffi::OsStrExt;
use std::process::{Child, ChildStdin, Command, Stdio};

use insula_ns::idmap::{
    Caller, Extent, IdKind, IdMap, IdMaps, IdRequest, IdSources, MapPlan, PlanError, Ranges, SetGroups,
    Writing,
};
use libtest_mimic::{Arguments, Trial};

/// A process in a new user namespace without maps, which does what it is told on standard input.
struct Unmapped {
    child: Child,
    input: ChildStdin,
}

impl Unmapped {
    fn start() -> Self {
        let mut child = Command::new("unshare")
            .args([
                "--user",
                "--keep-caps",
                "sh",
                "-c",
                "echo ready; while read -r line; do eval \"$line\"; echo done; done",
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take().unwrap();
        let mut unmapped = Self { child, input };
        assert_eq!(unmapped.line(), "ready");
        unmapped
    }

    fn line(&mut self) -> String {
        // One byte at a time is what an unbuffered reader does; the shell says a line and waits.
        let mut line = String::new();
        BufReader::with_capacity(1, self.child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    fn tell(&mut self, command: &str) {
        writeln!(self.input, "{command}").unwrap();
        assert_eq!(self.line(), "done", "{command}");
    }

    fn proc(&self, file: &str) -> String {
        format!("/proc/{}/{file}", self.child.id())
    }

    fn carry_out(&mut self, plan: &MapPlan) {
        if plan.setgroups == SetGroups::Deny {
            self.tell("echo deny > /proc/self/setgroups");
        }
        self.write(IdKind::Gid, &plan.gid);
        self.write(IdKind::Uid, &plan.uid);
    }

    fn write(&mut self, kind: IdKind, writing: &Writing) {
        match writing {
            Writing::Nothing => {}
            Writing::Itself(text) => {
                let text = String::from_utf8(text.clone()).unwrap();
                self.tell(&format!("echo '{}' > /proc/$$/{}", text.trim_end(), kind.map_file()));
            }
            Writing::Outside(text) => std::fs::write(self.proc(kind.map_file()), text).unwrap(),
            Writing::Helper { program, arguments } => {
                let status = Command::new(OsStr::from_bytes(program.as_bytes()))
                    .arg(self.child.id().to_string())
                    .args(arguments.iter().map(|word| OsStr::from_bytes(word.as_bytes())))
                    .status()
                    .unwrap();
                assert!(status.success(), "{program:?} {arguments:?}");
            }
        }
    }

    fn map(&self, kind: IdKind) -> IdMap {
        IdMap::from_proc(&std::fs::read_to_string(self.proc(kind.map_file())).unwrap()).unwrap()
    }

    /// Carries out the plan for `maps` and compares what the kernel has then.
    fn check(maps: &IdMaps) -> Self {
        let plan = maps.plan(&Caller::current(), &IdSources::of_this_machine()).unwrap();
        let mut unmapped = Self::start();
        unmapped.carry_out(&plan);
        assert_eq!(unmapped.map(IdKind::Uid), maps.uid);
        assert_eq!(unmapped.map(IdKind::Gid), maps.gid);
        let setgroups = std::fs::read_to_string(unmapped.proc("setgroups")).unwrap();
        // What is denied in the parent is denied below it.
        let inherited = std::fs::read_to_string("/proc/self/setgroups").unwrap();
        let expected = if plan.setgroups == SetGroups::Deny { "deny" } else { inherited.trim_end() };
        assert_eq!(setgroups.trim_end(), expected);
        unmapped
    }
}

impl Drop for Unmapped {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Set for this program when it runs inside: which test's other half to run.
const INSIDE: &str = "INSULA_TEST_INSIDE";

fn main() {
    match std::env::var(INSIDE).as_deref() {
        Err(_) => {}
        Ok("as_root_any_map") => return as_root_any_map(),
        Ok("as_user_granted_ids") => return as_user_granted_ids(),
        Ok("nested_ids") => return nested_ids(),
        Ok(other) => panic!("no such test: {other}"),
    }
    let anybody: &[(&str, fn())] =
        &[("own_ids_are_written_by_the_process_itself", own_ids_are_written_by_the_process_itself)];
    let root: &[(&str, fn())] = &[
        ("the_kernel_refuses_what_the_map_type_refuses", the_kernel_refuses_what_the_map_type_refuses),
        ("root_writes_any_map_from_outside", root_writes_any_map_from_outside),
        ("a_user_maps_granted_ids_through_the_helpers", a_user_maps_granted_ids_through_the_helpers),
        (
            "a_nested_namespace_gets_only_what_its_parent_has",
            a_nested_namespace_gets_only_what_its_parent_has,
        ),
    ];
    let trial = |(name, test): &(&str, fn())| {
        let test = *test;
        Trial::test(*name, move || {
            test();
            Ok(())
        })
    };
    let is_root = rustix::process::geteuid().is_root();
    let root = root.iter().map(|test| trial(test).with_ignored_flag(!is_root).with_kind("needs root"));
    libtest_mimic::run(&Arguments::from_args(), anybody.iter().map(trial).chain(root).collect()).exit();
}

fn own_ids_are_written_by_the_process_itself() {
    let caller = Caller::current();
    Unmapped::check(&IdMaps::root_only(caller.euid, caller.egid).unwrap());
    Unmapped::check(&IdMaps::keep_my_id(caller.euid, caller.egid).unwrap());
}

fn the_kernel_refuses_what_the_map_type_refuses() {
    for text in ["0 0 0", "0 0 1\n0 5 1", "0 0 5\n5 4 1", "4294967295 0 1", "1 0 4294967295"] {
        assert!(IdMap::from_proc(text).is_err(), "{text}");
        let unmapped = Unmapped::start();
        let error = std::fs::write(unmapped.proc("uid_map"), text).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(22), "{text}");
    }
    let ranges = |count: u32| (0..count).map(|n| Extent { inside: n * 2, outside: n * 2, count: 1 });
    let largest = IdMap::new(ranges(340)).unwrap();
    assert!(IdMap::new(ranges(341)).is_err());
    let unmapped = Unmapped::start();
    let too_many = format!("{largest}999 999 1\n");
    assert!(std::fs::write(unmapped.proc("uid_map"), too_many).is_err());
    std::fs::write(unmapped.proc("uid_map"), largest.to_string()).unwrap();
    assert_eq!(unmapped.map(IdKind::Uid), largest);
}

/// The tests below run themselves again, in a world made for them.
fn again(test: &str, setup: &str, wrapper: &[&str]) {
    let directory = std::env::temp_dir().join(format!("insula-idmap-{test}-{}", std::process::id()));
    std::fs::create_dir(&directory).unwrap();
    // Ordinary users may not reach the build directory, so they get a copy.
    let copy = directory.join("test");
    program::copy(std::env::current_exe().unwrap(), &copy);
    let script = format!("set -e\n{setup}\nexec \"$@\"");
    let status = Command::new("unshare")
        .args(["--mount", "sh", "-c", &script, "sh"])
        .args(wrapper)
        .arg(&copy)
        .env(INSIDE, test)
        .env("DIRECTORY", &directory)
        .status()
        .unwrap();
    std::fs::remove_dir_all(&directory).unwrap();
    assert!(status.success(), "{test} failed in the world made for it");
}

/// A user 4242 called `insula-test` with granted ids, seen by this process alone.
const USER: &str = r#"
cp /etc/passwd "$DIRECTORY/passwd"
echo insula-test:x:4242:4242::/:/bin/sh >> "$DIRECTORY/passwd"
printf '# granted\nsomeone:1:1\ninsula-test:700000:65536\n4242:900000:10\n' > "$DIRECTORY/subid"
touch /etc/subuid /etc/subgid
mount --bind "$DIRECTORY/passwd" /etc/passwd
mount --bind "$DIRECTORY/subid" /etc/subuid
mount --bind "$DIRECTORY/subid" /etc/subgid
"#;
const AS_USER: [&str; 7] =
    ["setpriv", "--reuid", "4242", "--regid", "4242", "--clear-groups", "--inh-caps=-all"];

fn root_writes_any_map_from_outside() {
    again("as_root_any_map", "", &[]);
}

fn a_user_maps_granted_ids_through_the_helpers() {
    again("as_user_granted_ids", USER, &AS_USER);
}

fn a_nested_namespace_gets_only_what_its_parent_has() {
    again("nested_ids", "", &["unshare", "--user", "--map-root-user"]);
}

/// Run as root by root_writes_any_map_from_outside.
fn as_root_any_map() {
    let uid =
        IdMap::new([Extent::single(0, 0), Extent { inside: 5, outside: 100_000, count: 65536 }]).unwrap();
    let gid = IdMap::new([Extent { inside: 0, outside: 7, count: 9 }]).unwrap();
    Unmapped::check(&IdMaps { uid, gid, setgroups: SetGroups::Allow });
    let all = IdMaps::all(&Caller::current(), &IdSources::of_this_machine()).unwrap();
    Unmapped::check(&all);
}

/// Run as user 4242 by a_user_maps_granted_ids_through_the_helpers.
fn as_user_granted_ids() {
    let (caller, sources) = (Caller::current(), IdSources::of_this_machine());
    assert_eq!((caller.uid, caller.capabilities.is_empty()), (4242, true));
    let resolve = |own, ranges| {
        let request = IdRequest { own, ranges: vec![ranges] };
        IdMaps::resolve(&request, &request, &caller, &sources).unwrap()
    };
    let root = resolve(Some(0), Ranges::Auto);
    assert_eq!(root.uid.to_string(), "0 4242 1\n1 700000 65535\n");
    Unmapped::check(&root);
    Unmapped::check(&resolve(Some(4242), Ranges::Auto));
    Unmapped::check(&resolve(None, Ranges::Subids));
    Unmapped::check(&IdMaps::all_subids(&caller, &sources).unwrap());
    let denied = IdMaps { setgroups: SetGroups::Deny, ..root };
    Unmapped::check(&denied);
}

/// Run in a user namespace by a_nested_namespace_gets_only_what_its_parent_has.
fn nested_ids() {
    let (caller, sources) = (Caller::current(), IdSources::of_this_machine());
    let all = IdMaps::all(&caller, &sources).unwrap();
    assert_eq!(all.uid.to_string(), "0 0 1\n");
    Unmapped::check(&all);
    let error = IdMaps { setgroups: SetGroups::Allow, ..all }.plan(&caller, &sources).unwrap_err();
    assert!(matches!(error, PlanError::SetGroupsDeniedInParent), "{error}");
    let two = IdMap::new([Extent { inside: 0, outside: 0, count: 2 }]).unwrap();
    let error = IdMaps { uid: two, ..IdMaps::default() }.plan(&caller, &sources).unwrap_err();
    assert_eq!(
        error.to_string(),
        "user id 1 does not exist in this user namespace, so `0:0:2` cannot be mapped to it"
    );
}
