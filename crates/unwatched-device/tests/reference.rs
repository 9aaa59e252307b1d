//! The pages of `docs/reference/` that come out of this crate's catalogue. `UPDATE_EXPECT=1`
//! writes them.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use unwatched_device::catalogue::{Group, catalogue};

fn group(group: Group) -> &'static str {
    match group {
        Group::L => "identity",
        Group::P => "powers (P)",
        Group::C => "concealment (C)",
        Group::O => "origin (O)",
        Group::D => "data (D)",
        Group::S => "settings",
        Group::H => "history",
        Group::A => "access (A)",
    }
}

fn findings_page() -> String {
    let catalogue = catalogue();
    let bands = &catalogue.bands;
    let mut page = String::from(
        "# The checker's rules\n\nWritten from `catalogue/findings.toml` by a test; change it there.\n\n",
    );
    let _ = writeln!(
        page,
        "Points add up per app. From {} on: `strong_signs`, if the rules are of {} groups among P, C, O \
         and D, at least one of them C or O, and the app is not openly there (an icon, and the Play \
         Store or another curated store that is on the phone, by every record). From {} on: `needs_expert_look`. From {} on: `notable`. Below, an app \
         is counted in `background_count` and never named; so is an app that is openly there and \
         meets rules of group D only, or besides them P5 for one kind of access; with more kinds it is \
         `notable` at most. Rule O3 does not count for an app that is openly there. Apps that came with the phone are \
         not scored, but where O5 doubts that they did: then `needs_expert_look` at most. An app whose name stays \
         private is told of without it (A_unnamed). Points never add to an identity; the higher band counts.\n",
        bands.strong_signs, bands.strong_signs_groups, bands.needs_expert_look, bands.notable
    );
    page.push_str("| rule | group | points | what was observed |\n|---|---|---|---|\n");
    for rule in catalogue.rules() {
        let fact = rule.signal(&[], String::new()).fact;
        let _ = writeln!(
            page,
            "| `{}` | {} | {} | {} |",
            rule.id,
            group(rule.group),
            rule.weight,
            fact.replace('|', "\\|")
        );
    }
    page
}

#[test]
fn the_page_of_rules_is_what_the_catalogue_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/findings.md");
    let page = findings_page();
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(written, page, "run with UPDATE_EXPECT=1 and look");
}

#[test]
fn bands_and_points_are_those_of_the_design() {
    let points = |id: &str| catalogue().rule(id).weight;
    let all = ["P2", "P3", "P4", "C1", "C2", "O1", "O2", "D1"].map(points);
    assert_eq!(all, [25, 30, 20, 30, 25, 20, 15, 20]);
    assert!(
        ["L1", "L2", "L2_hash", "L3", "L3_certificate", "P1"].map(points).iter().all(|p| *p == 0)
    );
    let bands = &catalogue().bands;
    assert_eq!((bands.strong_signs, bands.needs_expert_look, bands.notable), (80, 45, 20));
}
