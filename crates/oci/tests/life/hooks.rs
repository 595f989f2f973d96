//! `config.md`, "POSIX-platform Hooks": when each runs, where, and what becomes of its failure.

use insula_oci::Deletion;
use serde_json::{Value, json};

use crate::bundle::Home;

/// A hook that writes down its list, and what it finds with `look`.
fn hook(home: &Home, list: &str, look: &str) -> Value {
    let log = home.path("log").display().to_string();
    json!({
        "path": "/bin/sh",
        "args": ["hook", "-c", format!("echo {list} $(cat) $({look}) >>{log}")],
        "env": ["PATH=/usr/bin:/bin"]
    })
}

fn log(home: &Home) -> Vec<String> {
    let text = std::fs::read_to_string(home.path("log")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn hooks_run_at_their_place_with_the_state() {
    let mut home = Home::new();
    home.script("echo program >>/out2");
    let root = home.root();
    let program = root.join("out2");
    let ran = format!("test -e {} && echo ran", program.display());
    home.config["hooks"] = json!({
        "prestart": [hook(&home, "prestart", "hostname")],
        "createRuntime": [hook(&home, "createRuntime", "hostname")],
        "createContainer": [hook(&home, "createContainer", "hostname")],
        "poststart": [hook(&home, "poststart", "true")],
        "poststop": [hook(&home, "poststop", &ran)],
        "startContainer": [{
            "path": "/bin/sh",
            "args": ["sh", "-c", "echo $(cat) $(hostname) $(readlink /proc/1/exe) >/started; test ! -e /out2"],
            "env": ["PATH=/bin"]
        }]
    });
    let here = rustix::system::uname().nodename().to_str().unwrap().to_owned();
    let mut made = home.create("hooked");
    let lines = log(&home);
    assert_eq!(lines.len(), 3, "{lines:?}");
    for (line, (list, host)) in
        lines.iter().zip([("prestart", &*here), ("createRuntime", &here), ("createContainer", "inside")])
    {
        assert!(line.starts_with(list) && line.ends_with(host), "{line}");
        assert!(line.contains("\"status\":\"creating\""), "{line}");
        assert!(line.contains(&format!("\"pid\":{}", made.child.pid())), "{line}");
    }
    assert!(!program.exists());
    assert!(made.container.start().unwrap().is_empty());
    made.child.wait().unwrap();
    let started = std::fs::read_to_string(root.join("started")).unwrap();
    assert!(started.contains("\"status\":\"created\"") && started.contains(" inside "), "{started}");
    assert!(log(&home)[3].starts_with("poststart"));
    made.container.delete(&home.runtime(), Deletion::Stopped).unwrap();
    let last = log(&home)[4].clone();
    assert!(last.starts_with("poststop") && last.contains("stopped") && last.ends_with("ran"), "{last}");
}

#[test]
fn hook_that_fails_ends_the_creation_and_leaves_nothing() {
    for list in ["prestart", "createRuntime", "createContainer"] {
        let mut home = Home::new();
        home.config["hooks"] = json!({
            list: [{"path": "/bin/sh", "args": ["sh", "-c", "echo no luck >&2; exit 3"]}],
            "poststop": [hook(&home, "poststop", "true")]
        });
        let error = home.refusal("hooked");
        assert_eq!(error, format!("hook `/bin/sh` of `{list}` ended with status 3: no luck"));
        assert_eq!(home.runtime().ids().unwrap(), []);
        assert_eq!(log(&home).len(), 1, "poststop hooks run");
    }
}

#[test]
fn hook_that_takes_too_long_is_killed() {
    let mut home = Home::new();
    home.config["hooks"] =
        json!({"createRuntime": [{"path": "/bin/sleep", "args": ["sleep", "100"], "timeout": 1}]});
    let error = home.refusal("hooked");
    assert_eq!(error, "hook `/bin/sleep` of `createRuntime` was killed: it took longer than 1 s");
}

#[test]
fn hook_that_fails_after_the_start_is_a_warning() {
    let mut home = Home::new();
    home.script("true");
    home.config["hooks"] = json!({"poststart": [{"path": "/no/such/hook"}]});
    let mut made = home.create("hooked");
    let warnings = made.container.start().unwrap();
    assert_eq!(warnings.len(), 1);
    assert!(
        warnings[0].to_string().contains("`/no/such/hook` of `poststart` did not start"),
        "{}",
        warnings[0]
    );
    made.child.wait().unwrap();
    made.container.delete(&home.runtime(), Deletion::Stopped).unwrap();
}

/// `run` is `create` and `start`.
#[test]
fn hooks_around_the_start_are_run_of_a_container_that_runs_at_once() {
    let mut home = Home::new();
    let log = home.path("poststart");
    home.config["hooks"] = json!({
        "startContainer": [{"path": "/bin/sh", "args": ["sh", "-c", "echo started >/tmp/started"]}],
        "poststart": [{"path": "/bin/sh", "args": ["sh", "-c", format!("echo after >{}", log.display())]}]
    });
    let (text, status) = home.run("cat /tmp/started");
    assert!(status.success());
    assert_eq!(text, "started\n");
    assert_eq!(std::fs::read_to_string(log).unwrap(), "after\n");
    home.config["hooks"] = json!({"startContainer": [{"path": "/bin/false"}]});
    let id = insula_oci::ContainerId::new("one").unwrap();
    let creation = insula_oci::Creation { when: insula_oci::When::Now, ..Default::default() };
    let error = home.runtime().create(&id, &home.bundle(), creation).unwrap_err();
    assert!(error.to_string().starts_with("hook `/bin/false` of `startContainer` "), "{error}");
    assert!(std::fs::read_dir(home.path("state")).unwrap().next().is_none(), "nothing is left");
}
