//! The files that are ours: what the fixture gives, what stays the same when rows come and go, what
//! a filter and a delta say.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use unwatched_formats::feed::delta::{Side, between};
use unwatched_formats::feed::filter::{Filter, NotAFilter};
use unwatched_formats::feed::warnings::{Review, Warnings, Words};
use unwatched_formats::feed::{
    Feed, FeedFamily, Head, Sharing, Statement, atom, clamav, filter, lines, misp, rpz, suricata,
    warnings, yara,
};
use unwatched_formats::release::Attribution;
use unwatched_model::class::{Attribution as Attributed, Class};
use unwatched_model::family::Family;
use unwatched_model::indicator::{Indicator, IndicatorKind, Role};
use unwatched_model::pap::Pap;
use unwatched_model::recall::Recalled;
use unwatched_model::tlp::Tlp;

use crate::expect::{Files, golden};
use crate::stix::{at, families};

type Rows = Vec<(Family, Vec<Attributed>, Vec<Indicator>)>;

/// What a test's feed borrows from.
struct World {
    rows: Rows,
    normalised: Vec<Vec<Option<String>>>,
    attributions: Vec<Attribution>,
    head: Head,
}

impl World {
    fn of(rows: Rows) -> Self {
        let normalised = rows
            .iter()
            .map(|(_, _, indicators)| {
                indicators.iter().map(|one| one.kind.normalise(&one.value).ok()).collect()
            })
            .collect();
        let attributions = vec![Attribution {
            source: "watch-list".to_owned(),
            by: "the people of the watch list".to_owned(),
            licence: "CC-BY-4.0".to_owned(),
            url: Some("https://list.example/".to_owned()),
            changes: None,
        }];
        Self { rows, normalised, attributions, head: head(7) }
    }

    fn fixture() -> Self {
        Self::of(families(&Files::fixture().parse().dataset))
    }

    fn feed(&self) -> Feed<'_> {
        let families = self.rows.iter().map(|(family, attributed, _)| FeedFamily {
            family,
            class: Class::released(Class::Undecided, attributed).unwrap(),
            judged: false,
            attributed,
            created: at("2026-01-05T09:00:00Z"),
        });
        let statements = self.rows.iter().zip(&self.normalised).flat_map(|(row, values)| {
            row.2.iter().zip(values).filter_map(|(one, value)| {
                Some(Statement {
                    family: &one.family,
                    kind: one.kind,
                    value: value.as_deref()?,
                    role: one.role,
                    tlp: one.tlp,
                    pap: Pap::Green,
                    source: &one.source,
                    added: at("2026-01-05T09:00:00Z"),
                })
            })
        });
        let sharing = |one: &Statement<'_>| match one.value {
            "z.topwatch.example" => Sharing::Shared,
            "a.topwatch.example" => Sharing::Reviewed,
            _ => Sharing::Own,
        };
        Feed::new(
            self.head,
            "CC-BY-4.0",
            &self.attributions,
            families.collect(),
            statements,
            sharing,
        )
    }

    /// Without every row of this value.
    fn without(mut self, value: &str) -> Self {
        for (_, _, indicators) in &mut self.rows {
            indicators.retain(|one| one.value != value);
        }
        Self { head: self.head, ..Self::of(self.rows) }
    }

    /// With one more row of the first family.
    fn with(mut self, kind: IndicatorKind, value: &str, role: Role) -> Self {
        let (family, _, indicators) = &mut self.rows[0];
        indicators.push(Indicator {
            family: family.id.clone(),
            kind,
            value: value.to_owned(),
            role,
            tlp: Tlp::Clear,
            source: "watch-list/ioc.yaml".to_owned(),
        });
        Self { head: self.head, ..Self::of(self.rows) }
    }

    fn published_as(mut self, sequence: u64) -> Self {
        self.head = head(sequence);
        self
    }
}

fn head(sequence: u64) -> Head {
    let published = at("2026-02-01T08:00:00Z")
        + jiff::SignedDuration::from_hours(24 * i64::try_from(sequence).unwrap());
    Head { sequence, published }
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("text")
}

#[test]
fn every_file_is_rendered_and_the_same_every_time() {
    let world = World::fixture();
    let mut feed = world.feed();
    let md5 = "0123456789abcdef0123456789abcdef".parse().unwrap();
    let file = feed.rows.iter().find(|row| row.kind == IndicatorKind::FileSha256);
    if let Some(file) = file {
        feed.md5 = BTreeMap::from([(file.value, md5)]);
    }
    let recall = Recalled {
        kind: "domain".to_owned(),
        value: "taken-back.example".to_owned(),
        family: "watch-alpha".to_owned(),
        recalled: at("2026-01-30T10:11:12Z"),
        why: "a shop's <own> host".to_owned(),
    };
    let news = atom::render(&feed, &[head(6)], &[recall], "https://exchange.example/feeds/v1/");
    assert!(!text(&news).contains("taken-back"), "what was taken back is not said again");
    let mut files = vec![
        (lines::FILE_NAME.to_owned(), lines::render(&feed)),
        (filter::FILE_NAME.to_owned(), filter::render(&feed)),
        (suricata::FILE_NAME.to_owned(), suricata::render(&feed)),
        (rpz::FILE_NAME.to_owned(), rpz::render(&feed)),
        (clamav::SHA256_FILE_NAME.to_owned(), clamav::sha256_signatures(&feed)),
        (clamav::MD5_FILE_NAME.to_owned(), clamav::md5_signatures(&feed)),
        (clamav::UNWANTED_SHA256_FILE_NAME.to_owned(), clamav::unwanted_sha256_signatures(&feed)),
        (clamav::UNWANTED_MD5_FILE_NAME.to_owned(), clamav::unwanted_md5_signatures(&feed)),
        (yara::FILE_NAME.to_owned(), yara::render(&feed)),
        (atom::FILE_NAME.to_owned(), news),
    ];
    files.extend(misp::render(&feed, None));
    for (name, bytes) in &files {
        golden(&format!("feed/{name}"), bytes);
    }
    assert_eq!(misp::render(&world.feed(), None).len(), feed.families.len() + 2);
}

#[test]
fn one_indicator_has_one_identity_in_every_file() {
    let world = World::fixture();
    let feed = world.feed();
    let row = feed
        .rows
        .iter()
        .find(|row| row.value == "c2.alpha.example" && row.role == Role::C2)
        .expect("the fixture has it");
    let id = row.id.to_string();
    for (name, bytes) in [
        (lines::FILE_NAME, lines::render(&feed)),
        (suricata::FILE_NAME, suricata::render(&feed)),
        (rpz::FILE_NAME, rpz::render(&feed)),
    ] {
        let line = text(&bytes).lines().find(|line| line.contains(&id));
        let line = line.unwrap_or_else(|| panic!("{name} lacks {id}"));
        assert!(line.contains("c2") && line.contains("watch-alpha"), "{name}: {line}");
    }
    let events = misp::render(&feed, None);
    assert!(events.iter().any(|(_, bytes)| text(bytes).contains(&id)));
    // Two sources of one value are one row with both.
    let ids: BTreeSet<_> = feed.rows.iter().map(|row| row.id).collect();
    assert_eq!(ids.len(), feed.rows.len());
}

fn sids(feed: &Feed<'_>) -> BTreeMap<String, String> {
    let rules = suricata::render(feed);
    text(&rules)
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|rule| {
            let between = |from: &str| {
                let rest = &rule[rule.find(from).unwrap() + from.len()..];
                rest[..rest.find([';', ',']).unwrap()].to_owned()
            };
            (between("indicator "), between("sid:"))
        })
        .collect()
}

#[test]
fn no_rule_is_renumbered_by_another() {
    let before = sids(&World::fixture().feed());
    assert!(before.len() > 5, "{before:?}");
    let world = World::fixture()
        .with(IndicatorKind::Domain, "aaa.alpha.example", Role::C2)
        .without("api.alpha.example");
    let after = sids(&world.feed());
    let same: Vec<_> = before.keys().filter(|id| after.contains_key(*id)).collect();
    assert_eq!(same.len(), before.len() - 1);
    for id in same {
        assert_eq!(before[id], after[id]);
    }
    let numbers: BTreeSet<_> = after.values().collect();
    assert_eq!(numbers.len(), after.len(), "no number twice");
    for number in numbers {
        assert!((1_100_000_000..i32::MAX as u64).contains(&number.parse().unwrap()), "{number}");
    }
}

#[test]
fn what_others_share_is_blocked_only_after_somebody_looked() {
    let world = World::fixture();
    let feed = world.feed();
    for bytes in [suricata::render(&feed), rpz::render(&feed), yara::render(&feed)] {
        let text = text(&bytes);
        assert!(!text.contains("z.topwatch.example") && text.contains("a.topwatch.example"));
    }
    assert!(
        text(&lines::render(&feed)).contains("z.topwatch.example"),
        "it is listed all the same"
    );
}

#[test]
fn an_event_shrinks_and_moves_on_only_when_it_changed() {
    let events = |world: &World, before: Option<&[u8]>| -> BTreeMap<String, Vec<u8>> {
        misp::render(&world.feed(), before).into_iter().collect()
    };
    let first = events(&World::fixture(), None);
    let manifest = &first[misp::MANIFEST];
    let unchanged = events(&World::fixture().published_as(8), Some(manifest));
    assert_eq!(unchanged, first, "nothing changed, so nothing is to be taken anew");
    let shrunk = World::fixture().without("api.alpha.example").published_as(9);
    let shrunk = events(&shrunk, Some(manifest));
    let changed: Vec<_> = first
        .keys()
        .filter(|name| {
            first[*name] != shrunk[*name]
                && !["misp/manifest.json", "misp/hashes.csv"].contains(&name.as_str())
        })
        .collect();
    assert_eq!(changed.len(), 1, "one family had it");
    let (before, after): (Value, Value) = (
        serde_json::from_slice(&first[changed[0]]).unwrap(),
        serde_json::from_slice(&shrunk[changed[0]]).unwrap(),
    );
    let count = |event: &Value| event["Event"]["Attribute"].as_array().unwrap().len();
    assert_eq!(count(&after), count(&before) - 1);
    let second =
        |event: &Value| event["Event"]["timestamp"].as_str().unwrap().parse::<i64>().unwrap();
    assert!(second(&after) > second(&before), "whoever pulls takes it anew");
    for bytes in shrunk.values() {
        assert!(!text(bytes).contains("api.alpha.example"));
    }
    // A manifest that somebody broke is as good as none.
    assert_eq!(events(&World::fixture(), Some(b"[]")), first);
}

#[test]
fn a_filter_says_role_and_class_and_nothing_of_the_rest() {
    let world = World::fixture();
    let bytes = filter::render(&world.feed());
    let filter = Filter::from_bytes(&bytes).unwrap();
    let hit =
        filter.look_up(IndicatorKind::Domain, "x.C2.alpha.example.").expect("below a C2 host");
    assert_eq!((hit.roles, hit.classes), (vec![Role::C2], vec![Class::Stalkerware]));
    let visited = filter.look_up(IndicatorKind::Domain, "www.alpha.example").unwrap();
    assert_eq!(visited.roles, [Role::Website]);
    assert!(filter.look_up(IndicatorKind::Package, "com.example.alpha").is_some());
    assert!(filter.look_up(IndicatorKind::Domain, "com.example.alpha").is_none());
    assert!(filter.look_up(IndicatorKind::Domain, "example").is_none());
    let feed = world.feed();
    for row in
        feed.rows.iter().filter(|row| row.kind != IndicatorKind::CertificateCommonNamePattern)
    {
        assert!(filter.look_up(row.kind, row.value).is_some(), "{} {}", row.kind, row.value);
    }
    for cut in 0..bytes.len() {
        assert!(Filter::from_bytes(&bytes[..cut]).is_err(), "{cut}");
    }
    let mut more = bytes.clone();
    more.push(0);
    assert_eq!(Filter::from_bytes(&more).unwrap_err(), NotAFilter::Length);
    let mut swapped = bytes;
    swapped.swap(12, 20);
    assert_eq!(Filter::from_bytes(&swapped).unwrap_err(), NotAFilter::Order);
    assert_eq!(Filter::from_bytes(b"UNWFLT01\xff\xff\xff\xff").unwrap_err(), NotAFilter::Length);
}

#[test]
fn a_delta_says_what_came_changed_and_went() {
    let old = lines::render(&World::fixture().feed());
    let mut world = World::fixture().without("api.alpha.example").with(
        IndicatorKind::Domain,
        "new.alpha.example",
        Role::C2,
    );
    world.rows[1].1.push(Attributed { source: "other".to_owned(), class: Class::Watchware });
    let new = lines::render(&world.feed());
    let sides = (Side { sequence: 3, lines: &old }, Side { sequence: 5, lines: &new });
    let delta = between(sides.0, sides.1).unwrap();
    let delta: Vec<Value> =
        text(&delta).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |change: &str| -> Vec<&Value> {
        delta.iter().filter(|line| line["change"] == change).collect()
    };
    assert_eq!((&delta[0]["since"], &delta[0]["until"]), (&3.into(), &5.into()));
    assert_eq!(of("added").len(), 1);
    assert_eq!(of("added")[0]["value"], "new.alpha.example");
    assert_eq!(of("removed").len(), 1);
    assert_eq!(of("removed")[0].as_object().unwrap().len(), 2, "its id alone");
    assert!(!of("changed").is_empty());
    assert!(of("changed").iter().all(|line| line["class"] == "disputed"));
    // Applied to the old list it gives the new one.
    let mut rows: BTreeMap<String, Value> = BTreeMap::new();
    for line in text(&old).lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        rows.insert(row["id"].as_str().unwrap().to_owned(), row);
    }
    for line in &delta[1..] {
        let mut row = line.clone();
        let id = row["id"].as_str().unwrap().to_owned();
        if row.as_object_mut().unwrap().remove("change").unwrap() == "removed" {
            rows.remove(&id);
        } else {
            rows.insert(id, row);
        }
    }
    let expected: Vec<Value> =
        text(&new).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.into_values().collect::<Vec<_>>(), expected);
    let nothing = between(sides.1, Side { sequence: 6, lines: &new }).unwrap();
    assert_eq!(text(&nothing).lines().count(), 1);
    for broken in [&new[..new.len() - 1], b"{}\n", b"{\"id\":\"\xff\n"] {
        assert!(between(sides.0, Side { sequence: 6, lines: broken }).is_err());
    }
}

#[test]
fn hostile_names_break_no_file() {
    let mut world = World::fixture();
    world.rows[0].0.name =
        "Watch\"; drop any any -> any any (\n*.example CNAME .\r\u{1b}*/ <b>".to_owned();
    let world = World::of(world.rows);
    let feed = world.feed();
    let lines_of = |bytes: Vec<u8>| text(&bytes).lines().count();
    let plain = World::fixture();
    let plain = plain.feed();
    assert_eq!(lines_of(suricata::render(&feed)), lines_of(suricata::render(&plain)));
    assert_eq!(lines_of(rpz::render(&feed)), lines_of(rpz::render(&plain)));
    assert_eq!(lines_of(yara::render(&feed)), lines_of(yara::render(&plain)));
    assert!(!text(&atom::render(&feed, &[], &[], "")).contains("<b>"));
    for rule in text(&suricata::render(&feed)).lines().filter(|line| !line.starts_with('#')) {
        assert!(rule.starts_with("alert ") && rule.ends_with(";)"), "{rule}");
        assert_eq!(rule.matches('"').count() % 2, 0, "{rule}");
    }
}

#[test]
fn a_zone_names_addresses_as_resolvers_read_them() {
    let world = World::fixture().with(IndicatorKind::Address, "2001:db8::57:0:0:1", Role::C2).with(
        IndicatorKind::Address,
        "2001:db8::1",
        Role::C2,
    );
    let zone = rpz::render(&world.feed());
    let zone = text(&zone);
    for name in [
        "32.10.2.0.192.rpz-ip CNAME .",
        "128.1.0.0.57.zz.db8.2001.rpz-ip CNAME .",
        "128.1.zz.db8.2001.rpz-ip CNAME .",
    ] {
        assert!(zone.lines().any(|line| line == name), "{name} in\n{zone}");
    }
    assert!(zone.contains("( 7 3600"), "the serial is the release's number");
}

#[test]
fn words_without_a_review_say_so() {
    let words = || Words {
        discreet: "Look later.".to_owned(),
        title: "An app".to_owned(),
        text: "It watches.".to_owned(),
    };
    let mut of = Warnings {
        language: "en".to_owned(),
        version: 1,
        review: None,
        rules: Vec::new(),
        classes: BTreeMap::from([("stalkerware".to_owned(), words())]),
        roles: BTreeMap::new(),
    };
    let file: Value = serde_json::from_slice(&warnings::render(&of, "CC-BY-4.0")).unwrap();
    assert_eq!(file["reviewed"], false);
    assert!(file["not_reviewed"].as_str().unwrap().contains("do not show them"));
    of.review = Some(Review { by: "A shelter".to_owned(), on: "2026-11-23".to_owned() });
    let file: Value = serde_json::from_slice(&warnings::render(&of, "CC-BY-4.0")).unwrap();
    assert_eq!((&file["reviewed"], &file["review"]["on"]), (&true.into(), &"2026-11-23".into()));
    assert!(file.get("not_reviewed").is_none());
}
