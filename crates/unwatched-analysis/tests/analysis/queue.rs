//! Where samples would wait: families that nobody listed before apps that only need much, and
//! nothing hidden about the latter.

use unwatched_fixtures::apk::gallery;
use unwatched_model::queue::{QueueOrder, order};
use unwatched_model::report::{Report, Support};

use super::report;

fn benign() -> Vec<(String, Report)> {
    let gallery = [
        gallery::hard_benign_automation(),
        gallery::hard_benign_screen_reader(),
        gallery::parental_control_visible(),
        gallery::device_management_agent(),
        gallery::plain_game(),
        gallery::library_only(),
    ];
    let named = gallery.iter().map(|app| (app.name.to_owned(), report(&app.bytes())));
    let everyday = gallery::everyday().into_iter();
    named.chain(everyday.map(|(name, app)| (name.to_owned(), report(&app.build())))).collect()
}

fn place(report: &Report) -> (QueueOrder, Vec<&'static str>) {
    let order = order(report, false);
    (order, order.signs().map(|sign| sign.id.as_str()).collect())
}

#[test]
fn nothing_hidden_is_supported_of_apps_for_everyday_use() {
    let mut wrong = Vec::new();
    for (name, report) in benign() {
        assert_eq!(report.problems, [], "{name}");
        for found in &report.capabilities {
            if found.group == "stealth" && found.support == Support::Supported {
                wrong.push(format!("{name}: {}: {:#?}", found.id, found.evidence));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn unlisted_families_wait_before_every_everyday_app() {
    let benign: Vec<_> = benign();
    let (first, first_signs) = benign
        .iter()
        .map(|(name, report)| (place(report), name))
        .max_by_key(|((order, _), _)| *order)
        .map(|((order, signs), name)| (order, format!("{name}: {signs:?}")))
        .unwrap();
    let families = gallery::families(11);
    assert_eq!(families.len(), 30);
    let mut wrong = Vec::new();
    for (family, app) in families {
        let report = report(&app.build());
        let (order, signs) = place(&report);
        if order <= first {
            wrong.push(format!("{family}: {signs:?}"));
        }
    }
    assert!(wrong.is_empty(), "not before {first_signs}:\n{}", wrong.join("\n"));
    let unknown = report(&gallery::unknown_stalkerware_like(9).bytes());
    assert!(place(&unknown).0 > first);
}
