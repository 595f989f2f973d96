//! The filter language of `lsns -Q`, which lies in the binary's crate. Whatever parses can be evaluated.
#![no_main]
#![allow(dead_code, unused_imports, reason = "of the binary's modules, one is tried here")]
use libfuzzer_sys::fuzz_target;

#[path = "../../crates/cli/src/filter/mod.rs"]
mod filter;
#[path = "../../crates/cli/src/table/mod.rs"]
mod table;

fuzz_target!(|text: &str| {
    let columns = ["NS", "TYPE", "COMMAND"];
    if let Ok(filter) = filter::Filter::parse(text, |name| columns.iter().position(|column| *column == name)) {
        assert!(filter.columns().iter().all(|column| *column < columns.len()));
        filter.accepts(|_| table::Cell::Empty);
    }
});
