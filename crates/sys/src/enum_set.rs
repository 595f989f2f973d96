//! Sets of the variants of an enumeration.

/// Makes the type of the sets of an enumeration, of which each variant is a bit: `pub struct NAME(BITS) of VARIANT, "SEPARATOR"`.
///
/// `VARIANT` is an enumeration without values of its own that has `ALL`, an array of its variants in their order, and `name`, and is in
/// the same module. A set prints the names with the separator between them.
///
/// ```
/// #[derive(Clone, Copy, Debug, PartialEq, Eq)]
/// enum Colour { Red, Green }
///
/// impl Colour {
///     const ALL: [Self; 2] = [Self::Red, Self::Green];
///     const fn name(self) -> &'static str {
///         match self { Self::Red => "red", Self::Green => "green" }
///     }
/// }
///
/// insula_sys::enum_set! {
///     /// A set of colours.
///     struct Colours(u8) of Colour, "+"
/// }
///
/// let both = Colour::Green | Colour::Red;
/// assert_eq!((both, both.to_string()), (Colours::ALL, "red+green".to_owned()));
/// assert_eq!(both.without(Colour::Red.into()), Colour::Green.into());
/// ```
#[macro_export]
macro_rules! enum_set {
    ($(#[$attribute:meta])* $visibility:vis struct $Set:ident($Bits:ty) of $Variant:ident, $separator:literal) => {
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        $visibility struct $Set($Bits);

        #[allow(dead_code, reason = "who has a set need not use all that it can do")]
        impl $Set {
            /// The empty set.
            pub const NONE: Self = Self(0);
            /// The full set.
            pub const ALL: Self = Self(<$Bits>::MAX >> (<$Bits>::BITS as usize - $Variant::ALL.len()));

            const fn only(variant: $Variant) -> Self {
                Self(1 << variant as u8)
            }

            /// Whether `variant` is in the set.
            #[must_use]
            pub const fn contains(self, variant: $Variant) -> bool {
                self.0 & Self::only(variant).0 != 0
            }

            /// Whether the set is empty.
            #[must_use]
            pub const fn is_empty(self) -> bool {
                self.0 == 0
            }

            /// How many are in the set.
            #[must_use]
            pub const fn len(self) -> usize {
                self.0.count_ones() as usize
            }

            /// Adds `variant`.
            pub const fn insert(&mut self, variant: $Variant) {
                self.0 |= Self::only(variant).0;
            }

            /// Takes `variant` out.
            pub const fn remove(&mut self, variant: $Variant) {
                self.0 &= !Self::only(variant).0;
            }

            /// Those that are here and not in `other`.
            #[must_use]
            pub const fn without(self, other: Self) -> Self {
                Self(self.0 & !other.0)
            }

            /// Those that are in both sets.
            #[must_use]
            pub const fn intersection(self, other: Self) -> Self {
                Self(self.0 & other.0)
            }

            #[doc = concat!("Those in the set, in the order of [`", stringify!($Variant), "::ALL`].")]
            pub fn iter(self) -> impl Iterator<Item = $Variant> {
                $Variant::ALL.into_iter().filter(move |variant| self.contains(*variant))
            }
        }

        impl From<$Variant> for $Set {
            fn from(variant: $Variant) -> Self {
                Self::only(variant)
            }
        }

        impl<Other: Into<$Set>> ::core::ops::BitOr<Other> for $Variant {
            type Output = $Set;

            fn bitor(self, other: Other) -> $Set {
                $Set::from(self) | other
            }
        }

        impl<Other: Into<Self>> ::core::ops::BitOr<Other> for $Set {
            type Output = Self;

            fn bitor(self, other: Other) -> Self {
                Self(self.0 | other.into().0)
            }
        }

        impl<Other: Into<Self>> ::core::ops::BitOrAssign<Other> for $Set {
            fn bitor_assign(&mut self, other: Other) {
                *self = *self | other;
            }
        }

        impl FromIterator<$Variant> for $Set {
            fn from_iter<Variants: IntoIterator<Item = $Variant>>(variants: Variants) -> Self {
                variants.into_iter().fold(Self::NONE, |set, variant| set | variant)
            }
        }

        impl ::core::fmt::Display for $Set {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                for (position, variant) in self.iter().enumerate() {
                    if position > 0 {
                        f.write_str($separator)?;
                    }
                    f.write_str(variant.name())?;
                }
                Ok(())
            }
        }
    };
}
