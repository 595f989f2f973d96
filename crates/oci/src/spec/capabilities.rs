//! `process.capabilities`.

use serde::{Deserialize, Serialize};

use super::absent;

/// The five capability sets: `config.md`, "Linux Process", `capabilities`, and `capabilities(7)`.
///
/// Names as the document has them, `CAP_NET_ADMIN`: one that nobody knows is a warning, as runc has it, no error.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities {
    /// What no program that is executed can exceed.
    #[serde(default, deserialize_with = "absent::or_null", skip_serializing_if = "Vec::is_empty")]
    pub bounding: Vec<String>,
    /// What the kernel checks.
    #[serde(default, deserialize_with = "absent::or_null", skip_serializing_if = "Vec::is_empty")]
    pub effective: Vec<String>,
    /// What is kept across `execve` by programs that have it inheritable too.
    #[serde(default, deserialize_with = "absent::or_null", skip_serializing_if = "Vec::is_empty")]
    pub inheritable: Vec<String>,
    /// What can become effective.
    #[serde(default, deserialize_with = "absent::or_null", skip_serializing_if = "Vec::is_empty")]
    pub permitted: Vec<String>,
    /// What is kept across `execve` by programs without capabilities of their own.
    #[serde(default, deserialize_with = "absent::or_null", skip_serializing_if = "Vec::is_empty")]
    pub ambient: Vec<String>,
}
