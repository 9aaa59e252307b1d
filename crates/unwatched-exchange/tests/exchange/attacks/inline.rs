//! Files that a browser would run, put in as samples: no address answers with them as they are.

use unwatched_exchange::http;
use unwatched_model::partner::UserRole;

use super::{Browser, last};
use crate::rig::Server;

const MARK: &str = "inline-mark";

#[test]
fn no_address_answers_with_a_file_as_it_came() {
    let server = Server::without_worker();
    let lab = server.lab();
    let browser = Browser::of(&server, "example-lab", UserRole::Analyst, "ana@lab.example");
    let family = last(&lab.create_family("Watch Alpha"));
    let svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"><desc>{MARK}</desc></svg>"
    );
    let html = format!("<!doctype html><script>alert('{MARK}')</script>");
    for (kind, name, file) in
        [("image/svg+xml", "mark.svg", svg), ("text/html", "index.html", html)]
    {
        let headers = [("content-type", kind), ("x-file-name", name)];
        let put_in = lab.send("/api/v1/samples", &headers, file.as_bytes()).expect(202);
        let sample = last(put_in.header("location").unwrap());
        let mut paths: Vec<_> = http::addresses()
            .into_iter()
            .filter(|one| one.method == "GET" && !one.path.ends_with("/events"))
            .map(|one| one.path)
            .collect();
        paths.extend(
            ["/blobs/{sha256}", "/portal/blobs/{sha256}", "/files/{name}"].map(str::to_owned),
        );
        for path in paths {
            // Every parameter that could name the file does.
            let path = path.replace("/families/{id}", &format!("/families/{family}"));
            let path = ["{sha256}", "{ticket}", "{*rest}", "{id}", "{slug}", "{partner}"]
                .iter()
                .fold(path, |path, part| path.replace(part, &sample))
                .replace("{name}", name);
            for path in [path.clone(), format!("{path}?format=raw&inline=1&download=0")] {
                let answer =
                    if path.starts_with("/api/") { lab.get(&path) } else { browser.get(&path) };
                let media = answer.header("content-type").unwrap_or("").to_owned();
                let is_our_mark = path.starts_with("/portal/assets/");
                assert!(is_our_mark || !media.starts_with("image/"), "{path}: {media}");
                assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
                let text = String::from_utf8_lossy(&answer.body);
                // A ZIP that is stored and encrypted shows nothing either.
                assert!(!text.contains(MARK), "{kind} {path}: {media}");
            }
        }
    }
}
