//! `insula doctor --install-apparmor-profile` and its undoing.

use std::env;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use insula_engine::doctor::apparmor::{PROFILE, is_ours, profile};

use crate::output;
use crate::report::{Failure, chain};

/// What the kernel says of the module, where it has it: `Y` or `N`.
const ENABLED: &str = "/sys/module/apparmor/parameters/enabled";
const PARSER: &str = "apparmor_parser";

/// Lets this binary, by its path, use user namespaces. Doing it again does no harm.
pub(super) fn install() -> Result<u8, Failure> {
    const DOING: &str = "cannot install the AppArmor profile";
    check(DOING)?;
    let program = env::current_exe().map_err(|error| Failure::from(error).context(DOING))?;
    if !program.is_file() {
        return Err(
            Failure::new(DOING).cause(format!("this program is no longer at `{}`", program.display()))
        );
    }
    let text = profile(&program).map_err(|error| {
        Failure::from(error)
            .context(DOING)
            .hint("as root, copy this program to `/usr/local/bin/insula`, and use that one")
    })?;
    let before = existing(DOING)?;
    let parser = parser();
    if let Some(parser) = &parser {
        understands(parser, &text, DOING)?;
    }
    let wrote = before.as_deref() != Some(text.as_str());
    if wrote {
        write(&text).map_err(|error| unwritten(DOING, &error))?;
    }
    let did = if wrote { "wrote" } else { "found" };
    let Some(parser) = parser else {
        output::print(format!("{did} `{PROFILE}`, for `{}`\n", program.display()))?;
        output::complain(&format!("insula: it is not loaded yet: there is no `{PARSER}`\n"));
        return Ok(0);
    };
    if let Err(failure) = load(&parser, "-r", DOING) {
        // As it was before.
        let restored = match before {
            Some(before) if wrote => write(&before),
            Some(_) => Ok(()),
            None => fs::remove_file(PROFILE),
        };
        restored.map_err(|error| unwritten(DOING, &error))?;
        return Err(failure);
    }
    output::print(format!("{did} `{PROFILE}`, for `{}`, and loaded it\n", program.display()))?;
    if let Some((path, uid)) = replaceable(&program) {
        output::complain(&format!(
            "insula: user {uid} may write `{}`, and so have any program use user namespaces\n",
            path.display()
        ));
    }
    Ok(0)
}

/// Takes the profile out of the kernel, and the file away.
pub(super) fn remove() -> Result<u8, Failure> {
    const DOING: &str = "cannot remove the AppArmor profile";
    check(DOING)?;
    if existing(DOING)?.is_none() {
        return output::print(format!("there is no `{PROFILE}`\n")).map(|()| 0);
    }
    let loaded = fs::read_to_string("/sys/kernel/security/apparmor/profiles")
        .is_ok_and(|list| list.lines().any(|line| line.starts_with("insula (")));
    if loaded {
        let parser = parser().ok_or_else(|| {
            Failure::new(DOING)
                .cause(format!("it is loaded, and there is no `{PARSER}`, which could unload it"))
                .hint("install the package `apparmor`")
        })?;
        load(&parser, "-R", DOING)?;
    }
    fs::remove_file(PROFILE).map_err(|error| unwritten(DOING, &error))?;
    let also = if loaded { ", and unloaded it" } else { "" };
    output::print(format!("removed `{PROFILE}`{also}\n")).map(|()| 0)
}

/// Whether it makes sense, and this user may.
fn check(doing: &str) -> Result<(), Failure> {
    if fs::read_to_string(ENABLED).map_or(true, |text| text.trim() != "Y") {
        return Err(Failure::new(doing)
            .cause(format!("AppArmor is not in use on this machine: `{ENABLED}` does not say `Y`"))
            .hint("`insula doctor` says what is in the way instead"));
    }
    if !rustix::process::geteuid().is_root() {
        return Err(Failure::new(doing)
            .cause("only root may change the profiles of this machine")
            .hint("run it with `sudo`"));
    }
    Ok(())
}

/// The file as it is; an error if it is somebody else's.
fn existing(doing: &str) -> Result<Option<String>, Failure> {
    match fs::read_to_string(PROFILE) {
        Ok(text) if is_ours(&text) => Ok(Some(text)),
        Ok(_) => Err(Failure::new(doing)
            .cause(format!("`{PROFILE}` is there, and not Insula's: its first line says nothing of it"))
            .hint("move it away first, if nobody needs it")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::from(error).context(&format!("{doing}: `{PROFILE}`"))),
    }
}

/// It is not on every root's `PATH`.
fn parser() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let usual = ["/usr/sbin", "/sbin"].map(PathBuf::from);
    env::split_paths(&path)
        .filter(|directory| directory.is_absolute())
        .chain(usual)
        .map(|directory| directory.join(PARSER))
        .find(|file| file.is_file())
}

/// An error with the parser's own words if it does not know the rule.
fn understands(parser: &Path, text: &str, doing: &str) -> Result<(), Failure> {
    let run = || {
        let mut child = command(parser)
            .args(["--skip-kernel-load", "--skip-cache"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        if let Some(mut input) = child.stdin.take() {
            // It may have ended before; its status says so.
            let _ = input.write_all(text.as_bytes());
        }
        child.wait_with_output()
    };
    let output = run().map_err(|error| unstarted(parser, doing, &error))?;
    if output.status.success() {
        return Ok(());
    }
    Err(Failure::new(doing)
        .cause(format!("`{}` does not take the rule `userns`: {}", parser.display(), said(&output.stderr)))
        .hint("it takes AppArmor 4.0; older ones do not restrict user namespaces either"))
}

fn load(parser: &Path, how: &str, doing: &str) -> Result<(), Failure> {
    let output = command(parser)
        .args([how, PROFILE])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| unstarted(parser, doing, &error))?;
    if output.status.success() {
        return Ok(());
    }
    Err(Failure::new(doing).cause(format!(
        "`{} {how} {PROFILE}` failed: {}",
        parser.display(),
        said(&output.stderr)
    )))
}

/// What the parser wrote, in one line.
fn said(bytes: &[u8]) -> String {
    let words = String::from_utf8_lossy(bytes).split_whitespace().collect::<Vec<_>>().join(" ");
    words.replace(char::is_control, "")
}

#[expect(
    clippy::disallowed_methods,
    reason = "the parser changes the machine's own profiles, so nothing isolates it"
)]
fn command(parser: &Path) -> Command {
    Command::new(parser)
}

/// Written aside and renamed, so nobody reads half of it; also in place of a symbolic link.
fn write(text: &str) -> io::Result<()> {
    let aside = format!("{PROFILE}.{}~", std::process::id());
    let written = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o644)
        .open(&aside)
        .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&aside, PROFILE));
    if written.is_err() {
        let _ = fs::remove_file(&aside);
    }
    written
}

/// The program, or a directory above it, and the user other than root who owns it.
fn replaceable(program: &Path) -> Option<(&Path, u32)> {
    program.ancestors().find_map(|path| {
        let owner = fs::symlink_metadata(path).ok()?.uid();
        (owner != 0).then_some((path, owner))
    })
}

fn unwritten(doing: &str, error: &io::Error) -> Failure {
    Failure::new(format!("{doing}: `{PROFILE}`: {}", chain(error)))
}

fn unstarted(parser: &Path, doing: &str, error: &io::Error) -> Failure {
    Failure::new(format!("{doing}: cannot execute `{}`: {}", parser.display(), chain(error)))
}
