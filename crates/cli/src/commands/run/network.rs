//! The network of a command: `--net` and `--publish`.

use std::ffi::OsStr;
use std::os::fd::AsFd as _;

use insula_engine::firewall::Publication;
use insula_engine::network::{BridgeName, NetworkError, Networks, NewPort, PortAddress, Room};
use insula_engine::set::{Set, SetError, Sets};
use insula_engine::target::Target;
use insula_ns::{Kind, Kinds, Namespace};

use super::options::{Explain, JoinOption, Options};
use crate::args::{Arg, Invalid, text};
use crate::commands::net::publish;
use crate::commands::net::report::explain;
use crate::commands::net::words;
use crate::report::Failure;

/// What `--net` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NetworkOption {
    /// A new one, with nothing but a loopback.
    None,
    /// The caller's own.
    Host,
    /// That of a set, or one attached to a bridge.
    Named { name: &'static str, addresses: Vec<PortAddress> },
}

impl NetworkOption {
    pub(super) fn parse(word: Arg) -> Result<Self, Invalid> {
        let word = text(word)?;
        match word {
            "none" => return Ok(Self::None),
            "host" => return Ok(Self::Host),
            _ => {}
        }
        let (name, list) = word.split_once(':').map_or((word, None), |(name, list)| (name, Some(list)));
        let addresses = list.into_iter().flat_map(|list| list.split(','));
        let addresses =
            addresses.map(|one| words::port_address(OsStr::new(one))).collect::<Result<_, _>>()?;
        Ok(Self::Named { name, addresses })
    }
}

/// What was made for the command, and goes with it.
#[derive(Debug, Default)]
pub(super) struct Network {
    /// The namespace of which ports are published.
    published: Option<Namespace>,
}

impl Network {
    /// Makes what the options ask for, and turns it into namespaces to make or to enter.
    pub(super) fn begin(options: &mut Options) -> Result<Self, Failure> {
        let Some(option) = options.network.take() else {
            if options.publish.is_empty() {
                return Ok(Self::default());
            }
            return Err(Failure::usage("`--publish` needs a network that the host leads to: `--net BRIDGE`"));
        };
        let net = Kinds::from(Kind::Net);
        let namespaces = &mut options.namespaces;
        let named = |kinds: Kinds| !kinds.intersection(net).is_empty();
        let is_joined = namespaces.joins.iter().any(|join| join.kinds.is_none_or(named));
        if named(namespaces.share) || is_joined || namespaces.new.is_some_and(named) {
            return Err(Failure::usage("`--net` and another option both name the network namespace"));
        }
        match option {
            NetworkOption::Named { name, addresses } => Self::named(options, name, addresses),
            _ if !options.publish.is_empty() => {
                Err(Failure::usage("`--publish` needs a network that the host leads to: `--net BRIDGE`"))
            }
            NetworkOption::Host => {
                namespaces.share.insert(Kind::Net);
                Ok(Self::default())
            }
            NetworkOption::None => {
                // With `--new`, one more kind than that names.
                namespaces.new = namespaces.new.map(|kinds| kinds | net);
                Ok(Self::default())
            }
        }
    }

    fn named(
        options: &mut Options,
        name: &'static str,
        addresses: Vec<PortAddress>,
    ) -> Result<Self, Failure> {
        if options.explain == Explain::Only {
            return Err(Failure::usage(
                "`--explain=only` makes no network, so it cannot show a start in one",
            ));
        }
        // No bridge of ours has the name of a set, nor the other way round.
        if addresses.is_empty()
            && let Some(set) = find_set(name)?
        {
            if !options.publish.is_empty() {
                let hint = format!("publish ports of the set: `insula net publish {name} …`");
                return Err(Failure::usage("`--publish` is for what ends with the command").hint(hint));
            }
            let target = Target::parse(OsStr::new(name))?;
            options.namespaces.joins.push(JoinOption { target, kinds: Some(Kind::Net.into()) });
            if !options.namespaces.share.contains(Kind::Mnt) {
                options.namespaces.room = room(&set).map_err(explain)?;
            }
            return Ok(Self::default());
        }
        let bridge = words::bridge(OsStr::new(name))?;
        let net = attach(&bridge, addresses).map_err(|error| match error {
            NetworkError::NoBridge { .. } => {
                let hint =
                    format!("make one: `insula net bridge {name}`, or a set: `insula net create {name}`");
                explain(error).hint(hint)
            }
            error => explain(error),
        })?;
        let network = publish(&net, &options.publish)?;
        options.namespaces.network = Some(net);
        Ok(network)
    }
}

/// The set of this name; what has another one's form is none.
fn find_set(name: &str) -> Result<Option<Set>, Failure> {
    let Ok(name) = name.parse() else { return Ok(None) };
    match Sets::of_caller().find(&name) {
        Ok(set) => Ok(Some(set)),
        Err(SetError::Missing { .. }) => Ok(None),
        Err(error) => Err(explain(NetworkError::Set(error))),
    }
}

/// The mount namespace in which `resolv.conf` and `hosts` are the set's, and resolver daemons of the host are out of reach.
fn room(set: &Set) -> Result<Option<Namespace>, NetworkError> {
    let networks = Networks::of_caller();
    if let Some(room) = networks.room(set)? {
        return Ok(Some(room));
    }
    Ok(networks.room_with_answers(set.name())?.map(|room| match room {
        Room::Made(room) | Room::OfSet(room) => room,
    }))
}

/// A new network namespace, attached to the bridge.
fn attach(bridge: &BridgeName, addresses: Vec<PortAddress>) -> Result<Namespace, NetworkError> {
    let net = Networks::nameless()?;
    let port = NewPort { addresses, ..NewPort::default() };
    Networks::of_caller().attach_nameless(handle(&net)?, bridge, &port)?;
    Ok(net)
}

/// Publishes all, or none.
fn publish(net: &Namespace, publications: &[Publication]) -> Result<Network, Failure> {
    if publications.is_empty() {
        return Ok(Network::default());
    }
    // From here on a failure takes back what was published before it.
    let network = Network { published: Some(handle(net).map_err(explain)?) };
    for publication in publications {
        let handle = handle(net).map_err(explain)?;
        let now = Networks::of_caller().publish_nameless(handle, publication).map_err(explain)?;
        publish::warn(&now);
    }
    Ok(network)
}

/// One more handle of the namespace.
pub(super) fn handle(net: &Namespace) -> Result<Namespace, NetworkError> {
    let fd =
        rustix::io::fcntl_dupfd_cloexec(net.as_fd(), 3).map_err(|source| NetworkError::Unshare { source })?;
    Ok(Namespace::from_fd(fd)?)
}

impl Drop for Network {
    /// What is published goes with the command; `insula gc` takes what stays if we are killed.
    fn drop(&mut self) {
        if let Some(net) = &self.published
            && let Err(error) = Networks::of_caller().unpublish_nameless(net.id().ino)
        {
            crate::output::complain(&explain(error).text("insula"));
        }
    }
}
