//! A session that somebody else chose, kept or stole: it opens nothing, and what it opened ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::SignedDuration;
use unwatched_exchange::clock::Clock;
use unwatched_exchange::config::Config;
use unwatched_exchange::http::auth;
use unwatched_model::access::{Scopes, Sharing};
use unwatched_model::digest::{Md5, Sha1, Sha256};
use unwatched_model::partner::{Standing, UserRole};
use unwatched_store::{Actor, NewSample, NewToken, PartnerChange, SampleState, UserId};

use super::{FORM, PASSWORD, person, quoted, session};
use crate::rig::{Answer, Client, Events, Server};

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

/// A sample of the shelter's that the lab sees as a member of a group, and who follows it there.
struct Followed {
    server: Server,
    ahead_hours: Arc<AtomicI64>,
    sample: Sha256,
    job: i64,
}

impl Followed {
    fn new() -> Self {
        let (ahead_hours, system) = (Arc::new(AtomicI64::new(0)), Clock::system());
        let ahead = Arc::clone(&ahead_hours);
        let clock = Clock::by(move || {
            system.now() + SignedDuration::from_hours(ahead.load(Ordering::SeqCst))
        });
        let server = Server::at(clock, None, &Config::default());
        let (store, now, operator) =
            (&server.state.store, server.state.clock.now(), Actor::operator());
        let group = "example-group".parse().unwrap();
        server.wait(store.add_group(&group, "Example", &operator, now)).unwrap();
        for partner in ["example-lab", "example-shelter"] {
            let partner = partner.parse().unwrap();
            server.wait(store.join_group(&group, &partner, &operator, now)).unwrap();
        }
        let sample = NewSample {
            sha256: Sha256([7; 32]),
            sha1: Sha1([7; 20]),
            md5: Md5([7; 16]),
            size_bytes: 7,
            file_name: None,
            by: "example-shelter".parse().unwrap(),
            sharing: Sharing { group: Some(group), ..Sharing::coalition() },
            declared_public: false,
        };
        let added = server.wait(store.add_sample(&sample, &operator, now)).unwrap();
        Self { ahead_hours, sample: sample.sha256, job: added.job.0, server }
    }

    /// A key of this partner's that lasts an hour.
    fn key(&self, partner: &str) -> (Client, Sha256) {
        let (token, sha256) = auth::new_token(&self.server.state.randomness);
        let now = self.server.state.clock.now();
        let key = NewToken {
            sha256,
            partner: partner.parse().unwrap(),
            role: UserRole::Analyst,
            scopes: Scopes::all(),
            expires: Some(now + SignedDuration::from_hours(1)),
            made_by: None,
            label: "test".to_owned(),
        };
        let store = &self.server.state.store;
        self.server.wait(store.add_token(&key, &Actor::operator(), now)).unwrap();
        (self.server.nobody().with_token(&token), sha256)
    }

    /// A person of this partner's, and the cookie of a session that lasts an hour.
    fn person(&self, partner: &str) -> (UserId, String) {
        let email = format!("ana@{partner}.example");
        let person = person(&self.server, partner, UserRole::Analyst, &email, "no password");
        (person, session(&self.server, person))
    }

    /// Both streams of the API, each having told how it stands.
    fn by_key(&self, key: &Client) -> Vec<Events> {
        let addresses = [
            format!("/api/v1/samples/{}/events", self.sample),
            format!("/api/v1/jobs/{}/events", self.job),
        ];
        let streams = addresses.map(|address| {
            let mut stream = key.stream(&address, &[]);
            let first = stream.next().expect("how it stands");
            assert!(first.contains("queued") || first.contains("waiting"), "{first}");
            stream
        });
        streams.into()
    }

    /// The portal's stream about the sample, having told how it stands.
    fn sample_by_session(&self, cookie: &str) -> Events {
        let address = format!("/portal/samples/{}/events", self.sample);
        let mut stream = self.server.nobody().stream(&address, &[("cookie", cookie)]);
        assert!(stream.next().expect("how it stands").contains("queued"));
        stream
    }

    /// All of the portal's streams; the one about jobs tells nothing before something changes.
    fn by_session(&self, cookie: &str) -> Vec<Events> {
        let headers = [("cookie", cookie)];
        let jobs = self.server.nobody().stream("/portal/jobs/events", &headers);
        vec![self.sample_by_session(cookie), jobs]
    }

    /// They end without another word, and their places are free again.
    #[track_caller]
    fn end(&self, streams: Vec<Events>, left: usize) {
        for mut stream in streams {
            assert_eq!(stream.next(), None);
        }
        assert_eq!(self.server.state.streams.count(), left);
    }

    /// This one goes on: it tells what happens next.
    #[track_caller]
    fn goes_on(&self, mut stream: Events) {
        let (store, now) = (&self.server.state.store, self.server.state.clock.now());
        let analysing = SampleState::Analysing;
        self.server.wait(store.set_sample_state(&self.sample, analysing, None, now)).unwrap();
        assert!(stream.next().expect("what happened").contains("analysing"));
    }
}

#[test]
fn a_stream_ends_with_the_session_it_came_in_by() {
    let check = |end: &dyn Fn(&Followed, UserId, &str)| {
        let followed = Followed::new();
        let (person, cookie) = followed.person("example-lab");
        let another = followed.sample_by_session(&followed.person("example-shelter").1);
        let streams = followed.by_session(&cookie);
        end(&followed, person, &cookie);
        followed.end(streams, 1);
        followed.goes_on(another);
    };
    let operator = Actor::operator();
    check(&|Followed { server, .. }, _, cookie| {
        let headers = [FORM, ("cookie", cookie), ("sec-fetch-site", "same-origin")];
        server.nobody().send("/portal/sign-out", &headers, b"").expect(303);
    });
    check(&|Followed { server, .. }, person, _| {
        let now = server.state.clock.now();
        server.wait(server.state.store.disable_user(person, &operator, now)).unwrap();
    });
    check(&|Followed { server, .. }, person, _| {
        let now = server.state.clock.now();
        let role = UserRole::Reader;
        server.wait(server.state.store.set_user_role(person, role, &operator, now)).unwrap();
    });
    check(&|followed, _, _| followed.suspend("example-lab"));
}

#[test]
fn a_stream_ends_with_the_key_it_came_in_by() {
    let check = |end: &dyn Fn(&Followed, &Sha256)| {
        let followed = Followed::new();
        let (key, sha256) = followed.key("example-lab");
        let another = followed.sample_by_session(&followed.person("example-shelter").1);
        let streams = followed.by_key(&key);
        end(&followed, &sha256);
        followed.end(streams, 1);
        followed.goes_on(another);
    };
    check(&|Followed { server, .. }, key| {
        let (store, now) = (&server.state.store, server.state.clock.now());
        server.wait(store.revoke_token(key, &Actor::operator(), now)).unwrap();
    });
    check(&|followed, _| followed.suspend("example-lab"));
}

impl Followed {
    fn suspend(&self, partner: &str) {
        let (store, now) = (&self.server.state.store, self.server.state.clock.now());
        let change =
            PartnerChange { standing: Some(Standing::Suspended), ..PartnerChange::default() };
        let partner = partner.parse().unwrap();
        self.server.wait(store.change_partner(&partner, &change, &Actor::operator(), now)).unwrap();
    }
}

#[test]
fn a_stream_lasts_no_longer_than_what_it_came_in_by() {
    let followed = Followed::new();
    let (key, _) = followed.key("example-lab");
    let (_, cookie) = followed.person("example-lab");
    let mut streams = followed.by_key(&key);
    streams.extend(followed.by_session(&cookie));
    assert_eq!(followed.server.state.streams.count(), 4);
    followed.ahead_hours.store(2, Ordering::SeqCst);
    followed.end(streams, 0);
}

#[test]
fn a_stream_ends_when_what_it_is_about_is_no_longer_seen() {
    let followed = Followed::new();
    let (key, _) = followed.key("example-lab");
    let (_, cookie) = followed.person("example-lab");
    let another = followed.sample_by_session(&followed.person("example-shelter").1);
    let mut streams = followed.by_key(&key);
    streams.push(followed.sample_by_session(&cookie));
    let (store, now) = (&followed.server.state.store, followed.server.state.clock.now());
    let (group, lab) = ("example-group".parse().unwrap(), "example-lab".parse().unwrap());
    followed.server.wait(store.leave_group(&group, &lab, &Actor::operator(), now)).unwrap();
    followed.end(streams, 1);
    followed.goes_on(another);
}

#[test]
fn whoever_hangs_up_leaves_nothing_open() {
    let followed = Followed::new();
    let (key, _) = followed.key("example-lab");
    drop(followed.by_key(&key));
    // The server hears of it on its own time; each question gives it some.
    let gone = (0..10_000).any(|_| {
        key.get("/api/v1/groups").expect(200);
        followed.server.state.streams.count() == 0 && followed.server.connections() <= 1
    });
    assert!(gone, "{} streams are still followed", followed.server.state.streams.count());
}
