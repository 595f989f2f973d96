//! What can stand where a value is expected, for the shells' completion.

use crate::args::{Names, Value};

/// The sort of words that a shell can offer for a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Words {
    /// One of these.
    Of(&'static [&'static str]),
    /// A path.
    Files,
    /// A directory.
    Directories,
    /// A name from the user database.
    Users,
    /// A name from the group database.
    Groups,
    /// Nothing that a shell knows.
    Unknown,
}

/// The names of the eight kinds of namespace.
const KINDS: &[&str] = &["cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"];

/// What fits the value of a flag, by its list of choices or else by its name in the manual; `None` without a value.
pub(crate) fn fitting(flag: &Names) -> Option<Words> {
    let (Value::Required(name) | Value::Optional(name)) = flag.value else { return None };
    Some(match name {
        _ if !flag.choices.is_empty() => Words::Of(flag.choices),
        "KIND" | "KINDS" | "TYPE" => Words::Of(KINDS),
        "FILE" | "PATH" => Words::Files,
        "DIR" => Words::Directories,
        "USER" => Words::Users,
        "GROUP" => Words::Groups,
        _ => Words::Unknown,
    })
}

/// How the flag is written with its value: `--output LIST`, `--mount[=FILE]`.
pub(crate) fn with_value(flag: &Names) -> String {
    match (flag.value, flag.long) {
        (Value::None, _) => flag.shown(),
        (Value::Required(name), _) => format!("{} {name}", flag.shown()),
        (Value::Optional(name), "") => format!("{}[{name}]", flag.shown()),
        (Value::Optional(name), _) => format!("{}[={name}]", flag.shown()),
    }
}
