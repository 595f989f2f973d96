//! Files of control groups, their paths, names of units and messages of a bus.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| insula_cgroup::fuzzing::read(bytes));
