//! The compiled indicator set: matching held against a naive reading of the rows, bytes against
//! a golden file and against damage.

use proptest::prelude::*;
use unwatched_model::class::{Attribution, Class};
use unwatched_model::family::FamilyId;
use unwatched_model::indicator::{IndicatorKind, Role};
use unwatched_model::set::{IndicatorSet, SetBuilder, SetError, SetFamily};

fn family(id: &str, class: Class) -> SetFamily {
    SetFamily {
        id: id.parse().unwrap(),
        name: id.to_uppercase(),
        class,
        judged: false,
        attributed: vec![Attribution { source: "a list".into(), class }],
    }
}

fn id(text: &str) -> FamilyId {
    text.parse().unwrap()
}

fn small_set() -> IndicatorSet {
    let mut builder = SetBuilder::new();
    builder.family(family("watch-alpha", Class::Stalkerware));
    builder.family(family("watch-beta", Class::Watchware));
    let mut add = |family: &str, kind, value, role| {
        builder.indicator(&id(family), kind, value, role).unwrap();
    };
    add("watch-alpha", IndicatorKind::Domain, "Panel.Watch-Alpha.example", Role::C2);
    add("watch-alpha", IndicatorKind::Domain, "watch-alpha.example", Role::Website);
    add("watch-beta", IndicatorKind::Domain, "watch-alpha.example", Role::Distribution);
    add("watch-alpha", IndicatorKind::Address, "192.0.2.7", Role::C2);
    add("watch-alpha", IndicatorKind::Url, "https://code.example/watch/App", Role::Distribution);
    add("watch-alpha", IndicatorKind::Package, "com.watch.alpha", Role::App);
    add("watch-beta", IndicatorKind::Package, "com.watch.alpha", Role::App);
    add(
        "watch-beta",
        IndicatorKind::CertificateSha1,
        "7F5C0D54A813BA9B87A91420CA2C3DE5E7948F09",
        Role::App,
    );
    add(
        "watch-beta",
        IndicatorKind::CertificateCommonNamePattern,
        r"^Kids\WWatch\W[0-9]{2}$",
        Role::App,
    );
    builder.build()
}

/// What a lookup finds, as `family/value/role` lines.
fn check(kind: IndicatorKind, value: &str, expected: &[&str]) {
    let set = small_set();
    let found: Vec<_> = set
        .lookup(kind, value)
        .iter()
        .map(|m| format!("{} {} {}", m.family.id, m.value, m.role))
        .collect();
    assert_eq!(found, expected, "{kind} {value}");
}

#[test]
fn domains_match_themselves_and_their_parents_nearest_first() {
    check(
        IndicatorKind::Domain,
        "a.PANEL.watch-alpha.example.",
        &[
            "watch-alpha panel.watch-alpha.example c2",
            "watch-alpha watch-alpha.example website",
            "watch-beta watch-alpha.example distribution",
        ],
    );
    check(IndicatorKind::Domain, "example", &[]);
    check(IndicatorKind::Domain, "xwatch-alpha.example", &[]);
    check(IndicatorKind::Domain, "not a host", &[]);
}

#[test]
fn urls_match_what_they_lie_below_and_their_host() {
    let repository = "watch-alpha https://code.example/watch/App distribution";
    check(IndicatorKind::Url, "https://code.example/watch/App/releases?x=1", &[repository]);
    check(IndicatorKind::Url, "https://CODE.example:443/watch/App/", &[repository]);
    check(IndicatorKind::Url, "https://code.example/watch/Apple", &[]);
    check(IndicatorKind::Url, "https://code.example/", &[]);
    check(IndicatorKind::Url, "http://192.0.2.7:8080/up", &["watch-alpha 192.0.2.7 c2"]);
    check(
        IndicatorKind::Url,
        "http://watch-alpha.example:8080/a/b",
        &["watch-alpha watch-alpha.example website", "watch-beta watch-alpha.example distribution"],
    );
}

#[test]
fn one_package_may_belong_to_two_families() {
    check(
        IndicatorKind::Package,
        "com.watch.alpha",
        &["watch-alpha com.watch.alpha app", "watch-beta com.watch.alpha app"],
    );
    check(IndicatorKind::Package, "com.watch.Alpha", &[]);
}

#[test]
fn certificates_match_in_any_notation_and_names_by_pattern() {
    let certificate = "watch-beta 7f5c0d54a813ba9b87a91420ca2c3de5e7948f09 app";
    check(
        IndicatorKind::CertificateSha1,
        "7f:5c:0d:54:a8:13:ba:9b:87:a9:14:20:ca:2c:3d:e5:e7:94:8f:09",
        &[certificate],
    );
    check(
        IndicatorKind::CertificateCommonNamePattern,
        "Kids Watch 07",
        &[r"watch-beta ^Kids\WWatch\W[0-9]{2}$ app"],
    );
    check(IndicatorKind::CertificateCommonNamePattern, "Kids Watch", &[]);
}

#[test]
fn pairs_are_counted_once() {
    assert_eq!(small_set().len(), 7);
    assert_eq!(small_set().iter().count(), 9);
    assert!(SetBuilder::new().build().is_empty());
}

#[test]
fn the_first_format_stays_readable() {
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/indicators-v1.bin");
    let bytes = small_set().to_bytes();
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(golden, &bytes).unwrap();
    }
    let stored = std::fs::read(golden).unwrap();
    assert_eq!(stored, bytes, "the same rows give the same bytes");
    let read = IndicatorSet::from_bytes(&stored).unwrap();
    assert_eq!(read.iter().collect::<Vec<_>>(), small_set().iter().collect::<Vec<_>>());
}

#[test]
fn other_files_newer_files_and_cut_files_are_told_apart() {
    let bytes = small_set().to_bytes();
    assert_eq!(IndicatorSet::from_bytes(b"PK\x03\x04").unwrap_err(), SetError::NotASet);
    let mut newer = bytes.clone();
    newer[7] = 9;
    assert_eq!(IndicatorSet::from_bytes(&newer).unwrap_err(), SetError::TooNew { found: 9 });
    for cut in 8..bytes.len() {
        let error = IndicatorSet::from_bytes(&bytes[..cut]).unwrap_err();
        assert!(matches!(error, SetError::Damaged(_)), "cut at {cut}: {error}");
    }
    let mut longer = bytes;
    longer.push(0);
    assert!(matches!(IndicatorSet::from_bytes(&longer), Err(SetError::Damaged(_))));
}

fn any_host() -> impl Strategy<Value = String> {
    "[ab]{1,2}(\\.[ab]{1,2}){1,4}"
}

proptest! {
    #[test]
    fn lookups_agree_with_a_naive_reading(
        hosts in proptest::collection::vec((any_host(), 0..3u8), 0..40),
        asked in any_host(),
    ) {
        let mut builder = SetBuilder::new();
        for number in 0..3u8 {
            builder.family(family(&format!("f{number}"), Class::Stalkerware));
        }
        for (host, number) in &hosts {
            builder
                .indicator(&id(&format!("f{number}")), IndicatorKind::Domain, host, Role::C2)
                .unwrap();
        }
        let set = IndicatorSet::from_bytes(&builder.build().to_bytes()).unwrap();
        let mut found: Vec<_> = set
            .lookup(IndicatorKind::Domain, &asked)
            .iter()
            .map(|m| (m.value.to_owned(), m.family.id.to_string()))
            .collect();
        found.sort();
        let mut expected: Vec<_> = hosts
            .iter()
            .filter(|(host, _)| asked == *host || asked.ends_with(&format!(".{host}")))
            .map(|(host, number)| (host.clone(), format!("f{number}")))
            .collect();
        expected.sort();
        expected.dedup();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn the_order_of_rows_does_not_change_the_bytes(
        (rows, shuffled) in proptest::collection::vec((any_host(), 0..3u8), 0..20)
            .prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle()))
    ) {
        let bytes = |rows: &[(String, u8)]| {
            let mut builder = SetBuilder::new();
            for (host, number) in rows {
                let name = format!("f{number}");
                builder.family(family(&name, Class::Stalkerware));
                builder.indicator(&id(&name), IndicatorKind::Domain, host, Role::C2).unwrap();
            }
            builder.build().to_bytes()
        };
        prop_assert_eq!(bytes(&rows), bytes(&shuffled));
    }

    #[test]
    fn damaged_bytes_never_panic_and_never_match_wildly(
        position in any::<prop::sample::Index>(),
        value in any::<u8>(),
    ) {
        let mut bytes = small_set().to_bytes();
        let at = position.index(bytes.len());
        bytes[at] = value;
        if let Ok(set) = IndicatorSet::from_bytes(&bytes) {
            for kind in IndicatorKind::ALL {
                let _ = set.lookup(kind, "com.watch.alpha");
            }
            prop_assert!(set.len() <= set.iter().count());
        }
    }

    #[test]
    fn a_compared_value_compares_as_itself(text in "[a-zA-Z0-9:/\\[\\]._?#-]{0,40}", scheme in "(https?://)?") {
        for kind in IndicatorKind::ALL {
            if let Ok(value) = kind.normalise(&format!("{scheme}{text}")) {
                prop_assert_eq!(kind.normalise(&value), Ok(value.clone()), "{}", kind);
            }
        }
    }

    #[test]
    fn any_text_can_be_asked_for(text in ".{0,80}") {
        let set = small_set();
        for kind in IndicatorKind::ALL {
            let _ = set.lookup(kind, &text);
        }
    }
}
