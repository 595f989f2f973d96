//! Single words of the command line: capabilities, limits, targets, names of sets. None panics.
#![no_main]
use insula_engine::set::SetName;
use insula_engine::target::Target;
use insula_sandbox::capability::{Capability, CapabilitySet};
use insula_sandbox::Rlimit;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(capability) = text.parse::<Capability>() {
        assert_eq!(capability.to_string().parse::<Capability>().ok(), Some(capability));
    }
    if let Ok(name) = text.parse::<SetName>() {
        // A name becomes a file below a directory of ours, and must stay there.
        assert!(!name.to_string().contains('/') && !name.to_string().starts_with('.'));
    }
    let _ = (text.parse::<CapabilitySet>(), text.parse::<Rlimit>(), Target::parse(text));
});
