//! By which actions the other side would notice: each signal of `catalogue/observable.toml` against
//! what was read.
//!
//! Only what the app's own code would do is predicted. That something is not listed never means
//! that it goes unnoticed.

use std::collections::BTreeSet;

use unwatched_model::report::{Capability, Evidence, HowSoon, Observable, Support};

use crate::capabilities::{Facts, code_blocks, listed};
use crate::catalogue::{Catalogue, Signal, Soon, Way};
use crate::declarations::declares;

/// Capabilities by which what was noticed reaches somebody.
const REPORTS: [&str; 8] = [
    "exfiltration",
    "uploads_files",
    "remote_channel",
    "remote_view",
    "sends_to_chat_bot",
    "sends_mail",
    "sends_sms",
    "remote_sms",
];
/// Without one of these nothing can be reported.
pub(crate) const WAYS_OUT: [&str; 2] =
    ["android.permission.INTERNET", "android.permission.SEND_SMS"];

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
    let predicted = catalogue.signals.iter().filter_map(|signal| {
        let ways: Vec<Evidence> =
            signal.ways.iter().filter_map(|way| met(catalogue, way, facts)).flatten().collect();
        if ways.is_empty() {
            return None;
        }
        let how_soon = how_soon(catalogue, signal, facts);
        Some(Observable {
            action: signal.action.clone(),
            signal: signal.id.clone(),
            how_soon,
            support: if sends { Support::Supported } else { Support::Possible },
            inside: None,
            evidence: listed(ways, max_evidence).0,
            sentence: sentence(signal, how_soon, sends),
        })
    });
    predicted.collect()
}

fn met(catalogue: &Catalogue, way: &Way, facts: &Facts<'_>) -> Option<Vec<Evidence>> {
    let manifest = facts.manifest?;
    let mut evidence = Vec::new();
    for block in &way.declared {
        let declared: Vec<Evidence> =
            block.iter().flat_map(|item| declares(item, manifest, facts.configs)).collect();
        if declared.is_empty() {
            return None;
        }
        evidence.extend(declared);
    }
    let code = code_blocks(catalogue, way.code.iter().map(Vec::as_slice), facts, false);
    if !code.met {
        return None;
    }
    evidence.extend(code.evidence);
    Some(evidence)
}

fn how_soon(catalogue: &Catalogue, signal: &Signal, facts: &Facts<'_>) -> HowSoon {
    match signal.how_soon {
        Soon::AtOnce => HowSoon::AtOnce,
        Soon::WhenConnected => HowSoon::WhenConnected,
        Soon::AtNextStart => HowSoon::AtNextStart,
        Soon::AtTheNextCommand => HowSoon::AtTheNextCommand,
        // Of several intervals the shortest is noticed first.
        Soon::Interval => match periods_seconds(catalogue, signal, facts).first() {
            Some(seconds) => HowSoon::AfterSeconds(*seconds),
            None => HowSoon::AfterItsInterval,
        },
    }
}

fn periods_seconds(catalogue: &Catalogue, signal: &Signal, facts: &Facts<'_>) -> BTreeSet<u64> {
    let items = signal.ways.iter().flat_map(|way| way.code.iter().flatten());
    let used = items.filter_map(|item| facts.code.items.get(catalogue.code.item(item)?));
    used.flat_map(|used| used.periods_seconds.iter().copied()).collect()
}

fn sentence(signal: &Signal, how_soon: HowSoon, sends: bool) -> String {
    let interval = match how_soon {
        HowSoon::AfterSeconds(seconds) => {
            format!(" The interval in its code is {}.", words(seconds))
        }
        HowSoon::AfterItsInterval => {
            " The interval is not written in its code; expect minutes.".to_owned()
        }
        _ => String::new(),
    };
    let sure = if sends {
        ""
    } else {
        " Code that sends was not seen, but it may use the network: expect that it reports."
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
