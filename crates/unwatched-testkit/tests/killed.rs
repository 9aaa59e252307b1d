//! Processes are killed at random points while partners put samples in and give opinions: what was
//! acknowledged is there with its bytes, what was not is there whole or not at all, and no job is
//! left stuck or done twice.
//!
//! The points follow from a seed, which is printed; `UNWATCHED_TEST_SEED` sets another.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Mutex;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use sqlx::{Connection as _, PgConnection, SqliteConnection};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use unwatched_fixtures::apk::gallery;
use unwatched_store::{Store, StoreConfig};
use unwatched_testkit::exchange::{Operator, Worker};
use unwatched_testkit::patience::until_none;
use unwatched_testkit::postgres;
use unwatched_testkit::{Client, TemporaryPostgres};

const UPLOADS: usize = 210;
const OPINIONS: usize = 90;
const FAMILIES: usize = 6;
const CLIENTS: usize = 4;
const CRITERIA: [&str; 3] = ["tracks", "hides_itself", "offered_to_individuals"];

/// A life ends after so many deeds were begun, and a moment.
const MOST_DEEDS: usize = 30;
const MOST_MICROS: u64 = 20_000;

#[test]
fn killed_on_sqlite() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let url = format!("sqlite:{}", data.join("exchange.sqlite").display());
    walk(&Operator::new(&data), url, 1);
}

#[test]
fn killed_on_postgresql() {
    if let Err(notice) = postgres::available() {
        eprintln!("{notice}");
        return;
    }
    let server = TemporaryPostgres::start().unwrap();
    let name = format!("killed_{}", std::process::id());
    server.create_database(&name).unwrap();
    let folder = TempDir::new().unwrap();
    let url = server.url(&name);
    walk(&Operator::new(&folder.path().join("data")).with_database(&url), url, 2);
    server.drop_database(&name).unwrap();
}

/// Something a partner does, told apart from all else by its number.
#[derive(Debug, Clone)]
enum Deed {
    Upload(Vec<u8>),
    Opinion { family: usize, criterion: &'static str, note: String },
}

/// A deed, by whom, and whether its answer came.
#[derive(Debug)]
struct Done {
    deed: Deed,
    by: usize,
    acknowledged: bool,
}

fn walk(operator: &Operator, url: String, seed: u64) {
    let seed = std::env::var("UNWATCHED_TEST_SEED").map_or(seed, |seed| seed.parse().unwrap());
    eprintln!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let operator = operator.clone().with("UNWATCHED_JOBS__LEASE_S", "1").with("RUST_LOG", "error");
    let tokens = [join(&operator, "watch-lab", "vendor"), join(&operator, "north-line", "support")];
    let families = families(&operator, &tokens[0]);
    let database = Database { runtime: Runtime::new().unwrap(), url };

    let todo = Mutex::new(deeds(&mut random));
    let done = Mutex::new(Vec::new());
    let lives = live_and_die(&operator, &tokens, &families, &mut random, &todo, &done, &database);
    let done = done.into_inner().unwrap();
    let unsure = done.iter().filter(|done| !done.acknowledged).count();
    eprintln!("{lives} lives, {} deeds of which {unsure} were not acknowledged", done.len());
    assert!(lives >= 10 && unsure > 0, "what is killed must be at work");

    let server = operator.serve();
    let workers = [operator.work(), operator.work()];
    no_job_is_stuck(&database);
    let client = server.client().with_token(&tokens[0]);
    samples_are_whole_or_not_there(&operator, &database, &client, &done);
    opinions_are_whole_or_not_there(&database, &client, &families, &done);
    no_job_is_doubled(&database);
    drop(workers);
    nothing_is_left_over(&operator, &database);
}

/// A partner and its token, made as an operator would.
fn join(operator: &Operator, partner: &str, category: &str) -> String {
    operator.run(&["admin", "partner", "add", partner, "--category", category]).ok();
    operator.run(&["admin", "token", "create", "--partner", partner, "--role", "analyst"]).ok()
}

fn families(operator: &Operator, token: &str) -> Vec<String> {
    let server = operator.serve_without_worker();
    let client = server.client().with_token(token);
    let create = |number: usize| {
        let family = json!({"name": format!("Lantern {number}"), "platform": "android"});
        let created = client.post("/api/v1/families", &family).expect(201).json();
        created["id"].as_str().expect("an id").to_owned()
    };
    (0..FAMILIES).map(create).collect()
}

/// Uploads and opinions, shuffled. Now and then a real app; else bytes of no format, which are
/// analysed as well.
fn deeds(random: &mut StdRng) -> Vec<Deed> {
    let apps = gallery::all(5).into_iter().map(|app| Deed::Upload(app.bytes()));
    let mut deeds: Vec<_> = apps.collect();
    for number in deeds.len()..UPLOADS {
        let mut bytes = format!("made-up sample {number}\n").into_bytes();
        bytes.resize(random.random_range(40..60_000), u8::try_from(number % 251).unwrap());
        deeds.push(Deed::Upload(bytes));
    }
    for number in 0..OPINIONS {
        let criterion = CRITERIA[number % CRITERIA.len()];
        let note = format!("seen in test {number}");
        deeds.push(Deed::Opinion { family: number % FAMILIES, criterion, note });
    }
    for last in (1..deeds.len()).rev() {
        deeds.swap(last, random.random_range(0..=last));
    }
    deeds
}

/// Starts processes and kills them until everything was tried; says how often.
fn live_and_die(
    operator: &Operator,
    tokens: &[String; 2],
    families: &[String],
    random: &mut StdRng,
    todo: &Mutex<Vec<Deed>>,
    done: &Mutex<Vec<Done>>,
    database: &Database,
) -> usize {
    let mut workers: Vec<Worker> = Vec::new();
    let mut lives = 0;
    while !todo.lock().unwrap().is_empty() {
        lives += 1;
        let apart = random.random_bool(0.5);
        let server = if apart { operator.serve_without_worker() } else { operator.serve() };
        while apart && workers.len() < 2 {
            workers.push(operator.work());
        }
        let (count, moment) =
            (random.random_range(1..=MOST_DEEDS), random.random_range(0..MOST_MICROS));
        let victim = random.random_range(0..3);
        let clients = tokens.each_ref().map(|token| server.client().with_token(token));
        let (begin, begins) = channel();
        thread::scope(|scope| {
            for number in 0..CLIENTS {
                let by = number % clients.len();
                let client = &clients[by];
                let begin = begin.clone();
                scope.spawn(move || act(client, by, families, todo, done, &begin));
            }
            drop(begin);
            let _ = begins.iter().take(count).count();
            let _ = begins.recv_timeout(Duration::from_micros(moment));
            match victim {
                0 => drop(workers.pop()),
                1 => workers.clear(),
                _ if lives % 4 == 0 => database.cut_off(),
                _ => {}
            }
            server.kill();
        });
    }
    lives
}

/// Does one thing after the other until the server is gone.
fn act(
    client: &Client,
    by: usize,
    families: &[String],
    todo: &Mutex<Vec<Deed>>,
    done: &Mutex<Vec<Done>>,
    begin: &Sender<()>,
) {
    loop {
        let Some(deed) = todo.lock().unwrap().pop() else { return };
        let _ = begin.send(());
        let answer = match &deed {
            Deed::Upload(bytes) => {
                client.try_post("/api/v1/samples", "application/octet-stream", bytes)
            }
            Deed::Opinion { family, criterion, note } => {
                let path = format!("/api/v1/families/{}/opinions", families[*family]);
                let opinion = opinion(criterion, note).to_string();
                client.try_post(&path, "application/json", opinion.as_bytes())
            }
        };
        let status = answer.as_ref().map(|answer| answer.status);
        // A database that was cut off costs its answer, and no more.
        let acknowledged = matches!(status, Some(201 | 202));
        assert!(acknowledged || status.is_none_or(|s| s >= 500), "{:?}", answer.unwrap().text());
        done.lock().unwrap().push(Done { deed, by, acknowledged });
        if status.is_none() {
            return;
        }
    }
}

fn opinion(criterion: &str, note: &str) -> Value {
    json!({
        "criterion": criterion,
        "stance": "holds",
        "evidence": [{"kind": "note", "value": note}],
        "scope": {"platform": "android"},
        "note": note
    })
}

fn no_job_is_stuck(database: &Database) {
    let left = until_none(|| {
        database.rows(
            "SELECT kind || ' ' || state || ' ' || COALESCE(why, '') FROM jobs
             WHERE state IN ('waiting', 'leased')",
        )
    });
    assert!(left.is_empty(), "jobs are stuck: {left:#?}");
    let silent =
        database.rows("SELECT kind FROM jobs WHERE state = 'dead' AND (why IS NULL OR why = '')");
    assert!(silent.is_empty(), "jobs were set aside without a reason: {silent:?}");
}

fn samples_are_whole_or_not_there(
    operator: &Operator,
    database: &Database,
    client: &Client,
    done: &[Done],
) {
    let kept: BTreeSet<_> = database.rows("SELECT sha256 FROM samples").into_iter().collect();
    let submitted: BTreeSet<_> =
        database.rows("SELECT sample FROM submissions").into_iter().collect();
    assert_eq!(kept, submitted, "a sample and its submission are one write");
    let about: BTreeSet<_> = database
        .rows("SELECT subject FROM jobs WHERE kind = 'analyze_sample'")
        .into_iter()
        .collect();
    assert_eq!(kept, about, "a sample and its analysis are one write");
    let bytes = database.bytes_of(operator, &kept);
    let mut failed = 0;
    for Done { deed, acknowledged, .. } in done {
        let Deed::Upload(sent) = deed else { continue };
        let sha256 = hex::encode(Sha256::digest(sent));
        assert!(!acknowledged || kept.contains(&sha256), "acknowledged and lost: {sha256}");
        if !kept.contains(&sha256) {
            continue;
        }
        assert!(bytes[&sha256] == *sent, "other bytes than those sent: {sha256}");
        let sample = client.get(&format!("/api/v1/samples/{sha256}")).expect(200).json();
        match sample["state"].as_str() {
            Some("analysed") => {
                let report = client.get(&format!("/api/v1/samples/{sha256}/report"));
                assert_eq!(report.expect(200).json()["sha256"], sha256.as_str());
            }
            Some("failed") => {
                failed += 1;
                assert!(sample["state_why"].is_string(), "{sample:#}");
            }
            _ => panic!("no job is left, and the sample is not done: {sample:#}"),
        }
    }
    eprintln!("{} samples, {failed} given up on with a reason", kept.len());
}

fn opinions_are_whole_or_not_there(
    database: &Database,
    client: &Client,
    families: &[String],
    done: &[Done],
) {
    let mut kept: BTreeMap<String, (String, String, String)> = BTreeMap::new();
    for family in families {
        let opinions =
            client.get(&format!("/api/v1/families/{family}/opinions")).expect(200).json();
        let opinions = opinions["opinions"].as_array().unwrap().clone();
        for opinion in &opinions {
            let text = |member: &str| opinion[member].as_str().unwrap().to_owned();
            let whole = (family.clone(), text("criterion"), text("partner"));
            let twice = kept.insert(text("note"), whole);
            assert!(twice.is_none(), "kept twice: {opinion:#}");
        }
        let saved = database.rows(&format!(
            "SELECT verdict FROM verdicts WHERE family = '{family}' ORDER BY id DESC LIMIT 1"
        ));
        assert_eq!(saved.is_empty(), opinions.is_empty(), "an opinion and its verdict: {family}");
        let Some(saved) = saved.first() else { continue };
        let saved: Value = serde_json::from_str(saved).unwrap();
        let now = client.get(&format!("/api/v1/families/{family}/verdict")).expect(200).json();
        for member in ["class", "criteria", "opinions", "opinions_sha256"] {
            assert_eq!(saved[member], now[member], "{family}: the verdict saw other opinions");
        }
    }
    for Done { deed, by, acknowledged } in done {
        let Deed::Opinion { family, criterion, note } = deed else { continue };
        match kept.get(note) {
            None => assert!(!acknowledged, "acknowledged and lost: {note}"),
            Some(found) => {
                let partner = ["watch-lab", "north-line"][*by];
                let (family, criterion) = (families[*family].clone(), (*criterion).to_owned());
                assert_eq!(*found, (family, criterion, partner.to_owned()));
            }
        }
    }
}

fn no_job_is_doubled(database: &Database) {
    let doubled = database.rows(
        "SELECT subject FROM jobs WHERE kind = 'analyze_sample' GROUP BY subject
         HAVING COUNT(*) > 1",
    );
    assert!(doubled.is_empty(), "analysed by more than one job: {doubled:?}");
    let reported = database.rows("SELECT sample FROM reports GROUP BY sample HAVING COUNT(*) > 1");
    assert!(reported.is_empty(), "reported on more than once: {reported:?}");
    let unfounded = database.rows(
        "SELECT subject FROM jobs WHERE kind = 'analyze_sample' AND state = 'done'
           AND NOT EXISTS (SELECT 1 FROM reports WHERE sample = subject)",
    );
    assert!(unfounded.is_empty(), "done without a report: {unfounded:?}");
}

/// A day later the sweep has removed what belongs to nothing, and nothing else.
fn nothing_is_left_over(operator: &Operator, database: &Database) {
    let before = files(&operator.data().join("blobs")).len() + tmp(operator).len();
    let tomorrow = database.tomorrow();
    operator.run(&["admin", "sweep", "--now", &tomorrow]).ok();
    let blobs: BTreeSet<_> = files(&operator.data().join("blobs")).into_iter().collect();
    let kept: BTreeSet<_> = database.rows("SELECT sha256 FROM samples").into_iter().collect();
    eprintln!("{} files of killed processes removed", before - blobs.len());
    assert_eq!(blobs, kept, "a blob for each sample, and no other");
    assert_eq!(tmp(operator), Vec::<String>::new());
    let keys: BTreeSet<_> = database.rows("SELECT blob FROM blob_keys").into_iter().collect();
    assert_eq!(keys, kept, "a key for each blob, and no other");
}

fn tmp(operator: &Operator) -> Vec<String> {
    files(&operator.data().join("tmp"))
}

/// The names of the files below a folder.
fn files(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        if entry.path().is_dir() {
            names.extend(files(&entry.path()));
        } else {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names
}

/// The rows, looked at without the exchange.
struct Database {
    runtime: Runtime,
    url: String,
}

impl Database {
    /// The one text column of what a query finds.
    fn rows(&self, query: &str) -> Vec<String> {
        let query = sqlx::AssertSqlSafe(query.to_owned());
        self.runtime.block_on(async {
            if self.is_sqlite() {
                let mut connection = SqliteConnection::connect(&self.url).await.unwrap();
                sqlx::query_scalar(query).fetch_all(&mut connection).await.unwrap()
            } else {
                let mut connection = PgConnection::connect(&self.url).await.unwrap();
                sqlx::query_scalar(query).fetch_all(&mut connection).await.unwrap()
            }
        })
    }

    fn is_sqlite(&self) -> bool {
        self.url.starts_with("sqlite:")
    }

    /// Ends every connection of the exchange's to PostgreSQL. SQLite has none to be ended.
    fn cut_off(&self) {
        if !self.is_sqlite() {
            self.rows(
                "SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity
                 WHERE datname = current_database() AND pid <> pg_backend_pid()",
            );
        }
    }

    /// A day and more after the last write, by the store's clock.
    fn tomorrow(&self) -> String {
        let last = &self.rows("SELECT CAST(MAX(changed_at) AS TEXT) FROM jobs")[0];
        let micros: i64 = last.parse().unwrap();
        jiff::Timestamp::from_microsecond(micros + 26 * 3_600_000_000).unwrap().to_string()
    }

    /// The plain bytes of samples.
    fn bytes_of(
        &self,
        operator: &Operator,
        samples: &BTreeSet<String>,
    ) -> BTreeMap<String, Vec<u8>> {
        let blobs_url = format!("file://{}", operator.data().join("blobs").display());
        let config =
            StoreConfig { database_url: self.url.clone(), blobs_url, blobs_endpoint: None };
        self.runtime.block_on(async {
            let store = Store::open(&config).await.unwrap();
            let mut all = BTreeMap::new();
            for sha256 in samples {
                let bytes = store.get_bytes(&sha256.parse().unwrap(), 1 << 30).await.unwrap();
                all.insert(sha256.clone(), bytes.to_vec());
            }
            store.close().await;
            all
        })
    }
}
