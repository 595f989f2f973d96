//! Roots and mounts on the real kernel: what the payload finds is read back by the payload itself.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod container;
mod hostile;
mod kinds;
mod root;
mod walls;
mod world;
