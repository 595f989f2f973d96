use super::json::push_string as push_json_string;
use super::*;
use proptest::prelude::*;

const fn column(name: &'static str, align: Align, truncate: bool) -> Column {
    Column { name, align, usual_width: 0, truncate }
}

/// Two trees, a cell of two lines, and an empty cell at the end of a right-aligned column.
fn sample() -> Table {
    let row = |ns: u64, user: &str, mounts: &[&str], pid: Option<u64>, parent| Row {
        cells: vec![
            ns.into(),
            user.into(),
            if mounts.is_empty() {
                Cell::Empty
            } else {
                Cell::Lines(mounts.iter().map(|mount| mount.as_bytes().to_vec()).collect())
            },
            pid.into(),
        ],
        parent,
    };
    Table {
        columns: vec![
            column("NS", Align::Left, false),
            column("USER", Align::Left, true),
            column("NSFS", Align::Left, false),
            column("PID", Align::Right, false),
        ],
        rows: vec![
            row(1, "root", &[], None, None),
            row(2, "a long name", &["/run/a", "/b"], Some(12), Some(0)),
            row(3, "x", &[], Some(12345), Some(1)),
            row(4, "y", &["/c"], Some(7), Some(0)),
            row(5, "z", &[], Some(8), None),
        ],
        tree: Some(0),
    }
}

fn text(table: &Table, style: Style) -> String {
    String::from_utf8(table.render(style)).unwrap()
}

#[test]
fn plain_tree_with_lines() {
    let style = Style::Plain { headings: true, width: None, charset: Charset::Utf8 };
    // A column at the end of a line is not padded for an empty cell.
    let expected = [
        "NS    USER        NSFS     PID",
        "1     root               ",
        "├─2   a long name /run/a    12",
        "│                 /b     ",
        "│ └─3 x                  12345",
        "└─4   y           /c         7",
        "5     z                      8",
        "",
    ];
    assert_eq!(text(&sample(), style), expected.join("\n"));
}

#[test]
fn plain_is_cut_to_the_terminal() {
    let style = Style::Plain { headings: false, width: Some(23), charset: Charset::Ascii };
    let mut table = sample();
    table.rows.truncate(3);
    assert_eq!(
        text(&table, style),
        "1     root        \n`-2   a lo /run/a    12\n           /b     \n  `-3 x           12345\n"
    );
}

#[test]
fn raw_escapes_and_joins() {
    let style = Style::Raw { headings: true, charset: Charset::Ascii };
    let mut table = sample();
    table.tree = None;
    assert_eq!(
        text(&table, style),
        "NS USER NSFS PID\n1 root  \n2 a\\x20long\\x20name /run/a,/b 12\n3 x  12345\n4 y /c 7\n5 z  8\n"
    );
}

#[test]
fn json_nests_children() {
    let mut table = sample();
    table.rows.truncate(2);
    table.columns.truncate(2);
    for row in &mut table.rows {
        row.cells.truncate(2);
    }
    let expected = r#"{
   "namespaces": [
      {
         "ns": 1,
         "user": "root",
         "children": [
            {
               "ns": 2,
               "user": "a long name"
            }
         ]
      }
   ]
}
"#;
    assert_eq!(text(&table, Style::Json { name: "namespaces" }), expected);
    assert_eq!(text(&Table::default(), Style::Json { name: "x" }), "{\n   \"x\": [\n\n   ]\n}\n");
}

proptest! {
    #[test]
    fn json_strings_parse_back(bytes: Vec<u8>) {
        let mut out = vec![];
        push_json_string(&mut out, &bytes);
        let back: String = serde_json::from_slice(&out).unwrap();
        prop_assert_eq!(back, String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn usual_width_counts_where_text_is_as_wide_as_the_heading() {
    let width = |text: &str| {
        let table = Table {
            columns: vec![Column { usual_width: 5, ..column("PID", Align::Right, false) }],
            rows: vec![Row { cells: vec![text.into()], parent: None }],
            tree: None,
        };
        table.render(Style::Plain { headings: false, width: None, charset: Charset::Ascii }).len() - 1
    };
    assert_eq!(["25", "252", "123456"].map(width), [3, 5, 6]);
}
