//! Sharing groups: which partners share with each other, beside the coalition as a whole.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::json;
use unwatched_model::partner::{GroupSlug, PartnerSlug};

use crate::columns::{SHORT_BYTES, explained, micros, read, text, time};
use crate::engine::{Tx, reading, within};
use crate::{Actor, Result, Store, StoreError, audit};

/// A sharing group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its short name.
    pub slug: GroupSlug,
    /// Its name.
    pub name: String,
    /// Its members, by slug.
    pub members: Vec<PartnerSlug>,
    /// When it was made.
    pub added_at: Timestamp,
    /// When it was closed: nothing new is shared in it, and its members keep what was.
    pub closed_at: Option<Timestamp>,
}

impl Store {
    /// Makes a group without members; `Conflict` when the slug is taken.
    pub async fn add_group(
        &self,
        slug: &GroupSlug,
        name: &str,
        by: &Actor,
        now: Timestamp,
    ) -> Result<()> {
        let name = text(name, "the group's name", SHORT_BYTES)?;
        let mut tx = self.begin().await?;
        let done = within!(&mut tx, db => sqlx::query(
            "INSERT INTO sharing_groups (slug, name, added_at) VALUES ($1, $2, $3)
             ON CONFLICT (slug) DO NOTHING")
            .bind(slug.as_str())
            .bind(name)
            .bind(micros(now))
            .execute(db).await?.rows_affected());
        if done == 0 {
            return Err(StoreError::Conflict(format!(
                "there is already a group {slug}: choose another slug"
            )));
        }
        audit::append(&mut tx, &by.did("group.make", "group", slug, json!({})), now).await?;
        tx.commit().await
    }

    /// Makes a partner a member, if it is none; `NotFound` when either is unknown, `Conflict` when
    /// the group is closed: its members keep what was shared, and nobody new reads it.
    pub async fn join_group(
        &self,
        slug: &GroupSlug,
        partner: &PartnerSlug,
        by: &Actor,
        now: Timestamp,
    ) -> Result<()> {
        let mut tx = self.begin().await?;
        // Written before it is read: a group that somebody closes meanwhile is waited for.
        let open = within!(&mut tx, db => sqlx::query(
            "UPDATE sharing_groups SET name = name WHERE slug = $1 AND closed_at IS NULL")
            .bind(slug.as_str())
            .execute(db).await?.rows_affected());
        if open == 0 {
            return Err(closed_or_unknown(&mut tx, slug).await?);
        }
        let joined = within!(&mut tx, db => sqlx::query(
            "INSERT INTO group_members (group_slug, partner, added_at) VALUES ($1, $2, $3)
             ON CONFLICT (group_slug, partner) DO NOTHING")
            .bind(slug.as_str())
            .bind(partner.as_str())
            .bind(micros(now))
            .execute(db).await
            .map_err(|error| explained(error, || format!("group or partner: {slug}, {partner}")))?
            .rows_affected());
        if joined > 0 {
            let line = by.did("group.join", "group", slug, json!({ "partner": partner }));
            audit::append(&mut tx, &line, now).await?;
        }
        tx.commit().await
    }

    /// Ends a membership: at once, what is shared in the group no longer reaches the partner.
    pub async fn leave_group(
        &self,
        slug: &GroupSlug,
        partner: &PartnerSlug,
        by: &Actor,
        now: Timestamp,
    ) -> Result<()> {
        let mut tx = self.begin().await?;
        let left = within!(&mut tx, db => sqlx::query(
            "DELETE FROM group_members WHERE group_slug = $1 AND partner = $2")
            .bind(slug.as_str())
            .bind(partner.as_str())
            .execute(db).await?.rows_affected());
        if left > 0 {
            let line = by.did("group.leave", "group", slug, json!({ "partner": partner }));
            audit::append(&mut tx, &line, now).await?;
        }
        tx.commit().await
    }

    /// Closes a group: nothing new is shared in it. `NotFound` when there is none.
    pub async fn close_group(&self, slug: &GroupSlug, by: &Actor, now: Timestamp) -> Result<()> {
        let mut tx = self.begin().await?;
        let done = within!(&mut tx, db => sqlx::query(
            "UPDATE sharing_groups SET closed_at = COALESCE(closed_at, $2) WHERE slug = $1")
            .bind(slug.as_str())
            .bind(micros(now))
            .execute(db).await?.rows_affected());
        if done == 0 {
            return Err(StoreError::NotFound(format!("group: {slug}")));
        }
        audit::append(&mut tx, &by.did("group.close", "group", slug, json!({})), now).await?;
        tx.commit().await
    }

    /// Every group, by slug.
    pub async fn groups(&self) -> Result<Vec<Group>> {
        let groups: Vec<(String, String, i64, Option<i64>)> = reading!(self, db => sqlx::query_as(
            "SELECT slug, name, added_at, closed_at FROM sharing_groups ORDER BY slug")
            .fetch_all(db).await?);
        let members: Vec<(String, String)> = reading!(self, db => sqlx::query_as(
            "SELECT group_slug, partner FROM group_members ORDER BY group_slug, partner")
            .fetch_all(db).await?);
        groups
            .into_iter()
            .map(|(slug, name, added_at, closed_at)| {
                let of_it = members.iter().filter(|(group, _)| *group == slug);
                Ok(Group {
                    members: of_it.map(|(_, partner)| read(partner)).collect::<Result<_>>()?,
                    slug: read(&slug)?,
                    name,
                    added_at: time(added_at)?,
                    closed_at: closed_at.map(time).transpose()?,
                })
            })
            .collect()
    }

    /// The groups that a partner is in.
    pub async fn groups_of(&self, partner: &PartnerSlug) -> Result<BTreeSet<GroupSlug>> {
        let rows: Vec<String> = reading!(self, db => sqlx::query_scalar(
            "SELECT group_slug FROM group_members WHERE partner = $1")
            .bind(partner.as_str())
            .fetch_all(db).await?);
        rows.iter().map(|slug| read(slug)).collect()
    }
}

/// Why a group that is not open takes nobody.
async fn closed_or_unknown(tx: &mut Tx, slug: &GroupSlug) -> Result<StoreError> {
    let known: bool = within!(tx, db => sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM sharing_groups WHERE slug = $1)")
        .bind(slug.as_str())
        .fetch_one(db).await?);
    Ok(if known {
        StoreError::Conflict(format!(
            "the group {slug} is closed and takes no members: make another group"
        ))
    } else {
        StoreError::NotFound(format!("group: {slug}"))
    })
}
