//! The floor of `insula --version`: a static Rust program that prints a line, without the standard library's own `main`.
#![no_main]
use std::io::Write;

#[unsafe(no_mangle)]
extern "C" fn main(_argc: i32, _argv: *const *const u8) -> i32 {
    i32::from(writeln!(std::io::stdout(), "hello 0.1.0").is_err())
}
