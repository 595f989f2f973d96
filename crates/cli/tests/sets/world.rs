//! A world of its own for each test: its processes, its mounts and an empty `/run`, gone when the test is.

use std::process::{Command, Output};

/// Who runs the script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum User {
    /// Root, be it of a user namespace where the tests are run by somebody else.
    Root,
    /// The same, with one processor: Linux 6.18 takes a mount namespace for older than the world's if it gets its id on
    /// another processor than that, and then does not let it be mounted there.
    RootOnOneProcessor,
    /// Somebody without any privilege, who has a runtime directory.
    Ordinary,
}

/// Sets the world up, then becomes the script in `$1`. `insula` is ours; `fails` and `same` are for what is expected.
const WORLD: &str = r#"
set -eu
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p -m 755 /run/user
mkdir -m 700 /run/user/4242
bin=$(mktemp -d -p /run)
chmod 755 "$bin"
cp "$INSULA" "$bin/insula"
# Copies of mounts that others have at this moment.
grep nsfs /proc/self/mountinfo > "$bin/before" || true
PATH=$bin:$PATH
export PATH
cat > "$bin/prelude" <<'END'
set -eu
# What the command says on standard error, if it fails as it should.
fails() {
    if said=$("$@" 2>&1); then
        echo "should have failed: $*" >&2
        exit 1
    fi
    echo "$said"
}
same() {
    if [ "$1" != "$2" ]; then
        echo "expected: $2" >&2
        echo "found:    $1" >&2
        exit 1
    fi
}
has() {
    case $1 in
    *"$2"*) ;;
    *) echo "\`$2\` is not in: $1" >&2; exit 1 ;;
    esac
}
# The keepers that live, by process id.
keepers() { ps -eo pid=,stat=,comm= | awk '$2 !~ /Z/ && $3 == "insula-keeper" { print $1 }'; }
# Until the command succeeds: half a minute and more.
await() {
    tries=0
    until "$@"; do
        tries=$((tries + 1))
        if [ $tries -gt 1500 ]; then echo "waited in vain for: $*" >&2; exit 1; fi
        sleep 0.02
    done
}
no_keepers() { [ -z "$(keepers)" ]; }
# Nothing of any set is left.
nothing_left() {
    await no_keepers
    same "$(grep -E 'nsfs|/run/insula' /proc/self/mountinfo)" "$(cat "$before")"
    for path in /run/insula /run/user/4242/insula; do
        if [ -e "$path" ]; then find "$path" >&2; exit 1; fi
    done
    if [ -d /run/netns ]; then same "$(ls -A /run/netns)" ""; fi
}
END
script=$(printf '. %s/prelude\nbefore=%s/before\n%s' "$bin" "$bin" "$1")
case $2 in
ordinary)
    if [ "$REAL_ROOT" = yes ]; then
        chown 4242:4242 /run/user/4242
        setpriv --reuid 4242 --regid 4242 --clear-groups --inh-caps=-all \
            env -u XDG_RUNTIME_DIR sh -c "$script"
    else
        unshare --user --map-user=4242 --map-group=4242 \
            env XDG_RUNTIME_DIR=/run/user/4242 sh -c "$script"
    fi ;;
root) sh -c "$script" ;;
esac
"#;

/// Runs a shell script in a new world, and expects that it succeeds.
pub(crate) fn run(user: User, script: &str) {
    let real_root = rustix::process::geteuid().is_root();
    let mut command = Command::new(if user == User::RootOnOneProcessor { "taskset" } else { "unshare" });
    if user == User::RootOnOneProcessor {
        command.args(["--cpu-list", &first_processor(), "unshare"]);
    }
    if !real_root {
        command.arg("--map-root-user");
    }
    // What is made in the host's network is made here. And `ip netns add` goes back to the network namespace that it came from,
    // which takes one of our own.
    command.args(["--net"]);
    command.args(["--mount", "--pid", "--fork", "--kill-child", "--propagation=private", "--mount-proc"]);
    command.args(["sh", "-c", WORLD, "sh", script, if user == User::Ordinary { "ordinary" } else { "root" }]);
    command.env("INSULA", env!("CARGO_BIN_EXE_insula"));
    command.env("REAL_ROOT", if real_root { "yes" } else { "no" });
    let Output { status, stdout, stderr } = command.output().expect("unshare(1) is there");
    let (stdout, stderr) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert!(status.success(), "{status}\n--- standard output\n{stdout}\n--- standard error\n{stderr}");
}

/// The lowest of the processors that we may run on.
fn first_processor() -> String {
    let status = std::fs::read_to_string("/proc/self/status").expect("/proc is there");
    let list = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
    let list = list.expect("the kernel says which processors we may run on").trim();
    list.split(['-', ',']).next().unwrap_or(list).to_owned()
}
