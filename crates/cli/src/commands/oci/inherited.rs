//! What the caller has passed to us: descriptors from 3 on, of which the first may be sockets from systemd.

/// How many sockets systemd has passed to this process: `sd_listen_fds(3)`. What was meant for another process, such as the one
/// that called us, is none of ours.
pub(super) fn activated() -> u32 {
    let number = |name| std::env::var(name).ok()?.parse::<u32>().ok();
    if number("LISTEN_PID") == Some(std::process::id()) { number("LISTEN_FDS").unwrap_or(0) } else { 0 }
}
