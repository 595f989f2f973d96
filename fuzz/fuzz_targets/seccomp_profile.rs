//! Seccomp profiles in JSON, of OCI and of Docker. Whatever is read compiles into a program that the kernel would take, which
//! answers every call.
#![no_main]
use insula_seccomp::json::Reader;
use insula_seccomp::{Architecture, Machine};
use libfuzzer_sys::fuzz_target;

#[path = "../../crates/seccomp/tests/oracle/bpf.rs"]
mod bpf;

fuzz_target!(|text: &str| {
    for machine in [Machine::X86_64, Machine::Aarch64] {
        let reader = Reader { machine, kernel: (6, 1), capability: &|name| name.len() % 2 == 0 };
        let Ok(profile) = reader.read(text) else { continue };
        let Ok(filter) = profile.compile(machine) else { continue };
        bpf::verify(filter.instructions());
        for architecture in [Architecture::X86_64, Architecture::X32, Architecture::X86, Architecture::Aarch64, Architecture::Arm] {
            for number in [0, 41, 102, 117, 198, 435, 470, 0x000f_0005, u32::MAX] {
                bpf::run(filter.instructions(), &bpf::Call::new(architecture, number, [0, 1, u64::MAX, 1 << 32, 40, 3]));
            }
        }
    }
});
