//! Sets of kinds: what parses is printed as words that parse to the same.
#![no_main]
use insula_ns::Kinds;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(kinds) = text.parse::<Kinds>() {
        assert_eq!(kinds.to_string().parse(), Ok(kinds));
    }
});
