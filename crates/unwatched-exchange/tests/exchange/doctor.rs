//! `doctor`: what somebody with the files in their hands changes is found, and named.

use std::fs;
use std::path::{Path, PathBuf};

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection as _, Row as _};
use unwatched_exchange::clock::Randomness;
use unwatched_exchange::doctor::{self, Outcome, Report};
use unwatched_exchange::release::publish;
use unwatched_store::Actor;

use crate::rig::Server;

const CRITERIA: [&str; 3] = ["tracks", "offered_to_individuals", "hides_itself"];

/// An exchange with some of everything.
pub(crate) fn lived_in() -> Server {
    let server = Server::without_worker();
    let (lab, shelter) = (server.lab(), server.shelter());
    let family = lab.create_family("Watch Alpha");
    for partner in [&lab, &shelter] {
        partner.indicate(&family, "package", "com.example.alpha", "app");
        partner.say(&family, "holds", &CRITERIA);
    }
    let sample = lab.upload(b"no app at all, and yet a sample");
    lab.upload(&vec![7; 70_000]);
    shelter.get(&sample);
    server.wait(publish::publish(&server.state, &Actor::operator())).expect("a release");
    server
}

pub(crate) fn examined(server: &Server) -> Report {
    server.wait(doctor::examine(&server.state, false, &|_| {}))
}

/// What an attacker with the database's file does: takes the triggers away, changes something,
/// and puts them back.
pub(crate) struct Attacker {
    connection: SqliteConnection,
}

impl Attacker {
    pub(crate) async fn at(data: &Path) -> Self {
        let options = SqliteConnectOptions::new()
            .filename(data.join("exchange.sqlite"))
            .foreign_keys(false)
            .busy_timeout(std::time::Duration::from_secs(10));
        Self { connection: SqliteConnection::connect_with(&options).await.unwrap() }
    }

    pub(crate) async fn run(&mut self, table: &str, change: &str, bytes: Option<&[u8]>) {
        let triggers =
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = $1";
        let triggers: Vec<(String, String)> =
            sqlx::query_as(triggers).bind(table).fetch_all(&mut self.connection).await.unwrap();
        for (name, _) in &triggers {
            self.plain(&format!("DROP TRIGGER {name}")).await;
        }
        let query = sqlx::query(AssertSqlSafe(change.to_owned())).bind(bytes);
        query.execute(&mut self.connection).await.unwrap();
        for (_, sql) in &triggers {
            self.plain(sql).await;
        }
    }

    async fn plain(&mut self, sql: &str) {
        sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut self.connection).await.unwrap();
    }

    /// Column name and declared type.
    async fn columns(&mut self, table: &str) -> Vec<(String, String)> {
        let sql = format!("PRAGMA table_info({table})");
        let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut self.connection).await.unwrap();
        rows.iter().map(|row| (row.get("name"), row.get("type"))).collect()
    }

    pub(crate) async fn rows(&mut self, table: &str) -> Vec<i64> {
        let sql = format!("SELECT rowid FROM {table} ORDER BY rowid");
        sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut self.connection).await.unwrap()
    }

    pub(crate) async fn bytes(&mut self, table: &str, column: &str, row: i64) -> Option<Vec<u8>> {
        let sql = format!("SELECT CAST({column} AS BLOB) FROM {table} WHERE rowid = {row}");
        sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut self.connection).await.unwrap()
    }
}

#[test]
fn what_nobody_touched_is_as_it_should_be() {
    let server = lived_in();
    let report = examined(&server);
    assert_eq!(report.result(), Outcome::AsItShouldBe, "{}", report.text());
    let quick = server.wait(doctor::examine(&server.state, true, &|_| {}));
    assert_eq!(quick.result(), Outcome::AsItShouldBe, "{}", quick.text());
    let blobs = quick.checks.iter().find(|check| check.id == "blobs").unwrap();
    assert!(!blobs.left_out.is_empty(), "what was left out is said");
}

#[test]
fn one_byte_of_any_column_of_the_log_and_the_opinions_is_found_and_named() {
    let server = lived_in();
    server.wait(async {
        let mut attacker = Attacker::at(server.data()).await;
        for table in [
            "audit",
            "opinions",
            "releases",
            "release_files",
            "release_log",
            "key_sets",
            "checkpoints",
        ] {
            let rows = attacker.rows(table).await;
            let row = rows[rows.len() / 2];
            for (column, kind) in attacker.columns(table).await {
                let before = attacker.bytes(table, &column, row).await;
                let (changed, as_text) = match (&before, kind.as_str()) {
                    (_, "BIGINT") => (format!("COALESCE({column}, 0) + 4096"), None),
                    (None, _) => ("'x'".to_owned(), None),
                    (Some(bytes), _) => ("$1".to_owned(), Some(flipped(bytes, bytes.len() / 2, 1))),
                };
                let report = changed_and_back(
                    &server,
                    &mut attacker,
                    table,
                    &column,
                    &kind,
                    row,
                    &changed,
                    as_text,
                    before.as_deref(),
                )
                .await;
                let grave: Vec<_> = report.grave().collect();
                assert!(!grave.is_empty(), "{table}.{column} was changed and nothing was found");
                assert!(
                    grave.iter().any(|found| found.place.contains(words(table))),
                    "{table}.{column}: {grave:?}"
                );
            }
        }
    });
    let report = examined(&server);
    assert_eq!(report.result(), Outcome::AsItShouldBe, "{}", report.text());
}

fn words(table: &str) -> &'static str {
    match table {
        "audit" => "audit log",
        "opinions" => "opinion ",
        "key_sets" => "key set",
        _ => "release",
    }
}

fn flipped(bytes: &[u8], at: usize, by: u8) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[at] ^= by;
    bytes
}

#[expect(clippy::too_many_arguments, reason = "one place in one database, before and after")]
async fn changed_and_back(
    server: &Server,
    attacker: &mut Attacker,
    table: &str,
    column: &str,
    kind: &str,
    row: i64,
    changed: &str,
    bytes: Option<Vec<u8>>,
    before: Option<&[u8]>,
) -> Report {
    let cast = |value: &str| match kind {
        "BIGINT" => format!("CAST(CAST({value} AS TEXT) AS INTEGER)"),
        "BLOB" => value.to_owned(),
        _ => format!("CAST({value} AS TEXT)"),
    };
    let set = |value: &str| format!("UPDATE {table} SET {column} = {value} WHERE rowid = {row}");
    attacker.run(table, &set(&cast(changed)), bytes.as_deref()).await;
    let report = doctor::examine(&server.state, false, &|_| {}).await;
    attacker.run(table, &set(&cast("$1")), before).await;
    report
}

#[test]
fn two_hundred_and_sixty_random_bytes_are_found() {
    let server = lived_in();
    let randomness = Randomness::seeded(260);
    let below = |limit: usize| usize::from(u16::from_le_bytes(randomness.bytes())) % limit;
    server.wait(async {
        let mut attacker = Attacker::at(server.data()).await;
        let mut places = Vec::new();
        for table in ["audit", "opinions"] {
            for row in attacker.rows(table).await {
                for (column, kind) in attacker.columns(table).await {
                    if kind == "TEXT"
                        && attacker.bytes(table, &column, row).await.is_some_and(|b| !b.is_empty())
                    {
                        places.push((table, column, row));
                    }
                }
            }
        }
        for _ in 0..200 {
            let (table, column, row) = &places[below(places.len())];
            let before = attacker.bytes(table, column, *row).await;
            let bytes = before.clone().unwrap();
            let by = 1 << below(8);
            let bytes = flipped(&bytes, below(bytes.len()), by);
            let said = String::from_utf8_lossy(&bytes).into_owned();
            let report = changed_and_back(
                &server,
                &mut attacker,
                table,
                column,
                "TEXT",
                *row,
                "$1",
                Some(bytes),
                before.as_deref(),
            )
            .await;
            assert!(report.grave().next().is_some(), "{table}.{column} of row {row}: {said}");
        }
    });
    let blobs = blob_files(server.data());
    for _ in 0..60 {
        let path = &blobs[below(blobs.len())];
        let before = fs::read(path).unwrap();
        let at = below(before.len());
        fs::write(path, flipped(&before, at, 1 << below(8))).unwrap();
        let report = examined(&server);
        fs::write(path, &before).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        let named = report.grave().any(|found| found.what.contains(name));
        assert!(named, "byte {at} of {name}: {}", report.text());
    }
    let report = examined(&server);
    assert_eq!(report.result(), Outcome::AsItShouldBe, "{}", report.text());
}

pub(crate) fn blob_files(data: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![data.join("blobs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.metadata().unwrap().len() > 0 {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

#[test]
fn what_is_gone_is_missed() {
    let server = lived_in();
    let found =
        |report: &Report| report.grave().map(|found| found.what.clone()).collect::<Vec<_>>();
    server.wait(async {
        let mut attacker = Attacker::at(server.data()).await;
        let examine = async || doctor::examine(&server.state, true, &|_| {}).await;
        attacker.plain("BEGIN").await;
        attacker.run("opinions", "DELETE FROM opinions WHERE criterion = 'tracks'", None).await;
        attacker.plain("COMMIT").await;
        let report = examine().await;
        let gone = found(&report).iter().filter(|what| *what == "it was given and is gone").count();
        assert_eq!(gone, 2, "{}", report.text());
        let unmade =
            found(&report).iter().filter(|what| what.contains("that it names is gone")).count();
        assert!(unmade > 0, "{}", report.text());

        let last = "DELETE FROM audit WHERE seq = (SELECT MAX(seq) FROM audit)";
        attacker.run("audit", last, None).await;
        let report = examine().await;
        let end = report.grave().find(|found| found.place == "the audit log's end");
        assert!(end.is_some_and(|end| end.what.contains("were counted")), "{}", report.text());

        attacker.plain("DROP TRIGGER opinions_keep").await;
        let report = examine().await;
        assert!(
            found(&report)
                .contains(&"the trigger opinions_keep is missing, off or changed".to_owned()),
            "{}",
            report.text()
        );
    });
    let blob = blob_files(server.data()).remove(0);
    fs::remove_file(&blob).unwrap();
    let name = blob.file_name().unwrap().to_str().unwrap().to_owned();
    let report = examined(&server);
    assert!(
        found(&report).iter().any(|what| what.starts_with(&format!("the blob {name} is missing"))),
        "{}",
        report.text()
    );
}

#[test]
fn a_verdict_that_its_opinions_do_not_make_is_found() {
    let server = lived_in();
    server.wait(async {
        let mut attacker = Attacker::at(server.data()).await;
        let change =
            "UPDATE verdicts SET verdict = replace(verdict, '\"stalkerware\"', '\"dual_use\"')
                      WHERE id = (SELECT MAX(id) FROM verdicts)";
        attacker.run("verdicts", change, None).await;
    });
    let report = examined(&server);
    let verdict = report.grave().find(|found| found.place.ends_with("on watch-alpha"));
    assert_eq!(
        verdict.map(|found| found.what.as_str()),
        Some("the opinions it names make another verdict: stalkerware and not dual_use")
    );
}

/// An output without what differs from run to run, and from machine to machine.
fn levelled(text: &str) -> String {
    let is_digest = |word: &str| word.len() == 64 && word.bytes().all(|b| b.is_ascii_hexdigit());
    let is_count = |word: &str| word.len() > 1 && word.bytes().all(|b| b.is_ascii_digit());
    let level = |word: &str| match word {
        word if is_digest(word) => "DIGEST".to_owned(),
        word if is_count(word) => "N".to_owned(),
        word => word.to_owned(),
    };
    let of_machine =
        |line: &str| ["disk ", "machine ", "sandbox "].iter().any(|id| line.starts_with(id));
    // With what stands below them, which is as indented as no line of a check itself.
    let mut left_out = false;
    let lines = text.lines().filter(|line| {
        left_out = of_machine(line) || (left_out && line.starts_with("  "));
        !left_out
    });
    lines.map(|line| line.split(' ').map(level).collect::<Vec<_>>().join(" ") + "\n").collect()
}

#[test]
fn what_an_operator_reads() {
    let server = lived_in();
    server.wait(async {
        let mut attacker = Attacker::at(server.data()).await;
        let change = "UPDATE audit SET action = 'family.creatf' WHERE seq = 1";
        attacker.run("audit", change, None).await;
    });
    let ended = crate::cli::exchange(server.data(), &["doctor"]);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/exchange/expected");
    crate::expect::check_file(&folder.join("doctor.txt"), &levelled(&ended.stdout));
    let said = ended.refused(6);
    assert!(said.ends_with("error: doctor found 1: see above\n"), "{said}");
    let quick = crate::cli::exchange(server.data(), &["doctor", "--quick", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&quick.stdout).unwrap();
    assert_eq!(json["result"], "found");
    assert_eq!(quick.code, Some(6));
    let nowhere = server.data().join("nowhere");
    let said = crate::cli::exchange(&nowhere, &["doctor"]).refused(5);
    assert!(said.contains("no data folder") && !nowhere.exists(), "{said}");
    let config = server.data().join("exchange.toml");
    fs::write(&config, "[retention]\nsession = 3\n").unwrap();
    let config = config.to_str().unwrap();
    let misspelt = crate::cli::exchange(server.data(), &["doctor", "--config", config]);
    assert_eq!(misspelt.code, Some(6));
    assert!(
        misspelt.stdout.contains("unknown key `retention.session`: did you mean `sessions`?"),
        "{}",
        misspelt.stdout
    );
}
