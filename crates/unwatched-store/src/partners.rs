//! Partners of the coalition.

use jiff::Timestamp;
use unwatched_model::partner::{PartnerCategory, PartnerSlug};

use crate::columns::{SHORT_BYTES, micros, read, text, time};
use crate::engine::{reading, writing};
use crate::{Result, Store, StoreError};

/// A partner to be added.
#[derive(Debug, Clone)]
pub struct NewPartner {
    /// Its short name.
    pub slug: PartnerSlug,
    /// Its name.
    pub name: String,
    /// What kind of organisation it is.
    pub category: PartnerCategory,
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
    /// When it joined.
    pub added_at: Timestamp,
}

impl Store {
    /// Adds a partner; `Conflict` when the slug is taken.
    pub async fn add_partner(&self, partner: &NewPartner, now: Timestamp) -> Result<()> {
        let name = text(&partner.name, "the partner's name", SHORT_BYTES)?;
        let done = writing!(self, db => sqlx::query(
            "INSERT INTO partners (slug, name, category, added_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (slug) DO NOTHING")
            .bind(partner.slug.as_str())
            .bind(name)
            .bind(partner.category.as_str())
            .bind(micros(now))
            .execute(db).await?.rows_affected());
        if done == 0 {
            return Err(StoreError::Conflict(format!(
                "there is already a partner {}: choose another slug",
                partner.slug
            )));
        }
        Ok(())
    }

    /// One partner.
    pub async fn partner(&self, slug: &PartnerSlug) -> Result<Option<Partner>> {
        let row: Option<Row> = reading!(self, db => sqlx::query_as(
            "SELECT slug, name, category, added_at FROM partners WHERE slug = $1")
            .bind(slug.as_str())
            .fetch_optional(db).await?);
        row.map(partner).transpose()
    }

    /// Every partner, by slug.
    pub async fn partners(&self) -> Result<Vec<Partner>> {
        let rows: Vec<Row> = reading!(self, db => sqlx::query_as(
            "SELECT slug, name, category, added_at FROM partners ORDER BY slug")
            .fetch_all(db).await?);
        rows.into_iter().map(partner).collect()
    }
}

type Row = (String, String, String, i64);

fn partner((slug, name, category, added_at): Row) -> Result<Partner> {
    Ok(Partner { slug: read(&slug)?, name, category: read(&category)?, added_at: time(added_at)? })
}
