//! By which actions the other side would notice: each signal of `catalogue/observable.toml` against
//! what was read.
//!
//! Only what the app's own code would do is predicted. That something is not listed never means
//! that it goes unnoticed.

use std::collections::BTreeSet;

use unwatched_model::report::{Capability, Evidence, HowSoon, Observable, Support, Tier};

use crate::capabilities::{Facts, code_blocks, listed};
use crate::catalogue::{Catalogue, CodePattern, REPORTS, Signal, Soon, Way};
use crate::declarations::{components, declares};
use crate::dex::facts::Interval;
use crate::findings::evidence;
use crate::manifest::{Component, Manifest};

/// Without one of these nothing can be reported.
pub(crate) const WAYS_OUT: [&str; 2] =
    ["android.permission.INTERNET", "android.permission.SEND_SMS"];
/// What comes round more often is rarely what reports.
const SHORTEST_OF_SEVERAL_SECONDS: u64 = 60;

/// Every signal that the app's code would give, in the catalogue's order.
pub(crate) fn predict(
    catalogue: &Catalogue,
    facts: &Facts<'_>,
    capabilities: &[Capability],
    max_evidence: usize,
) -> Vec<Observable> {
    let Some(manifest) = facts.manifest else { return Vec::new() };
    if !WAYS_OUT.iter().any(|name| manifest.permissions.contains(*name)) {
        return Vec::new();
    }
    let sends = capabilities
        .iter()
        .any(|known| known.support == Support::Supported && REPORTS.contains(&known.id.as_str()));
    let app = App { catalogue, facts, manifest };
    let predicted = catalogue.signals.iter().filter_map(|signal| {
        let ways: Vec<Met<'_>> = signal.ways.iter().filter_map(|way| app.met(way)).collect();
        let shape = ways.iter().map(|met| met.support).min()?;
        let support = if sends { shape } else { Support::Possible };
        let how_soon = how_soon(signal, || app.interval(&ways, shape));
        Some(Observable {
            action: signal.action.clone(),
            signal: signal.id.clone(),
            how_soon,
            support,
            inside: None,
            sentence: sentence(signal, how_soon, sends, shape),
            evidence: listed(evidence_of(ways), max_evidence).0,
        })
    });
    predicted.collect()
}

/// A way that is met.
struct Met<'c> {
    way: &'c Way,
    /// Supported, or possible where its shape also stands in what reports nothing.
    support: Support,
    evidence: Vec<Evidence>,
}

/// Of the strongest ways first.
fn evidence_of(mut ways: Vec<Met<'_>>) -> Vec<Evidence> {
    ways.sort_by_key(|met| met.support);
    ways.into_iter().flat_map(|met| met.evidence).collect()
}

struct App<'a> {
    catalogue: &'a Catalogue,
    facts: &'a Facts<'a>,
    manifest: &'a Manifest,
}

impl<'a> App<'a> {
    fn met<'c>(&self, way: &'c Way) -> Option<Met<'c>> {
        let mut met =
            Met { way, support: way.at_most.unwrap_or(Support::Supported), evidence: Vec::new() };
        let (declared, running) = self.declared(way)?;
        met.evidence.extend(declared);
        if !way.its_class.is_empty() {
            let of_class = |one: &Running<'_>| self.of_class(way, one.component);
            let (seen, support) = running
                .iter()
                .map(|one| (of_class(one), one.support))
                .filter(|(seen, _)| !seen.is_empty())
                .min_by_key(|(_, support)| *support)?;
            met.evidence.extend(seen);
            met.support = met.support.max(support);
        } else if let Some(best) = running.iter().map(|one| one.support).min() {
            met.support = met.support.max(best);
        }
        if !way.code.is_empty() {
            let blocks = way.code.iter().map(Vec::as_slice);
            let code = code_blocks(self.catalogue, blocks, self.facts, false);
            if !code.met {
                return None;
            }
            met.evidence.extend(code.evidence);
        }
        Some(met)
    }

    /// The evidence for all that must be declared, and the components among it that can run.
    fn declared(&self, way: &Way) -> Option<(Vec<Evidence>, Vec<Running<'a>>)> {
        let (mut evidence, mut all_running) = (Vec::new(), Vec::new());
        for block in &way.declared {
            let declared = block
                .iter()
                .flat_map(|item| declares(item, self.manifest, self.facts.configs))
                .collect::<Vec<_>>();
            let about = block.iter().filter_map(|item| components(item, self.manifest));
            let running: Vec<Running<'a>> =
                about.clone().flatten().filter_map(|one| self.running(one)).collect();
            let only_components = about.count() == block.len();
            if declared.is_empty() || (only_components && running.is_empty()) {
                return None;
            }
            evidence.extend(declared);
            all_running.extend(running);
        }
        Some((evidence, all_running))
    }

    /// Whether a component is switched on, or the app's code can switch it on.
    fn running(&self, component: &'a Component) -> Option<Running<'a>> {
        let does = |blocks: &[CodePattern]| {
            code_blocks(self.catalogue, [blocks].into_iter(), self.facts, false).met
        };
        let switching = &self.catalogue.switching;
        let support = if component.enabled || does(&switching.on) {
            Support::Supported
        } else if does(&switching.perhaps) {
            Support::Possible
        } else {
            return None;
        };
        Some(Running { component, support })
    }

    /// What the component's class does of what the way asks of it.
    fn of_class(&self, way: &Way, component: &Component) -> Vec<Evidence> {
        let code = &self.catalogue.code;
        let items = way.its_class.iter().filter_map(|written| code.item(written));
        items
            .filter_map(|item| {
                let place = self.facts.code.done_by(&component.name, item)?;
                let about = &code.items[item];
                let place = format!("{place} (implementing it)");
                Some(evidence(Tier::Referenced, about.kind, &about.value, &place))
            })
            .collect()
    }

    /// The interval by which a report that stays away is noticed, where it can be told.
    fn interval(&self, ways: &[Met<'_>], strongest: Support) -> Option<u64> {
        let of_way = |met: &Met<'_>| -> Vec<Interval> {
            let items = met.way.code.iter().flatten();
            let used =
                items.filter_map(|item| self.facts.code.items.get(self.catalogue.code.item(item)?));
            used.flat_map(|used| used.intervals.iter().copied()).collect()
        };
        let strong = ways.iter().filter(|met| met.support == strongest);
        let all: BTreeSet<Interval> = strong.flat_map(of_way).collect();
        let of_senders = all.iter().filter(|interval| interval.sends);
        let senders: BTreeSet<u64> = of_senders.map(|interval| interval.seconds).collect();
        told(&senders).or_else(|| told(&all.iter().map(|interval| interval.seconds).collect()))
    }
}

/// A component that is declared and can run.
struct Running<'m> {
    component: &'m Component,
    support: Support,
}

/// The only interval, or of several the shortest one that can be a report's: which of them reports
/// is not known, and the shortest is noticed first.
fn told(intervals: &BTreeSet<u64>) -> Option<u64> {
    match intervals.len() {
        1 => intervals.first().copied(),
        _ => intervals.range(SHORTEST_OF_SEVERAL_SECONDS..).next().copied(),
    }
}

fn how_soon(signal: &Signal, interval: impl FnOnce() -> Option<u64>) -> HowSoon {
    match signal.how_soon {
        Soon::AtOnce => HowSoon::AtOnce,
        Soon::WhenConnected => HowSoon::WhenConnected,
        Soon::AtNextStart => HowSoon::AtNextStart,
        Soon::AtTheNextCommand => HowSoon::AtTheNextCommand,
        Soon::Interval => match interval() {
            Some(seconds) => HowSoon::AfterSeconds(seconds),
            None => HowSoon::AfterItsInterval,
        },
    }
}

fn sentence(signal: &Signal, how_soon: HowSoon, sends: bool, shape: Support) -> String {
    let interval = match how_soon {
        HowSoon::AfterSeconds(seconds) => {
            format!(" The interval in its code is {}.", words(seconds))
        }
        HowSoon::AfterItsInterval => {
            " The interval is not written in its code; expect minutes.".to_owned()
        }
        _ => String::new(),
    };
    let sure = match (sends, shape) {
        (true, Support::Supported) => "",
        (true, _) => {
            " Code like this also stands in apps that report nothing of it: expect that it reports."
        }
        (false, _) => {
            " Code that sends was not seen, but it may use the network: expect that it reports."
        }
    };
    format!("{}{interval}{sure}", signal.sentence)
}

/// An interval as people say it.
fn words(seconds: u64) -> String {
    let (count, unit) = match seconds {
        0..120 => (seconds, "second"),
        120..7200 => (seconds / 60, "minute"),
        7200..172_800 => (seconds / 3600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{s}")
}
