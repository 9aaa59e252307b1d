//! Whatever the values are, they come back: rendered, read again, equal.

use crate::expect::Files;
use proptest::prelude::*;
use unwatched_formats::community::{
    CommunityFormat, Dataset, Entry, Field, List, SampleRow, Sources, parse, render,
};

/// Text that YAML or CSV would like to take for something else.
fn hostile_text() -> impl Strategy<Value = String> {
    let awkward = prop::sample::select(vec![
        "null",
        "~",
        "yes",
        "No",
        "on",
        "y",
        "1e5",
        "1E+5",
        "0x1F",
        "0o7",
        "0755",
        "1_000",
        "1.5",
        ".5",
        "-1",
        "+1",
        ".inf",
        ".NaN",
        "2001-01-01",
        "12:30:45",
        "=",
        "<<",
        "- a",
        "a: b",
        "a #b",
        "#a",
        "&a",
        "*a",
        "!a",
        "!!str a",
        "%a",
        "@a",
        "`a",
        "'",
        "\"",
        "\\",
        "\\n",
        "a\nb",
        "a\r\nb",
        "\t",
        " a",
        "a ",
        "{a",
        "[a]",
        "a,b",
        "a;b",
        "|",
        ">",
        "? a",
        "---",
        "...",
        "^A\\W[0-9]{2}$",
        "\u{feff}",
        "\u{2028}",
        "\u{85}",
        "\u{0}",
        "\u{7f}",
        "é",
        "日本",
        "\u{1F600}",
        "12345678901234567890123456789012345678E1",
        "true:",
        "a:",
        "https://a.example/b",
    ]);
    prop_oneof![
        awkward.prop_map(str::to_owned),
        "[ -~]{1,20}",
        any::<String>().prop_filter("a value", |text| !text.is_empty()),
    ]
    .prop_filter("blank text is no value", |text| !text.trim().is_empty())
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(hostile_text(), 0..4)
}

fn entry() -> impl Strategy<Value = Entry> {
    let list = prop::sample::select(List::ALL.to_vec());
    let names = prop::option::of(texts());
    let fields = prop::collection::vec((prop::sample::select(Field::ALL.to_vec()), texts()), 0..6);
    (list, hostile_text(), names, prop::option::of(hostile_text()), fields).prop_map(
        |(list, name, names, type_word, fields)| {
            let mut entry = Entry { names, type_word, ..Entry::new(list, name) };
            for (field, values) in fields {
                for value in values {
                    entry.push(field, value);
                }
            }
            entry
        },
    )
}

fn row() -> impl Strategy<Value = SampleRow> {
    let cell = || prop_oneof![Just(String::new()), hostile_text()];
    (hostile_text(), cell(), cell(), cell(), cell()).prop_map(
        |(sha256, package, certificate, version, app)| SampleRow {
            sha256,
            package,
            certificate,
            version,
            app,
        },
    )
}

fn dataset() -> impl Strategy<Value = Dataset> {
    let entries = prop::collection::vec(entry(), 0..6);
    let samples = prop::collection::vec(row(), 0..6);
    (entries, samples).prop_map(|(mut entries, samples)| {
        entries.sort_by_key(|entry| entry.list);
        Dataset { entries, samples }
    })
}

proptest! {
    #[test]
    fn every_value_comes_back(dataset in dataset()) {
        let file = |format| render(format, &dataset);
        let files = Files {
            ioc: file(CommunityFormat::IocYaml),
            watchware: file(CommunityFormat::WatchwareYaml),
            samples: file(CommunityFormat::SamplesCsv),
        };
        let parsed = files.parse();
        prop_assert!(parsed.complete);
        prop_assert_eq!(parsed.dataset, dataset);
    }

    #[test]
    fn no_bytes_break_the_reader(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        for sources in [
            Sources { ioc: Some(&bytes), ..Sources::default() },
            Sources { samples: Some(&bytes), ..Sources::default() },
        ] {
            let _ = parse(&sources);
        }
    }

    #[test]
    fn a_changed_file_still_gives_its_other_entries(at in 0usize..3_000, byte in any::<u8>()) {
        let mut files = Files::fixture();
        let at = at % files.ioc.len();
        files.ioc[at] = byte;
        let Ok(parsed) = parse(&Sources { ioc: Some(&files.ioc), ..Sources::default() }) else {
            return Ok(());
        };
        prop_assert!(!parsed.complete || parsed.dataset.entries.len() >= 4);
    }
}
