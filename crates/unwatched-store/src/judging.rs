//! Everything that a verdict is computed from, read in one transaction. The rule is the model's.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use unwatched_model::consensus::{Judging, VoterFacts};
use unwatched_model::family::FamilyId;
use unwatched_model::opinion::Opinion;
use unwatched_model::partner::PartnerSlug;
use unwatched_model::verdict::Relative;

use crate::columns::{read, time};
use crate::engine::{Tx, within};
use crate::opinions::{opinions, opinions_between};
use crate::partners::standing_at;
use crate::{FamilyRow, Result, Store, families};

/// Behind every slug.
const LAST: &str = "\u{10ffff}";

impl Store {
    /// What a verdict on the family is computed from now. Its voters are all partners.
    pub async fn judging(&self, family: &FamilyId, now: Timestamp) -> Result<Judging> {
        let mut tx = self.snapshot().await?;
        of_family(&mut tx, family, now).await
    }

    /// The same for every family that partners gave opinions on, each with those who did.
    pub async fn all_judgings(&self, now: Timestamp) -> Result<Vec<Judging>> {
        self.judgings_between("", LAST, now).await
    }

    /// The same for the families of a page: from the first to the last, by id.
    pub async fn judgings_of_page(
        &self,
        rows: &[FamilyRow],
        now: Timestamp,
    ) -> Result<Vec<Judging>> {
        match (rows.first(), rows.last()) {
            (Some(first), Some(last)) => {
                let (first, last) = (first.family.id.as_str(), last.family.id.as_str());
                self.judgings_between(first, last, now).await
            }
            _ => Ok(Vec::new()),
        }
    }

    async fn judgings_between(
        &self,
        first: &str,
        last: &str,
        now: Timestamp,
    ) -> Result<Vec<Judging>> {
        let mut tx = self.snapshot().await?;
        let mut by_family: BTreeMap<FamilyId, Vec<Opinion>> = BTreeMap::new();
        for opinion in opinions_between(&mut tx, first, last).await? {
            by_family.entry(opinion.family.clone()).or_default().push(opinion);
        }
        let (partners, conflicts) =
            (partners(&mut tx, now).await?, conflicts(&mut tx, None).await?);
        let mut attributed = families::attributed_between(&mut tx, first, last).await?;
        let judgings = by_family.into_iter().map(|(family, opinions)| {
            let said: BTreeSet<_> = opinions.iter().map(|opinion| &opinion.partner).collect();
            let voters = partners.iter().filter(|facts| said.contains(&facts.partner));
            let voters = voters.map(|facts| with_family(facts, &family, &conflicts)).collect();
            let mut attributed = attributed.remove(family.as_str()).unwrap_or_default();
            attributed.sort();
            Judging { family, opinions, attributed, voters, as_of: day(now) }
        });
        Ok(judgings.collect())
    }
}

/// What a verdict on the family is computed from, as the transaction sees it.
pub(crate) async fn of_family(tx: &mut Tx, family: &FamilyId, now: Timestamp) -> Result<Judging> {
    let conflicts = conflicts(tx, Some(family)).await?;
    let partners = partners(tx, now).await?;
    Ok(Judging {
        family: family.clone(),
        opinions: opinions(tx, family).await?,
        attributed: families::attributed(tx, family).await?,
        voters: partners.iter().map(|facts| with_family(facts, family, &conflicts)).collect(),
        as_of: day(now),
    })
}

fn day(now: Timestamp) -> jiff::civil::Date {
    now.to_zoned(TimeZone::UTC).date()
}

type PartnerRow = (String, String, String, Option<i64>, Option<String>, String);
type Conflicts = BTreeSet<(PartnerSlug, FamilyId)>;

fn with_family(facts: &VoterFacts, family: &FamilyId, conflicts: &Conflicts) -> VoterFacts {
    let conflict = conflicts.contains(&(facts.partner.clone(), family.clone()));
    VoterFacts { conflict_with_family: conflict, ..facts.clone() }
}

async fn conflicts(tx: &mut Tx, family: Option<&FamilyId>) -> Result<Conflicts> {
    let rows: Vec<(String, String)> = within!(tx, db => sqlx::query_as(
        "SELECT partner, family FROM partner_conflicts WHERE $1 = '' OR family = $1")
        .bind(family.map_or("", FamilyId::as_str))
        .fetch_all(db).await?);
    rows.iter().map(|(partner, family)| Ok((read(partner)?, read(family)?))).collect()
}

/// Every partner, whoever joined first first; relatives know the first of them.
async fn partners(tx: &mut Tx, now: Timestamp) -> Result<Vec<VoterFacts>> {
    let rows: Vec<PartnerRow> = within!(tx, db => sqlx::query_as(
            "SELECT slug, category, standing, standing_until, owner, conflict
             FROM partners ORDER BY added_at, slug")
            .fetch_all(db).await?);
    let mut facts = Vec::new();
    let mut owners: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, (slug, category, standing, until, owner, conflict)) in rows.into_iter().enumerate() {
        let owner = owner.map(|owner| crate::columns::key(&owner));
        if let Some(owner) = owner.filter(|owner| !owner.is_empty()) {
            owners.entry(owner).or_default().push(at);
        }
        facts.push(VoterFacts {
            partner: read(&slug)?,
            category: read(&category)?,
            standing: standing_at(read(&standing)?, until.map(time).transpose()?, now),
            related_to: None,
            conflict: !conflict.trim().is_empty(),
            conflict_with_family: false,
        });
    }
    for related in owners.into_values().filter(|related| related.len() > 1) {
        let VoterFacts { partner, category, .. } = facts[related[0]].clone();
        for at in related {
            let first = Relative { partner: partner.clone(), category };
            facts[at].related_to = Some(first);
        }
    }
    Ok(facts)
}
