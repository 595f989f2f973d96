//! Which addresses are shown or flushed, and of which links.

use insula_net::{Address, AddressFlags, Prefix, Scope};

use super::super::catalog::Catalog;
use super::super::glob::Glob;
use super::super::link::Filter as LinkFilter;
use super::super::options::Family;
use super::super::session::unlabelled;
use super::super::words::matches;
use super::super::{Session, Stop, Words, inet};
use super::flags;

/// What an address must be.
#[derive(Clone, Debug, Default)]
pub(super) struct Filter {
    pub(super) family: Family,
    /// What its link must be.
    pub(super) link: LinkFilter,
    /// The number of its link.
    pub(super) index: Option<u32>,
    scope: Option<Scope>,
    set: u32,
    pub(super) mask: u32,
    pub(super) label: Option<Glob>,
    within: Option<Prefix>,
}

impl Filter {
    pub(super) fn parse(session: &mut Session, words: &mut Words<'_>) -> Result<Self, Stop> {
        let mut filter = Self { family: session.options.family, ..Self::default() };
        while let Some(word) = words.take() {
            match word {
                "to" => {
                    let given = inet::prefix(words.value()?, filter.family)?;
                    filter.within = Some(given.prefix);
                    if filter.family == Family::Unspecified {
                        filter.family = Family::of(given.prefix.address);
                    }
                }
                "scope" => {
                    let name = words.value()?;
                    let scope =
                        session.number(Catalog::Scopes, name).and_then(|number| u8::try_from(number).ok());
                    if scope.is_none() && name != "all" {
                        return Err(Stop::wrong(name, "invalid \"scope\"\n"));
                    }
                    filter.scope = scope.map(Scope);
                }
                "label" => filter.label = Some(Glob::new(words.value()?)),
                word if filter.flag(word) => {}
                word => {
                    if !filter.link.take(session, words, word)? && matches(word, "help") {
                        return Err(super::usage());
                    }
                }
            }
        }
        if let Some(name) = &filter.link.device {
            let link = session.link(unlabelled(name))?.ok_or_else(|| Stop::missing_device(name))?;
            filter.index = Some(link.index);
        }
        Ok(filter)
    }

    /// Whether `word` is a flag, which it takes then.
    fn flag(&mut self, word: &str) -> bool {
        let (flag, set) = match word.strip_prefix('-') {
            _ if word == "dynamic" => (Some(AddressFlags::PERMANENT), false),
            _ if word == "primary" => (Some(AddressFlags::SECONDARY), false),
            Some(name) => (flags::named(name), false),
            None => (flags::named(word), true),
        };
        let Some(flag) = flag else { return false };
        self.set = if set { self.set | flag.0 } else { self.set & !flag.0 };
        self.mask |= flag.0;
        true
    }

    /// Whether only one round of a flush is wanted: the next would take what has become primary in the first.
    pub(super) fn is_of_primary(&self) -> bool {
        let secondary = AddressFlags::SECONDARY.0;
        self.mask & secondary != 0 && self.set & secondary == 0
    }

    /// Whether `address` is what is wanted; `link` is the name of its interface, which stands for a label.
    pub(super) fn accepts(&self, address: &Address, link: &str) -> bool {
        let of_family = match self.family {
            Family::Inet => address.prefix.address.is_ipv4(),
            Family::Inet6 => address.prefix.address.is_ipv6(),
            _ => true,
        };
        let label = || address.label.as_deref().unwrap_or(link);
        of_family
            && self.index.is_none_or(|index| index == address.index)
            && self.scope.is_none_or(|scope| scope == address.scope)
            && (self.set ^ address.flags.0) & self.mask == 0
            && self.within.is_none_or(|within| within.contains(address.prefix.address))
            && self.label.as_ref().is_none_or(|glob| glob.matches(label()))
    }
}
