//! What happens to a container: `runc-events(8)`.

use std::os::fd::AsFd as _;
use std::time::{Duration, Instant};

use insula_cgroup::{Cgroup, OomNotice, Usage};
use insula_ns::PidFd;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use serde::Serialize;

use crate::{Container, ContainerId, Error};

mod stats;

pub use stats::Stats;

/// A line that is printed.
#[derive(Debug, Serialize)]
struct Line<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    id: &'a ContainerId,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Stats>,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// Time has passed; so much is used by now.
    Stats(Box<Stats>),
    /// Memory ran out.
    Oom,
}

impl Event {
    /// The document that is printed of it, on one line without its end.
    #[must_use]
    pub fn to_json(&self, id: &ContainerId) -> String {
        let line = match self {
            Self::Stats(stats) => Line { kind: "stats", id, data: Some(stats) },
            Self::Oom => Line { kind: "oom", id, data: None },
        };
        serde_json::to_string(&line).expect("an event has neither maps with other keys nor failing parts")
    }
}

/// The events of a container until its end: what [`Container::watch`] gives. Others may change it meanwhile.
///
/// Each call of `next` waits for the next event.
#[derive(Debug)]
pub struct Watch {
    process: PidFd,
    group: Cgroup,
    notice: Option<OomNotice>,
    interval: Duration,
    due: Instant,
    has_ended: bool,
}

impl Container {
    /// What it uses: `runc-events(8)`, `--stats`.
    ///
    /// # Errors
    /// [`Error::NoCgroup`] if it has no group by which that is counted; [`Error::NotRunning`] if it has ended.
    pub fn stats(&self) -> Result<Stats, Error> {
        self.process()?.ok_or_else(|| Error::NotRunning(self.id.clone()))?;
        stats(self.own_cgroup("count what is used by")?)
    }

    /// What it uses and may use; none if it has no control group by which that is counted.
    ///
    /// # Errors
    /// [`Error::CgroupFile`].
    pub fn usage(&self) -> Result<Option<Usage>, Error> {
        Ok(self.cgroup()?.map(insula_cgroup::Cgroup::usage).transpose()?)
    }

    /// Tells each time that its memory runs out, and every `interval` what it uses, until its first process ends.
    ///
    /// # Errors
    /// As [`stats`](Self::stats).
    pub fn watch(&self, interval: Duration) -> Result<Watch, Error> {
        let process = self.process()?.ok_or_else(|| Error::NotRunning(self.id.clone()))?;
        let group = self.open_cgroup("watch")?;
        let notice = group.oom_notice()?;
        let due = Instant::now() + interval;
        Ok(Watch { process, group, notice, interval, due, has_ended: false })
    }
}

fn stats(group: &Cgroup) -> Result<Stats, Error> {
    Ok(Stats::new(&group.usage()?, group.is_legacy(insula_cgroup::Controller::Memory)))
}

impl Watch {
    /// Whether memory ran out since this was asked last.
    fn take_notice(&mut self) -> bool {
        match self.notice.as_mut().map(OomNotice::take) {
            Some(Ok(taken)) => taken,
            // The group is gone, and would be ready for ever.
            Some(Err(_)) => {
                self.notice = None;
                false
            }
            None => false,
        }
    }

    /// Waits until something can be told; whether the process has ended.
    fn wait(&self) -> Result<bool, Errno> {
        let left = self.due.saturating_duration_since(Instant::now());
        let limit = Timespec { tv_sec: left.as_secs().cast_signed(), tv_nsec: left.subsec_nanos().into() };
        let mut polled = vec![PollFd::from_borrowed_fd(self.process.as_fd(), PollFlags::IN)];
        polled.extend(self.notice.as_ref().map(|notice| PollFd::new(notice, notice.interest())));
        match poll(&mut polled, Some(&limit)) {
            Ok(_) => Ok(!polled[0].revents().is_empty()),
            Err(Errno::INTR) => Ok(false),
            Err(errno) => Err(errno),
        }
    }

    fn event(&mut self) -> Result<Option<Event>, Error> {
        loop {
            let is_over = self.wait().map_err(|errno| Error::System { doing: "wait for events", errno })?;
            self.has_ended = is_over;
            // What it died of is told first.
            if self.take_notice() {
                return Ok(Some(Event::Oom));
            }
            if is_over {
                return Ok(None);
            }
            if Instant::now() < self.due {
                continue;
            }
            self.due = Instant::now() + self.interval;
            match stats(&self.group) {
                Ok(stats) => return Ok(Some(Event::Stats(Box::new(stats)))),
                // Its group goes when it has ended.
                Err(_) if self.process.has_exited() => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl Iterator for Watch {
    type Item = Result<Event, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.has_ended {
            return None;
        }
        self.event().inspect_err(|_| self.has_ended = true).transpose()
    }
}
