//! Whether a partner's indicator is held, kept in its row, so that a list of what is held costs
//! what it shows. It is looked at again in the transaction of every write that what is known of
//! the value follows from; where a partner's standing or owner changes, by a job.
//!
//! The rule is the model's and its facts are gathered in `values`. What goes out is never decided
//! by what is kept here: a release asks the rows.

use std::collections::BTreeSet;

use jiff::Timestamp;
use unwatched_model::digest::Sha256;
use unwatched_model::held::Held;
use unwatched_model::indicator::IndicatorKind;

use crate::changes::{self, NewChange, Rule};
use crate::columns::read;
use crate::engine::{Tx, within};
use crate::jobs::{self, Priority};
use crate::values::{Value, held_of};
use crate::{Result, Store};

/// The kind of the job that looks at everything again; its payload is empty.
pub const KEEP_HELD: &str = "keep_held";

/// What a look at some values found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldAgain {
    /// Where to go on; none when these were the last.
    pub next: Option<Value>,
    /// How many values were looked at.
    pub looked_at: usize,
    /// Those whose rows did not say what is known of them.
    pub differed: Vec<Value>,
}

impl Store {
    /// Looks at up to `limit` partners' values after one, and writes what their rows do not say
    /// as it follows now.
    pub async fn keep_held_again(
        &self,
        after: Option<&Value>,
        limit: u32,
        now: Timestamp,
    ) -> Result<HeldAgain> {
        let again = self.held_differing(after, limit).await?;
        if !again.differed.is_empty() {
            let mut tx = self.begin().await?;
            alone(&mut tx).await?;
            let told = look_again(&mut tx, again.differed.iter().cloned().collect()).await?;
            changes::append(&mut tx, &told, now).await?;
            tx.commit().await?;
        }
        Ok(again)
    }

    /// The same without writing anything.
    pub async fn held_differing(&self, after: Option<&Value>, limit: u32) -> Result<HeldAgain> {
        let mut tx = self.snapshot().await?;
        let (kind, normalised) =
            after.map_or(("", ""), |(kind, normalised)| (kind.as_str(), normalised.as_str()));
        // A value's rows say the same. If they do not, one of the two is not what follows.
        let rows: Vec<(String, String, i64, i64)> = within!(&mut tx, db => sqlx::query_as(
            "SELECT kind, normalised, MIN(COALESCE(held, -1)), MAX(COALESCE(held, -1))
             FROM indicators
             WHERE by_partner IS NOT NULL AND gone_at IS NULL AND (normalised, kind) > ($2, $1)
             GROUP BY normalised, kind ORDER BY normalised, kind LIMIT $3")
            .bind(kind)
            .bind(normalised)
            .bind(i64::from(limit))
            .fetch_all(db).await?);
        let mut kept = Vec::with_capacity(rows.len());
        for (kind, normalised, least, most) in rows {
            let kind: IndicatorKind = read(&kind)?;
            kept.push(((kind, normalised), least, most));
        }
        let held = held_of(&mut tx, kept.iter().map(|(value, ..)| value.clone())).await?;
        let follows = |(kind, normalised): &Value| column(held.of(*kind, normalised)).unwrap_or(-1);
        let is_full = kept.len() == usize::try_from(limit).unwrap_or(usize::MAX);
        let next = kept.last().filter(|_| is_full).map(|(value, ..)| value.clone());
        let looked_at = kept.len();
        let differed = kept
            .into_iter()
            .filter(|(value, least, most)| *least != follows(value) || *most != follows(value))
            .map(|(value, ..)| value)
            .collect();
        Ok(HeldAgain { next, looked_at, differed })
    }
}

/// What the column says of a value.
fn column(held: Held) -> Option<i64> {
    match held {
        Held::Yes { decisions } => Some(i64::try_from(decisions).unwrap_or(i64::MAX)),
        _ => None,
    }
}

/// What a row says by its column.
pub(crate) fn of_column(decisions: i64) -> Held {
    Held::Yes { decisions: usize::try_from(decisions).unwrap_or(0) }
}

/// The first statement of whatever changes what is known of values: on PostgreSQL two that add a
/// partner each would both see one. SQLite has one writer.
pub(crate) async fn alone(tx: &mut Tx) -> Result<()> {
    match tx {
        Tx::Sqlite(_) => Ok(()),
        Tx::Pg(_) => tx.alone("held").await,
    }
}

/// Writes anew whether these values are held, where partners say them. Hands back what those are to
/// be told who follow, in the same transaction: whoever was told of a value that is held now must
/// not pass it on.
pub(crate) async fn look_again(tx: &mut Tx, values: BTreeSet<Value>) -> Result<Vec<NewChange>> {
    let mut told = Vec::new();
    if values.is_empty() {
        return Ok(told);
    }
    let held = held_of(tx, values.iter().cloned()).await?;
    for (kind, normalised) in &values {
        let now = column(held.of(*kind, normalised));
        let turned: Vec<(i64, String)> = within!(tx, db => sqlx::query_as(
            "SELECT id, family FROM indicators
             WHERE normalised = $2 AND kind = $1 AND by_partner IS NOT NULL AND gone_at IS NULL
               AND (held IS NULL) = $3 ORDER BY id")
            .bind(kind.as_str())
            .bind(normalised)
            .bind(now.is_some())
            .fetch_all(db).await?);
        let word = if now.is_some() { "indicator.held" } else { "indicator.freed" };
        told.extend(
            turned.into_iter().map(|(id, family)| {
                NewChange::new(word, id, Rule::Indicator(id)).of_family(family)
            }),
        );
        within!(tx, db => sqlx::query(
            "UPDATE indicators SET held = $3
             WHERE normalised = $2 AND kind = $1 AND by_partner IS NOT NULL AND gone_at IS NULL
               AND COALESCE(held, -1) <> COALESCE($3, -1)")
            .bind(kind.as_str())
            .bind(normalised)
            .bind(now)
            .execute(db).await?.rows_affected());
    }
    Ok(told)
}

/// What a sample holds of that which partners say. Its own file is held by it, analysed or not.
pub(crate) async fn of_sample(tx: &mut Tx, sha256: &Sha256) -> Result<BTreeSet<Value>> {
    let rows: Vec<(String, String)> = within!(tx, db => sqlx::query_as(
        "SELECT v.kind, v.normalised FROM sample_values v
         WHERE v.sample = $1 AND EXISTS (
            SELECT 1 FROM indicators i
            WHERE i.normalised = v.normalised AND i.kind = v.kind
              AND i.by_partner IS NOT NULL AND i.gone_at IS NULL)
         UNION
         SELECT f.kind, f.normalised FROM indicators f
         WHERE f.normalised = $1 AND f.kind = $2
           AND f.by_partner IS NOT NULL AND f.gone_at IS NULL")
        .bind(sha256.to_string())
        .bind(IndicatorKind::FileSha256.as_str())
        .fetch_all(db).await?);
    rows.into_iter().map(|(kind, normalised)| Ok((read(&kind)?, normalised))).collect()
}

/// Of values that a list names or named, those that partners say too.
pub(crate) async fn look_again_at_rows(tx: &mut Tx, ids: &[i64]) -> Result<Vec<NewChange>> {
    let mut values = BTreeSet::new();
    for chunk in ids.chunks(400) {
        let rows: Vec<(String, String)> = within!(tx, db => {
            let mut query = sqlx::QueryBuilder::new(
                "SELECT DISTINCT l.kind, l.normalised FROM indicators l WHERE l.id IN (");
            let mut listed = query.separated(", ");
            for id in chunk {
                listed.push_bind(*id);
            }
            query.push(") AND EXISTS (
                SELECT 1 FROM indicators i
                WHERE i.normalised = l.normalised AND i.kind = l.kind
                  AND i.by_partner IS NOT NULL AND i.gone_at IS NULL)");
            query.build_query_as().fetch_all(db).await?
        });
        for (kind, normalised) in rows {
            values.insert((read(&kind)?, normalised));
        }
    }
    look_again(tx, values).await
}

/// Asks for the job that looks at everything again.
pub(crate) async fn ask_for_all(tx: &mut Tx, now: Timestamp) -> Result<()> {
    let payload = serde_json::json!({});
    jobs::ask(tx, KEEP_HELD, Some(KEEP_HELD), &payload, Priority::Routine, now).await?;
    Ok(())
}
