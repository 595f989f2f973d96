//! The types of links that this kernel may lack, on another one, where a virtual machine is at hand.

use libtest_mimic::{Completion, Failed, Trial};
use std::process::Command;

/// Names a program that runs `COMMAND...` on a second kernel, on these files and in this directory.
const MACHINE: &str = "INSULA_VM";

pub(crate) fn trial() -> Trial {
    Trial::ignorable_test("the_second_kernel", there)
}

fn there() -> Result<Completion, Failed> {
    let machine = std::env::var(MACHINE).unwrap_or_default();
    if machine.is_empty() {
        return Ok(Completion::ignored_with(format!("{MACHINE} names no virtual machine to run on")));
    }
    let program = std::env::current_exe()?;
    // What is a module there is not loaded from inside a network namespace.
    let script = "for module in 8021q bonding bridge dummy ifb ipvlan macvlan macvtap tun veth vrf vxlan wireguard; do \
                  modprobe $module; done; exec \"$0\" --test-threads 2 --skip the_second_kernel link_elsewhere";
    let output = Command::new(&machine)
        .args(["--", "env", "-u", MACHINE, "sh", "-c", script])
        .arg(program)
        .output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    if output.status.success() && said.contains("test result: ok.") && !said.contains(" 0 passed") {
        return Ok(Completion::Completed);
    }
    Err(format!("{}\n{said}{}", output.status, String::from_utf8_lossy(&output.stderr)).into())
}
