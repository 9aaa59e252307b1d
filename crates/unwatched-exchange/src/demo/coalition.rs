//! Partners of every kind, some new, some of one owner; groups that some of them share.

use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp};
use unwatched_model::partner::{GroupSlug, PartnerCategory, PartnerSlug, Standing};
use unwatched_store::{Actor, NewPartner, PartnerChange};

use super::chance::Chance;
use super::names;
use crate::state::AppState;

/// A partner, as far as the rest of the generator asks.
#[derive(Debug, Clone)]
pub(super) struct Member {
    pub(super) slug: PartnerSlug,
    pub(super) category: PartnerCategory,
    pub(super) groups: Vec<GroupSlug>,
}

impl Member {
    /// Whether its people put samples in and answer questions.
    pub(super) fn is_active(&self) -> bool {
        !matches!(self.category, PartnerCategory::Police)
    }
}

/// How many of a hundred are of which kind.
const SHARES: [(PartnerCategory, usize); 8] = [
    (PartnerCategory::Vendor, 24),
    (PartnerCategory::Support, 26),
    (PartnerCategory::Rights, 14),
    (PartnerCategory::Academia, 14),
    (PartnerCategory::Testing, 7),
    (PartnerCategory::Police, 4),
    (PartnerCategory::Individual, 6),
    (PartnerCategory::Other, 5),
];

/// Those that the small demo has too: whoever follows its first steps finds them again.
const ALWAYS: [(&str, &str, PartnerCategory); 3] = [
    ("example-lab", "Example Lab", PartnerCategory::Vendor),
    ("example-shelter-network", "Example Shelter Network", PartnerCategory::Support),
    ("example-coordination", "Example Coordination", PartnerCategory::Other),
];

/// Adds `count` partners, and their groups.
pub(super) async fn join(
    state: &AppState,
    seed: u64,
    count: usize,
    now: Timestamp,
) -> anyhow::Result<Vec<Member>> {
    let mut chance = Chance::new(seed, 1);
    let mut members = Vec::new();
    for number in 0..count.max(ALWAYS.len()) {
        let (slug, name, category) = match ALWAYS.get(number) {
            Some((slug, name, category)) => ((*slug).to_owned(), (*name).to_owned(), *category),
            None => made_up(number, &mut chance),
        };
        let slug: PartnerSlug = slug.parse()?;
        let is_new = number >= ALWAYS.len() && chance.percent(12);
        let standing = if is_new { Standing::Probation } else { Standing::Full };
        let joined = ago(now, chance.between(30, 730));
        let partner = NewPartner { slug: slug.clone(), name, category, standing };
        state
            .store
            .add_partner(&partner, &Actor::operator(), joined)
            .await
            .context("add a partner")?;
        if number >= ALWAYS.len() {
            say_what_bears_on_it(state, &slug, category, &mut chance, joined).await?;
        }
        members.push(Member { slug, category, groups: Vec::new() });
    }
    group(state, &mut members, &mut chance, now).await?;
    Ok(members)
}

fn made_up(number: usize, chance: &mut Chance) -> (String, String, PartnerCategory) {
    let mut drawn = chance.below(SHARES.iter().map(|(_, share)| share).sum());
    let category = SHARES
        .iter()
        .find(|(_, share)| {
            let is_it = drawn < *share;
            drawn = drawn.saturating_sub(*share);
            is_it
        })
        .map_or(PartnerCategory::Other, |(category, _)| *category);
    let place = names::place(chance);
    let name = names::organisation(category, &place, chance);
    (format!("{}-{category}-{number}", place.to_lowercase()), name, category)
}

/// One in nine vendors belongs to somebody who owns several; one in twelve partners earns from
/// what it judges.
async fn say_what_bears_on_it(
    state: &AppState,
    slug: &PartnerSlug,
    category: PartnerCategory,
    chance: &mut Chance,
    joined: Timestamp,
) -> anyhow::Result<()> {
    let mut known = PartnerChange::default();
    if category == PartnerCategory::Vendor && chance.one_in(9) {
        let owner = format!("Holding {}", chance.of(&["Aster", "Borealis", "Cetus"]));
        known.owner = Some(Some(owner));
    }
    if chance.one_in(12) {
        known.conflict = Some("sells a parental control of its own".to_owned());
    }
    if known.owner.is_some() || known.conflict.is_some() {
        state
            .store
            .change_partner(slug, &known, &Actor::operator(), joined)
            .await
            .context("change a partner")?;
    }
    Ok(())
}

async fn group(
    state: &AppState,
    members: &mut [Member],
    chance: &mut Chance,
    now: Timestamp,
) -> anyhow::Result<()> {
    for number in 1..=(members.len() / 8).clamp(1, 12) {
        let slug: GroupSlug = format!("working-group-{number}").parse()?;
        let begun = ago(now, 600);
        state
            .store
            .add_group(&slug, &format!("Working group {number}"), &Actor::operator(), begun)
            .await?;
        let size = 2 + chance.below(members.len().min(9));
        for (position, member) in members.iter_mut().enumerate() {
            if (position < 2 && number == 1) || (chance.below(size * 3) == 0 && member.is_active())
            {
                state.store.join_group(&slug, &member.slug, &Actor::operator(), begun).await?;
                member.groups.push(slug.clone());
            }
        }
    }
    Ok(())
}

/// So many days before.
pub(super) fn ago(now: Timestamp, days: i64) -> Timestamp {
    now.checked_sub(SignedDuration::from_hours(days * 24)).unwrap_or(now)
}
