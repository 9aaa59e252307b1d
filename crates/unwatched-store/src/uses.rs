//! What partners' programs and people use, counted by day: by which surface, when it last worked,
//! why it last did not. No addresses, and people are numbers.

use jiff::Timestamp;
use unwatched_model::partner::PartnerSlug;

use crate::columns::{LONG_BYTES, SHORT_BYTES, micros, number, read, text, time};
use crate::engine::{reading, within};
use crate::{Result, Store};

const DAY_MICROS: i64 = 86_400_000_000;

/// What was used since it was last written, to be added to what there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUse {
    /// For which partner.
    pub partner: PartnerSlug,
    /// What the key is called by, or the person's number.
    pub who: String,
    /// `api`, `taxii`, `feeds`, ...
    pub surface: &'static str,
    /// Which part of it, as its addresses name it.
    pub what: String,
    /// How often it worked.
    pub ok: u64,
    /// How often it did not.
    pub failed: u64,
    /// When it last worked.
    pub last_ok: Option<Timestamp>,
    /// When it last did not.
    pub last_failed: Option<Timestamp>,
    /// Why it did not: a status and words of ours.
    pub last_error: Option<String>,
}

/// What one program or person used, over the days that are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// For which partner.
    pub partner: PartnerSlug,
    /// What the key is called by, or the person's number.
    pub who: String,
    /// `api`, `taxii`, `feeds`, ...
    pub surface: String,
    /// Which part of it.
    pub what: String,
    /// How often it worked.
    pub ok: u64,
    /// How often it did not.
    pub failed: u64,
    /// When it last worked.
    pub last_ok: Option<Timestamp>,
    /// When it last did not.
    pub last_failed: Option<Timestamp>,
    /// Why it did not.
    pub last_error: Option<String>,
}

impl Store {
    /// Adds what was used to the day's counts.
    pub async fn add_uses(&self, uses: &[NewUse], now: Timestamp) -> Result<()> {
        let day = micros(now).div_euclid(DAY_MICROS);
        let mut tx = self.begin().await?;
        for one in uses {
            let what = text(&one.what, "what was used", SHORT_BYTES)?;
            let error = one.last_error.as_deref();
            let error = error.map(|error| text(error, "the error", LONG_BYTES)).transpose()?;
            within!(&mut tx, db => sqlx::query(
                "INSERT INTO uses (partner, who, surface, what, day, ok, failed, last_ok_at,
                                   last_failed_at, last_error)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                 ON CONFLICT (partner, who, surface, what, day) DO UPDATE SET
                     ok = uses.ok + excluded.ok, failed = uses.failed + excluded.failed,
                     last_ok_at = COALESCE(excluded.last_ok_at, uses.last_ok_at),
                     last_failed_at = COALESCE(excluded.last_failed_at, uses.last_failed_at),
                     last_error = COALESCE(excluded.last_error, uses.last_error)")
                .bind(one.partner.as_str())
                .bind(&one.who)
                .bind(one.surface)
                .bind(what)
                .bind(day)
                .bind(i64::try_from(one.ok).unwrap_or(i64::MAX))
                .bind(i64::try_from(one.failed).unwrap_or(i64::MAX))
                .bind(one.last_ok.map(micros))
                .bind(one.last_failed.map(micros))
                .bind(error)
                .execute(&mut *db).await?.rows_affected());
        }
        tx.commit().await
    }

    /// What a partner uses, or everybody, what was used last first.
    pub async fn uses(&self, partner: Option<&PartnerSlug>) -> Result<Vec<Use>> {
        let rows: Vec<Row> = reading!(self, db => sqlx::query_as(
            "SELECT u.partner, u.who, u.surface, u.what, CAST(SUM(u.ok) AS BIGINT) AS ok,
                    CAST(SUM(u.failed) AS BIGINT) AS failed, MAX(u.last_ok_at) AS last_ok_at,
                    MAX(u.last_failed_at) AS last_failed_at,
                    (SELECT e.last_error FROM uses e
                     WHERE e.partner = u.partner AND e.who = u.who AND e.surface = u.surface
                       AND e.what = u.what AND e.last_error IS NOT NULL
                     ORDER BY e.day DESC LIMIT 1) AS last_error
             FROM uses u WHERE $1 IS NULL OR u.partner = $1
             GROUP BY u.partner, u.who, u.surface, u.what
             ORDER BY u.partner, MAX(u.day) DESC, u.surface, u.what, u.who LIMIT 1000")
            .bind(partner.map(PartnerSlug::as_str))
            .fetch_all(db).await?);
        rows.into_iter().map(Row::into_use).collect()
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    partner: String,
    who: String,
    surface: String,
    what: String,
    ok: i64,
    failed: i64,
    last_ok_at: Option<i64>,
    last_failed_at: Option<i64>,
    last_error: Option<String>,
}

impl Row {
    fn into_use(self) -> Result<Use> {
        Ok(Use {
            partner: read(&self.partner)?,
            who: self.who,
            surface: self.surface,
            what: self.what,
            ok: number(self.ok)?,
            failed: number(self.failed)?,
            last_ok: self.last_ok_at.map(time).transpose()?,
            last_failed: self.last_failed_at.map(time).transpose()?,
            last_error: self.last_error,
        })
    }
}
