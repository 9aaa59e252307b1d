//! How long each kind of page and each list takes, one asker at a time.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Result;

use super::super::table::Table;
use super::client::path;
use super::crawl::Person;
use super::server::Server;

const TIMES: usize = 5;
/// Lists of the interface for programs.
const LISTS: [&str; 8] = [
    "/api/v1/samples",
    "/api/v1/families",
    "/api/v1/questions",
    "/api/v1/jobs",
    "/api/v1/groups",
    "/api/v1/recalls",
    "/api/v1/audit",
    "/api/v1/audit?action=sample.download",
];

pub(super) fn measure(server: &Server, of: &str, goal: &str, table: &mut Table) -> Result<()> {
    let mut taken: BTreeMap<String, Vec<Duration>> = BTreeMap::new();
    for (email, password) in server.people() {
        let mut person = Person::sign_in(server, &email, &password)?;
        for (kind, pages) in person.pages()? {
            if taken.contains_key(&kind) {
                continue;
            }
            let of_kind = taken.entry(kind).or_default();
            for page in pages {
                for _ in 0..TIMES {
                    of_kind.push(person.client.get(&page, &person.headers)?.took);
                }
            }
        }
    }
    lists(server, &mut taken)?;
    let mut kinds: Vec<(String, Vec<Duration>)> = taken.into_iter().collect();
    for (_, times) in &mut kinds {
        times.sort_unstable();
    }
    kinds.sort_by_key(|(_, times)| std::cmp::Reverse(at(times, 95)));
    for (kind, times) in &kinds {
        eprintln!("  {:>8.1} ms p95  {:>8.1} ms p50  {kind}", ms(at(times, 95)), ms(at(times, 50)));
    }
    let mut all: Vec<Duration> = kinds.iter().flat_map(|(_, times)| times.clone()).collect();
    all.sort_unstable();
    let figure = format!("p50 {:.1} ms, p95 {:.1} ms", ms(at(&all, 50)), ms(at(&all, 95)));
    table.row(&format!("{} kinds of pages and lists, {of}", kinds.len()), figure, goal);
    for (kind, times) in kinds.iter().take(5) {
        let figure = format!("p50 {:.1} ms, p95 {:.1} ms", ms(at(times, 50)), ms(at(times, 95)));
        table.row(&format!("among the slowest: `{kind}`"), figure, goal);
    }
    Ok(())
}

fn lists(server: &Server, taken: &mut BTreeMap<String, Vec<Duration>>) -> Result<()> {
    let (mut client, bearer) = (server.client(), server.bearer());
    let searches = ["watch", "com.*", "kind:sample"].map(|q| path("/api/v1/search", q));
    for page in LISTS.iter().map(|list| (*list).to_owned()).chain(searches) {
        for _ in 0..TIMES {
            let answer = client.get(&page, &bearer)?;
            if answer.status != 200 {
                eprintln!("{page} answers {}", answer.status);
                break;
            }
            taken.entry(page.clone()).or_default().push(answer.took);
        }
    }
    Ok(())
}

fn at(times: &[Duration], percent: usize) -> Duration {
    times
        .get((times.len() * percent / 100).min(times.len().saturating_sub(1)))
        .copied()
        .unwrap_or_default()
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}
