//! Partners of the coalition: who they are, where they stand, what bears on their opinions.

use jiff::Timestamp;
use serde_json::json;
use unwatched_model::partner::{PartnerCategory, PartnerSlug, Standing};

use crate::columns::{LONG_BYTES, SHORT_BYTES, micros, optional, read, text, time};
use crate::engine::{Tx, reading, within};
use crate::{Actor, Result, Store, StoreError, audit, kept_held};

/// A partner to be added.
#[derive(Debug, Clone)]
pub struct NewPartner {
    /// Its short name.
    pub slug: PartnerSlug,
    /// Its name.
    pub name: String,
    /// What kind of organisation it is.
    pub category: PartnerCategory,
    /// Where it stands: newly joined ones are on probation.
    pub standing: Standing,
}

/// A partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partner {
    /// Its short name.
    pub slug: PartnerSlug,
    /// Its name.
    pub name: String,
    /// What kind of organisation it is.
    pub category: PartnerCategory,
    /// Where it was put; [`Partner::standing_at`] says where it stands.
    pub standing: Standing,
    /// Until when; after that a full member is suspended until somebody renews it.
    pub standing_until: Option<Timestamp>,
    /// Who owns it: partners of one owner are related.
    pub owner: Option<String>,
    /// What of its own business bears on its opinions; empty when nothing does.
    pub conflict: String,
    /// The age recipient to which its downloads are sealed.
    pub age_recipient: Option<String>,
    /// When it joined.
    pub added_at: Timestamp,
}

/// What is to be changed of a partner; `None` leaves a thing as it is.
#[derive(Debug, Clone, Default)]
pub struct PartnerChange {
    /// Where it stands.
    pub standing: Option<Standing>,
    /// Until when; `Some(None)` for good.
    pub standing_until: Option<Option<Timestamp>>,
    /// Who owns it; `Some(None)` nobody else.
    pub owner: Option<Option<String>>,
    /// What bears on its opinions; empty when nothing does.
    pub conflict: Option<String>,
    /// Where its downloads are sealed to.
    pub age_recipient: Option<Option<String>>,
}

impl Partner {
    /// Where it stands now.
    pub fn standing_at(&self, now: Timestamp) -> Standing {
        standing_at(self.standing, self.standing_until, now)
    }
}

/// A membership that ran out suspends; probation ends by somebody's decision only.
pub(crate) fn standing_at(
    standing: Standing,
    until: Option<Timestamp>,
    now: Timestamp,
) -> Standing {
    let ran_out = until.is_some_and(|until| until <= now);
    if standing == Standing::Full && ran_out { Standing::Suspended } else { standing }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT slug, name, category, standing, standing_until, owner, conflict,
                    age_recipient, added_at
             FROM partners ",
            $rest
        )
    };
}

impl Store {
    /// Adds a partner; `Conflict` when the slug is taken.
    pub async fn add_partner(
        &self,
        partner: &NewPartner,
        by: &Actor,
        now: Timestamp,
    ) -> Result<()> {
        let name = text(&partner.name, "the partner's name", SHORT_BYTES)?;
        let mut tx = self.begin().await?;
        let done = within!(&mut tx, db => sqlx::query(
            "INSERT INTO partners (slug, name, category, standing, added_at)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (slug) DO NOTHING")
            .bind(partner.slug.as_str())
            .bind(name)
            .bind(partner.category.as_str())
            .bind(partner.standing.as_str())
            .bind(micros(now))
            .execute(db).await?.rows_affected());
        if done == 0 {
            return Err(StoreError::Conflict(format!(
                "there is already a partner {}: choose another slug",
                partner.slug
            )));
        }
        let detail = json!({ "category": partner.category, "standing": partner.standing });
        audit::append(&mut tx, &by.did("partner.add", "partner", &partner.slug, detail), now)
            .await?;
        tx.commit().await
    }

    /// Changes what is kept of a partner; `NotFound` when there is none. One that is suspended or
    /// has left is signed out everywhere, in the same transaction; the keys of one that left are
    /// withdrawn for good.
    pub async fn change_partner(
        &self,
        slug: &PartnerSlug,
        change: &PartnerChange,
        by: &Actor,
        now: Timestamp,
    ) -> Result<()> {
        let mut tx = self.begin().await?;
        let Some(mut partner) = one(&mut tx, slug).await? else {
            return Err(StoreError::NotFound(format!("partner: {slug}")));
        };
        let before = (partner.standing == Standing::Probation, partner.owner.clone());
        apply(&mut partner, change);
        let owner = optional(partner.owner.as_deref(), "the owner", SHORT_BYTES)?;
        let conflict = text(&partner.conflict, "the conflict of interest", LONG_BYTES)?;
        let recipient =
            optional(partner.age_recipient.as_deref(), "the age recipient", SHORT_BYTES)?;
        within!(&mut tx, db => sqlx::query(
            "UPDATE partners SET standing = $2, standing_until = $3, owner = $4, conflict = $5,
                                 age_recipient = $6
             WHERE slug = $1")
            .bind(slug.as_str())
            .bind(partner.standing.as_str())
            .bind(partner.standing_until.map(micros))
            .bind(owner)
            .bind(conflict)
            .bind(recipient)
            .execute(db).await?.rows_affected());
        let standing = partner.standing_at(now);
        if matches!(standing, Standing::Suspended | Standing::Left) {
            sign_out(&mut tx, slug).await?;
        }
        if standing == Standing::Left {
            withdraw_keys(&mut tx, slug, now).await?;
        }
        // What an owner or a conflict says is text of somebody's: that it changed is enough here.
        let detail = json!({
            "standing": partner.standing,
            "standing_until": partner.standing_until.map(|until| until.to_string()),
            "owner_changed": change.owner.is_some(),
            "conflict_changed": change.conflict.is_some(),
            "age_recipient_changed": change.age_recipient.is_some(),
        });
        audit::append(&mut tx, &by.did("partner.change", "partner", slug, detail), now).await?;
        if before != (partner.standing == Standing::Probation, partner.owner) {
            kept_held::ask_for_all(&mut tx, now).await?;
        }
        tx.commit().await
    }

    /// One partner.
    pub async fn partner(&self, slug: &PartnerSlug) -> Result<Option<Partner>> {
        let mut tx = self.snapshot().await?;
        one(&mut tx, slug).await
    }

    /// Every partner, by slug.
    pub async fn partners(&self) -> Result<Vec<Partner>> {
        let rows: Vec<Row> = reading!(self, db => sqlx::query_as(select!("ORDER BY slug"))
            .fetch_all(db).await?);
        rows.into_iter().map(Row::into_partner).collect()
    }
}

fn apply(partner: &mut Partner, change: &PartnerChange) {
    let PartnerChange { standing, standing_until, owner, conflict, age_recipient } = change.clone();
    partner.standing = standing.unwrap_or(partner.standing);
    partner.standing_until = standing_until.unwrap_or(partner.standing_until);
    partner.owner = owner.unwrap_or_else(|| partner.owner.take());
    partner.conflict = conflict.unwrap_or_else(|| std::mem::take(&mut partner.conflict));
    partner.age_recipient = age_recipient.unwrap_or_else(|| partner.age_recipient.take());
}

async fn one(tx: &mut Tx, slug: &PartnerSlug) -> Result<Option<Partner>> {
    let row: Option<Row> = within!(tx, db => sqlx::query_as(select!("WHERE slug = $1"))
        .bind(slug.as_str())
        .fetch_optional(db).await?);
    row.map(Row::into_partner).transpose()
}

async fn sign_out(tx: &mut Tx, slug: &PartnerSlug) -> Result<()> {
    within!(tx, db => sqlx::query(
        "DELETE FROM sessions WHERE user_id IN (SELECT id FROM users WHERE partner = $1)")
        .bind(slug.as_str())
        .execute(db).await?.rows_affected());
    Ok(())
}

async fn withdraw_keys(tx: &mut Tx, slug: &PartnerSlug, now: Timestamp) -> Result<()> {
    within!(tx, db => sqlx::query(
        "UPDATE tokens SET revoked_at = COALESCE(revoked_at, $2) WHERE partner = $1")
        .bind(slug.as_str())
        .bind(micros(now))
        .execute(db).await?.rows_affected());
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Row {
    slug: String,
    name: String,
    category: String,
    standing: String,
    standing_until: Option<i64>,
    owner: Option<String>,
    conflict: String,
    age_recipient: Option<String>,
    added_at: i64,
}

impl Row {
    fn into_partner(self) -> Result<Partner> {
        Ok(Partner {
            slug: read(&self.slug)?,
            name: self.name,
            category: read(&self.category)?,
            standing: read(&self.standing)?,
            standing_until: self.standing_until.map(time).transpose()?,
            owner: self.owner,
            conflict: self.conflict,
            age_recipient: self.age_recipient,
            added_at: time(self.added_at)?,
        })
    }
}
