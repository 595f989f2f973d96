//! What the kernel says of a failure besides the error number.

use std::fmt;

/// A line that the kernel wrote into the log of a file-system context, cut to what fits: `fsconfig(2)`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Said {
    bytes: [u8; Self::SIZE],
}

impl Said {
    pub(crate) const SIZE: usize = 96;

    /// Nothing.
    pub const NOTHING: Self = Self { bytes: [0; Self::SIZE] };

    /// The line; `None` if there is none.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        let line = self.bytes.split(|byte| *byte == 0).next()?;
        // Where it was cut inside a character, the whole ones before are text.
        let text = line.utf8_chunks().next()?.valid().trim_end();
        (!text.is_empty()).then_some(text)
    }

    pub(crate) const fn bytes(&self) -> &[u8; Self::SIZE] {
        &self.bytes
    }

    /// From a line of which the start counts; allocates nothing.
    pub(crate) fn new(line: &[u8]) -> Self {
        let mut said = Self::NOTHING;
        for (place, byte) in said.bytes.iter_mut().zip(line) {
            *place = *byte;
        }
        said
    }
}

impl fmt::Debug for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_line_is_cut_at_a_character() {
        let line = "é".repeat(100);
        let said = Said::new(&line.as_bytes()[1..]);
        assert_eq!(said.text(), None);
        let said = Said::new(line.as_bytes());
        assert_eq!(said.text(), Some(&*"é".repeat(48)));
        assert_eq!(Said::new(format!("x{line}").as_bytes()).text().map(str::len), Some(95));
        assert_eq!(Said::NOTHING.text(), None);
    }
}
