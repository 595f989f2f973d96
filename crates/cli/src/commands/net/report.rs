//! What the commands say: what is there, and why something is not.

use insula_engine::firewall::{Claim, FirewallError};
use insula_engine::network::{EndFound, NetworkError, Outcome, Site, There};
use insula_engine::set::SetError;
use insula_engine::target::TargetError;
use insula_net::capture::CaptureError;
use rustix::io::Errno;

use crate::diagnosis::explain_target;
use crate::output;
use crate::report::Failure;

/// Why a kernel has no `netem`.
pub(in crate::commands) const NO_NETEM: &str =
    "the kernel was built without CONFIG_NET_SCH_NETEM, or its module sch_netem is not installed";

/// Prints ends, one a line: where, the interface, its addresses.
pub(super) fn print(ends: &[&EndFound]) -> Result<(), Failure> {
    let mut text = String::new();
    for end in ends {
        let addresses: Vec<String> = end.addresses.iter().map(ToString::to_string).collect();
        let line = format!("{}\t{}\t{}", end.site.word(), end.shown(), addresses.join(" "));
        text.push_str(line.trim_end());
        text.push('\n');
    }
    output::print(text)
}

/// Says that something was there already.
pub(super) fn tell(outcome: Outcome, what: &str) {
    if outcome == Outcome::Found {
        output::complain(&format!("insula: {what} already\n"));
    }
}

/// Why a network is not as it was to be.
pub(in super::super) fn explain(error: NetworkError) -> Failure {
    if let NetworkError::Set(source) = error {
        return match source {
            SetError::Missing { ref name } => {
                let hint = format!("make it: `insula net create {name}`");
                Failure::from(source).hint(hint)
            }
            source => explain_target(&TargetError::Set(source)),
        };
    }
    let (cause, hint) = match &error {
        NetworkError::Kernel { site: Site::Host, source } if source.errno() == Some(Errno::PERM) => (
            Some("the host's network is changed only with CAP_NET_ADMIN in the user namespace that it belongs to"),
            Some("run as root; without root connect two sets: `insula net create b --beside a`".to_owned()),
        ),
        NetworkError::Unshare { source: Errno::PERM } => (
            Some("without root a network namespace that is attached to one of the host's bridges cannot be made"),
            Some("run as root; `insula run` without `--net` has a network of its own".to_owned()),
        ),
        NetworkError::Enter { source, .. } if source.errno() == Some(Errno::PERM) => (
            Some("a network namespace is entered only with CAP_SYS_ADMIN in the user namespace that it belongs to"),
            Some("run as root, or as the user whose set it is".to_owned()),
        ),
        NetworkError::Apart { far: Site::Host, .. } | NetworkError::Apart { near: Site::Host, .. } => (
            Some("the host's network is changed only with CAP_NET_ADMIN in the user namespace that it belongs to"),
            Some("run as root; without root connect two sets: `insula net create b --beside a`".to_owned()),
        ),
        NetworkError::Apart { near, far, .. } => (
            Some("without root, one has power over two network namespaces at once only if one user namespace owns both"),
            Some(format!("make them so: `insula net create {} --beside {}`", far.word(), near.word())),
        ),
        NetworkError::Firewall(error) => firewall(error),
        NetworkError::NotReached { site } => {
            (None, Some(format!("connect it: `insula net connect {} host`, or attach it to a bridge", site.word())))
        }
        NetworkError::NameTaken { site: Site::Host, name } => (
            None,
            Some(format!("`ip link show {name}` tells what it is; choose another name")),
        ),
        NetworkError::NameTaken { site, name } => (
            None,
            Some(format!("`insula net show {}` tells what `{name}` is; choose another name", site.word())),
        ),
        NetworkError::Different { there, .. } => {
            let hint = match there {
                There::Connection => "`insula net disconnect` takes it away; `--name` makes another connection",
                There::Port => "`insula net detach` takes it away",
                There::Bridge => "`insula net rm` takes it away",
                There::WireGuard => "`insula net wireguard --remove` takes it away; `--name` makes another one",
            };
            (None, Some(hint.to_owned()))
        }
        NetworkError::BridgeWithoutAddress { .. } | NetworkError::NoSubnet => {
            (None, Some("say which: `--addr ADDRESS/LENGTH`".to_owned()))
        }
        NetworkError::NoAddress { .. } => {
            (None, Some("say which: `--addr ADDRESS/LENGTH`, for the other end of a connection `--peer-addr`".to_owned()))
        }
        NetworkError::InUse { bridge, attached } => {
            let hint = format!("`insula net rm --force {bridge}` detaches them");
            let cause = format!("attached to it: {}", attached.join(", "));
            return Failure::from(error).cause(cause).hint(hint);
        }
        NetworkError::QdiscTaken { site, interface, kind } => {
            let netns = if *site == Site::Host { String::new() } else { format!("-n {} ", site.word()) };
            let parent = if matches!(kind.as_str(), "ingress" | "clsact") { kind } else { "root" };
            (None, Some(format!("if it is not needed: `tc {netns}qdisc del dev {interface} {parent}`")))
        }
        NetworkError::NoDiscipline { kind: "netem", .. } => (
            Some(NO_NETEM),
            Some("install or load it (`modprobe sch_netem`); `--rate` alone needs none".to_owned()),
        ),
        NetworkError::NoType { kind: "wireguard", .. } => (
            Some("the kernel was built without CONFIG_WIREGUARD, or its module wireguard is not installed"),
            Some("install or load it: `modprobe wireguard`".to_owned()),
        ),
        NetworkError::Capture { source: CaptureError::Open { source: Errno::PERM }, .. } => (
            Some("packets are seen only with CAP_NET_RAW in the user namespace that the network belongs to"),
            Some("run as root, or capture in a set of your own".to_owned()),
        ),
        NetworkError::NothingToLimit { .. } => {
            (None, Some("`--link IFACE` names one; `insula net connect` and `attach` make some".to_owned()))
        }
        NetworkError::Inside { source: Errno::NOENT, .. } => (
            Some("what runs in the set has another root directory, or the host has no such file for ours to lie over"),
            Some("make an empty file there".to_owned()),
        ),
        NetworkError::Decided { .. } => (None, Some("change that file, or remove it".to_owned())),
        NetworkError::Ours { .. } => {
            (None, Some("take it away (`insula net disconnect`, `insula net detach`) and make it anew where it is to be".to_owned()))
        }
        _ => bridge(&error),
    };
    Failure::from(error).explained(cause.map(str::to_owned), hint)
}

/// Why a bridge is not there, or not for this.
fn bridge(error: &NetworkError) -> (Option<&'static str>, Option<String>) {
    match error {
        NetworkError::BridgeOfHost { site, .. } => (
            Some(
                "the host's network is changed only with CAP_NET_ADMIN in the user namespace that it belongs to",
            ),
            Some(format!(
                "run as root; without root connect two sets (`insula net create other --beside {}`), or make a lab with a \
                 node of `kind: bridge` (`insula lab --help`)",
                site.word()
            )),
        ),
        NetworkError::Shared { site, bridge } => (
            Some("those on a bridge can speak for each other, so what one reaches, all do"),
            Some(format!(
                "`insula net forward {bridge} …` lets in all of them; `insula net connect {} host` gives it a way of its own",
                site.word()
            )),
        ),
        NetworkError::NoBridge { bridge } => {
            (None, Some(format!("make it: `insula net bridge {bridge} --addr 10.1.0.1/24`")))
        }
        NetworkError::Outside { address, .. } => (
            None,
            Some(format!("`ip address` shows its subnets; for another network say its length: {address}/24")),
        ),
        NetworkError::NotOurs { bridge } => {
            (None, Some(format!("whoever made it may use `ip link delete {bridge}`")))
        }
        _ => (None, None),
    }
}

/// Why packets do not go as they were to.
fn firewall(error: &FirewallError) -> (Option<&'static str>, Option<String>) {
    match error {
        FirewallError::Kernel { source } if source.errno() == Some(Errno::PERM) => (
            Some(
                "the packet filter of the host is changed only with CAP_NET_ADMIN in the user namespace that it belongs to",
            ),
            Some("run as root".to_owned()),
        ),
        FirewallError::Kernel { source }
            if matches!(
                source.errno(),
                Some(Errno::PROTONOSUPPORT | Errno::OPNOTSUPP | Errno::AFNOSUPPORT)
            ) =>
        {
            (
                Some(
                    "this kernel has no nftables with NAT (CONFIG_NF_TABLES_INET, CONFIG_NFT_NAT, CONFIG_NFT_MASQ)",
                ),
                None,
            )
        }
        FirewallError::Connections { source } if source.errno() == Some(Errno::INVAL) => (
            Some(
                "the kernel was built without CONFIG_NF_CT_NETLINK, or its module nf_conntrack_netlink is not installed",
            ),
            Some(
                "install or load it: `modprobe nf_conntrack_netlink`; or restart what is at one end"
                    .to_owned(),
            ),
        ),
        FirewallError::NotOurs => (
            Some("it has no comment `insula 1`, by which Insula knows its own"),
            Some("`nft list table inet insula` shows it; whoever made it may rename or delete it".to_owned()),
        ),
        FirewallError::Taken { there, .. } => {
            let (verb, by) = (there.verb(), there.owner());
            (None, Some(format!("`insula net un{verb} {by} {there}` takes it back; or choose another port")))
        }
        FirewallError::Listened { listener, wanted } => {
            let (transport, port) = (listener.transport, listener.local.port());
            if let Claim::Forwarded(forwarded) = &**wanted {
                let hint =
                    format!("it is reached as it is, at {}; or choose another port", forwarded.address);
                return (None, Some(hint));
            }
            (
                None,
                Some(format!("`insula who {transport}:{port}` tells which; choose another port or address")),
            )
        }
        FirewallError::NoHostAddress { interface, .. } => {
            (None, Some(format!("`ip address add ADDRESS/LENGTH dev {interface}` gives it one")))
        }
        FirewallError::NotLocal { .. } => (None, Some("`ip address` tells which it has".to_owned())),
        FirewallError::LoopbackSix { wanted, .. } => (
            Some(
                "the packet filter sees what is bridged here (net.bridge.bridge-nf-call-ip6tables = 1), and the kernel drops what comes \
                 for ::1 by another interface (RFC 4291)",
            ),
            Some(match **wanted {
                Claim::Published(_) => "publish at 127.0.0.1, connect the set to the host instead (`insula net connect SET host`), or \
                     set that to 0 if nothing needs it"
                    .to_owned(),
                Claim::Forwarded(_) => "have the service listen at 127.0.0.1 too and forward that, or set that to 0 if nothing needs it"
                    .to_owned(),
            }),
        ),
        FirewallError::NoAddress { .. } => {
            (None, Some("`insula net show SET` tells which it has".to_owned()))
        }
        FirewallError::Advertised { interface } => (
            Some(
                "with IPv6 forwarding the kernel takes no more of them there, and the host would lose its routes",
            ),
            Some(format!("`sysctl net.ipv6.conf.{interface}.accept_ra=2` has it take them all the same")),
        ),
        _ => (None, None),
    }
}
