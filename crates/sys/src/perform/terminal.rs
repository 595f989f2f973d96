//! A pseudo-terminal of a devpts inside.

use rustix::fs::{self, Mode, OFlags};
use rustix::io::Errno;
use rustix::pty::{OpenptFlags, ioctl_tiocgptpeer, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use super::Context;
use crate::step::Step;

/// `DEVPTS_SUPER_MAGIC` of `linux/magic.h`.
const DEVPTS: i64 = 0x1cd1;

pub(super) fn perform(step: &Step, context: &mut Context) -> Result<(), Errno> {
    match step {
        Step::OpenTerminal { devpts, size, master, slave } => {
            let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let controlling = fs::openat(context.fd(*devpts)?, c"ptmx", flags, Mode::empty())?;
            // What looks like it could be anything that lies in the root.
            if fs::fstatfs(&controlling)?.f_type != DEVPTS {
                return Err(Errno::INVAL);
            }
            unlockpt(&controlling)?;
            // Through the controlling side, so that no path can lead elsewhere.
            let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
            let program = ioctl_tiocgptpeer(&controlling, flags)?;
            if let Some((rows, columns)) = *size {
                let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
                tcsetwinsize(&controlling, size)?;
            }
            context.put(*master, controlling);
            context.put(*slave, program);
            Ok(())
        }
        _ => Err(Errno::NOSYS),
    }
}
