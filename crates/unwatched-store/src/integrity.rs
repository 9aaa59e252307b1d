//! What an examination of the whole store reads: columns as they stand, the schema's guards, the
//! engine's own view of its files. Nothing here repairs, and nothing judges.

use jiff::Timestamp;
use serde_json::{Value, json};
use sqlx::SqlitePool;
use unwatched_model::digest::Sha256;
use unwatched_model::opinion::Opinion;

use crate::columns::{micros, read, time, to_json};
use crate::engine::{Db, reading, writing};
use crate::{Engine, Result, Store, StoreError, postgres, sqlite};

/// A verdict as kept, its text as it stands.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct KeptVerdict {
    /// Its number.
    pub id: i64,
    /// About which family.
    pub family: String,
    /// The verdict as JSON.
    pub verdict: String,
    /// When, in microseconds since 1970.
    pub saved_at: i64,
}

/// An opinion as kept: what it reads as, and its columns as they stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptOpinion {
    /// Its id as it stands.
    pub id: String,
    /// What it reads as; `Err` says why it does not.
    pub opinion: Result<Opinion, String>,
    /// Columns that say the same in another way than they were written, by name: bytes were
    /// changed though the opinion reads as before.
    pub rewritten: Vec<&'static str>,
}

/// A blob that rows need.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NeededBlob {
    /// Which.
    pub sha256: Sha256,
    /// By what: `sample`, `release 3`, `list ioc.yaml`.
    pub by: String,
}

/// The newest moment that a table tells of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Newest {
    /// The table.
    pub table: &'static str,
    /// The moment.
    pub at: Timestamp,
}

/// Columns that hold moments in the past, by table.
const PAST: [(&str, &str); 8] = [
    ("audit", "SELECT MAX(at) FROM audit"),
    ("families", "SELECT MAX(added_at) FROM families"),
    ("jobs", "SELECT MAX(changed_at) FROM jobs"),
    ("opinions", "SELECT MAX(given_at) FROM opinions"),
    ("releases", "SELECT MAX(published_at) FROM releases"),
    ("samples", "SELECT MAX(first_seen) FROM samples"),
    ("submissions", "SELECT MAX(at) FROM submissions"),
    ("verdicts", "SELECT MAX(saved_at) FROM verdicts"),
];

impl Store {
    /// The schema's version.
    pub async fn schema_version(&self) -> Result<i64> {
        Ok(reading!(self, db => sqlx::query_scalar("SELECT MAX(version) FROM schema_versions")
            .fetch_one(db).await?))
    }

    /// What SQLite finds wrong in its own file, in its words; `None` on PostgreSQL, whose own
    /// tools look at its files.
    pub async fn database_faults(&self, quick: bool) -> Result<Option<Vec<String>>> {
        if self.engine() == Engine::Postgres {
            return Ok(None);
        }
        let pragma = if quick { "PRAGMA quick_check(20)" } else { "PRAGMA integrity_check(20)" };
        let mut faults: Vec<String> = reading!(self, db => sqlx::query_scalar(pragma)
            .fetch_all(db).await?);
        faults.retain(|fault| fault != "ok");
        let broken: Vec<BrokenKey> = match &self.inner.db {
            Db::Sqlite(pools) => {
                sqlx::query_as("PRAGMA foreign_key_check").fetch_all(&pools.readers).await?
            }
            Db::Pg(_) => Vec::new(),
        };
        faults.extend(broken.into_iter().take(20).map(|(table, row, parent, _)| {
            let row = row.map_or_else(|| "?".to_owned(), |row| row.to_string());
            format!("row {row} of {table} points at a row of {parent} that is not there")
        }));
        Ok(Some(faults))
    }

    /// The triggers that keep rows from being changed which are missing, off or not as the schema
    /// has them, by name.
    pub async fn broken_guards(&self) -> Result<Vec<String>> {
        let (steps, found) = match self.engine() {
            Engine::Sqlite => (sqlite::STEPS, self.sqlite_triggers().await?),
            Engine::Postgres => (postgres::STEPS, self.postgres_triggers().await?),
        };
        let written = |text: &str| steps.iter().any(|step| step.sql.contains(text));
        let mut names: Vec<&str> = steps.iter().flat_map(|step| triggers(step.sql)).collect();
        names.sort_unstable();
        let stands = |name: &&str| {
            let mut of_name = found.iter().filter(|(found, _)| found == name);
            of_name.clone().next().is_some() && of_name.all(|(_, text)| written(text))
        };
        Ok(names.into_iter().filter(|name| !stands(name)).map(str::to_owned).collect())
    }

    /// Name and text of each trigger.
    async fn sqlite_triggers(&self) -> Result<Vec<(String, String)>> {
        Ok(reading!(self, db => sqlx::query_as(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            .fetch_all(db).await?))
    }

    /// Name of each trigger that is on, and the text of the function it calls.
    async fn postgres_triggers(&self) -> Result<Vec<(String, String)>> {
        Ok(reading!(self, db => sqlx::query_as(
            "SELECT CAST(t.tgname AS TEXT), p.prosrc
             FROM pg_trigger t
             JOIN pg_class c ON c.oid = t.tgrelid
             JOIN pg_namespace n ON n.oid = c.relnamespace
             JOIN pg_proc p ON p.oid = t.tgfoid
             WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')
               AND n.nspname = current_schema()")
            .fetch_all(db).await?))
    }

    /// Verdicts after a number, oldest first, as they stand.
    pub async fn kept_verdicts(&self, after: i64, limit: u32) -> Result<Vec<KeptVerdict>> {
        Ok(reading!(self, db => sqlx::query_as(
            "SELECT id, family, verdict, saved_at FROM verdicts WHERE id > $1 ORDER BY id LIMIT $2")
            .bind(after)
            .bind(i64::from(limit))
            .fetch_all(db).await?))
    }

    /// Every blob that some row needs, by what; a blob that two rows need comes twice.
    pub async fn needed_blobs(&self) -> Result<Vec<NeededBlob>> {
        let samples: Vec<String> = reading!(self, db => sqlx::query_scalar(
            "SELECT sha256 FROM samples WHERE bytes_gone_at IS NULL ORDER BY sha256")
            .fetch_all(db).await?);
        let released: Vec<(i64, String, String)> = reading!(self, db => sqlx::query_as(
            "SELECT sequence, name, blob FROM release_files ORDER BY sequence, position")
            .fetch_all(db).await?);
        let fresh: Vec<String> = reading!(self, db => sqlx::query_scalar(
            "SELECT blob FROM fresh_bundles")
            .fetch_all(db).await?);
        let awaiting: Vec<String> = reading!(self, db => sqlx::query_scalar(
            "SELECT blobs FROM awaiting_signatures ORDER BY kind")
            .fetch_all(db).await?);
        let lists: Vec<(String, String)> = reading!(self, db => sqlx::query_as(
            "SELECT name, blob FROM raw_files ORDER BY name")
            .fetch_all(db).await?);
        let needed = |sha256: &str, by: String| Ok(NeededBlob { sha256: read(sha256)?, by });
        let samples = samples.iter().map(|sha256| needed(sha256, "sample".to_owned()));
        let released = released
            .iter()
            .map(|(release, name, blob)| needed(blob, format!("release {release}, {name}")));
        let lists = lists.iter().map(|(name, blob)| needed(blob, format!("imported list {name}")));
        let fresh = fresh.iter().map(|blob| needed(blob, "the newest bundle".to_owned()));
        let awaiting = awaiting.iter().flat_map(|blobs| blobs.split_whitespace());
        let awaiting = awaiting.map(|blob| needed(blob, "what waits for signatures".to_owned()));
        samples.chain(released).chain(lists).chain(fresh).chain(awaiting).collect()
    }

    /// The newest moment of every table that tells of the past.
    pub async fn newest_rows(&self) -> Result<Vec<Newest>> {
        let mut newest = Vec::new();
        for (table, query) in PAST {
            let at: Option<i64> =
                reading!(self, db => sqlx::query_scalar(query).fetch_one(db).await?);
            if let Some(at) = at {
                newest.push(Newest { table, at: time(at)? });
            }
        }
        Ok(newest)
    }

    /// Every opinion as it stands, by family, time and id.
    pub async fn kept_opinions(&self) -> Result<Vec<KeptOpinion>> {
        let rows = reading!(self, db => sqlx::query_as(
            "SELECT * FROM opinions ORDER BY family, given_at, id")
            .fetch_all(db).await);
        match (rows, &self.inner.db) {
            (Ok(rows), _) => Ok(rows.into_iter().map(OpinionColumns::kept).collect()),
            (Err(error), Db::Pg(_)) => Err(error.into()),
            (Err(_), Db::Sqlite(pools)) => one_by_one(&pools.readers).await,
        }
    }

    /// What is odd in the rows of releases' files beyond what reading them shows: digests that
    /// were not written like this, positions that leave one out.
    pub async fn odd_release_files(&self) -> Result<Vec<(i64, String)>> {
        let rows: Vec<(i64, i64, String, String)> = reading!(self, db => sqlx::query_as(
            "SELECT sequence, position, sha256, blob FROM release_files
             ORDER BY sequence, position")
            .fetch_all(db).await?);
        let (mut odd, mut expected) = (Vec::new(), (0, 0));
        for (sequence, position, sha256, blob) in rows {
            if sequence != expected.0 {
                expected = (sequence, 0);
            }
            if position != expected.1 {
                odd.push((sequence, format!("file {position} stands where {} should", expected.1)));
            }
            expected.1 = position + 1;
            for digest in [sha256, blob] {
                if digest.to_lowercase() != digest {
                    odd.push((sequence, format!("a digest of file {position} was changed")));
                }
            }
        }
        Ok(odd)
    }

    /// Work that waits for its turn, or whose lease ran out, since before a moment: kind and count.
    pub async fn overdue_jobs(&self, before: Timestamp) -> Result<Vec<(String, i64)>> {
        Ok(reading!(self, db => sqlx::query_as(
            "SELECT kind, COUNT(*) FROM jobs
             WHERE state IN ('waiting', 'leased') AND claimable_at < $1
             GROUP BY kind ORDER BY kind")
            .bind(micros(before))
            .fetch_all(db).await?))
    }

    /// The digests of all opinions in the log, by opinion: the latest line of each.
    pub async fn opinion_lines(&self) -> Result<Vec<(String, String)>> {
        Ok(reading!(self, db => sqlx::query_as(
            "SELECT object_id, detail FROM audit WHERE object_kind = 'opinion' ORDER BY seq")
            .fetch_all(db).await?))
    }

    /// Writes a copy of the database, as it is at one moment, to a file that is not there yet.
    /// Others may read and write meanwhile. `Invalid` on PostgreSQL: `pg_dump` does it there.
    pub async fn copy_database(&self, to: &std::path::Path) -> Result<()> {
        if self.engine() == Engine::Postgres {
            return Err(StoreError::Invalid("pg_dump copies a PostgreSQL database".to_owned()));
        }
        let to = to.to_str().ok_or_else(|| {
            StoreError::Invalid(format!("{} is not valid UTF-8: choose another", to.display()))
        })?;
        writing!(self, db => sqlx::query("VACUUM INTO $1").bind(to).execute(db).await?.rows_affected());
        Ok(())
    }
}

/// A row that is not even text any more must not keep the others from being read. Only SQLite
/// keeps such a thing.
async fn one_by_one(readers: &SqlitePool) -> Result<Vec<KeptOpinion>> {
    let rows: Vec<i64> =
        sqlx::query_scalar("SELECT rowid FROM opinions ORDER BY rowid").fetch_all(readers).await?;
    let mut kept = Vec::new();
    for rowid in rows {
        let columns: Result<OpinionColumns, _> =
            sqlx::query_as("SELECT * FROM opinions WHERE rowid = $1")
                .bind(rowid)
                .fetch_one(readers)
                .await;
        let id = sqlx::query_scalar("SELECT id FROM opinions WHERE rowid = $1")
            .bind(rowid)
            .fetch_one(readers)
            .await;
        kept.push(match columns {
            Ok(columns) => columns.kept(),
            Err(error) => KeptOpinion {
                id: id.unwrap_or_else(|_| format!("in row {rowid}")),
                opinion: Err(error.to_string()),
                rewritten: Vec::new(),
            },
        });
    }
    Ok(kept)
}

#[derive(sqlx::FromRow)]
struct OpinionColumns {
    id: String,
    family: String,
    partner: String,
    criterion: String,
    stance: String,
    evidence: String,
    scope: String,
    note: Option<String>,
    given_at: i64,
    expires: Option<String>,
}

impl OpinionColumns {
    fn kept(self) -> KeptOpinion {
        let opinion = self.read();
        let rewritten =
            opinion.as_ref().map_or_else(|_| Vec::new(), |opinion| self.differ(opinion));
        KeptOpinion { id: self.id, opinion, rewritten }
    }

    /// Reads the columns as the opinion's own JSON would be read.
    fn read(&self) -> Result<Opinion, String> {
        let words = |error: serde_json::Error| error.to_string();
        let evidence: Value = serde_json::from_str(&self.evidence).map_err(words)?;
        let scope: Value = serde_json::from_str(&self.scope).map_err(words)?;
        let given_at = time(self.given_at).map_err(|error| error.to_string())?;
        serde_json::from_value(json!({
            "id": self.id,
            "partner": self.partner,
            "family": self.family,
            "criterion": self.criterion,
            "stance": self.stance,
            "evidence": evidence,
            "scope": scope,
            "note": self.note,
            "given_at": given_at,
            "expires": self.expires,
        }))
        .map_err(words)
    }

    /// The columns that are not as this opinion would be written.
    fn differ(&self, opinion: &Opinion) -> Vec<&'static str> {
        let same = [
            ("id", opinion.id.to_string() == self.id),
            ("family", opinion.family.as_str() == self.family),
            ("partner", opinion.partner.as_str() == self.partner),
            ("criterion", opinion.criterion.as_str() == self.criterion),
            ("stance", opinion.stance.as_str() == self.stance),
            ("evidence", to_json(&opinion.evidence).is_ok_and(|json| json == self.evidence)),
            ("scope", to_json(&opinion.scope).is_ok_and(|json| json == self.scope)),
        ];
        same.into_iter().filter(|(_, same)| !same).map(|(column, _)| column).collect()
    }
}

/// Table, row, the table pointed at, and which of the table's keys does.
type BrokenKey = (String, Option<i64>, String, i64);

/// The names of the triggers that a step creates.
fn triggers(sql: &str) -> impl Iterator<Item = &str> {
    let names = sql.split("CREATE TRIGGER ").skip(1);
    names.filter_map(|rest| rest.split_whitespace().next())
}
