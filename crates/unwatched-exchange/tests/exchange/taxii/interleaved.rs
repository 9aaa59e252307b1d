//! Every way in which readers turn pages while somebody else adds, changes and deletes. The server
//! answers here without sockets, because a page and a token are made by the same code with and
//! without; `paging.rs` and `killed.rs` do the same over HTTP with real clients.
//!
//! Between two changes a reader turns no page, one or two. All the ways are walked at once: readers
//! that stand at the same place with the same things behind them are counted and go on together,
//! and each page that any of them asks for is asked of the server, twice. Because readers write
//! nothing, two of them at once are two of these ways.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use tokio::runtime::Runtime;
use tower::ServiceExt as _;
use unwatched_exchange::clock::{Clock, Randomness};
use unwatched_exchange::config::Config;
use unwatched_exchange::http;
use unwatched_exchange::state::{AppState, DataFolder};

use super::*;

/// So many changes come one after the other.
const CHANGES: u32 = 7;
/// At most so many pages are turned between two of them.
const TURNS: u32 = 2;
/// How many objects a page of a reader holds, and whether it goes by tokens or by moments alone.
const READERS: [(u32, bool); 4] = [(1, true), (2, false), (2, true), (3, true)];

/// The server, as it stands between two changes.
struct Standing<'a> {
    runtime: &'a Runtime,
    router: &'a Router,
    /// What was answered since the last change.
    pages: HashMap<String, Page>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Page {
    /// Id and version of each object.
    rows: Vec<(String, String)>,
    last: Option<String>,
    next: Option<String>,
}

/// Where a reader stands: what it asks next, and what it has.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    after: Option<String>,
    next: Option<String>,
    seen: BTreeSet<(String, String)>,
}

impl Standing<'_> {
    fn ask(&self, method: &str, path: &str, body: String) -> (u16, Option<String>, Value) {
        let request = Request::builder().method(method).uri(path);
        let request = request.header(header::AUTHORIZATION, BASIC).header(header::ACCEPT, TAXII);
        let request = request.header(header::CONTENT_TYPE, TAXII).body(Body::from(body)).unwrap();
        self.runtime.block_on(async {
            let answer = self.router.clone().oneshot(request).await.unwrap();
            let last = answer.headers().get("x-taxii-date-added-last");
            let last = last.map(|last| last.to_str().unwrap().to_owned());
            let status = answer.status().as_u16();
            let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
            (status, last, serde_json::from_slice(&body).unwrap_or_default())
        })
    }

    fn page(&mut self, path: &str) -> Page {
        if let Some(page) = self.pages.get(path) {
            return page.clone();
        }
        let page = self.fetch(path);
        assert_eq!(self.fetch(path), page, "one token, one page");
        self.pages.insert(path.to_owned(), page.clone());
        page
    }

    fn fetch(&self, path: &str) -> Page {
        let (status, last, envelope) = self.ask("GET", path, String::new());
        assert_eq!(status, 200, "{path}: {envelope}");
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let objects = envelope["objects"].as_array().cloned().unwrap_or_default();
        let rows = objects.iter().map(|one| (word(&one["id"]), word(&one["modified"]))).collect();
        let next = envelope["next"].as_str().map(str::to_owned);
        assert_eq!(next.is_some(), envelope["more"] == true, "{envelope}");
        Page { rows, last, next }
    }

    /// The reader's next page, and where it stands then.
    fn turn(&mut self, place: &Place, limit: u32, by_token: bool) -> (Place, bool) {
        let mut path = format!("{MAIN}objects/?limit={limit}");
        for (key, value) in [("added_after", &place.after), ("next", &place.next)] {
            if let Some(value) = value {
                path.extend(["&", key, "=", value]);
            }
        }
        let page = self.page(&path);
        let mut seen = place.seen.clone();
        for row in page.rows {
            assert!(seen.insert(row.clone()), "{row:?} came twice, at last from {path}");
        }
        let has_more = page.next.is_some();
        let after = page.last.or_else(|| place.after.clone());
        // A token stands for the moment that it was asked with.
        let next = page.next.filter(|_| by_token);
        let after = if next.is_some() { place.after.clone() } else { after };
        (Place { after, next, seen }, has_more)
    }
}

/// Numbers that look random and are the same each time.
fn shuffled(seed: &mut u64) -> u32 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    u32::try_from(*seed >> 33).unwrap()
}

/// What is in the collection: the newest version of each object.
type Content = BTreeMap<u32, u32>;

/// What a token gave before the change it gives after it, but for what was deleted.
fn ask_tokens_again(standing: &Standing<'_>, before: HashMap<String, Page>, content: &Content) {
    let there = |id: &str| content.keys().any(|name| object(*name, 1)["id"] == id);
    for (path, mut page) in before.into_iter().filter(|(path, _)| path.contains("&next=")) {
        page.rows.retain(|(id, _)| there(id));
        let after = standing.fetch(&path).rows;
        assert!(after.starts_with(&page.rows), "{path}: {:?}, then {after:?}", page.rows);
    }
}

/// One change: one or two objects more, a newer version, or one object less.
fn change(standing: &Standing<'_>, content: &mut Content, newest: &mut u32, seed: &mut u64) {
    let at = shuffled(seed) as usize % content.len().max(1);
    let one = content.keys().nth(at).copied();
    let mut batch = Vec::new();
    match (shuffled(seed) % 4, one) {
        (0, Some(name)) if content.len() > 1 => {
            content.remove(&name);
            let id = object(name, 1)["id"].as_str().unwrap().to_owned();
            let path = format!("{MAIN}objects/{id}/?match[version]=all");
            assert_eq!(standing.ask("DELETE", &path, String::new()).0, 200);
            return;
        }
        (1, Some(name)) => batch.push((name, content[&name] + 1)),
        (which, _) => {
            for _ in 0..=which % 2 {
                *newest += 1;
                batch.push((*newest, 1));
            }
        }
    }
    let objects: Vec<_> = batch.iter().map(|(name, version)| object(*name, *version)).collect();
    let body = json!({ "objects": objects }).to_string();
    let (status, _, said) = standing.ask("POST", &format!("{MAIN}objects/"), body);
    assert_eq!((status, &said["failure_count"]), (202, &json!(0)), "{said}");
    content.extend(batch);
}

/// All the ways through one course of changes; how many they were.
fn walk(standing: &mut Standing<'_>, course: u64) -> u64 {
    let mut seed = course;
    // What was there before is nobody's business here.
    let mut newest = 1_000 + u32::try_from(course).unwrap() * 100;
    let (mut content, begin) = (Content::new(), newest_moment(standing));
    let mut places: Vec<BTreeMap<Place, u64>> = READERS
        .iter()
        .map(|_| {
            let place = Place { after: begin.clone(), next: None, seen: BTreeSet::new() };
            BTreeMap::from([(place, 1)])
        })
        .collect();
    for _ in 0..CHANGES {
        let before = std::mem::take(&mut standing.pages);
        change(standing, &mut content, &mut newest, &mut seed);
        ask_tokens_again(standing, before, &content);
        for ((limit, by_token), places) in READERS.iter().zip(&mut places) {
            let mut gone_on = places.clone();
            for _ in 0..TURNS {
                let mut turned = BTreeMap::new();
                for (place, ways) in std::mem::take(places) {
                    let (place, _) = standing.turn(&place, *limit, *by_token);
                    *turned.entry(place).or_default() += ways;
                }
                for (place, ways) in &turned {
                    *gone_on.entry(place.clone()).or_default() += ways;
                }
                *places = turned;
            }
            *places = gone_on;
        }
    }
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    let there: BTreeSet<_> = content
        .iter()
        .map(|(name, version)| object(*name, *version))
        .map(|object| (word(&object["id"]), word(&object["modified"])))
        .collect();
    let mut walked = 0;
    for ((limit, by_token), places) in READERS.iter().zip(places) {
        for (mut place, ways) in places {
            loop {
                let (after, has_more) = standing.turn(&place, *limit, *by_token);
                place = after;
                if !has_more {
                    break;
                }
            }
            let lost: Vec<_> = there.difference(&place.seen).collect();
            assert!(lost.is_empty(), "pages of {limit}: {lost:?} came to nobody");
            walked += ways;
        }
    }
    walked
}

fn newest_moment(standing: &Standing<'_>) -> Option<String> {
    standing.ask("GET", &format!("{MAIN}objects/?limit=1000"), String::new()).1
}

#[test]
fn every_way_of_reading_gives_every_object_once() {
    for engine in Engine::here() {
        let folder = TempDir::new().unwrap();
        let operator = engine.operator(&folder.path().join("data"));
        take_over(&operator, folder.path());
        let mut config = Config::default();
        config.database.url = engine.url();
        let runtime = Runtime::new().unwrap();
        let data = DataFolder::at(operator.data()).unwrap();
        let opened = AppState::open(config, data, Clock::system(), Randomness::seeded(7));
        let router = http::router(runtime.block_on(opened).unwrap());
        let mut standing = Standing { runtime: &runtime, router: &router, pages: HashMap::new() };
        let walked: u64 = (1..=2).map(|course| walk(&mut standing, course)).sum();
        // Each reader has three choices between two changes.
        assert_eq!(walked, 2 * READERS.len() as u64 * 3_u64.pow(CHANGES));
    }
}
