//! One line of shell, and what is to be true of it.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// Something that holds of our tool.
#[derive(Debug)]
pub(crate) struct Fact {
    pub(crate) name: &'static str,
    pub(crate) places: &'static [Place],
    /// Run by `/bin/sh` in an empty directory, where `unshare` and `nsenter` are the tools in question.
    pub(crate) line: &'static str,
    pub(crate) right: Right,
    /// A line that must succeed for the fact to be one, and why it may not.
    pub(crate) needs: Option<(&'static str, &'static str)>,
}

/// What is right.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Right {
    /// What the original does: standard output and exit status.
    AsOriginal,
    /// This output, and success: where the original does not have it, or has it wrong.
    Prints(&'static str),
    /// A failure with this status and these words on standard error.
    Fails(i32, &'static str),
}

/// Who runs the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Root,
    /// An ordinary user without account and subordinate ids.
    User,
}

use Right::{AsOriginal, Fails, Prints};

pub(crate) const ROOT: &[Place] = &[Place::Root];
pub(crate) const USER: &[Place] = &[Place::User];
pub(crate) const BOTH: &[Place] = &[Place::Root, Place::User];

pub(crate) const fn same(name: &'static str, places: &'static [Place], line: &'static str) -> Fact {
    Fact { name, places, line, right: AsOriginal, needs: None }
}

pub(crate) const fn prints(
    name: &'static str,
    places: &'static [Place],
    line: &'static str,
    text: &'static str,
) -> Fact {
    Fact { name, places, line, right: Prints(text), needs: None }
}

pub(crate) const fn fails(
    name: &'static str,
    places: &'static [Place],
    line: &'static str,
    status: i32,
    words: &'static str,
) -> Fact {
    Fact { name, places, line, right: Fails(status, words), needs: None }
}

const USER_ID: u32 = 4242;

impl Place {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Root => "as_root",
            Self::User => "as_an_ordinary_user",
        }
    }
}

#[derive(Debug)]
struct Seen {
    output: String,
    errors: String,
    status: Option<i32>,
}

impl Fact {
    /// The same, where `line` succeeds.
    pub(crate) const fn needs(self, line: &'static str, reason: &'static str) -> Self {
        Self { needs: Some((line, reason)), ..self }
    }

    /// Why it cannot be seen here, if so.
    pub(crate) fn obstacle(&self, place: Place) -> Option<String> {
        if place == Place::Root && !is_root() {
            return Some("needs to be started as root".into());
        }
        if let Some((line, reason)) = self.needs
            && Self::shell(place, &TOOLS.ours, line).status != Some(0)
        {
            return Some(reason.into());
        }
        let missing = ["unshare", "nsenter"].into_iter().find(|tool| original(tool).is_none());
        missing.filter(|_| matches!(self.right, AsOriginal)).map(|tool| format!("`{tool}` is not installed"))
    }

    /// # Errors
    /// What was seen, where it is not what is right.
    pub(crate) fn holds(&self, place: Place) -> Result<(), String> {
        let ours = self.run(place, &TOOLS.ours);
        let holds = match self.right {
            AsOriginal => {
                let theirs = self.run(place, &TOOLS.original);
                if (&ours.output, ours.status) != (&theirs.output, theirs.status) {
                    return Err(format!("{}\nours: {ours:#?}\nthe original: {theirs:#?}", self.line));
                }
                // Two tools that both show nothing prove nothing.
                ours.status != Some(0) || !ours.output.is_empty()
            }
            Prints(text) => ours.status == Some(0) && ours.output == text,
            Fails(status, words) => ours.status == Some(status) && ours.errors.contains(words),
        };
        if holds { Ok(()) } else { Err(format!("{}\n{ours:#?}", self.line)) }
    }

    fn run(&self, place: Place, tools: &Path) -> Seen {
        Self::shell(place, tools, self.line)
    }

    fn shell(place: Place, tools: &Path, line: &str) -> Seen {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let directory = TOOLS.root.join(format!("line{}", NEXT.fetch_add(1, Ordering::Relaxed)));
        std::fs::create_dir(&directory).unwrap();
        let mut command = Command::new("setpriv");
        if place == Place::User && is_root() {
            std::os::unix::fs::chown(&directory, Some(USER_ID), Some(USER_ID)).unwrap();
            let id = USER_ID.to_string();
            command.args(["--reuid", &id, "--regid", &id, "--clear-groups"]);
        }
        let output = command
            .args(["--", "/bin/sh", "-c", line])
            .env_clear()
            .env("PATH", format!("{}:/usr/bin:/bin:/usr/sbin:/sbin", tools.display()))
            .current_dir(&directory)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Seen { output: text(&output.stdout), errors: text(&output.stderr), status: output.status.code() }
    }
}

/// Directories in which `unshare` and `nsenter` are ours, or the original ones.
struct Tools {
    root: PathBuf,
    ours: PathBuf,
    original: PathBuf,
}

static TOOLS: LazyLock<Tools> = LazyLock::new(|| {
    let root = std::env::temp_dir().join(format!("insula-compliance-{}", std::process::id()));
    let [ours, original] = ["ours", "original"].map(|name| root.join(name));
    for directory in [&root, &ours, &original] {
        std::fs::create_dir(directory).unwrap();
        std::fs::set_permissions(directory, PermissionsExt::from_mode(0o755)).unwrap();
    }
    // A copy, since the build directory may be closed to the ordinary user.
    let binary = ours.join("insula");
    crate::program::copy(env!("CARGO_BIN_EXE_insula"), &binary);
    symlink(&binary, ours.join("getino")).unwrap();
    for tool in ["unshare", "nsenter"] {
        symlink(&binary, ours.join(tool)).unwrap();
        if let Some(path) = self::original(tool) {
            symlink(path, original.join(tool)).unwrap();
        }
    }
    Tools { root, ours, original }
});

fn original(tool: &str) -> Option<PathBuf> {
    ["/usr/bin", "/bin"]
        .map(|directory| Path::new(directory).join(tool))
        .into_iter()
        .find(|path| path.exists())
}

/// Takes everything away again.
pub(crate) fn leave() {
    let _ = std::fs::remove_dir_all(&TOOLS.root);
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}
