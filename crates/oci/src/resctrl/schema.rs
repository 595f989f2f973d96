//! Lines of a file `schemata`: `L3:0=7ff;1=f`, `MB:0=20`.

use crate::spec::IntelRdt;

/// The lines to be written, at once and after that; `None` if the configuration has none.
///
/// A line for memory bandwidth takes the place of those beside the ones for caches. The kernel takes one line for each resource
/// at once, so those of `schemata`, which count more, come later.
pub(super) fn lines(config: &IntelRdt) -> Option<[Vec<&str>; 2]> {
    let is_bandwidth = |line: &&str| line.trim_start().starts_with("MB:");
    let caches = config.l3_cache_schema.as_deref().unwrap_or_default().lines();
    let mut first: Vec<_> =
        caches.filter(|line| config.mem_bw_schema.is_none() || !is_bandwidth(line)).collect();
    first.extend(config.mem_bw_schema.as_deref());
    let then: Vec<_> = config.schemata.iter().map(String::as_str).collect();
    (!(first.is_empty() && then.is_empty())).then_some([first, then])
}

/// A line in parts: the resource, and the numbers of domains with their shares, which the kernel pads in its own way.
fn parse(line: &str) -> Option<(&str, Vec<(u32, &str)>)> {
    let (resource, domains) = line.trim().split_once(':')?;
    let domains = domains.split(';').map(|domain| {
        let (number, share) = domain.split_once('=')?;
        let digits = share.trim().trim_start_matches('0');
        Some((number.trim().parse().ok()?, if digits.is_empty() { "0" } else { digits }))
    });
    Some((resource.trim(), domains.collect::<Option<_>>()?))
}

/// Whether the content of a file says what a line asks for. Domains that the line leaves out may have any share.
pub(super) fn holds(content: &str, line: &str) -> bool {
    let Some((resource, wanted)) = parse(line) else { return false };
    let found = content.lines().filter_map(parse).filter(|(other, _)| *other == resource);
    let found: Vec<_> = found.flat_map(|(_, domains)| domains).collect();
    wanted.iter().all(|(number, share)| {
        found.iter().any(|(other, has)| other == number && has.eq_ignore_ascii_case(share))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(l3: &str, bandwidth: &str, schemata: &[&str]) -> IntelRdt {
        let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        IntelRdt {
            l3_cache_schema: text(l3),
            mem_bw_schema: text(bandwidth),
            schemata: schemata.iter().map(|line| (*line).to_owned()).collect(),
            ..IntelRdt::default()
        }
    }

    #[test]
    fn line_for_bandwidth_takes_the_place_of_those_beside_caches() {
        let both = config("L3:0=f\nMB:0=10", "MB:0=20", &[]);
        assert_eq!(lines(&both), Some([vec!["L3:0=f", "MB:0=20"], vec![]]));
        let caches = config("L3:0=f\nMB:0=10", "", &["L2:0=3"]);
        assert_eq!(lines(&caches), Some([vec!["L3:0=f", "MB:0=10"], vec!["L2:0=3"]]));
        assert_eq!(lines(&config("", "", &[])), None);
    }

    /// As the kernel prints it.
    const CONTENT: &str = "    MB:0= 20;1=100\n    L3:0=007f0;1=fffff\n";

    #[test]
    fn shares_are_compared_as_numbers() {
        for line in ["L3:0=7f0;1=fffff", "L3:1=FFFFF;0=7f0", "L3:0=7F0", "MB:0=20", "MB:1=100;0=020"] {
            assert!(holds(CONTENT, line), "{line}");
        }
        for line in ["L3:0=7f1", "L3:2=f", "L2:0=7f0", "MB:0=2", "MB", "MB:0", "L3:x=1"] {
            assert!(!holds(CONTENT, line), "{line}");
        }
    }
}
