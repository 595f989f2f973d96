//! A pseudo-terminal of the devpts inside, whose controlling side goes out over a socket.

use insula_sys::step::{Fd, Make, Part, Step};

use crate::error::Error;
use crate::plan::Plan;
use crate::{Action, Console};

/// What the terminal is called inside, beside its name in `/dev/pts`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// Nothing.
    None,
    /// `/dev/console`.
    Console,
}

/// What comes with the descriptor: the name of the device that was opened.
const NAME: &[u8] = b"/dev/pts/ptmx";

/// Plans the terminal, and leaves the side of the program to the steps of the process.
pub(super) fn compile(plan: &mut Plan, root: Fd, console: Console, name: Name) -> Result<(), Error> {
    let (devpts, master, slave) = (plan.slot(), plan.slot(), plan.slot());
    plan.world(Action::Console, Step::OpenIn { root, path: c"/dev/pts".into(), into: devpts });
    let size = console.size;
    plan.world(Action::Console, Step::OpenTerminal { devpts: devpts.into(), size, master, slave });
    if console.owner.is_some() {
        let step = Step::Owner { dir: slave.into(), name: c"".into(), uid: console.owner, gid: None };
        plan.world(Action::Console, step);
    }
    if name == Name::Console {
        let (mount, target) = (plan.slot(), plan.slot());
        let step = Step::OpenTree { at: slave.into(), path: c"".into(), recursive: false, into: mount };
        plan.world(Action::Console, step);
        let path = c"/dev/console".into();
        plan.world(Action::Console, Step::MakeIn { root, path, make: Make::File(0o600), into: target });
        let step = Step::MoveMount { mount: mount.into(), target: target.into(), name: c"".into() };
        plan.world(Action::Console, step);
        plan.release(mount);
        plan.release(target);
    }
    let socket = plan.keep(console.socket)?;
    let message = Box::new([Part::Bytes(NAME.into())]);
    let step = Step::SendDescriptor { socket, descriptor: master.into(), message };
    plan.world(Action::Console, step);
    plan.release(devpts);
    plan.release(master);
    plan.terminal = Some(slave);
    Ok(())
}
