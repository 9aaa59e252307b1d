//! The proof on a seeded population of phones: what no list knows stands out, an ordinary phone
//! stays quiet.
//!
//! Seeds other than these are tried as well: `UNWATCHED_SEEDS=3,9` names them.

use std::fmt::Write as _;
use std::sync::LazyLock;

use unwatched_device::result::{Band, CheckResult, Finding, FindingKind, Outcome};
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

fn shown(finding: &Finding) -> String {
    let mut out =
        format!("{} {:?} {:?} {:?}", finding.id, finding.kind, finding.band, finding.score);
    for signal in &finding.signals {
        let _ = write!(out, " {}+{}", signal.rule, signal.weight);
    }
    out
}

fn about<'r>(result: &'r CheckResult, package: &str) -> Vec<&'r Finding> {
    let of_app = |finding: &&Finding| finding.kind != FindingKind::Access;
    result.findings.iter().filter(of_app).filter(|f| f.subject.name() == package).collect()
}

fn shown_all(findings: &[&Finding]) -> String {
    findings.iter().map(|finding| shown(finding)).collect::<Vec<_>>().join("; ")
}

#[test]
fn no_app_on_a_phone_that_nobody_watches_is_more_than_notable() {
    let wrong = wrong(Kind::Clean, |_, result| {
        let above = |finding: &&Finding| finding.band.is_some_and(|band| band < Band::Notable);
        let above: Vec<_> = result.findings.iter().filter(above).collect();
        (!above.is_empty()).then(|| shown_all(&above))
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nineteen_of_twenty_hidden_watchers_that_no_list_knows_show_strong_signs() {
    let wrong = wrong(Kind::Watcher, |phone, result| {
        let package = phone.planted[0].package.as_deref().unwrap();
        let found = about(result, package);
        let right = matches!(found.as_slice(), [one] if one.band == Some(Band::StrongSigns)
            && one.kind == FindingKind::Installed);
        (!right).then(|| format!("{package}: {}", shown_all(&found)))
    });
    for seed in seeds() {
        for evidence in ["bugreport", "AndroidQF"] {
            let of = |line: &&String| {
                line.starts_with(&format!("seed {seed},"))
                    && line.contains(&format!(", {evidence},"))
            };
            let missed = wrong.iter().filter(of).count();
            assert!(missed <= 1, "{}", wrong.join("\n"));
        }
    }
}

#[test]
fn every_unlisted_app_of_two_uses_is_told_once_as_one_and_never_as_more() {
    let wrong = wrong(Kind::DualUse, |phone, result| {
        let packages = phone.planted.iter().filter_map(|planted| planted.package.as_deref());
        let told: Vec<_> = packages
            .filter_map(|package| {
                let found = about(result, package);
                let at_most = [Some(Band::NeedsExpertLook), Some(Band::Notable)];
                let right = matches!(found.as_slice(), [one] if one.kind == FindingKind::DualUse
                    && at_most.contains(&one.band));
                (!right).then(|| format!("{package}: {}", shown_all(&found)))
            })
            .collect();
        (!told.is_empty()).then(|| told.join("; "))
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_way_in_of_somebody_who_knows_phones_is_told_as_access() {
    let wrong = wrong(Kind::Engineer, |phone, result| {
        let access = || result.findings.iter().filter(|f| f.kind == FindingKind::Access);
        let missed: Vec<_> = phone
            .planted
            .iter()
            .filter(|planted| match planted.package.as_deref() {
                Some(package) => !access().any(|f| f.signals[0].fact.contains(package)),
                None => !access().any(|f| f.id.starts_with("access:second_fingerprint")),
            })
            .collect();
        let ids: Vec<_> = access().map(|finding| finding.id.as_str()).collect();
        (!missed.is_empty()).then(|| format!("{missed:?}: only {ids:?}"))
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
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

#[test]
fn what_files_cannot_show_of_linked_messengers_is_said_with_the_question_to_ask() {
    for kind in [Kind::Clean, Kind::Engineer] {
        let wrong = wrong(kind, |_, result| {
            let said = result.checks.iter().any(|check| {
                check.outcome == Outcome::CouldNotCheck
                    && check.id.contains("messenger")
                    && check.why.contains('?')
            });
            (!said).then(|| "no check says so".to_owned())
        });
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
