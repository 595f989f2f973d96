//! Rules as a program for version 2: the kernel's `bpf/prog_cgroup_sysctl.rst` has the like, and
//! `bpf/standardization/instruction-set.rst` the instructions.

use insula_sys::bpf::Instruction;

use super::{DeviceAccess, DeviceKind, DeviceRule};

// Classes and operations of instructions, with the operand in the instruction.
const LOAD_WORD: u8 = 0x61;
const AND: u8 = 0x57;
const SHIFT_RIGHT: u8 = 0x77;
const MOVE: u8 = 0xb7;
const MOVE_REGISTER: u8 = 0xbf;
const JUMP: u8 = 0x05;
const EXIT: u8 = 0x95;
/// Comparisons of 32 bits: a great number is not taken for a negative one.
const JUMP_IF_NOT_EQUAL: u8 = 0x56;
const JUMP_IF_ANY_BIT: u8 = 0x46;

// Registers.
const ANSWER: u8 = 0;
const CONTEXT: u8 = 1;
const KIND: u8 = 2;
/// What is asked for and no rule has spoken about yet.
const UNDECIDED: u8 = 3;
const MAJOR: u8 = 4;
const MINOR: u8 = 5;

/// `BPF_DEVCG_DEV_*`.
const BLOCK: u32 = 1;
const CHAR: u32 = 2;

/// A program that decides as the rules do. It looks at them from the last to the first, so that the first one that speaks
/// about an access decides it.
pub(crate) fn emit(rules: &[DeviceRule]) -> Vec<Instruction> {
    let mut program = vec![
        // `struct bpf_cgroup_dev_ctx`: access and kind, major, minor.
        load(KIND, 0),
        instruction(MOVE_REGISTER, UNDECIDED | KIND << 4, 0, 0),
        instruction(SHIFT_RIGHT, UNDECIDED, 0, 16),
        instruction(AND, KIND, 0, 0xffff),
        load(MAJOR, 4),
        load(MINOR, 8),
        // Nothing is asked for.
        instruction(JUMP_IF_NOT_EQUAL, UNDECIDED, 2, 0),
    ];
    program.extend(answer(true));
    for rule in rules.iter().rev().filter(|rule| !rule.access.is_empty()) {
        let conditions = conditions(rule);
        let consequence = consequence(rule);
        for (position, (register, value)) in conditions.iter().enumerate() {
            let over = conditions.len() - position - 1 + consequence.len();
            let over = i16::try_from(over).expect("a rule is a few instructions");
            program.push(instruction(JUMP_IF_NOT_EQUAL, *register, over, value.cast_signed()));
        }
        program.extend(consequence);
        if conditions.is_empty() && rule.access == DeviceAccess::ALL {
            // It decides everything. What came after, the kernel would call unreachable.
            return program;
        }
    }
    program.extend(answer(false));
    program
}

fn conditions(rule: &DeviceRule) -> Vec<(u8, u32)> {
    let kind = match rule.kind {
        DeviceKind::All => None,
        DeviceKind::Block => Some(BLOCK),
        DeviceKind::Char => Some(CHAR),
    };
    let conditions = [(KIND, kind), (MAJOR, rule.major), (MINOR, rule.minor)];
    conditions.into_iter().filter_map(|(register, value)| Some((register, value?))).collect()
}

fn consequence(rule: &DeviceRule) -> Vec<Instruction> {
    let mut consequence = Vec::with_capacity(4);
    if rule.access != DeviceAccess::ALL {
        if rule.allow {
            consequence.push(instruction(AND, UNDECIDED, 0, (!rule.access).bits().into()));
            consequence.push(instruction(JUMP_IF_NOT_EQUAL, UNDECIDED, 2, 0));
        } else {
            consequence.push(instruction(JUMP_IF_ANY_BIT, UNDECIDED, 1, rule.access.bits().into()));
            consequence.push(instruction(JUMP, 0, 2, 0));
        }
    }
    consequence.extend(answer(rule.allow));
    consequence
}

fn answer(allow: bool) -> [Instruction; 2] {
    [instruction(MOVE, ANSWER, 0, allow.into()), instruction(EXIT, 0, 0, 0)]
}

fn load(register: u8, offset: i16) -> Instruction {
    instruction(LOAD_WORD, register | CONTEXT << 4, offset, 0)
}

const fn instruction(code: u8, registers: u8, offset: i16, immediate: i32) -> Instruction {
    Instruction { code, registers, offset, immediate }
}

#[cfg(test)]
mod tests {
    use super::super::oracle::{Wish, is_allowed, rule, wish};
    use super::*;
    use proptest::prelude::*;

    /// Runs a program as the kernel would.
    fn run(program: &[Instruction], wish: Wish) -> u64 {
        let kind = if wish.kind == DeviceKind::Block { BLOCK } else { CHAR };
        let context = [u32::from(wish.access.bits()) << 16 | kind, wish.major, wish.minor];
        let mut registers = [0_u64; 11];
        let mut position = 0;
        loop {
            let Instruction { code, registers: named, offset, immediate } = program[position];
            let (to, from) = (usize::from(named & 0xf), usize::from(named >> 4));
            let low = |value: u64| value & 0xffff_ffff;
            let operand = i64::from(immediate).cast_unsigned();
            position += 1;
            let mut jump = |is_taken: bool| {
                if is_taken {
                    position += usize::try_from(offset).unwrap();
                }
            };
            match code {
                LOAD_WORD => registers[to] = context[usize::try_from(offset).unwrap() / 4].into(),
                MOVE_REGISTER => registers[to] = registers[from],
                MOVE => registers[to] = operand,
                AND => registers[to] &= operand,
                SHIFT_RIGHT => registers[to] >>= immediate,
                JUMP => jump(true),
                JUMP_IF_NOT_EQUAL => jump(low(registers[to]) != low(operand)),
                JUMP_IF_ANY_BIT => jump(low(registers[to]) & low(operand) != 0),
                EXIT => return registers[usize::from(ANSWER)],
                other => panic!("no instruction has code {other:#x}"),
            }
        }
    }

    /// Every instruction that control can reach, which the verifier wants to be all of them.
    fn reached(program: &[Instruction]) -> usize {
        let mut seen = vec![false; program.len()];
        let mut pending = vec![0];
        while let Some(position) = pending.pop() {
            if std::mem::replace(&mut seen[position], true) {
                continue;
            }
            let Instruction { code, offset, .. } = program[position];
            let over = position + 1 + usize::try_from(offset.max(0)).unwrap();
            match code {
                EXIT => {}
                JUMP => pending.push(over),
                JUMP_IF_NOT_EQUAL | JUMP_IF_ANY_BIT => pending.extend([position + 1, over]),
                _ => pending.push(position + 1),
            }
        }
        seen.iter().filter(|is_seen| **is_seen).count()
    }

    proptest! {
        #[test]
        fn programs_decide_as_the_rules_read(rules in prop::collection::vec(rule(), 0..12), wishes in prop::collection::vec(wish(), 1..40)) {
            let program = emit(&rules);
            prop_assert_eq!(reached(&program), program.len());
            for wish in wishes {
                prop_assert_eq!(run(&program, wish) == 1, is_allowed(&rules, wish), "{:?}", wish);
            }
        }
    }
}
