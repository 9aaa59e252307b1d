//! What `backup`, `restore` and `doctor` say where rows are in PostgreSQL or blobs in S3: which of
//! those systems' own tools does the half that they leave out, and when.

use std::path::Path;

use tempfile::TempDir;
use unwatched_testkit::TemporaryPostgres;
use unwatched_testkit::exchange::Operator;
use unwatched_testkit::postgres;

/// A moto server, whose bucket is `watch`; the program speaks to it where it was built with S3.
const S3_VARIABLE: &str = "UNWATCHED_TEST_S3";
const GREEN: &str = "\neverything that was looked at is as it should be\n";

fn text(path: &Path) -> &str {
    path.to_str().expect("a path that is text")
}

/// With one sample in it.
fn lived_in(operator: &Operator) {
    let token = operator.join("example-lab", "vendor", "uploader");
    let server = operator.serve_without_worker();
    let client = server.client().with_token(&token);
    client.post_bytes("/api/v1/samples", "application/octet-stream", b"a sample").expect(202);
}

#[test]
fn rows_in_postgresql_are_left_to_its_own_tools_by_name() {
    if let Err(notice) = postgres::available() {
        eprintln!("{notice}");
        return;
    }
    let server = TemporaryPostgres::start().unwrap();
    let name = format!("engines_{}", std::process::id());
    server.create_database(&name).unwrap();
    let folder = TempDir::new().unwrap();
    let url = server.url(&name);
    let operator = Operator::new(&folder.path().join("data")).with_database(&url);
    lived_in(&operator);
    let said = operator.run(&["doctor"]).ok();
    assert!(said.contains("left out: PostgreSQL's files: its own pg_amcheck"), "{said}");
    assert!(said.ends_with(GREEN), "{said}");

    let copy = folder.path().join("copy");
    let made = operator.run(&["backup", text(&copy)]).ok();
    let half = "not in it: the database: run `pg_dump --format=custom` BEFORE this copy is made";
    assert!(made.contains(half), "{made}");
    assert!(!copy.join("exchange.sqlite").exists() && copy.join("blobs").is_dir());
    // Beside the database, which its own tool has put back.
    let other = Operator::new(&folder.path().join("other")).with_database(&url);
    let restored = other.run(&["restore", text(&copy)]);
    assert!(restored.stderr.contains("not in the copy: the database: run `pg_dump"));
    assert!(restored.ok().ends_with(GREEN));
    server.drop_database(&name).unwrap();
}

#[test]
fn blobs_in_s3_are_left_to_its_own_tools_by_name() {
    let folder = TempDir::new().unwrap();
    let place = format!("s3://watch/engines-{}", std::process::id());
    let operator = Operator::new(&folder.path().join("data")).with("UNWATCHED_BLOBS__URL", &place);
    let Ok(endpoint) = std::env::var(S3_VARIABLE) else {
        // An ordinary build says which one it takes.
        let refused = operator.run(&["admin", "partner", "list"]);
        assert_ne!(refused.code, Some(0));
        assert!(refused.stderr.contains("--features s3"), "{}", refused.stderr);
        return;
    };
    let operator = operator.with("UNWATCHED_BLOBS__ENDPOINT", &endpoint);
    lived_in(&operator);
    let said = operator.run(&["doctor"]).ok();
    assert!(said.contains("1 needed, 1 there") && said.ends_with(GREEN), "{said}");
    let copy = folder.path().join("copy");
    let made = operator.run(&["backup", text(&copy)]).ok();
    let half = "not in it: the blobs: copy the bucket AFTER this copy is made";
    assert!(made.contains(half) && made.contains("aws s3 sync"), "{made}");
    assert!(copy.join("exchange.sqlite").is_file() && !copy.join("blobs").exists());
    let other = Operator::new(&folder.path().join("other"));
    let outside = other.clone().with("UNWATCHED_BLOBS__URL", &place);
    let outside = outside.with("UNWATCHED_BLOBS__ENDPOINT", &endpoint);
    let refused = outside.run(&["restore", text(&copy)]).refused(5);
    assert!(refused.contains("restore without database.url and blobs.url"), "{refused}");
    // Without: the rows come back, and what the bucket holds is missed by name.
    let restored = other.run(&["restore", text(&copy)]);
    assert!(restored.stderr.contains("not in the copy: the blobs: copy the bucket"));
    assert!(restored.stdout.contains("is missing, which"), "{}", restored.stdout);
    let again = outside.run(&["doctor"]).ok();
    assert!(again.ends_with(GREEN), "{again}");
}
