//! A world of its own for each test: its interfaces, its processes and an empty `/run`, gone when the test is.

use std::process::Command;

/// Sets the world up, then runs the script in `$SCRIPT`: a bridge `lan` with two named network namespaces, a process in one of
/// them, and one in a PID namespace of its own.
const WORLD: &str = r#"
set -eu
mount -t tmpfs -o mode=755 tmpfs /run
PATH=$(dirname "$INSULA"):$PATH
fails() { if said=$("$@" 2>&1); then echo "should have failed: $*" >&2; exit 1; fi; echo "$said"; }
has() { case $1 in *"$2"*) ;; *) echo "\`$2\` is not in: $1" >&2; exit 1 ;; esac; }
lacks() { case $1 in *"$2"*) echo "\`$2\` is in: $1" >&2; exit 1 ;; esac; }
same() { if [ "$1" != "$2" ]; then echo "expected: $2" >&2; echo "found:    $1" >&2; exit 1; fi; }
# Until the command succeeds: half a minute and more.
await() {
    tries=0
    until "$@"; do
        tries=$((tries + 1))
        if [ $tries -gt 1500 ]; then echo "waited in vain for: $*" >&2; exit 1; fi
        sleep 0.02
    done
}
ip link set lo up
ip link add lan type bridge
ip address add 10.1.0.1/24 dev lan
ip link set lan up
for name in web db; do
    ip netns add $name
    ip link add v-$name type veth peer name eth0 netns $name
    ip link set v-$name master lan up
    ip -n $name link set eth0 up
done
ip -n web address add 10.1.0.2/24 dev eth0
export LC_ALL=C.UTF-8
web() { nsenter --net=/run/netns/web "$@"; }
web sleep 1000 &
await pgrep -fx 'sleep 1000' > /run/pid
eval "$SCRIPT"
"#;

pub(crate) fn run(script: &str) -> Result<(), String> {
    let mut unshare = Command::new("unshare");
    if !rustix::process::geteuid().is_root() {
        unshare.arg("--map-root-user");
    }
    let output = unshare
        .args(["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"])
        // In the environment, so that no command line has the words that are looked for.
        .args(["sh", "-c", "eval \"$WORLD\""])
        .env("WORLD", WORLD)
        .env("SCRIPT", script)
        .env("INSULA", env!("CARGO_BIN_EXE_insula"))
        .output()
        .map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    Err(format!("{}\n{}", output.status, String::from_utf8_lossy(&said)))
}
