//! Formats of the kernel's files: "Format" in `admin-guide/cgroup-v2.rst`.

/// "Flat keyed": a key and a number in each line. An error is the line that is neither.
pub(crate) fn flat(text: &str) -> impl Iterator<Item = Result<(&str, u64), &str>> {
    text.lines().map(|line| {
        let (key, value) = line.split_once(' ').ok_or(line)?;
        Ok((key, value.trim().parse().map_err(|_| line)?))
    })
}

/// Numbers in a line that begins with a device, `8:0 Read 17` or `8:0 17`: device, operation, number. Lines without a device are
/// sums over all of them and are passed over. An error is a line that is something else.
pub(crate) fn by_device(text: &str) -> impl Iterator<Item = Result<(u32, u32, &str, u64), &str>> {
    text.lines().filter(|line| line.starts_with(|first: char| first.is_ascii_digit())).map(|line| {
        let mut words = line.split(' ');
        let (major, minor) = words.next().and_then(device).ok_or(line)?;
        let (operation, value) = match (words.next(), words.next(), words.next()) {
            (Some(value), None, None) => ("", value),
            (Some(operation), Some(value), None) => (operation, value),
            _ => return Err(line),
        };
        Ok((major, minor, operation, value.parse().map_err(|_| line)?))
    })
}

/// "Nested keyed" by device: `8:0 rbytes=1 wbytes=2`. An error is a word that is something else. A line may name a device
/// without values, and some kernels forget to end it then.
pub(crate) fn nested(text: &str) -> impl Iterator<Item = Result<(u32, u32, &str, u64), &str>> {
    let mut current = None;
    text.split_ascii_whitespace().filter_map(move |word| {
        let Some((key, value)) = word.split_once('=') else {
            current = device(word);
            return current.is_none().then_some(Err(word));
        };
        let Some((major, minor)) = current else { return Some(Err(word)) };
        // Some values are fractions or words, and nobody asks for them here.
        Some(Ok((major, minor, key, value.parse().ok()?)))
    })
}

fn device(word: &str) -> Option<(u32, u32)> {
    let (major, minor) = word.split_once(':')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_kernels_files_are_read() {
        let stat: Result<Vec<_>, _> = flat("usage_usec 17\nuser_usec 0\n").collect();
        assert_eq!(stat, Ok(vec![("usage_usec", 17), ("user_usec", 0)]));
        assert_eq!(flat("usage_usec\n").next(), Some(Err("usage_usec")));
        let serviced: Result<Vec<_>, _> = by_device("8:0 Read 3\n8:0 Total 3\nTotal 3\n").collect();
        assert_eq!(serviced, Ok(vec![(8, 0, "Read", 3), (8, 0, "Total", 3)]));
        assert_eq!(by_device("8:16 9\n").next(), Some(Ok((8, 16, "", 9))));
        let io: Result<Vec<_>, _> = nested("253:1 254:0 rbytes=4096 cost.usage=1.5\n253:2 \n").collect();
        assert_eq!(io, Ok(vec![(254, 0, "rbytes", 4096)]));
        assert_eq!(nested("8:0 rbytes\n").next(), Some(Err("rbytes")));
        assert_eq!(nested("rbytes=1\n").next(), Some(Err("rbytes=1")));
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd(text in "[0-9a-z: =.\n-]{0,60}|.*") {
            flat(&text).for_each(drop);
            by_device(&text).for_each(drop);
            nested(&text).for_each(drop);
        }

        #[test]
        fn what_is_written_is_read(pairs in prop::collection::vec(("[a-z_]{1,9}", any::<u64>()), 0..9)) {
            let text: Vec<_> = pairs.iter().map(|(key, value)| format!("{key} {value}\n")).collect();
            let text = text.concat();
            let read: Result<Vec<_>, _> = flat(&text).map(|pair| pair.map(|(key, value)| (key.to_owned(), value))).collect();
            prop_assert_eq!(read, Ok(pairs));
        }
    }
}
