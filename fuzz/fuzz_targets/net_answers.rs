//! Messages of the kernel, as the answer to every list.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| insula_net::fuzzing::read_answers(bytes));
