//! Traffic control, read back with `tc`, and by traffic.

use std::time::{Duration, Instant};

use insula_net::traffic::{
    DeleteQdisc, Discipline, Handle, Htb, HtbClass, Netem, NewClass, NewQdisc, Qdisc, Redirect, TokenBucket,
};
use insula_net::{ChangeLink, Link, NewLink};
use rustix::io::Errno;

use crate::harness::{Tests, name, namespace, namespace_path, route, sh};

fn veth() -> u32 {
    route().perform(&NewLink::veth(name("a"), NewLink::peer(name("b"))).up()).unwrap();
    route().perform(&ChangeLink::named(name("b")).up()).unwrap();
    Link::find(&mut route(), "a").unwrap().index
}

pub(crate) fn add(tests: &mut Tests) {
    tests.add("token_bucket_is_what_tc_shows", || {
        let index = veth();
        let bucket = TokenBucket::new("20mbit".parse().unwrap());
        route().perform(&NewQdisc::new(index, Discipline::TokenBucket(bucket))).unwrap();
        let shown = sh("tc qdisc show dev a");
        assert!(
            shown.starts_with("qdisc tbf 1: root") && shown.contains("rate 20Mbit burst 65Kb lat 50ms"),
            "{shown}"
        );
        let listed = Qdisc::list(&mut route()).unwrap();
        let ours = listed.iter().find(|qdisc| qdisc.kind == "tbf").unwrap();
        let Some(Discipline::TokenBucket(read)) = ours.discipline else { panic!("{ours:?}") };
        assert_eq!((read.rate, read.limit), (bucket.rate, bucket.limit));
        route().perform(&DeleteQdisc { index, parent: Handle::ROOT }).unwrap();
        assert!(!sh("tc qdisc show dev a").contains("tbf"));
    });
    tests.add("classes_share_a_rate", || {
        let index = veth();
        let rate = "10mbit".parse().unwrap();
        let qdisc = NewQdisc::new(index, Discipline::Htb(Htb { default_class: 16 }));
        let class = HtbClass { rate, ceiling: "100mbit".parse().unwrap(), burst: 70_000, priority: 1 };
        let class = NewClass { index, parent: Handle::new(1, 0), handle: Handle::new(1, 16), class };
        route().perform_all(&[&qdisc, &class]).unwrap();
        let shown = sh("tc class show dev a");
        assert!(shown.contains("class htb 1:10 root prio 1 rate 10Mbit ceil 100Mbit"), "{shown}");
    });
    tests.add("class_lets_pass_what_its_rate_is_each_way", || {
        let index = veth();
        let there = namespace();
        let path = namespace_path(&there);
        sh(&format!(
            "ip link set dev b netns {path}; ip addr add 10.0.0.1/24 dev a; ip link add ifb0 type ifb; ip link set ifb0 up
            nsenter --net={path} sh -c 'ip addr add 10.0.0.2/24 dev b; ip link set dev b up'"
        ));
        // 40 packets of 1,442 bytes, both ways: at 300 kbit/s, but for a burst, 1.2 seconds one way.
        let flood = || {
            let since = Instant::now();
            sh("ping -q -f -c 40 -s 1400 -W 20 10.0.0.2");
            since.elapsed().as_secs_f64()
        };
        let limit = |index| {
            let rate = "300kbit".parse().unwrap();
            let class = HtbClass { rate, ceiling: rate, burst: 10_000, priority: 0 };
            let class = NewClass { index, parent: Handle::new(1, 0), handle: Handle::new(1, 16), class };
            let qdisc = NewQdisc::new(index, Discipline::Htb(Htb { default_class: 16 }));
            route().perform_all(&[&qdisc, &class]).unwrap();
        };
        let full = flood();
        limit(index);
        let out = flood();
        route().perform(&DeleteQdisc { index, parent: Handle::ROOT }).unwrap();
        let to = Link::find(&mut route(), "ifb0").unwrap().index;
        let ingress = NewQdisc::new(index, Discipline::Ingress);
        route().perform_all(&[&ingress, &Redirect { from: index, to }]).unwrap();
        limit(to);
        let back = flood();
        for limited in [out, back] {
            assert!(limited > 1.0 && limited > 2.0 * full, "{limited} s, and {full} s at full speed");
        }
    });
    tests.add("what_comes_in_is_handed_to_another_interface", || {
        let index = veth();
        sh("ip link add ifb0 type ifb && ip link set ifb0 up");
        let to = Link::find(&mut route(), "ifb0").unwrap().index;
        let ingress = NewQdisc::new(index, Discipline::Ingress);
        route().perform_all(&[&ingress, &Redirect { from: index, to }]).unwrap();
        let shown = sh("tc filter show dev a ingress");
        assert!(shown.contains("mirred (Egress Redirect to device ifb0)"), "{shown}");
    });
    tests.add_where("ip link set lo up; tc qdisc add dev lo root netem", "bad_line_delays_and_loses", || {
        let index = veth();
        let netem = Netem { delay: Duration::from_millis(40), ..Netem::default() };
        route().perform(&NewQdisc::new(index, Discipline::Netem(netem))).unwrap();
        let other = namespace();
        let there = namespace_path(&other);
        sh(&format!("ip link set dev b netns {there}; ip addr add 10.0.0.1/24 dev a; ip link set dev a up"));
        let inside = format!("nsenter --net={there}");
        sh(&format!("{inside} ip addr add 10.0.0.2/24 dev b; {inside} ip link set dev b up"));
        let shown = sh("ping -c 3 -i 0.2 10.0.0.2");
        let least =
            shown.split("rtt min/avg/max/mdev = ").nth(1).and_then(|rest| rest.split('/').next()).unwrap();
        assert!(least.parse::<f64>().unwrap() >= 40.0, "{shown}");
        let netem = Netem { loss: "100%".parse().unwrap(), ..Netem::default() };
        route().perform(&NewQdisc::new(index, Discipline::Netem(netem))).unwrap();
        sh("! ping -c 2 -i 0.2 -W 1 10.0.0.2");
    });
    tests.add("bad_line_is_refused_in_words_where_the_kernel_has_none", || {
        let index = veth();
        let netem =
            Netem { delay: Duration::from_millis(40), loss: "1%".parse().unwrap(), ..Netem::default() };
        match route().perform(&NewQdisc::new(index, Discipline::Netem(netem))) {
            Ok(()) => assert!(sh("tc qdisc show dev a").contains("limit 1000 delay 40ms loss 1%")),
            Err(error) => {
                assert_eq!(error.errno(), Some(Errno::NOENT));
                assert!(format!("{error:?}").contains("qdisc"), "{error:?}");
            }
        }
    });
}
