//! Where partners want to be told of changes, and how far each was told.
//!
//! A message's extent is kept before it is sent: what is repeated is the same message. With whose
//! rights it is made is asked when it is sent. Sending is not done here.

use jiff::Timestamp;
use serde_json::json;
use unwatched_model::access::{Scope, Scopes, covers};
use unwatched_model::partner::{PartnerSlug, UserRole};

use crate::columns::{LONG_BYTES, SHORT_BYTES, explained, micros, number, read, text, time};
use crate::engine::{reading, within, writing};
use crate::viewer::Columns;
use crate::{Actor, Result, Store, StoreError, UserId, Viewer, audit};

/// A webhook to be added.
#[derive(Debug, Clone)]
pub struct NewWebhook {
    /// Whose.
    pub partner: PartnerSlug,
    /// The address told.
    pub url: String,
    /// What it is for, in the partner's words.
    pub label: String,
    /// What messages are signed with, sealed by whoever makes it.
    pub secret: String,
    /// With whose rights it is told.
    pub role: UserRole,
    /// Who made it; `None` the operator.
    pub made_by: Option<UserId>,
    /// What it is told of; empty: everything.
    pub kinds: Vec<String>,
}

/// A webhook as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Its number.
    pub id: i64,
    /// Whose.
    pub partner: PartnerSlug,
    /// The address told.
    pub url: String,
    /// What it is for.
    pub label: String,
    /// With whose rights it is told.
    pub role: UserRole,
    /// What it is told of; empty: everything.
    pub kinds: Vec<String>,
    /// When it was made.
    pub added_at: Timestamp,
    /// When a message last arrived.
    pub last_ok_at: Option<Timestamp>,
    /// When one was last sent.
    pub last_tried_at: Option<Timestamp>,
    /// Why the last one did not arrive, if it did not.
    pub last_error: Option<String>,
    /// How often the message was sent in vain that is to arrive next.
    pub failures: u32,
    /// When it was switched off, and why.
    pub off: Option<(Timestamp, String)>,
}

/// What a message is made with.
#[derive(Debug, Clone)]
pub struct Telling {
    /// Where to.
    pub url: String,
    /// What it is signed with, as it was handed in.
    pub secret: String,
    /// What it is told of; empty: everything.
    pub kinds: Vec<String>,
    /// Told up to there.
    pub after: i64,
    /// The end of the message that is to arrive next, when it was sent before.
    pub through: Option<i64>,
    /// On whose behalf, as they stand now.
    pub viewer: Viewer,
}

/// What a webhook's row says of telling.
#[derive(Debug, Clone)]
pub enum Told {
    /// It is to be told.
    Yes(Box<Telling>),
    /// Whoever made it may no longer be told what it was made for.
    Orphan,
    /// It is gone or switched off.
    No,
}

const COLUMNS: &str = "SELECT id, partner, url, label, role, kinds, added_at, last_ok_at,
    last_tried_at, last_error, failures, off_at, off_why FROM webhooks";

impl Store {
    /// Adds a webhook; it is told of what happens from now on.
    pub async fn add_webhook(&self, new: &NewWebhook, by: &Actor, now: Timestamp) -> Result<i64> {
        let url = text(&new.url, "the address", SHORT_BYTES)?;
        let label = text(&new.label, "the label", SHORT_BYTES)?;
        let mut tx = self.begin().await?;
        let id: i64 = within!(&mut tx, db => sqlx::query_scalar(
            "INSERT INTO webhooks (partner, url, label, secret, role, made_by, kinds, added_at,
                                   after_seq)
             SELECT $1, $2, $3, $4, $5, $6, $7, $8, value FROM counters WHERE name = 'changes'
             RETURNING id")
            .bind(new.partner.as_str())
            .bind(url)
            .bind(label)
            .bind(&new.secret)
            .bind(new.role.as_str())
            .bind(new.made_by.map(|user| user.0))
            .bind(new.kinds.join(" "))
            .bind(micros(now))
            .fetch_one(db).await
            .map_err(|error| explained(error, || format!("partner: {}", new.partner)))?);
        let detail = json!({ "partner": new.partner, "role": new.role });
        audit::append(&mut tx, &by.did("webhook.add", "webhook", id, detail), now).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// A partner's webhooks, or everybody's, newest first.
    pub async fn webhooks(&self, partner: Option<&PartnerSlug>) -> Result<Vec<Webhook>> {
        let sql = format!(
            "{COLUMNS} WHERE gone_at IS NULL AND ($1 IS NULL OR partner = $1) ORDER BY id DESC"
        );
        let rows: Vec<Row> = reading!(self, db => sqlx::query_as(sqlx::AssertSqlSafe(sql.as_str()))
            .bind(partner.map(PartnerSlug::as_str))
            .fetch_all(db).await?);
        rows.into_iter().map(Row::into_webhook).collect()
    }

    /// Removes a webhook; `NotFound` when there is none.
    pub async fn remove_webhook(&self, id: i64, by: &Actor, now: Timestamp) -> Result<()> {
        let mut tx = self.begin().await?;
        let done = within!(&mut tx, db => sqlx::query(
            "UPDATE webhooks SET gone_at = $2, secret = '' WHERE id = $1 AND gone_at IS NULL")
            .bind(id)
            .bind(micros(now))
            .execute(db).await?.rows_affected());
        found(done, id)?;
        audit::append(&mut tx, &by.did("webhook.remove", "webhook", id, json!({})), now).await?;
        tx.commit().await
    }

    /// Switches a webhook off, with its reason; its partner is told by the feed of changes.
    pub async fn switch_webhook_off(&self, id: i64, why: &str, now: Timestamp) -> Result<()> {
        let why = text(why, "the reason", LONG_BYTES)?;
        let mut tx = self.begin().await?;
        let partner: Option<String> = within!(&mut tx, db => sqlx::query_scalar(
            "UPDATE webhooks SET off_at = $2, off_why = $3
             WHERE id = $1 AND off_at IS NULL AND gone_at IS NULL RETURNING partner")
            .bind(id)
            .bind(micros(now))
            .bind(why)
            .fetch_optional(db).await?);
        if let Some(partner) = partner {
            let detail = json!({ "partner": partner });
            let line = Actor::system().did("webhook.off", "webhook", id, detail);
            audit::append(&mut tx, &line, now).await?;
        }
        tx.commit().await
    }

    /// Switches a webhook on again: it goes on from where it was told to. `NotFound` when there is
    /// none.
    pub async fn switch_webhook_on(&self, id: i64, by: &Actor, now: Timestamp) -> Result<()> {
        let mut tx = self.begin().await?;
        let done = within!(&mut tx, db => sqlx::query(
            "UPDATE webhooks SET off_at = NULL, off_why = NULL, failures = 0
             WHERE id = $1 AND gone_at IS NULL")
            .bind(id)
            .execute(db).await?.rows_affected());
        found(done, id)?;
        audit::append(&mut tx, &by.did("webhook.on", "webhook", id, json!({})), now).await?;
        tx.commit().await
    }

    /// The webhooks that were told less than there is.
    pub async fn webhooks_behind(&self) -> Result<Vec<i64>> {
        Ok(reading!(self, db => sqlx::query_scalar(
            "SELECT w.id FROM webhooks w, counters c
             WHERE c.name = 'changes' AND w.after_seq < c.value AND w.off_at IS NULL
               AND w.gone_at IS NULL ORDER BY w.id")
            .fetch_all(db).await?))
    }

    /// What the next message of a webhook is made with.
    pub async fn webhook_telling(&self, id: i64, now: Timestamp) -> Result<Told> {
        let row: Option<TellingRow> = reading!(self, db => sqlx::query_as(
            "SELECT w.url, w.secret, w.kinds, w.after_seq, w.through_seq,
                    u.role AS maker_role, u.disabled_at,
                    w.partner, p.category, p.standing, p.standing_until, w.role,
                    CAST($2 AS TEXT) AS scopes, CAST(NULL AS BIGINT) AS expires_at,
                    CAST(NULL AS BIGINT) AS user_id, w.made_by AS maker,
                    CAST(NULL AS TEXT) AS email,
                    (SELECT string_agg(m.group_slug, ' ') FROM group_members m
                     WHERE m.partner = w.partner) AS groups
             FROM webhooks w JOIN partners p ON p.slug = w.partner
             LEFT JOIN users u ON u.id = w.made_by
             WHERE w.id = $1 AND w.off_at IS NULL AND w.gone_at IS NULL")
            .bind(id)
            .bind([Scope::Read].into_iter().collect::<Scopes>().to_string())
            .fetch_optional(db).await?);
        let Some(row) = row else { return Ok(Told::No) };
        let viewer = row.columns.viewer(now)?;
        let maker: Option<UserRole> = row.maker_role.as_deref().map(read).transpose()?;
        let left = row.disabled_at.is_some();
        if left || maker.is_some_and(|maker| !covers(maker, viewer.role)) {
            return Ok(Told::Orphan);
        }
        Ok(Told::Yes(Box::new(Telling {
            url: row.url,
            secret: row.secret,
            kinds: words(&row.kinds),
            after: row.after_seq,
            through: row.through_seq,
            viewer,
        })))
    }

    /// The secrets that do not begin so, with their webhook and its partner.
    pub async fn webhook_secrets(&self, but: &str) -> Result<Vec<(i64, PartnerSlug, String)>> {
        let rows: Vec<(i64, String, String)> = reading!(self, db => sqlx::query_as(
            "SELECT id, partner, secret FROM webhooks
             WHERE gone_at IS NULL AND substr(secret, 1, length($1)) <> $1 ORDER BY id")
            .bind(but)
            .fetch_all(db).await?);
        let read = |(id, partner, secret): (i64, String, String)| Ok((id, read(&partner)?, secret));
        rows.into_iter().map(read).collect()
    }

    /// Puts a sealed secret in the place of the same one that was plain.
    pub async fn seal_webhook_secret(&self, id: i64, plain: &str, sealed: &str) -> Result<()> {
        writing!(self, db => sqlx::query(
            "UPDATE webhooks SET secret = $3 WHERE id = $1 AND secret = $2")
            .bind(id)
            .bind(plain)
            .bind(sealed)
            .execute(db).await?.rows_affected());
        Ok(())
    }

    /// Keeps the end of the message that is sent now.
    pub async fn webhook_begins(&self, id: i64, through: i64, now: Timestamp) -> Result<()> {
        writing!(self, db => sqlx::query(
            "UPDATE webhooks SET through_seq = $2, last_tried_at = $3 WHERE id = $1")
            .bind(id)
            .bind(through)
            .bind(micros(now))
            .execute(db).await?.rows_affected());
        Ok(())
    }

    /// The webhook was told up to a number: by a message that arrived (`sent`), or because there
    /// was nothing that it is told of.
    pub async fn webhook_told(
        &self,
        id: i64,
        through: i64,
        sent: bool,
        now: Timestamp,
    ) -> Result<()> {
        writing!(self, db => sqlx::query(
            "UPDATE webhooks SET after_seq = $2, through_seq = NULL,
                 last_ok_at = CASE WHEN $3 THEN $4 ELSE last_ok_at END,
                 last_error = CASE WHEN $3 THEN NULL ELSE last_error END,
                 failures = CASE WHEN $3 THEN 0 ELSE failures END
             WHERE id = $1 AND after_seq <= $2")
            .bind(id)
            .bind(through)
            .bind(sent)
            .bind(micros(now))
            .execute(db).await?.rows_affected());
        Ok(())
    }

    /// A message did not arrive.
    pub async fn webhook_failed(&self, id: i64, why: &str, now: Timestamp) -> Result<()> {
        let why = text(why, "the reason", LONG_BYTES)?;
        writing!(self, db => sqlx::query(
            "UPDATE webhooks SET last_error = $2, last_tried_at = $3, failures = failures + 1
             WHERE id = $1")
            .bind(id)
            .bind(why)
            .bind(micros(now))
            .execute(db).await?.rows_affected());
        Ok(())
    }
}

fn found(done: u64, id: i64) -> Result<()> {
    if done == 0 { Err(StoreError::NotFound(format!("webhook: {id}"))) } else { Ok(()) }
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

#[derive(sqlx::FromRow)]
struct TellingRow {
    url: String,
    secret: String,
    kinds: String,
    after_seq: i64,
    through_seq: Option<i64>,
    maker_role: Option<String>,
    disabled_at: Option<i64>,
    #[sqlx(flatten)]
    columns: Columns,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    partner: String,
    url: String,
    label: String,
    role: String,
    kinds: String,
    added_at: i64,
    last_ok_at: Option<i64>,
    last_tried_at: Option<i64>,
    last_error: Option<String>,
    failures: i64,
    off_at: Option<i64>,
    off_why: Option<String>,
}

impl Row {
    fn into_webhook(self) -> Result<Webhook> {
        let off = self.off_at.map(time).transpose()?;
        Ok(Webhook {
            id: self.id,
            partner: read(&self.partner)?,
            url: self.url,
            label: self.label,
            role: read(&self.role)?,
            kinds: words(&self.kinds),
            added_at: time(self.added_at)?,
            last_ok_at: self.last_ok_at.map(time).transpose()?,
            last_tried_at: self.last_tried_at.map(time).transpose()?,
            last_error: self.last_error,
            failures: number(self.failures)?,
            off: off.map(|at| (at, self.off_why.unwrap_or_default())),
        })
    }
}
