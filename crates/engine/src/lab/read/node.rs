//! Nodes.

use std::collections::BTreeMap;

use insula_net::Setting;
use insula_ns::{Kind, Kinds};

use super::super::bind::Bind;
use super::super::env_file::EnvFile;
use super::super::fields::{Fields, Text, texts};
use super::super::node_name::NodeName;
use super::super::problem::{FileError, NoEffect, Problem, Warning};
use super::super::route::Route;
use super::super::topology::{Node, Port, Role};
use super::super::words;
use super::super::yaml::{Key, Value};

/// A node and what it inherits.
#[derive(Debug)]
pub(super) struct Layers<'a, 'b> {
    key: &'a Key,
    name: &'a str,
    /// The nearest first.
    all: Vec<&'b Fields<'a>>,
}

impl<'a, 'b> Layers<'a, 'b> {
    /// The node `key`; of what it inherits from, the nearest is first.
    pub(super) fn new(key: &'a Key, all: Vec<&'b Fields<'a>>) -> Self {
        Self { key, name: &key.name, all }
    }

    pub(super) fn read(&self, name: NodeName, warnings: &mut Vec<Warning>) -> Result<Node, FileError> {
        let node = || self.name.to_owned();
        // Annotations, for people and other tools.
        for layer in &self.all {
            layer.get("labels");
            layer.get("vars");
        }
        if let Some(image) = self.text("image")? {
            return Err(Problem::Image { node: node() }.at(image.place));
        }
        let role = match self.text("kind")? {
            None => self.machine()?,
            Some(kind) => match kind.text {
                "linux" => self.machine()?,
                "bridge" => self.bridge()?,
                "host" => self.host()?,
                other => {
                    let kind_name = other.to_owned();
                    return Err(Problem::Kind { node: node(), kind: kind_name }.at(kind.place));
                }
            },
        };
        let mut result = Node {
            name,
            line: self.key.place.line,
            role,
            group: self.text("group")?.map(|group| group.text.to_owned()),
            kinds: self.kinds(role)?,
            exec: self.exec()?,
            environment: self.pairs("env")?,
            env_files: self.env_files()?,
            binds: self.binds()?,
            sysctls: self.sysctls()?,
            routes: self.routes()?,
            ports: self.ports()?,
        };
        self.drop_what_is_not_for(&mut result, warnings);
        self.check(&result)?;
        Ok(result)
    }

    /// The nearest text of a key.
    fn text(&self, key: &str) -> Result<Option<Text<'a>>, FileError> {
        let mut found = None;
        // All layers are asked, so that none has a key that nobody took.
        for layer in self.all.iter().rev() {
            found = layer.text(key)?.or(found);
        }
        Ok(found)
    }

    /// The texts of all layers, the farthest first.
    fn texts(&self, key: &str) -> Result<Vec<Text<'a>>, FileError> {
        let mut all = Vec::new();
        for layer in self.all.iter().rev() {
            all.extend(layer.texts(key)?);
        }
        Ok(all)
    }

    fn pairs(&self, key: &str) -> Result<BTreeMap<String, String>, FileError> {
        let mut all = BTreeMap::new();
        for layer in self.all.iter().rev() {
            for (name, value) in layer.pairs(key)? {
                all.insert(name.to_owned(), value.text.to_owned());
            }
        }
        Ok(all)
    }

    fn env_files(&self) -> Result<Vec<EnvFile>, FileError> {
        let file = |Text { place, text }: Text<'_>| EnvFile { path: text.to_owned(), place };
        Ok(self.texts("env-files")?.into_iter().map(file).collect())
    }

    /// A machine has a network of its own, and nothing in it but what links lead to: what containerlab calls `none`.
    fn machine(&self) -> Result<Role, FileError> {
        match self.network_mode()? {
            None => Ok(Role::Linux),
            Some(mode) => Err(not_for(mode, "`none`: the network of a node of kind `linux` is its own")),
        }
    }

    fn bridge(&self) -> Result<Role, FileError> {
        match self.network_mode()? {
            None => Ok(Role::Bridge),
            Some(Text { text: "host", .. }) => Ok(Role::HostBridge),
            Some(mode) => Err(not_for(mode, "`host`, for the bridge of this name that the machine has")),
        }
    }

    fn host(&self) -> Result<Role, FileError> {
        match self.network_mode()? {
            None | Some(Text { text: "host", .. }) => Ok(Role::Host),
            Some(mode) => Err(not_for(mode, "`host`: a node of kind `host` is in the network of the host")),
        }
    }

    /// Whose network a node has, if not its own.
    fn network_mode(&self) -> Result<Option<Text<'a>>, FileError> {
        Ok(self.text("network-mode")?.filter(|mode| mode.text != "none"))
    }

    fn kinds(&self, role: Role) -> Result<Kinds, FileError> {
        let Some(value) = self.all.iter().find_map(|layer| layer.get("namespaces")) else {
            return Ok(role.kinds());
        };
        let mut kinds = Kinds::NONE;
        for Text { place, text } in texts("namespaces", value)? {
            let kind: Option<Kind> = text.parse().ok().filter(|kind| {
                matches!(kind, Kind::Net | Kind::Uts | Kind::Mnt | Kind::Pid | Kind::Ipc | Kind::Cgroup)
            });
            let expected = "net, uts, mnt, pid, ipc, cgroup";
            let invalid = || Problem::Invalid { key: "namespaces".into(), text: text.into(), expected };
            kinds.insert(kind.ok_or_else(|| invalid().at(place))?);
        }
        if !kinds.contains(Kind::Net) {
            let (node, why) = (self.name.to_owned(), "links end in it");
            return Err(Problem::Namespaces { node, needed: Kind::Net, why }.at(value.place));
        }
        Ok(kinds)
    }

    fn exec(&self) -> Result<Vec<Vec<String>>, FileError> {
        let split = |line: &Text<'_>| {
            let quote = || Problem::Quote { line: line.text.to_owned() }.at(line.place);
            words::split(line.text).ok_or_else(quote)
        };
        let lines = self.texts("exec")?;
        let lines: Result<Vec<_>, _> = lines.iter().map(split).collect();
        Ok(lines?.into_iter().filter(|words| !words.is_empty()).collect())
    }

    fn binds(&self) -> Result<Vec<Bind>, FileError> {
        let mut binds: Vec<Bind> = Vec::new();
        for given in self.texts("binds")? {
            let bind = Bind::parse(given.text).ok_or_else(|| {
                let expected = "`SOURCE:TARGET` or `SOURCE:TARGET:ro`, the target absolute";
                Problem::Invalid { key: "binds".into(), text: given.text.into(), expected }.at(given.place)
            })?;
            // The nearest of several for one place wins.
            binds.retain(|other| other.target != bind.target);
            binds.push(bind);
        }
        Ok(binds)
    }

    fn sysctls(&self) -> Result<Vec<(Setting, String)>, FileError> {
        let mut all: BTreeMap<&str, Text<'_>> = BTreeMap::new();
        for layer in self.all.iter().rev() {
            all.extend(layer.pairs("sysctls")?);
        }
        let read = |(name, value): (&str, Text<'_>)| {
            let expected = "settings of the network, whose names begin with `net.`";
            let invalid = || Problem::Invalid { key: "sysctls".into(), text: name.into(), expected };
            let setting = name.parse().map_err(|_| invalid().at(value.place))?;
            Ok((setting, value.text.to_owned()))
        };
        all.into_iter().map(read).collect()
    }

    fn routes(&self) -> Result<Vec<Route>, FileError> {
        let read = |given: &Text<'_>| {
            let expected = "`NETWORK via ADDRESS`, `default via ADDRESS` or `NETWORK dev INTERFACE`";
            let invalid = || Problem::Invalid { key: "routes".into(), text: given.text.into(), expected };
            Route::parse(given.text).ok_or_else(|| invalid().at(given.place))
        };
        self.texts("routes")?.iter().map(read).collect()
    }

    fn ports(&self) -> Result<Vec<Port>, FileError> {
        let read = |given: &Text<'_>| {
            let expected = "`[ADDRESS:]PORT:PORT[/tcp|/udp]`, or ranges of as many ports";
            let invalid = || Problem::Invalid { key: "ports".into(), text: given.text.into(), expected };
            let publication = given.text.parse().map_err(|_| invalid().at(given.place))?;
            Ok(Port { place: given.place, publication })
        };
        self.texts("ports")?.iter().map(read).collect()
    }

    /// Takes away what a node of its role has not. It is told of what the node says itself: inherited from all nodes it is not
    /// meant for such ones.
    fn drop_what_is_not_for(&self, node: &mut Node, warnings: &mut Vec<Warning>) {
        let (keys, why): (&[&str], _) = match node.role {
            Role::Linux => return,
            Role::Bridge => (&["binds", "routes", "ports"], NoEffect::OfBridge),
            Role::HostBridge | Role::Host => {
                (&["binds", "routes", "ports", "sysctls", "namespaces"], NoEffect::OfHost)
            }
        };
        (node.binds, node.routes, node.ports) = (Vec::new(), Vec::new(), Vec::new());
        if !node.role.is_set() {
            (node.sysctls, node.kinds) = (Vec::new(), Kinds::NONE);
        }
        let own = self.all[0];
        let told = keys.iter().filter_map(|key| own.place_of(key).map(|place| (*key, place)));
        warnings.extend(told.map(|(key, place)| Warning {
            place,
            owner: own.owner.clone(),
            key: key.to_owned(),
            why,
        }));
    }

    /// Whether everything that it has can be had by what it is.
    fn check(&self, node: &Node) -> Result<(), FileError> {
        let place = |key: &str| {
            let found = self.all.iter().find_map(|layer| layer.get(key));
            found.map_or(self.key.place, |value: &Value| value.place)
        };
        if !node.binds.is_empty() && !node.kinds.contains(Kind::Mnt) {
            let (node, why) = (self.name.to_owned(), "it has binds");
            return Err(Problem::Namespaces { node, needed: Kind::Mnt, why }.at(place("binds")));
        }
        Ok(())
    }
}

/// A `network-mode` that a node of this kind cannot have.
fn not_for(mode: Text<'_>, expected: &'static str) -> FileError {
    Problem::Invalid { key: "network-mode".into(), text: mode.text.into(), expected }.at(mode.place)
}
