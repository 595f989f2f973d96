//! The kernel's names of interfaces, made from names that may be longer or hold more than it takes.

use insula_net::{IfName, Link};

/// The most bytes of an alternative name: `ALTIFNAMSIZ` without the zero byte at the end.
pub(super) const ALTERNATIVE: usize = 127;

/// The most bytes of a name in a mark: an alias has at most 255, with two names in it.
const MARKED: usize = 96;

/// The name that an interface was to have, where the kernel's is derived from it: that alternative name. Others say nothing of
/// what people call it: hardware has one for each way to find it.
#[must_use]
pub fn full_name<'a>(name: &str, alternative: &'a [String]) -> Option<&'a str> {
    let is_whole = |other: &&String| derived(other).as_str() == name;
    alternative.iter().find(is_whole).map(String::as_str)
}

/// The name that the user knows an interface by.
#[must_use]
pub fn shown_name(link: &Link) -> &str {
    full_name(&link.name, &link.alternative_names).unwrap_or(&link.name)
}

/// How many interfaces of one network namespace can be meant to have the same name.
const MOST_OF_A_NAME: u8 = 64;

/// How an interface is to be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Naming {
    /// The kernel's name.
    pub(crate) name: IfName,
    /// The full name where that is another one, if an alternative name can be as long.
    pub(crate) full: Option<String>,
    /// Whether it is one that the user asked for.
    pub(super) chosen_by: Chooser,
}

/// Who chose a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Chooser {
    /// The user: this or none.
    User,
    /// We: if it is taken, another one will do.
    Us,
}

impl Naming {
    /// For an interface that `text` names.
    pub(crate) fn new(text: &str, chosen_by: Chooser) -> Self {
        match IfName::new(text) {
            Ok(name) if name.is_literal() => Self { name, full: None, chosen_by },
            _ => Self {
                name: derived(text),
                full: (text.len() <= ALTERNATIVE && is_alternative_name(text)).then(|| text.to_owned()),
                chosen_by,
            },
        }
    }

    /// What it may be called, one after the other: where others have its name, and it need not be that, names made of it.
    pub(super) fn candidates(&self) -> Vec<IfName> {
        let mut all = vec![self.name.clone()];
        if self.chosen_by == Chooser::Us {
            all.push(derived(self.shown()));
            all.extend((2..=MOST_OF_A_NAME).map(|number| derived(&format!("{}{number}", self.shown()))));
        }
        all.dedup();
        all
    }

    /// What the user calls it.
    pub(super) fn shown(&self) -> &str {
        self.full.as_deref().unwrap_or(self.name.as_str())
    }
}

/// What `ip` and paths in `/sys` and `/proc` can name an interface by.
fn is_alternative_name(text: &str) -> bool {
    !text.contains(['/', ':']) && !text.contains(char::is_whitespace)
}

/// A name of at most 15 bytes: what can be read of the beginning, and six characters that stand for all of it.
fn derived(text: &str) -> IfName {
    let readable =
        text.chars().filter(|char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_' | '.'));
    let beginning: String = readable.take(8).collect();
    let beginning = if beginning.is_empty() { "net" } else { beginning.as_str() };
    IfName::new(&format!("{beginning}~{}", digest(text))).expect("at most 8 + 1 + 6 plain characters")
}

/// `text`, or its beginning and a digest where it is long.
pub(super) fn shortened(text: &str) -> Box<str> {
    if text.len() <= MARKED {
        return text.into();
    }
    let end = (0..=MARKED - 8).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    format!("{}~{}", &text[..end], digest(text)).into()
}

/// 30 bits of the FNV-1a hash of `text`, as six characters.
fn digest(text: &str) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let bytes = hash(text).to_le_bytes();
    bytes[..6].iter().map(|byte| char::from(LETTERS[usize::from(byte & 31)])).collect()
}

/// The 64-bit FNV-1a hash.
pub(super) fn hash(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn short_names_stay_and_long_ones_are_found_in_full() {
        let short = Naming::new("web", Chooser::Us);
        assert_eq!((short.name.as_str(), short.full.as_deref()), ("web", None));
        let long = Naming::new("a-name-beyond-fifteen", Chooser::Us);
        assert!(long.name.as_str().starts_with("a-name-b~"), "{}", long.name);
        assert_eq!(long.full.as_deref(), Some("a-name-beyond-fifteen"));
        assert_ne!(Naming::new("a-name-beyond-sixteen", Chooser::Us).name, long.name);
    }

    #[test]
    fn full_name_is_the_one_that_the_name_is_derived_from() {
        let whole = "a-name-beyond-fifteen".to_owned();
        let naming = Naming::new(&whole, Chooser::Us);
        let others = ["enp0s3".to_owned(), whole.clone()];
        assert_eq!(full_name(naming.name.as_str(), &others), Some(whole.as_str()));
        assert_eq!(full_name("eth0", &others), None, "an alternative name that somebody else gave");
    }

    #[test]
    fn name_that_is_taken_often_has_others() {
        let ours = Naming::new("web", Chooser::Us).candidates();
        assert_eq!(ours[0].as_str(), "web");
        let different: std::collections::BTreeSet<&str> = ours.iter().map(IfName::as_str).collect();
        assert_eq!(different.len(), ours.len());
        assert_eq!(Naming::new("web", Chooser::User).candidates().len(), 1);
        let long = Naming::new("a-name-beyond-fifteen", Chooser::Us);
        assert_eq!(long.candidates().iter().filter(|name| **name == long.name).count(), 1);
    }

    #[test]
    fn pattern_is_not_expanded() {
        assert!(!Naming::new("web%d", Chooser::Us).name.as_str().contains('%'));
    }

    proptest! {
        #[test]
        fn every_text_has_a_name(text: String) {
            let naming = Naming::new(&text, Chooser::Us);
            prop_assert!(naming.name.as_str().len() <= 15);
            prop_assert!(shortened(&text).len() <= MARKED);
        }
    }
}
