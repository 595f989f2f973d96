//! The name of a node.

use std::fmt;
use std::str::FromStr;

/// The name of a node: 1 to 63 letters, digits, `-`, `_` and `.`, the first of them a letter or digit. It is the host name
/// of the node too.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeName(String);

/// Why a text is no name of a node.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NodeNameError {
    /// It is too short or too long, or has other characters.
    #[error(
        "`{}` cannot be the name of a node: 1 to 63 letters, digits, `-`, `_` and `.`, the first a letter or digit",
        name.escape_debug()
    )]
    Form {
        /// The text.
        name: String,
    },
    /// The word means something else where a link says what it ends in.
    #[error("no node can be called `{name}`: endpoints of links have another use for that word")]
    Reserved {
        /// The text.
        name: String,
    },
}

/// What the first word of an endpoint can be beside the name of a node.
const RESERVED: [&str; 6] = ["host", "mgmt-net", "macvlan", "vxlan", "vxlan-stitch", "dummy"];

impl NodeName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for NodeName {
    type Err = NodeNameError;

    fn from_str(text: &str) -> Result<Self, NodeNameError> {
        let name = text.to_owned();
        if RESERVED.contains(&text) {
            return Err(NodeNameError::Reserved { name });
        }
        let fits = (1..=63).contains(&text.len())
            && text.starts_with(|c: char| c.is_ascii_alphanumeric())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
        if fits { Ok(Self(name)) } else { Err(NodeNameError::Form { name }) }
    }
}

impl fmt::Display for NodeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
