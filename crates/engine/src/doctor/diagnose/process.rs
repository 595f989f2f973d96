//! What a process does to itself before it executes the program, and that: `execve(2)`, `setrlimit(2)`, `capset(2)` …

use std::path::Path;

use rustix::io::Errno;
use rustix::thread::CapabilitySet;

use super::{Diagnosis, Evidence, lacks, mount, refused_by_others};

/// `execve(2)`.
pub(super) fn execute(program: &str, errno: Errno, evidence: &Evidence) -> Option<Diagnosis> {
    match errno {
        Errno::NOENT if program.contains('/') => Some(
            Diagnosis::new(format!(
                "`{program}` does not exist there, or the interpreter or loader that it names does not"
            ))
            .hint("in another root, take a program that is in it, or a static one"),
        ),
        Errno::NOENT => Some(
            Diagnosis::new(format!("`{program}` is in no directory of PATH, as seen from inside"))
                .hint("give its path, or set PATH"),
        ),
        Errno::ACCESS if evidence.confinement().is_some() => refused_by_others(evidence),
        Errno::ACCESS if program.contains('/') => Some(
            Diagnosis::new(format!(
                "`{program}` is no executable file for this user, or is on a mount with `noexec`"
            ))
            .hint(format!("look at its mode and mount: `ls -l {program}; findmnt -T {program}`")),
        ),
        Errno::ACCESS => Some(
            Diagnosis::new(format!(
                "no directory of PATH has a `{program}` that this user may execute, and one of them may not be searched"
            ))
            .hint("give its path, or set PATH"),
        ),
        Errno::NOEXEC => Some(
            Diagnosis::new(format!(
                "`{program}` is no program for this kernel: another machine's, or a script without `#!`"
            ))
            .hint(format!("`file {program}` says what it is")),
        ),
        Errno::LOOP => Some(
            Diagnosis::new(format!(
                "`{program}` leads to Insula's own binary on the host, by a link such as `/proc/self/exe`, or in a circle"
            ))
            .hint("take a program that is in that root"),
        ),
        Errno::TXTBSY => Some(Diagnosis::new(format!("`{program}` is open for writing"))),
        Errno::TOOBIG => Some(
            Diagnosis::new("the arguments and the environment are too long together")
                .hint("clear the environment"),
        ),
        Errno::PERM => refused_by_others(evidence),
        Errno::AGAIN => Some(
            Diagnosis::new("this user has as many processes as allowed (RLIMIT_NPROC)")
                .hint("end some, or raise the limit: `ulimit -u`"),
        ),
        Errno::LIBBAD | Errno::INVAL => Some(Diagnosis::new(format!("`{program}` is a damaged program"))),
        other => mount::path(Path::new(program), other),
    }
}

/// `setrlimit(2)`.
pub(super) fn limit(errno: Errno, evidence: &Evidence) -> Option<Diagnosis> {
    match errno {
        Errno::PERM => {
            lacks(evidence, CapabilitySet::SYS_RESOURCE, "CAP_SYS_RESOURCE", "raising a hard limit")
                .map(|diagnosis| diagnosis.hint("stay below the present one: `ulimit -aH`"))
                .or_else(|| {
                    Some(Diagnosis::new(
                        "raising a hard limit takes CAP_SYS_RESOURCE in the first user namespace, or the limit is above \
                         what the kernel allows (fs.nr_open)",
                    ))
                })
        }
        Errno::INVAL => Some(Diagnosis::new("the soft limit is above the hard one")),
        _ => None,
    }
}

/// `setpriority(2)`, `sched_setattr(2)`.
pub(super) fn scheduling(errno: Errno) -> Option<Diagnosis> {
    match errno {
        Errno::PERM | Errno::ACCESS => Some(
            Diagnosis::new(
                "a higher priority, or a real-time one, takes CAP_SYS_NICE in the first user namespace, or the limits \
                 RLIMIT_NICE or RLIMIT_RTPRIO; a real-time one also time for its control group (cpu.rt_runtime_us)",
            )
            .hint("take a nice value of 0 or more"),
        ),
        Errno::BUSY => Some(Diagnosis::new("the processors have no time left for another deadline")),
        Errno::INVAL => Some(Diagnosis::new("the priority does not fit the scheduler, or is out of its range")),
        _ => None,
    }
}

/// A write to `oom_score_adj`: `proc_pid_oom_score_adj(5)`.
pub(super) fn oom_score(errno: Errno) -> Option<Diagnosis> {
    match errno {
        Errno::ACCESS | Errno::PERM => Some(
            Diagnosis::new("a lower score than a privileged process has set takes CAP_SYS_RESOURCE outside")
                .hint("take one that is not lower: `cat /proc/self/oom_score_adj`"),
        ),
        Errno::INVAL => Some(Diagnosis::new("the score is from -1000 to 1000")),
        _ => None,
    }
}

/// `capset(2)`, `prctl(2)`.
pub(super) fn capabilities(errno: Errno, evidence: &Evidence) -> Option<Diagnosis> {
    match errno {
        Errno::PERM => {
            let bounding = evidence.process().map_or(0, |process| process.bounding.bits());
            Some(
                Diagnosis::new(format!(
                    "a process can only keep or drop capabilities that it has; the bounding set is {bounding:#x}, and \
                     dropping from it takes CAP_SETPCAP"
                ))
                .hint("ask for fewer, or create a user namespace, which has all"),
            )
        }
        Errno::INVAL => {
            Some(Diagnosis::new("this kernel doesn't have that capability (kernel.cap_last_cap)"))
        }
        _ => None,
    }
}
