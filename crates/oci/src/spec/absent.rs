//! Values that are there and say nothing: Go reads `null` and `""` as if the key were missing, and writes both.

use serde::{Deserialize, Deserializer};

/// A value; the default of its type for `null`.
pub(super) fn or_null<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    from: D,
) -> Result<T, D::Error> {
    Option::deserialize(from).map(Option::unwrap_or_default)
}

/// A text; none for `null` and `""`.
pub(super) fn or_empty<'de, D: Deserializer<'de>, T: From<String>>(from: D) -> Result<Option<T>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    Ok(text.filter(|text| !text.is_empty()).map(T::from))
}
