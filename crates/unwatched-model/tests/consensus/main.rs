//! The consensus rule, each version held by properties and by one golden verdict.

mod limits;
mod v1;
mod v2;

use jiff::Timestamp;
use unwatched_model::criterion::Criterion;
use unwatched_model::family::FamilyId;
use unwatched_model::opinion::{EvidenceKind, Opinion, OpinionEvidence, OpinionId, Scope, Stance};
use uuid::Uuid;

fn family() -> FamilyId {
    "watch-alpha".parse().unwrap()
}

fn opinion(number: u64, partner: &str, criterion: Criterion, stance: Stance) -> Opinion {
    let second = i64::try_from(number).unwrap();
    Opinion {
        id: OpinionId(Uuid::from_u64_pair(7, number)),
        partner: partner.parse().unwrap(),
        family: family(),
        criterion,
        stance,
        evidence: vec![OpinionEvidence {
            kind: EvidenceKind::Note,
            value: "seen by hand".into(),
            place: None,
        }],
        scope: Scope::default(),
        note: None,
        given_at: Timestamp::from_second(1_790_000_000 + second).unwrap(),
        expires: None,
    }
}
