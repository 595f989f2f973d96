//! What `tc` of iproute2 6.1 sent for command lines, caught on its way to the kernel: the options of a queueing discipline or class.

use std::time::Duration;

use super::{Handle, Htb, HtbClass, Netem, NewClass, TokenBucket};
use crate::netlink::Request as _;
use crate::wire::{Attributes, Message, captured};

/// `struct tc_netem_qopt`.
const NETEM: usize = 24;
/// `TCA_OPTIONS`.
const OPTIONS: u16 = 2;
/// `TCA_HTB_PARMS`.
const HTB_PARAMETERS: u16 = 1;

/// What `put` wrote.
fn written(put: impl FnOnce(&mut Message)) -> Vec<u8> {
    let mut message = Message::new(0, 0, &[]);
    put(&mut message);
    message.body().to_vec()
}

fn attributes(bytes: &[u8]) -> Vec<(u16, Vec<u8>)> {
    Attributes::new(bytes).map(|one| (one.kind, one.payload.to_vec())).collect()
}

/// `struct tc_ratespec` without what says how large a packet is on the line, which tc guesses and the kernel does not use.
fn rates(parameters: &[u8]) -> Vec<u8> {
    let mut rest = parameters.to_vec();
    for at in [0, 12] {
        rest[at..at + 8].fill(0);
    }
    rest
}

fn check_netem(caught: &str, netem: &Netem) {
    let (caught, ours) = (captured(caught), written(|message| netem.put(message)));
    assert_eq!(Netem::read(&caught).as_ref(), Ok(netem));
    assert_eq!(ours[..NETEM], caught[..NETEM]);
    let ours = attributes(&ours[NETEM..]);
    for one in attributes(&caught[NETEM..]) {
        assert!(ours.contains(&one), "{one:?} is not in {ours:?}");
    }
}

#[test]
fn netem() {
    // netem delay 40ms 5ms 25% loss 1% duplicate 2% corrupt 3% reorder 4% rate 20mbit
    check_netem(
        "68890900 e8030000 295c8f02 01000000 52b81e05 2d310100 10000100 00000040 00000000 00000000 0c000300 a4703d0a 00000000 0c000400 7b14ae07 00000000 14000600 a0252600 00000000 00000000 00000000",
        &Netem {
            delay: Duration::from_millis(40),
            jitter: Duration::from_millis(5),
            delay_correlation: "25%".parse().unwrap(),
            loss: "1%".parse().unwrap(),
            duplicate: "2%".parse().unwrap(),
            corrupt: "3%".parse().unwrap(),
            reorder: "4%".parse().unwrap(),
            rate: Some("20mbit".parse().unwrap()),
            limit: 1000,
        },
    );
    // netem delay 100us rate 40gbit limit 77
    check_netem(
        "1a060000 4d000000 00000000 00000000 00000000 00000000 0c000800 00f2052a 01000000 14000600 ffffffff 00000000 00000000 00000000",
        &Netem {
            delay: Duration::from_nanos(1562 * 64),
            rate: Some("40gbit".parse().unwrap()),
            limit: 77,
            ..Netem::default()
        },
    );
}

#[test]
fn token_bucket() {
    // tbf rate 20mbit burst 70000 limit 200000, without its table of rates, which kernels do not use
    let caught = captured(
        "28000100 03010000 ffff0000 a0252600 00000000 00000000 00000000 400d0300 fcac0600 00000000 08000600 70110100",
    );
    let bucket = TokenBucket { rate: "20mbit".parse().unwrap(), burst: 70_000, limit: 200_000 };
    assert_eq!(TokenBucket::read(&caught), Ok(bucket));
    let (ours, caught) = (attributes(&written(|message| bucket.put(message))), attributes(&caught));
    assert_eq!((rates(&ours[0].1), &ours[1..]), (rates(&caught[0].1), &caught[1..]));
}

#[test]
fn htb() {
    // htb default 16
    let caught = captured("18000200 03000000 0a000000 16000000 00000000 00000000");
    let htb = Htb { default_class: 0x16 };
    assert_eq!(Htb::read(&caught), Ok(htb));
    assert_eq!(written(|message| htb.put(message)), caught);
}

#[test]
fn htb_class() {
    // class add dev v0 parent 1: classid 1:16 htb rate 10mbit ceil 100mbit burst 70000 cburst 70000 prio 1 quantum 0, its parameters
    let caught = captured(
        "03010000 ffff0000 d0121300 03010000 ffff0000 20bcbe00 f8590d00 cc550100 00000000 00000000 01000000",
    );
    let class = HtbClass {
        rate: "10mbit".parse().unwrap(),
        ceiling: "100mbit".parse().unwrap(),
        burst: 70_000,
        priority: 1,
    };
    let request =
        NewClass { index: 3, parent: Handle::new(1, 0), handle: Handle::new(1, 0x16), class }.encode();
    // The header of the family has twenty bytes.
    let options = Attributes::new(&request.0.body()[20..]).find(OPTIONS).unwrap();
    let ours = options.nested().find(HTB_PARAMETERS).unwrap();
    assert_eq!(rates(ours.payload), rates(&caught));
}
