//! The content of a record: JSON that says first which version of the format it is.

use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Why a record cannot be read.
#[derive(Debug)]
pub(crate) enum Unreadable {
    /// It is not what a record is.
    Invalid(serde_json::Error),
    /// It is of this other version.
    Version(u32),
}

impl From<serde_json::Error> for Unreadable {
    fn from(source: serde_json::Error) -> Self {
        Self::Invalid(source)
    }
}

/// The part of a record that says how to read the rest.
#[derive(Deserialize)]
struct Header {
    version: u32,
}

/// Reads a record of `version`, the only one that is understood.
pub(crate) fn parse<T: DeserializeOwned>(text: &[u8], version: u32) -> Result<T, Unreadable> {
    let header: Header = serde_json::from_slice(text)?;
    if header.version != version {
        return Err(Unreadable::Version(header.version));
    }
    Ok(serde_json::from_slice(text)?)
}
