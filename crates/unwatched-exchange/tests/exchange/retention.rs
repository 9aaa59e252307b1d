//! What was kept long enough goes, and what was learnt from it stays.

use std::sync::Arc;

use jiff::SignedDuration;
use unwatched_exchange::clock::Clock;
use unwatched_exchange::config::Config;
use unwatched_exchange::doctor::{self, Outcome};
use unwatched_exchange::jobs::retention;
use unwatched_exchange::state::AppState;

use crate::doctor::lived_in;
use crate::rig::Server;

/// The same exchange, so many days later.
fn after(server: &Server, days: i64) -> AppState {
    let now = server.state.clock.now() + SignedDuration::from_hours(24 * days);
    let config = Config {
        retention: [("sample_bytes".to_owned(), 100), ("audit_log".to_owned(), 150)].into(),
        ..Config::default()
    };
    AppState { clock: Clock::by(move || now), config: Arc::new(config), ..server.state.clone() }
}

#[test]
fn bytes_go_with_their_key_and_the_log_loses_its_beginning() {
    let server = lived_in();
    let lab = server.lab();
    let sample = lab.upload(b"kept for a hundred days");
    let sha256 = sample.rsplit('/').next().unwrap().parse().unwrap();
    server.wait(async {
        let store = &server.state.store;
        let gone = retention::enforce(&after(&server, 99)).await.unwrap();
        assert_eq!(gone, [], "nothing is older than its days");
        assert!(store.exists(&sha256).await.unwrap());
        let gone = retention::enforce(&after(&server, 101)).await.unwrap();
        assert_eq!(gone, [("sample_bytes".to_owned(), 3)]);
        assert!(
            !store.exists(&sha256).await.unwrap() && !store.has_blob_key(&sha256).await.unwrap()
        );
        let gone = retention::enforce(&after(&server, 151)).await.unwrap();
        assert_eq!(gone.len(), 1, "{gone:?}");
        assert_eq!(gone[0].0, "audit_log");
        let lines = store.audit_after(0, 1_000).await.unwrap();
        let actions: Vec<_> = lines.iter().map(|line| line.action.as_str()).collect();
        assert!(actions.contains(&"sample.forget") && actions.contains(&"opinion.carry"));
        // Jobs nobody did are old by then, and nothing else is wrong.
        let report = doctor::examine(&after(&server, 152), false, &|_| {}).await;
        let grave: Vec<_> = report.grave().filter(|found| found.place != "the job queue").collect();
        assert!(grave.is_empty(), "{}", report.text());
        assert_eq!(report.result(), Outcome::Found, "the jobs are told");
    });
    lab.get(&sample).expect(200);
}
