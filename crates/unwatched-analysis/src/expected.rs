//! What must be expected where the code was not all read: every signal for which the app declares
//! what it takes. Nobody saw the code; that is no reason to hope.

use unwatched_model::report::{Evidence, HowSoon, Observable, Support};

use crate::capabilities::{Facts, listed};
use crate::catalogue::{Catalogue, Signal, Soon};
use crate::declarations::declares;
use crate::manifest::Manifest;
use crate::observable::WAYS_OUT;

/// The signals that the manifest alone speaks for, without those that were predicted; where these
/// classes are all that was not read, those that one of them could give.
pub(crate) fn expected(
    catalogue: &Catalogue,
    facts: &Facts<'_>,
    predicted: &[Observable],
    only: Option<&[String]>,
    max_evidence: usize,
) -> Vec<Observable> {
    let Some(manifest) = facts.manifest else { return Vec::new() };
    if !WAYS_OUT.iter().any(|name| manifest.permissions.contains(*name)) {
        return Vec::new();
    }
    let of_signal = |signal: &Signal| {
        if predicted.iter().any(|one| one.signal == signal.id) {
            return None;
        }
        let evidence = listed(declared(signal, manifest, facts, only), max_evidence).0;
        (!evidence.is_empty()).then(|| Observable {
            action: signal.action.clone(),
            signal: signal.id.clone(),
            how_soon: how_soon(signal),
            support: Support::Possible,
            inside: None,
            evidence,
            sentence: format!(
                "{} Its code could not all be read: expect that it reports.",
                signal.sentence
            ),
        })
    };
    catalogue.signals.iter().filter_map(of_signal).collect()
}

/// What the manifest brings to the ways of a signal of which it has its part.
fn declared(
    signal: &Signal,
    manifest: &Manifest,
    facts: &Facts<'_>,
    only: Option<&[String]>,
) -> Vec<Evidence> {
    let is_unread = |piece: &Evidence| {
        only.is_none_or(|only| {
            let class = piece.place.rsplit(' ').next().unwrap_or_default();
            only.iter().any(|unread| unread == class)
        })
    };
    let of_way = |blocks: &[Vec<_>]| {
        let mut evidence = Vec::new();
        for block in blocks {
            let found: Vec<Evidence> =
                block.iter().flat_map(|item| declares(item, manifest, facts.configs)).collect();
            if found.is_empty() {
                return Vec::new();
            }
            evidence.extend(found);
        }
        if evidence.iter().any(is_unread) { evidence } else { Vec::new() }
    };
    signal.ways.iter().flat_map(|way| of_way(&way.declared)).collect()
}

fn how_soon(signal: &Signal) -> HowSoon {
    match signal.how_soon {
        Soon::AtOnce => HowSoon::AtOnce,
        Soon::WhenConnected => HowSoon::WhenConnected,
        Soon::AtNextStart => HowSoon::AtNextStart,
        Soon::AtTheNextCommand => HowSoon::AtTheNextCommand,
        Soon::Interval => HowSoon::AfterItsInterval,
    }
}
