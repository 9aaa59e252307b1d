//! Families, their other names, and the classes that sources attribute to them.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use unwatched_model::class::Attribution;
use unwatched_model::family::{Family, FamilyId, Platform};

use crate::columns::{SHORT_BYTES, key, micros, read, text, time};
use crate::engine::{Tx, within};
use crate::search_index::{self, Entry};
use crate::{Actor, HitKind, Result, Store, StoreError, audit};

/// A family to be created.
#[derive(Debug, Clone)]
pub struct NewFamily {
    /// The name people use.
    pub name: String,
    /// Other names, in order.
    pub aliases: Vec<String>,
    /// Where it runs.
    pub platform: Option<Platform>,
}

/// A family and what sources say of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FamilyRow {
    /// The family.
    pub family: Family,
    /// What sources attribute, sorted.
    pub attributed: Vec<Attribution>,
    /// When the store first knew it.
    pub added_at: Timestamp,
}

impl Store {
    /// Creates a family under a slug made from its name, numbered when the slug is taken.
    /// `Conflict` when a family of exactly this name exists, whatever its case.
    pub async fn create_family(
        &self,
        family: &NewFamily,
        by: &Actor,
        now: Timestamp,
    ) -> Result<FamilyId> {
        check_name(&family.name)?;
        for alias in &family.aliases {
            text(alias, "an alias", SHORT_BYTES)?;
        }
        let mut tx = self.begin().await?;
        tx.alone("families").await?;
        let taken = taken(&mut tx, &family.name).await?;
        let id = free_slug(&family.name, |slug| taken.contains(slug));
        add(&mut tx, &id, &family.name, family.platform, now).await?;
        add_aliases(&mut tx, &id, "", &family.aliases).await?;
        index(&mut tx, std::slice::from_ref(&id)).await?;
        let line = by.did("family.create", "family", &id, serde_json::json!({}));
        audit::append(&mut tx, &line, now).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// One family.
    pub async fn family(&self, id: &FamilyId) -> Result<Option<FamilyRow>> {
        let mut tx = self.snapshot().await?;
        let rows: Vec<Row> = within!(&mut tx, db => sqlx::query_as(
            "SELECT id, name, platform, added_at FROM families WHERE id = $1")
            .bind(id.as_str())
            .fetch_all(db).await?);
        Ok(complete(&mut tx, rows).await?.pop())
    }

    /// The families that somebody may mean who writes this: those of exactly this id or name, else
    /// those with such an alias; names whatever their case. More than one is nobody's to guess.
    pub async fn families_called(&self, text: &str) -> Result<Vec<FamilyRow>> {
        let wanted = key(text);
        let mut tx = self.snapshot().await?;
        let mut ids: Vec<String> = within!(&mut tx, db => sqlx::query_scalar(
            "SELECT id FROM families WHERE id = $1 OR name_key = $2 ORDER BY id")
            .bind(text.trim())
            .bind(&wanted)
            .fetch_all(db).await?);
        if ids.is_empty() {
            // Neither engine folds every alphabet's case.
            let aliases: Vec<(String, String)> = within!(&mut tx, db => sqlx::query_as(
                "SELECT family, alias FROM family_aliases ORDER BY family")
                .fetch_all(db).await?);
            let such = aliases.into_iter().filter(|(_, alias)| key(alias) == wanted);
            ids = such.map(|(family, _)| family).collect();
            ids.dedup();
        }
        let mut found = Vec::new();
        for id in ids {
            let rows: Vec<Row> = within!(&mut tx, db => sqlx::query_as(
                "SELECT id, name, platform, added_at FROM families WHERE id = $1")
                .bind(&id)
                .fetch_all(db).await?);
            found.extend(complete(&mut tx, rows).await?);
        }
        Ok(found)
    }

    /// A page of families by id, after the one given.
    pub async fn families(&self, after: Option<&FamilyId>, limit: u32) -> Result<Vec<FamilyRow>> {
        let mut tx = self.snapshot().await?;
        page(&mut tx, after.map_or("", FamilyId::as_str), i64::from(limit)).await
    }

    /// Every family by id.
    pub async fn all_families(&self) -> Result<Vec<FamilyRow>> {
        let mut tx = self.snapshot().await?;
        page(&mut tx, "", i64::MAX).await
    }
}

/// Id, name, platform, time added.
type Row = (String, String, Option<String>, i64);

/// Families by id, after one.
pub(crate) async fn page(tx: &mut Tx, after: &str, limit: i64) -> Result<Vec<FamilyRow>> {
    let rows: Vec<Row> = within!(tx, db => sqlx::query_as(
        "SELECT id, name, platform, added_at FROM families WHERE id > $1 ORDER BY id LIMIT $2")
        .bind(after)
        .bind(limit)
        .fetch_all(db).await?);
    complete(tx, rows).await
}

/// Adds what other tables hold of families that follow each other by id.
async fn complete(tx: &mut Tx, rows: Vec<Row>) -> Result<Vec<FamilyRow>> {
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Ok(Vec::new()) };
    let (first, last) = (first.0.clone(), last.0.clone());
    let mut aliases = aliases_between(tx, &first, &last).await?;
    let mut attributed = attributed_between(tx, &first, &last).await?;
    rows.into_iter()
        .map(|(id, name, platform, added_at)| {
            let family = Family {
                aliases: aliases.remove(&id).unwrap_or_default(),
                platform: platform.as_deref().map(read).transpose()?,
                id: read(&id)?,
                name,
            };
            let mut attributed = attributed.remove(&id).unwrap_or_default();
            attributed.sort();
            Ok(FamilyRow { family, attributed, added_at: time(added_at)? })
        })
        .collect()
}

/// Its creator's names first, then each list's, without what an earlier one gave.
async fn aliases_between(
    tx: &mut Tx,
    first: &str,
    last: &str,
) -> Result<BTreeMap<String, Vec<String>>> {
    let rows: Vec<(String, String, String)> = within!(tx, db => sqlx::query_as(
        "SELECT family, source, alias FROM family_aliases WHERE family >= $1 AND family <= $2
         ORDER BY family, source, position")
        .bind(first)
        .bind(last)
        .fetch_all(db).await?);
    let mut aliases: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for (family, source, alias) in rows {
        let known = aliases.entry(family).or_default();
        if !known.iter().any(|(earlier, name)| *name == alias && *earlier != source) {
            known.push((source, alias));
        }
    }
    let names = |known: Vec<(String, String)>| known.into_iter().map(|(_, name)| name).collect();
    Ok(aliases.into_iter().map(|(family, known)| (family, names(known))).collect())
}

/// What sources attribute to one family, sorted.
pub(crate) async fn attributed(tx: &mut Tx, id: &FamilyId) -> Result<Vec<Attribution>> {
    let mut attributed = attributed_between(tx, id.as_str(), id.as_str()).await?;
    let mut attributed = attributed.remove(id.as_str()).unwrap_or_default();
    attributed.sort();
    Ok(attributed)
}

/// What sources say of the families from one to another, by family.
pub(crate) async fn attributed_between(
    tx: &mut Tx,
    first: &str,
    last: &str,
) -> Result<BTreeMap<String, Vec<Attribution>>> {
    let rows: Vec<(String, String, String)> = within!(tx, db => sqlx::query_as(
        "SELECT family, source, class FROM attributions WHERE family >= $1 AND family <= $2")
        .bind(first)
        .bind(last)
        .fetch_all(db).await?);
    let mut attributed: BTreeMap<String, Vec<Attribution>> = BTreeMap::new();
    for (family, source, class) in rows {
        let class = read(&class)?;
        attributed.entry(family).or_default().push(Attribution { source, class });
    }
    Ok(attributed)
}

/// A name that can be a family's.
pub(crate) fn check_name(name: &str) -> Result<()> {
    if text(name, "the family's name", SHORT_BYTES)?.trim().is_empty() {
        return Err(StoreError::Invalid("the family's name is empty".to_owned()));
    }
    Ok(())
}

/// The slugs that could be in the way of a new family of this name; `Conflict` when there is a
/// family of exactly this name.
async fn taken(tx: &mut Tx, name: &str) -> Result<HashSet<String>> {
    let base = FamilyId::from_name(name);
    let rows: Vec<(String, bool)> = within!(tx, db => sqlx::query_as(
        "SELECT id, name_key = $1 FROM families
         WHERE name_key = $1 OR id = $2 OR (id >= $3 AND id < $4)")
        .bind(key(name))
        .bind(base.as_str())
        .bind(format!("{base}-"))
        .bind(format!("{base}."))
        .fetch_all(db).await?);
    if let Some((id, _)) = rows.iter().find(|(_, same_name)| *same_name) {
        return Err(StoreError::Conflict(format!("there is already a family {name}: {id}")));
    }
    Ok(rows.into_iter().map(|(id, _)| id).collect())
}

/// The slug that a name suggests, numbered when it is taken.
pub(crate) fn free_slug(name: &str, taken: impl Fn(&str) -> bool) -> FamilyId {
    let base = FamilyId::from_name(name);
    let numbered = (2..=u32::MAX).map(|number| base.numbered(number));
    std::iter::once(base.clone()).chain(numbered).find(|slug| !taken(slug.as_str())).unwrap_or(base)
}

pub(crate) async fn add(
    tx: &mut Tx,
    id: &FamilyId,
    name: &str,
    platform: Option<Platform>,
    now: Timestamp,
) -> Result<()> {
    within!(tx, db => sqlx::query(
        "INSERT INTO families (id, name, name_key, platform, added_at)
         VALUES ($1, $2, $3, $4, $5)")
        .bind(id.as_str())
        .bind(name)
        .bind(key(name))
        .bind(platform.map(Platform::as_str))
        .bind(micros(now))
        .execute(db).await?.rows_affected());
    Ok(())
}

/// Adds the names that a source gives; the creator's source is empty.
pub(crate) async fn add_aliases(
    tx: &mut Tx,
    id: &FamilyId,
    source: &str,
    aliases: &[String],
) -> Result<()> {
    for (position, alias) in (0i64..).zip(aliases) {
        within!(tx, db => sqlx::query(
            "INSERT INTO family_aliases (family, source, position, alias)
             VALUES ($1, $2, $3, $4)")
            .bind(id.as_str())
            .bind(source)
            .bind(position)
            .bind(alias)
            .execute(db).await?.rows_affected());
    }
    Ok(())
}

/// Makes families searchable under the names they have now.
pub(crate) async fn index(tx: &mut Tx, ids: &[FamilyId]) -> Result<()> {
    let (Some(first), Some(last)) = (ids.iter().min(), ids.iter().max()) else { return Ok(()) };
    let rows: Vec<Row> = within!(tx, db => sqlx::query_as(
        "SELECT id, name, platform, added_at FROM families
         WHERE id >= $1 AND id <= $2 ORDER BY id")
        .bind(first.as_str())
        .bind(last.as_str())
        .fetch_all(db).await?);
    let wanted: HashSet<_> = ids.iter().collect();
    let families = complete(tx, rows).await?;
    let entries: Vec<_> =
        families.iter().filter(|row| wanted.contains(&row.family.id)).map(entry).collect();
    search_index::put(tx, &entries).await
}

fn entry(FamilyRow { family, added_at, .. }: &FamilyRow) -> Entry {
    let names = [family.id.as_str(), &family.name];
    let keys = names.into_iter().chain(family.aliases.iter().map(String::as_str));
    let texts = format!("{} {}", family.name, family.aliases.join(" "));
    let id = family.id.to_string();
    let entry = Entry::new(HitKind::Family, id.clone(), family.name.clone(), keys, &texts);
    let year = added_at.to_zoned(TimeZone::UTC).year().to_string();
    let entry = entry.of_family(&id).tagged("family", &id).tagged("year", &year);
    match family.platform {
        Some(platform) => entry.tagged("platform", platform.as_str()),
        None => entry,
    }
}
