//! What the kernel does with a filter: its check (`seccomp_check_filter`) and its execution, for the instructions that filters have.

use insula_seccomp::{Architecture, Instruction};

/// `struct seccomp_data` of `linux/seccomp.h`.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) number: u32,
    pub(crate) architecture: u32,
    pub(crate) pointer: u64,
    pub(crate) arguments: [u64; 6],
}

impl Call {
    /// A call as a program of `architecture` makes it, `number` without the bit of x32.
    pub(crate) fn new(architecture: Architecture, number: u32, arguments: [u64; 6]) -> Self {
        let (audit, number) = match architecture {
            Architecture::X86_64 => (0xc000_003e, number),
            Architecture::X32 => (0xc000_003e, number | 0x4000_0000),
            Architecture::X86 => (0x4000_0003, number),
            Architecture::Aarch64 => (0xc000_00b7, number),
            Architecture::Arm => (0x4000_0028, number),
            _ => (0x16, number),
        };
        Self { number, architecture: audit, pointer: 0x1234_5678_9abc, arguments }
    }

    fn word(&self, offset: u32) -> u32 {
        let mut bytes = Vec::new();
        bytes.extend(self.number.to_ne_bytes());
        bytes.extend(self.architecture.to_ne_bytes());
        bytes.extend(self.pointer.to_ne_bytes());
        self.arguments.iter().for_each(|argument| bytes.extend(argument.to_ne_bytes()));
        let offset = offset as usize;
        u32::from_ne_bytes(bytes[offset..offset + 4].try_into().unwrap())
    }
}

/// Panics where the kernel would refuse the program.
pub(crate) fn verify(program: &[Instruction]) {
    assert!((1..=4096).contains(&program.len()));
    for (at, one) in program.iter().enumerate() {
        let inside =
            |skipped: u32| assert!(at + 1 + (skipped as usize) < program.len(), "a jump out of the program");
        match one.code {
            0x20 => assert!(one.value < 64 && one.value.is_multiple_of(4)),
            0x54 | 0x06 => {}
            0x05 => inside(one.value),
            0x15 | 0x25 | 0x35 | 0x45 => {
                inside(one.if_true.into());
                inside(one.if_false.into());
            }
            other => panic!("instruction {other:#x} is none of a filter's"),
        }
    }
    assert_eq!(program.last().unwrap().code, 0x06, "a program ends with a return");
}

/// The value that the program returns.
pub(crate) fn run(program: &[Instruction], call: &Call) -> u32 {
    let (mut at, mut accumulator) = (0, 0);
    loop {
        let one = program[at];
        let jump = |holds| usize::from(if holds { one.if_true } else { one.if_false });
        at += 1;
        match one.code {
            0x20 => accumulator = call.word(one.value),
            0x54 => accumulator &= one.value,
            0x05 => at += one.value as usize,
            0x15 => at += jump(accumulator == one.value),
            0x25 => at += jump(accumulator > one.value),
            0x35 => at += jump(accumulator >= one.value),
            0x45 => at += jump(accumulator & one.value != 0),
            0x06 => return one.value,
            other => panic!("instruction {other:#x} is none of a filter's"),
        }
    }
}
