//! Walls around the networks of the host, and what goes with those that are gone.

use insula_net::{IfName, Link};
use insula_ns::{Kind, Kinds, Scan, Want};
use rustix::io::Errno;

use super::connect::{delete, of_link};
use super::error::There;
use super::lock::NetworkLock;
use super::mark::end_of_lab;
use super::name::shown_name;
use super::open_site::{OpenSite, mark};
use super::{NetworkError, Networks, Purpose, Site};
use crate::firewall::{
    Client, Egress, Families, Firewall, FirewallError, Forwarded, Published, Ruleset, Walled,
};
use crate::set::{Disposal, SetError, SetName};

/// What leads to nothing.
#[derive(Debug, Default)]
struct Gone {
    published: Vec<Published>,
    forwarded: Vec<Forwarded>,
    interfaces: Vec<IfName>,
}

impl Networks {
    /// Puts walls around the network behind an interface of the host.
    pub(super) fn wall(&self, host: &mut OpenSite, index: u32, egress: Egress) -> Result<(), NetworkError> {
        let families = match egress {
            Egress::Nat => {
                Families::of(of_link(&host.addresses()?, index).iter().map(|prefix| prefix.address))
            }
            Egress::Closed | Egress::Open => Families::default(),
        };
        let link = host.links()?.into_iter().find(|link| link.index == index);
        let Some(interface) = link.and_then(|link| IfName::new(&link.name).ok()) else { return Ok(()) };
        if families.ipv6
            && let Some(advertised) = super::publish::advertised(host)?
        {
            return Err(advertised.into());
        }
        let mut firewall = Firewall::open()?;
        self.sweep_in(&mut firewall)?;
        Ok(firewall.wall(&Walled { interface, index, egress, families }, &self.steps())?)
    }

    /// Puts walls around what is behind ends of pairs at the host, by their numbers.
    pub(crate) fn wall_off(&self, ends: &[u32]) -> Result<(), NetworkError> {
        if ends.is_empty() {
            return Ok(());
        }
        let _lock = NetworkLock::take(self.store()?)?;
        let mut host = OpenSite::open(&self.sets, &Site::Host)?;
        ends.iter().try_for_each(|index| self.wall(&mut host, *index, Egress::Closed))
    }

    /// Deletes what a lab has at the host: ends of its links, which would go with the other ends, but later, and its bridge.
    pub(crate) fn remove_ends_of_lab(&self, lab: &str) -> Result<(), NetworkError> {
        let mut host = OpenSite::open(&self.sets, &Site::Host)?;
        let alias = end_of_lab(lab);
        for link in host.links()? {
            if link.alias.as_ref() == Some(&alias)
                && matches!(link.kind.as_deref(), Some("veth" | "bridge" | "vxlan"))
            {
                delete(&mut host, link.index)?;
            }
        }
        Ok(())
    }

    /// Whether a network that is there has the walls that are asked for; puts up what was lost.
    pub(super) fn has_walls(&self, link: &Link, egress: Egress) -> Result<(), NetworkError> {
        let Ok(interface) = IfName::new(&link.name) else { return Ok(()) };
        let ruleset = Firewall::open()?.read()?;
        let there = ruleset.network(&interface).filter(|walled| walled.index == link.index);
        match there.map(|walled| walled.egress) {
            Some(found) if found == egress => Ok(()),
            Some(Egress::Nat) => Err(different(link, "with NAT")),
            Some(Egress::Closed) => Err(different(link, "without NAT")),
            Some(Egress::Open) | None => {
                self.wall(&mut OpenSite::open(&self.sets, &Site::Host)?, link.index, egress)
            }
        }
    }

    /// Takes away what is published for sets and interfaces that are gone, and walls around interfaces that are.
    ///
    /// Where the packet filter can't be looked at, for lack of it or of privileges, there is nothing of ours in it.
    pub(super) fn sweep(&self) -> Result<(), NetworkError> {
        match Firewall::open()
            .map_err(NetworkError::from)
            .and_then(|mut firewall| self.sweep_in(&mut firewall))
        {
            Err(NetworkError::Firewall(error)) if is_nothing(&error) => Ok(()),
            other => other,
        }
    }

    pub(super) fn sweep_in(&self, firewall: &mut Firewall) -> Result<(), NetworkError> {
        let ruleset = firewall.read()?;
        let gone = self.gone(&ruleset)?;
        for interface in &gone.interfaces {
            firewall.unwall(interface, &self.steps())?;
        }
        let is_gone = |one: &Published| gone.published.iter().any(|other| other.is_same(one));
        // What it led to is gone, so whether connections end is no matter.
        let (_, _) = firewall.unpublish(is_gone, &self.steps())?;
        let is_gone = |one: &Forwarded| gone.forwarded.contains(one);
        let (_, _) = firewall.unforward(is_gone, &self.steps())?;
        Ok(())
    }

    /// Takes away what a set that was removed leaves in the packet filter of the host.
    ///
    /// # Errors
    /// [`NetworkError`].
    pub fn forget_gone(&self) -> Result<(), NetworkError> {
        if self.ruleset_if_any()?.is_empty() {
            return Ok(());
        }
        let _lock = NetworkLock::take(self.store()?)?;
        self.sweep()
    }

    /// As a collection does it: what goes, in words. The caller holds the lock if anything is to be removed.
    pub(super) fn collect_firewall(&self, disposal: Disposal) -> Result<Vec<String>, NetworkError> {
        let ruleset = self.ruleset_if_any()?;
        let gone = self.gone(&ruleset)?;
        if disposal == Disposal::Remove {
            self.sweep()?;
        }
        let published = gone.published.iter().map(|one| format!("{} of {}", one.publication, one.owner()));
        let forwarded = gone.forwarded.iter().map(|one| format!("{} for {}", one.forward, one.client.name()));
        let ended = ruleset.ended().map(|claim| format!("connections of {claim} of {}", claim.owner()));
        let walls = gone.interfaces.iter().map(|interface| format!("walls around {interface}"));
        let settings = ruleset.unneeded().into_iter().map(|borrowed| format!("setting {}", borrowed.need));
        let unused =
            ruleset.unused().into_iter().map(|network| format!("walls around {}", network.interface));
        Ok(published.chain(forwarded).chain(ended).chain(walls).chain(unused).chain(settings).collect())
    }

    /// What in `ruleset` leads to nothing.
    fn gone(&self, ruleset: &Ruleset) -> Result<Gone, NetworkError> {
        if ruleset.is_empty() {
            return Ok(Gone::default());
        }
        let links = OpenSite::open(&self.sets, &Site::Host)?.links()?;
        let find = |name: &IfName| links.iter().find(|link| link.name == name.as_str());
        let is_gone = |walled: &&Walled| {
            find(&walled.interface)
                .is_none_or(|link| link.index != walled.index || self.leads_to_gone_set(link))
        };
        let interfaces: Vec<IfName> =
            ruleset.networks.iter().filter(is_gone).map(|walled| walled.interface.clone()).collect();
        let mut scanned = None;
        let published = ruleset.published.iter().filter(|one| {
            interfaces.contains(&one.interface)
                || find(&one.interface).is_none()
                || match &one.set {
                    Some(name) => self.set_is_another(name, one.netns),
                    None => !scanned
                        .get_or_insert_with(living)
                        .as_ref()
                        .is_none_or(|all| all.contains(&one.netns)),
                }
        });
        let published = published.cloned().collect();
        let forwarded = ruleset.forwarded.iter().filter(|one| {
            interfaces.contains(&one.interface)
                || find(&one.interface).is_none()
                || match &one.client {
                    Client::Set { name, netns } => self.set_is_another(name, *netns),
                    Client::Bridge(_) => false,
                }
        });
        Ok(Gone { published, forwarded: forwarded.cloned().collect(), interfaces })
    }

    /// Whether an interface is our end of a pair whose other end went with its set. The kernel takes its time for that.
    fn leads_to_gone_set(&self, link: &Link) -> bool {
        match mark(link).map(|mark| mark.purpose) {
            Some(Purpose::Link { there, .. }) if &*there != Site::Host.word() => {
                self.set_gone(&there).is_some()
            }
            _ => false,
        }
    }

    /// Whether it is certain that the network namespace of that number is gone, or no longer the set's.
    fn set_is_another(&self, name: &SetName, netns: u64) -> bool {
        match self.sets.find(name).and_then(|set| set.open(Kind::Net)) {
            Ok(net) => net.id().ino != netns,
            Err(
                SetError::Missing { .. }
                | SetError::Unmounted { .. }
                | SetError::KeeperGone { .. }
                | SetError::EarlierBoot { .. },
            ) => true,
            Err(_) => false,
        }
    }
}

/// The inode numbers of the network namespaces that are held, that of a command which is about to start by a descriptor alone;
/// `None` if that can't be told.
fn living() -> Option<Vec<u64>> {
    let snapshot = Scan::new(Kinds::from(Kind::Net)).with(Want::Descriptors).take().ok()?;
    Some(snapshot.namespaces.iter().map(|found| found.id.ino).collect())
}

fn different(link: &Link, how: &str) -> NetworkError {
    let what = format!("the bridge `{}` exists", shown_name(link));
    NetworkError::Different { there: There::Bridge, what, found: how.to_owned() }
}

/// Whether the kernel has no packet filter, or does not let the caller look at it, or somebody else has the table.
pub(super) fn is_nothing(error: &FirewallError) -> bool {
    let errno = match error {
        FirewallError::Kernel { source } => source.errno(),
        FirewallError::NotOurs => return true,
        _ => None,
    };
    matches!(errno, Some(Errno::PERM | Errno::PROTONOSUPPORT | Errno::OPNOTSUPP | Errno::AFNOSUPPORT))
}
