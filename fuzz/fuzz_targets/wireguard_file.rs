//! Configuration files of WireGuard, and the words of options that are about networks.
#![no_main]

use insula_net::traffic::{Probability, Rate};
use insula_net::wireguard::Config;
use insula_net::{IfName, Prefix, Setting};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = text.parse::<Config>();
    let _ = text.parse::<Setting>();
    let _ = text.parse::<IfName>();
    if let Ok(prefix) = text.parse::<Prefix>() {
        assert_eq!(prefix.to_string().parse(), Ok(prefix));
    }
    if let Ok(rate) = text.parse::<Rate>() {
        assert_eq!(rate.to_string().parse(), Ok(rate));
    }
    let _ = text.parse::<Probability>();
});
