//! Lists of processors and memory nodes.

use std::fmt;

/// What the numbers of a list stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListOf {
    /// Processors.
    Processors,
    /// Memory nodes.
    MemoryNodes,
}

impl ListOf {
    /// How many Linux can be built for: `CONFIG_NR_CPUS` is at most 8192, `CONFIG_NODES_SHIFT` at most 10. The kernel that runs
    /// may have been built for fewer, and refuses what is beyond them.
    const fn most(self) -> u32 {
        match self {
            Self::Processors => 8192,
            Self::MemoryNodes => 1024,
        }
    }
}

impl fmt::Display for ListOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Processors => "processors",
            Self::MemoryNodes => "memory nodes",
        })
    }
}

/// Numbers of processors or memory nodes, as the kernel reads and writes them: `0-3,7`, or `0-31:2/8` for the first two of
/// every eight. See "List format" in `cpuset(7)`, and `bitmap_parselist()` of the kernel.
///
/// ```
/// use insula_cgroup::{ListOf, NumberList};
/// let list = NumberList::parse("0-3,7", ListOf::Processors)?;
/// assert_eq!(list.numbers().collect::<Vec<_>>(), [0, 1, 2, 3, 7]);
/// assert_eq!(list.words(), [0b1000_1111]);
/// # Ok::<(), insula_cgroup::NumberListError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NumberList {
    /// A bit for each number, without words of zeros at the end.
    words: Vec<u64>,
}

/// Why a text is no list of numbers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NumberListError {
    /// It has not the form.
    #[error("`{}` is no list of numbers such as `0-3,7`", list.escape_debug())]
    Form {
        /// The text.
        list: Box<str>,
    },
    /// A number is too large.
    #[error("{number} is too large: there can be {most} {of}")]
    Range {
        /// The number.
        number: u64,
        /// Of what.
        of: ListOf,
        /// How many of these there can be.
        most: u32,
    },
}

impl NumberList {
    /// Reads a list. Blanks around its parts do not matter; a text of nothing else is the empty list.
    ///
    /// # Errors
    /// [`NumberListError`].
    pub fn parse(text: &str, of: ListOf) -> Result<Self, NumberListError> {
        let form = || NumberListError::Form { list: text.into() };
        let mut list = Self::default();
        if text.trim().is_empty() {
            return Ok(list);
        }
        for part in text.split(',') {
            let Part { first, last, used, group } = Part::parse(part.trim()).ok_or_else(form)?;
            let most = of.most();
            if last >= u64::from(most) {
                return Err(NumberListError::Range { number: last, of, most });
            }
            let wanted = (first..=last).filter(|number| (number - first) % group < used);
            wanted.for_each(|number| list.insert(number));
        }
        Ok(list)
    }

    fn insert(&mut self, number: u64) {
        let word = usize::try_from(number / 64).expect("below 8192");
        if self.words.len() <= word {
            self.words.resize(word + 1, 0);
        }
        self.words[word] |= 1 << (number % 64);
    }

    /// Whether there is no number in it.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The numbers, the least first.
    pub fn numbers(&self) -> impl Iterator<Item = u16> {
        let bits = u16::try_from(self.words.len() * 64).expect("at most 8192");
        (0..bits).filter(|number| self.words[usize::from(number / 64)] >> (number % 64) & 1 == 1)
    }

    /// A bit for each number, the lowest first, as `sched_setaffinity(2)` and `set_mempolicy(2)` have them.
    #[must_use]
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// The same in bytes, without zeros at the end.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes: Vec<u8> = self.words.iter().flat_map(|word| word.to_le_bytes()).collect();
        bytes.truncate(bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1));
        bytes
    }
}

/// What is between two commas: of each `group` from `first` to `last`, the first `used`.
struct Part {
    first: u64,
    last: u64,
    used: u64,
    group: u64,
}

impl Part {
    fn parse(text: &str) -> Option<Self> {
        let (range, stride) =
            text.split_once(':').map_or((text, None), |(range, stride)| (range, Some(stride)));
        let (first, last) = match range.split_once('-') {
            Some((first, last)) => (number(first)?, number(last)?),
            None if stride.is_none() => (number(range)?, number(range)?),
            None => return None,
        };
        let (used, group) = match stride.map(|stride| stride.split_once('/')) {
            None => (1, 1),
            Some(stride) => stride.and_then(|(used, group)| Some((number(used)?, number(group)?)))?,
        };
        (first <= last && group > 0 && used <= group).then_some(Self { first, last, used, group })
    }
}

/// A number in decimal digits alone.
fn number(text: &str) -> Option<u64> {
    text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn numbers(text: &str) -> Result<Vec<u16>, NumberListError> {
        NumberList::parse(text, ListOf::Processors).map(|list| list.numbers().collect())
    }

    #[test]
    fn lists_are_read_as_the_kernel_reads_them() {
        for (text, expected) in [
            ("", &[][..]),
            ("0-2,7", &[0, 1, 2, 7]),
            (" 9 , 3\n", &[3, 9]),
            ("0-7:2/4,9", &[0, 1, 4, 5, 9]),
            ("1-8:1/3", &[1, 4, 7]),
            ("0-3:0/1", &[]),
            ("8191", &[8191]),
        ] {
            assert_eq!(numbers(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_list_is_refused() {
        for text in [
            "3-1",
            "x",
            "-",
            "1-",
            "0,,1",
            ",",
            "+1",
            "1:1/2",
            "0-3:",
            "0-3:1",
            "0-3:2/1",
            "0-3:0/0",
            "0-3:1/2/3",
        ] {
            assert_eq!(numbers(text), Err(NumberListError::Form { list: text.into() }), "{text}");
        }
        for (of, most) in [(ListOf::Processors, 8192), (ListOf::MemoryNodes, 1024)] {
            assert!(NumberList::parse(&format!("0-{}", most - 1), of).is_ok());
            let beyond = NumberList::parse(&format!("0-{most}"), of);
            assert_eq!(beyond, Err(NumberListError::Range { number: most.into(), of, most }));
        }
    }

    #[test]
    fn bits_are_there_as_words_and_bytes() {
        let list = NumberList::parse("9,64", ListOf::MemoryNodes).unwrap();
        assert_eq!(list.words(), [1 << 9, 1]);
        assert_eq!(list.bytes(), [0, 0b10, 0, 0, 0, 0, 0, 0, 1]);
        assert!(NumberList::default().bytes().is_empty());
    }

    proptest! {
        #[test]
        fn a_list_that_was_written_is_read_back(all in prop::collection::btree_set(0_u16..8192, 0..40)) {
            let text = all.iter().map(u16::to_string).collect::<Vec<_>>().join(",");
            prop_assert_eq!(numbers(&text).unwrap(), all.into_iter().collect::<Vec<_>>());
        }

        #[test]
        fn no_text_is_too_odd(text in "[0-9,:/-]{0,12}|.*") {
            let _ = numbers(&text);
        }
    }
}
