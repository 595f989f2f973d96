//! One isolated process: what it sees, may do and may use.
#![forbid(unsafe_code)]
