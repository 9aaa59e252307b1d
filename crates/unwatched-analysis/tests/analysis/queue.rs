//! Where samples would wait: families that nobody listed before apps that only need much, and
//! nothing hidden about the latter.

use unwatched_fixtures::apk::gallery::{self, Half};
use unwatched_model::queue::{QueueOrder, order};
use unwatched_model::report::{Report, Support};

use super::report;

/// Apps for everyday use, with the half they stand in: older ones in the first.
fn benign() -> Vec<(String, Half, Report)> {
    let gallery = [
        gallery::hard_benign_automation(),
        gallery::hard_benign_screen_reader(),
        gallery::parental_control_visible(),
        gallery::device_management_agent(),
        gallery::plain_game(),
        gallery::library_only(),
    ];
    let named = gallery.iter().map(|app| (app.name, Half::Made, report(&app.bytes())));
    let everyday = gallery::everyday().into_iter();
    let everyday = everyday.map(|(name, app)| (name, Half::Made, report(&app.build())));
    let attached = gallery::attached().into_iter();
    let attached = attached.map(|(name, half, app)| (name, half, report(&app.build())));
    let all = named.chain(everyday).chain(attached);
    all.map(|(name, half, report)| (name.to_owned(), half, report)).collect()
}

/// Families that nobody listed, and shapes of them.
fn unlisted() -> Vec<(String, Half, Report)> {
    let families = gallery::families(11);
    assert_eq!(families.len(), 30);
    let families = families.into_iter().map(|(name, app)| (name, Half::Made, app));
    let all = families.chain(gallery::shapes(12));
    all.map(|(name, half, app)| (name.to_owned(), half, report(&app.build()))).collect()
}

fn place(report: &Report) -> (QueueOrder, Vec<&'static str>) {
    let order = order(report, false);
    (order, order.signs().map(|sign| sign.id.as_str()).collect())
}

#[test]
fn nothing_hidden_is_supported_of_apps_for_everyday_use() {
    let mut wrong = Vec::new();
    for (name, half, report) in benign() {
        assert_eq!(report.problems, [], "{name}");
        for found in &report.capabilities {
            if found.group == "stealth" && found.support == Support::Supported {
                wrong.push(format!("{half:?} {name}: {}: {:#?}", found.id, found.evidence));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn unlisted_families_wait_before_every_everyday_app() {
    let benign = benign();
    let ((first, first_signs), name) = benign
        .iter()
        .map(|(name, _, report)| (place(report), name))
        .max_by_key(|((order, _), _)| *order)
        .unwrap();
    let mut wrong = Vec::new();
    for (family, half, report) in unlisted() {
        let (order, signs) = place(&report);
        if order <= first {
            wrong.push(format!("{half:?} {family}: {signs:?}"));
        }
    }
    assert!(wrong.is_empty(), "not before {name}: {first_signs:?}:\n{}", wrong.join("\n"));
    let unknown = report(&gallery::unknown_stalkerware_like(9).bytes());
    assert!(place(&unknown).0 > first);
}

/// Whoever hides in one of these ways is said to hide, and not only put first for what it sees.
#[test]
fn ways_to_hide_are_supported() {
    // The code of these does not tell what it does with the icon.
    let open =
        ["icon off, the state is not told", "icon off with others at once, the state is not told"];
    for (family, half, report) in unlisted() {
        let mut stealth = report.capabilities.iter().filter(|found| found.group == "stealth");
        let supported = stealth.any(|found| found.support == Support::Supported);
        let is_open =
            open.contains(&family.as_str()) || family == "calls, opened by a secret number";
        assert_eq!(supported, !is_open, "{half:?} {family}");
    }
}
