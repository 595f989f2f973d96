//! What is used, and word of what is killed for want of memory.

use insula_cgroup::{Limit, Memory, OomNotice, Resources};
use rustix::event::{PollFd, Timespec, poll};
use rustix::fs::Uid;

use crate::harness::{Place, Running, Tests, ordinary, soon, wait_for};

pub(crate) fn add(tests: &mut Tests) {
    let is_unified = |hierarchies: &insula_cgroup::Hierarchies| hierarchies.is_unified();
    tests.add("what_runs_uses_time_memory_and_tasks", used);
    tests.add("an_empty_group_uses_nothing", empty);
    tests.add("word_comes_when_memory_runs_out", out_of_memory);
    tests.add_where(
        "a_delegated_group_is_another_users_except_for_its_limits",
        "version 2 is not all that there is",
        is_unified,
        delegated,
    );
}

fn used(place: &Place) {
    let group = place.create("a");
    group.set(&Resources { pids: Some(Limit::At(50)), ..Resources::default() }).unwrap();
    let _busy = Running::start(&group, "x=$(head -c 1000000 /dev/zero | tr '\\0' a); while :; do :; done");
    // When those that fill the variable have ended.
    wait_for("a tenth of a second and 1 MB of one process", || {
        let usage = group.usage().unwrap();
        let (cpu, memory) = (usage.cpu.unwrap().total, usage.memory.unwrap().memory.usage);
        cpu > 100_000_000 && memory > 1_000_000 && group.processes().unwrap().len() == 1
    });
    let usage = group.usage().unwrap();
    let (cpu, memory, pids) = (usage.cpu.unwrap(), usage.memory.unwrap(), usage.pids.unwrap());
    assert!(cpu.user > 0 && cpu.user < soon_in_nanoseconds() && cpu.throttled_periods == 0, "{cpu:?}");
    assert!(memory.memory.peak.is_none_or(|peak| peak >= 1_000_000), "{memory:?}");
    assert!(!memory.stat.is_empty() && memory.oom_kills == Some(0), "{memory:?}");
    assert_eq!((memory.memory.limit, pids.limit), (Limit::Max, Limit::At(50)));
    assert!((1..=4).contains(&pids.current), "{pids:?}");
    let memory = Memory { limit: Some(Limit::At(1 << 30)), ..Memory::default() };
    group.set(&Resources { memory, ..Resources::default() }).unwrap();
    assert_eq!(group.usage().unwrap().memory.unwrap().memory.limit, Limit::At(1 << 30));
}

/// More processor time than a test can take: twenty seconds on each of a thousand processors.
const fn soon_in_nanoseconds() -> u64 {
    20_000_000_000_000
}

fn empty(place: &Place) {
    let usage = place.create("a").usage().unwrap();
    assert_eq!(usage.cpu.unwrap().total, 0);
    assert_eq!(usage.pids.unwrap().current, 0);
    assert_eq!(usage.block_io.serviced, []);
}

fn out_of_memory(place: &Place) {
    let group = place.create("a");
    let memory = Memory { limit: Some(Limit::At(8 << 20)), ..Memory::default() };
    group.set(&Resources { memory, ..Resources::default() }).unwrap();
    let mut notice = group.oom_notice().unwrap().unwrap();
    let is_ready = |notice: &OomNotice, seconds| {
        let mut wait = [PollFd::new(notice, notice.interest())];
        poll(&mut wait, Some(&Timespec { tv_sec: seconds, tv_nsec: 0 })).unwrap() == 1
    };
    assert!(!is_ready(&notice, 0) && !notice.take().unwrap());
    let mut greedy = Running::start(&group, "x=$(head -c 100000000 /dev/zero | tr '\\0' a)");
    assert_eq!(greedy.died_of(), Some(9));
    assert!(is_ready(&notice, 20) && notice.take().unwrap());
    // Version 2 tells of changes at most each 10 ms, so of one that was read already.
    while is_ready(&notice, 0) {
        assert!(!notice.take().unwrap());
    }
    assert!(!notice.take().unwrap());
    assert_eq!(group.oom_kills().unwrap(), Some(1));
    group.remove(soon()).unwrap();
    // That the group goes is told as well, and is none.
    assert!(is_ready(&notice, 20) && notice.take().is_err());
}

fn delegated(place: &Place) {
    let group = place.create("theirs");
    group.delegate(Uid::from_raw(4242)).unwrap();
    assert_eq!(ordinary(&place.path("theirs/below")), "delegated everywhere\nmade and removed\n");
    let directory = group.directories().next().unwrap();
    let owner =
        |file: &str| std::os::unix::fs::MetadataExt::uid(&std::fs::metadata(directory.join(file)).unwrap());
    assert_eq!(
        ["", "cgroup.procs", "cgroup.subtree_control", "memory.max"].map(owner),
        [4242, 4242, 4242, 0]
    );
    group.remove(soon()).unwrap();
}
