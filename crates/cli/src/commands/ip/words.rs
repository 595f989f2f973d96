//! The words of a command, taken one after the other.

use insula_net::IfName;

use super::Stop;

/// Whether `word` is `full`, or its beginning.
pub(super) fn matches(word: &str, full: &str) -> bool {
    !word.is_empty() && full.starts_with(word)
}

/// The words that are left.
#[derive(Clone, Debug)]
pub(super) struct Words<'a> {
    all: &'a [&'a str],
    at: usize,
}

impl<'a> Words<'a> {
    pub(super) const fn new(all: &'a [&'a str]) -> Self {
        Self { all, at: 0 }
    }

    /// The next word, which stays.
    pub(super) fn peek(&self) -> Option<&'a str> {
        self.all.get(self.at).copied()
    }

    /// The next word.
    pub(super) fn take(&mut self) -> Option<&'a str> {
        let word = self.peek()?;
        self.at += 1;
        Some(word)
    }

    /// The next word, which must be there.
    pub(super) fn value(&mut self) -> Result<&'a str, Stop> {
        self.take().ok_or_else(Stop::incomplete)
    }

    /// Puts the last word back.
    pub(super) fn back(&mut self) {
        self.at = self.at.saturating_sub(1);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.at >= self.all.len()
    }

    /// All that are left.
    pub(super) fn rest(&self) -> &'a [&'a str] {
        &self.all[self.at..]
    }

    /// The next word as a number, as `strtoul(3)` reads it: decimal, `0x…` or `0…`; `what` is wrong with another one.
    pub(super) fn number<N: TryFrom<u64>>(&mut self, what: &str) -> Result<N, Stop> {
        let word = self.value()?;
        number(word).ok_or_else(|| Stop::wrong(word, what))
    }

    /// The next word as `on` or `off`, the value of `key`.
    pub(super) fn on_off(&mut self, key: &str) -> Result<bool, Stop> {
        match self.value()? {
            "on" => Ok(true),
            "off" => Ok(false),
            word => Err(Stop::failed(format!(
                "Error: argument of \"{key}\" must be one of \"off\", \"on\", not \"{word}\""
            ))),
        }
    }
}

/// `word` as the name of an interface.
pub(super) fn if_name(word: &str, what: &str) -> Result<IfName, Stop> {
    IfName::new(word).map_err(|error| {
        Stop::wrong(word, &format!("\"{what}\" not a valid ifname")).cause(error.to_string())
    })
}

/// A number in C's notation: decimal, hexadecimal behind `0x`, octal behind `0`.
pub(super) fn number<N: TryFrom<u64>>(word: &str) -> Option<N> {
    let (digits, radix) = match word.as_bytes() {
        [b'0', b'x' | b'X', ..] => (&word[2..], 16),
        [b'0', _, ..] => (&word[1..], 8),
        _ => (word, 10),
    };
    let plain = digits.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
    u64::from_str_radix(digits, radix).ok().filter(|_| plain).and_then(|number| N::try_from(number).ok())
}

/// A number in hexadecimal, with or without `0x`.
pub(super) fn hexadecimal(word: &str, most: u32) -> Option<u32> {
    let digits = word.strip_prefix("0x").unwrap_or(word);
    u32::from_str_radix(digits, 16).ok().filter(|number| *number <= most && !digits.starts_with('+'))
}
