//! `process.capabilities`.

use insula_sandbox::capability::Capability;
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

impl Capabilities {
    /// Each set with its key.
    #[must_use]
    pub fn named(&self) -> [(&'static str, &[String]); 5] {
        [
            ("bounding", &self.bounding),
            ("effective", &self.effective),
            ("inheritable", &self.inheritable),
            ("permitted", &self.permitted),
            ("ambient", &self.ambient),
        ]
    }

    /// The capability of this name, which is `CAP_` and capitals, as runc takes it.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Capability> {
        let bare = name.strip_prefix("CAP_")?;
        let is_name = bare.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
        is_name.then(|| name.parse().ok())?
    }
}
