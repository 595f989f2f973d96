//! The numbers of system calls: `syscalls.tbl`, read when this crate is compiled.

use crate::Architecture;
use crate::architecture::Known;

/// One line of the table.
#[derive(Clone, Copy, Debug)]
struct Entry {
    name: &'static str,
    /// In the order of [`Known`], without the bit of x32.
    numbers: [u32; Known::COUNT],
}

/// What has no number on an architecture.
const NONE: u32 = u32::MAX;

/// Sorted by name.
static TABLE: [Entry; COUNT] = parse();

const TEXT: &str = include_str!("syscalls.tbl");
const COUNT: usize = count();

const fn count() -> usize {
    let bytes = TEXT.as_bytes();
    let (mut at, mut lines) = (0, 0);
    while at < bytes.len() {
        if bytes[at] == b'\n' {
            lines += 1;
        }
        at += 1;
    }
    lines - 1
}

/// Where the table has the name with this hash, or the next one that is free: a search by halves would take a third of the time
/// that a profile of 400 names takes to compile. A power of two, sparse enough that most names are found at once.
static PLACES: [u16; 2048] = places();

/// A place with nothing.
const FREE: u16 = u16::MAX;

const fn places() -> [u16; 2048] {
    let table = parse();
    let mut places = [FREE; 2048];
    let mut index: u16 = 0;
    while (index as usize) < COUNT {
        let mut place = hash(table[index as usize].name.as_bytes());
        while places[place] != FREE {
            place = (place + 1) % places.len();
        }
        places[place] = index;
        index += 1;
    }
    places
}

/// FNV-1a, cut to the number of places.
const fn hash(name: &[u8]) -> usize {
    let (mut hash, mut at) = (0x811c_9dc5_u32, 0);
    while at < name.len() {
        hash = (hash ^ name[at] as u32).wrapping_mul(0x0100_0193);
        at += 1;
    }
    (hash ^ hash >> 16) as usize % 2048
}

/// Reads all lines but the first one, which names the columns.
#[expect(clippy::large_stack_arrays, reason = "there is no stack where constants are evaluated")]
const fn parse() -> [Entry; COUNT] {
    let mut table = [Entry { name: "", numbers: [NONE; Known::COUNT] }; COUNT];
    let (_, mut rest) = word(TEXT.as_bytes(), b'\n');
    let mut line = 0;
    while line < COUNT {
        let (name, mut columns) = word(rest, b' ');
        table[line].name = match std::str::from_utf8(name) {
            Ok(name) => name,
            Err(_) => panic!("a name is not UTF-8"),
        };
        let mut column = 0;
        while column < Known::COUNT {
            let end = if column + 1 == Known::COUNT { b'\n' } else { b' ' };
            let (digits, behind) = word(columns, end);
            table[line].numbers[column] = decimal(digits);
            columns = behind;
            column += 1;
        }
        rest = columns;
        line += 1;
    }
    table
}

/// The next word, without spaces before it, up to `end`, and what is behind that.
const fn word(text: &'static [u8], end: u8) -> (&'static [u8], &'static [u8]) {
    let mut text = text;
    while let [b' ', behind @ ..] = text {
        text = behind;
    }
    let mut length = 0;
    while text[length] != end {
        length += 1;
    }
    let (word, behind) = text.split_at(length);
    (word, behind.split_at(1).1)
}

const fn decimal(digits: &[u8]) -> u32 {
    if let [b'-'] = digits {
        return NONE;
    }
    let (mut number, mut at) = (0, 0);
    while at < digits.len() {
        assert!(digits[at].is_ascii_digit(), "a number is decimal");
        number = number * 10 + (digits[at] - b'0') as u32;
        at += 1;
    }
    number
}

/// The number of the call `name` on `architecture`, without the bit that x32 sets: `syscalls(2)`.
///
/// `None` if it has none, or if the architecture is one of another machine.
#[must_use]
pub fn number(name: &str, architecture: Architecture) -> Option<u32> {
    numbers_of(name)?.on(Known::of(architecture)?)
}

/// The names and numbers of all calls of `architecture`, as [`number`] has them. A number can have two names.
pub fn numbers(architecture: Architecture) -> impl Iterator<Item = (&'static str, u32)> {
    let column = Known::of(architecture);
    TABLE.iter().filter_map(move |entry| Some((entry.name, Numbers(&entry.numbers).on(column?)?)))
}

/// The numbers of one call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Numbers(&'static [u32; Known::COUNT]);

impl Numbers {
    pub(crate) fn on(self, architecture: Known) -> Option<u32> {
        Some(self.0[architecture as usize]).filter(|number| *number != NONE)
    }
}

/// `None` for a name that no architecture has.
pub(crate) fn numbers_of(name: &str) -> Option<Numbers> {
    index_of(name).map(numbers_at)
}

/// The numbers of the call at this place of the table.
pub(crate) fn numbers_at(index: u16) -> Numbers {
    Numbers(&TABLE[usize::from(index)].numbers)
}

/// Its name.
pub(crate) fn name_at(index: u16) -> &'static str {
    TABLE[usize::from(index)].name
}

/// The place of a call in the table; `None` for a name that no architecture has.
pub(crate) fn index_of(name: &str) -> Option<u16> {
    let mut place = hash(name.as_bytes());
    loop {
        let index = PLACES[place];
        // `FREE` is beyond the table.
        if TABLE.get(usize::from(index))?.name == name {
            return Some(index);
        }
        place = (place + 1) % PLACES.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn names_are_sorted_and_each_is_found() {
        assert!(TABLE.is_sorted_by(|one, next| one.name < next.name));
        for entry in &TABLE {
            assert!(std::ptr::eq(numbers_of(entry.name).unwrap().0, &raw const entry.numbers));
        }
    }

    /// What the headers of this machine's compiler say: `#define __NR_read 0`, `(__X32_SYSCALL_BIT + 514)`.
    #[cfg(target_arch = "x86_64")]
    fn header(file: &str) -> BTreeMap<String, u32> {
        let path = format!("/usr/include/x86_64-linux-gnu/asm/{file}");
        let text =
            std::fs::read_to_string(&path).expect("the headers of the C library's package are installed");
        let lines = text.lines().filter_map(|line| line.strip_prefix("#define __NR_"));
        let found = lines.map(|line| {
            let (name, value) = line.split_once(' ').unwrap();
            let value = value.trim_start_matches("(__X32_SYSCALL_BIT + ").trim_end_matches(')');
            (name.to_owned(), value.trim().parse().unwrap())
        });
        found.collect()
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn every_call_of_the_kernel_headers_has_its_number() {
        let files = [
            ("unistd_64.h", Architecture::X86_64),
            ("unistd_x32.h", Architecture::X32),
            ("unistd_32.h", Architecture::X86),
        ];
        for (file, architecture) in files {
            let header = header(file);
            assert!(header.len() > 300, "{file}");
            for (name, expected) in header {
                assert_eq!(number(&name, architecture), Some(expected), "{name} in {file}");
            }
        }
    }

    fn same(architecture: Architecture, oracle: impl Iterator<Item = (&'static str, u32)>) {
        let oracle: BTreeMap<_, _> = oracle.collect();
        // Newer than the oracle, spelled differently there, an alias, and the one that its iterator leaves out.
        let ours_alone = ["listns", "break", "sync_file_range2", "file_setattr"];
        for (name, here) in
            numbers(architecture).filter(|(name, number)| *number < 0xf_0000 && !ours_alone.contains(name))
        {
            assert_eq!(oracle.get(name), Some(&here), "{name} on {architecture:?}");
        }
        for (name, there) in oracle {
            assert_eq!(
                number(name.trim_start_matches("r#"), architecture),
                Some(there),
                "{name} on {architecture:?}"
            );
        }
    }

    #[test]
    fn the_table_agrees_with_the_crate_of_system_calls() {
        macro_rules! all {
            ($of:ident) => {
                syscalls::$of::Sysno::iter().map(|call| (call.name(), call.id().cast_unsigned()))
            };
        }
        same(Architecture::X86_64, all!(x86_64));
        same(Architecture::X86, all!(x86));
        same(Architecture::Aarch64, all!(aarch64));
        same(Architecture::Arm, all!(arm));
    }

    #[test]
    fn a_call_of_another_machine_is_known_without_a_number() {
        assert!(numbers_of("s390_pci_mmio_read").is_some());
        assert_eq!(number("s390_pci_mmio_read", Architecture::X86_64), None);
        assert!(numbers_of("teleport").is_none());
    }
}
