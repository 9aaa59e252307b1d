//! Which sightings are taken, and which are not.

use serde_json::json;
use unwatched_formats::taxii::Strictness;
use unwatched_formats::taxii::envelope::head;

use super::*;

const FAMILY: &str = "malware--00000000-0000-5000-8000-000000000001";
const PACKAGE: &str = "indicator--00000000-0000-5000-8000-000000000003";
const HOST: &str = "indicator--00000000-0000-5000-8000-000000000004";
const OWN_ID: &str = "identity--00000000-0000-5000-8000-000000000009";
const RED: &str = "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed";

fn known() -> Known {
    let mut known = Known::empty("2026-05-01T00:00:00Z".parse().unwrap());
    known.shared.extend([FAMILY, PACKAGE, HOST].map(str::to_owned));
    known.own = Some(OWN_ID.to_owned());
    known
}

fn sighting(change: &Value) -> String {
    let mut sighting = json!({
        "type": "sighting", "spec_version": "2.1",
        "id": "sighting--00000000-0000-4000-8000-000000000001",
        "created": "2026-04-02T00:00:00.000Z", "modified": "2026-04-02T00:00:00.000Z",
        "first_seen": "2026-01-01T00:00:00Z", "last_seen": "2026-03-31T23:59:59Z",
        "count": 12, "summary": true, "sighting_of_ref": FAMILY,
    });
    let members = sighting.as_object_mut().unwrap();
    for (key, value) in change.as_object().unwrap() {
        if value.is_null() {
            members.remove(key);
        } else {
            members.insert(key.clone(), value.clone());
        }
    }
    sighting.to_string()
}

fn look(known: &mut Known, json: &str) -> Result<(), String> {
    let head = head(json, Strictness::Stix).unwrap();
    known.looks_at(json, head).map(drop).map_err(|refused| refused.why)
}

#[test]
fn sums_over_quarters_are_taken() {
    for change in [
        json!({}),
        json!({ "last_seen": "2026-04-01T00:00:00Z" }),
        json!({ "last_seen": "2026-03-31T23:59:59.999999Z" }),
        json!({ "first_seen": "2025-10-01T00:00:00+00:00" }),
        json!({ "count": 999_999_999 }),
        json!({ "created_by_ref": OWN_ID }),
        json!({ "object_marking_refs": ["marking-definition--f88d31f6-486f-44da-b317-01333bde0b82"] }),
        json!({ "revoked": true }),
    ] {
        let taken = look(&mut known(), &sighting(&change));
        assert_eq!(taken, Ok(()), "{change}");
    }
}

#[test]
fn what_says_more_is_refused_by_its_name() {
    for (key, value) in [
        ("description", json!("a")),
        ("labels", json!(["a"])),
        ("external_references", json!([{ "source_name": "a" }])),
        ("x_note", json!("a")),
        ("extensions", json!({})),
        ("granular_markings", json!([])),
        ("observed_data_refs", json!([])),
        ("where_sighted_refs", json!([])),
        ("confidence", json!(7)),
        ("lang", json!("de")),
        ("count", json!(9)),
        ("count", json!(1_000_000_000)),
        ("count", json!("twelve")),
        ("count", Value::Null),
        ("summary", Value::Null),
        ("first_seen", Value::Null),
        ("first_seen", json!("2026-01-02T00:00:00Z")),
        ("first_seen", json!("2026-01-01T00:00:01Z")),
        ("first_seen", json!("2026-01-01T00:00:00+02:00")),
        ("last_seen", json!("2026-01-01T00:00:00Z")),
        ("last_seen", json!("2026-03-31T23:59:58Z")),
        ("last_seen", json!("2026-06-30T23:59:59Z")),
        ("object_marking_refs", json!([RED])),
        ("object_marking_refs", json!(["marking-definition--a"])),
        ("sighting_of_ref", json!("malware--00000000-0000-5000-8000-000000000002")),
        ("sighting_of_ref", json!("campaign--00000000-0000-5000-8000-000000000001")),
        ("created_by_ref", json!("identity--a clinic in the high street")),
        ("created_by_ref", json!("identity--00000000-0000-4000-8000-000000000001")),
        ("created_by_ref", json!(7)),
    ] {
        let why = look(&mut known(), &sighting(&json!({ key: value }))).unwrap_err();
        assert!(why.contains(&format!("`{key}`")), "{key}: {why}");
    }
    let why =
        look(&mut known(), &sighting(&json!({ "type": "malware", "id": FAMILY }))).unwrap_err();
    assert!(why.contains("only sightings"), "{why}");
}

#[test]
fn the_difference_of_two_says_nothing_of_one_person_either() {
    let mut known = known();
    let mut say = |count: u64| look(&mut known, &sighting(&json!({ "count": count })));
    assert_eq!(say(12), Ok(()));
    assert!(say(13).unwrap_err().contains("it was 12"));
    assert!(say(21).unwrap_err().contains("it was 12"));
    assert_eq!((say(22), say(12)), (Ok(()), Ok(())));
    assert!(say(40).unwrap_err().contains("3 versions"));
}

#[test]
fn nothing_is_counted_twice() {
    let mut known = known();
    assert_eq!(look(&mut known, &sighting(&json!({}))), Ok(()));
    let other = "sighting--00000000-0000-4000-8000-000000000002";
    let again = json!({ "id": other, "count": 13, "first_seen": "2025-10-01T00:00:00Z" });
    assert!(look(&mut known, &sighting(&again)).unwrap_err().contains("add a version"));
    let before = json!({ "id": other, "first_seen": "2025-10-01T00:00:00Z",
        "last_seen": "2025-12-31T23:59:59Z" });
    assert_eq!(look(&mut known, &sighting(&before)), Ok(()));
    let third = "sighting--00000000-0000-4000-8000-000000000003";
    known.of_others.insert(third.to_owned());
    let theirs = sighting(&json!({ "id": third }));
    assert!(look(&mut known, &theirs).unwrap_err().contains("another partner"));
}

#[test]
fn a_day_has_its_limit() {
    let mut known = known();
    let mut say = |number: usize| {
        let id = format!("sighting--00000000-0000-4000-8000-{number:012}");
        let (year, quarter) = (1700 + number / 4, number % 4 * 3 + 1);
        let (first, last) = (
            format!("{year}-{quarter:02}-01T00:00:00Z"),
            if quarter == 10 {
                format!("{}-01-01T00:00:00Z", year + 1)
            } else {
                format!("{year}-{:02}-01T00:00:00Z", quarter + 3)
            },
        );
        let change = json!({ "id": id, "first_seen": first, "last_seen": last });
        look(&mut known, &sighting(&change))
    };
    assert!((0..A_DAY).all(|number| say(number).is_ok()));
    assert!(say(A_DAY).unwrap_err().contains("sightings a day"));
}

#[test]
fn a_wrong_count_is_told_what_is_wrong_with_it() {
    for (count, words) in [
        (Value::Null, "missing"),
        (json!("12"), "without quotes"),
        (json!([12]), "a whole number"),
        (json!(true), "a whole number"),
        (json!(12.5), "without a fraction"),
        (json!(-12), "below 0"),
        (json!(-0.5), "below 0"),
        (json!(0), "leaving it out"),
        (json!(1), "one below 10"),
        (json!(9), "one below 10"),
        (json!(1_000_000_000), "at most 999999999"),
        (json!(u64::MAX), "at most 999999999"),
        (json!(1e30), "at most 999999999"),
    ] {
        let why = look(&mut known(), &sighting(&json!({ "count": count }))).unwrap_err();
        assert!(why.starts_with("`count`: ") && why.contains(words), "{count}: {why}");
    }
}

#[test]
fn families_and_indicators_are_not_counted_side_by_side() {
    let of = |name: u32, thing: &str, count: u32| {
        let id = format!("sighting--00000000-0000-4000-8000-{name:012}");
        sighting(&json!({ "id": id, "sighting_of_ref": thing, "count": count }))
    };
    let mut by_family = known();
    assert_eq!(look(&mut by_family, &of(1, FAMILY, 30)), Ok(()));
    let why = look(&mut by_family, &of(2, PACKAGE, 29)).unwrap_err();
    assert!(why.contains("counts a family") && why.contains("not both"), "{why}");
    // Nor by a version that counts something else, whatever its number.
    let turned = look(&mut by_family, &of(1, PACKAGE, 80)).unwrap_err();
    assert!(turned.contains("the same thing"), "{turned}");
    let mut by_indicator = known();
    assert_eq!(look(&mut by_indicator, &of(1, PACKAGE, 29)), Ok(()));
    assert_eq!(look(&mut by_indicator, &of(2, HOST, 12)), Ok(()));
    let why = look(&mut by_indicator, &of(3, FAMILY, 30)).unwrap_err();
    assert!(why.contains("counts an indicator"), "{why}");
    let mut other_quarter = of(3, FAMILY, 30);
    for (from, to) in [("2026-01-01", "2025-10-01"), ("2026-03-31", "2025-12-31")] {
        other_quarter =
            other_quarter.replace(&format!("seen\":\"{from}"), &format!("seen\":\"{to}"));
    }
    assert_eq!(look(&mut by_indicator, &other_quarter), Ok(()));
}

mod drawn {
    use proptest::prelude::*;

    use super::*;

    /// A sighting's number, what it counts, its first quarter and how many, its count.
    type Drawn = (u32, usize, usize, usize, u64, bool);

    const THINGS: [&str; 3] = [FAMILY, PACKAGE, HOST];
    const STARTS: [&str; 5] = ["2025-01", "2025-04", "2025-07", "2025-10", "2026-01"];

    fn json((name, thing, first, quarters, count, revoked): Drawn, version: usize) -> String {
        let end = STARTS[(first + quarters).min(STARTS.len() - 1)];
        let id = format!("sighting--00000000-0000-4000-8000-{name:012}");
        sighting(&json!({
            "id": id, "sighting_of_ref": THINGS[thing], "count": count, "revoked": revoked,
            "modified": format!("2026-04-02T00:00:{:02}.000Z", version % 60),
            "first_seen": format!("{}-01T00:00:00Z", STARTS[first]),
            "last_seen": format!("{end}-01T00:00:00Z"),
        }))
    }

    proptest! {
        /// Of all versions that were ever taken of one partner, for all were read: what meets in
        /// time is of one level, counts one thing under one id, and differs by nobody or by ten.
        #[test]
        fn no_two_counts_part_one_person(
            drawn in prop::collection::vec(
                (0..4_u32, 0..3_usize, 0..4_usize, 1..3_usize, 8..60_u64, any::<bool>()), 1..40)
        ) {
            let mut known = known();
            let mut taken: Vec<(u32, Sum)> = Vec::new();
            for (version, one) in drawn.into_iter().enumerate() {
                let json = json(one, version);
                if look(&mut known, &json).is_ok() {
                    let said: Map<String, Value> = serde_json::from_str(&json).unwrap();
                    taken.push((one.0, Sum::of(&said).unwrap()));
                }
            }
            for (at, (name, one)) in taken.iter().enumerate() {
                prop_assert!(one.count >= AT_LEAST);
                let after = &taken[at + 1..];
                for (other, later) in after.iter().filter(|(_, l)| l.quarters.meet(one.quarters)) {
                    prop_assert_eq!(one.is_of_family(), later.is_of_family());
                    prop_assert_eq!(name == other, one.of == later.of);
                }
                if let Some((_, next)) = after.iter().find(|(other, _)| other == name) {
                    let apart = next.count.abs_diff(one.count);
                    prop_assert!(apart == 0 || apart >= AT_LEAST, "{} and {}", one.count, next.count);
                }
            }
        }
    }
}
