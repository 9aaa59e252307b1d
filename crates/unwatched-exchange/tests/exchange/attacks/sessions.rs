//! A session that somebody else chose, kept or stole: it opens nothing.

use unwatched_exchange::config::Config;
use unwatched_exchange::http::auth;
use unwatched_model::partner::{Standing, UserRole};
use unwatched_store::{Actor, PartnerChange, UserId};

use super::{FORM, PASSWORD, person, quoted, session};
use crate::rig::{Answer, Server};

const EMAIL: &str = "ana@lab.example";

fn with_password(server: &Server, email: &str) -> UserId {
    let hash = auth::hash_password(PASSWORD, [7; 16]).unwrap();
    person(server, "example-lab", UserRole::Analyst, email, &hash)
}

/// Signs in with this cookie in the browser already.
fn sign_in(server: &Server, cookie: &str) -> Answer {
    let form = format!("email={}&password={}", quoted(EMAIL), quoted(PASSWORD));
    let headers = [FORM, ("cookie", cookie), ("sec-fetch-site", "same-origin")];
    server.nobody().send("/portal/sign-in", &headers, form.as_bytes()).expect(303)
}

/// The session's cookie as it was set, with its attributes.
fn set(answer: &Answer) -> String {
    let all: Vec<_> = answer.headers("set-cookie").map(str::to_owned).collect();
    let ours: Vec<_> =
        all.iter().filter(|cookie| cookie.starts_with(auth::SESSION_COOKIE)).collect();
    assert_eq!(ours.len(), 1, "{all:?}");
    ours[0].clone()
}

fn is_in(server: &Server, cookie: &str) -> bool {
    let status = server.nobody().get_with("/portal/", &[("cookie", cookie)]).status;
    assert!(matches!(status, 200 | 303), "{status}");
    status == 200
}

fn value(set: &str) -> String {
    set.split(';').next().unwrap().to_owned()
}

#[test]
fn a_cookie_from_before_is_never_the_session_after() {
    let server = Server::without_worker();
    let user = with_password(&server, EMAIL);
    let chosen = format!("{}={}", auth::SESSION_COOKIE, "ab".repeat(32));
    assert!(!is_in(&server, &chosen));
    let first = value(&set(&sign_in(&server, &chosen)));
    assert_ne!(first, chosen);
    assert!(is_in(&server, &first) && !is_in(&server, &chosen), "what was chosen opens nothing");

    // Signing in again in the same browser ends what was there; another browser's stays.
    let elsewhere = session(&server, user);
    let second = value(&set(&sign_in(&server, &first)));
    assert_ne!(second, first);
    assert!(is_in(&server, &second) && is_in(&server, &elsewhere) && !is_in(&server, &first));

    for chosen in ["", "x", &"0".repeat(63), &"0".repeat(4_000), "%00", "ä"] {
        assert!(!is_in(&server, &format!("{}={chosen}", auth::SESSION_COOKIE)), "{chosen}");
    }
    let in_address = second.replace('=', "%3D");
    assert_eq!(server.nobody().get(&format!("/portal/?{in_address}")).status, 303);
}

#[test]
fn what_the_cookie_says_of_itself() {
    for (public_url, secure) in [(None, false), (Some("https://exchange.example"), true)] {
        let mut config = Config::default();
        config.server.public_url = public_url.map(str::to_owned);
        let server = Server::with(None, &config);
        with_password(&server, EMAIL);
        let cookie = set(&sign_in(&server, ""));
        for flag in ["; HttpOnly", "; SameSite=Lax", "; Path=/portal"] {
            assert!(cookie.contains(flag), "{cookie}");
        }
        assert_eq!(cookie.contains("; Secure"), secure, "{cookie}");
        assert!(!cookie.contains("Domain") && !cookie.contains("Expires"), "{cookie}");
        assert_eq!(value(&cookie).len(), auth::SESSION_COOKIE.len() + 65, "32 bytes, as hex");
    }
}

#[test]
fn what_ends_a_session() {
    let server = Server::without_worker();
    let (store, operator) = (&server.state.store, Actor::operator());
    let now = server.state.clock.now();
    let user = |at: u32| {
        let email = format!("person{at}@lab.example");
        person(&server, "example-lab", UserRole::Analyst, &email, "nothing that a password has")
    };

    let (out, other) = (session(&server, user(1)), session(&server, user(2)));
    let headers = [FORM, ("cookie", out.as_str()), ("sec-fetch-site", "same-origin")];
    server.nobody().send("/portal/sign-out", &headers, b"").expect(303);
    assert!(!is_in(&server, &out) && is_in(&server, &other), "only one's own");

    let role = user(3);
    let cookies = [session(&server, role), session(&server, role)];
    server.wait(store.set_user_role(role, UserRole::Reader, &operator, now)).unwrap();
    assert!(cookies.iter().all(|cookie| !is_in(&server, cookie)), "another role");

    let shut_out = user(4);
    let cookies = [session(&server, shut_out), session(&server, shut_out)];
    server.wait(store.disable_user(shut_out, &operator, now)).unwrap();
    assert!(cookies.iter().all(|cookie| !is_in(&server, cookie)), "shut out");
    assert!(!is_in(&server, &session(&server, shut_out)), "not by a new one either");

    for standing in [Standing::Suspended, Standing::Left] {
        let change = PartnerChange { standing: Some(standing), ..PartnerChange::default() };
        let lab = "example-lab".parse().unwrap();
        server.wait(store.change_partner(&lab, &change, &operator, now)).unwrap();
        assert!(!is_in(&server, &other), "{standing}");
    }
}
