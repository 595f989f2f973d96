//! Configurations of containers: any bytes are one or an error, and one that is printed comes back as it was.
#![no_main]
use insula_oci::spec::{MountOptions, Spec};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(spec) = Spec::parse(bytes) else { return };
    let _ = spec.validate();
    for mount in &spec.mounts {
        let options = MountOptions::parse(&mount.options);
        assert!(options.data.len() <= mount.options.len());
    }
    let printed = serde_json::to_vec(&spec).expect("a configuration can be printed");
    assert_eq!(Spec::parse(&printed).expect("what is printed is a configuration"), spec);
});
