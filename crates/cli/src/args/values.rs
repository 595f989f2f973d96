//! Values of flags as numbers and text.

use std::str::FromStr;

use super::{Arg, Invalid};

/// `value` as UTF-8.
///
/// # Errors
/// [`Invalid`] if it is not.
pub(crate) fn text(value: Arg) -> Result<&'static str, Invalid> {
    value.to_str().ok_or_else(|| Invalid("it is not valid UTF-8".to_owned()))
}

/// `value` as a decimal number of type `N`.
///
/// # Errors
/// [`Invalid`] if it is none, or out of the type's range.
pub(crate) fn number<N: FromStr>(value: Arg) -> Result<N, Invalid> {
    let digits = text(value)?;
    digits.parse().map_err(|_| {
        let all_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        Invalid(if all_digits { "the number is out of range" } else { "it is not a number" }.to_owned())
    })
}

/// The digits of a number of bytes, and the power of two that its suffix K, M, G or T, in either case, stands for.
pub(crate) fn binary_suffix(word: &str) -> (&str, u32) {
    match word.as_bytes().last() {
        Some(b'k' | b'K') => (&word[..word.len() - 1], 10),
        Some(b'm' | b'M') => (&word[..word.len() - 1], 20),
        Some(b'g' | b'G') => (&word[..word.len() - 1], 30),
        Some(b't' | b'T') => (&word[..word.len() - 1], 40),
        _ => (word, 0),
    }
}
