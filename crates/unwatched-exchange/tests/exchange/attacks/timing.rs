//! What takes longer says more: signing in and looking up cost the same whoever and whatever there
//! is.

use std::time::{Duration, Instant};

use unwatched_exchange::http::auth;
use unwatched_model::partner::{Standing, UserRole};
use unwatched_store::{Actor, PartnerChange};
use unwatched_testkit::exchange::{Exchange, Operator};

use super::{FORM, PASSWORD, person, quoted};
use crate::rig::Server;

/// How long answers take is what is looked at here.
#[expect(clippy::disallowed_methods, reason = "a stopwatch, not what time it is")]
fn now() -> Instant {
    Instant::now()
}

#[test]
fn signing_in_says_and_costs_the_same_whoever_there_is() {
    let server = Server::without_worker();
    let hash = auth::hash_password(PASSWORD, [7; 16]).unwrap();
    let add =
        |email: &str, hash: &str| person(&server, "example-lab", UserRole::Analyst, email, hash);
    add("known@lab.example", &hash);
    add("unread@lab.example", "no hash at all");
    let shut_out = add("outed@lab.example", &hash);
    let at = server.state.clock.now();
    server.wait(server.state.store.disable_user(shut_out, &Actor::operator(), at)).unwrap();
    for (slug, standing) in
        [("example-away", Standing::Suspended), ("example-left", Standing::Left)]
    {
        server.another_partner(slug);
        person(&server, slug, UserRole::Analyst, &format!("outed@{slug}.example"), &hash);
        let change = PartnerChange { standing: Some(standing), ..PartnerChange::default() };
        let slug = slug.parse().unwrap();
        let (store, operator) = (&server.state.store, Actor::operator());
        server.wait(store.change_partner(&slug, &change, &operator, at)).unwrap();
    }
    let ways = [
        ("nobody@lab.example", "a wrong password"),
        ("known@lab.example", "a wrong password"),
        ("outed@lab.example", PASSWORD),
        ("outed@example-away.example", PASSWORD),
        ("outed@example-left.example", PASSWORD),
        ("unread@lab.example", "a wrong password"),
    ];
    let mut took = [const { Vec::new() }; 6];
    let mut said = Vec::new();
    // More rounds than these would be throttled; a machine with time to spare needs two.
    for round in 0..9 {
        if round > 1 && is_alike(&took) {
            break;
        }
        for (at, (email, password)) in ways.iter().enumerate() {
            let form = format!("email={}&password={}", quoted(email), quoted(password));
            let begun = now();
            let answer = server.nobody().send("/portal/sign-in", &[FORM], form.as_bytes());
            took[at].push(begun.elapsed());
            assert_eq!(answer.status, 422, "{email}");
            let headers: Vec<_> = answer
                .all_headers()
                .filter(|(name, _)| *name != "date" && *name != "content-length")
                .collect();
            let text = String::from_utf8_lossy(&answer.body).replace(email, "EMAIL");
            said.push(format!("{headers:?}{text}"));
        }
    }
    said.dedup();
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(is_alike(&took), "{took:?}");
}

/// The quickest of each is compared, for a busy machine makes everything slower and nothing
/// quicker. What checks no password is quicker a hundred times over.
fn is_alike(took: &[Vec<Duration>]) -> bool {
    let quickest: Vec<Duration> = took.iter().map(|all| *all.iter().min().unwrap()).collect();
    let (least, most) = (quickest.iter().min().unwrap(), quickest.iter().max().unwrap());
    *most < *least * 4
}

#[test]
fn a_key_that_is_none_is_refused_in_the_same_words() {
    let server = Server::without_worker();
    let (token, sha256) = auth::new_token(&server.state.randomness);
    let lab = server.client("example-lab", UserRole::OrgAdmin);
    let made = serde_json::json!({ "label": "x", "role": "reader", "scopes": "read" });
    let made = lab.post("/api/v1/keys", &made).expect(201).json();
    lab.delete(&format!("/api/v1/keys/{}", made["id"].as_str().unwrap())).expect(204);
    let withdrawn = made["key"].as_str().unwrap();
    let ways = [token.as_str(), withdrawn, "unw_", "x", &sha256.to_string()];
    let mut said: Vec<_> = ways
        .iter()
        .map(|token| server.nobody().with_token(token).get("/api/v1/samples").problem(401))
        .collect();
    said.dedup();
    assert_eq!(said.len(), 1, "{said:?}");
}

/// The statements that a request cost, in their order.
fn statements(serving: &mut Exchange, token: &str, path: &str) -> Vec<String> {
    let before = serving.log().lines().count();
    serving.client().with_token(token).get(path);
    let deadline = now() + Duration::from_secs(30);
    loop {
        let log = serving.log();
        let new: Vec<_> = log.lines().skip(before).collect();
        if new.iter().any(|line| line.contains("finished processing request")) {
            let asked = new.iter().filter_map(|line| line.split_once("sqlx::query: "));
            let summary = asked.filter_map(|(_, rest)| rest.split("db.statement").next());
            // What a new connection begins with comes when it comes.
            let summary = summary.filter(|text| !text.contains("PRAGMA"));
            return summary.map(str::to_owned).collect();
        }
        assert!(now() < deadline, "{log}");
        std::thread::yield_now();
    }
}

#[test]
fn looking_up_what_is_hidden_costs_what_looking_up_nothing_does() {
    let folder = tempfile::tempdir().unwrap();
    let filter = "sqlx=debug,tower_http=debug,unwatched_exchange=debug";
    let operator = Operator::new(folder.path()).with("RUST_LOG", filter);
    let mut tokens = Vec::new();
    for partner in ["keeper", "example-lab"] {
        operator.run(&["admin", "partner", "add", partner, "--category", "vendor"]).ok();
        let token = ["admin", "token", "create", "--partner", partner, "--role", "analyst"];
        tokens.push(operator.run(&token).ok().trim().to_owned());
    }
    let mut serving = operator.serve_without_worker();
    let keeper = serving.client().with_token(&tokens[0]);
    let kept = keeper.post_bytes("/api/v1/samples?tlp=RED", "application/octet-stream", b"hidden");
    let hidden = kept.expect(202).json()["sha256"].as_str().unwrap().to_owned();
    let nothing = "0".repeat(64);
    // What a key's first use of the day and a first connection cost comes before.
    for id in [&nothing, &hidden, &nothing] {
        statements(&mut serving, &tokens[1], &format!("/api/v1/samples/{id}"));
    }
    for path in ["", "/report", "/events", "/download", "/access"] {
        let mut of =
            |id: &str| statements(&mut serving, &tokens[1], &format!("/api/v1/samples/{id}{path}"));
        let (a, b) = (of(&hidden), of(&nothing));
        assert_eq!(a, b, "{path}");
        assert!(!a.is_empty(), "{path}: statements are seen");
    }
    let mut search =
        |q: &str| statements(&mut serving, &tokens[1], &format!("/api/v1/search?q={q}"));
    assert_eq!(search(&hidden), search(&nothing));
}
