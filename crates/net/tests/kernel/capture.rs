//! Packets that pass.

use std::os::fd::AsFd as _;

use insula_net::capture::{Capture, PacketWay, Pcapng, Summary};

use crate::harness::{Tests, namespace, namespace_path, sh};

pub(crate) fn add(tests: &mut Tests) {
    tests.add("packets_of_another_namespace_are_seen_and_written", || {
        let other = namespace();
        let mut capture = Capture::open(&[other.as_fd()]).unwrap();
        let there = format!("nsenter --net={}", namespace_path(&other));
        sh(&format!("{there} ip link set lo up; {there} ping -c 1 127.0.0.1"));
        let directory = std::env::temp_dir().join(format!("insula-capture-{}", std::process::id()));
        std::fs::create_dir(&directory).unwrap();
        let path = directory.join("lo.pcapng");
        let mut file = Pcapng::new(std::fs::File::create(&path).unwrap()).unwrap();
        let mut seen = Vec::new();
        while seen.len() < 4 {
            let packet = capture.next_packet().unwrap();
            let words = Summary::of(&packet).to_string();
            if words.contains("echo") {
                assert!(packet.time.as_secs() > 1_700_000_000);
                seen.push((words, packet.way == PacketWay::Out));
                file.write("lo", &packet).unwrap();
            }
        }
        let words = |text: &str, out| (format!("127.0.0.1 > 127.0.0.1 {text}"), out);
        let expected =
            ["echo request", "echo reply"].map(|text| [words(text, true), words(text, false)]).concat();
        assert_eq!(seen, expected);
        assert_eq!(capture.lost().unwrap(), 0);
        assert!(std::fs::metadata(&path).unwrap().len() > 4 * 84);
        std::fs::remove_dir_all(&directory).unwrap();
    });
}
