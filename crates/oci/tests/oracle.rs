//! What we read of a configuration is what the `oci-spec` crate reads of it, and what the engines wrote.
#![allow(clippy::unwrap_used, reason = "a test says where it fails")]

use insula_oci::spec::Spec;
use proptest::prelude::*;
use serde_json::{Map, Value};

/// Every key of the specification.
const EVERYTHING: &str = include_str!("fixtures/everything.json");

/// Configurations of runtimes and engines: what `spec` of two runtimes prints, what Podman gave to its runtime, and
/// what Docker and containerd give to theirs.
const WRITTEN: [(&str, &str); 8] = [
    ("everything", EVERYTHING),
    ("runc", include_str!("fixtures/runc-spec.json")),
    ("runc, rootless", include_str!("fixtures/runc-spec-rootless.json")),
    ("crun", include_str!("fixtures/crun-spec.json")),
    ("crun, rootless", include_str!("fixtures/crun-spec-rootless.json")),
    ("podman", include_str!("fixtures/podman.json")),
    ("docker", include_str!("fixtures/docker.json")),
    ("cri", include_str!("fixtures/cri.json")),
];

/// Without what says nothing: `null`, `false`, 0, and what is empty. Sets are sorted.
fn essence(value: Value) -> Value {
    let says_something = |value: &Value| match value {
        Value::Null => false,
        Value::Bool(yes) => *yes,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(array) => !array.is_empty(),
        Value::Object(object) => !object.is_empty(),
    };
    match value {
        Value::Array(array) => Value::Array(array.into_iter().map(essence).collect()),
        Value::Object(object) => {
            let object = object.into_iter().map(|(key, mut value)| {
                if let (
                    "bounding" | "effective" | "inheritable" | "permitted" | "ambient",
                    Value::Array(names),
                ) = (key.as_str(), &mut value)
                {
                    names.sort_by_key(ToString::to_string);
                }
                (key, essence(value))
            });
            Value::Object(object.filter(|(_, value)| says_something(value)).collect::<Map<_, _>>())
        }
        value => value,
    }
}

fn ours(text: &str) -> Option<Value> {
    let spec = Spec::parse(text.as_bytes()).ok()?;
    Some(essence(serde_json::to_value(&spec).unwrap()))
}

fn theirs(text: &str) -> Option<Value> {
    let spec: oci_spec::runtime::Spec = serde_json::from_str(text).ok()?;
    Some(essence(serde_json::to_value(&spec).unwrap()))
}

#[test]
fn nothing_that_was_written_is_lost() {
    for (name, text) in WRITTEN {
        assert_eq!(ours(text), Some(essence(serde_json::from_str(text).unwrap())), "{name}");
    }
}

#[test]
fn what_is_read_is_what_the_oracle_reads() {
    for (name, text) in WRITTEN {
        let oracle = serde_json::from_str::<oci_spec::runtime::Spec>(text);
        assert_eq!(oracle.err().map(|error| error.to_string()), None, "{name}");
        assert_eq!(ours(text), theirs(text), "{name}");
    }
}

#[test]
fn what_is_printed_is_read_back_as_it_was() {
    for (name, text) in WRITTEN {
        let spec = Spec::parse(text.as_bytes()).unwrap();
        let printed = serde_json::to_vec_pretty(&spec).unwrap();
        assert_eq!(Spec::parse(&printed).unwrap(), spec, "{name}");
    }
}

#[test]
fn unknown_keys_and_other_platforms_are_passed_over() {
    let mut config: Value = serde_json::from_str(EVERYTHING).unwrap();
    let whole = ours(EVERYTHING);
    config["windows"] = serde_json::json!({"layerFolders": [1]});
    config["vm"] = serde_json::json!({"kernel": {"path": 5}});
    config["process"]["commandLine"] = "x".into();
    config["process"]["user"]["username"] = "y".into();
    config["linux"]["resources"]["memory"]["future"] = serde_json::json!([{}]);
    assert_eq!(ours(&config.to_string()), whole);
}

#[test]
fn null_and_the_empty_string_stand_for_what_is_missing() {
    let config = r#"{"ociVersion":"1.0.0","process":{"cwd":"/","user":null,"args":null,"apparmorProfile":"","terminal":null},
        "hostname":"","mounts":null,"hooks":null,"annotations":null,
        "linux":{"resources":{"devices":[{"allow":true,"type":"","access":null}],"cpu":{"cpus":""}},"rootfsPropagation":"",
        "namespaces":[{"type":"pid","path":""}],"seccomp":null,"sysctl":null}}"#;
    let bare = r#"{"ociVersion":"1.0.0","process":{"cwd":"/"},
        "linux":{"resources":{"devices":[{"allow":true}],"cpu":{}},"namespaces":[{"type":"pid"}]}}"#;
    assert_eq!(Spec::parse(config.as_bytes()).unwrap(), Spec::parse(bare.as_bytes()).unwrap());
}

/// The oracle has two of these names wrong, so that they are in none of the configurations above.
#[test]
fn flags_of_schedulers_have_the_names_of_the_specification() {
    let flags = "RESET_ON_FORK RECLAIM DL_OVERRUN KEEP_POLICY KEEP_PARAMS UTIL_CLAMP_MIN UTIL_CLAMP_MAX";
    for flag in flags.split(' ') {
        let scheduler = format!(r#"{{"policy":"SCHED_DEADLINE","flags":["SCHED_FLAG_{flag}"]}}"#);
        let config = format!(r#"{{"ociVersion":"1.3.0","process":{{"cwd":"/","scheduler":{scheduler}}}}}"#);
        assert!(Spec::parse(config.as_bytes()).is_ok(), "{flag}");
    }
}

/// The paths of all values below a value.
fn pointers(value: &Value, at: &str, all: &mut Vec<String>) {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(object) => object.iter().map(|(key, value)| (key.replace('/', "~1"), value)).collect(),
        Value::Array(array) => array.iter().enumerate().map(|(at, value)| (at.to_string(), value)).collect(),
        _ => return,
    };
    for (key, value) in children {
        let pointer = format!("{at}/{key}");
        pointers(value, &pointer, all);
        all.push(pointer);
    }
}

/// Takes a value away.
fn remove(config: &mut Value, pointer: &str) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match config.pointer_mut(parent) {
        Some(Value::Object(object)) => drop(object.remove(&key.replace("~1", "/"))),
        Some(Value::Array(array)) => {
            let index: usize = key.parse().unwrap();
            if index < array.len() {
                array.remove(index);
            }
        }
        _ => (),
    }
}

proptest! {
    /// Whatever is missing: what both take, both take alike; and what we refuse lacks something that is REQUIRED.
    #[test]
    fn any_part_of_everything_is_read_alike(picks in prop::collection::vec(any::<prop::sample::Index>(), 1..12)) {
        let mut config: Value = serde_json::from_str(EVERYTHING).unwrap();
        let mut all = Vec::new();
        pointers(&config, "", &mut all);
        for pick in picks {
            remove(&mut config, &all[pick.index(all.len())]);
        }
        let text = config.to_string();
        match Spec::parse(text.as_bytes()) {
            Ok(_) => {
                let ours = ours(&text);
                prop_assert_eq!(&ours, &Some(essence(config)));
                if let Some(theirs) = theirs(&text) {
                    prop_assert_eq!(ours.unwrap(), theirs);
                }
            }
            Err(error) => prop_assert!(error.source.to_string().starts_with("missing field"), "{}", error.source),
        }
    }
}
