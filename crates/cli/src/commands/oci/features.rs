//! `insula oci features`: what this runtime can do.

use insula_oci::features::{CgroupFeatures, Features, IntelRdtFeatures, SeccompFeatures, Support};

use super::Verb;
use super::spec::indented;
use super::verb::Context;
use crate::args::{Arg, Order};
use crate::output;
use crate::report::Failure;

pub(super) const VERB: Verb<()> = Verb {
    name: "oci features",
    about: "Print what this runtime can do, as JSON",
    usage: &[""],
    details: "\
The document is that of the specification's `features.md`. It says what is built in, not what the kernel at hand can.",
    order: Order::Anywhere,
    flags: &[],
    run,
};

fn run(_: &mut Context<'_>, (): (), operands: &[Arg]) -> Result<u8, Failure> {
    if !operands.is_empty() {
        return Err(Failure::usage("expected no operand"));
    }
    let features = Features::new(Support {
        cgroup: CgroupFeatures { v1: true, v2: true, systemd: true, systemd_user: true, rdma: true },
        seccomp: SeccompFeatures::complete(),
        apparmor: true,
        selinux: true,
        memory_policy: true,
        id_mapped_mounts: true,
        net_devices: true,
        intel_rdt: IntelRdtFeatures { enabled: true, schemata: true, monitoring: true },
        checkpoint: true,
        unsafe_annotations: vec!["org.systemd.property.", "org.criu.config"],
    });
    let mut text = indented(&features, b"    ");
    text.push(b'\n');
    output::print(text)?;
    Ok(0)
}
