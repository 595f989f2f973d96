//! One line of a map: a block of ids inside, the block outside that it stands for, and their length.

use std::fmt;
use std::str::FromStr;

/// A block of `count` ids from `inside` on, which are the ids from `outside` on in the parent user namespace.
///
/// Plain numbers, of which [`IdMap`](super::IdMap) checks what the kernel would. The order is that of a line of
/// `/proc/PID/uid_map`; see `user_namespaces(7)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Extent {
    /// The first id inside the user namespace.
    pub inside: u32,
    /// The first id outside, in the parent user namespace.
    pub outside: u32,
    /// How many ids.
    pub count: u32,
}

impl Extent {
    /// The outside id that the kernel prints for ids that the reader's own user namespace lacks.
    pub const UNSEEN: u32 = u32::MAX;

    /// The one id `inside`, standing for `outside`.
    #[must_use]
    pub const fn single(inside: u32, outside: u32) -> Self {
        Self { inside, outside, count: 1 }
    }

    /// Whether the outside ids are known: they are not where the reader of the map has no such ids itself.
    #[must_use]
    pub const fn is_seen(&self) -> bool {
        self.outside != Self::UNSEEN
    }

    /// The id outside that `inside` stands for.
    #[must_use]
    pub fn to_outside(&self, inside: u32) -> Option<u32> {
        shift(self.inside, self.outside, self.count, inside).filter(|_| self.is_seen())
    }

    /// The id inside that stands for `outside`.
    #[must_use]
    pub fn to_inside(&self, outside: u32) -> Option<u32> {
        shift(self.outside, self.inside, self.count, outside).filter(|_| self.is_seen())
    }
}

/// Where `id` of the block at `from` lands in the equally long block at `to`.
fn shift(from: u32, to: u32, count: u32, id: u32) -> Option<u32> {
    let offset = id.checked_sub(from).filter(|offset| *offset < count)?;
    to.checked_add(offset)
}

impl fmt::Display for Extent {
    /// `inside:outside:count`, as the options of `unshare(1)` take it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.inside, self.outside, self.count)
    }
}

/// A text that is not `inside:outside:count`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a range of ids: expected INSIDE:OUTSIDE:COUNT, three numbers below 4294967296")]
pub struct ParseExtentError {
    /// The text as it was given.
    pub text: String,
}

impl FromStr for Extent {
    type Err = ParseExtentError;

    fn from_str(text: &str) -> Result<Self, ParseExtentError> {
        let [inside, outside, count] =
            three_ids(text.split(':')).ok_or_else(|| ParseExtentError { text: text.to_owned() })?;
        Ok(Self { inside, outside, count })
    }
}

/// Exactly three ids, or nothing.
pub(super) fn three_ids<'a>(mut words: impl Iterator<Item = &'a str>) -> Option<[u32; 3]> {
    let ids = [id(words.next()?)?, id(words.next()?)?, id(words.next()?)?];
    words.next().is_none().then_some(ids)
}

/// A decimal id without the sign that Rust's parser would take.
pub(super) fn id(word: &str) -> Option<u32> {
    word.bytes().all(|byte| byte.is_ascii_digit()).then(|| word.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn signs_words_and_wrong_lengths_are_refused() {
        for text in ["", "1", "0:0", "0:0:1:1", "+1:0:1", "-1:0:1", "a:0:1", "0: 0:1", "0:0:4294967296", "::"]
        {
            let error = text.parse::<Extent>().unwrap_err();
            assert_eq!(error.text, text);
        }
    }

    #[test]
    fn translation_stops_at_both_ends() {
        let extent = Extent { inside: 10, outside: 1000, count: 5 };
        assert_eq!(extent.to_outside(9), None);
        assert_eq!(extent.to_outside(10), Some(1000));
        assert_eq!(extent.to_outside(14), Some(1004));
        assert_eq!(extent.to_outside(15), None);
        assert_eq!(extent.to_inside(1004), Some(14));
        assert_eq!(extent.to_inside(1005), None);
    }

    proptest! {
        #[test]
        fn parsing_what_was_printed_is_the_identity(inside: u32, outside: u32, count: u32) {
            let extent = Extent { inside, outside, count };
            prop_assert_eq!(extent.to_string().parse::<Extent>(), Ok(extent));
        }

        #[test]
        fn any_text_parses_or_is_refused(text in ".*") {
            let _ = text.parse::<Extent>();
        }
    }
}
