//! Processes on their way into a container, looked into from inside: CVE-2016-9962, and `ptrace(2)`.

use std::collections::BTreeSet;

use insula_oci::When;
use serde_json::json;

use crate::bundle::Home;
use crate::inside::{compile, end, exec_script, join_pid_namespace, own_user_namespace, run_beside, running};

/// Goes for every process that it sees, by each call that `ptrace(2)` guards, and writes down what those executed that let it.
/// What they execute is asked before and after, so that what is told is the same program that was reached.
const TRACER: &str = r#"
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>
static void executed(int pid, char *link) {
    char name[64];
    snprintf(name, sizeof name, "/proc/%d/exe", pid);
    ssize_t length = readlink(name, link, 4095);
    link[length > 0 ? length : 0] = 0;
    if (length < 0) strcpy(link, "hidden");
}
static const char *reach(int pid, char *link) {
    char byte, name[64];
    struct iovec here = {&byte, 1}, there = {(void *)0x400000, 1};
    if (process_vm_readv(pid, &here, 1, &there, 1, 0) == 1) return "process_vm_readv";
    snprintf(name, sizeof name, "/proc/%d/mem", pid);
    int memory = open(name, O_RDWR);
    if (memory >= 0) { close(memory); return "mem"; }
    int process = syscall(SYS_pidfd_open, pid, 0);
    int taken = process < 0 ? -1 : syscall(SYS_pidfd_getfd, process, 0, 0);
    if (process >= 0) close(process);
    if (taken >= 0) { close(taken); return "pidfd_getfd"; }
    if (ptrace(PTRACE_SEIZE, pid, 0, 0) == 0) {
        int status;
        ptrace(PTRACE_INTERRUPT, pid, 0, 0);
        if (waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status)) return NULL;
        executed(pid, link);
        ptrace(PTRACE_DETACH, pid, 0, 0);
        return "ptrace";
    }
    return NULL;
}
int main(void) {
    char before[4096], after[4096];
    FILE *out = fopen("/reached", "w");
    setvbuf(out, NULL, _IOLBF, 0);
    for (;;) {
        DIR *processes = opendir("/proc");
        for (struct dirent *entry; (entry = readdir(processes));) {
            int pid = atoi(entry->d_name);
            if (pid < 2 || pid == getpid()) continue;
            executed(pid, before);
            const char *how = reach(pid, before);
            executed(pid, after);
            if (how && strcmp(before, "hidden") && !strcmp(before, after)) fprintf(out, "%s %s\n", how, before);
        }
        closedir(processes);
    }
}
"#;

/// Panics unless what was reached are programs of the container: those one may trace there.
fn assert_only_were_reached(home: &Home, programs: &[&str]) {
    let reached = std::fs::read_to_string(home.root().join("reached")).unwrap();
    assert!(reached.contains(" /bin/busybox\n"), "nobody was reached at all: {reached}");
    let is_known = |line: &&str| line.split_once(' ').is_some_and(|(_, program)| programs.contains(&program));
    let others: BTreeSet<_> = reached.lines().filter(|line| !is_known(line)).collect();
    assert!(others.is_empty(), "{others:?}");
}

/// Adds processes to a container that goes for them.
fn trace_what_joins(home: &mut Home, programs: &[&str]) {
    compile(home, "tracer", TRACER);
    let made = running(home, "exec tracer");
    for _ in 0..100 {
        exec_script(home, &made.container, "sleep 0.01", json!({}));
    }
    end(home, made);
    assert_only_were_reached(home, programs);
}

#[test]
fn process_that_joins_is_not_traced() {
    trace_what_joins(&mut Home::new(), &["/bin/busybox"]);
}

/// Where the capability is not the caller's own user namespace's, it reaches no further. A file of an ordinary user's belongs to root
/// inside, and so does the freestanding program then, but never our own.
#[test]
fn process_that_joins_a_user_namespace_is_not_traced_by_who_may_trace_all_there() {
    let mut home = Home::new();
    for set in ["bounding", "effective", "permitted"] {
        home.config["process"]["capabilities"][set].as_array_mut().unwrap().push(json!("CAP_SYS_PTRACE"));
    }
    if rustix::process::geteuid().is_root() {
        own_user_namespace(&mut home);
        trace_what_joins(&mut home, &["/bin/busybox"]);
    } else {
        trace_what_joins(&mut home, &["/bin/busybox", "/memfd:insula-init (deleted)"]);
    }
}

/// As in a pod, whose containers share a PID namespace: also one that is created, and waits.
#[test]
fn neighbour_that_begins_or_waits_is_not_traced() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let mut home = Home::new();
    compile(&home, "tracer", TRACER);
    let made = running(&mut home, "exec tracer");
    join_pid_namespace(&mut home, &made);
    home.config["process"]["args"] = json!(["sleep", "0.01"]);
    for _ in 0..30 {
        run_beside(&home, When::Now);
        run_beside(&home, When::Started);
    }
    let waiting = home.create("two");
    std::thread::sleep(std::time::Duration::from_millis(100));
    end(&home, waiting);
    end(&home, made);
    assert_only_were_reached(&home, &["/bin/busybox"]);
}
