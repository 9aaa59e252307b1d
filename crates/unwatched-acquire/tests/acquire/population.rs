//! A seeded population of phones, in the forms of many Androids and makers: all of it is read.
//!
//! Seeds other than these are tried as well: `UNWATCHED_SEEDS=3,9` names them.

use std::sync::LazyLock;

use unwatched_device::result::CheckResult;
use unwatched_fixtures::phone::population::{Kind, Phone, population};

use super::{check_android_qf_files, check_bytes};

fn seeds() -> Vec<u64> {
    match std::env::var("UNWATCHED_SEEDS") {
        Ok(named) => named.split(',').map(|seed| seed.trim().parse().unwrap()).collect(),
        Err(_) => vec![1, 20, 46],
    }
}

/// A phone of one seed, and what a check says of it by each kind of evidence.
struct Checked {
    seed: u64,
    phone: Phone,
    results: [(&'static str, CheckResult); 2],
}

static CHECKED: LazyLock<Vec<Checked>> = LazyLock::new(|| {
    let phones =
        seeds().into_iter().flat_map(|seed| population(seed).into_iter().map(move |p| (seed, p)));
    phones
        .map(|(seed, phone)| {
            let results = [
                ("bugreport", check_bytes(&phone.bugreport_zip(), None)),
                ("AndroidQF", check_android_qf_files(&phone.android_qf())),
            ];
            Checked { seed, phone, results }
        })
        .collect()
});

/// Every phone of a kind, by both kinds of evidence; what `look` finds wrong is collected.
fn wrong(kind: Kind, look: impl Fn(&Phone, &CheckResult) -> Option<String>) -> Vec<String> {
    let mut wrong = Vec::new();
    for Checked { seed, phone, results } in CHECKED.iter().filter(|c| c.phone.kind == kind) {
        for (evidence, result) in results {
            if let Some(what) = look(phone, result) {
                let (maker, release) = (phone.handset.maker, phone.handset.release);
                let label = &phone.label;
                wrong.push(format!(
                    "seed {seed}, {label}, {evidence}, {maker} with Android {release}: {what}"
                ));
            }
        }
    }
    wrong
}

#[test]
fn the_same_seed_gives_the_same_phones_and_another_gives_others() {
    let text = |seed| population(seed)[23].bugreport_text();
    assert_eq!(text(5), text(5));
    assert_ne!(text(5), text(6));
    assert_eq!(population(5).len(), 46);
}

#[test]
fn every_phone_is_read_without_a_problem() {
    for kind in [Kind::Clean, Kind::DualUse, Kind::Watcher, Kind::Engineer] {
        let wrong = wrong(kind, |phone, result| {
            let problems: Vec<_> =
                result.problems.iter().map(|p| format!("{}: {}", p.place, p.what)).collect();
            let release = phone.handset.release;
            if result.device.os_version.as_deref() != Some(release) {
                return Some(format!("Android {:?}", result.device.os_version));
            }
            (!problems.is_empty()).then(|| problems.join("; "))
        });
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
