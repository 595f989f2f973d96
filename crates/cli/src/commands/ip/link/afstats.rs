//! `ip link afstats`: counters that families of addresses have of a link.

use insula_net::{CountedAs, MplsStatistics, TypeCounters, TypeStatistics};

use super::super::options::Options;
use super::super::page::Page;
use super::super::{Session, Stop, Words};
use super::statistics;

/// Shows those of all links, or of one.
pub(super) fn run(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    let mut device = None;
    while let Some(word) = words.take() {
        match word {
            "dev" => {
                let name = words.value()?;
                if device.replace(name).is_some() {
                    return Err(Stop::garbage("dev", name));
                }
            }
            word if super::matches(word, "help") => return Err(super::usage()),
            word => return Err(Stop::unknown_command(word, "link")),
        }
    }
    // The original exits with 0 all the same.
    let missing = |name: &str| Stop::missing_device(name).exit(0);
    let device = device.map(|name| session.link(name)?.ok_or_else(|| missing(name))).transpose()?;
    let all = TypeStatistics::list(session.route()?, CountedAs::Family)?;
    session.show(|session, page| {
        for of in all.iter().filter(|of| device.as_ref().is_none_or(|link| link.index == of.index)) {
            let mpls = of.counters.iter().find_map(|one| match one {
                TypeCounters::Mpls(mpls) => Some(mpls),
                _ => None,
            });
            let Some(mpls) = mpls else { continue };
            let name = session.name(of.index);
            page.object(|page| {
                page.field("ifindex", of.index, format_args!("{}:", of.index));
                page.field("ifname", &name, &name);
                page.line();
                show(page, &session.options, mpls);
            });
        }
        Ok(())
    })
}

/// The columns.
const HEADS: [&str; 5] = ["bytes", "packets", "errors", "dropped", "noroute"];
const INDENT: &str = "        ";

fn show(page: &mut Page, options: &Options, mpls: &MplsStatistics) {
    let [mut received, sent] =
        [0, 1].map(|way| vec![mpls.bytes[way], mpls.packets[way], mpls.errors[way], mpls.dropped[way]]);
    received.push(mpls.no_route);
    // Heads and counters of both rows stand below each other.
    let width = |column: usize| {
        let counters = [&received, &sent].map(|row| row.get(column).map_or(0, |one| one.to_string().len()));
        counters.into_iter().fold(HEADS[column].len(), usize::max)
    };
    let widths: Vec<usize> = (0..HEADS.len()).map(width).collect();
    page.text("    mpls:");
    page.line();
    for (key, label, counters) in [("rx", "RX:", &received), ("tx", "TX:", &sent)] {
        page.text(format_args!("{INDENT}{label}"));
        for (name, width) in HEADS.into_iter().zip(&widths).take(counters.len()) {
            page.text(format_args!(" {name:>width$}"));
        }
        page.line();
        // The first counter begins below the label.
        page.text(format_args!("{INDENT}{:1$}", "", label.len() + 1));
        page.nested(key, |page| {
            for ((name, width), counter) in HEADS.into_iter().zip(&widths).zip(counters) {
                page.field(
                    name,
                    *counter,
                    format_args!("{:>width$} ", statistics::number(options, *counter)),
                );
            }
        });
        if key == "rx" {
            page.line();
        }
    }
    page.end();
}
