//! Lists of numbers, `0-3,7`, as `cpuset(7)` has them.

/// The bits of the numbers in `text`, word by word; `None` if it is no such list, or has a number above 4095.
pub(super) fn bits(text: &str) -> Option<Vec<u64>> {
    const LAST: usize = 4095;
    let mut words = Vec::new();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (usize, usize) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
        if first > last || last > LAST {
            return None;
        }
        if words.len() <= last / 64 {
            words.resize(last / 64 + 1, 0);
        }
        for number in first..=last {
            words[number / 64] |= 1 << (number % 64);
        }
    }
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_ranges() {
        assert_eq!(bits("0-2,5"), Some(vec![0b10_0111]));
        assert_eq!(bits("64"), Some(vec![0, 1]));
        assert_eq!(bits(""), Some(vec![]));
        for wrong in ["3-1", "x", "-", "1-", "5000", "1-99999999999"] {
            assert_eq!(bits(wrong), None, "{wrong}");
        }
    }
}
