//! Which numbers have names, and which names everybody knows without a table in `/etc/iproute2`.

use std::collections::HashMap;

use super::names::Table;

/// A kind of number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Catalog {
    /// How far addresses and routes reach: `rt_scopes`.
    Scopes,
    /// Who made a route: `rt_protos`.
    Protocols,
    /// Routing tables: `rt_tables`.
    Tables,
    /// Realms of routes: `rt_realms`.
    Realms,
    /// Types of service: `rt_dsfield`.
    Services,
    /// Groups of links.
    Groups,
}

impl Catalog {
    fn file(self) -> &'static str {
        match self {
            Self::Scopes => "rt_scopes",
            Self::Protocols => "rt_protos",
            Self::Tables => "rt_tables",
            Self::Realms => "rt_realms",
            Self::Services => "rt_dsfield",
            Self::Groups => "group",
        }
    }

    fn known(self) -> &'static [(u32, &'static str)] {
        match self {
            Self::Scopes => &[(0, "global"), (255, "nowhere"), (254, "host"), (253, "link"), (200, "site")],
            Self::Protocols => &[
                (0, "unspec"),
                (1, "redirect"),
                (2, "kernel"),
                (3, "boot"),
                (4, "static"),
                (8, "gated"),
                (9, "ra"),
                (10, "mrt"),
                (11, "zebra"),
                (12, "bird"),
                (13, "dnrouted"),
                (14, "xorp"),
                (15, "ntk"),
                (16, "dhcp"),
                (18, "keepalived"),
                (42, "babel"),
                (186, "bgp"),
                (187, "isis"),
                (188, "ospf"),
                (189, "rip"),
                (192, "eigrp"),
            ],
            Self::Tables => &[(253, "default"), (254, "main"), (255, "local")],
            Self::Realms => &[(0, "unknown")],
            Self::Services => &[(0, "0")],
            Self::Groups => &[(0, "default")],
        }
    }
}

/// The tables that have been read so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Catalogs(HashMap<Catalog, Table>);

impl Catalogs {
    /// The one of `catalog`, read when it is first needed.
    pub(super) fn table(&mut self, catalog: Catalog) -> &Table {
        self.0.entry(catalog).or_insert_with(|| Table::load(catalog.file(), catalog.known()))
    }
}
