//! The kernel's names of interfaces, made from names that may be longer or hold more than it takes.

use insula_net::IfName;

/// The most bytes of an alternative name: `ALTIFNAMSIZ` without the zero byte at the end.
pub(super) const ALTERNATIVE: usize = 127;

/// The most bytes of a name in a mark: an alias has at most 255, with two names in it.
const MARKED: usize = 96;

/// How an interface is to be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Naming {
    /// The kernel's name.
    pub(super) name: IfName,
    /// The full name where that is another one, if an alternative name can be as long.
    pub(super) full: Option<String>,
    /// Whether it is one that the user asked for.
    pub(super) chosen_by: Chooser,
}

/// Who chose a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chooser {
    /// The user: this or none.
    User,
    /// We: if it is taken, another one will do.
    Us,
}

impl Naming {
    /// For an interface that `text` names.
    pub(super) fn new(text: &str, chosen_by: Chooser) -> Self {
        match IfName::new(text) {
            Ok(name) if name.is_literal() => Self { name, full: None, chosen_by },
            _ => Self {
                name: derived(text),
                full: (text.len() <= ALTERNATIVE && is_alternative_name(text)).then(|| text.to_owned()),
                chosen_by,
            },
        }
    }

    /// What it is called where its name is taken and it may have another.
    pub(super) fn elsewise(&self) -> Option<Self> {
        match self.chosen_by {
            Chooser::User => None,
            Chooser::Us => {
                let text = self.full.clone().unwrap_or_else(|| self.name.to_string());
                let name = derived(&text);
                (name != self.name).then_some(Self { name, full: None, chosen_by: Chooser::User })
            }
        }
    }

    /// What the user calls it.
    pub(super) fn shown(&self) -> &str {
        self.full.as_deref().unwrap_or(self.name.as_str())
    }
}

/// The kernel checks these as it does names, but for their length.
fn is_alternative_name(text: &str) -> bool {
    !text.contains(['/', ':', '%']) && !text.contains(char::is_whitespace)
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
