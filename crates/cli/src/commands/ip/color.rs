//! Colours, with the roles and codes that iproute2 has for them.

/// What is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Color {
    Interface,
    LinkAddress,
    Inet,
    Inet6,
    Up,
    Down,
    None,
}

/// How colours are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Palette {
    /// Not at all.
    Plain,
    /// For a light background.
    Light,
    /// Bold, for a dark background.
    Dark,
}

/// What ends a colour.
pub(super) const CLEAR: &str = "\x1b[0m";

impl Palette {
    /// That of the terminal, by the background that `COLORFGBG` tells: 0 to 6 and 8 are dark.
    pub(super) fn of_terminal() -> Self {
        let value = std::env::var("COLORFGBG").unwrap_or_default();
        match value.rsplit_once(';').map(|(_, background)| background.as_bytes()) {
            Some([b'0'..=b'6' | b'8']) => Self::Dark,
            _ => Self::Light,
        }
    }

    /// What begins `color`; nothing where there is none.
    pub(super) fn begin(self, color: Color) -> Option<&'static str> {
        let (light, dark) = match color {
            Color::Interface => ("\x1b[36m", "\x1b[1;36m"),
            Color::LinkAddress => ("\x1b[33m", "\x1b[1;33m"),
            Color::Inet => ("\x1b[35m", "\x1b[1;35m"),
            Color::Inet6 => ("\x1b[34m", "\x1b[1;34m"),
            Color::Up => ("\x1b[32m", "\x1b[1;32m"),
            Color::Down => ("\x1b[31m", "\x1b[1;31m"),
            Color::None => return None,
        };
        match self {
            Self::Plain => None,
            Self::Light => Some(light),
            Self::Dark => Some(dark),
        }
    }
}
