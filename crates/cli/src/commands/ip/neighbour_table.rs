//! `ip ntable`: the tables that neighbours are in, and how each interface asks for neighbours.

use std::time::{SystemTime, UNIX_EPOCH};

use insula_net::{
    ChangeNeighbourTable, NeighbourSetting, NeighbourSettings, NeighbourTable, TABLE_COUNTERS,
    TableConfiguration,
};
use insula_sys::local_time::LocalTime;

use super::inet::family_name;
use super::page::Page;
use super::verbs::Verbs;
use super::words::number;
use super::{Session, Stop, Words};

/// What is between `ip ntable` and the end of the line.
pub(super) fn run(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    VERBS.run(session, words)
}

const VERBS: Verbs = Verbs {
    object: "ntable",
    without: list,
    table: &[(&["change", "chg"], change), (&["show", "lst", "list"], list)],
    absent: (&[], ""),
    usage: || Stop::usage(HELP),
};

const HELP: &str = "\
Usage: ip ntable [show [dev DEV] [name NAME]]
       ip ntable change name NAME [dev DEV] [thresh1 NUMBER] [thresh2 NUMBER] [thresh3 NUMBER] [gc_int MSEC] [SETTING]...

SETTING: {base_reachable|retrans|gc_stale|delay_probe|anycast_delay|proxy_delay|locktime} MSEC,
         {queue|app_probes|ucast_probes|mcast_probes|proxy_queue} NUMBER";

use NeighbourSetting as Setting;

/// What each setting is called, line by line as they are shown.
const LINES: &[&[(Setting, &str)]] = &[
    &[
        (Setting::Reachable, "reachable"),
        (Setting::BaseReachable, "base_reachable"),
        (Setting::Retransmission, "retrans"),
    ],
    &[(Setting::Stale, "gc_stale"), (Setting::Delay, "delay_probe"), (Setting::Queue, "queue")],
    &[
        (Setting::ApplicationProbes, "app_probes"),
        (Setting::UnicastProbes, "ucast_probes"),
        (Setting::MulticastProbes, "mcast_probes"),
    ],
    &[
        (Setting::AnycastDelay, "anycast_delay"),
        (Setting::ProxyDelay, "proxy_delay"),
        (Setting::ProxyQueue, "proxy_queue"),
        (Setting::LockTime, "locktime"),
    ],
];

const THRESHOLDS: [&str; 3] = ["thresh1", "thresh2", "thresh3"];

fn list(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    let (mut index, mut name) = (None, None);
    while let Some(word) = words.take() {
        match word {
            "dev" => index = Some(session.device(words, "\"DEV\" is invalid")?),
            "name" => name = Some(words.value()?),
            _ => return Err(Stop::wrong(word, "unknown")),
        }
    }
    let family = session.options.family.of_ip();
    let mut all = NeighbourTable::list(session.route()?, family)?;
    all.retain(|table| {
        index.is_none_or(|index| table.index == Some(index)) && name.is_none_or(|name| table.name == name)
    });
    session.show(|session, page| {
        for table in &all {
            page.object(|page| show(session, page, table));
        }
        Ok(())
    })
}

fn show(session: &mut Session, page: &mut Page, table: &NeighbourTable) {
    let family = family_name(table.family);
    page.field("family", family, format_args!("{family} "));
    page.field("name", &table.name, format_args!("{} ", table.name));
    page.line();
    if let Some(index) = table.index {
        let name = session.name(index);
        page.field("dev", &name, format_args!("    dev {name} "));
        page.line();
    }
    collection(page, table);
    if let Some(configuration) = table.configuration.filter(|_| session.options.stats > 0) {
        configured(page, &configuration);
    }
    settings(page, table);
    if session.options.stats > 0 {
        counters(page, &table.counters);
    }
    page.end();
}

/// When entries are collected; of an interface nothing is told.
fn collection(page: &mut Page, table: &NeighbourTable) {
    if table.interval.is_none() && table.thresholds.iter().all(Option::is_none) {
        return;
    }
    page.text("    ");
    for (key, value) in THRESHOLDS.into_iter().zip(table.thresholds) {
        if let Some(value) = value {
            page.field(key, value, format_args!("{key} {value} "));
        }
    }
    if let Some(interval) = table.interval {
        page.field("gc_interval", interval, format_args!("gc_int {interval} "));
    }
    page.line();
}

fn configured(page: &mut Page, table: &TableConfiguration) {
    page.text("    config ");
    page.field("key_length", table.key_length, format_args!("key_len {} ", table.key_length));
    page.field("entry_size", table.entry_size, format_args!("entry_size {} ", table.entry_size));
    page.field("entries", table.entries, format_args!("entries {} ", table.entries));
    page.line();
    page.text("        ");
    for (key, before) in [("last_flush", table.last_flush), ("last_rand", table.last_random)] {
        let moment = ago(before);
        page.field(key, &moment, format_args!("{key} {moment} "));
    }
    page.line();
    page.text("        ");
    page.field("hash_rnd", table.hash_random, format_args!("hash_rnd {} ", table.hash_random));
    let mask = format!("{:#x}", table.hash_mask);
    page.field("hash_mask", &mask, format_args!("hash_mask {:08x} ", table.hash_mask));
    page.field("hash_chain_gc", table.hash_chain, format_args!("hash_chain_gc {} ", table.hash_chain));
    page.field("proxy_qlen", table.proxy_queue, format_args!("proxy_qlen {} ", table.proxy_queue));
    page.line();
}

/// The local time so many milliseconds ago.
fn ago(milliseconds: u32) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let then = i64::try_from(now).unwrap_or_default() - i64::from(milliseconds / 1000);
    let Some(time) = LocalTime::of(then) else { return String::new() };
    let LocalTime { year, month, day, hour, minute, second, .. } = time;
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
}

fn settings(page: &mut Page, table: &NeighbourTable) {
    if table.settings.is_empty() {
        return;
    }
    page.text("    ");
    if let Some(references) = table.references {
        page.field("refcnt", references, format_args!("refcnt {references} "));
    }
    for (line, place) in LINES.iter().zip(0..) {
        if place > 0 {
            page.text("    ");
        }
        for (setting, key) in *line {
            if let Some(value) = table.settings.get(*setting) {
                page.field(key, value, format_args!("{key} {value} "));
            }
        }
        page.line();
    }
}

/// How many counters stand on each line.
const COUNTERS: [usize; 5] = [3, 3, 2, 2, 1];

fn counters(page: &mut Page, counters: &[u64]) {
    if counters.is_empty() {
        return;
    }
    let mut all = TABLE_COUNTERS.into_iter().zip(counters).peekable();
    page.text("    stats ");
    for (count, place) in COUNTERS.into_iter().zip(0..) {
        if all.peek().is_none() {
            break;
        }
        if place > 0 {
            page.text("    ");
        }
        for (key, value) in all.by_ref().take(count) {
            page.field(key, *value, format_args!("{key} {value} "));
        }
        page.line();
    }
}

fn change(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    let family = session.options.family.of_ip();
    let settings = NeighbourSettings::default();
    let mut asked = ChangeNeighbourTable {
        family,
        name: String::new(),
        index: None,
        thresholds: [None; 3],
        interval: None,
        settings,
    };
    while let Some(word) = words.take() {
        let known = LINES
            .iter()
            .copied()
            .flatten()
            .find(|(setting, key)| *key == word && *setting != Setting::Reachable);
        match word {
            "name" => words.value()?.clone_into(&mut asked.name),
            "dev" => asked.index = Some(session.index(words.value()?)?),
            "gc_int" => asked.interval = Some(value(word, words)?),
            _ if let Some(place) = THRESHOLDS.iter().position(|key| *key == word) => {
                asked.thresholds[place] = Some(value(word, words)?);
            }
            _ if let Some((setting, _)) = known => {
                asked.settings.set(*setting, value::<u32>(word, words)?.into());
            }
            _ => return Err(Stop::wrong(word, "unknown")),
        }
    }
    if asked.name.is_empty() {
        return Err(Stop::usage("Error: argument \"NAME\" is required"));
    }
    let nothing =
        asked.settings.is_empty() && asked.interval.is_none() && asked.thresholds.iter().all(Option::is_none);
    if nothing {
        return Err(Stop::usage("Not enough information: changeable attributes required."));
    }
    session.change(asked, Stop::from)
}

fn value<N: TryFrom<u64>>(key: &str, words: &mut Words<'_>) -> Result<N, Stop> {
    let word = words.value()?;
    number(word).ok_or_else(|| Stop::wrong(word, &format!("\"{key}\" value is invalid")))
}
