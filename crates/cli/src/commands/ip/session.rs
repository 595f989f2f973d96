//! One run of `ip`: its options, its socket, its output, and the links that it has seen.

use std::collections::HashMap;
use std::os::fd::{AsFd as _, OwnedFd};

use insula_net::{Error, Link, Netlink, Protocol, Request};
use insula_sys::errno::sentence;
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use super::Words;
use super::catalog::{Catalog, Catalogs};
use super::options::Options;
use super::page::Page;
use super::pending::{Pending, Refused};
use super::stop::Stop;

/// Where iproute2 keeps network namespaces by name.
pub(super) const NETNS_DIR: &str = "/run/netns";

/// So many processors at most are worth their threads.
const PROCESSORS: usize = 4;

/// One run of `ip`, which a batch has for all of its commands.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) options: Options,
    pub(super) page: Page,
    /// The namespace of this process.
    own: Place,
    /// The one that a line of a batch names, and its name; it is kept for the next line.
    other: Option<(String, Place)>,
    /// Whether that is where the present line works.
    elsewhere: bool,
    catalogs: Catalogs,
    pending: Pending,
}

/// A namespace that is worked in, and what is known of it.
#[derive(Debug, Default)]
pub(super) struct Place {
    /// None is that of this process.
    namespace: Option<OwnedFd>,
    route: Option<Netlink>,
    links: HashMap<u32, Seen>,
    /// Numbers of links by name.
    numbers: HashMap<String, u32>,
    pub(super) netns: super::link::place::Names,
}

/// What is known of a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) name: String,
    /// `IFF_*`.
    pub(super) flags: u32,
}

impl Session {
    /// Enters the namespace that the options name.
    pub(super) fn new(options: Options) -> Result<Self, Stop> {
        if let Some(name) = &options.netns {
            enter(name)?;
        }
        let page = Page::new(&options);
        Ok(Self {
            options,
            page,
            own: Place::default(),
            other: None,
            elsewhere: false,
            catalogs: Catalogs::default(),
            pending: Pending::default(),
        })
    }

    /// Where the present line works.
    pub(super) fn place(&mut self) -> &mut Place {
        match &mut self.other {
            Some((_, other)) if self.elsewhere => other,
            _ => &mut self.own,
        }
    }

    /// Works in the namespace called `name` for one line, or in that of this process.
    pub(super) fn go(&mut self, name: Option<&str>) -> Result<(), Stop> {
        let same = self.elsewhere == name.is_some()
            && name.is_none_or(|name| self.other.as_ref().is_some_and(|(other, _)| other == name));
        if same {
            return Ok(());
        }
        // The order between namespaces matters where a link goes from one to the other.
        self.settle();
        if let Some(name) = name
            && self.other.as_ref().is_none_or(|(other, _)| other != name)
        {
            self.other = Some((name.to_owned(), Place { namespace: Some(open(name)?), ..Place::default() }));
        }
        self.elsewhere = name.is_some();
        Ok(())
    }

    /// Forgets which namespaces the names stand for.
    pub(super) fn leave(&mut self) {
        self.other = None;
        self.own.netns = super::link::place::Names::default();
    }

    /// The `NETLINK_ROUTE` socket, opened when it is first needed. What was asked before is done by then.
    pub(super) fn route(&mut self) -> Result<&mut Netlink, Stop> {
        self.settle();
        self.place().socket()
    }

    /// At most `count` more sockets of that kind, one for each processor that may help: none where there are no more to be had.
    pub(super) fn more_routes(&mut self, count: usize) -> Vec<Netlink> {
        if count == 0 {
            return Vec::new();
        }
        let place = self.place();
        (1..insula_sys::processors::count().min(PROCESSORS))
            .take(count)
            .map_while(|_| place.open().ok())
            .collect()
    }

    /// Performs `request`; `explain` has the words for why it was refused. In a batch that goes on after failures many are sent at
    /// once, by [`Session::settle`], which keeps the failures.
    pub(super) fn change(
        &mut self,
        request: impl Request + 'static,
        explain: impl FnOnce(Error) -> Stop + 'static,
    ) -> Result<(), Stop> {
        if self.options.batch.is_some() && self.options.force && !self.options.echo {
            if self.pending.has_departures() {
                self.settle();
            }
            self.pending.add(Box::new(request), Box::new(explain));
            if self.pending.is_full() {
                self.settle();
            }
            return Ok(());
        }
        if self.options.echo {
            let events = self.route()?.perform_with_echo(&request).map_err(explain)?;
            return super::monitor::echo(self, &events);
        }
        self.route()?.perform(&request).map_err(explain)
    }

    /// Takes the name of a network namespace away. In a batch that goes on after failures many are taken away at once, by
    /// [`Session::settle`], which keeps the failures.
    pub(super) fn depart(&mut self, name: &str) -> Result<(), Stop> {
        if self.pending.has_changes() || self.pending.departs(name) {
            self.settle();
        }
        if self.options.batch.is_some() && self.options.force {
            self.pending.depart(name);
            return Ok(());
        }
        super::netns::remove(name)
    }

    /// Performs what is asked for and not yet done.
    pub(super) fn settle(&mut self) {
        if self.pending.is_empty() {
            return;
        }
        let mut pending = std::mem::take(&mut self.pending);
        if pending.has_changes() {
            pending.perform(self.place().socket());
        }
        pending.perform_departures();
        self.pending = pending;
    }

    /// The line of the batch that comes now.
    pub(super) fn at_line(&mut self, number: usize) {
        self.pending.line = number;
    }

    /// What was refused since it was asked last.
    pub(super) fn refused(&mut self) -> Vec<Refused> {
        self.pending.take_refused()
    }

    /// All links, which are remembered.
    pub(super) fn links(&mut self) -> Result<Vec<Link>, Stop> {
        let links = Link::list(self.route()?)?;
        for link in &links {
            self.remember(link);
        }
        Ok(links)
    }

    /// The link called `name`, or nothing if there is none.
    pub(super) fn link(&mut self, name: &str) -> Result<Option<Link>, Stop> {
        match Link::find(self.route()?, name) {
            Ok(link) => {
                self.remember(&link);
                Ok(Some(link))
            }
            Err(error) if error.errno() == Some(Errno::NODEV) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The number of the link called `name`; `if7` is number 7 where no link has that name.
    ///
    /// # Errors
    /// `Cannot find device "…"`.
    pub(super) fn index(&mut self, name: &str) -> Result<u32, Stop> {
        if let Some(index) = self.number_of(name)? {
            return Ok(index);
        }
        let number = name.strip_prefix("if").and_then(|digits| digits.parse().ok());
        number.ok_or_else(|| Stop::no_device(name))
    }

    /// The name of link number `index`: `if7` if there is none.
    pub(super) fn name(&mut self, index: u32) -> String {
        self.seen(index).map_or_else(|| format!("if{index}"), |seen| seen.name.clone())
    }

    /// What is known of link number `index`, asked for if need be.
    pub(super) fn seen(&mut self, index: u32) -> Option<&Seen> {
        if !self.place().links.contains_key(&index) {
            let link = self.route().ok().and_then(|route| Link::numbered(route, index).ok())?;
            self.remember(&link);
        }
        self.place().links.get(&index)
    }

    /// The number of the link called `name`, as the master to look for.
    pub(super) fn master(&mut self, name: &str) -> Result<u32, Stop> {
        self.number_of(name)?.ok_or_else(|| Stop::wrong(name, "Device does not exist"))
    }

    /// The number of the VRF called `name`.
    pub(super) fn vrf(&mut self, name: &str) -> Result<u32, Stop> {
        let link = self.link(name)?.filter(|link| link.kind.as_deref() == Some("vrf"));
        link.map(|link| link.index).ok_or_else(|| Stop::wrong(name, "Not a valid VRF name\n"))
    }

    /// The number of the link called `name`, which the lines of a batch ask for again and again.
    fn number_of(&mut self, name: &str) -> Result<Option<u32>, Stop> {
        let name = unlabelled(name);
        if let Some(index) = self.place().numbers.get(name) {
            return Ok(Some(*index));
        }
        let found = self.link(name)?.map(|link| link.index);
        if let Some(index) = found {
            self.place().numbers.insert(name.to_owned(), index);
        }
        Ok(found)
    }

    /// The name of `number`, or the number itself: with `-Numeric` always.
    pub(super) fn named(&mut self, catalog: Catalog, number: u32) -> String {
        let numeric = self.options.numeric;
        let name = self.catalogs.table(catalog).name(number).filter(|_| !numeric);
        name.map_or_else(|| number.to_string(), str::to_owned)
    }

    /// The number called `name`, which may be a number itself.
    pub(super) fn number(&mut self, catalog: Catalog, name: &str) -> Option<u32> {
        self.catalogs.table(catalog).number(name)
    }

    /// The number called `name`, which is no number itself.
    pub(super) fn number_named(&mut self, catalog: Catalog, name: &str) -> Option<u32> {
        self.catalogs.table(catalog).number_named(name)
    }

    /// The number of the link that the next word names; `wrong` is what is said where there is none.
    pub(super) fn device(&mut self, words: &mut Words<'_>, wrong: &str) -> Result<u32, Stop> {
        let name = words.value()?;
        self.index(name).map_err(|_| Stop::wrong(name, wrong))
    }

    /// The type of service called `name`, which may be a number in hexadecimal.
    pub(super) fn service(&mut self, name: &str) -> Option<u8> {
        let named = self.number_named(Catalog::Services, name);
        let number = named.or_else(|| super::words::hexadecimal(name, 0xff))?;
        u8::try_from(number).ok()
    }

    /// Fills the page, which is this session's own; names are asked for on the way.
    pub(super) fn with_page<T>(&mut self, fill: impl FnOnce(&mut Self, &mut Page) -> T) -> T {
        let blank = self.page.blank();
        let mut page = std::mem::replace(&mut self.page, blank);
        let filled = fill(self, &mut page);
        self.page = page;
        filled
    }

    /// Shows a list.
    pub(super) fn show(
        &mut self,
        fill: impl FnOnce(&mut Self, &mut Page) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        self.with_page(|session, page| page.list(|page| fill(session, page)))
    }

    /// After something that may have changed names or numbers of links.
    pub(super) fn forget(&mut self) {
        self.forget_flags();
        self.place().numbers.clear();
    }

    /// After something that changed nothing of links but what they are.
    pub(super) fn forget_flags(&mut self) {
        self.place().links.clear();
    }

    /// Remembers a link that was set, or forgets one that is gone.
    pub(super) fn learn(&mut self, link: &Link, happened: insula_net::Happened) {
        match happened {
            insula_net::Happened::Set => self.remember(link),
            insula_net::Happened::Deleted => drop(self.place().links.remove(&link.index)),
        }
    }

    fn remember(&mut self, link: &Link) {
        self.place().links.insert(link.index, Seen { name: link.name.clone(), flags: link.flags });
    }

    /// Says how a flush ended, after this many rounds that deleted something, where `-s` asks for it.
    pub(super) fn flushed(&mut self, rounds: u32) -> Result<(), Stop> {
        if self.options.stats > 0 {
            match rounds {
                0 => self.page.text("Nothing to flush.\n"),
                1 => self.page.text("*** Flush is complete after 1 round ***\n"),
                _ => self.page.text(format_args!("*** Flush is complete after {rounds} rounds ***\n")),
            }
        }
        self.page.flush()
    }
}

impl Place {
    fn open(&self) -> Result<Netlink, Error> {
        let namespace: Vec<_> = self.namespace.iter().map(OwnedFd::as_fd).collect();
        Netlink::open_in(Protocol::Route, &namespace)
    }

    fn socket(&mut self) -> Result<&mut Netlink, Stop> {
        if self.route.is_none() {
            self.route = Some(self.open()?);
        }
        Ok(self.route.as_mut().expect("it has just been opened"))
    }
}

/// The name of the link that `name` is, or that an address with that label is on: `eth0` for `eth0:1`.
pub(super) fn unlabelled(name: &str) -> &str {
    name.split_once(':').map_or(name, |(link, _)| link)
}

fn open(name: &str) -> Result<OwnedFd, Stop> {
    rustix::fs::open(format!("{NETNS_DIR}/{name}"), OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).map_err(
        |errno| Stop::usage(format!("Cannot open network namespace \"{name}\": {}", sentence(errno))),
    )
}

/// Makes the named network namespace that of this process, which has one thread.
fn enter(name: &str) -> Result<(), Stop> {
    let file = open(name)?;
    move_into_link_name_space(file.as_fd(), Some(LinkNameSpaceType::Network)).map_err(|errno| {
        Stop::usage(format!("setting the network namespace \"{name}\" failed: {}", sentence(errno)))
    })
}
