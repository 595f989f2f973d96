//! Lists the namespaces of the given kinds (default: all) with who holds them.
//!
//! `cargo run -p insula-ns --example namespaces -- net,user relations mounts`
#![expect(clippy::print_stdout, reason = "an example shows what it found")]

use insula_ns::{Kinds, Scan, Want};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let kinds: Kinds = arguments.next().as_deref().unwrap_or("all").parse()?;
    let mut scan = Scan::new(kinds);
    for word in arguments {
        scan = scan.with(match word.as_str() {
            "threads" => Want::Threads,
            "descriptors" => Want::Descriptors,
            "sockets" => Want::Sockets,
            "mounts" => Want::AllMounts,
            "relations" => Want::Relations,
            "ids" => Want::Ids,
            "netids" => Want::NetIds,
            "listed" => Want::Listed,
            _ => return Err(format!("`{word}` is nothing to look for").into()),
        });
    }
    let snapshot = scan.take()?;
    for found in &snapshot.namespaces {
        let command = found.lowest.and_then(|pid| snapshot.proc().command_line(pid).ok()).unwrap_or_default();
        println!(
            "{:>10} {:6} {:6} {:>7} {}",
            found.id.ino,
            found.kind,
            found.processes,
            found.lowest.map_or(0, |pid| pid.as_raw_nonzero().get()),
            String::from_utf8_lossy(&command).replace('\0', " ")
        );
        for (what, id) in [("owner", found.owner), ("parent", found.parent)] {
            if let Some(id) = id {
                println!("{:>17} {}", what, id.ino);
            }
        }
        for held in &found.descriptors {
            println!("{:>17} {} of process {}", "descriptor", held.descriptor, held.pid);
        }
        for held in &found.sockets {
            println!("{:>17} {} of process {}", "socket", held.descriptor, held.pid);
        }
        for mount in &found.mounts {
            println!("{:>17} {} in mnt:[{}]", "mounted on", mount.path.display(), mount.mount_ns.ino);
        }
        if let Some(id) = found.ns_id {
            println!("{:>17} {id}", "id");
        }
        if let Some(id) = found.net_id {
            println!("{:>17} {id:?}", "network id");
        }
        if let Some(uid) = found.creator {
            println!("{:>17} uid {uid}", "made by");
        }
    }
    if !snapshot.hidden.is_empty() {
        println!("not seen: {:?}", snapshot.hidden);
    }
    Ok(())
}
