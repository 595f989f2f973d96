//! `insula net monitor`: what changes in networks, as it happens.

use std::collections::BTreeMap;
use std::os::fd::{AsFd as _, OwnedFd};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use insula_engine::network::fact::{Change, Fact};
use insula_engine::network::{Networks, Site, Watch};
use insula_engine::set::{Sets, SetsWatch};
use insula_ns::{Kind, Namespace, NsId};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use serde_json::{Map, Value};

use super::super::EXITS;
use super::report::explain;
use super::time_of_day::time_of_day;
use super::{change, sites};
use crate::args::{Arg, Command, Example, FaceKind, Invalid, Order, flag, text};
use crate::output;
use crate::report::{Failure, chain};

#[derive(Clone, Debug, Default)]
pub(super) struct Options {
    json: bool,
    only: Vec<&'static str>,
}

pub(super) const COMMAND: Command<Options> = Command {
    name: "net monitor",
    face: FaceKind::Native,
    about: "Tell what changes in networks, as it happens",
    usage: &["[OPTIONS] [SET|LAB|host]…"],
    details: "\
Tells of interfaces, addresses, routes, rules and neighbours that appear, change and go in the named networks, and of the networks \
themselves, until Ctrl-C or the signal TERM ends it, or the last of them is gone. Without a name that is the host and all sets, also those \
to come. A lab stands for all its nodes.

A line has the time (of day, UTC), `+`, `~` or `-`, the network, and what it is; of what changed, what that was and is:

  12:00:01.000042 + web address 10.0.0.2/24 dev eth0
  12:00:02.000007 ~ web interface eth0 mtu 1500 → 1400

What the kernel gives to every interface (link-local addresses) and what follows from addresses (the table `local`) is not told. \
If more happens at once than can be taken, the result is told, and a message on standard error says so. It has begun when a message \
there says how many networks it watches. A network that is removed while it is watched ends a moment later; when that was the last \
of those that were named, a message there says so and the status is 0.

With `--json` each line is an object: `time` (seconds since 1970), `network`, `event` (appeared, changed, renamed, gone), `kind` \
(network, interface, address, route, rule, neighbour), and under the name of the kind the thing: interfaces with `name`, `type`, \
`up`, `state`, `mtu`, `mac`, `master`, `qdisc`; addresses with `address`, `interface`; routes with `destination`, `type`, `table`, \
`via`, `interface`, `ways`, `source`, `metric`, `tos`, `protocol`; rules with `family`, `priority`, `text`, `of_the_kernel`; \
neighbours with `address`, `interface`, `mac`, `state`, `proxy`. `before` is how it was.",
    examples: &[
        Example { line: "insula net monitor web", does: "what changes in the set `web`" },
        Example { line: "insula net monitor --only interface,network", does: "interfaces and sets that come and go" },
    ],
    order: Order::Anywhere,
    flags: &[
        flag("json", "print JSON, an object a line").short('J').switch(|o| o.json = true),
        flag("only", "only these kinds: interface, address, route, rule, neighbour, network").required("KIND[,…]", |o, word| {
            for word in text(word)?.split(',') {
                let kind = KINDS.into_iter().find(|kind| *kind == word);
                o.only.push(kind.ok_or_else(|| Invalid(format!("there are {}", KINDS.join(", "))))?);
            }
            Ok(())
        }),
    ],
    exits: EXITS,
    run,
};

const KINDS: [&str; 6] = ["interface", "address", "route", "rule", "neighbour", NETWORK];
const NETWORK: &str = "network";

fn run(options: Options, operands: &[Arg]) -> Result<u8, Failure> {
    let named = sites::named(operands)?;
    sites::allow_files();
    let signals = sites::signals()?;
    let mut watched = Watched::begin(options, named)?;
    output::complain(&format!("insula: watching {}\n", count(watched.networks.len())));
    loop {
        let ready = watched.wait(&signals)?;
        for site in &ready.networks {
            watched.hear(site)?;
        }
        if ready.sets {
            watched.look_for_sets()?;
        }
        if watched.networks.is_empty() && !watched.named.is_empty() {
            output::complain("insula: nothing is left to watch\n");
            return Ok(0);
        }
        if ready.end {
            return Ok(0);
        }
    }
}

fn count(networks: usize) -> String {
    if networks == 1 { "1 network".to_owned() } else { format!("{networks} networks") }
}

/// What is watched.
struct Watched {
    options: Options,
    /// Those that were asked for; none is all.
    named: Vec<Site>,
    networks: BTreeMap<Site, (NsId, Watch)>,
    sets: SetsWatch,
}

/// What can be done without waiting.
struct Ready {
    /// A signal has come.
    end: bool,
    /// Sets may have come or gone.
    sets: bool,
    networks: Vec<Site>,
}

impl Watched {
    fn begin(options: Options, named: Vec<Site>) -> Result<Self, Failure> {
        let sets = Sets::of_caller().watch()?;
        let mut watched = Self { options, named, networks: BTreeMap::new(), sets };
        for (site, id) in watched.present()? {
            match Networks::of_caller().watch(&site) {
                Ok(watch) => drop(watched.networks.insert(site, (id, watch))),
                // What nobody asked for by name is not missed.
                Err(error) if watched.named.is_empty() => complain(&chain(&error)),
                Err(error) => return Err(explain(error)),
            }
        }
        // What was asked for has to be there at the beginning.
        for site in &watched.named {
            if !watched.networks.contains_key(site) {
                watched.networks.insert(
                    site.clone(),
                    (id_of(site)?, Networks::of_caller().watch(site).map_err(explain)?),
                );
            }
        }
        Ok(watched)
    }

    fn present(&self) -> Result<BTreeMap<Site, NsId>, Failure> {
        sites::present(|site| self.named.is_empty() || self.named.contains(site))
    }

    fn wait(&self, signals: &OwnedFd) -> Result<Ready, Failure> {
        let mut polled = vec![PollFd::new(signals, PollFlags::IN)];
        polled.extend(self.sets.polled());
        let own = polled.len();
        let watches = self.networks.values();
        polled.extend(watches.map(|(_, watch)| PollFd::from_borrowed_fd(watch.as_fd(), PollFlags::IN)));
        loop {
            match poll(&mut polled, None) {
                Err(Errno::INTR) => {}
                Err(errno) => return Err(Failure::from(errno).context("cannot wait for changes")),
                Ok(_) => break,
            }
        }
        let is_ready = |polled: &PollFd<'_>| !polled.revents().is_empty();
        let networks = self.networks.keys().zip(&polled[own..]).filter(|(_, polled)| is_ready(polled));
        Ok(Ready {
            end: is_ready(&polled[0]),
            sets: polled[1..own].iter().any(is_ready),
            networks: networks.map(|(site, _)| site.clone()).collect(),
        })
    }

    fn hear(&mut self, site: &Site) -> Result<(), Failure> {
        let Some((_, watch)) = self.networks.get_mut(site) else { return Ok(()) };
        let told = watch.hear().map_err(explain)?;
        if told.lost {
            complain(&format!(
                "{site}: more happened than could be followed; what came and went is not told"
            ));
        }
        self.tell(site, &told.changes)
    }

    fn look_for_sets(&mut self) -> Result<(), Failure> {
        self.sets.rearm()?;
        let present = self.present()?;
        let is_gone =
            |(site, (id, _)): (&Site, &(NsId, Watch))| (present.get(site) != Some(id)).then(|| site.clone());
        for site in self.networks.iter().filter_map(is_gone).collect::<Vec<_>>() {
            // Our socket was the last that kept it.
            self.networks.remove(&site);
            self.tell_of_network(&site, "gone", '-')?;
        }
        for (site, id) in present {
            if self.networks.contains_key(&site) {
                continue;
            }
            // It may be gone again; then nothing is said of it.
            let Ok(watch) = Networks::of_caller().watch(&site) else { continue };
            self.tell_of_network(&site, "appeared", '+')?;
            let first = watch.present();
            self.networks.insert(site.clone(), (id, watch));
            self.tell(&site, &first)?;
        }
        Ok(())
    }

    fn wants(&self, kind: &str) -> bool {
        self.options.only.is_empty() || self.options.only.contains(&kind)
    }

    fn tell(&self, site: &Site, changes: &[Change]) -> Result<(), Failure> {
        let mut lines = String::new();
        for told in changes.iter().filter(|told| self.wants(subject(told).word())) {
            let line = if self.options.json {
                json(site, change::object(told)?)
            } else {
                let (sign, what) = (change::text(told)?, site.word());
                let (sign, rest) = sign.split_at(1);
                format!("{} {sign} {what}{rest}\n", time_of_day(now()))
            };
            lines.push_str(&line);
        }
        output::print(lines)
    }

    fn tell_of_network(&self, site: &Site, event: &str, sign: char) -> Result<(), Failure> {
        if !self.wants(NETWORK) {
            return Ok(());
        }
        output::print(if self.options.json {
            let pairs = [("event", event), ("kind", NETWORK)];
            json(site, pairs.into_iter().map(|(key, value)| (key.to_owned(), value.into())).collect())
        } else {
            format!("{} {sign} {} {NETWORK}\n", time_of_day(now()), site.word())
        })
    }
}

fn subject(change: &Change) -> &Fact {
    match change {
        Change::Appeared(fact) | Change::Gone(fact) => fact,
        Change::Changed { after, .. } | Change::Renamed { after, .. } => after,
    }
}

fn json(site: &Site, told: Map<String, Value>) -> String {
    let mut object = Map::new();
    object.insert("time".to_owned(), now().as_secs_f64().into());
    object.insert(NETWORK.to_owned(), site.word().into());
    object.extend(told);
    Value::Object(object).to_string() + "\n"
}

fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

fn id_of(site: &Site) -> Result<NsId, Failure> {
    Ok(match site {
        Site::Set(name) => Sets::of_caller().find(name)?.open(Kind::Net)?.id(),
        Site::Host | Site::Nameless => Namespace::of_self(Kind::Net)?.id(),
    })
}

fn complain(message: &str) {
    output::complain(&Failure::new(message).text("insula"));
}
