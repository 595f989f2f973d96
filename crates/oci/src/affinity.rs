//! On which processors the runtime itself runs while it starts a process: `config.md`, `execCPUAffinity.initial`.

use rustix::io::Errno;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use crate::error::Error;
use crate::translate::processors;

/// Has the calling thread run on some processors, and whatever it starts begin there, as long as this value lives.
#[derive(Debug)]
pub(crate) struct Affinity {
    before: CpuSet,
}

impl Affinity {
    /// For the processors of a list, `0-3,7`.
    ///
    /// A process that is cloned into a control group is never outside of it, so where it runs before can only be where we do.
    pub(crate) fn hold(list: &str) -> Result<Self, Error> {
        const DOING: &str = "run on the processors of `process.execCPUAffinity.initial`";
        let failed = |errno| Error::System { doing: DOING, errno };
        let mut wanted = CpuSet::new();
        for (word, bits) in processors(list)?.into_iter().enumerate() {
            for bit in (0..64).filter(|bit| bits & 1 << bit != 0) {
                let processor = word * 64 + bit;
                if processor >= CpuSet::MAX_CPU {
                    return Err(failed(Errno::INVAL));
                }
                wanted.set(processor);
            }
        }
        let before = sched_getaffinity(None).map_err(failed)?;
        sched_setaffinity(None, &wanted).map_err(failed)?;
        Ok(Self { before })
    }
}

impl Drop for Affinity {
    fn drop(&mut self) {
        // Those that were taken away meanwhile, all of them, are no reason to fail: we run where we may.
        let _ = sched_setaffinity(None, &self.before);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_started_meanwhile_begins_on_these_processors() {
        let before = sched_getaffinity(None).unwrap();
        let last = (0..CpuSet::MAX_CPU).rfind(|processor| before.is_set(*processor)).unwrap();
        let held = Affinity::hold(&last.to_string()).unwrap();
        let now = std::thread::spawn(|| sched_getaffinity(None).unwrap()).join().unwrap();
        assert!(now.count() == 1 && now.is_set(last), "{now:?}");
        drop(held);
        assert_eq!(sched_getaffinity(None).unwrap(), before);
    }

    #[test]
    fn processors_that_there_are_not_are_refused() {
        for list in ["1023", "4000"] {
            let error = Affinity::hold(list).unwrap_err();
            assert!(error.to_string().contains("execCPUAffinity.initial"), "{error}");
        }
    }
}
