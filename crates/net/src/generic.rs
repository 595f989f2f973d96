//! Families of generic netlink, which have names instead of numbers. See `linux/genetlink.h`.

use std::fmt;

use crate::netlink::{Encoded, Error, Netlink, Request};
use crate::wire::{Malformed, Message};

/// `GENL_ID_CTRL`: the family that knows the others.
const CONTROL: u16 = 16;
const CTRL_CMD_GETFAMILY: u8 = 3;
const CTRL_ATTR_FAMILY_ID: u16 = 1;
const CTRL_ATTR_FAMILY_NAME: u16 = 2;

/// The number that a family has in this kernel, as a message type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Family(u16);

impl Family {
    /// Looks the family `name` up. Where it is in a module, this loads it.
    ///
    /// # Errors
    /// [`Error::Refused`] with `ENOENT` if the kernel has none of that name.
    pub(crate) fn find(generic: &mut Netlink, name: &'static str) -> Result<Self, Error> {
        generic.ask(&Find { name }, |message| {
            let (_, attributes) = message.split::<4>()?;
            attributes.find(CTRL_ATTR_FAMILY_ID).ok_or(Malformed)?.u16().map(Self)
        })
    }

    /// A request of command `command` to this family.
    pub(crate) fn message(self, command: u8, flags: i32) -> Message {
        Message::new(self.0, flags, &header(command))
    }
}

/// `struct genlmsghdr`, with version 1.
const fn header(command: u8) -> [u8; 4] {
    [command, 1, 0, 0]
}

struct Find {
    name: &'static str,
}

impl fmt::Display for Find {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "find `{}` in this kernel", self.name)
    }
}

impl Request for Find {
    fn encode(&self) -> Encoded {
        let mut message = Message::new(CONTROL, 0, &header(CTRL_CMD_GETFAMILY));
        message.put_str(CTRL_ATTR_FAMILY_NAME, self.name);
        Encoded(message)
    }
}
