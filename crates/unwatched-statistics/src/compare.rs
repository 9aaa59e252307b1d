//! Whether two rows may be compared: yes, with caution, or no, each with every reason that applies.
//! Computes nothing: see [`crate::derive`].
//!
//! The answer does not depend on which row is named first; "earlier" and "later" are the rows' periods.

use rust_decimal::Decimal;
use serde::Serialize;

use crate::code_lists::{Measure, ObsStatus, closed_list};
use crate::observation::{Facet, FamilyScope, Observation};
use crate::reason::Reason;
use crate::value::{Number, Value};

/// Below this a percentage of change is one of chance.
const SMALL: u32 = 30;

closed_list! {
    /// Whether they may be compared.
    Answer, "answer" {
        /// They may.
        Comparable = "comparable",
        /// They may, with the reasons beside them.
        WithCaution = "with_caution",
        /// They may not.
        NotComparable = "not_comparable",
    }
}

/// An answer and its reasons, in the order of the list of codes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// Whether.
    pub answer: Answer,
    /// Why not, or why with caution.
    pub codes: Vec<Reason>,
}

/// Compares two rows.
pub fn compare(a: &Observation, b: &Observation) -> Comparison {
    let codes: Vec<_> =
        Reason::ALL.iter().copied().filter(|&reason| applies(reason, a, b)).collect();
    let answer = if codes.is_empty() {
        Answer::Comparable
    } else if codes.iter().all(|code| code.is_caution()) {
        Answer::WithCaution
    } else {
        Answer::NotComparable
    };
    Comparison { answer, codes }
}

fn applies(reason: Reason, a: &Observation, b: &Observation) -> bool {
    match reason {
        Reason::UnitDiffers => unit_differs(a, b),
        Reason::PeriodLength => !same_length(a, b),
        Reason::MonthsDiffer => same_length(a, b) && !same_months(a, b),
        Reason::EndpointComparison => {
            either(a, b, |row| row.change.as_ref().is_some_and(|change| change.endpoints))
        }
        Reason::BaseMissing => either(a, b, |row| {
            row.measure == Measure::PublishedChange || row.value == Value::Absent
        }),
        Reason::DenominatorMissing => {
            either(a, b, |row| row.measure.is_telemetry() && row.base().is_none())
        }
        Reason::DefinitionChanged => definition_changed(a, b),
        Reason::AreaChanged => a.area != b.area || a.area_assigned != b.area_assigned,
        Reason::FamilyLevel => !same_family(&a.family, &b.family),
        Reason::CoverageChanged => coverage_changed(a, b),
        Reason::SourceDiffers => a.source != b.source,
        Reason::SmallBase => either(a, b, is_small),
        Reason::SuspectedBreak => later(a, b).is_some_and(|row| row.obs_status == ObsStatus::Break),
    }
}

fn either(a: &Observation, b: &Observation, holds: impl Fn(&Observation) -> bool) -> bool {
    holds(a) || holds(b)
}

fn unit_differs(a: &Observation, b: &Observation) -> bool {
    let change_of = |row: &Observation| row.change.as_ref().map(|change| change.measure);
    let counted = |row: &Observation| {
        [Facet::CheckResult, Facet::CallerType].map(|facet| row.facets.get(&facet).cloned())
    };
    a.measure != b.measure
        || a.unit != b.unit
        || a.dedup != b.dedup
        || change_of(a) != change_of(b)
        || counted(a) != counted(b)
}

/// In months where both are made of whole ones: a February is as long as a March.
fn same_length(a: &Observation, b: &Observation) -> bool {
    let (a, b) = (a.period.interval(), b.period.interval());
    match (a.whole_months(), b.whole_months()) {
        (Some(a), Some(b)) => a == b,
        _ => a.days() == b.days() || a.same_season(b),
    }
}

/// The same days of the calendar in any years; of weeks, the same week.
fn same_months(a: &Observation, b: &Observation) -> bool {
    let (a, b) = (a.period.interval(), b.period.interval());
    let week = |interval: crate::period::Interval| {
        use crate::code_lists::Granularity::Week;
        interval.is(Week).then(|| interval.start().iso_week_date().week())
    };
    a.same_season(b) || week(a).is_some_and(|number| week(b) == Some(number))
}

fn definition_changed(a: &Observation, b: &Observation) -> bool {
    const COUNTED_AMONG: [Facet; 4] =
        [Facet::Population, Facet::Condition, Facet::Product, Facet::PartnerClass];
    let differs = |row: &Observation| row.obs_status == ObsStatus::DefinitionDiffers;
    a.class_def != b.class_def
        || a.family.naming_version != b.family.naming_version
        || a.platform != b.platform
        || a.os_major != b.os_major
        || COUNTED_AMONG.iter().any(|facet| a.facets.get(facet) != b.facets.get(facet))
        || differs(a) != differs(b)
}

/// A partner's own name matters only where the exchange's is not known.
fn same_family(a: &FamilyScope, b: &FamilyScope) -> bool {
    a.level == b.level && a.id == b.id && (a.id.is_some() || a.verbatim == b.verbatim)
}

fn coverage_changed(a: &Observation, b: &Observation) -> bool {
    let moved = |a: Option<Number>, b: Option<Number>| matches!((a, b), (Some(a), Some(b)) if a.decimal() != b.decimal());
    moved(a.coverage.share_percent, b.coverage.share_percent)
        || moved(a.coverage.test_rate_percent, b.coverage.test_rate_percent)
        || base_moved(a, b)
}

/// By more than a tenth of the earlier one. Only of devices that a product protects: another survey asks
/// other numbers of people, and sees neither more nor less for it.
fn base_moved(a: &Observation, b: &Observation) -> bool {
    let (Some(base_a), Some(base_b)) = (a.base(), b.base()) else { return false };
    if !(a.measure.is_telemetry() && b.measure.is_telemetry()) {
        return false;
    }
    let key = |row: &Observation, base: Number| {
        (row.period.interval().start(), row.period.interval().end(), base)
    };
    let (first, second) = if key(a, base_a) <= key(b, base_b) {
        (base_a.decimal(), base_b.decimal())
    } else {
        (base_b.decimal(), base_a.decimal())
    };
    first.checked_div(Decimal::TEN).is_none_or(|tenth| (second - first).abs() > tenth)
}

fn is_small(row: &Observation) -> bool {
    let small = |number: Number| number.decimal() < Decimal::from(SMALL);
    let counts = !matches!(
        row.measure,
        Measure::SurveyProportion | Measure::TestDetectionRate | Measure::PublishedChange
    );
    let (low, high) = row.value.bounds();
    row.base().is_some_and(small) || (counts && high.or(low).is_some_and(small))
}

/// The row whose period begins, or ends, after the other's.
fn later<'a>(a: &'a Observation, b: &'a Observation) -> Option<&'a Observation> {
    let days = |row: &Observation| (row.period.interval().start(), row.period.interval().end());
    match days(a).cmp(&days(b)) {
        std::cmp::Ordering::Less => Some(b),
        std::cmp::Ordering::Greater => Some(a),
        std::cmp::Ordering::Equal => None,
    }
}
