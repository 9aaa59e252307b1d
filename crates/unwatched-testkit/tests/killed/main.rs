//! Processes are killed at random points: while partners put samples in, one by one and many at
//! once, and give opinions; while everything is analysed again; while a release is published and
//! while a backup is made. What was acknowledged is there with its bytes, what was not is there
//! whole or not at all, no job is left stuck or done twice, and `doctor` finds nothing.
//!
//! The points follow from a seed, which is printed; `UNWATCHED_TEST_SEED` sets another.

mod afterwards;
mod again;
mod commands;
mod database;
mod deeds;
mod living;

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::json;
use tempfile::TempDir;
use unwatched_testkit::TemporaryPostgres;
use unwatched_testkit::exchange::Operator;
use unwatched_testkit::postgres;

use crate::database::Database;
use crate::deeds::FAMILIES;

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

fn walk(operator: &Operator, url: String, seed: u64) {
    let seed = std::env::var("UNWATCHED_TEST_SEED").map_or(seed, |seed| seed.parse().unwrap());
    eprintln!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let operator = operator.clone().with("UNWATCHED_JOBS__LEASE_S", "1").with("RUST_LOG", "error");
    let partners = [Partner::join(&operator, 0), Partner::join(&operator, 1)];
    let families = families(&operator, &partners[0].token);
    let database = Database::at(url);

    let done = living::live_and_die(&operator, &partners, &families, &mut random, &database);
    let server = operator.serve();
    let workers = [operator.work(), operator.work()];
    afterwards::no_job_is_stuck(&database);
    let client = server.client().with_token(&partners[0].token);
    afterwards::samples_are_whole(&operator, &database, &client, &done);
    afterwards::opinions_are_whole_or_not_there(&database, &client, &families, &done);
    afterwards::no_job_is_doubled(&database);
    drop((workers, server));

    again::killed_while_everything_is_analysed_again(&operator, &database, &mut random);
    commands::killed_while_publishing(&operator, &database, &mut random);
    commands::killed_while_copying(&operator, &database, &mut random);
    afterwards::nothing_is_left_over(&operator, &database);
    afterwards::doctor_finds_nothing(&operator);
}

const PASSWORD: &str = "a made-up password";
const PARTNERS: [(&str, &str); 2] = [("watch-lab", "vendor"), ("north-line", "support")];

/// A partner's programs, and its person at a browser.
struct Partner {
    token: String,
    cookie: String,
}

impl Partner {
    /// Made as an operator would.
    fn join(operator: &Operator, number: usize) -> Self {
        let (slug, category) = PARTNERS[number];
        let token = operator.join(slug, category, "analyst");
        let email = format!("ana@{slug}.example");
        let words = ["admin", "user", "add", "--email", &email, "--partner", slug];
        operator.run_with(&[&words[..], &["--role", "analyst"]].concat(), PASSWORD).ok();
        let server = operator.serve_without_worker();
        Self { token, cookie: server.client().sign_in(&email, PASSWORD) }
    }
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
