//! Tickets for downloads: each is fetched once, within its short time. Only the SHA-256 of a ticket
//! is kept.

use jiff::Timestamp;
use unwatched_model::digest::Sha256;
use unwatched_model::partner::PartnerSlug;

use crate::columns::{SHORT_BYTES, VALUE_BYTES, explained, micros, optional, read, text};
use crate::engine::writing;
use crate::{Result, Store, UserId};

/// What somebody who may have a sample's bytes asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// The sample.
    pub sample: Sha256,
    /// For which partner.
    pub partner: PartnerSlug,
    /// The person; `None` for a key.
    pub user: Option<UserId>,
    /// How it is to be packed: the exchange's word.
    pub packing: String,
    /// To whose age key, where it is to be sealed to one.
    pub recipient: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Row {
    sample: String,
    partner: String,
    user_id: Option<i64>,
    packing: String,
    recipient: Option<String>,
}

impl Store {
    /// Keeps a ticket under the SHA-256 of its secret. Those that ran out are removed.
    pub async fn add_ticket(
        &self,
        id: &Sha256,
        ticket: &Ticket,
        now: Timestamp,
        expires: Timestamp,
    ) -> Result<()> {
        let packing = text(&ticket.packing, "the packing", SHORT_BYTES)?;
        let recipient = optional(ticket.recipient.as_deref(), "the recipient", VALUE_BYTES)?;
        writing!(self, db => sqlx::query("DELETE FROM download_tickets WHERE expires_at <= $1")
            .bind(micros(now))
            .execute(db).await?.rows_affected());
        writing!(self, db => sqlx::query(
            "INSERT INTO download_tickets
                 (sha256, sample, partner, user_id, packing, recipient, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)")
            .bind(id.to_string())
            .bind(ticket.sample.to_string())
            .bind(ticket.partner.as_str())
            .bind(ticket.user.map(|user| user.0))
            .bind(packing)
            .bind(recipient)
            .bind(micros(expires))
            .execute(db).await
            .map_err(|error| explained(error, || format!("sample: {}", ticket.sample)))?
            .rows_affected());
        Ok(())
    }

    /// Takes a ticket: of all that come with it, one gets it. `None` when it is unknown, was taken
    /// or ran out.
    pub async fn take_ticket(&self, id: &Sha256, now: Timestamp) -> Result<Option<Ticket>> {
        let row: Option<Row> = writing!(self, db => sqlx::query_as(
            "DELETE FROM download_tickets WHERE sha256 = $1 AND expires_at > $2
             RETURNING sample, partner, user_id, packing, recipient")
            .bind(id.to_string())
            .bind(micros(now))
            .fetch_optional(db).await?);
        row.map(|row| {
            Ok(Ticket {
                sample: read(&row.sample)?,
                partner: read(&row.partner)?,
                user: row.user_id.map(UserId),
                packing: row.packing,
                recipient: row.recipient,
            })
        })
        .transpose()
    }
}
