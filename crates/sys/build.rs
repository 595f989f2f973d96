//! Builds `init/main.rs`, the freestanding PID 1, into an executable of one page that `src/init.rs` embeds.

use std::env;
use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=init/main.rs");
    // One segment is one mapping and one page less. GNU's linker makes one anyway, and may not know lld's option.
    let built = build(",--no-rosegment") || build("");
    assert!(built, "building the freestanding init failed");
}

fn build(linker_options: &str) -> bool {
    let variable = |name| env::var(name).unwrap_or_else(|_| panic!("cargo sets {name}"));
    let output = Path::new(&variable("OUT_DIR")).join("init");
    #[expect(clippy::disallowed_methods, reason = "a build script starts the compiler")]
    let mut rustc = Command::new(variable("RUSTC"));
    rustc.args(["--edition=2024", "--crate-type=bin", "--crate-name=insula_init", "--target"]);
    rustc.arg(variable("TARGET"));
    if let Ok(linker) = env::var("RUSTC_LINKER") {
        rustc.args(["-C", &format!("linker={linker}")]);
    }
    if env::var("CARGO_CFG_TARGET_ENV").is_ok_and(|environment| environment == "musl") {
        // rustc has start files of its own for it, and adds them whatever the linker is told.
        rustc.args(["-C", "link-self-contained=no"]);
    }
    for option in [
        "opt-level=s",
        "panic=abort",
        "relocation-model=static",
        "target-feature=+crt-static",
        "force-unwind-tables=no",
        "strip=symbols",
        "link-arg=-nostartfiles",
        "link-arg=-nostdlib",
        "link-arg=-static",
        &format!(
            "link-arg=-Wl,--build-id=none,-z,noseparate-code,-z,norelro,--no-eh-frame-hdr{linker_options}"
        ),
    ] {
        rustc.args(["-C", option]);
    }
    rustc.arg("-o").arg(&output).arg("init/main.rs").status().expect("rustc starts").success()
}
