//! What is printed, and how commands end, where there is no container.

use serde_json::Value;

use super::home::{Home, Tool};
use super::{Fact, Need};

pub(crate) const FACTS: &[Fact] = &[
    Fact { name: "spec_is_that_of_runc", needs: &[Need::Runc], holds: spec_is_that_of_runc },
    Fact {
        name: "a_config_that_is_there_is_not_touched",
        needs: &[],
        holds: a_config_that_is_there_is_not_touched,
    },
    Fact { name: "a_list_of_nothing_is_that_of_runc", needs: &[Need::Runc], holds: a_list_of_nothing },
    Fact {
        name: "a_failure_ends_and_is_logged_as_runc_does",
        needs: &[Need::Runc],
        holds: a_failure_is_logged,
    },
    Fact { name: "features_have_what_the_document_must_have", needs: &[], holds: features_are_told },
    Fact { name: "engines_find_the_version", needs: &[], holds: engines_find_the_version },
    Fact { name: "a_name_that_leads_elsewhere_is_refused", needs: &[], holds: a_name_that_leads_elsewhere },
];

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// Version, name and, as newer versions of runc have them, the paths that are hidden are each one's own.
fn spec_is_that_of_runc() {
    for rootless in [&["spec"][..], &["spec", "--rootless"]] {
        let configs = [Tool::Insula, Tool::Runc].map(|tool| {
            let home = Home::new(tool);
            home.output(rootless);
            let mut config = json(&std::fs::read_to_string(home.path("config.json")).unwrap());
            for key in ["ociVersion", "hostname"] {
                config[key] = Value::Null;
            }
            for key in ["maskedPaths", "readonlyPaths"] {
                config["linux"][key] = Value::Null;
            }
            config
        });
        let [ours, theirs] = configs;
        assert_eq!(ours, theirs, "{rootless:?}");
    }
}

fn a_config_that_is_there_is_not_touched() {
    let home = Home::new(Tool::Insula);
    std::fs::write(home.path("config.json"), "mine").unwrap();
    assert_eq!(home.run(&["spec"]).status.code(), Some(1));
    assert_eq!(std::fs::read_to_string(home.path("config.json")).unwrap(), "mine");
}

fn a_list_of_nothing() {
    for arguments in [&["list"][..], &["list", "--quiet"], &["list", "-f", "json"]] {
        let [ours, theirs, personality] =
            [Tool::Insula, Tool::Runc, Tool::Personality].map(|tool| Home::new(tool).output(arguments));
        assert_eq!(ours, theirs, "{arguments:?}");
        assert_eq!(personality, theirs, "{arguments:?}");
    }
}

/// The status, and the keys of the line that engines read.
fn a_failure_is_logged() {
    for arguments in [
        &["state", "nobody"][..],
        &["kill", "nobody"],
        &["delete", "nobody"],
        &["start", "nobody"],
        &["start"],
    ] {
        let [ours, theirs] = [Tool::Insula, Tool::Runc].map(|tool| {
            let home = Home::new(tool);
            let log = home.path("log");
            let global = ["--log", log.to_str().unwrap(), "--log-format", "json"];
            let output = home.run(&[&global[..], arguments].concat());
            assert!(!output.stderr.is_empty(), "{arguments:?}");
            let text = std::fs::read_to_string(&log).unwrap();
            let line = json(text.lines().last().unwrap());
            let keys: Vec<String> = line.as_object().unwrap().keys().cloned().collect();
            let message = line["msg"].as_str().unwrap().to_owned();
            (output.status.code(), line["level"].clone(), keys, message.contains("does not exist"))
        });
        assert_eq!(ours, theirs, "{arguments:?}");
    }
    assert_eq!(Home::new(Tool::Insula).run(&["delete", "--force", "nobody"]).status.code(), Some(0));
}

fn features_are_told() {
    let features = json(&Home::new(Tool::Insula).output(&["features"]));
    assert_eq!(features["ociVersionMax"], "1.3.0");
    for pointer in ["/hooks", "/mountOptions", "/linux/namespaces", "/linux/capabilities"] {
        assert!(!features.pointer(pointer).unwrap().as_array().unwrap().is_empty(), "{pointer}");
    }
    // What `process.apparmorProfile` and `process.selinuxLabel` ask for is done, where the kernel has the module.
    for module in ["apparmor", "selinux"] {
        assert_eq!(features["linux"][module]["enabled"], true, "{module}");
    }
}

/// Docker takes what is before and behind `version` in the first line, Podman the whole text.
fn engines_find_the_version() {
    for (tool, name) in [(Tool::Insula, "insula"), (Tool::Personality, "runc")] {
        for flag in ["--version", "-v"] {
            let text = Home::new(tool).output(&[flag]);
            let expected = format!("{name} version {}\nspec: 1.3.0\n", env!("CARGO_PKG_VERSION"));
            assert_eq!(text, expected);
        }
    }
}

fn a_name_that_leads_elsewhere() {
    let home = Home::new(Tool::Insula);
    std::fs::create_dir_all(home.path("state/inside")).unwrap();
    std::fs::create_dir(home.path("outside")).unwrap();
    let long = "a".repeat(10_000);
    for name in ["../outside", "..", ".", "", "inside/..", "a/b", "/etc", "a\nb", &long] {
        for command in
            ["state", "delete", "kill", "start", "pause", "resume", "ps", "events", "update", "create", "run"]
        {
            let output = home.run(&[command, name]);
            assert_eq!(output.status.code(), Some(1), "{command} {name:?}");
        }
        assert_eq!(home.run(&["delete", "--force", name]).status.code(), Some(1), "{name:?}");
        assert!(!home.run(&["exec", name, "true"]).status.success(), "{name:?}");
    }
    assert!(home.path("outside").exists() && home.path("state/inside").exists());
    std::fs::remove_dir(home.path("state/inside")).unwrap();
}
