//! What this machine can do for this user: `cargo run -p insula-engine --example doctor`.
#![expect(clippy::print_stdout, reason = "an example that prints")]

use insula_engine::doctor::Report;

fn main() {
    let report = Report::examine();
    println!("Linux {} on {}, uid {}", report.kernel, report.machine, report.euid);
    for finding in &report.findings {
        println!("{:?}\t{} ({}): {}", finding.status, finding.what, finding.probe, finding.evidence);
        if let Some(fix) = &finding.fix {
            println!("\tfix: {fix}");
        }
    }
}
