//! Architectures, and which of them one machine's kernel serves.

use std::str::FromStr;

/// A calling convention of system calls: `SCMP_ARCH_*` of `seccomp_arch_add(3)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Architecture {
    /// 64-bit programs of x86-64.
    X86_64,
    /// Programs of x86-64 with 32-bit pointers. Their call numbers have bit 30 set.
    X32,
    /// 32-bit programs of x86.
    X86,
    /// 64-bit programs of Arm.
    Aarch64,
    /// 32-bit programs of Arm.
    Arm,
    /// One that no kernel on which Insula runs serves, by its name.
    Foreign(&'static str),
}

/// All names of the runtime specification, and those that libseccomp has beside them.
const NAMES: [(&str, Architecture); 23] = [
    ("SCMP_ARCH_X86_64", Architecture::X86_64),
    ("SCMP_ARCH_X32", Architecture::X32),
    ("SCMP_ARCH_X86", Architecture::X86),
    ("SCMP_ARCH_AARCH64", Architecture::Aarch64),
    ("SCMP_ARCH_ARM", Architecture::Arm),
    foreign("SCMP_ARCH_LOONGARCH64"),
    foreign("SCMP_ARCH_M68K"),
    foreign("SCMP_ARCH_MIPS"),
    foreign("SCMP_ARCH_MIPS64"),
    foreign("SCMP_ARCH_MIPS64N32"),
    foreign("SCMP_ARCH_MIPSEL"),
    foreign("SCMP_ARCH_MIPSEL64"),
    foreign("SCMP_ARCH_MIPSEL64N32"),
    foreign("SCMP_ARCH_PARISC"),
    foreign("SCMP_ARCH_PARISC64"),
    foreign("SCMP_ARCH_PPC"),
    foreign("SCMP_ARCH_PPC64"),
    foreign("SCMP_ARCH_PPC64LE"),
    foreign("SCMP_ARCH_RISCV64"),
    foreign("SCMP_ARCH_S390"),
    foreign("SCMP_ARCH_S390X"),
    foreign("SCMP_ARCH_SH"),
    foreign("SCMP_ARCH_SHEB"),
];

const fn foreign(name: &'static str) -> (&'static str, Architecture) {
    (name, Architecture::Foreign(name))
}

/// A name that is none of `SCMP_ARCH_*`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown architecture `{name}`")]
pub struct UnknownArchitecture {
    /// The name.
    pub name: String,
}

impl FromStr for Architecture {
    type Err = UnknownArchitecture;

    fn from_str(name: &str) -> Result<Self, UnknownArchitecture> {
        let found = NAMES.iter().find(|(known, _)| *known == name);
        found
            .map(|(_, architecture)| *architecture)
            .ok_or_else(|| UnknownArchitecture { name: name.to_owned() })
    }
}

/// A kind of machine: the programs of one or more architectures run on its kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Machine {
    /// x86-64, x32 and x86.
    X86_64,
    /// AArch64 and Arm.
    Aarch64,
}

impl Machine {
    /// The one that this program was made for.
    pub const HERE: Self = if cfg!(target_arch = "aarch64") { Self::Aarch64 } else { Self::X86_64 };

    /// The architecture of its own programs.
    #[must_use]
    pub const fn native(self) -> Architecture {
        match self {
            Self::X86_64 => Architecture::X86_64,
            Self::Aarch64 => Architecture::Aarch64,
        }
    }
}

/// `AUDIT_ARCH_*` of `linux/audit.h`: what the kernel says in `seccomp_data.arch`.
pub(crate) mod audit {
    pub(crate) const X86_64: u32 = 0xc000_003e;
    pub(crate) const I386: u32 = 0x4000_0003;
    pub(crate) const AARCH64: u32 = 0xc000_00b7;
    pub(crate) const ARM: u32 = 0x4000_0028;
}

/// `__X32_SYSCALL_BIT` of `asm/unistd.h`.
pub(crate) const X32_BIT: u32 = 0x4000_0000;

/// An architecture of which we know the calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    X86_64,
    X32,
    X86,
    Aarch64,
    Arm,
}

impl Known {
    /// How many there are: the columns of the table of calls.
    pub(crate) const COUNT: usize = 5;

    pub(crate) const fn of(architecture: Architecture) -> Option<Self> {
        match architecture {
            Architecture::X86_64 => Some(Self::X86_64),
            Architecture::X32 => Some(Self::X32),
            Architecture::X86 => Some(Self::X86),
            Architecture::Aarch64 => Some(Self::Aarch64),
            Architecture::Arm => Some(Self::Arm),
            Architecture::Foreign(_) => None,
        }
    }

    /// What is compared of an argument.
    pub(crate) const fn width(self) -> Width {
        match self {
            Self::X86_64 | Self::Aarch64 => Width::Both,
            Self::X32 | Self::X86 | Self::Arm => Width::Lower,
        }
    }
}

/// Which halves of an argument are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Width {
    Both,
    Lower,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_architecture_of_another_machine_has_a_name_too() {
        assert_eq!("SCMP_ARCH_S390X".parse(), Ok(Architecture::Foreign("SCMP_ARCH_S390X")));
        assert_eq!("SCMP_ARCH_X32".parse(), Ok(Architecture::X32));
        assert_eq!("SCMP_ARCH_Z80".parse::<Architecture>().unwrap_err().name, "SCMP_ARCH_Z80");
    }
}
