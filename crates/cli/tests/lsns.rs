//! `lsns`: the same as util-linux's where that has the option, and as its manual says where the one here is older.
//!
//! Each test looks at PID, mount, network and UTS namespaces of its own, where nothing else starts or ends processes.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests drive the binary")]

use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

/// Namespaces of several kinds, users and depths, mounted ones among them; `$ours` is our lsns.
const SCENE: &str = r#"
set -u
ours=$1/lsns
# What is mounted outside is none of the scene.
grep ' - nsfs ' /proc/self/mountinfo | cut -d ' ' -f 5 | while read -r mount; do umount "$(printf %b "$mount")" 2>/dev/null; done
mount -t tmpfs tmpfs /run || exit 99
mkdir /run/netns "/run/ a"
pin() { touch "$2"; mount --bind "$1" "$2"; }
pinned() { unshare --net="$1" true; }
touch /run/netns/blue /run/netns/idle
pinned /run/netns/blue
pin /run/netns/blue "/run/ a/blue"
pin /proc/self/ns/uts /run/uts
nsenter --net=/run/netns/blue sleep 1000 &
unshare -Urpf --mount-proc bash -c 'exec -a "we\"ird	name" sleep 1000' &
unshare -n bash -c 'exec -a "bäck\\slash 日本 and a long command line that goes on and on and on and on until it is cut" sleep 1000' &
unshare -Ur bash -c 'unshare -Urm sleep 1000 & unshare -u -n sleep 1000; wait' &
unshare -U sleep 1000 &
unshare -u bash -c "exec -a \$'\x7f\x1b[1mred\n' sleep 1000" &
for try in $(seq 500); do [ "$(pgrep -c -x sleep)" = 7 ] && break; sleep 0.02; done
same() {
    lsns "$@" >/run/theirs 2>/run/theirs.err; theirs=$?
    "$ours" "$@" >/run/ours 2>/run/ours.err; status=$?
    cmp -s /run/theirs /run/ours && [ $theirs = $status ] && return
    echo "== lsns $* ($theirs, $status)"; diff /run/theirs /run/ours; cat /run/ours.err
}
"#;

/// Runs `script` after [`SCENE`].
fn scene(script: &str) -> Output {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let dir = std::env::temp_dir().join(format!("insula-scene-{}-{number}", std::process::id()));
    std::fs::create_dir(&dir).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_insula"), dir.join("lsns")).unwrap();
    std::fs::write(dir.join("scene"), format!("{SCENE}\n{script}")).unwrap();
    let mut unshare = Command::new("unshare");
    if !rustix::process::geteuid().is_root() {
        unshare.arg("-Ur");
    }
    let output = unshare
        .args(["-pmunf", "--mount-proc", "--kill-child", "bash"])
        .args([&dir.join("scene"), &dir])
        .env("LC_ALL", "C.UTF-8")
        .env_remove("COLUMNS")
        .output()
        .unwrap();
    std::fs::remove_dir_all(&dir).unwrap();
    assert_ne!(output.status.code(), Some(99), "no scene: {}", String::from_utf8_lossy(&output.stderr));
    output
}

#[track_caller]
fn assert_same(script: &str) {
    let output = scene(script);
    let differences = String::from_utf8_lossy(&output.stdout);
    assert!(differences.ends_with("tried\n"), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!differences.contains("=="), "{differences}");
}

/// The standard output of our lsns with the words `args`, in the scene.
fn ours(args: &str) -> String {
    String::from_utf8(scene(&format!("\"$ours\" {args}")).stdout).unwrap()
}

#[test]
fn output_is_that_of_util_linux() {
    assert_same(
        r#"
        n=0
        for type in "" "-t net" "-t user" "-t pid -t uts"; do
            for form in "" -l -J -r -n "-n -r" "-J -l" "-r -l" -T -T=parent -T=process "-J -T" "-J -T=parent" "-r -T" -u -W "-W -J"; do
                for columns in "" "-o PATH,NSFS,PNS,ONS,NS,NETNSID" --output-all "-o +UID,PPID"; do
                    same $type $form $columns; n=$((n + 1))
                done
            done
        done
        echo "$n tried"
        "#,
    );
}

#[test]
fn processes_of_one_namespace_are_those_of_util_linux() {
    assert_same(
        r#"
        set -- $(lsns -n -r -l -t user -o NPROCS,NS,PID | sort -n | sed -n "s/^2 //p" | tail -n 1)
        for args in "$1" "$1 -J" "$1 -r" "$1 -l" "$1 -T" "$1 -T=process" "$1 --output-all" "$1 -o NPROCS,PNS,NETNSID,NSFS,PATH,TYPE,UID" \
            "-p $2" "-p $2 -T" "-p $2 -J" "-p 999999" "-p 999999 -J" "-p $2 -t net"; do
            same $args
        done
        echo tried
        "#,
    );
}

#[test]
fn other_locales_are_those_of_util_linux() {
    assert_same(
        "for locale in C POSIX C.UTF-8; do export LC_ALL=$locale; same; same -T; same -r; done; echo tried",
    );
}

#[test]
fn mistakes_have_the_exit_status_of_util_linux() {
    assert_same(
        r#"
        for args in 99 x "-t foo" "-o FOO" -T=foo -Z "--tree foo" "-p 1 4026531837" "-J -r" "--out NS" "-o" "-p x" --json=1; do
            same $args
        done
        echo tried
        "#,
    );
}

#[test]
fn terminal_is_filled_as_by_util_linux() {
    assert_same(
        r#"
        for columns in 30 60 100; do
            for args in "" -T "-t net" -u "-l -o PATH,COMMAND,NS" -r; do
                script -qc "stty cols $columns; lsns $args" /dev/null >/run/theirs
                script -qc "stty cols $columns; $ours $args" /dev/null >/run/ours
                for file in /run/theirs /run/ours; do sed -i '/script\|stty\|lsns/d' $file; done
                cmp /run/theirs /run/ours || { echo "== $columns $args"; diff /run/theirs /run/ours; }
            done
        done
        echo tried
        "#,
    );
}

#[test]
fn namespace_that_is_only_mounted_is_listed() {
    let output = scene(
        r#"
        pinned /run/netns/idle
        "$ours" -t net -n -r -o NPROCS,PID,USER,PATH,NSFS | grep idle
        "$ours" --persistent -n -r -o TYPE,NPROCS,PATH
        "$ours" --persistent -J -o nprocs,pid,path | tr -d ' \n'
        "#,
    );
    let expected = "0  root /run/netns/idle /run/netns/idle\nnet 0 /run/netns/idle\n\
        {\"namespaces\":[{\"nprocs\":0,\"pid\":null,\"path\":\"/run/netns/idle\"}]}";
    assert_eq!(String::from_utf8_lossy(&output.stdout), expected);
}

#[test]
fn namespace_that_a_descriptor_holds_is_found_on_request() {
    let output = scene(
        r#"
        pinned /run/netns/idle
        inode=$(stat -c %i /run/netns/idle)
        sleep 1000 7< /run/netns/idle &
        exec 7< /run/netns/idle
        umount /run/netns/idle
        [ "$("$ours" -n -r -P -o NS,TYPE,NPROCS)" = "$inode net 0" ] && echo persistent
        [ "$("$ours" -n -r -Q 'NPROCS == 0' -o NS,TYPE)" = "$inode net" ] && echo filter
        "#,
    );
    assert_eq!(String::from_utf8_lossy(&output.stdout), "persistent\nfilter\n");
}

#[test]
fn filter_takes_the_rows_that_it_is_true_of() {
    assert_eq!(ours(r#"-n -r -l -o TYPE,NPROCS -Q 'TYPE == "pid" and NPROCS == 1'"#), "pid 1\n");
    assert_eq!(ours("-n -r -l -o TYPE -Q 'COMMAND =~ \"^we.ird\"'"), "pid\n");
    assert_eq!(ours("-l -Q 'NPROCS > 1000'"), "");
}

#[test]
fn columns_are_listed() {
    let output = scene(
        r#""$ours" -H | head -n 2; "$ours" -H -r | head -n 2; "$ours" -H -J | head -n 7 | tr -d ' \n'"#,
    );
    let expected = "          NS  <number>  inode number of the namespace\n        TYPE  <string>  kind of namespace\n\
        HOLDER TYPE DESCRIPTION\nNS <number> inode\\x20number\\x20of\\x20the\\x20namespace\n\
        {\"lsns-columns\":[{\"holder\":\"NS\",\"type\":\"<number>\",\"description\":\"inodenumberofthenamespace\"}";
    assert!(String::from_utf8_lossy(&output.stdout).starts_with(&expected[..expected.len() - 1]));
}

#[test]
fn bad_filter_is_pointed_at() {
    let output = scene(r#""$ours" -Q 'NPROCS >' 2>&1"#);
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "lsns: bad filter `NPROCS >`: expected a column or a value at character 9\n\
         Try 'lsns --help' for more information.\n"
    );
}

#[test]
fn command_line_that_is_not_utf_8_is_still_json() {
    let output = scene(
        "unshare -u bash -c \"exec -a \\$'\\xff' sleep 1000\" & sleep 0.3; \"$ours\" -J -t uts -o COMMAND",
    );
    assert!(std::str::from_utf8(&output.stdout).unwrap().contains('\u{fffd}'));
}

/// What had the number of an older, dead namespace came out in another order than util-linux's.
#[test]
fn tree_of_owners_is_by_number_also_where_a_child_has_the_lower_one() {
    assert_same(
        r#"
        mine=$(stat -L -c %i /proc/self/ns/pid)
        for try in $(seq 300); do
            unshare -pf sleep 1000 & sleep 0.02
            child=$(stat -L -c %i /proc/$!/ns/pid_for_children)
            [ "$child" -lt "$mine" ] && break
        done
        sleep 0.2
        for form in -T -T=parent -T=process -l; do same $form -t pid; same $form; done
        echo tried
        "#,
    );
}
