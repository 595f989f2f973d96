//! How wide a text is: as wide as it gets in the fonts that the pictures name.

use unicode_width::UnicodeWidthChar as _;

/// A font of the pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::commands::map) enum Font {
    /// Titles: bold, 13 pixels.
    Title,
    /// Processes, interfaces and addresses: monospaced, 11 pixels.
    Data,
    /// Notes: 11 pixels.
    Note,
}

/// The width in pixels.
pub(super) fn width(text: &str, font: Font) -> i32 {
    let thousandths: i32 = text.chars().map(|letter| letter_width(letter, font)).sum();
    thousandths / 1000 + 1
}

/// In thousandths of a pixel.
fn letter_width(letter: char, font: Font) -> i32 {
    let wide = letter.width().unwrap_or(1) > 1;
    match font {
        // All monospaced fonts in use have 0.6 em or a little more.
        Font::Data if wide => 13_260,
        Font::Data => 6_630,
        Font::Title | Font::Note => {
            let em = if font == Font::Title { 13 } else { 11 };
            let bold = if font == Font::Title { 60 } else { 0 };
            let share = match letter {
                _ if wide => 1000,
                'i' | 'j' | 'l' | '\'' | '.' | ',' | ':' | ';' | '|' | '!' => 300,
                'f' | 'r' | 't' | ' ' | '(' | ')' | '[' | ']' | '-' | '/' => 400,
                'm' | 'w' | 'M' | 'W' | '@' | '%' | '—' => 980,
                'A'..='Z' => 710,
                _ => 620,
            };
            em * (share + bold)
        }
    }
}

/// `text`, or as much of it as is at most `limit` pixels wide, with an ellipsis.
pub(super) fn clipped(text: &str, font: Font, limit: i32) -> String {
    if width(text, font) <= limit {
        return text.to_owned();
    }
    let limit = i64::from(limit) * 1000 - i64::from(letter_width('…', font));
    let mut used = 0;
    let fits = |letter: &char| {
        used += i64::from(letter_width(*letter, font));
        used <= limit
    };
    let mut clipped: String = text.chars().take_while(fits).collect();
    clipped.truncate(clipped.trim_end().len());
    clipped.push('…');
    clipped
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_clipped_fits(text in "\\PC{0,60}", limit in 20..400) {
            for font in [Font::Title, Font::Data, Font::Note] {
                prop_assert!(width(&clipped(&text, font, limit), font) <= limit + 1);
            }
        }
    }
}
