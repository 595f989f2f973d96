use super::*;
use proptest::prelude::*;

const COLUMNS: [&str; 4] = ["NS", "USER", "NPROCS", "NSFS"];

fn parse(text: &str) -> Result<Filter, FilterError> {
    Filter::parse(text, |name| COLUMNS.iter().position(|column| column.eq_ignore_ascii_case(name)))
}

/// Whether `text` accepts the row `4026531840, root, 12, -`.
fn accepts(text: &str) -> bool {
    let filter = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    filter.accepts(|column| match column {
        0 => Cell::Number(4_026_531_840),
        1 => Cell::Text(b"root".into()),
        2 => Cell::Number(12),
        _ => Cell::Empty,
    })
}

#[test]
fn the_manual_s_example() {
    assert!(accepts("USER == \"root\" and NPROCS > 1"));
    assert!(!accepts("USER != \"root\" and NPROCS > 1"));
}

#[test]
fn operators_have_names_and_signs() {
    for (yes, no) in [
        ("NPROCS == 12", "NPROCS != 12"),
        ("nprocs EQ 12", "NPROCS ne 12"),
        ("NPROCS <= 12 && NPROCS >= 12", "NPROCS < 12 || NPROCS > 12"),
        ("NPROCS LE 12 AND NPROCS GE 12", "NPROCS lt 12 OR NPROCS gt 12"),
        ("!NSFS", "not USER"),
        ("USER =~ '^ro+t$'", "USER !~ 'oo'"),
        ("NSFS !~ 'x'", "NSFS =~ ''"),
        ("NPROCS", "NSFS"),
        ("true", "FALSE"),
        ("NPROCS > 1.5", "NPROCS > 12.5"),
        ("4K == 4096", "1GiB < 1024M"),
        ("NS == '4026531840'", "NS == \"402653184\""),
        ("USER != 5", "USER == 5"),
        ("NSFS != 0", "NSFS == 0"),
        ("NSFS == NSFS", "NSFS < 1 or NSFS > 0"),
    ] {
        assert!(accepts(yes), "{yes}");
        assert!(!accepts(no), "{no}");
    }
}

#[test]
fn not_binds_tighter_than_and_and_and_tighter_than_or() {
    assert!(accepts("true or false and false"));
    assert!(!accepts("(true or false) and false"));
    assert!(accepts("not false and true"));
    assert!(accepts("!NSFS == true"));
}

#[test]
fn errors_say_what_and_where() {
    for (text, message) in [
        ("", "expected a column or a value at character 1"),
        ("NPROCS >", "expected a column or a value at character 9"),
        ("(NPROCS > 1", "expected `)` at character 12"),
        ("FOO == 1", "unknown column `FOO` at character 1"),
        ("USER == \"x", "no closing \" at character 9"),
        ("USER =~ 5", "expected a regular expression in quotes at character 9"),
        ("NPROCS 1", "expected an operator at character 8"),
        ("'ä' ==  $", "unexpected `$` at character 9"),
        ("1Y > 1", "`1` is too large at character 1"),
        ("12abc", "`a` behind a number at character 1"),
    ] {
        assert_eq!(parse(text).unwrap_err().to_string(), message, "{text}");
    }
    assert!(parse("USER =~ '('").unwrap_err().to_string().starts_with("bad regular expression: "));
}

#[test]
fn depth_is_limited() {
    assert!(parse(&format!("{}1{}", "(".repeat(100), ")".repeat(100))).is_ok());
    assert!(parse(&"(".repeat(100_000)).unwrap_err().to_string().starts_with("too many levels"));
    assert!(parse(&"!".repeat(100_000)).unwrap_err().to_string().starts_with("too many levels"));
}

#[test]
fn columns_are_told() {
    assert_eq!(parse("NS == 1 or not (NPROCS > 1 and NS)").unwrap().columns(), [0, 2, 0]);
}

/// Conditions with their truth for the row above.
fn conditions() -> impl Strategy<Value = (String, bool)> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(|truth| (truth.to_string(), truth)),
        (0u64..30).prop_map(|number| (format!("NPROCS < {number}"), 12 < number)),
        "[a-z]{0,4}".prop_map(|text| (format!("USER == '{text}'"), text == "root")),
    ];
    leaf.prop_recursive(6, 64, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone())
                .prop_map(|(a, b)| (format!("({}) and ({})", a.0, b.0), a.1 && b.1)),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| (format!("({}) || ({})", a.0, b.0), a.1 || b.1)),
            inner.prop_map(|a| (format!("not ({})", a.0), !a.1)),
        ]
    })
}

proptest! {
    #[test]
    fn conditions_hold_as_they_should((text, truth) in conditions()) {
        prop_assert_eq!(accepts(&text), truth, "{}", text);
    }

    #[test]
    fn any_text_is_parsed_or_refused(text in "\\PC{0,40}") {
        let _ = parse(&text);
    }

    #[test]
    fn any_words_are_parsed_or_refused(text in "(NS|USER|==|<|!|!~|=~|\\(|\\)|'x'|12|1\\.5|and|or|true| ){0,24}") {
        if let Ok(filter) = parse(&text) {
            let _ = filter.accepts(|_| Cell::Empty);
        }
    }
}
