//! Writes an import: compares what a batch asks for with what is there, and writes the difference
//! in one transaction.

use std::collections::{BTreeSet, HashMap, HashSet};

use jiff::Timestamp;
use sqlx::QueryBuilder;
use unwatched_model::family::FamilyId;

use super::plan::{Plan, plan};
use super::state::{Known, State, listing_sources};
use super::{ImportBatch, Imported, ListedSample, Listing};
use crate::changes::{self, NewChange, Rule};
use crate::columns::{micros, read, to_json};
use crate::engine::{Tx, within};
use crate::indicators::{self, Identity, Inserted, NewRow};
use crate::search_index;
use crate::{Actor, HitKind, Result, Store, audit, families, kept_held, queue};

/// How many rows one statement writes.
const CHUNK: usize = 400;

pub(super) async fn import(store: &Store, batch: &ImportBatch, now: Timestamp) -> Result<Imported> {
    let mut tx = store.begin().await?;
    kept_held::alone(&mut tx).await?;
    tx.alone("families").await?;
    let state = State::read(&mut tx, batch).await?;
    let plan = plan(batch, &state)?;
    let mut imported = Imported { problems: plan.problems.clone(), ..Imported::default() };
    write_families(&mut tx, &state, &plan, now, &mut imported).await?;
    write_attributions(&mut tx, &state, &plan).await?;
    let mut told: Vec<_> = plan.new_families.iter().map(|(id, _)| added(id)).collect();
    told.extend(write_indicators(&mut tx, &state, &plan, now, &mut imported).await?);
    write_listings(&mut tx, &state, batch, &plan, &mut imported).await?;
    write_samples(&mut tx, &state, batch, &mut imported).await?;
    write_raw_files(&mut tx, batch, now).await?;
    let detail = serde_json::json!({
        "families": imported.families,
        "indicators": imported.indicators,
        "samples": imported.samples,
    });
    // A list is imported by whoever has a shell on the server.
    let line = Actor::operator().did("list.import", "list", "community", detail);
    audit::append(&mut tx, &line, now).await?;
    changes::append(&mut tx, &told, now).await?;
    tx.commit().await?;
    Ok(imported)
}

fn added(family: &FamilyId) -> NewChange {
    NewChange::new("family.added", family, Rule::Families).of_family(family)
}

fn moved(kind: &'static str, id: i64, family: &str) -> NewChange {
    NewChange::new(kind, id, Rule::Indicator(id)).of_family(family)
}

async fn write_families(
    tx: &mut Tx,
    state: &State,
    plan: &Plan,
    now: Timestamp,
    imported: &mut Imported,
) -> Result<()> {
    for (id, name) in &plan.new_families {
        families::add(tx, id, name, None, now).await?;
    }
    imported.families = plan.new_families.len() as u64;
    let mut renamed: BTreeSet<FamilyId> =
        plan.new_families.iter().map(|(id, _)| id.clone()).collect();
    let places: BTreeSet<_> = state.given.keys().chain(plan.given.keys()).collect();
    for place in places {
        let (family, source) = place;
        let (before, after) = (state.given.get(place), plan.given.get(place));
        if before == after {
            continue;
        }
        let family: FamilyId = read(family)?;
        within!(tx, db => sqlx::query(
            "DELETE FROM family_aliases WHERE family = $1 AND source = $2")
            .bind(family.as_str())
            .bind(source)
            .execute(db).await?.rows_affected());
        families::add_aliases(tx, &family, source, after.map_or(&[], Vec::as_slice)).await?;
        renamed.insert(family);
    }
    families::index(tx, &renamed.into_iter().collect::<Vec<_>>()).await
}

async fn write_attributions(tx: &mut Tx, state: &State, plan: &Plan) -> Result<()> {
    for (family, source, class) in state.attributed.difference(&plan.attributed) {
        within!(tx, db => sqlx::query(
            "DELETE FROM attributions WHERE family = $1 AND source = $2 AND class = $3")
            .bind(family)
            .bind(source)
            .bind(class)
            .execute(db).await?.rows_affected());
    }
    for (family, source, class) in plan.attributed.difference(&state.attributed) {
        within!(tx, db => sqlx::query(
            "INSERT INTO attributions (family, source, class) VALUES ($1, $2, $3)")
            .bind(family)
            .bind(source)
            .bind(class)
            .execute(db).await?.rows_affected());
    }
    Ok(())
}

async fn write_indicators(
    tx: &mut Tx,
    state: &State,
    plan: &Plan,
    now: Timestamp,
    imported: &mut Imported,
) -> Result<Vec<NewChange>> {
    let mut told = Vec::new();
    let mut new: Vec<NewRow> = Vec::new();
    let mut entries = Vec::new();
    let mut listed = HashSet::new();
    let mut touched = Vec::new();
    for row in &plan.indicators {
        let Some((identity, known)) = state.indicators.get_key_value(&row.identity()) else {
            new.push(row.clone());
            continue;
        };
        listed.insert(identity);
        if known.gone {
            imported.indicators += 1;
        } else {
            imported.unchanged += 1;
        }
        if known.gone || differs(known, row) {
            let kind = if known.gone { "indicator.added" } else { "indicator.changed" };
            told.push(moved(kind, known.id, &identity.family));
            indicators::update(tx, known.id, row).await?;
            touched.push(known.id);
            entries.push(indicators::entry(known.id, &row.indicator, &row.normalised));
        }
    }
    search_index::put(tx, &entries).await?;
    let added = add_indicators(tx, &new, now).await?;
    imported.indicators += added.len() as u64;
    told.extend(added.iter().map(|one| moved("indicator.added", one.id, &one.identity.family)));
    touched.extend(added.iter().map(|one| one.id));
    let left = state
        .indicators
        .iter()
        .filter(|(identity, known)| !known.gone && !listed.contains(identity));
    let mut gone = Vec::new();
    for (identity, known) in left {
        gone.push(known.id);
        told.push(moved("indicator.withdrawn", known.id, &identity.family));
    }
    imported.gone = gone.len() as u64;
    remove_indicators(tx, &gone, now).await?;
    touched.extend(gone);
    queue::place_again(tx, &touched).await?;
    // Maps have no order of their own.
    told.sort_by_key(NewChange::number);
    told.extend(kept_held::look_again_at_rows(tx, &touched).await?);
    Ok(told)
}

fn differs(known: &Known, row: &NewRow) -> bool {
    known.value != row.indicator.value || known.field != row.field || known.position != row.position
}

async fn add_indicators(tx: &mut Tx, rows: &[NewRow], now: Timestamp) -> Result<Vec<Inserted>> {
    let by_identity: HashMap<Identity, &NewRow> =
        rows.iter().map(|row| (row.identity(), row)).collect();
    let inserted = indicators::insert(tx, rows, now).await?;
    let entries: Vec<_> = inserted
        .iter()
        .filter_map(|one| by_identity.get(&one.identity).map(|row| (one.id, row)))
        .map(|(id, row)| indicators::entry(id, &row.indicator, &row.normalised))
        .collect();
    search_index::put_new(tx, &entries).await?;
    Ok(inserted)
}

/// What its list no longer says stays as history, and is neither read nor found.
async fn remove_indicators(tx: &mut Tx, ids: &[i64], now: Timestamp) -> Result<()> {
    for chunk in ids.chunks(CHUNK) {
        within!(tx, db => {
            let mut query = QueryBuilder::new("UPDATE indicators SET gone_at = ");
            query.push_bind(micros(now)).push(" WHERE id IN (");
            let mut listed = query.separated(", ");
            for id in chunk {
                listed.push_bind(*id);
            }
            query.push(")").build().execute(db).await?;
        });
    }
    let references: Vec<_> = ids.iter().map(i64::to_string).collect();
    search_index::forget(tx, HitKind::Indicator, &references).await
}

async fn write_listings(
    tx: &mut Tx,
    state: &State,
    batch: &ImportBatch,
    plan: &Plan,
    imported: &mut Imported,
) -> Result<()> {
    for (listing, family) in batch.listings.iter().zip(&plan.family_of) {
        let place = (listing.source.clone(), listing.position);
        if state.listings.get(&place) != Some(listing) {
            imported.listings += 1;
            write_listing(tx, listing, family).await?;
        }
    }
    for source in listing_sources(batch) {
        let places = batch.listings.iter().filter(|listing| listing.source == source);
        let places: HashSet<_> = places.map(|listing| listing.position).collect();
        let before = state.listings.keys().filter(|(listed, _)| listed == source);
        for (_, position) in before.filter(|(_, position)| !places.contains(position)) {
            within!(tx, db => sqlx::query(
                "DELETE FROM listings WHERE source = $1 AND position = $2")
                .bind(source)
                .bind(i64::from(*position))
                .execute(db).await?.rows_affected());
        }
    }
    Ok(())
}

async fn write_listing(tx: &mut Tx, listing: &Listing, family: &FamilyId) -> Result<()> {
    let names = to_json(&listing.names)?;
    let indicators = to_json(&listing.indicators)?;
    within!(tx, db => sqlx::query(
        "INSERT INTO listings
            (source, position, list, family, class, name, names, names_given, indicators)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (source, position) DO UPDATE
         SET list = excluded.list, family = excluded.family, class = excluded.class,
             name = excluded.name, names = excluded.names, names_given = excluded.names_given,
             indicators = excluded.indicators")
        .bind(&listing.source)
        .bind(i64::from(listing.position))
        .bind(&listing.list)
        .bind(family.as_str())
        .bind(listing.class.as_str())
        .bind(&listing.name)
        .bind(names)
        .bind(listing.names_given)
        .bind(indicators)
        .execute(db).await?.rows_affected());
    Ok(())
}

async fn write_samples(
    tx: &mut Tx,
    state: &State,
    batch: &ImportBatch,
    imported: &mut Imported,
) -> Result<()> {
    if batch.samples.is_empty() {
        return Ok(());
    }
    let changed: Vec<_> = batch
        .samples
        .iter()
        .filter(|sample| state.samples.get(&sample.position) != Some(sample))
        .collect();
    imported.samples = changed.len() as u64;
    imported.unchanged += (batch.samples.len() - changed.len()) as u64;
    for chunk in changed.chunks(CHUNK) {
        upsert_samples(tx, &batch.samples_source, chunk).await?;
    }
    let places: HashSet<_> = batch.samples.iter().map(|sample| sample.position).collect();
    for position in state.samples.keys().filter(|position| !places.contains(position)) {
        within!(tx, db => sqlx::query(
            "DELETE FROM listed_samples WHERE source = $1 AND position = $2")
            .bind(&batch.samples_source)
            .bind(i64::from(*position))
            .execute(db).await?.rows_affected());
    }
    Ok(())
}

async fn upsert_samples(tx: &mut Tx, source: &str, samples: &[&ListedSample]) -> Result<()> {
    within!(tx, db => {
        let mut query = QueryBuilder::new(
            "INSERT INTO listed_samples
                (source, position, sha256, package, certificate, version, app, family_name) ");
        query.push_values(samples, |mut row, sample| {
            row.push_bind(source)
                .push_bind(i64::from(sample.position))
                .push_bind(&sample.sha256)
                .push_bind(&sample.package)
                .push_bind(&sample.certificate)
                .push_bind(&sample.version)
                .push_bind(&sample.app)
                .push_bind(&sample.family_name);
        });
        query.push(
            " ON CONFLICT (source, position) DO UPDATE
              SET sha256 = excluded.sha256, package = excluded.package,
                  certificate = excluded.certificate, version = excluded.version,
                  app = excluded.app, family_name = excluded.family_name");
        query.build().execute(db).await?;
    });
    Ok(())
}

async fn write_raw_files(tx: &mut Tx, batch: &ImportBatch, now: Timestamp) -> Result<()> {
    for (name, blob) in &batch.raw_files {
        within!(tx, db => sqlx::query(
            "INSERT INTO raw_files (name, blob, imported_at) VALUES ($1, $2, $3)
             ON CONFLICT (name) DO UPDATE SET blob = excluded.blob, imported_at = excluded.imported_at
             WHERE raw_files.blob <> excluded.blob")
            .bind(name)
            .bind(blob.to_string())
            .bind(micros(now))
            .execute(db).await?.rows_affected());
    }
    Ok(())
}
