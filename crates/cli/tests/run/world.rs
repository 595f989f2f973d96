//! A world of its own for each fact: its processes, its mounts and an empty `/run`, gone when the script has ended.

use std::process::{Command, Output};

/// Who runs the script, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Root, be it of a user namespace where the tests are run by somebody else.
    Root,
    /// Somebody without any privilege.
    User,
    /// Root, in a sandbox in a sandbox.
    DeepRoot,
    /// Somebody without any privilege who is root of a sandbox in a sandbox.
    DeepUser,
}

impl Place {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::User => "user",
            Self::DeepRoot => "root_three_deep",
            Self::DeepUser => "user_three_deep",
        }
    }
}

/// Why the script cannot run here. What needs the real root's privileges says so in its first line.
pub(crate) fn obstacle(script: &str) -> Option<String> {
    let lacks = |program: &str| {
        let found = std::env::var_os("PATH")
            .is_some_and(|path| std::env::split_paths(&path).any(|dir| dir.join(program).exists()));
        (!found).then(|| format!("`{program}` is not installed"))
    };
    let needed = script.lines().find_map(|line| line.trim().strip_prefix("# needs ")).unwrap_or_default();
    if needed.contains("real-root") && !rustix::process::geteuid().is_root() {
        return Some("takes the real root's privileges".to_owned());
    }
    let restricts_all = insula_sys::landlock::version().is_ok_and(|version| version >= 6);
    for word in needed.split(' ') {
        match word {
            "landlock" if !restricts_all => {
                return Some("this kernel's Landlock lacks some restrictions".to_owned());
            }
            "old-landlock" if restricts_all => {
                return Some("this kernel's Landlock lacks nothing".to_owned());
            }
            _ => {}
        }
    }
    let no_programs = ["", "real-root", "landlock", "old-landlock"];
    ["unshare", "setpriv", "busybox"]
        .into_iter()
        .chain(needed.split(' ').filter(|word| !no_programs.contains(word)))
        .find_map(lacks)
}

/// Sets the world up, then becomes the script in `$1`. In it, `insula` is ours, and `$stage` a directory of the script's
/// own with a small root file system in `root`.
const WORLD: &str = r#"
set -eu
mount -t tmpfs -o mode=755 tmpfs /run
stage=/run/stage
mkdir -p $stage/bin $stage/root/bin $stage/root/etc
cp "$INSULA" $stage/bin/insula
cp "$(command -v busybox)" $stage/root/bin/busybox
for applet in cat echo env grep head id ls mkdir mount pwd readlink sh sleep stat touch true wc; do
    ln -s busybox $stage/root/bin/$applet
done
printf 'root:x:0:0::/:/bin/sh\nweb:x:33:34::/:/bin/sh\n' > $stage/root/etc/passwd
printf 'root:x:0:\nweb:x:34:\nextra:x:77:web\n' > $stage/root/etc/group
cat > $stage/prelude <<'END'
set -eu
stage=/run/stage
root=$stage/root
insula=$stage/bin/insula
same() {
    if [ "$1" != "$2" ]; then
        printf 'expected: %s\nfound:    %s\n' "$2" "$1" >&2
        exit 1
    fi
}
has() {
    case $1 in
    *"$2"*) ;;
    *) printf '`%s` is not in: %s\n' "$2" "$1" >&2; exit 1 ;;
    esac
}
lacks() {
    case $1 in
    *"$2"*) printf '`%s` is in: %s\n' "$2" "$1" >&2; exit 1 ;;
    esac
}
# STATUS WORDS COMMAND...: it ends with that status, and says these words.
fails() {
    wanted=$1 words=$2
    shift 2
    found=0
    said=$("$@" 2>&1) || found=$?
    if [ "$found" != "$wanted" ]; then
        printf '%s\nstatus %s instead of %s: %s\n' "$said" "$found" "$wanted" "$*" >&2
        exit 1
    fi
    has "$said" "$words"
}
# Until the command succeeds, or there is no more hope.
await() {
    turns=1500
    until "$@"; do
        turns=$((turns - 1))
        if [ $turns = 0 ]; then echo "in vain: $*" >&2; exit 1; fi
        sleep 0.02
    done
}
no() { ! "$@"; }
# The value of a field of /proc/PID/status on standard input.
field() { sed -n "s/^$1:[[:space:]]*//p" | tr '\t' ' '; }
kind() { readlink "/proc/${2:-self}/ns/$1"; }
END
PATH=$stage/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
script=". $stage/prelude
$1"
user() {
    chmod -R a+rX $stage
    if [ "$REAL_ROOT" = yes ]; then
        chown -R 4242:4242 $stage
        exec setpriv --reuid 4242 --regid 4242 --clear-groups --inh-caps=-all "$@"
    fi
    exec unshare --user --map-user=4242 --map-group=4242 "$@"
}
case $2 in
root) exec sh -c "$script" ;;
user) user sh -c "$script" ;;
root_three_deep) exec insula run insula run sh -c "$script" ;;
user_three_deep) user insula run insula run sh -c "$script" ;;
esac
"#;

/// Runs a shell script in a new world; what it said, if it fails.
pub(crate) fn run(place: Place, script: &str) -> Result<(), String> {
    let real_root = rustix::process::geteuid().is_root();
    // Signals that whoever runs the tests ignores, as under nohup, no shell could trap.
    let mut command = Command::new("env");
    command.args(["--default-signal", "unshare"]);
    if !real_root {
        command.arg("--map-root-user");
    }
    command.args(["--mount", "--pid", "--fork", "--kill-child", "--propagation=private", "--mount-proc"]);
    command.args(["sh", "-c", WORLD, "sh", script, place.name()]);
    command.env("INSULA", env!("CARGO_BIN_EXE_insula"));
    command.env("REAL_ROOT", if real_root { "yes" } else { "no" });
    command.env_remove("XDG_RUNTIME_DIR").env("SHELL", "/bin/sh").current_dir("/");
    let Output { status, stdout, stderr } = command.output().map_err(|error| error.to_string())?;
    let (stdout, stderr) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    if status.success() {
        return Ok(());
    }
    Err(format!("{status}\n--- standard output\n{stdout}\n--- standard error\n{stderr}"))
}
