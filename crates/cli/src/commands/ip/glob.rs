//! Patterns as `fnmatch(3)` has them: `*`, `?` and `[…]`.

/// A pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Glob(Vec<char>);

impl Glob {
    pub(super) fn new(pattern: &str) -> Self {
        Self(pattern.chars().collect())
    }

    /// Whether the whole of `text` is what the pattern says.
    pub(super) fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        // Where to go on after the last star: it takes one character more each time.
        let (mut pattern, mut at, mut star) = (0, 0, None);
        while at < text.len() {
            match self.0.get(pattern) {
                Some('*') => {
                    star = Some((pattern + 1, at));
                    pattern += 1;
                    continue;
                }
                Some(_) => {
                    if let Some(next) = self.one(pattern, text[at]) {
                        (pattern, at) = (next, at + 1);
                        continue;
                    }
                }
                None => {}
            }
            let Some((after, from)) = star else { return false };
            star = Some((after, from + 1));
            (pattern, at) = (after, from + 1);
        }
        self.0[pattern..].iter().all(|rest| *rest == '*')
    }

    /// What follows in the pattern if its part from `at` on takes `char`.
    fn one(&self, at: usize, char: char) -> Option<usize> {
        match self.0[at] {
            '?' => Some(at + 1),
            '\\' if at + 1 < self.0.len() => (self.0[at + 1] == char).then_some(at + 2),
            '[' => match self.set(at + 1, char) {
                Some((end, true)) => Some(end),
                Some((_, false)) => None,
                // Without its end a bracket is one.
                None => (char == '[').then_some(at + 1),
            },
            plain => (plain == char).then_some(at + 1),
        }
    }

    /// The end of the set that starts at `at`, and whether `char` is in it.
    fn set(&self, mut at: usize, char: char) -> Option<(usize, bool)> {
        let negated = matches!(self.0.get(at), Some('!' | '^'));
        at += usize::from(negated);
        let start = at;
        let mut found = false;
        loop {
            let first = *self.0.get(at)?;
            if first == ']' && at > start {
                return Some((at + 1, found != negated));
            }
            if self.0.get(at + 1) == Some(&'-') && self.0.get(at + 2).is_some_and(|last| *last != ']') {
                found |= (first..=self.0[at + 2]).contains(&char);
                at += 3;
            } else {
                found |= first == char;
                at += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn stars_marks_and_sets() {
        let matches = |pattern, text| Glob::new(pattern).matches(text);
        assert!(
            matches("v*:*x", "v0:ax")
                && matches("*", "")
                && matches("v?[0-9]", "vb7")
                && matches("[!a]b", "cb")
        );
        assert!(!matches("v", "v0") && !matches("[!a]b", "ab") && !matches("?", "") && matches("[x", "[x"));
    }

    proptest! {
        #[test]
        fn no_pattern_panics(pattern in "[ab*?!^\\\\\\[\\]-]{0,8}", text in "[ab-]{0,6}") {
            Glob::new(&pattern).matches(&text);
        }
    }
}
