//! One line of shell, and what is to be true of it.

use std::fmt::Write as _;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// Something that holds of our `ip`.
#[derive(Debug)]
pub(crate) struct Fact {
    pub(crate) name: &'static str,
    /// What makes the state, with iproute2's `ip`.
    setup: &'static str,
    /// What is run with each `ip`.
    line: &'static str,
    /// What iproute2's `ip` is to show afterwards, if the line changes something: each `ip` then has a state of its own.
    after: Option<&'static str>,
    /// A line that must succeed for the fact to be one, and why it may not.
    needs: Option<(&'static str, &'static str)>,
}

/// `line` shows the same of the state that `setup` makes, or fails with the same words.
pub(crate) const fn shows(name: &'static str, setup: &'static str, line: &'static str) -> Fact {
    Fact { name, setup, line, after: None, needs: None }
}

/// `line` does the same to the state that `setup` makes: `after` shows the same then.
pub(crate) const fn does(
    name: &'static str,
    setup: &'static str,
    line: &'static str,
    after: &'static str,
) -> Fact {
    Fact { name, setup, line, after: Some(after), needs: None }
}

/// Which `ip`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    Ours,
    Original,
}

#[derive(Debug, PartialEq, Eq)]
struct Seen {
    output: String,
    errors: String,
    status: String,
    after: String,
}

impl Seen {
    /// What differs in `ours`, line by line.
    fn difference(&self, ours: &Self) -> String {
        let mut text = String::new();
        for (what, original, ours) in [
            ("output", &self.output, &ours.output),
            ("errors", &self.errors, &ours.errors),
            ("status", &self.status, &ours.status),
            ("after", &self.after, &ours.after),
        ] {
            let (mut theirs, mut ours) = (original.lines(), ours.lines());
            loop {
                let pair = (theirs.next(), ours.next());
                match pair {
                    (None, None) => break,
                    (one, other) if one == other => {}
                    (one, other) => {
                        let (one, other) = (one.unwrap_or("(nothing)"), other.unwrap_or("(nothing)"));
                        let same = one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
                        let from = |line: &str| {
                            let bytes = &line.as_bytes()[same.saturating_sub(40)..];
                            String::from_utf8_lossy(&bytes[..bytes.len().min(140)]).into_owned()
                        };
                        let _ = writeln!(text, "{what}: {:?}\n  ours: {:?}", from(one), from(other));
                    }
                }
            }
        }
        if text.is_empty() { "nothing is shown at all".into() } else { text }
    }
}

impl Fact {
    /// The same, where `line` succeeds.
    pub(crate) const fn needs(self, line: &'static str, reason: &'static str) -> Self {
        Self { needs: Some((line, reason)), ..self }
    }

    /// Why it cannot be seen here, if so.
    pub(crate) fn obstacle(&self) -> Option<String> {
        static INSIDE: LazyLock<bool> = LazyLock::new(|| run("true").2);
        static VERSION: LazyLock<String> = LazyLock::new(|| run("ip -V").0);
        if !*INSIDE {
            return Some("no network namespace can be made here".into());
        }
        if !VERSION.contains("iproute2-6.1.") {
            return Some(format!("iproute2 6.1 is not installed, but {}", VERSION.trim()));
        }
        self.needs.filter(|(line, _)| !run(line).2).map(|(_, reason)| reason.to_owned())
    }

    /// # Errors
    /// What was seen, where it is not what is right.
    pub(crate) fn holds(&self) -> Result<(), String> {
        let (original, ours) = if self.after.is_some() {
            (self.see(&[Whose::Original])?.remove(0), self.see(&[Whose::Ours])?.remove(0))
        } else {
            let mut both = self.see(&[Whose::Original, Whose::Ours])?;
            (both.remove(0), both.remove(0))
        };
        // Ours may say more than the original.
        let same = ours.output == original.output
            && ours.status == original.status
            && ours.after == original.after
            && original
                .errors
                .lines()
                .all(|line| line.is_empty() || ours.errors.lines().any(|one| one == line))
            && ours.errors.is_empty() == original.errors.is_empty();
        // Two tools that both show nothing prove nothing.
        let proves =
            [&original.output, &original.errors, &original.after].iter().any(|text| !text.is_empty());
        if same && proves {
            return Ok(());
        }
        Err(format!("{}\n-- {}\n{}", self.setup, self.line, original.difference(&ours)))
    }

    /// Runs the line with each `ip` in one state.
    fn see(&self, tools: &[Whose]) -> Result<Vec<Seen>, String> {
        let directory = TOOLS.directory();
        let at = directory.display();
        let mut script = format!("set -e\n{}\nset +e\n", self.setup);
        for (number, whose) in tools.iter().enumerate() {
            let tool = TOOLS.path(*whose);
            let _ = write!(
                script,
                "(PATH={}:$PATH\n{}\n) >{at}/{number}.out 2>{at}/{number}.err; echo $? >{at}/{number}.status\n\
                 ({}) >{at}/{number}.after 2>&1\n",
                tool.display(),
                self.line,
                self.after.unwrap_or("true"),
            );
        }
        let (_, errors, done) = run(&script);
        let read = |number: usize, what: &str| {
            std::fs::read_to_string(directory.join(format!("{number}.{what}"))).unwrap_or_default()
        };
        let seen = (0..tools.len()).map(|number| Seen {
            output: read(number, "out"),
            errors: read(number, "err"),
            status: read(number, "status"),
            after: read(number, "after"),
        });
        let seen: Vec<_> = seen.collect();
        if !done && seen[0].status.is_empty() {
            return Err(format!("the state cannot be made: {}\n{errors}", self.setup));
        }
        Ok(seen)
    }
}

/// Runs `script` in namespaces of its own, where `ip` is the original; its output, errors and success.
fn run(script: &str) -> (String, String, bool) {
    let mut command = Command::new("unshare");
    if !rustix::process::geteuid().is_root() {
        command.args(["--user", "--map-root-user"]);
    }
    // Files that a script makes are its own: facts run side by side.
    let whole = format!("mount -t tmpfs none /run; mkdir /run/here; cd /run/here\n{script}");
    let output = command
        .args(["--net", "--mount", "sh", "-c", &whole])
        .env_clear()
        .env("PATH", format!("{}:/usr/bin:/bin:/usr/sbin:/sbin", TOOLS.path(Whose::Original).display()))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr), output.status.success())
}

/// Directories in which `ip` is ours, or the original one.
struct Tools(PathBuf);

static TOOLS: LazyLock<Tools> = LazyLock::new(|| {
    let root = std::env::temp_dir().join(format!("insula-ip-{}", std::process::id()));
    let tools = Tools(root);
    for whose in [Whose::Ours, Whose::Original] {
        std::fs::create_dir_all(tools.path(whose)).unwrap();
        std::fs::set_permissions(tools.path(whose), PermissionsExt::from_mode(0o755)).unwrap();
    }
    symlink(env!("CARGO_BIN_EXE_insula"), tools.path(Whose::Ours).join("ip")).unwrap();
    let original = ["/usr/sbin/ip", "/sbin/ip", "/usr/bin/ip", "/bin/ip"]
        .into_iter()
        .find(|path| Path::new(path).exists());
    if let Some(path) = original {
        symlink(path, tools.path(Whose::Original).join("ip")).unwrap();
    }
    tools
});

impl Tools {
    fn path(&self, whose: Whose) -> PathBuf {
        self.0.join(if whose == Whose::Ours { "ours" } else { "original" })
    }

    /// A new directory.
    fn directory(&self) -> PathBuf {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let directory = self.0.join(format!("line{}", NEXT.fetch_add(1, Ordering::Relaxed)));
        std::fs::create_dir(&directory).unwrap();
        directory
    }
}

/// Takes everything away again.
pub(crate) fn leave() {
    let _ = std::fs::remove_dir_all(&TOOLS.0);
}
