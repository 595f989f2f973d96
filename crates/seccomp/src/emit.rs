//! The shape of a filter: the architecture, then the number, then the arguments.

use crate::architecture::{Known, Machine, Width, X32_BIT, audit};
use crate::assembler::{Assembler, Compare, Goal};
use crate::profile::Profile;
use crate::verdict::{ARM_PRIVATE, Calls, Case, Named, Verdict};
use crate::{Action, Argument, Operator};

/// Offsets in `struct seccomp_data` of `linux/seccomp.h`. All machines here are little-endian.
const NUMBER: u32 = 0;
const ARCHITECTURE: u32 = 4;
const ARGUMENTS: u32 = 16;

/// A program of an architecture that the profile does not name.
const FOREIGN: Goal = Goal::Return(Action::KillProcess.code());

const ENOSYS: Goal = Goal::Return(Action::Errno(38).code());

/// Writes the whole filter; returns where it begins.
pub(crate) fn emit(
    assembler: &mut Assembler,
    profile: &Profile,
    named: &Named<'_>,
    machine: Machine,
) -> Goal {
    let mut emitter = Emitter { assembler, profile, named, tests: Vec::new() };
    let has = |architecture| {
        let mut all = profile.architectures.iter();
        all.any(|one| Known::of(*one) == Some(architecture))
    };
    let (native, narrow, other) = match machine {
        Machine::X86_64 => (audit::X86_64, audit::I386, Known::X86),
        Machine::Aarch64 => (audit::AARCH64, audit::ARM, Known::Arm),
    };
    let other = if has(other) { emitter.section(other) } else { FOREIGN };
    let own = match machine {
        Machine::X86_64 => emitter.x86_64(has(Known::X32)),
        Machine::Aarch64 => emitter.section(Known::Aarch64),
    };
    let otherwise = assembler.branch(Compare::Equal, narrow, other, FOREIGN);
    let choice = assembler.branch(Compare::Equal, native, own, otherwise);
    assembler.load(ARCHITECTURE, choice)
}

/// What is answered from a number on, up to the next one.
#[derive(Debug, Default)]
struct Ranges(Vec<(u32, Goal)>);

impl Ranges {
    /// From `start` on, which is not below any start before, all numbers meet `goal`.
    fn from(&mut self, start: u32, goal: Goal) {
        if self.0.last().is_some_and(|(last, _)| *last == start) {
            self.0.pop();
        }
        if self.0.last().is_none_or(|(_, last)| *last != goal) {
            self.0.push((start, goal));
        }
    }
}

/// Where the search ends: numbers from `start` on that meet `goal`, but for a few single ones among them.
#[derive(Debug)]
struct Leaf {
    start: u32,
    goal: Goal,
    singles: Vec<(u32, Goal)>,
}

/// How many single numbers a leaf has at most. To tell a number from its neighbours takes one instruction in a leaf, and two in the
/// tree; what the kernel charges for a filter goes by the number of its instructions.
const SINGLES: usize = 3;

impl Ranges {
    fn leaves(&self) -> Vec<Leaf> {
        let mut leaves = Vec::with_capacity(self.0.len());
        let mut rest = self.0.as_slice();
        while let [(start, goal), behind @ ..] = rest {
            let mut singles = Vec::new();
            rest = behind;
            while let [(single, other), (next, same), behind @ ..] = rest
                && same == goal
                && *next == single + 1
                && singles.len() < SINGLES
            {
                singles.push((*single, *other));
                rest = behind;
            }
            leaves.push(Leaf { start: *start, goal: *goal, singles });
        }
        leaves
    }
}

struct Emitter<'a> {
    assembler: &'a mut Assembler,
    profile: &'a Profile,
    named: &'a Named<'a>,
    /// Tests that have been written.
    tests: Vec<(Width, Vec<Case>, Goal)>,
}

impl Emitter<'_> {
    /// All calls of an architecture that has a `seccomp_data.arch` of its own.
    fn section(&mut self, architecture: Known) -> Goal {
        let mut ranges = Ranges::default();
        self.calls(&mut ranges, architecture, 0);
        self.search(&ranges)
    }

    /// x86-64 and x32, which are told apart by a bit in the number.
    fn x86_64(&mut self, x32: bool) -> Goal {
        let mut ranges = Ranges::default();
        self.calls(&mut ranges, Known::X86_64, 0);
        if x32 {
            self.calls(&mut ranges, Known::X32, X32_BIT);
        } else {
            ranges.from(X32_BIT, FOREIGN);
            // A tracer has put this in the place of a number, so that no call is made.
            ranges.from(u32::MAX, Goal::Return(self.profile.default.code()));
        }
        self.search(&ranges)
    }

    /// Adds the calls of `architecture`, whose numbers start at `base`.
    fn calls(&mut self, ranges: &mut Ranges, architecture: Known, base: u32) {
        let Calls { verdicts, newest } = self.named.on(architecture);
        let default = Goal::Return(self.profile.default.code());
        // Where no call is named, or only the very first one, nothing is known of the profile's age.
        let newest = newest.filter(|number| *number > 0 && self.profile.refuses_new_calls());
        ranges.from(base, default);
        let mut enosys = newest;
        for (number, verdict) in verdicts {
            if number >= ARM_PRIVATE {
                Self::newer(ranges, enosys.take(), base, default);
            }
            let goal = match verdict {
                Verdict::Always(action) => Goal::Return(action.code()),
                Verdict::First(cases) => self.cases(architecture.width(), cases, default),
            };
            ranges.from(base + number, goal);
            ranges.from(base + number + 1, default);
        }
        if architecture == Known::Arm {
            Self::newer(ranges, enosys, base, default);
        } else if let Some(newest) = enosys {
            ranges.from(base + newest + 1, ENOSYS);
        }
    }

    /// What is newer than `newest`, below the calls that only Arm has.
    fn newer(ranges: &mut Ranges, newest: Option<u32>, base: u32, default: Goal) {
        if let Some(newest) = newest {
            ranges.from(base + newest + 1, ENOSYS);
            ranges.from(base + ARM_PRIVATE, default);
        }
    }

    /// Binary search for the number.
    fn search(&mut self, ranges: &Ranges) -> Goal {
        let tree = self.node(&ranges.leaves());
        self.assembler.load(NUMBER, tree)
    }

    fn node(&mut self, leaves: &[Leaf]) -> Goal {
        let (below, above) = leaves.split_at(leaves.len() / 2);
        let [first, ..] = above else { unreachable!("there is at least one range") };
        if below.is_empty() {
            let singles = first.singles.iter().rev();
            return singles.fold(first.goal, |otherwise, (number, goal)| {
                self.assembler.branch(Compare::Equal, *number, *goal, otherwise)
            });
        }
        let start = first.start;
        let above = self.node(above);
        let below = self.node(below);
        self.assembler.branch(Compare::GreaterOrEqual, start, above, below)
    }

    fn cases(&mut self, width: Width, cases: Vec<Case>, default: Goal) -> Goal {
        let known = self.tests.iter().find(|(known, same, _)| *known == width && *same == cases);
        if let Some((.., goal)) = known {
            return *goal;
        }
        let goal = cases.iter().rev().fold(default, |otherwise, case| {
            let hit = Goal::Return(case.action.code());
            case.arguments
                .iter()
                .rev()
                .fold(hit, |next, argument| self.argument(width, *argument, next, otherwise))
        });
        self.tests.push((width, cases, goal));
        goal
    }

    fn argument(&mut self, width: Width, argument: Argument, yes: Goal, no: Goal) -> Goal {
        let lower = ARGUMENTS + 8 * u32::from(argument.index());
        let mut test = Test { assembler: self.assembler, width, lower };
        match argument.operator() {
            Operator::Equal(value) => test.masked(u64::MAX, value, yes, no),
            Operator::NotEqual(value) => test.masked(u64::MAX, value, no, yes),
            Operator::MaskedEqual { mask, value } => test.masked(mask, value & mask, yes, no),
            Operator::Greater(value) => test.ordered(Compare::Greater, value, yes, no),
            Operator::GreaterOrEqual(value) => test.ordered(Compare::GreaterOrEqual, value, yes, no),
            Operator::LessOrEqual(value) => test.ordered(Compare::Greater, value, no, yes),
            Operator::Less(value) => test.ordered(Compare::GreaterOrEqual, value, no, yes),
        }
    }
}

/// One argument, compared in halves of 32 bits.
struct Test<'a> {
    assembler: &'a mut Assembler,
    width: Width,
    /// The offset of the lower half.
    lower: u32,
}

impl Test<'_> {
    fn masked(&mut self, mask: u64, value: u64, yes: Goal, no: Goal) -> Goal {
        let lower = self.half(self.lower, low(mask), low(value), yes, no);
        match self.width {
            Width::Lower => lower,
            Width::Both => self.half(self.lower + 4, high(mask), high(value), lower, no),
        }
    }

    fn half(&mut self, offset: u32, mask: u32, value: u32, yes: Goal, no: Goal) -> Goal {
        if mask == 0 {
            return yes;
        }
        let mut next = self.assembler.branch(Compare::Equal, value, yes, no);
        if mask != u32::MAX {
            next = self.assembler.and(mask, next);
        }
        self.assembler.load(offset, next)
    }

    fn ordered(&mut self, compare: Compare, value: u64, yes: Goal, no: Goal) -> Goal {
        if self.width == Width::Lower && high(value) > 0 {
            // No 32-bit argument is as large.
            return no;
        }
        let lower = self.assembler.branch(compare, low(value), yes, no);
        let lower = self.assembler.load(self.lower, lower);
        if self.width == Width::Lower {
            return lower;
        }
        let same = self.assembler.branch(Compare::Equal, high(value), lower, no);
        let upper = self.assembler.branch(Compare::Greater, high(value), yes, same);
        self.assembler.load(self.lower + 4, upper)
    }
}

const fn low(value: u64) -> u32 {
    (value & 0xffff_ffff) as u32
}

const fn high(value: u64) -> u32 {
    (value >> 32) as u32
}
