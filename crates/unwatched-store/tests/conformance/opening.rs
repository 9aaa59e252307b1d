//! Opening, closing, opening again; schemas; what no statement may change.

use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection, raw_sql};
use unwatched_model::consensus::{Judging, judge_v1};
use unwatched_store::{Engine, ReleaseRow, Store, StoreConfig, StoreError};

use crate::stand::{Stand, at, operator};

crate::both!(
    what_was_kept_is_there_after_closing,
    opened_by_many_at_once,
    a_later_schema_is_refused,
    history_cannot_be_rewritten,
);

async fn what_was_kept_is_there_after_closing(stand: &Stand) {
    stand.ping().await.unwrap();
    let family = stand.named("Watch Alpha").await;
    stand.close().await;
    assert!(stand.ping().await.is_err(), "closed");
    let again = stand.again().await;
    assert_eq!(again.engine(), stand.engine());
    assert_eq!(again.family(&family).await.unwrap().unwrap().family.name, "Watch Alpha");
    again.close().await;
}

async fn opened_by_many_at_once(stand: &Stand) {
    // The first opening of an empty database is the one that may collide.
    let fresh = tempfile::tempdir().unwrap();
    let mut config = stand.config.clone();
    match stand.engine() {
        Engine::Sqlite => {
            config.database_url = format!("sqlite:{}", fresh.path().join("new.db").display());
        }
        Engine::Postgres => {
            // Named after the case's own schema: the suite runs on this database more than once.
            let (url, own) = config.database_url.split_once("[search_path]=").unwrap();
            run(stand, &format!("CREATE SCHEMA {own}_by_many")).await.unwrap();
            config.database_url = format!("{url}[search_path]={own}_by_many,{own}");
        }
    }
    let opened: Vec<_> = (0..6)
        .map(|_| {
            let config = config.clone();
            tokio::spawn(async move { Store::open(&config).await.unwrap() })
        })
        .collect();
    for store in opened {
        let store = store.await.unwrap();
        assert_eq!(store.partners().await.unwrap(), []);
        store.close().await;
    }
}

async fn a_later_schema_is_refused(stand: &Stand) {
    run(stand, "INSERT INTO schema_versions (version) VALUES (4000)").await.unwrap();
    let refused = Store::open(&stand.config).await;
    let Err(StoreError::Newer { found, known }) = &refused else { panic!("{refused:?}") };
    assert!(*found == 4_000 && *known < 4_000);
    let said = refused.unwrap_err().to_string();
    assert!(said.contains("schema 4000") && said.contains("use the later program"), "{said}");
}

async fn history_cannot_be_rewritten(stand: &Stand) {
    let family = stand.named("Watch").await;
    let undecided = |_: &Judging| judge_v1(&family, &[], &[]);
    stand.judge(&family, undecided, &operator(), at(0)).await.unwrap();
    let release = ReleaseRow {
        sequence: 1,
        published: at(0),
        expires: at(1),
        index_json: Vec::new(),
        signature: String::new(),
        files: Vec::new(),
    };
    stand.add_release(&release, &operator(), at(0)).await.unwrap();
    for statement in [
        "UPDATE verdicts SET saved_at = 0",
        "DELETE FROM verdicts",
        "UPDATE releases SET expires_at = 0",
        "DELETE FROM releases",
    ] {
        let refused = run(stand, statement).await.unwrap_err().to_string();
        assert!(refused.contains("is append-only"), "{statement}: {refused}");
    }
    if stand.engine() == Engine::Postgres {
        assert!(run(stand, "TRUNCATE opinions").await.is_err());
    }
}

/// Runs a statement behind the store's back.
async fn run(stand: &Stand, sql: &str) -> Result<(), sqlx::Error> {
    // Every statement here is written in this file.
    let sql = AssertSqlSafe(sql.to_owned());
    let url = &stand.config.database_url;
    match stand.engine() {
        Engine::Sqlite => {
            let mut connection = SqliteConnection::connect(url).await?;
            raw_sql(sql).execute(&mut connection).await?;
            connection.close().await
        }
        Engine::Postgres => {
            let mut connection = PgConnection::connect(url).await?;
            raw_sql(sql).execute(&mut connection).await?;
            connection.close().await
        }
    }
}

#[tokio::test]
async fn a_url_that_names_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for url in
        ["", "mysql://x", "sqlite:", "sqlite::memory:", "sqlite:x?mode=ro", "postgres://:x:y"]
    {
        let config = StoreConfig {
            database_url: url.to_owned(),
            blobs_url: format!("file://{}", folder.path().display()),
            blobs_endpoint: None,
        };
        let refused = Store::open(&config).await;
        assert!(matches!(refused, Err(StoreError::Config(_))), "{url}: {refused:?}");
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    std::fs::write(&file, "this is no database, but a text of some length ".repeat(50)).unwrap();
    for path in [file, folder.path().join("no/such/folder/store.db")] {
        let config = StoreConfig {
            database_url: format!("sqlite:{}", path.display()),
            blobs_url: "memory:///".to_owned(),
            blobs_endpoint: None,
        };
        let refused = Store::open(&config).await;
        let Err(StoreError::Config(why)) = &refused else { panic!("{refused:?}") };
        assert!(why.contains(path.to_str().unwrap()), "{why}");
    }
}

#[tokio::test]
async fn a_path_may_hold_odd_characters() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("50% of #1 & more.db");
    let config = StoreConfig {
        database_url: format!("sqlite:{}", file.display()),
        blobs_url: "memory:///".to_owned(),
        blobs_endpoint: None,
    };
    Store::open(&config).await.unwrap().close().await;
    assert!(file.is_file());
}

#[cfg(unix)]
#[tokio::test]
async fn a_database_is_for_its_own_user_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let mode =
        |file: &std::path::Path| std::fs::metadata(file).unwrap().permissions().mode() & 0o777;
    let set = |file: &std::path::Path, mode: u32| {
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    set(folder.path(), 0o755);
    let files = ["store.db", "store.db-wal", "store.db-shm"].map(|name| folder.path().join(name));
    let config = StoreConfig {
        database_url: format!("sqlite:{}", files[0].display()),
        blobs_url: "memory:///".to_owned(),
        blobs_endpoint: None,
    };
    let store = Store::open(&config).await.unwrap();
    assert_eq!(files.each_ref().map(|file| mode(file)), [0o600; 3], "as created");
    for file in &files {
        set(file, 0o644);
    }
    let again = Store::open(&config).await.unwrap();
    assert_eq!(files.each_ref().map(|file| mode(file)), [0o600; 3], "as found open to all");
    again.close().await;
    store.close().await;
}

#[tokio::test]
async fn each_part_of_an_error_is_said_once() {
    let chain = |error: &dyn std::error::Error| {
        let mut said = vec![error.to_string()];
        let mut cause = error.source();
        while let Some(error) = cause {
            said.push(error.to_string());
            cause = error.source();
        }
        said.join(": ")
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let config = StoreConfig {
        database_url: format!("sqlite:{}", folder.path().join("store.db").display()),
        blobs_url: format!("file://{}", file.display()),
        blobs_endpoint: None,
    };
    let said = chain(&Store::open(&config).await.unwrap_err());
    assert_eq!(said.matches("exists").count(), 1, "{said}");
    let said = chain(&StoreError::from(sqlx::Error::Protocol("odd answer".to_owned())));
    assert_eq!(said.matches("odd answer").count(), 1, "{said}");
    let io = std::io::Error::other("odd disk");
    let said = chain(&StoreError::from(sqlx::Error::Io(io)));
    assert_eq!(said.matches("odd disk").count(), 1, "{said}");
}
