//! Evidence that lies at hand for an opinion: what the family's samples can do, put to the criteria
//! it bears on. It is offered, never taken: an analysis explains, and a partner decides.

use std::collections::BTreeSet;

use unwatched_analysis::catalogue::catalogue;
use unwatched_model::digest::Sha256;
use unwatched_model::family::FamilyId;
use unwatched_model::indicator::IndicatorKind;
use unwatched_model::report::{Report, said_of};
use unwatched_store::Visible;

use crate::http::problem::Problem;
use crate::state::AppState;
use crate::views::forms::BearingPiece;
use crate::views::words;

/// Beyond so many samples a form has more than anybody reads.
const MAX_SAMPLES: usize = 5;
/// So many are tried: not each has a report.
const TRIED: u32 = 20;
/// So many of the family's indicators are looked at for samples.
const MAX_INDICATORS: u32 = 500;
/// So many places of one capability.
const MAX_PLACES: usize = 3;

/// The evidence that the family's samples give, of those that the reader sees here.
pub(super) async fn on_family(
    state: &AppState,
    family: &FamilyId,
    to: &Visible,
) -> Result<Vec<BearingPiece>, Problem> {
    let mut samples = BTreeSet::new();
    for row in state.store.first_indicators_of(family, MAX_INDICATORS, to).await? {
        match row.indicator.kind {
            IndicatorKind::FileSha256 => samples.extend(row.normalised.parse::<Sha256>().ok()),
            IndicatorKind::Package => {
                let package = &row.indicator.value;
                samples.extend(state.store.samples_of_package(package, TRIED, to).await?);
            }
            IndicatorKind::CertificateSha1 | IndicatorKind::CertificateSha256 => {
                let digest = &row.normalised;
                samples.extend(state.store.samples_with_certificate(digest, TRIED, to).await?);
            }
            _ => {}
        }
        if samples.len() >= TRIED as usize {
            break;
        }
    }
    let mut pieces = Vec::new();
    let mut reports = 0;
    // What partners said first: they looked at the sample, where an indicator only matches it.
    let said = state.store.samples_said_of(family, TRIED, to).await?;
    samples.retain(|sample| !said.contains(sample));
    for sample in said.into_iter().chain(samples) {
        let Some(report) = state.store.report(&sample, to).await? else { continue };
        pieces.extend(of_report(&report));
        reports += 1;
        if reports == MAX_SAMPLES {
            break;
        }
    }
    Ok(pieces)
}

fn of_report(report: &Report) -> impl Iterator<Item = BearingPiece> {
    let sample = report.sha256;
    report.capabilities.iter().filter_map(move |capability| {
        let rule = catalogue().rule(&capability.id)?;
        let first = capability.evidence.first()?;
        let places = capability.evidence.iter().take(MAX_PLACES);
        Some(BearingPiece {
            criteria: rule.criteria.clone(),
            sample,
            capability: capability.id.clone(),
            name: words::shown(&said_of(capability.inside.as_deref(), &capability.name)),
            support: words::support(capability.support).words,
            place: words::shown(&first.place),
            places: places
                .map(|piece| {
                    format!("{}: {}", words::plain(&piece.kind), words::shown(&piece.value))
                })
                .collect(),
            more: capability.evidence.len().saturating_sub(MAX_PLACES),
        })
    })
}
