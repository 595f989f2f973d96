//! Structures whose fields are attributes: one table says what each is called, of what type it is, and which number it has.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::attribute::Attribute;
use super::{Malformed, Message, at};

/// In the byte order of the machine.
#[derive(Debug)]
pub(crate) struct Native;
/// In network byte order.
#[derive(Debug)]
pub(crate) struct Network;

/// What one attribute holds, in byte order `O`.
pub(crate) trait Field<O>: Sized {
    fn put(&self, kind: u16, message: &mut Message);
    fn read(attribute: &Attribute<'_>) -> Result<Self, Malformed>;
}

macro_rules! number {
    ($($order:ident $number:ty: $to:ident $from:ident;)*) => {
        $(impl Field<$order> for $number {
            fn put(&self, kind: u16, message: &mut Message) {
                message.put(kind, &self.$to());
            }

            fn read(attribute: &Attribute<'_>) -> Result<Self, Malformed> {
                super::first(attribute.payload).map(<$number>::$from)
            }
        })*
    };
}

number! {
    Native u8: to_ne_bytes from_ne_bytes;
    Native u16: to_ne_bytes from_ne_bytes;
    Native u32: to_ne_bytes from_ne_bytes;
    Native u64: to_ne_bytes from_ne_bytes;
    Native i32: to_ne_bytes from_ne_bytes;
    Network u16: to_be_bytes from_be_bytes;
    Network u32: to_be_bytes from_be_bytes;
    Network u64: to_be_bytes from_be_bytes;
}

/// One byte, 0 or 1: most switches.
impl Field<Native> for bool {
    fn put(&self, kind: u16, message: &mut Message) {
        message.put_u8(kind, u8::from(*self));
    }

    fn read(attribute: &Attribute<'_>) -> Result<Self, Malformed> {
        Ok(attribute.u8()? != 0)
    }
}

/// There or not there: `NLA_FLAG`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Present;

impl Field<Native> for Present {
    fn put(&self, kind: u16, message: &mut Message) {
        message.put_flag(kind);
    }

    fn read(_: &Attribute<'_>) -> Result<Self, Malformed> {
        Ok(Self)
    }
}

impl Field<Native> for String {
    fn put(&self, kind: u16, message: &mut Message) {
        message.put_str(kind, self);
    }

    fn read(attribute: &Attribute<'_>) -> Result<Self, Malformed> {
        Ok(attribute.text().into_owned())
    }
}

impl Field<Native> for Ipv4Addr {
    fn put(&self, kind: u16, message: &mut Message) {
        message.put(kind, &self.octets());
    }

    fn read(attribute: &Attribute<'_>) -> Result<Self, Malformed> {
        super::first::<4>(attribute.payload).map(Self::from)
    }
}

impl Field<Native> for Ipv6Addr {
    fn put(&self, kind: u16, message: &mut Message) {
        message.put(kind, &self.octets());
    }

    fn read(attribute: &Attribute<'_>) -> Result<Self, Malformed> {
        super::first::<16>(attribute.payload).map(Self::from)
    }
}

impl Field<Native> for IpAddr {
    fn put(&self, kind: u16, message: &mut Message) {
        match self {
            Self::V4(address) => Field::<Native>::put(address, kind, message),
            Self::V6(address) => Field::<Native>::put(address, kind, message),
        }
    }

    fn read(attribute: &Attribute<'_>) -> Result<Self, Malformed> {
        attribute.ip()
    }
}

impl Field<Native> for [u8; 6] {
    fn put(&self, kind: u16, message: &mut Message) {
        message.put(kind, self);
    }

    fn read(attribute: &Attribute<'_>) -> Result<Self, Malformed> {
        at(attribute.payload, 0)
    }
}

/// Two numbers one after the other: values and which of them count, a range.
impl Field<Native> for (u32, u32) {
    fn put(&self, kind: u16, message: &mut Message) {
        let mut bytes = [0; 8];
        bytes[..4].copy_from_slice(&self.0.to_ne_bytes());
        bytes[4..].copy_from_slice(&self.1.to_ne_bytes());
        message.put(kind, &bytes);
    }

    fn read(attribute: &Attribute<'_>) -> Result<Self, Malformed> {
        let number = |position| at(attribute.payload, position).map(u32::from_ne_bytes);
        Ok((number(0)?, number(4)?))
    }
}

impl Field<Network> for (u32, u32) {
    fn put(&self, kind: u16, message: &mut Message) {
        let mut bytes = [0; 8];
        bytes[..4].copy_from_slice(&self.0.to_be_bytes());
        bytes[4..].copy_from_slice(&self.1.to_be_bytes());
        message.put(kind, &bytes);
    }

    fn read(attribute: &Attribute<'_>) -> Result<Self, Malformed> {
        let number = |position| at(attribute.payload, position).map(u32::from_be_bytes);
        Ok((number(0)?, number(4)?))
    }
}

impl Field<Network> for (u16, u16) {
    fn put(&self, kind: u16, message: &mut Message) {
        let ([a, b], [c, d]) = (self.0.to_be_bytes(), self.1.to_be_bytes());
        message.put(kind, &[a, b, c, d]);
    }

    fn read(attribute: &Attribute<'_>) -> Result<Self, Malformed> {
        let number = |position| at(attribute.payload, position).map(u16::from_be_bytes);
        Ok((number(0)?, number(2)?))
    }
}

/// The byte order that a line of [`attributes!`] names.
macro_rules! order {
    () => {
        $crate::wire::Native
    };
    ($order:ident) => {
        $crate::wire::$order
    };
}

/// A structure of optional fields, each an attribute: `put` writes those that are there, `parse` reads those that it knows.
macro_rules! attributes {
    (
        $(#[$meta:meta])*
        pub struct $name:ident: $($kind:literal)|+ {
            $($(#[$doc:meta])* $field:ident: $type:ty = $number:literal $($order:ident)?,)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct $name {
            $($(#[$doc])* pub $field: Option<$type>,)*
        }

        impl $name {
            /// Writes what is there.
            #[allow(dead_code, reason = "some are only read")]
            pub(crate) fn put(&self, message: &mut $crate::wire::Message) {
                $(if let Some(value) = &self.$field {
                    <$type as $crate::wire::Field<$crate::wire::order!($($order)?)>>::put(value, $number, message);
                })*
            }

            /// Fills in what `attribute` holds, if it is one of these.
            fn take(&mut self, attribute: &$crate::wire::Attribute<'_>) -> Result<(), $crate::wire::Malformed> {
                match attribute.kind {
                    $($number => {
                        self.$field = Some(
                            <$type as $crate::wire::Field<$crate::wire::order!($($order)?)>>::read(attribute)?,
                        );
                    })*
                    _ => {}
                }
                Ok(())
            }
        }

        impl $crate::link::LinkData for $name {
            const KINDS: &'static [&'static str] = &[$($kind),+];

            fn parse(bytes: &[u8]) -> Result<Self, $crate::wire::Malformed> {
                let mut all = Self::default();
                for attribute in $crate::wire::Attributes::new(bytes) {
                    all.take(&attribute)?;
                }
                Ok(all)
            }
        }

        #[cfg(test)]
        impl proptest::arbitrary::Arbitrary for $name {
            type Parameters = ();
            type Strategy = proptest::strategy::BoxedStrategy<Self>;

            fn arbitrary_with((): ()) -> Self::Strategy {
                use proptest::prelude::*;
                // Field after field, since tuples of strategies end at twelve.
                let all = Just(Self::default()).boxed();
                $(let all = (all, proptest::option::of($crate::wire::arbitrary::<$type>()))
                    .prop_map(|(mut all, value)| { all.$field = value; all })
                    .boxed();)*
                all
            }
        }
    };
}

pub(crate) use {attributes, order};

/// Any value of a field's type.
#[cfg(test)]
pub(crate) fn arbitrary<T: Arbitrary>() -> proptest::strategy::BoxedStrategy<T> {
    T::any()
}

#[cfg(test)]
pub(crate) trait Arbitrary: Sized + std::fmt::Debug {
    fn any() -> proptest::strategy::BoxedStrategy<Self>;
}

#[cfg(test)]
macro_rules! any {
    ($($type:ty),*) => {
        $(impl Arbitrary for $type {
            fn any() -> proptest::strategy::BoxedStrategy<Self> {
                use proptest::strategy::Strategy as _;
                proptest::arbitrary::any::<$type>().boxed()
            }
        })*
    };
}

#[cfg(test)]
any!(u8, u16, u32, u64, i32, bool, Ipv4Addr, Ipv6Addr, IpAddr, [u8; 6], (u32, u32), (u16, u16));

#[cfg(test)]
impl Arbitrary for Present {
    fn any() -> proptest::strategy::BoxedStrategy<Self> {
        use proptest::strategy::Strategy as _;
        proptest::strategy::Just(Self).boxed()
    }
}

#[cfg(test)]
impl Arbitrary for String {
    fn any() -> proptest::strategy::BoxedStrategy<Self> {
        use proptest::strategy::Strategy as _;
        "[^\0]{0,20}".prop_map(Into::into).boxed()
    }
}
