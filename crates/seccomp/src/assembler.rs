//! Writes a program from its end to its beginning, so that wherever a jump goes to is there already.

use insula_sys::seccomp::Instruction;

/// `linux/bpf_common.h`, the combinations that a filter uses.
mod code {
    /// A = the 32-bit word at this offset of `struct seccomp_data`.
    pub(super) const LOAD: u16 = 0x20;
    /// A &= value.
    pub(super) const AND: u16 = 0x54;
    /// Goes on that many instructions further than the next one.
    pub(super) const JUMP: u16 = 0x05;
    pub(super) const RETURN: u16 = 0x06;
}

/// A comparison of A with a constant: `BPF_JMP|BPF_K`.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Compare {
    /// A == value
    Equal = 0x15,
    /// A > value
    Greater = 0x25,
    /// A >= value
    GreaterOrEqual = 0x35,
}

/// Where the program goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Goal {
    /// It ends with this value.
    Return(u32),
    /// At an instruction, counted from the end of the program.
    At(usize),
}

/// The farthest that a comparison jumps.
const FAR: usize = u8::MAX as usize;

/// The part of the program that is there, the last instruction first.
#[derive(Debug, Default)]
pub(crate) struct Assembler {
    reversed: Vec<Instruction>,
    /// Where a value is returned, the last one for each value.
    returns: Vec<(u32, usize)>,
}

impl Assembler {
    /// An instruction that is executed before what was written last. Returns where it is.
    fn write(&mut self, code: u16, value: u32) -> usize {
        self.reversed.push(Instruction { code, if_true: 0, if_false: 0, value });
        self.reversed.len() - 1
    }

    /// Goes on at `yes` if the comparison holds, else at `no`.
    pub(crate) fn branch(&mut self, compare: Compare, value: u32, yes: Goal, no: Goal) -> Goal {
        if yes == no {
            return yes;
        }
        // What is written for `yes` puts one instruction more between here and `no`.
        let no = self.near(no, 1);
        let yes = self.near(yes, 0);
        let at = self.write(compare as u16, value);
        let skipped = |goal: usize| u8::try_from(at - goal - 1).expect("`near` has seen to it");
        let (if_true, if_false) = (skipped(yes), skipped(no));
        self.reversed[at] = Instruction { if_true, if_false, ..self.reversed[at] };
        Goal::At(at)
    }

    /// Loads a word, and goes on at `next`. If that is not what was written last, nobody looks at the word.
    pub(crate) fn load(&mut self, offset: u32, next: Goal) -> Goal {
        self.before(code::LOAD, offset, next)
    }

    /// Clears the bits that `mask` lacks, and goes on at `next`, as [`load`](Self::load) does.
    pub(crate) fn and(&mut self, mask: u32, next: Goal) -> Goal {
        self.before(code::AND, mask, next)
    }

    fn before(&mut self, code: u16, value: u32, next: Goal) -> Goal {
        if next == Goal::At(self.reversed.len().wrapping_sub(1)) {
            Goal::At(self.write(code, value))
        } else {
            next
        }
    }

    /// The whole program, which begins at `start`.
    pub(crate) fn finish(mut self, start: Goal) -> Vec<Instruction> {
        let last = self.reversed.len().wrapping_sub(1);
        match start {
            Goal::At(at) if at == last => {}
            Goal::At(at) => drop(self.jump(at)),
            Goal::Return(value) => drop(self.write(code::RETURN, value)),
        }
        self.reversed.reverse();
        self.reversed
    }

    /// Where the goal is that a comparison can reach if it is written after `more` other instructions.
    fn near(&mut self, goal: Goal, more: usize) -> usize {
        let reaches = |from: usize, at: usize| from + more - at - 1 <= FAR;
        let here = self.reversed.len();
        match goal {
            Goal::At(at) if reaches(here, at) => at,
            Goal::At(at) => self.jump(at),
            Goal::Return(value) => {
                let known = self.returns.iter_mut().find(|(known, _)| *known == value);
                match known {
                    Some((_, at)) if reaches(here, *at) => *at,
                    Some((_, at)) => {
                        *at = here;
                        self.write(code::RETURN, value)
                    }
                    None => {
                        self.returns.push((value, here));
                        self.write(code::RETURN, value)
                    }
                }
            }
        }
    }

    fn jump(&mut self, at: usize) -> usize {
        let skipped = self.reversed.len() - at - 1;
        self.write(code::JUMP, u32::try_from(skipped).expect("programs are shorter than that"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_that_is_too_far_is_reached_by_a_jump() {
        let mut assembler = Assembler::default();
        let target = assembler.branch(Compare::Equal, 1, Goal::Return(10), Goal::Return(20));
        let mut last = target;
        for number in 0..300 {
            last = assembler.branch(Compare::Equal, 1000 + number, Goal::Return(number), last);
        }
        assembler.branch(Compare::Equal, 7, target, last);
        let program = assembler.finish(Goal::At(0));
        assert!(program.iter().any(|one| one.code == code::JUMP && one.value > 255));
    }

    #[test]
    fn a_choice_between_the_same_is_none() {
        let mut assembler = Assembler::default();
        let same = assembler.branch(Compare::Equal, 1, Goal::Return(5), Goal::Return(5));
        let start = assembler.load(0, same);
        let program = assembler.finish(start);
        assert_eq!(program, [Instruction { code: code::RETURN, if_true: 0, if_false: 0, value: 5 }]);
    }
}
