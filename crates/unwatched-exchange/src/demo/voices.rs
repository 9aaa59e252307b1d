//! What partners say of families over two years: most agree, some change their minds, some
//! dispute. The verdicts come from the rule, as everywhere.

use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp};
use unwatched_model::consensus;
use unwatched_model::criterion::Criterion;
use unwatched_model::opinion::{EvidenceKind, Opinion, OpinionEvidence, OpinionId, Scope, Stance};
use unwatched_model::partner::{PartnerCategory, PartnerSlug};
use unwatched_store::Actor;
use uuid::Builder;

use super::chance::Chance;
use super::coalition::{Member, ago};
use super::kin::Kin;
use crate::state::AppState;

/// What the answers to the eight criteria would be if everybody agreed.
#[derive(Clone, Copy)]
enum Nature {
    Stalkerware,
    Watchware,
    Ordinary,
}

/// Lets partners speak of each family, and judges it.
pub(super) async fn speak(
    state: &AppState,
    seed: u64,
    members: &[Member],
    families: &[Kin],
    now: Timestamp,
) -> anyhow::Result<()> {
    let mut chance = Chance::new(seed, 3);
    let speakers: Vec<&Member> = members
        .iter()
        .filter(|member| member.is_active() && member.category != PartnerCategory::Other)
        .collect();
    for kin in families {
        // Of every fifth family nobody has said anything yet.
        if speakers.is_empty() || chance.one_in(5) {
            continue;
        }
        let opinions = opinions(kin, &speakers, &mut chance, now);
        let last = opinions.last().map_or(now, |opinion| opinion.given_at);
        for opinion in &opinions {
            state.store.add_opinion(opinion, &Actor::system()).await.context("add an opinion")?;
        }
        let by = Actor::system();
        state.store.judge(&kin.id, consensus::judge, &by, last).await.context("judge a family")?;
    }
    Ok(())
}

fn opinions(kin: &Kin, speakers: &[&Member], chance: &mut Chance, now: Timestamp) -> Vec<Opinion> {
    let nature = match chance.below(10) {
        0..=5 => Nature::Stalkerware,
        6..=8 => Nature::Watchware,
        _ => Nature::Ordinary,
    };
    let is_disputed = chance.one_in(8);
    let count = 1 + chance.below(5);
    let mut opinions = Vec::new();
    let begun = ago(now, chance.between(10, 720));
    let criteria_asked = 3 + chance.below(6);
    let criteria = chance.some(&Criterion::ALL, criteria_asked);
    for (turn, speaker) in (0..).zip(chance.some(speakers, count)) {
        for criterion in &criteria {
            let agreed = answer(nature, **criterion);
            let stance = match chance.below(20) {
                0 => Stance::CannotSay,
                1 => other(agreed),
                _ if is_disputed && turn % 2 == 1 => other(agreed),
                _ => agreed,
            };
            let days = chance.between(0, 9) + 12 * turn;
            let at = begun + SignedDuration::from_hours(24 * days);
            let mut say = |stance, at: Timestamp| {
                let opinion = opinion(kin, &speaker.slug, **criterion, stance, at.min(now), chance);
                opinions.push(opinion);
            };
            say(stance, at);
            // Somebody looked again.
            if stance != agreed && turn == 0 {
                say(agreed, at + SignedDuration::from_hours(24 * 30));
            }
        }
    }
    opinions.sort_by_key(|opinion| opinion.given_at);
    opinions
}

fn answer(nature: Nature, criterion: Criterion) -> Stance {
    let holds = match (nature, criterion) {
        (Nature::Stalkerware, criterion) => criterion != Criterion::LegitimateMainPurpose,
        (Nature::Watchware, criterion) => {
            !matches!(criterion, Criterion::HidesItself | Criterion::MarketedCovertly)
        }
        (Nature::Ordinary, criterion) => criterion == Criterion::LegitimateMainPurpose,
    };
    if holds { Stance::Holds } else { Stance::DoesNot }
}

fn other(stance: Stance) -> Stance {
    if stance == Stance::Holds { Stance::DoesNot } else { Stance::Holds }
}

fn opinion(
    kin: &Kin,
    partner: &PartnerSlug,
    criterion: Criterion,
    stance: Stance,
    given_at: Timestamp,
    chance: &mut Chance,
) -> Opinion {
    let millis = u64::try_from(given_at.as_millisecond()).unwrap_or(0);
    let id = Builder::from_unix_timestamp_millis(millis, &chance.bytes()).into_uuid();
    let host = kin.hosts.first().map_or("watch.example", String::as_str);
    Opinion {
        id: OpinionId(id),
        partner: partner.clone(),
        family: kin.id.clone(),
        criterion,
        stance,
        evidence: vec![OpinionEvidence {
            kind: EvidenceKind::Url,
            value: format!("https://{host}/about"),
            place: Some("what it is for".to_owned()),
        }],
        scope: Scope::default(),
        note: None,
        given_at,
        expires: None,
    }
}
