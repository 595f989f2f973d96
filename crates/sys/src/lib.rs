//! System calls and ioctls that rustix lacks: the only crate with `unsafe`.

pub mod entry;
pub mod errno;
mod ioctl;
pub mod nsfs;
pub mod pidfd;
