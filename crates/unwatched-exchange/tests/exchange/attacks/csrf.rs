//! Another site's page sends what a signed-in browser would: nothing comes of it, and nothing
//! that is only read changes anything.

use unwatched_exchange::http;
use unwatched_model::partner::UserRole;

use super::{Browser, FORM, database};
use crate::rig::{Client, Server};

/// Whatever a made-up parameter of a path is.
fn filled(path: &str) -> String {
    path.replace("{id}", "1")
        .replace("{sha256}", &"0".repeat(64))
        .replace("{slug}", "circle")
        .replace("{partner}", "example-lab")
        .replace("{ticket}", "nothing")
        .replace("/feeds/v1/{name}", "/feeds/v1/index.json")
        .replace("{name}", "portal.css")
        .replace("{*rest}", "nowhere")
}

/// Each address once.
fn addresses(method: &str, below: &str) -> Vec<String> {
    let all = http::addresses().into_iter();
    let found = all.filter(|one| one.method == method && one.path.starts_with(below));
    found.map(|one| filled(&one.path)).collect()
}

#[test]
fn no_form_of_another_site_is_taken() {
    let server = Server::without_worker();
    let browser = Browser::of(&server, "example-lab", UserRole::Coordinator, "ana@lab.example");
    let host = server.address().to_owned();
    let here = format!("http://{host}");
    let elsewhere = format!("http://{host}.evil.example");
    let port = format!("http://{}:1", host.split(':').next().unwrap());
    let ways: [&[(&str, &str)]; 9] = [
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "cross-site"), ("origin", &here)],
        &[("sec-fetch-site", "nonsense")],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[("origin", &elsewhere)],
        &[("origin", &port)],
        &[("origin", "")],
    ];
    let before = database(&server);
    let forms = addresses("POST", "/portal");
    assert!(forms.len() > 10, "{forms:?}");
    for path in &forms {
        for way in ways {
            for kind in [FORM.1, "text/plain", "multipart/form-data; boundary=x", ""] {
                let mut headers = way.to_vec();
                headers.push(("content-type", kind));
                headers.push(("cookie", browser.cookie.as_str()));
                let body = b"choice=none&slug=evil&name=evil&label=x&role=analyst&scopes=all";
                // A caller each: who is refused before being heard out is hung up on.
                let answer = server.nobody().send(path, &headers, body);
                assert_eq!(answer.status, 403, "{path} {way:?}");
                assert_eq!(answer.header("set-cookie"), None, "{path} {way:?}");
            }
        }
    }
    assert_eq!(database(&server), before);
    assert_eq!(browser.get("/portal/").status, 200, "not even signed out");
}

#[test]
fn the_api_takes_no_cookie_and_no_form() {
    let server = Server::without_worker();
    let browser = Browser::of(&server, "example-lab", UserRole::Coordinator, "ana@lab.example");
    let (lab, nobody) = (server.client("example-lab", UserRole::Coordinator), server.nobody());
    let before = database(&server);
    for path in addresses("POST", "/api/v1") {
        let with_cookie = [("content-type", "application/json"), ("cookie", &browser.cookie)];
        assert_eq!(nobody.send(&path, &with_cookie, b"{}").status, 401, "{path}");
        // What a form of any page can send without asking first.
        for kind in [FORM.1, "text/plain", "multipart/form-data; boundary=x", ""] {
            let answer = lab.send(&path, &[("content-type", kind)], b"{\"name\":\"evil\"}");
            let is_file = path == "/api/v1/samples" && !kind.starts_with("multipart");
            // A sample is whatever its bytes are; a job has no body.
            if !is_file {
                assert!((400..500).contains(&answer.status), "{path} {kind}: {}", answer.status);
            }
        }
    }
    let changed: Vec<_> =
        database(&server).into_iter().filter(|line| !before.contains(line)).collect();
    let names = |line: &String| line.split(':').next().unwrap().to_owned();
    let changed: Vec<_> = changed.iter().map(names).collect();
    assert!(changed.iter().all(|table| !table.contains("famil")), "{changed:?}");
    for path in ["/api/v1/families", "/api/v1/samples"] {
        let asks = [("origin", "https://evil.example"), ("access-control-request-method", "POST")];
        let answer = nobody.get_with(path, &asks);
        assert_eq!(answer.header("access-control-allow-origin"), None);
        assert_eq!(answer.header("access-control-allow-credentials"), None);
    }
}

/// Asks every address that is read.
fn read_all(client: &Client, browser: &Browser) {
    for path in addresses("GET", "/") {
        let is_stream = path.ends_with("/events");
        // What leaves is logged before it does; that is meant.
        if is_stream || path.ends_with("/download") {
            continue;
        }
        let answer = if path.starts_with("/api/") { client.get(&path) } else { browser.get(&path) };
        assert!(answer.status < 500, "{path}: {}", answer.status);
    }
}

#[test]
fn nothing_that_is_read_changes_anything() {
    let server = Server::without_worker();
    let browser = Browser::of(&server, "example-lab", UserRole::Coordinator, "ana@lab.example");
    let lab = server.client("example-lab", UserRole::Coordinator);
    lab.upload(b"a sample");
    lab.create_family("Watch Alpha");
    let before = database(&server);
    read_all(&lab, &browser);
    // What forms are sent to, asked like a page, with what the form would hold.
    for path in addresses("POST", "/portal") {
        let query = "?slug=evil&name=evil&query=evil&criterion=tracks&stance=holds&choice=none\
                     &email=a&password=b&label=x&role=analyst&scopes=all&packing=zip&close=yes";
        let answer = browser.get(&format!("{path}{query}"));
        assert!(answer.status < 500, "{path}: {}", answer.status);
    }
    assert_eq!(database(&server), before);
    assert_eq!(browser.get("/portal/").status, 200, "still signed in");
}
