//! Many samples at once, for a made-up coalition: the same rows as [`Store::add_sample`] and
//! [`Store::save_report`] leave, written by the thousand. Who is let in, and what is true of a
//! sample, is not asked here: nothing that a partner sends comes this way.
//!
//! SQLite writes what is sorted otherwise than it comes (keys, values) at the end, and its plain
//! indices then too: into an empty database that takes a tenth of the time.

use std::collections::HashSet;

use jiff::Timestamp;
use sqlx::{AssertSqlSafe, QueryBuilder, SqliteConnection};
use unwatched_model::access::Sharing;
use unwatched_model::digest::{Md5, Sha1, Sha256};
use unwatched_model::family::FamilyId;
use unwatched_model::partner::{GroupSlug, PartnerSlug};
use unwatched_model::queue::order;
use unwatched_model::report::Report;

use crate::columns::{count, micros, tamed, to_json};
use crate::engine::{Db, Tx, within};
use crate::sample_entries::{self, Known};
use crate::samples::ANALYZE_SAMPLE;
use crate::search_index::{self, Entry};
use crate::{Priority, Result, SampleState, Store, StoreError, queue, values};

/// A sample with all that became of it.
#[derive(Debug, Clone)]
pub struct BulkSample {
    /// Its id.
    pub sha256: Sha256,
    /// For older lists.
    pub sha1: Sha1,
    /// For older lists.
    pub md5: Md5,
    /// The file's length.
    pub size_bytes: u64,
    /// Who put it in, oldest first; at least one.
    pub submissions: Vec<BulkSubmission>,
    /// What its analysis came to.
    pub outcome: Outcome,
    /// When that was.
    pub analysed_at: Timestamp,
    /// Whether the job that analysed it is still remembered.
    pub has_job: bool,
    /// When its bytes were deleted.
    pub bytes_gone_at: Option<Timestamp>,
    /// What a partner's person said of it.
    pub said: Option<Said>,
}

/// Which family a partner says a sample is of.
#[derive(Debug, Clone)]
pub struct Said {
    /// The family; `None`: none of ours.
    pub family: Option<FamilyId>,
    /// Who.
    pub by: PartnerSlug,
    /// When.
    pub at: Timestamp,
}

/// One act of putting a sample in.
#[derive(Debug, Clone)]
pub struct BulkSubmission {
    /// Who.
    pub by: PartnerSlug,
    /// Under which name.
    pub file_name: Option<String>,
    /// When.
    pub at: Timestamp,
    /// How it is shared.
    pub sharing: Sharing,
    /// Whether it is said to be the maker's public download.
    pub declared_public: bool,
}

/// What an analysis came to.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// A report, by this engine.
    Report(Box<Report>, String),
    /// None, for this reason.
    Failed(String),
}

/// A store while much is written into it.
#[derive(Debug)]
pub struct Bulk {
    store: Store,
    /// Plain indices to be made again.
    indices: Vec<String>,
    /// Values that everybody may know to be indicators; read when the first sample comes.
    named: Option<Named>,
}

type Named = HashSet<(String, String)>;

const CHUNK: usize = 400;
/// Of partners' values, so many are looked at in one transaction.
const VALUES_AT_A_TIME: u32 = 2_000;

/// Tables that are sorted by what is random; SQLite takes their rows in order, at the end.
const SORTED: [(&str, &str, &str); 3] = [
    ("search_keys", "bulk_keys", "key, entry"),
    ("sample_values", "bulk_values", "kind, normalised, sample"),
    ("sample_certificates", "bulk_certificates", "certificate, sample"),
];

impl Store {
    /// Begins. `Conflict` when there are samples already.
    pub async fn bulk(&self) -> Result<Bulk> {
        let mut tx = self.begin().await?;
        let is_empty: bool = within!(&mut tx, db => sqlx::query_scalar(
            "SELECT NOT EXISTS (SELECT 1 FROM samples)").fetch_one(db).await?);
        if !is_empty {
            return Err(StoreError::Conflict("there are samples already".to_owned()));
        }
        let mut indices = Vec::new();
        if let Tx::Sqlite(tx) = &mut tx {
            indices = take_indices_away(tx).await?;
            for (table, staging, columns) in SORTED {
                let sql =
                    format!("CREATE TABLE {staging} AS SELECT {columns} FROM {table} WHERE FALSE");
                sqlx::query(AssertSqlSafe(sql)).execute(&mut **tx).await?;
            }
        }
        tx.commit().await?;
        self.careless(true).await?;
        Ok(Bulk { store: self.clone(), indices, named: None })
    }

    /// What a power cut would lose is made up anew, so nothing waits for the disk meanwhile.
    async fn careless(&self, careless: bool) -> Result<()> {
        let Db::Sqlite(pools) = &self.inner.db else { return Ok(()) };
        let pragmas = if careless {
            "PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; PRAGMA cache_size = -300000"
        } else {
            "PRAGMA cache_size = -2000; PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL;
             PRAGMA optimize = 0x10002; PRAGMA wal_checkpoint(TRUNCATE)"
        };
        sqlx::raw_sql(pragmas).execute(&pools.writer).await?;
        Ok(())
    }
}

impl Bulk {
    /// Adds samples that are not there yet, in one transaction; the oldest first. Their place in
    /// the queue follows from the indicators that were there when the first came.
    pub async fn add(&mut self, samples: &[BulkSample]) -> Result<()> {
        let mut tx = self.store.begin().await?;
        if self.named.is_none() {
            self.named = Some(queue::named(&mut tx).await?);
        }
        let nothing = Named::new();
        let named = self.named.as_ref().unwrap_or(&nothing);
        let mut found = Vec::with_capacity(samples.len());
        let mut entries = Vec::with_capacity(samples.len());
        for sample in samples {
            let row = Row::of(sample, named)?;
            entries.push(row.entry()?);
            found.push(row);
        }
        write_samples(&mut tx, &found).await?;
        write_submissions(&mut tx, &found).await?;
        write_reports(&mut tx, &found).await?;
        write_sorted(&mut tx, &found).await?;
        write_said(&mut tx, &found).await?;
        write_jobs(&mut tx, &found).await?;
        let keys = sorted(&tx, 0);
        search_index::append(&mut tx, &entries, keys).await?;
        tx.commit().await
    }

    /// Ends: what was kept for the end is written, and the store is careful again.
    pub async fn finish(self, now: Timestamp) -> Result<()> {
        let mut tx = self.store.begin().await?;
        match &mut tx {
            Tx::Sqlite(tx) => put_in_order(tx, &self.indices).await?,
            Tx::Pg(tx) => {
                sqlx::query("ANALYZE").execute(&mut **tx).await?;
            }
        }
        tx.commit().await?;
        let mut after = None;
        loop {
            let again = self.store.keep_held_again(after.as_ref(), VALUES_AT_A_TIME, now).await?;
            after = again.next;
            if after.is_none() {
                break;
            }
        }
        self.store.careless(false).await
    }
}

async fn take_indices_away(connection: &mut SqliteConnection) -> Result<Vec<String>> {
    let indices: Vec<(String, String)> = sqlx::query_as(
        "SELECT name, sql FROM sqlite_master
         WHERE type = 'index' AND sql LIKE 'CREATE INDEX%' AND tbl_name IN
            ('samples', 'submissions', 'reports', 'sample_certificates', 'sample_values',
             'search_keys', 'jobs', 'sample_families', 'audit')",
    )
    .fetch_all(&mut *connection)
    .await?;
    for (name, _) in &indices {
        sqlx::query(AssertSqlSafe(format!("DROP INDEX {name}"))).execute(&mut *connection).await?;
    }
    Ok(indices.into_iter().map(|(_, sql)| sql).collect())
}

async fn put_in_order(connection: &mut SqliteConnection, indices: &[String]) -> Result<()> {
    for (table, staging, columns) in SORTED {
        for sql in [
            format!(
                "INSERT OR IGNORE INTO {table} ({columns}) SELECT {columns} FROM {staging} ORDER BY {columns}"
            ),
            format!("DROP TABLE {staging}"),
        ] {
            sqlx::query(AssertSqlSafe(sql)).execute(&mut *connection).await?;
        }
    }
    for sql in indices {
        sqlx::query(AssertSqlSafe(sql.clone())).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Where the rows of a sorted table go for now.
fn sorted(tx: &Tx, table: usize) -> &'static str {
    let (table, staging, _) = SORTED[table];
    if matches!(tx, Tx::Sqlite(_)) { staging } else { table }
}

/// A sample and what its columns hold.
struct Row<'a> {
    sample: &'a BulkSample,
    known: Known,
    state: SampleState,
    why: Option<&'a str>,
    report: Option<(&'a Report, &'a str, String)>,
    queue_order: i64,
}

impl<'a> Row<'a> {
    fn of(sample: &'a BulkSample, named: &Named) -> Result<Self> {
        let (state, why, report) = match &sample.outcome {
            Outcome::Report(report, engine) => {
                let json = to_json(&**report)?;
                (SampleState::Analysed, None, Some((&**report, engine.as_str(), json)))
            }
            Outcome::Failed(why) => (SampleState::Failed, Some(why.as_str()), None),
        };
        let of_report = report.as_ref().map(|(report, ..)| *report);
        let submission = |one: &BulkSubmission| {
            let tlp = one.sharing.tlp.as_str().to_owned();
            (one.by.to_string(), one.file_name.clone(), micros(one.at), tlp)
        };
        let said = sample.said.as_ref().and_then(|said| said.family.as_ref());
        let known = Known {
            sha256: sample.sha256.to_string(),
            sha1: sample.sha1.to_string(),
            md5: sample.md5.to_string(),
            state: state.as_str().to_owned(),
            format: of_report.map(|report| report.format.as_str().to_owned()),
            package: of_report.and_then(|report| report.package.as_deref().map(tamed)),
            label: of_report.and_then(|report| report.label.as_deref().map(tamed)),
            submissions: sample.submissions.iter().map(submission).collect(),
            families: said.map(ToString::to_string).into_iter().collect(),
        };
        let order = of_report.map(|report| {
            let is_named = queue::values(&sample.sha256, report)
                .into_iter()
                .any(|(kind, value)| named.contains(&(kind.as_str().to_owned(), value)));
            order(report, is_named).0
        });
        Ok(Self { sample, known, state, why, report, queue_order: order.unwrap_or(0) })
    }

    fn first_seen(&self) -> i64 {
        self.known.submissions.first().map_or(0, |(_, _, at, _)| *at)
    }

    fn entry(&self) -> Result<Entry> {
        sample_entries::entry(&self.known, self.report.as_ref().map(|(report, ..)| *report))
    }
}

async fn write_samples(tx: &mut Tx, rows: &[Row<'_>]) -> Result<()> {
    for chunk in rows.chunks(CHUNK) {
        within!(tx, db => {
            let mut query = QueryBuilder::new(
                "INSERT INTO samples (sha256, sha1, md5, size_bytes, state, state_why, state_at,
                                      first_seen, package, label, bytes_gone_at, format,
                                      queue_order, triaged_at) ");
            let sizes: Vec<i64> = chunk
                .iter()
                .map(|row| count(row.sample.size_bytes, "the sample"))
                .collect::<Result<_>>()?;
            query.push_values(chunk.iter().zip(sizes), |mut values, (row, size_bytes)| {
                values
                    .push_bind(&row.known.sha256)
                    .push_bind(&row.known.sha1)
                    .push_bind(&row.known.md5)
                    .push_bind(size_bytes)
                    .push_bind(row.state.as_str())
                    .push_bind(row.why)
                    .push_bind(micros(row.sample.analysed_at))
                    .push_bind(row.first_seen())
                    .push_bind(&row.known.package)
                    .push_bind(&row.known.label)
                    .push_bind(row.sample.bytes_gone_at.map(micros))
                    .push_bind(&row.known.format)
                    .push_bind(row.queue_order)
                    .push_bind(row.sample.said.as_ref().map(|said| micros(said.at)));
            });
            query.build().execute(db).await?;
        });
    }
    Ok(())
}

async fn write_submissions(tx: &mut Tx, rows: &[Row<'_>]) -> Result<()> {
    let submissions: Vec<_> = rows
        .iter()
        .flat_map(|row| row.sample.submissions.iter().map(|one| (&row.known.sha256, one)))
        .collect();
    for chunk in submissions.chunks(CHUNK) {
        within!(tx, db => {
            let mut query = QueryBuilder::new(
                "INSERT INTO submissions (sample, partner, file_name, at, tlp, pap, group_slug,
                                          declared_public) ");
            query.push_values(chunk, |mut values, (sample, one)| {
                values
                    .push_bind(*sample)
                    .push_bind(one.by.as_str())
                    .push_bind(&one.file_name)
                    .push_bind(micros(one.at))
                    .push_bind(one.sharing.tlp.as_str())
                    .push_bind(one.sharing.pap.as_str())
                    .push_bind(one.sharing.group.as_ref().map(GroupSlug::as_str))
                    .push_bind(one.declared_public);
            });
            query.build().execute(db).await?;
        });
    }
    Ok(())
}

async fn write_reports(tx: &mut Tx, rows: &[Row<'_>]) -> Result<()> {
    let reports: Vec<_> = rows
        .iter()
        .filter_map(|row| row.report.as_ref().map(|(_, engine, json)| (row, *engine, json)))
        .collect();
    for chunk in reports.chunks(CHUNK) {
        within!(tx, db => {
            let mut query =
                QueryBuilder::new("INSERT INTO reports (sample, engine, report, saved_at) ");
            query.push_values(chunk, |mut values, (row, engine, json)| {
                values
                    .push_bind(&row.known.sha256)
                    .push_bind(*engine)
                    .push_bind(*json)
                    .push_bind(micros(row.sample.analysed_at));
            });
            query.build().execute(db).await?;
        });
    }
    Ok(())
}

async fn write_sorted(tx: &mut Tx, rows: &[Row<'_>]) -> Result<()> {
    let mut held = Vec::new();
    let mut certificates = Vec::new();
    for row in rows {
        let Some((report, ..)) = &row.report else { continue };
        for (kind, normalised) in values::values_of(&row.sample.sha256, report) {
            held.push((kind.as_str(), normalised, &row.known.sha256));
        }
        let mut digests: Vec<_> = report
            .certificates
            .iter()
            .flat_map(|one| [one.sha1.to_string(), one.sha256.to_string()])
            .collect();
        digests.sort();
        digests.dedup();
        certificates.extend(digests.into_iter().map(|digest| (digest, &row.known.sha256)));
    }
    let (values, by_certificate) = (sorted(tx, 1), sorted(tx, 2));
    for chunk in held.chunks(CHUNK) {
        within!(tx, db => {
            let mut query =
                QueryBuilder::new(format!("INSERT INTO {values} (kind, normalised, sample) "));
            query.push_values(chunk, |mut row, (kind, normalised, sample)| {
                row.push_bind(*kind).push_bind(normalised).push_bind(*sample);
            });
            query.build().execute(db).await?;
        });
    }
    for chunk in certificates.chunks(CHUNK) {
        within!(tx, db => {
            let mut query =
                QueryBuilder::new(format!("INSERT INTO {by_certificate} (certificate, sample) "));
            query.push_values(chunk, |mut row, (certificate, sample)| {
                row.push_bind(certificate).push_bind(*sample);
            });
            query.build().execute(db).await?;
        });
    }
    Ok(())
}

async fn write_said(tx: &mut Tx, rows: &[Row<'_>]) -> Result<()> {
    let said: Vec<_> = rows
        .iter()
        .filter_map(|row| row.sample.said.as_ref().map(|said| (&row.known.sha256, said)))
        .collect();
    for chunk in said.chunks(CHUNK) {
        within!(tx, db => {
            let mut query =
                QueryBuilder::new("INSERT INTO sample_families (sample, family, partner, at) ");
            query.push_values(chunk, |mut values, (sample, said)| {
                values
                    .push_bind(*sample)
                    .push_bind(said.family.as_ref().map(FamilyId::as_str))
                    .push_bind(said.by.as_str())
                    .push_bind(micros(said.at));
            });
            query.build().execute(db).await?;
        });
    }
    Ok(())
}

async fn write_jobs(tx: &mut Tx, rows: &[Row<'_>]) -> Result<()> {
    let remembered: Vec<_> = rows.iter().filter(|row| row.sample.has_job).collect();
    for chunk in remembered.chunks(CHUNK) {
        let payloads: Vec<String> = chunk
            .iter()
            .map(|row| to_json(&serde_json::json!({ "sha256": row.sample.sha256 })))
            .collect::<Result<_>>()?;
        within!(tx, db => {
            let mut query = QueryBuilder::new(
                "INSERT INTO jobs (kind, subject, payload, state, why, attempts, claimable_at,
                                   added_at, changed_at, priority) ");
            query.push_values(chunk.iter().zip(payloads), |mut values, (row, payload)| {
                let done = row.why.is_none();
                values
                    .push_bind(ANALYZE_SAMPLE)
                    .push_bind(&row.known.sha256)
                    .push_bind(payload)
                    .push_bind(if done { "done" } else { "dead" })
                    .push_bind(row.why)
                    .push_bind(if done { 1_i64 } else { 3 })
                    .push_bind(micros(row.sample.analysed_at))
                    .push_bind(row.first_seen())
                    .push_bind(micros(row.sample.analysed_at))
                    .push_bind(Priority::Fresh.number());
            });
            query.build().execute(db).await?;
        });
    }
    Ok(())
}
