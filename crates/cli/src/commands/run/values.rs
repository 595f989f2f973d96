//! The values of the flags of `insula run`.

use std::ffi::{OsStr, OsString};
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

use insula_engine::target::Target;
use insula_ns::Kinds;
use insula_sandbox::mounts::{Attributes, Bind, Changes, File, HidePid, Layers, Overlay, Propagation, Tmpfs};
use insula_sandbox::{Clock, Scheduler};

use super::options::JoinOption;
use crate::args::{Arg, Invalid, binary_suffix, text};

fn invalid<T>(why: &str) -> Result<T, Invalid> {
    Err(Invalid(why.to_owned()))
}

/// `TARGET` or `KINDS=TARGET`.
pub(super) fn join(value: Arg) -> Result<JoinOption, Invalid> {
    let bytes = value.as_bytes();
    if let Some(at) = bytes.iter().position(|byte| *byte == b'=')
        && let Some(kinds) =
            std::str::from_utf8(&bytes[..at]).ok().and_then(|list| list.parse::<Kinds>().ok())
    {
        let target = Target::parse(OsStr::from_bytes(&bytes[at + 1..]))?;
        return Ok(JoinOption { target, kinds: Some(kinds) });
    }
    Ok(JoinOption { target: Target::parse(value)?, kinds: None })
}

pub(crate) fn propagation(value: Arg) -> Result<Propagation, Invalid> {
    match text(value)? {
        "private" => Ok(Propagation::Private),
        "slave" => Ok(Propagation::Slave),
        "shared" => Ok(Propagation::Shared),
        "unchanged" => Ok(Propagation::Unchanged),
        _ => invalid("expected private, slave, shared or unchanged"),
    }
}

pub(super) fn hide_pid(value: Arg) -> Result<HidePid, Invalid> {
    match text(value)? {
        "off" | "0" => Ok(HidePid::Off),
        "noaccess" | "1" => Ok(HidePid::NoAccess),
        "invisible" | "2" => Ok(HidePid::Invisible),
        "ptraceable" | "4" => Ok(HidePid::Ptraceable),
        _ => invalid("expected off, noaccess, invisible or ptraceable"),
    }
}

/// `monotonic=SECONDS`, `boottime=SECONDS`, or `SECONDS` for both; with a fraction if wanted.
pub(crate) fn time_offsets(value: Arg) -> Result<Vec<(Clock, i128)>, Invalid> {
    let words = text(value)?;
    words
        .split(',')
        .map(|word| match word.split_once('=') {
            Some(("monotonic", offset)) => Ok(vec![(Clock::Monotonic, nanoseconds(offset)?)]),
            Some(("boottime", offset)) => Ok(vec![(Clock::Boottime, nanoseconds(offset)?)]),
            Some(_) => invalid("the clocks are monotonic and boottime"),
            None => {
                let offset = nanoseconds(word)?;
                Ok(vec![(Clock::Monotonic, offset), (Clock::Boottime, offset)])
            }
        })
        .collect::<Result<Vec<_>, _>>()
        .map(|lists| lists.concat())
}

/// `[-]SECONDS[.FRACTION]`.
fn nanoseconds(word: &str) -> Result<i128, Invalid> {
    let (negative, digits) = word.strip_prefix('-').map_or((false, word), |rest| (true, rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let valid = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 18 || fraction.len() > 9 || !valid(whole) || !valid(fraction) {
        return invalid("expected seconds, such as 86400 or -0.5");
    }
    let seconds: i128 = whole.parse()?;
    let rest: i128 = format!("{fraction:0<9}").parse()?;
    let offset = seconds * 1_000_000_000 + rest;
    Ok(if negative { -offset } else { offset })
}

/// A bind mount, and whether its files keep their owners' numbers.
#[derive(Debug)]
pub(super) struct BindOption {
    pub(super) bind: Bind,
    pub(super) id_mapped: bool,
}

/// `SOURCE[:TARGET[:OPTION,…]]`.
pub(super) fn bind(value: Arg) -> Result<BindOption, Invalid> {
    let mut parts = value.as_bytes().splitn(3, |byte| *byte == b':');
    let source = path(parts.next().unwrap_or_default())?;
    let target = match parts.next().filter(|part| !part.is_empty()) {
        Some(target) => inside(target)?,
        None => std::path::absolute(&source)?,
    };
    let mut bind = Bind::new(source, target);
    let mut id_mapped = false;
    for option in parts.next().into_iter().flat_map(|list| list.split(|byte| *byte == b',')) {
        match std::str::from_utf8(option).ok() {
            Some("rw") => {}
            Some("idmap") => id_mapped = true,
            Some("rec") => bind.recursive = true,
            Some("norec") => bind.recursive = false,
            Some(name) if Attributes::from_name(name).is_some() => {
                bind.attributes |= Attributes::from_name(name).unwrap_or_default();
            }
            _ => {
                return invalid(
                    "the options are ro, rw, rec, norec, nosuid, nodev, noexec, noatime, nosymfollow, idmap",
                );
            }
        }
    }
    Ok(BindOption { bind, id_mapped })
}

/// `TARGET[:size=BYTES,mode=OCTAL,…]`.
pub(super) fn tmpfs(value: Arg) -> Result<Tmpfs, Invalid> {
    let mut parts = value.as_bytes().splitn(2, |byte| *byte == b':');
    let mut tmpfs = Tmpfs::new(inside(parts.next().unwrap_or_default())?);
    for option in parts.next().into_iter().flat_map(|list| list.split(|byte| *byte == b',')) {
        let option = std::str::from_utf8(option)?;
        match option.split_once('=') {
            Some(("size", size)) => tmpfs.size = Some(bytes(size)?),
            Some(("mode", mode)) => tmpfs.mode = octal(mode)?,
            None if Attributes::from_name(option).is_some() => {
                tmpfs.attributes |= Attributes::from_name(option).unwrap_or_default();
            }
            _ => return invalid("the options are size=BYTES, mode=OCTAL, ro, nosuid, nodev, noexec"),
        }
    }
    Ok(tmpfs)
}

/// `TARGET:lower=DIR[,lower=DIR…][,upper=DIR,work=DIR][,ro]`; without an upper directory changes are discarded.
pub(super) fn overlay(value: Arg) -> Result<Overlay, Invalid> {
    let mut parts = value.as_bytes().splitn(2, |byte| *byte == b':');
    let target = inside(parts.next().unwrap_or_default())?;
    let (mut lower, mut upper, mut work, mut refused) = (Vec::new(), None, None, false);
    for option in parts.next().unwrap_or_default().split(|byte| *byte == b',') {
        let at = option.iter().position(|byte| *byte == b'=').unwrap_or(option.len());
        let argument = option.get(at + 1..).unwrap_or_default();
        match &option[..at] {
            b"lower" => lower.push(layer(argument)?),
            b"upper" => upper = Some(path(argument)?),
            b"work" => work = Some(path(argument)?),
            b"ro" => refused = true,
            _ => return invalid("expected TARGET:lower=DIR[,lower=DIR…][,upper=DIR,work=DIR][,ro]"),
        }
    }
    if lower.is_empty() {
        return invalid("it has no lower=DIR");
    }
    let changes = match (upper, work, refused) {
        (None, None, true) => Changes::Refused,
        (None, None, false) => Changes::Discarded { size: None },
        (Some(upper), Some(work), false) => Changes::Kept { upper, work },
        (.., true) => return invalid("a read-only overlay has no upper or work directory"),
        _ => return invalid("upper=DIR and work=DIR go together, on one file system"),
    };
    Ok(Overlay { target, layers: Layers { lower, changes }, attributes: Attributes::NONE })
}

/// A lower directory. Elsewhere several are joined by colons, which a name may also contain.
fn layer(bytes: &[u8]) -> Result<PathBuf, Invalid> {
    let dir = path(bytes)?;
    if bytes.contains(&b':') && !dir.exists() {
        return invalid("say `lower=` before each of several directories: lower=A,lower=B");
    }
    match std::fs::metadata(&dir) {
        Ok(_) => Ok(dir),
        Err(error) => {
            Err(Invalid(format!("cannot look at `{}`: {}", dir.display(), crate::report::chain(&error))))
        }
    }
}

/// `TARGET=TEXT`.
pub(super) fn file_data(value: Arg) -> Result<File, Invalid> {
    let (target, data) = pair(value)?;
    Ok(File::new(inside(target)?, data))
}

/// `TARGET=FILE`, whose content is read now; `-` is standard input.
pub(super) fn file(value: Arg) -> Result<File, Invalid> {
    let (target, source) = pair(value)?;
    let (target, source) = (inside(target)?, path(source)?);
    let read = if source.as_os_str() == "-" {
        let mut data = Vec::new();
        std::io::stdin().lock().read_to_end(&mut data).map(|_| data)
    } else {
        std::fs::read(&source)
    };
    let data = read.map_err(|error| {
        Invalid(format!("cannot read `{}`: {}", source.display(), crate::report::chain(&error)))
    })?;
    Ok(File::new(target, data))
}

/// `A=B`.
pub(super) fn pair(value: Arg) -> Result<(&'static [u8], &'static [u8]), Invalid> {
    let bytes = value.as_bytes();
    match bytes.iter().position(|byte| *byte == b'=') {
        Some(at) => Ok((&bytes[..at], &bytes[at + 1..])),
        None => invalid("expected TARGET=VALUE"),
    }
}

/// `NAME=VALUE`, or `NAME` with the caller's value.
pub(crate) fn variable(value: Arg) -> Result<(OsString, Option<OsString>), Invalid> {
    let bytes = value.as_bytes();
    if bytes.is_empty() || bytes[0] == b'=' {
        return invalid("a variable has a name");
    }
    Ok(match bytes.iter().position(|byte| *byte == b'=') {
        Some(at) => {
            (OsStr::from_bytes(&bytes[..at]).into(), Some(OsStr::from_bytes(&bytes[at + 1..]).into()))
        }
        None => (value.into(), std::env::var_os(value)),
    })
}

/// A path that is not empty.
pub(crate) fn path(bytes: &[u8]) -> Result<PathBuf, Invalid> {
    let path: PathBuf = OsStr::from_bytes(bytes).into();
    if bytes.is_empty() {
        return invalid("a path is missing");
    }
    if bytes.starts_with(b"~") && !path.exists() {
        return invalid("shells expand `~` only where a word begins: write `$HOME` instead");
    }
    Ok(path)
}

/// The absolute path of something in the sandbox.
pub(super) fn inside(bytes: &[u8]) -> Result<PathBuf, Invalid> {
    let path = path(bytes)?;
    if path.is_absolute() {
        Ok(path)
    } else {
        Err(Invalid(format!("`{}` is a path inside: it has to begin with `/`", path.display())))
    }
}

/// The name of a variable to remove.
pub(super) fn variable_name(value: Arg) -> Result<OsString, Invalid> {
    if value.is_empty() || value.as_bytes().contains(&b'=') {
        return invalid("expected the name of a variable alone");
    }
    Ok(value.into())
}

/// An octal number up to 7777.
pub(super) fn octal(word: &str) -> Result<u32, Invalid> {
    match u32::from_str_radix(word, 8) {
        Ok(mode) if mode <= 0o7777 => Ok(mode),
        _ => invalid("expected an octal mode, such as 0755"),
    }
}

/// A number of bytes, with a suffix K, M, G or T for powers of 1,024.
pub(super) fn bytes(word: &str) -> Result<u64, Invalid> {
    let (digits, shift) = binary_suffix(word);
    let number: Option<u64> = digits.parse().ok();
    number
        .and_then(|number| number.checked_mul(1 << shift))
        .filter(|number| *number > 0)
        .map_or_else(|| invalid("expected a size, such as 65536 or 64M"), Ok)
}

/// `other`, `batch`, `idle`, `fifo:PRIORITY`, `rr:PRIORITY`.
pub(super) fn scheduler(value: Arg) -> Result<Scheduler, Invalid> {
    let word = text(value)?;
    let (name, priority) = word.split_once(':').map_or((word, None), |(name, rest)| (name, Some(rest)));
    let policy = match name {
        "other" => 0,
        "fifo" => 1,
        "rr" => 2,
        "batch" => 3,
        "idle" => 5,
        _ => return invalid("expected other, batch, idle, fifo:PRIORITY or rr:PRIORITY"),
    };
    let real_time = matches!(policy, 1 | 2);
    let priority = match priority.map(str::parse) {
        Some(Ok(priority @ 1..=99)) if real_time => priority,
        None if !real_time => 0,
        _ => return invalid("fifo and rr have a priority from 1 to 99, the others none"),
    };
    Ok(Scheduler { policy, priority, ..Scheduler::default() })
}

/// A number between two limits.
pub(super) fn ranged(value: Arg, low: i32, high: i32) -> Result<i32, Invalid> {
    match text(value)?.parse() {
        Ok(number) if (low..=high).contains(&number) => Ok(number),
        _ => Err(Invalid(format!("expected a number from {low} to {high}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn arg(text: &'static str) -> Arg {
        OsStr::new(text)
    }

    #[test]
    fn bind_takes_a_target_and_options() {
        let BindOption { bind, id_mapped } = bind(arg("/a:/b:ro,nodev")).unwrap();
        assert!(!id_mapped && super::bind(arg("/a:/b:idmap")).unwrap().id_mapped);
        assert_eq!((bind.source.as_path(), bind.target.as_path()), (Path::new("/a"), Path::new("/b")));
        assert!(bind.attributes.contains(Attributes::READ_ONLY | Attributes::NO_DEV));
        assert_eq!(super::bind(arg("/a")).unwrap().bind.target, Path::new("/a"));
        assert!(super::bind(arg("/a:/b:nonsense")).is_err());
        for wrong in [":/b", "/a:b", "/a:~/b", "~nobody/a"] {
            assert!(super::bind(arg(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn sizes_have_suffixes_and_do_not_overflow() {
        assert_eq!(tmpfs(arg("/t:size=64M,mode=1777")).unwrap().size, Some(64 << 20));
        assert!(tmpfs(arg("/t:size=99999999999999999999T")).is_err());
        assert!(tmpfs(arg("/t:size=18446744073709551615K")).is_err());
        assert!(tmpfs(arg("/t:size=0")).is_err());
    }

    #[test]
    fn offsets_have_signs_and_fractions() {
        assert_eq!(time_offsets(arg("monotonic=-0.5")).unwrap(), [(Clock::Monotonic, -500_000_000)]);
        assert_eq!(time_offsets(arg("2")).unwrap().len(), 2);
        for wrong in ["x", "", "1.2.3", "wall=1", "--1", "1e3"] {
            assert!(time_offsets(arg(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn joins_may_name_kinds() {
        let join = join(arg("net,uts=4711")).unwrap();
        assert_eq!(join.kinds.unwrap().to_string(), "net,uts");
        assert!(super::join(arg("net:[12]")).unwrap().kinds.is_none());
    }

    #[test]
    fn overlay_keeps_changes_only_where_told() {
        let overlay = overlay(arg("/m:lower=/,lower=/")).unwrap();
        assert_eq!(overlay.layers.changes, Changes::Discarded { size: None });
        for wrong in ["/m", "/m:upper=/u,work=/w", "/m:lower=/,upper=/u", "/m:lower=/,upper=/u,work=/w,ro"] {
            assert!(super::overlay(arg(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn real_time_policies_need_a_priority() {
        assert_eq!(scheduler(arg("fifo:3")).unwrap().priority, 3);
        for wrong in ["fifo", "rr:0", "rr:100", "idle:1", "deadline"] {
            assert!(scheduler(arg(wrong)).is_err(), "{wrong}");
        }
    }
}
