use super::parse::{Outcome, parse};
use super::{Arg, Flag, Order, flag, number, text};
use crate::report::Failure;
use std::ffi::OsStr;

use proptest::prelude::*;

#[derive(Debug, Default, PartialEq)]
struct Options {
    fork: bool,
    /// Each mention of the flag.
    mount: Vec<Option<&'static str>>,
    user: Vec<Option<&'static str>>,
    wd: Option<&'static str>,
    uid: Option<u32>,
    kinds: Vec<&'static str>,
}

const FLAGS: &[Flag<Options>] = &[
    flag("fork", "fork before executing").short('f').switch(|o| o.fork = true),
    flag("mount", "unshare mounts").short('m').optional("FILE", |o, file| {
        o.mount.push(file.map(text).transpose()?);
        Ok(())
    }),
    flag("user", "unshare ids").bare_letter('U').optional("FILE", |o, file| {
        o.user.push(file.map(text).transpose()?);
        Ok(())
    }),
    flag("wd", "change directory").short('w').required("DIR", |o, dir| {
        o.wd = Some(text(dir)?);
        Ok(())
    }),
    flag("setuid", "set the user id").short('S').required("UID", |o, uid| {
        o.uid = Some(number(uid)?);
        Ok(())
    }),
    flag("kind", "a kind").aliases(&["type"]).required("KIND", |o, kind| {
        o.kinds.push(text(kind)?);
        Ok(())
    }),
    flag("setgroups", "for ambiguity").switch(|_| ()),
];

fn run(args: &[&'static str], order: Order) -> Result<(Options, Vec<Arg>), Failure> {
    let args: Vec<Arg> = args.iter().map(|&arg| OsStr::new(arg)).collect();
    match parse(FLAGS, order, &args)? {
        Outcome::Run { options, operands } => Ok((options, operands)),
        other => panic!("{other:?}"),
    }
}

fn options(args: &[&'static str]) -> Options {
    run(args, Order::Anywhere).unwrap().0
}

fn message(args: &[&'static str]) -> String {
    run(args, Order::Anywhere).unwrap_err().text("x")
}

#[test]
fn optional_value_is_only_taken_attached() {
    assert_eq!(options(&["--mount", "/x"]).mount, [None]);
    assert_eq!(options(&["-m", "/x"]).mount, [None]);
    for attached in ["--mount=/x", "-m/x", "-m=/x"] {
        assert_eq!(options(&[attached]).mount, [Some("/x")], "{attached}");
    }
}

#[test]
fn bare_letter_takes_no_value() {
    let joined = options(&["-Uf", "--user=/x"]);
    assert!(joined.fork);
    assert_eq!(joined.user, [None, Some("/x")]);
}

#[test]
fn required_value_is_taken_attached_or_next() {
    for args in [&["--wd=/x"][..], &["--wd", "/x"], &["-w/x"], &["-w", "/x"], &["-fw/x"], &["-fw", "/x"]] {
        assert_eq!(options(args).wd, Some("/x"), "{args:?}");
    }
    assert_eq!(options(&["-w", "--", "-f"]).wd, Some("--"), "a required value may look like a flag");
    assert_eq!(message(&["--wd"]), "x: option `--wd` needs a value: DIR\n");
}

#[test]
fn long_names_may_be_cut_short() {
    assert!(options(&["--fo"]).fork);
    assert_eq!(options(&["--ty=net", "--kind", "uts"]).kinds, ["net", "uts"]);
    assert_eq!(message(&["--set"]), "x: option `--set` is ambiguous: `--setuid`, `--setgroups`\n");
    assert_eq!(message(&["--nope=1"]), "x: unknown option `--nope`\n");
}

#[test]
fn operands_end_the_flags_only_where_they_start_a_command_line() {
    let args = ["a", "-f", "--", "-m"];
    let (options, operands) = run(&args, Order::Anywhere).unwrap();
    assert!(options.fork && options.mount.is_empty());
    assert_eq!(operands, ["a", "-m"]);
    let (options, operands) = run(&args, Order::BeforeOperands).unwrap();
    assert!(!options.fork);
    assert_eq!(operands, args);
}

#[test]
fn bad_values_name_flag_and_value() {
    assert_eq!(message(&["-S", "x1"]), "x: invalid value `x1` for `--setuid`: it is not a number\n");
    assert_eq!(message(&["--fork=yes"]), "x: option `--fork` takes no value\n");
    assert_eq!(message(&["-fq"]), "x: unknown option `-q`\n");
}

proptest! {
    #[test]
    fn any_arguments_are_parsed_or_refused(args in proptest::collection::vec("-{0,2}[a-zA-Z=]{0,6}", 0..6)) {
        let args: Vec<Arg> = args.into_iter().map(|arg| OsStr::new(&*arg.leak())).collect();
        let _ = parse(FLAGS, Order::Anywhere, &args);
    }
}
