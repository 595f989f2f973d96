//! A build that can reach no network and write nothing but its products: it may change its sources as it likes, but only
//! it sees that.
//!
//! `cargo run -p insula-sandbox --example build`
use std::fs;

use insula_ns::Kind;
use insula_sandbox::Sandbox;
use insula_sandbox::mounts::{Attributes, Bind, Changes, Layers, Mount, Overlay, Propagation};

/// Stands for `make`: it looks for a network, overwrites a source, and makes something new.
const BUILD: &str = "test $(tail -n +3 /proc/net/dev | wc -l) = 1
    echo changed > source; tr a-z A-Z < source > products/file; cat products/file; ! echo no 2>&- > ../stray";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let directory = std::env::temp_dir().join(format!("insula-build-{}", std::process::id()));
    let (sources, products) = (directory.join("sources"), directory.join("sources/products"));
    fs::create_dir_all(&products)?;
    fs::write(sources.join("source"), "original\n")?;

    let mut sandbox = Sandbox::new("sh")
        .args(["-e", "-c", BUILD])
        .unshare(Kind::User | Kind::Mnt | Kind::Pid | Kind::Net)
        .map_root()?
        .current_dir(&sources);
    sandbox.mounts.propagation = Some(Propagation::Private);
    sandbox.mounts.read_only_root = true;
    sandbox.mounts.mounts = vec![
        Mount::Proc("/proc".into()),
        Mount::Overlay(Overlay {
            target: sources.clone(),
            layers: Layers { lower: vec![sources.clone()], changes: Changes::Discarded { size: None } },
            attributes: Attributes::NO_SUID,
        }),
        Mount::Bind(Bind::new(&products, &products)),
    ];
    let built = sandbox.status();

    let source = fs::read_to_string(sources.join("source"))?;
    let product = fs::read_to_string(products.join("file")).unwrap_or_default();
    fs::remove_dir_all(&directory)?;
    if built?.success() && product == "CHANGED\n" && source == "original\n" {
        Ok(())
    } else {
        Err("the build failed, or changed its sources".into())
    }
}
