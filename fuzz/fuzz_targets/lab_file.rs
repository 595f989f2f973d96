//! The files of labs: any bytes are a topology or an error, and what is a topology can be named and drawn.
#![no_main]
use insula_engine::lab::Topology;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let lookup = |name: &str| (name.len() < 3).then(|| name.to_owned());
    if let Ok((topology, _)) = Topology::read(bytes, &lookup) {
        for node in &topology.nodes {
            let _ = topology.set_name(node);
        }
        for end in topology.links.iter().flat_map(insula_engine::lab::Link::ends) {
            let _ = (end.interface.kernel(), end.interface.altname());
        }
    }
});
