//! `ip nexthop bucket`: over which next hops a resilient group spreads connections.

use insula_net::{Bucket, BucketFilter};

use super::super::page::Page;
use super::super::verbs::Verbs;
use super::super::words::matches;
use super::super::{Session, Stop, Words, route};
use super::filter::vrf;
use super::show::time;

/// What is between `ip nexthop bucket` and the end of the line.
pub(super) fn run(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    VERBS.run(session, words)
}

const VERBS: Verbs = Verbs {
    object: "nexthop",
    without: list,
    table: &[(&["list", "show", "lst"], list), (&["get"], get)],
    absent: (&[], ""),
    usage: super::usage,
};

fn list(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    let mut filter = BucketFilter::default();
    while let Some(word) = words.take() {
        match word {
            "dev" => filter.index = Some(session.master(words.value()?)?),
            "master" => filter.master = Some(session.master(words.value()?)?),
            "vrf" => filter.master = Some(vrf(session, words)?),
            "id" => filter.group = Some(super::number(words)?),
            "nhid" => filter.member = Some(super::number(words)?),
            _ if matches(word, "help") => return Err(super::usage()),
            _ => return Err(Stop::wrong(word, "")),
        }
    }
    let all =
        Bucket::list(session.route()?, &filter).map_err(|error| Stop::from(error).then("Dump terminated"))?;
    show(session, &all)
}

fn get(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    let (mut group, mut index) = (None, None);
    while let Some(word) = words.take() {
        match word {
            "id" => group = Some(super::number(words)?),
            "index" => index = Some(words.number("invalid bucket index value")?),
            _ => return Err(super::usage()),
        }
    }
    let (Some(group), Some(index)) = (group, index) else { return Err(super::usage()) };
    let found = Bucket::get(session.route()?, group, index)?;
    show(session, &[found])
}

fn show(session: &mut Session, all: &[Bucket]) -> Result<(), Stop> {
    session.show(|_, page| {
        for bucket in all {
            page.object(|page| one(page, bucket));
        }
        Ok(())
    })
}

fn one(page: &mut Page, bucket: &Bucket) {
    page.field("id", bucket.group, format_args!("id {} ", bucket.group));
    page.nested("bucket", |page| {
        page.field("index", bucket.index, format_args!("index {} ", bucket.index));
        time(page, "idle_time", bucket.idle);
        page.field("nhid", bucket.member, format_args!("nhid {} ", bucket.member));
    });
    route::flags(page, bucket.flags);
    page.end();
}
