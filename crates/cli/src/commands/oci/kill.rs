//! `insula oci kill`: a signal to the first process of a container.

use insula_sys::signal;
use rustix::process::Signal;

use super::failure::explain;
use super::verb::Context;
use super::{Verb, container};
use crate::args::{Arg, Order, flag};
use crate::commands::signals;
use crate::report::Failure;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Options {
    all: bool,
    regex: bool,
}

pub(super) const VERB: Verb<Options> = Verb {
    name: "oci kill",
    about: "Send a signal to the first process of a container",
    usage: &["[OPTIONS] CONTAINER [SIGNAL]", "--regex [OPTIONS] EXPRESSION [SIGNAL]"],
    details: "\
SIGNAL is a name, with or without `SIG`, or a number, 1 to 31 and 34 to 64; without one it is TERM.",
    order: Order::Anywhere,
    flags: &[
        flag("all", "to all of its processes, also when the first has ended")
            .short('a')
            .switch(|o| o.all = true),
        flag("regex", "to all containers whose names match a regular expression")
            .short('r')
            .switch(|o| o.regex = true),
    ],
    run,
};

fn run(context: &mut Context<'_>, options: Options, operands: &[Arg]) -> Result<u8, Failure> {
    let (name, signal) = match operands {
        [name] => (name, Signal::TERM),
        [name, word] => (name, self::signal(word)?),
        _ => return Err(Failure::usage("expected a container, and perhaps a signal")),
    };
    for id in container::meant(context, name, options.regex)? {
        let container = container::find(context, &id)?;
        let sent = if options.all { container.kill_all(signal) } else { container.kill(signal) };
        sent.map_err(explain)?;
    }
    Ok(0)
}

/// A signal by name or number.
fn signal(word: Arg) -> Result<Signal, Failure> {
    let text = word.to_str().unwrap_or_default();
    let signal = match text.parse::<i32>() {
        Ok(number) => signal::numbered(number),
        Err(_) => signals::named(text).ok(),
    };
    signal.ok_or_else(|| Failure::new(format!("unknown signal `{}`", word.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_are_names_and_numbers() {
        for word in ["KILL", "SIGKILL", "sigkill", "9"] {
            assert_eq!(signal(word.as_ref()).unwrap(), Signal::KILL);
        }
        // systemd is told to stop by SIGRTMIN+3.
        assert_eq!(signal("37".as_ref()).unwrap().as_raw(), 37);
        for word in ["", "0", "-9", "32", "65", "FOO"] {
            assert!(signal(word.as_ref()).is_err(), "{word}");
        }
    }
}
