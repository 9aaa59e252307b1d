//! Many samples at once leave what the ordinary way leaves.

use jiff::SignedDuration;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection};
use unwatched_model::access::Sharing;
use unwatched_model::indicator::IndicatorKind;
use unwatched_model::tlp::Tlp;
use unwatched_store::{
    ANALYZE_SAMPLE, BulkSample, BulkSubmission, Engine, Handling, NewSample, Outcome, Said,
    SampleState, StoreError, Take,
};

use crate::stand::{Stand, at, indicator, new_sample, operator, report, somebody};

crate::both!(the_same_rows_as_by_the_ordinary_way, a_store_that_holds_samples_is_refused,);

/// Everything that a sample leaves, but for numbers and for what only a worker writes.
const TABLES: [(&str, &str); 8] = [
    (
        "samples",
        "sha256, sha1, md5, size_bytes, state, state_why, state_at, first_seen, package, label,
         format, queue_order, triaged_at, bytes_gone_at",
    ),
    ("submissions", "sample, partner, file_name, at, tlp, pap, group_slug, declared_public"),
    ("reports", "sample, engine, report, saved_at"),
    ("sample_certificates", "certificate, sample"),
    ("sample_values", "kind, normalised, sample"),
    ("sample_families", "sample, family, partner, user_id, why, at, gone_at"),
    ("search_entries", "kind, ref, title, family, body, tags"),
    ("search_keys", "key, (SELECT ref FROM search_entries WHERE id = entry)"),
];
const JOBS: (&str, &str) = ("jobs", "kind, subject, payload, state, why, priority");

async fn the_same_rows_as_by_the_ordinary_way(ordinary: &Stand) {
    let bulk = match ordinary.engine() {
        Engine::Sqlite => Stand::sqlite().await,
        Engine::Postgres => Stand::postgres().await.expect("there is one already"),
    };
    let samples = population();
    for stand in [ordinary, &bulk] {
        stand.partner("alpha").await;
        stand.partner("beta").await;
        let family = stand.named("Watch").await;
        let package = indicator(&family, IndicatorKind::Package, "com.example.watch0");
        let alpha = "alpha".parse().unwrap();
        stand.add_indicator(&package, &Handling::default(), &alpha, at(0)).await.unwrap();
    }
    for sample in &samples {
        in_the_ordinary_way(ordinary, sample).await;
    }
    let mut filling = bulk.bulk().await.unwrap();
    for some in samples.chunks(3) {
        filling.add(some).await.unwrap();
    }
    filling.finish(at(1_000)).await.unwrap();
    for (table, columns) in TABLES.into_iter().chain([JOBS]) {
        let expected = rows(ordinary, table, columns).await;
        assert!(!expected.is_empty(), "{table}");
        assert_eq!(rows(&bulk, table, columns).await, expected, "{table}");
    }
    for q in ["watch*", "kind:sample state:failed", "family:watch", "\"reads text messages\""] {
        let expected = ordinary.search(q, &somebody(), None, 50).await.unwrap();
        assert!(!expected.results.is_empty(), "{q}");
        assert_eq!(bulk.search(q, &somebody(), None, 50).await.unwrap(), expected, "{q}");
    }
    // It is an ordinary store again.
    let one = new_sample("one more", &"alpha".parse().unwrap());
    assert!(bulk.add_sample(&one, &operator(), at(9_000)).await.unwrap().new);
    let unknown = NewSample { by: "nobody".parse().unwrap(), ..new_sample("x", &one.by) };
    let refused = bulk.add_sample(&unknown, &operator(), at(9_000)).await;
    assert!(matches!(refused, Err(StoreError::NotFound(_))), "{refused:?}");
    bulk.remove().await;
}

async fn a_store_that_holds_samples_is_refused(stand: &Stand) {
    let by = stand.partner("alpha").await;
    stand.add_sample(&new_sample("one", &by), &operator(), at(0)).await.unwrap();
    assert!(matches!(stand.bulk().await, Err(StoreError::Conflict(_))));
}

/// Two submissions, a failure, one that was sorted, and a few of the same package.
fn population() -> Vec<BulkSample> {
    (0..7_i64)
        .map(|number| {
            let name = format!("sample {number}");
            let alpha = "alpha".parse().unwrap();
            let new = new_sample(&name, &alpha);
            let put_in = |by: &str, at_second: i64, sharing| BulkSubmission {
                by: by.parse().unwrap(),
                file_name: (number != 3).then(|| format!("{name} of {by}.apk")),
                at: at(at_second),
                sharing,
                declared_public: number == 2,
            };
            let mut submissions = vec![put_in("alpha", number * 100, Sharing::coalition())];
            if number % 3 == 1 {
                let red = Sharing { tlp: Tlp::Red, ..Sharing::coalition() };
                submissions.push(put_in("beta", number * 100 + 1, red));
            }
            let outcome = if number == 4 {
                Outcome::Failed("broken".to_owned())
            } else {
                let package = format!("com.example.watch{}", number % 2);
                Outcome::Report(Box::new(report(&name, &package)), "engine".to_owned())
            };
            let said = (number == 5).then(|| Said {
                family: Some("watch".parse().unwrap()),
                by: "beta".parse().unwrap(),
                at: at(number * 100 + 50),
            });
            BulkSample {
                sha256: new.sha256,
                sha1: new.sha1,
                md5: new.md5,
                size_bytes: new.size_bytes,
                submissions,
                outcome,
                analysed_at: at(number * 100 + 2),
                has_job: true,
                bytes_gone_at: None,
                said,
            }
        })
        .collect()
}

async fn in_the_ordinary_way(stand: &Stand, sample: &BulkSample) {
    for one in &sample.submissions {
        let new = NewSample {
            sha256: sample.sha256,
            sha1: sample.sha1,
            md5: sample.md5,
            size_bytes: sample.size_bytes,
            file_name: one.file_name.clone(),
            by: one.by.clone(),
            sharing: one.sharing.clone(),
            declared_public: one.declared_public,
        };
        stand.add_sample(&new, &operator(), one.at).await.unwrap();
    }
    let now = sample.analysed_at;
    let lease = SignedDuration::from_mins(5);
    let job = stand.claim("w", &[ANALYZE_SAMPLE], Take::Priority, now, lease).await.unwrap();
    let job = job.unwrap();
    match &sample.outcome {
        Outcome::Report(report, engine) => {
            stand.save_report(&sample.sha256, report, engine, now).await.unwrap();
            stand.finish(&job, now).await.unwrap();
        }
        Outcome::Failed(why) => {
            let failed = SampleState::Failed;
            stand.set_sample_state(&sample.sha256, failed, Some(why), now).await.unwrap();
            stand.fail(&job, why, None, now).await.unwrap();
        }
    }
    if let Some(said) = &sample.said {
        let family = said.family.as_ref();
        stand.triage(&sample.sha256, family, None, &said.by, &operator(), said.at).await.unwrap();
    }
}

/// A table's rows as text, in the order of that text.
async fn rows(stand: &Stand, table: &str, columns: &str) -> Vec<String> {
    let url = &stand.config.database_url;
    let quoted: Vec<_> = columns.split(',').map(|column| column.trim().to_owned()).collect();
    match stand.engine() {
        Engine::Sqlite => {
            let columns: Vec<_> = quoted.iter().map(|one| format!("quote({one})")).collect();
            let sql = format!("SELECT {} FROM {table} ORDER BY 1", columns.join(" || ', ' || "));
            let mut connection = SqliteConnection::connect(url).await.unwrap();
            sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut connection).await.unwrap()
        }
        Engine::Postgres => {
            let sql = format!("SELECT ROW({})::text FROM {table} ORDER BY 1", quoted.join(", "));
            let mut connection = PgConnection::connect(url).await.unwrap();
            sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut connection).await.unwrap()
        }
    }
}
