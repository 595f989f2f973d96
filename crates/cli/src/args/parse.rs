//! The parser: `getopt_long(3)`'s rules, without a copy of any argument.
//!
//! Long names may be cut short as long as one flag is meant; required values follow attached or as the next argument;
//! optional ones only attached (in the short form also behind a `=`, as in util-linux); letters may be joined; `--`
//! ends the flags.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use super::flag::{Action, Flag, Invalid, Names, Value, flag};
use super::{Arg, Order};
use crate::report::Failure;

/// What a command line asks for.
#[derive(Debug)]
pub(crate) enum Outcome<O> {
    Run { options: O, operands: Vec<Arg> },
    Help,
    Version,
}

/// The flags that every command has.
pub(super) const BUILT_IN: [Names; 2] = [
    flag("help", "print this help and exit").short('h'),
    flag("version", "print the version and exit").short('V'),
];

/// What help, manual and completion show of a table of flags.
pub(crate) fn shown<O>(flags: &[Flag<O>]) -> Vec<Names> {
    flags.iter().map(|flag| flag.names).filter(|names| !names.hidden).chain(BUILT_IN).collect()
}

/// Where a name led.
enum Found<'f, O> {
    Own(&'f Flag<O>),
    Help,
    Version,
}

/// Applies `args` to default options, by the flags in `flags`.
pub(crate) fn parse<O: Default>(
    flags: &[Flag<O>],
    order: Order,
    args: &[Arg],
) -> Result<Outcome<O>, Failure> {
    let mut options = O::default();
    let mut operands = Vec::new();
    let mut rest = args;
    while let Some((&arg, tail)) = rest.split_first() {
        rest = tail;
        let exit = match arg.as_bytes() {
            b"--" => {
                operands.extend_from_slice(rest);
                break;
            }
            [b'-', b'-', long @ ..] => parse_long(flags, long, &mut rest, &mut options)?,
            [b'-', letters @ ..] if !letters.is_empty() => {
                parse_letters(flags, letters, &mut rest, &mut options)?
            }
            _ => {
                operands.push(arg);
                if order == Order::BeforeOperands {
                    operands.extend_from_slice(rest);
                    break;
                }
                None
            }
        };
        if let Some(outcome) = exit {
            return Ok(outcome);
        }
    }
    Ok(Outcome::Run { options, operands })
}

/// One `--name`, `--name=value` or `--name value`; the outcome if it is `--help` or `--version`.
fn parse_long<O>(
    flags: &[Flag<O>],
    text: &'static [u8],
    rest: &mut &[Arg],
    options: &mut O,
) -> Result<Option<Outcome<O>>, Failure> {
    let (name, value) = match text.iter().position(|&byte| byte == b'=') {
        Some(at) => (&text[..at], Some(OsStr::from_bytes(&text[at + 1..]))),
        None => (text, None),
    };
    let found = find_long(flags, name)?;
    let unwanted = |long: &str| Failure::usage(format!("option `--{long}` takes no value"));
    let flag = match found {
        Found::Own(flag) => flag,
        Found::Help if value.is_some() => return Err(unwanted("help")),
        Found::Version if value.is_some() => return Err(unwanted("version")),
        Found::Help => return Ok(Some(Outcome::Help)),
        Found::Version => return Ok(Some(Outcome::Version)),
    };
    match flag.action {
        Action::Switch(_) | Action::Attempt(_) if value.is_some() => Err(unwanted(flag.names.long)),
        Action::Attempt(set) => set(options).map_err(contradiction),
        Action::Switch(set) => {
            set(options);
            Ok(())
        }
        Action::Required(set) => {
            let value = value.map_or_else(|| next_value(&flag.names, rest), Ok)?;
            set(options, value).map_err(|invalid| refuse(&flag.names, value, invalid))
        }
        Action::Optional(set) => {
            set(options, value).map_err(|invalid| refuse(&flag.names, value.unwrap_or_default(), invalid))
        }
    }?;
    Ok(None)
}

/// One or more joined letters, the last perhaps with its value.
fn parse_letters<O>(
    flags: &[Flag<O>],
    letters: &'static [u8],
    rest: &mut &[Arg],
    options: &mut O,
) -> Result<Option<Outcome<O>>, Failure> {
    let mut left = letters;
    while let Some((&letter, tail)) = left.split_first() {
        left = tail;
        let flag = match find_letter(flags, letter)? {
            Found::Own(flag) => flag,
            Found::Help => return Ok(Some(Outcome::Help)),
            Found::Version => return Ok(Some(Outcome::Version)),
        };
        match flag.action {
            Action::Switch(set) => set(options),
            Action::Attempt(set) => set(options).map_err(contradiction)?,
            Action::Optional(set) if flag.names.bare_letter => {
                set(options, None).map_err(|invalid| refuse(&flag.names, OsStr::new(""), invalid))?;
            }
            Action::Required(set) => {
                let value =
                    if tail.is_empty() { next_value(&flag.names, rest)? } else { OsStr::from_bytes(tail) };
                return match set(options, value) {
                    Ok(()) => Ok(None),
                    Err(invalid) => Err(refuse(&flag.names, value, invalid)),
                };
            }
            Action::Optional(set) => {
                let attached = tail.strip_prefix(b"=").unwrap_or(tail);
                let value = (!tail.is_empty()).then(|| OsStr::from_bytes(attached));
                return match set(options, value) {
                    Ok(()) => Ok(None),
                    Err(invalid) => Err(refuse(&flag.names, value.unwrap_or_default(), invalid)),
                };
            }
        }
    }
    Ok(None)
}

fn next_value(names: &Names, rest: &mut &[Arg]) -> Result<Arg, Failure> {
    let (&value, tail) = rest.split_first().ok_or_else(|| {
        let Value::Required(what) = names.value else { unreachable!("only required values are fetched") };
        Failure::usage(format!("option `{}` needs a value: {what}", names.shown()))
    })?;
    *rest = tail;
    Ok(value)
}

fn refuse(names: &Names, value: &OsStr, Invalid(problem): Invalid) -> Failure {
    Failure::usage(format!("invalid value `{}` for `{}`: {problem}", value.display(), names.shown()))
}

fn contradiction(Invalid(problem): Invalid) -> Failure {
    Failure::usage(problem)
}

/// The flag with the long name `name`, or the only one with a name that starts so.
fn find_long<'f, O>(flags: &'f [Flag<O>], name: &[u8]) -> Result<Found<'f, O>, Failure> {
    let own = flags.iter().map(|flag| (flag.names, Found::Own(flag)));
    let all = own.chain(BUILT_IN.into_iter().zip([Found::Help, Found::Version]));
    let mut candidates: Vec<&'static str> = Vec::new();
    let mut only = None;
    for (names, found) in all {
        let mut begins = None;
        for long in names.all_long() {
            if long.as_bytes() == name {
                return Ok(found);
            }
            if long.as_bytes().starts_with(name) && begins.is_none() {
                begins = Some(long);
            }
        }
        if let Some(long) = begins {
            candidates.push(long);
            only = Some(found);
        }
    }
    let shown = String::from_utf8_lossy(name);
    match (only, candidates.as_slice()) {
        (Some(found), [_]) => Ok(found),
        (None, _) => Err(Failure::usage(format!("unknown option `--{shown}`"))),
        (Some(_), several) => {
            let list: Vec<String> = several.iter().map(|long| format!("`--{long}`")).collect();
            Err(Failure::usage(format!("option `--{shown}` is ambiguous: {}", list.join(", "))))
        }
    }
}

fn find_letter<O>(flags: &[Flag<O>], letter: u8) -> Result<Found<'_, O>, Failure> {
    let wanted = Some(char::from(letter));
    if let Some(flag) = flags.iter().find(|flag| flag.names.short == wanted) {
        return Ok(Found::Own(flag));
    }
    match letter {
        b'h' => Ok(Found::Help),
        b'V' => Ok(Found::Version),
        _ => Err(Failure::usage(format!("unknown option `-{}`", [letter].escape_ascii()))),
    }
}
