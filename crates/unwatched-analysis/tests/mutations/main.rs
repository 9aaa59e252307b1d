//! Ten thousand damaged apps: no reader panics, none takes more than its share of time and memory,
//! and what a report lacks because of the damage is named in it.
//!
//! Which files are damaged is in `fixtures`. A program of its own, with one test, so that the memory counted is that of one analysis.

mod fixtures;

use std::collections::{BTreeMap, BTreeSet};

use nix::time::{ClockId, clock_gettime};
use peak_alloc::PeakAlloc;
use unwatched_analysis::{Limits, analyze};
use unwatched_fixtures::mutation::{Damage, damages, mutations, unsigned};
use unwatched_model::report::{FileFormat, Report, Support};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Over all fixtures.
const MUTATIONS: usize = 10_000;
/// Of these, one in so many is blind, and one in so many hits the file as it is signed.
const BLIND_ONE_IN: usize = 4;
const SIGNED_ONE_IN: usize = 8;
const MOST_BYTES: usize = 256 << 20;
const MOST_CPU_MS: i64 = 2_000;

/// What one analysis took.
struct Taken {
    bytes: usize,
    cpu_ms: i64,
}

fn measured(bytes: &[u8]) -> (Report, Taken) {
    MEMORY.reset_peak_usage();
    let (before, started) = (MEMORY.current_usage(), cpu_ms());
    let report = analyze(None, bytes, &Limits::default());
    let bytes = MEMORY.peak_usage().saturating_sub(before);
    (report, Taken { bytes, cpu_ms: cpu_ms() - started })
}

/// This thread's own time: what else the machine does is not counted.
fn cpu_ms() -> i64 {
    let time = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).expect("this thread's time");
    time.tv_sec() * 1000 + time.tv_nsec() / 1_000_000
}

/// What a reader of the report learns of the app.
fn learned(report: &Report) -> BTreeSet<String> {
    let capabilities = report
        .capabilities
        .iter()
        .filter(|capability| capability.support != Support::Weak)
        .map(|capability| format!("capability {}", capability.id));
    let endpoints = report.endpoints.iter().map(|endpoint| format!("address {}", endpoint.value));
    let package = report.package.iter().map(|package| format!("package {package}"));
    capabilities.chain(endpoints).chain(package).collect()
}

/// What a report names as wrong.
fn named(report: &Report) -> BTreeSet<String> {
    let problems =
        report.problems.iter().map(|problem| format!("{} in {}", problem.what, problem.place));
    let anomalies =
        report.anomalies.iter().map(|anomaly| format!("{} in {}", anomaly.id, anomaly.place));
    problems.chain(anomalies).collect()
}

/// Why a report of a damaged file is not as it must be.
fn wrong(whole: &Report, damage: &Damage, report: &Report, taken: &Taken) -> Option<String> {
    if let Some(problem) =
        report.problems.iter().find(|problem| problem.what.contains("unexpectedly"))
    {
        return Some(format!("a reader panicked: {} in {}", problem.what, problem.place));
    }
    if taken.cpu_ms > MOST_CPU_MS {
        return Some(format!("it took more than {MOST_CPU_MS} ms"));
    }
    if taken.bytes > MOST_BYTES {
        return Some(format!("it took more than {MOST_BYTES} bytes"));
    }
    let silent = report.format == FileFormat::Apk && named(report).is_subset(&named(whole));
    if damage.malformed && silent {
        let lacks: Vec<_> = learned(whole).difference(&learned(report)).cloned().collect();
        if !lacks.is_empty() {
            return Some(format!("nothing is named and it lacks {}", lacks.join(", ")));
        }
    }
    None
}

#[test]
fn ten_thousand_damaged_apps_each_give_a_report_that_names_the_damage() {
    let apps = fixtures::all();
    let each = MUTATIONS.div_ceil(apps.len());
    let (mut tried, mut malformed, mut lacking, mut named_ones) = (0, 0, 0, 0);
    let mut most = Taken { bytes: 0, cpu_ms: 0 };
    let mut wrongs: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (number, app) in apps.iter().enumerate() {
        let bytes = &app.bytes;
        // Without a signature, which every change breaks: the readers themselves must notice.
        let bare = unsigned(bytes);
        let (whole, _) = measured(&bare);
        let seed = number as u64;
        // A checksum covers whatever says something of the app, so that no loss is a change of mind.
        let blind = mutations(&bare, each / BLIND_ONE_IN, seed).map(|bytes| Damage {
            what: "blind".to_owned(),
            bytes,
            malformed: true,
        });
        // What a change to a signed file means is said by its signatures.
        let signed = mutations(bytes, each / SIGNED_ONE_IN, seed).map(|bytes| Damage {
            what: "blind, as it is signed".to_owned(),
            bytes,
            malformed: false,
        });
        let left = each - each / BLIND_ONE_IN - each / SIGNED_ONE_IN;
        let aimed = damages(bytes, left, seed);
        for damage in blind.chain(signed).chain(aimed) {
            let (report, taken) = measured(&damage.bytes);
            tried += 1;
            malformed += usize::from(damage.malformed);
            lacking +=
                usize::from(damage.malformed && !learned(&whole).is_subset(&learned(&report)));
            named_ones += usize::from(!named(&report).is_subset(&named(&whole)));
            most.bytes = most.bytes.max(taken.bytes);
            most.cpu_ms = most.cpu_ms.max(taken.cpu_ms);
            if let Some(why) = wrong(&whole, &damage, &report, &taken) {
                wrongs.entry(why).or_default().push(format!("{}: {}", app.name, damage.what));
            }
        }
    }
    println!(
        "{tried} damaged copies of {} fixtures, {malformed} malformed for certain of which {lacking} lack \
         something, {named_ones} with something named; at most {} ms and {} KiB for one",
        apps.len(),
        most.cpu_ms,
        most.bytes >> 10,
    );
    assert!(apps.len() > 350, "only {} fixtures", apps.len());
    let told: Vec<_> = wrongs
        .iter()
        .map(|(why, damages)| format!("{} times {why}\n    such as {}", damages.len(), damages[0]))
        .collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
    assert!(tried >= MUTATIONS && lacking > tried / 10, "{lacking} of {tried} lack something");
}
