//! `insula doctor`.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests drive the binary")]

use std::process::{Command, Output};

use serde_json::Value;

fn doctor(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_insula")).arg("doctor").args(args).output().unwrap()
}

#[test]
fn json_has_an_answer_of_each_probe() {
    let output = doctor(&["--json"]);
    assert!(output.status.success() && output.stderr.is_empty());
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["version"], 1);
    let findings = report["findings"].as_array().unwrap();
    for finding in findings {
        assert!(["works", "limited", "no"].contains(&finding["status"].as_str().unwrap()));
        assert!(finding["probe"].is_string() && finding["evidence"].is_string());
    }
    for kind in ["cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"] {
        assert!(findings.iter().any(|finding| finding["probe"].as_str().unwrap().contains(kind)), "{kind}");
    }
}

#[test]
fn text_has_a_line_for_each_probe() {
    let report: Value = serde_json::from_slice(&doctor(&["--json"]).stdout).unwrap();
    let text = String::from_utf8(doctor(&[]).stdout).unwrap();
    for finding in report["findings"].as_array().unwrap() {
        let probe = finding["probe"].as_str().unwrap();
        assert!(text.lines().any(|line| line.split_whitespace().nth(1) == Some(probe)), "{probe}");
    }
}

#[test]
fn one_probe_can_be_asked_alone() {
    let report: Value = serde_json::from_slice(&doctor(&["--json"]).stdout).unwrap();
    let probe = report["findings"][0]["probe"].as_str().unwrap();
    let alone: Value = serde_json::from_slice(&doctor(&["--json", probe]).stdout).unwrap();
    assert_eq!(alone.as_array().unwrap().len(), 1);
    assert_eq!(alone[0]["probe"], probe);
}

#[test]
fn unknown_probe_is_a_usage_error() {
    let output = doctor(&["nope"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().starts_with("insula: there is no probe `nope`\n"));
}

/// In a mount namespace of its own where the module is in use, `/etc/apparmor.d` is empty, and `apparmor_parser` says what it is
/// called with: the shell script `script`, with the binary in `$1`.
fn with_apparmor(script: &str) -> Output {
    const WORLD: &str = r#"
        set -eu
        mount -t tmpfs tmpfs /sys/module
        mkdir -p /sys/module/apparmor/parameters
        echo Y > /sys/module/apparmor/parameters/enabled
        mount -t tmpfs -o mode=755 tmpfs /run
        mount -t tmpfs tmpfs /etc
        mkdir -p /run/bin /etc/apparmor.d
        cat > /run/bin/apparmor_parser <<'END'
#!/bin/sh
echo "$*" >> /run/calls
case $1 in
--skip-kernel-load) cat > /run/checked; test ! -e /run/old || { echo 'syntax error, line 5' >&2; exit 1; } ;;
-r) test ! -e /run/refuses || { echo 'no memory' >&2; exit 1; } ;;
esac
END
        chmod 755 /run/bin/apparmor_parser
        PATH=/run/bin:$PATH
        profile=/etc/apparmor.d/insula
        insula=$1
    "#;
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "--", "sh", "-c", &format!("{WORLD}\n{script}")]);
    command.args(["sh", env!("CARGO_BIN_EXE_insula")]).output().unwrap()
}

#[track_caller]
fn holds(script: &str) {
    let output = with_apparmor(script);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{}{said}", output.status, String::from_utf8_lossy(&output.stdout));
}

#[test]
fn profile_is_written_checked_and_loaded_and_again() {
    holds(
        r#"
        set -x
        $insula doctor --install-apparmor-profile > /run/said
        grep "^wrote .*$insula.*loaded it" /run/said
        grep "^profile insula \"$insula\" flags=(unconfined) {" $profile
        cmp $profile /run/checked
        test "$(tail -n 1 /run/calls)" = "-r $profile"
        test "$(stat -c %a $profile)" = 644
        $insula doctor --install-apparmor-profile > /run/said
        grep '^found ' /run/said
        test "$(ls -A /etc/apparmor.d)" = insula
        $insula doctor --remove-apparmor-profile
        test ! -e $profile
        $insula doctor --remove-apparmor-profile | grep '^there is no'
        "#,
    );
}

#[test]
fn profile_that_the_parser_does_not_understand_is_not_written() {
    holds(
        r#"
        touch /run/old
        ! $insula doctor --install-apparmor-profile 2> /run/said || exit 1
        grep 'cause: .*does not take the rule `userns`: syntax error, line 5' /run/said
        test -z "$(ls -A /etc/apparmor.d)"
        "#,
    );
}

#[test]
fn profile_that_is_not_loaded_is_not_left() {
    holds(
        r#"
        touch /run/refuses
        ! $insula doctor --install-apparmor-profile 2> /run/said || exit 1
        grep 'failed: no memory' /run/said
        test -z "$(ls -A /etc/apparmor.d)"
        "#,
    );
}

#[test]
fn profile_of_somebody_else_stays() {
    holds(
        r#"
        echo '# mine' > $profile
        for what in install remove; do
            ! $insula doctor --$what-apparmor-profile 2> /run/said || exit 1
            grep "not Insula's" /run/said
        done
        test "$(cat $profile)" = '# mine'
        "#,
    );
}

#[test]
fn profile_is_refused_where_apparmor_is_not_in_use() {
    holds(
        r#"
        echo N > /sys/module/apparmor/parameters/enabled
        ! $insula doctor --install-apparmor-profile 2> /run/said || exit 1
        grep 'AppArmor is not in use' /run/said
        test -z "$(ls -A /etc/apparmor.d)"
        "#,
    );
}

#[test]
fn profile_is_installed_or_removed_alone() {
    for words in [
        &["--install-apparmor-profile", "--remove-apparmor-profile"][..],
        &["--install-apparmor-profile", "--json"],
        &["--remove-apparmor-profile", "user"],
    ] {
        assert_eq!(doctor(words).status.code(), Some(2), "{words:?}");
    }
}
