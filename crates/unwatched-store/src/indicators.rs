//! Indicators, one row per statement of one source: provenance is never merged.

use std::collections::BTreeSet;

use jiff::Timestamp;
use sqlx::QueryBuilder;
use unwatched_model::access::Sharing;
use unwatched_model::family::FamilyId;
use unwatched_model::held::Held;
use unwatched_model::indicator::{Indicator, IndicatorKind};
use unwatched_model::pap::Pap;
use unwatched_model::partner::{GroupSlug, PartnerSlug};

use crate::changes::{self, NewChange};
use crate::columns::{
    LONG_BYTES, SHORT_BYTES, VALUE_BYTES, explained, micros, number, read, text, time,
};
use crate::engine::{Tx, reading, within};
use crate::search_index::{self, Entry};
use crate::values::Value;
use crate::visible::indicator_seen;
use crate::{
    Actor, HitKind, Result, Store, StoreError, Visible, audit, kept_held, queue, release_drafts,
    values,
};

/// What became of an indicator that was added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddedIndicator {
    /// Its id, of the row that was there already when it is not new.
    pub id: i64,
    /// Whether it was not there before.
    pub new: bool,
}

/// How a partner's statement is shared, beside the TLP that it carries.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Handling {
    /// What may be done with it.
    pub pap: Pap,
    /// Only among the members of this group.
    pub group: Option<GroupSlug>,
    /// Whether the partner says that it comes from the maker's public download.
    pub declared_public: bool,
}

/// An indicator as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndicatorRow {
    /// Its id.
    pub id: i64,
    /// The statement, its value as written.
    pub indicator: Indicator,
    /// The value in the form compared.
    pub normalised: String,
    /// The field of a list it came from, such as `c2.ip`; `None` from a partner.
    pub field: Option<String>,
    /// Where it stood in that field; `None` from a partner.
    pub position: Option<u32>,
    /// The partner who added it; `None` from a list, and where its reader may not know.
    pub by: Option<PartnerSlug>,
    /// How it is shared, beside its TLP.
    pub handling: Handling,
    /// When.
    pub added_at: Timestamp,
}

/// `$1` and `$2` say who asks: [`Visible::partner`], [`Visible::of_indicators`].
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT i.id, i.family, i.kind, i.value, i.normalised, i.role, i.tlp, i.pap,
                    i.group_slug, i.declared_public, i.source, i.field, i.position, i.by_partner,
                    i.added_at, i.held
             FROM indicators i WHERE i.gone_at IS NULL AND ",
            indicator_seen!("i", "$1", "$2"),
            $rest
        )
    };
}

impl Store {
    /// Adds a partner's statement. The same family, kind, normalised value, role and source from
    /// the same partner is the same row, and takes over the sharing said last. `NotFound` when the
    /// family is unknown, `Invalid` when the value is none of its kind, `SourceTaken` when the
    /// source is that of an imported list.
    pub async fn add_indicator(
        &self,
        indicator: &Indicator,
        handling: &Handling,
        by: &Actor,
        now: Timestamp,
    ) -> Result<AddedIndicator> {
        let partner = by.partner.as_ref().ok_or_else(values::nobodys)?;
        let mut row = NewRow::new(indicator, Some(partner))?;
        row.handling = handling.clone();
        let mut tx = self.begin().await?;
        kept_held::alone(&mut tx).await?;
        refuse_a_lists_source(&mut tx, &indicator.source).await?;
        let added = insert(&mut tx, std::slice::from_ref(&row), now).await?;
        let (added, lost) = if let Some(added) = added.first() {
            (AddedIndicator { id: added.id, new: true }, Vec::new())
        } else {
            let (id, lost) = say_again(&mut tx, &row).await?;
            (AddedIndicator { id, new: false }, lost)
        };
        // One that was withdrawn is found again.
        let entry =
            entry(added.id, indicator, &row.normalised).of_partner(partner.as_str(), indicator.tlp);
        search_index::put(&mut tx, &[entry]).await?;
        queue::place_again(&mut tx, &[added.id]).await?;
        let detail = serde_json::json!({
            "family": indicator.family.as_str(), "kind": indicator.kind.as_str(),
            "tlp": indicator.tlp.as_str(), "pap": handling.pap.as_str(),
            "declared_public": handling.declared_public,
        });
        let line = by.did("indicator.add", "indicator", added.id, detail);
        audit::append(&mut tx, &line, now).await?;
        let value = (indicator.kind, row.normalised);
        let mut told = kept_held::look_again(&mut tx, BTreeSet::from([value])).await?;
        // Whoever is told that it is new reads there that it is held.
        told.retain(|change| !(added.new && change.number() == Some(added.id)));
        told.extend(lost);
        changes::append(&mut tx, &told, now).await?;
        tx.commit().await?;
        Ok(added)
    }

    /// Withdraws a partner's own statement: it is read nowhere any more, and stays as history.
    /// `NotFound` when it has none of this id.
    pub async fn withdraw_indicator(
        &self,
        id: i64,
        why: &str,
        by: &Actor,
        now: Timestamp,
    ) -> Result<()> {
        let partner = by.partner.as_ref().ok_or_else(values::nobodys)?;
        let why = text(why, "the reason", LONG_BYTES)?;
        let mut tx = self.begin().await?;
        kept_held::alone(&mut tx).await?;
        release_drafts::forget(&mut tx).await?;
        let done: Option<(String, String)> = within!(&mut tx, db => sqlx::query_as(
            "UPDATE indicators SET gone_at = $3, gone_why = $4, held = NULL
             WHERE id = $1 AND by_partner = $2 AND gone_at IS NULL
             RETURNING kind, normalised")
            .bind(id)
            .bind(partner.as_str())
            .bind(micros(now))
            .bind(why)
            .fetch_optional(db).await?);
        let value = own(done, id)?;
        search_index::forget(&mut tx, HitKind::Indicator, &[id.to_string()]).await?;
        queue::place_again(&mut tx, &[id]).await?;
        let line = by.did("indicator.withdraw", "indicator", id, serde_json::json!({}));
        audit::append(&mut tx, &line, now).await?;
        let told = kept_held::look_again(&mut tx, BTreeSet::from([value])).await?;
        changes::append(&mut tx, &told, now).await?;
        tx.commit().await
    }

    /// Records that a partner's own statement comes from the maker's public download. `NotFound`
    /// when it has none of this id.
    pub async fn declare_public(&self, id: i64, by: &Actor, now: Timestamp) -> Result<()> {
        let partner = by.partner.as_ref().ok_or_else(values::nobodys)?;
        let mut tx = self.begin().await?;
        kept_held::alone(&mut tx).await?;
        let done: Option<(String, String)> = within!(&mut tx, db => sqlx::query_as(
            "UPDATE indicators SET declared_public = TRUE
             WHERE id = $1 AND by_partner = $2 AND gone_at IS NULL
             RETURNING kind, normalised")
            .bind(id)
            .bind(partner.as_str())
            .fetch_optional(db).await?);
        let value = own(done, id)?;
        let line = by.did("indicator.declare", "indicator", id, serde_json::json!({}));
        audit::append(&mut tx, &line, now).await?;
        let told = kept_held::look_again(&mut tx, BTreeSet::from([value])).await?;
        changes::append(&mut tx, &told, now).await?;
        tx.commit().await
    }

    /// One statement, if it is seen.
    pub async fn indicator(&self, id: i64, to: &Visible) -> Result<Option<IndicatorRow>> {
        let row: Option<Row> = reading!(self, db => sqlx::query_as(select!(" AND i.id = $3"))
            .bind(to.partner())
            .bind(to.of_indicators())
            .bind(id)
            .fetch_optional(db).await?);
        row.map(|row| row.into_indicator(to)).transpose()
    }

    /// What is said of one family and seen, in the order added.
    pub async fn indicators_of(
        &self,
        family: &FamilyId,
        to: &Visible,
    ) -> Result<Vec<IndicatorRow>> {
        let rows: Vec<Row> = reading!(self, db => sqlx::query_as(
            select!(" AND i.family = $3 ORDER BY i.id"))
            .bind(to.partner())
            .bind(to.of_indicators())
            .bind(family.as_str())
            .fetch_all(db).await?);
        rows.into_iter().map(|row| row.into_indicator(to)).collect()
    }

    /// The same, at most `limit`, by kind and value: of a family that many things are said of, a
    /// page shows the first.
    pub async fn first_indicators_of(
        &self,
        family: &FamilyId,
        limit: u32,
        to: &Visible,
    ) -> Result<Vec<IndicatorRow>> {
        let rows: Vec<Row> = reading!(self, db => sqlx::query_as(
            select!(" AND i.family = $3
              ORDER BY i.kind, i.normalised, i.role, i.source, i.id LIMIT $4"))
            .bind(to.partner())
            .bind(to.of_indicators())
            .bind(family.as_str())
            .bind(i64::from(limit))
            .fetch_all(db).await?);
        rows.into_iter().map(|row| row.into_indicator(to)).collect()
    }

    /// Of at most some hundred rows, by id, those seen.
    pub(crate) async fn indicators_among(
        &self,
        ids: &[i64],
        to: &Visible,
    ) -> Result<Vec<IndicatorRow>> {
        let listed: Vec<String> = ids.iter().map(i64::to_string).collect();
        let sql = format!("{} AND i.id IN ({}) ORDER BY i.id", select!(""), listed.join(", "));
        let rows: Vec<Row> = reading!(self, db => sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(to.partner())
            .bind(to.of_indicators())
            .fetch_all(db).await?);
        rows.into_iter().map(|row| row.into_indicator(to)).collect()
    }

    /// What partners added, is seen and is held, after the row of an id, in the order added.
    pub async fn held_indicators(
        &self,
        after: i64,
        limit: u32,
        to: &Visible,
    ) -> Result<Vec<(IndicatorRow, Held)>> {
        let rows: Vec<Row> = reading!(self, db => sqlx::query_as(
            select!(" AND i.held IS NOT NULL AND i.id > $3 ORDER BY i.id LIMIT $4"))
            .bind(to.partner())
            .bind(to.of_indicators())
            .bind(after)
            .bind(i64::from(limit))
            .fetch_all(db).await?);
        let held = |row: Row| {
            let held = kept_held::of_column(row.held.unwrap_or(0));
            Ok((row.into_indicator(to)?, held))
        };
        rows.into_iter().map(held).collect()
    }

    /// Everything seen, in the order added.
    pub async fn all_indicators(&self, to: &Visible) -> Result<Vec<IndicatorRow>> {
        let rows: Vec<Row> = reading!(self, db => sqlx::query_as(select!(" ORDER BY i.id"))
            .bind(to.partner())
            .bind(to.of_indicators())
            .fetch_all(db).await?);
        rows.into_iter().map(|row| row.into_indicator(to)).collect()
    }

    /// Every statement seen about one normalised value, of one kind or of any.
    pub async fn indicators_matching(
        &self,
        kind: Option<IndicatorKind>,
        normalised: &str,
        to: &Visible,
    ) -> Result<Vec<IndicatorRow>> {
        let rows: Vec<Row> = reading!(self, db => sqlx::query_as(
            select!(" AND i.normalised = $3 AND ($4 IS NULL OR i.kind = $4) ORDER BY i.id"))
            .bind(to.partner())
            .bind(to.of_indicators())
            .bind(normalised.replace('\0', "\u{fffd}"))
            .bind(kind.map(IndicatorKind::as_str))
            .fetch_all(db).await?);
        rows.into_iter().map(|row| row.into_indicator(to)).collect()
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    family: String,
    kind: String,
    value: String,
    normalised: String,
    role: String,
    tlp: String,
    pap: String,
    group_slug: Option<String>,
    declared_public: bool,
    source: String,
    field: Option<String>,
    position: Option<i64>,
    by_partner: Option<String>,
    added_at: i64,
    held: Option<i64>,
}

impl Row {
    fn into_indicator(self, to: &Visible) -> Result<IndicatorRow> {
        let handling = Handling {
            pap: read(&self.pap)?,
            group: self.group_slug.as_deref().map(read).transpose()?,
            declared_public: self.declared_public,
        };
        let indicator = Indicator {
            family: read(&self.family)?,
            kind: read(&self.kind)?,
            value: self.value,
            role: read(&self.role)?,
            tlp: read(&self.tlp)?,
            source: self.source,
        };
        let sharing =
            Sharing { tlp: indicator.tlp, pap: handling.pap, group: handling.group.clone() };
        let by: Option<PartnerSlug> = self.by_partner.as_deref().map(read).transpose()?;
        Ok(IndicatorRow {
            id: self.id,
            indicator,
            normalised: self.normalised,
            field: self.field,
            position: self.position.map(number).transpose()?,
            by: by.filter(|by| to.shows_source(by, &sharing)),
            handling,
            added_at: time(self.added_at)?,
        })
    }
}

/// What makes two statements the same row.
#[derive(Debug, Clone, PartialEq, Eq, Hash, sqlx::FromRow)]
pub(crate) struct Identity {
    pub(crate) family: String,
    pub(crate) kind: String,
    pub(crate) normalised: String,
    pub(crate) role: String,
    pub(crate) source: String,
    /// The partner who says so; none for a list.
    pub(crate) by_partner: Option<String>,
}

/// A row as it came to be.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct Inserted {
    pub(crate) id: i64,
    #[sqlx(flatten)]
    pub(crate) identity: Identity,
}

/// A row to be added.
#[derive(Debug, Clone)]
pub(crate) struct NewRow {
    pub(crate) indicator: Indicator,
    pub(crate) normalised: String,
    pub(crate) field: Option<String>,
    pub(crate) position: Option<u32>,
    pub(crate) by: Option<PartnerSlug>,
    pub(crate) handling: Handling,
}

impl NewRow {
    pub(crate) fn new(indicator: &Indicator, by: Option<&PartnerSlug>) -> Result<Self> {
        text(&indicator.value, "the value", VALUE_BYTES)?;
        text(&indicator.source, "the source", SOURCE_BYTES)?;
        let normalised = indicator
            .kind
            .normalise(&indicator.value)
            .map_err(|error| StoreError::Invalid(error.to_string()))?;
        text(&normalised, "the value", VALUE_BYTES)?;
        Ok(Self {
            indicator: indicator.clone(),
            normalised,
            field: None,
            position: None,
            by: by.cloned(),
            handling: Handling::default(),
        })
    }

    pub(crate) fn identity(&self) -> Identity {
        Identity {
            family: self.indicator.family.to_string(),
            kind: self.indicator.kind.as_str().to_owned(),
            normalised: self.normalised.clone(),
            role: self.indicator.role.as_str().to_owned(),
            source: self.indicator.source.clone(),
            by_partner: self.by.as_ref().map(PartnerSlug::to_string),
        }
    }
}

/// The value of a partner's own row, if there is one of this id.
fn own(row: Option<(String, String)>, id: i64) -> Result<Value> {
    let (kind, normalised) =
        row.ok_or_else(|| StoreError::NotFound(format!("indicator of your own: {id}")))?;
    Ok((read(&kind)?, normalised))
}

/// A source is part of a row's identity, and PostgreSQL's indices hold 2,700 bytes.
const SOURCE_BYTES: usize = SHORT_BYTES / 4;
const CHUNK: usize = 400;

/// Adds the rows that are not there and returns those.
pub(crate) async fn insert(tx: &mut Tx, rows: &[NewRow], now: Timestamp) -> Result<Vec<Inserted>> {
    let mut inserted = Vec::with_capacity(rows.len());
    for chunk in rows.chunks(CHUNK) {
        let added: Vec<Inserted> = within!(tx, db => {
            let mut query = QueryBuilder::new(
                "INSERT INTO indicators (family, kind, normalised, role, source, value, tlp, pap,
                                         group_slug, declared_public, field, position, by_partner,
                                         added_at) ");
            query.push_values(chunk, |mut values, row| {
                values
                    .push_bind(row.indicator.family.as_str())
                    .push_bind(row.indicator.kind.as_str())
                    .push_bind(&row.normalised)
                    .push_bind(row.indicator.role.as_str())
                    .push_bind(&row.indicator.source)
                    .push_bind(&row.indicator.value)
                    .push_bind(row.indicator.tlp.as_str())
                    .push_bind(row.handling.pap.as_str())
                    .push_bind(row.handling.group.as_ref().map(GroupSlug::as_str))
                    .push_bind(row.handling.declared_public)
                    .push_bind(&row.field)
                    .push_bind(row.position.map(i64::from))
                    .push_bind(row.by.as_ref().map(PartnerSlug::as_str))
                    .push_bind(micros(now));
            });
            query.push(
                " ON CONFLICT (family, kind, normalised, role, source, COALESCE(by_partner, ''))
                  DO NOTHING RETURNING id, family, kind, normalised, role, source, by_partner");
            query.build_query_as().fetch_all(db).await.map_err(|error| explained(error, || {
                format!("family or partner: {}", chunk[0].indicator.family)
            }))?
        });
        inserted.extend(added);
    }
    Ok(inserted)
}

/// Partners do not speak in a list's name.
async fn refuse_a_lists_source(tx: &mut Tx, source: &str) -> Result<()> {
    let taken: bool = within!(tx, db => sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM listings WHERE LOWER(source) = LOWER($1))
             OR EXISTS (SELECT 1 FROM listed_samples WHERE LOWER(source) = LOWER($1))")
        .bind(source)
        .fetch_one(db).await?);
    if taken { Err(StoreError::SourceTaken(source.to_owned())) } else { Ok(()) }
}

/// The row that its partner added before, shared as the partner says now; withdrawn no longer.
/// Writes how it is shared now. Hands back what those are to be told who saw it and do so no more.
async fn say_again(tx: &mut Tx, row: &NewRow) -> Result<(i64, Vec<NewChange>)> {
    let identity = row.identity();
    release_drafts::forget(tx).await?;
    let was: Option<(String, Option<String>)> = within!(tx, db => sqlx::query_as(
        "SELECT tlp, group_slug FROM indicators
         WHERE family = $1 AND kind = $2 AND normalised = $3 AND role = $4 AND source = $5
           AND by_partner = $6 AND gone_at IS NULL")
        .bind(&identity.family)
        .bind(&identity.kind)
        .bind(&identity.normalised)
        .bind(&identity.role)
        .bind(&identity.source)
        .bind(&identity.by_partner)
        .fetch_optional(&mut *db).await?);
    let seen_before = match was {
        Some((tlp, group)) => reached(tx, &tlp, group.as_deref()).await?,
        None => BTreeSet::new(),
    };
    let (tlp, group) = (row.indicator.tlp.as_str(), row.handling.group.as_ref());
    let id = within!(tx, db => sqlx::query_scalar(
        "UPDATE indicators
         SET tlp = $7, pap = $8, group_slug = $9, declared_public = $10, gone_at = NULL,
             gone_why = NULL
         WHERE family = $1 AND kind = $2 AND normalised = $3 AND role = $4 AND source = $5
           AND by_partner = $6
         RETURNING id")
        .bind(&identity.family)
        .bind(&identity.kind)
        .bind(&identity.normalised)
        .bind(&identity.role)
        .bind(&identity.source)
        .bind(&identity.by_partner)
        .bind(tlp)
        .bind(row.handling.pap.as_str())
        .bind(group.map(GroupSlug::as_str))
        .bind(row.handling.declared_public)
        .fetch_one(&mut *db).await?);
    let seen_now = reached(tx, tlp, group.map(GroupSlug::as_str)).await?;
    let lost = seen_before
        .difference(&seen_now)
        .filter(|partner| Some(*partner) != identity.by_partner.as_ref())
        .map(|partner| {
            NewChange::to("indicator.withdrawn", id, partner).of_family(&identity.family)
        })
        .collect();
    Ok((id, lost))
}

/// The partners whose programs see what another shares in this way.
async fn reached(tx: &mut Tx, tlp: &str, group: Option<&str>) -> Result<BTreeSet<String>> {
    let partners: Vec<String> = within!(tx, db => sqlx::query_scalar(concat!(
        "SELECT p.slug FROM partners p, (SELECT CAST($1 AS TEXT) AS tlp,
                CAST($2 AS TEXT) AS group_slug, CAST('' AS TEXT) AS by_partner) i
         WHERE ", indicator_seen!("i", "p.slug", "1")))
        .bind(tlp)
        .bind(group)
        .fetch_all(&mut *db).await?);
    Ok(partners.into_iter().collect())
}

/// Writes the words of a list's row anew; it is no longer gone.
pub(crate) async fn update(tx: &mut Tx, id: i64, row: &NewRow) -> Result<()> {
    within!(tx, db => sqlx::query(
        "UPDATE indicators
         SET value = $2, tlp = $3, field = $4, position = $5, gone_at = NULL
         WHERE id = $1")
        .bind(id)
        .bind(&row.indicator.value)
        .bind(row.indicator.tlp.as_str())
        .bind(&row.field)
        .bind(row.position.map(i64::from))
        .execute(db).await?.rows_affected());
    Ok(())
}

/// How an indicator is found: by its value, written or normalised, and by the words in it.
pub(crate) fn entry(id: i64, indicator: &Indicator, normalised: &str) -> Entry {
    let Indicator { kind, value, role, source, .. } = indicator;
    let title = format!("{value} ({kind}, {role}; {source})");
    let keys = [value.as_str(), normalised];
    let family = indicator.family.as_str();
    Entry::new(HitKind::Indicator, id.to_string(), title, keys, value)
        .of_family(family)
        .tagged("family", family)
        .tagged("type", kind.as_str())
}

/// Every row as it is found.
pub(crate) async fn kept(tx: &mut Tx) -> Result<Vec<Entry>> {
    let all = Visible::everything_for_a_job();
    let rows: Vec<Row> = within!(tx, db => sqlx::query_as(select!(" ORDER BY i.id"))
        .bind(all.partner())
        .bind(all.of_indicators())
        .fetch_all(db).await?);
    let found = |row: Row| {
        let row = row.into_indicator(&all)?;
        let entry = entry(row.id, &row.indicator, &row.normalised);
        Ok(match &row.by {
            Some(by) => entry.of_partner(by.as_str(), row.indicator.tlp),
            None => entry,
        })
    };
    rows.into_iter().map(found).collect()
}
