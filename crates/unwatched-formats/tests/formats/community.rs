//! The community's files: what is read of the fixture and of hostile files, what is written.

use crate::expect::{Files, golden, lines};
use std::collections::BTreeSet;

use unwatched_formats::community::{
    CommunityFormat, Dataset, Entry, Field, List, PairOrigin, Parsed, Sources, parse, render,
};
use unwatched_model::class::Class;
use unwatched_model::indicator::{Indicator, IndicatorKind, Role};
use unwatched_model::tlp::Tlp;

fn fixture() -> Parsed {
    Files::fixture().parse()
}

fn of_ioc(yaml: &str) -> Parsed {
    parse(&Sources { ioc: Some(yaml.as_bytes()), ..Sources::default() }).expect("a list")
}

fn problems(parsed: &Parsed) -> String {
    lines(&parsed.problems)
}

fn again(dataset: &Dataset) -> Parsed {
    let file = |format| render(format, dataset);
    Files {
        ioc: file(CommunityFormat::IocYaml),
        watchware: file(CommunityFormat::WatchwareYaml),
        samples: file(CommunityFormat::SamplesCsv),
    }
    .parse()
}

#[test]
fn every_file_is_rendered() {
    let dataset = fixture().dataset;
    for format in CommunityFormat::ALL {
        golden(&format!("community/{format}"), &render(format, &dataset));
    }
}

#[test]
fn nothing_is_lost_on_the_way_back() {
    let files = Files::fixture();
    let parsed = files.parse();
    assert!(parsed.complete);
    assert_eq!(again(&parsed.dataset).dataset, parsed.dataset);
    assert_eq!(render(CommunityFormat::SamplesCsv, &parsed.dataset), files.samples);
}

#[test]
fn what_is_odd_is_said() {
    golden("community/problems.txt", problems(&fixture()).as_bytes());
}

#[test]
fn pairs_carry_kind_role_and_origin() {
    let dataset = fixture().dataset;
    let pairs = dataset.listed_pairs();
    let shown = pairs.iter().map(|pair| {
        let entry = &dataset.entries[pair.entry];
        let origin = format!("{} {}", pair.origin.as_str(), pair.position);
        let derived = if pair.is_derived() { " | derived" } else { "" };
        format!(
            "{} | {} | {origin} | {} | {} | {}{derived}",
            entry.list.file_name(),
            entry.name,
            pair.kind,
            pair.role,
            pair.value,
        )
    });
    golden("community/pairs.txt", lines(shown).as_bytes());
    assert_eq!(dataset.orphans(), ["Nobody Knows"]);
}

#[test]
fn an_app_in_both_lists_stays_in_both() {
    let dataset = fixture().dataset;
    let classes: Vec<_> = dataset
        .entries_of_app("Both Lists")
        .into_iter()
        .map(|at| dataset.entries[at].class())
        .collect();
    assert_eq!(classes, [Class::Stalkerware, Class::Watchware]);
}

#[test]
fn a_wrongly_typed_field_costs_that_field() {
    let parsed = of_ioc(
        "- name: Watch Alpha\n  packages: {a: b}\n  certificates: 0A\n  websites:\n  - alpha.example\n  - [x]\n  -\n  c2: none\n  type: [a]\n- just text\n- packages:\n  - com.example.nameless\n- name: Watch Beta\n  packages:\n",
    );
    let alpha = &parsed.dataset.entries[0];
    assert_eq!(alpha.values(Field::Packages), [""; 0]);
    assert_eq!(alpha.values(Field::Certificates), ["0A"]);
    assert_eq!(alpha.values(Field::Websites), ["alpha.example"]);
    assert_eq!(alpha.class(), Class::Stalkerware);
    assert_eq!(parsed.dataset.entries[1].name, "Watch Beta");
    assert!(parsed.complete);
    golden("community/wrongly_typed.txt", problems(&parsed).as_bytes());
}

#[test]
fn unknown_keys_are_kept() {
    let yaml = "- name: Watch Alpha\n  type: stalkerware\n  note: 12\n  words: [a, {b: 'c, d'}, \"e\\nf\", ~]\n  c2:\n    domains:\n    - c2.alpha.example\n    ports: [80, 443]\n";
    let parsed = of_ioc(yaml);
    let written = render(CommunityFormat::IocYaml, &parsed.dataset);
    let back = parse(&Sources { ioc: Some(&written), ..Sources::default() }).unwrap();
    assert_eq!(back.dataset, parsed.dataset);
    assert_eq!(
        String::from_utf8(written).unwrap(),
        "- name: Watch Alpha\n  type: stalkerware\n  note: 12\n  words: [a, {'b': 'c, d'}, \"e\\nf\", ~]\n  c2:\n    domains:\n    - c2.alpha.example\n    ports: [80, 443]\n"
    );
    assert_eq!(
        problems(&parsed),
        "ioc.yaml line 3 (Watch Alpha): unknown key \"note\": kept as it stands\nioc.yaml line 4 (Watch Alpha): unknown key \"words\": kept as it stands\nioc.yaml line 8 (Watch Alpha): unknown key \"c2.ports\": kept as it stands\n"
    );
}

#[test]
fn a_file_that_breaks_off_says_so_and_keeps_what_stood_before() {
    let files = Files::fixture();
    let cut = &files.ioc[..files.ioc.len() / 2];
    let text = format!("{}\n\t'", String::from_utf8_lossy(cut));
    let parsed = of_ioc(&text);
    assert!(!parsed.complete);
    assert!(!parsed.dataset.entries.is_empty());
    let last = parsed.problems.iter().find(|problem| problem.what.starts_with("broken off"));
    assert!(last.is_some_and(|problem| problem.what.ends_with("from here on are missing")));
}

#[test]
fn something_else_altogether_is_refused() {
    let check = |sources: Sources<'_>, expected: &str| {
        assert_eq!(parse(&sources).unwrap_err().to_string(), expected);
    };
    check(
        Sources { ioc: Some(b"\xff\xfe"), ..Sources::default() },
        "ioc.yaml is not the community's file of that name: it is not UTF-8 text",
    );
    check(
        Sources { watchware: Some(b"name: Watch Alpha"), ..Sources::default() },
        "watchware.yaml is not the community's file of that name: expected a list of entries, each with a name",
    );
    check(
        Sources { samples: Some(b"a,b\n1,2\n"), ..Sources::default() },
        "samples.csv is not the community's file of that name: expected the columns SHA256,Package Name,Certificate,Version,App, found a,b",
    );
    check(
        Sources::default(),
        "ioc.yaml is not the community's file of that name: neither it nor watchware.yaml nor samples.csv is there",
    );
}

#[test]
fn rows_of_another_length_are_read_and_said() {
    let csv = "SHA256,Package Name,Certificate,Version,App\r\nab,com.example.a\r\ncd,,,1,Watch Alpha,more\r\n";
    let parsed = parse(&Sources { samples: Some(csv.as_bytes()), ..Sources::default() }).unwrap();
    let apps: Vec<_> = parsed.dataset.samples.iter().map(|row| row.app.as_str()).collect();
    assert_eq!(apps, ["", "Watch Alpha"]);
    assert_eq!(
        problems(&parsed),
        "samples.csv line 2: expected 5 columns, found 2: the rest is empty\nsamples.csv line 3 (Watch Alpha): expected 5 columns, found 6: the last are left out\n"
    );
}

#[test]
fn a_mistaken_format_is_told_the_nearest() {
    let check = |asked: &str, expected: &str| {
        let said = asked.parse::<CommunityFormat>().unwrap_err().to_string();
        assert!(said.starts_with(expected), "{said}");
    };
    for format in CommunityFormat::ALL {
        assert_eq!(format.file_name().parse(), Ok(format));
    }
    check("host", "unknown format \"host\", did you mean hosts? (known: hosts, hosts_full,");
    check("quad9", "unknown format \"quad9\", did you mean quad9_blocklist.txt?");
    check("watchware.yml", "unknown format \"watchware.yml\", did you mean watchware.yaml?");
    check("xlsx", "unknown format \"xlsx\" (known: ");
}

#[test]
fn a_judged_family_becomes_an_entry() {
    let indicator = |kind, value: &str, role| Indicator {
        family: "watch-delta".parse().unwrap(),
        kind,
        value: value.to_owned(),
        role,
        tlp: Tlp::Clear,
        source: "example-lab".to_owned(),
    };
    let colons = "7f:5c:0d:54:a8:13:ba:9b:87:a9:14:20:ca:2c:3d:e5:e7:94:8f:09";
    let indicators = [
        indicator(IndicatorKind::Domain, "c2.delta.example", Role::C2),
        indicator(IndicatorKind::Domain, "delta.example", Role::Website),
        indicator(IndicatorKind::Url, "https://get.example/delta", Role::Distribution),
        indicator(IndicatorKind::Address, "192.0.2.77", Role::C2),
        indicator(IndicatorKind::Package, "com.example.delta", Role::App),
        indicator(IndicatorKind::Package, "com.example.delta", Role::App),
        indicator(IndicatorKind::Package, "com.example.seen", Role::Sample),
        indicator(IndicatorKind::CertificateSha1, colons, Role::App),
        indicator(IndicatorKind::CertificateSha256, &"ab".repeat(32), Role::App),
        indicator(IndicatorKind::FileSha256, &"cd".repeat(32), Role::Sample),
    ];
    let entry = |class| Entry::from_indicators("Watch Delta", &[], class, &indicators);
    let mut dataset = fixture().dataset;
    dataset.entries.retain(|listed| listed.list == List::Watchware);
    dataset.entries.extend(entry(Class::Stalkerware));
    let written = String::from_utf8(render(CommunityFormat::IocYaml, &dataset)).unwrap();
    assert_eq!(
        written,
        "- name: Watch Delta\n  type: stalkerware\n  packages:\n  - com.example.delta\n  certificates:\n  - 7F5C0D54A813BA9B87A91420CA2C3DE5E7948F09\n  websites:\n  - delta.example\n  distribution:\n  - https://get.example/delta\n  c2:\n    ips:\n    - 192.0.2.77\n    domains:\n    - c2.delta.example\n"
    );
    assert_eq!(entry(Class::Watchware).map(|entry| entry.list), Some(List::Watchware));
    assert_eq!(entry(Class::DualUse), None);
}

#[test]
fn a_verdict_moves_an_entry_to_the_other_list() {
    let mut dataset = fixture().dataset;
    let at = dataset.entries_of_app("Watch Gamma")[0];
    dataset.entries[at].move_to(List::Watchware);
    let text = |format| String::from_utf8(render(format, &dataset)).unwrap();
    assert!(!text(CommunityFormat::IocYaml).contains("Watch Gamma"));
    assert!(
        text(CommunityFormat::WatchwareYaml).contains("- name: Watch Gamma\n  type: watchware")
    );
    assert!(!text(CommunityFormat::NetworkCsv).contains("Watch Gamma"));
}

#[test]
fn the_fixture_holds_every_trap() {
    let dataset = fixture().dataset;
    let has = |field| dataset.entries.iter().any(|entry| !entry.values(field).is_empty());
    for field in Field::ALL {
        assert!(has(field), "{field}");
    }
    let derived: Vec<_> =
        dataset.listed_pairs().iter().filter(|p| p.is_derived()).map(|p| p.origin).collect();
    assert!(derived.contains(&PairOrigin::SamplePackage));
    assert!(derived.contains(&PairOrigin::SampleCertificate));
}

/// The figures that the design states, on the community's own data.
#[test]
fn the_community_s_own_data() {
    let Some(files) = Files::community() else { return };
    let parsed = files.parse();
    let dataset = &parsed.dataset;
    assert!(parsed.complete);
    assert_eq!(dataset.of(List::Stalkerware).count(), 147);
    assert_eq!(dataset.of(List::Watchware).count(), 27);
    let names: BTreeSet<_> = dataset.entries.iter().map(|entry| &entry.name).collect();
    assert_eq!(names.len(), 172);
    assert_eq!(dataset.samples.len(), 3_228);
    assert_eq!(dataset.orphans(), [""; 0]);
    let apps: BTreeSet<_> = dataset.samples.iter().map(|row| &row.app).collect();
    let by_alias: Vec<_> = apps.difference(&names).collect();
    assert_eq!((apps.len(), by_alias.len()), (91, 21), "{by_alias:?}");
    let problems: Vec<_> = parsed.problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        problems,
        [
            "ioc.yaml line 3611 (MobiStealth): c2.ip is misspelt for c2.ips: read as addresses",
            "ioc.yaml line 3638 (Ahmyth): c2.ip is misspelt for c2.ips: read as addresses",
        ]
    );
    for list in ["FindMyKids", "WiseMo"] {
        assert_eq!(dataset.entries_of_app(list).len(), 2, "{list}");
    }
    the_pairs_are_all_there(dataset);
    the_files_come_back(&files, dataset);
}

fn the_pairs_are_all_there(dataset: &Dataset) {
    let pairs = dataset.listed_pairs();
    let listed = || pairs.iter().filter(|pair| !pair.is_derived());
    let distinct: BTreeSet<_> = listed().map(|pair| (pair.kind, pair.value)).collect();
    assert_eq!(distinct.len(), 5_995);

    // By the field they stand in, as the design counts them.
    let by_field = |wanted: &dyn Fn(PairOrigin) -> bool| {
        let values: BTreeSet<_> =
            listed().filter(|pair| wanted(pair.origin)).map(|pair| pair.value).collect();
        values.len()
    };
    let fields = |fields: &'static [Field]| {
        by_field(&move |origin| matches!(origin, PairOrigin::Listed(f) if fields.contains(&f)))
    };
    assert_eq!(fields(&[Field::C2Domains, Field::Websites, Field::Distribution]), 1_560);
    assert_eq!(fields(&[Field::C2Ips, Field::C2Ip]), 69);
    assert_eq!(fields(&[Field::C2Ip]), 3);
    assert_eq!(fields(&[Field::Packages]), 641);
    assert_eq!(fields(&[Field::Certificates]), 484);
    assert_eq!(by_field(&|origin| origin == PairOrigin::SampleFile), 3_228);
    assert_eq!(fields(&[Field::IosBundles]), 6);
    assert_eq!(fields(&[Field::CertificateOrganizations]), 6);
    assert_eq!(fields(&[Field::CertificateCnameRe]), 1);

    // By what they are: of the 1,560, two are URLs and one is an address.
    let of_kind = |kind| distinct.iter().filter(|(found, _)| *found == kind).count();
    assert_eq!(of_kind(IndicatorKind::Domain), 1_557);
    assert_eq!(of_kind(IndicatorKind::Address), 70);
    assert_eq!(of_kind(IndicatorKind::Url), 2);

    let derived: Vec<_> = pairs.iter().filter(|pair| pair.is_derived()).collect();
    let only_in_samples = |kind| {
        let values: BTreeSet<_> = derived
            .iter()
            .map(|pair| (pair.kind, pair.value))
            .filter(|(k, _)| *k == kind)
            .collect();
        values.difference(&distinct).count()
    };
    assert_eq!(only_in_samples(IndicatorKind::Package), 57);
    assert_eq!(only_in_samples(IndicatorKind::CertificateSha1), 510);
    let rows = |origin| derived.iter().filter(|pair| pair.origin == origin).count();
    assert_eq!(rows(PairOrigin::SamplePackage), 312);
    assert_eq!(rows(PairOrigin::SampleCertificate), 628);
}

fn the_files_come_back(files: &Files, dataset: &Dataset) {
    assert_eq!(again(dataset).dataset, *dataset);
    assert!(render(CommunityFormat::SamplesCsv, dataset) == files.samples, "byte for byte");

    let c2 = |entry: &Entry| entry.values(Field::C2Domains).to_vec();
    let text = |format| String::from_utf8(render(format, dataset)).unwrap();

    let mut hosts: Vec<_> = dataset.of(List::Stalkerware).flat_map(c2).collect();
    hosts.sort();
    assert_eq!(hosts.len(), 925);
    assert_eq!(text(CommunityFormat::Hosts), lines(hosts));

    let mut full: Vec<_> = dataset.entries.iter().flat_map(c2).collect();
    full.sort();
    full.dedup();
    assert_eq!(full.len(), 989);
    assert_eq!(text(CommunityFormat::HostsFull), lines(full));

    let quad9: Vec<_> = dataset
        .of(List::Stalkerware)
        .flat_map(|entry| [c2(entry), entry.values(Field::Distribution).to_vec()].concat())
        .collect();
    assert_eq!(text(CommunityFormat::Quad9Blocklist), lines(quad9));

    let network = text(CommunityFormat::NetworkCsv);
    for row in [
        "type,indicator,app\r\ndomain,1ca43.appspot.com,TheTruthSpy\r\n",
        "\r\nipv4,72.167.46.196,MobiStealth\r\nipv4,5.79.71.114,MobiStealth\r\n",
        "\r\nipv4,85.10.199.40,Ahmyth\r\n",
        "\r\ndomain,178.63.71.15,HelloSpy\r\n",
        "\r\ndomain,https://github.com/karma9874/AndroRAT,AndroRat\r\n",
    ] {
        assert!(network.contains(row), "{row:?}");
    }
    let values =
        |field| dataset.of(List::Stalkerware).map(|e| e.values(field).len()).sum::<usize>();
    let rows = [Field::C2Domains, Field::C2Ips, Field::C2Ip, Field::Distribution].map(values);
    assert_eq!(network.matches("\r\n").count(), 1 + rows.iter().sum::<usize>());
}
