//! What the freestanding program does last of all, as it is told.
//!
//! It has no descriptor to read that from, and needs none: it comes as a word of its environment, which no list of processes
//! shows, in the encoding of a word, which has no NUL: that of consistent overhead byte stuffing (Cheshire and Baker, 1997).

use std::ffi::CString;

use crate::seccomp::Filter;
use crate::step::{Step, TakeFrom};

/// The word, if the freestanding program can do these steps.
pub(super) fn word(steps: &[Step]) -> Option<CString> {
    let (right, filter) = match steps {
        [Step::Filter(filter)] => (None, filter),
        [Step::LastUse { capability, take_from }, Step::Filter(filter)] => {
            (Some((*capability, *take_from)), filter)
        }
        _ => return None,
    };
    filter.listener.is_none().then(|| stuffed(&bytes(right, filter)))
}

/// As `Last` in `init/main.rs`.
fn bytes(right: Option<(u32, TakeFrom)>, filter: &Filter) -> Vec<u8> {
    let (capability, take_from) = right.map_or((0, 0), |(capability, take_from)| {
        let code = match take_from {
            TakeFrom::Nowhere => 1,
            TakeFrom::Ambient => 2,
            TakeFrom::Inheritable => 3,
        };
        (capability, code)
    });
    let mut bytes = Vec::with_capacity(16 + filter.instructions.len() * 8);
    let length = u32::try_from(filter.instructions.len()).unwrap_or(u32::MAX);
    for word in [filter.flags, capability, take_from, length] {
        bytes.extend(word.to_ne_bytes());
    }
    for instruction in &filter.instructions {
        bytes.extend(instruction.code.to_ne_bytes());
        bytes.extend([instruction.if_true, instruction.if_false]);
        bytes.extend(instruction.value.to_ne_bytes());
    }
    bytes
}

/// Each run of at most 254 bytes that are not 0, after its length and 1; a 0 ends each run that is shorter than that, but not
/// the last one.
fn stuffed(bytes: &[u8]) -> CString {
    const LONGEST: usize = 254;
    let mut text = Vec::with_capacity(bytes.len() + bytes.len() / LONGEST + 2);
    for mut run in bytes.split(|byte| *byte == 0) {
        while let Some((full, rest)) = run.split_at_checked(LONGEST) {
            text.push(u8::MAX);
            text.extend(full);
            run = rest;
        }
        text.push(run.len() as u8 + 1);
        text.extend(run);
    }
    CString::new(text).expect("there is no 0 among lengths from 1 and bytes that are none")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unstuffed(text: &[u8]) -> Vec<u8> {
        let (mut bytes, mut rest) = (Vec::new(), text);
        while let Some((length, tail)) = rest.split_first() {
            let (run, tail) = tail.split_at(usize::from(*length) - 1);
            bytes.extend(run);
            if *length < u8::MAX && !tail.is_empty() {
                bytes.push(0);
            }
            rest = tail;
        }
        bytes
    }

    #[test]
    fn unstuffed_bytes_are_those_that_were_stuffed() {
        const LENGTHS: [usize; 8] = [0, 1, 253, 254, 255, 507, 508, 509];
        for (first, second, third) in LENGTHS
            .iter()
            .flat_map(|first| LENGTHS.iter().map(move |second| (first, second)))
            .flat_map(|(first, second)| LENGTHS.iter().map(move |third| (*first, *second, *third)))
        {
            let runs = [vec![1; first], vec![u8::MAX; second], vec![7; third]];
            let bytes = runs.join(&0);
            assert_eq!(unstuffed(stuffed(&bytes).to_bytes()), bytes, "{first} {second} {third}");
        }
    }
}
