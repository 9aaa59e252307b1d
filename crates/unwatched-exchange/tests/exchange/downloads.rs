//! Samples' bytes: sealed on the disk, packed on their way out, never served as they are.

use std::io::{Cursor, Read as _};
use std::path::Path;

use age::secrecy::ExposeSecret as _;
use jiff::SignedDuration;
use sha2::Digest as _;
use unwatched_exchange::config::Config;
use unwatched_exchange::http::auth;
use unwatched_fixtures::apk::gallery;
use unwatched_model::digest::Sha256;
use unwatched_model::partner::UserRole;
use unwatched_store::{NewUser, StoreError};
use zip::ZipArchive;

use crate::rig::{Answer, Server};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// A file that no compression changes and nothing else holds.
fn bytes(size: usize) -> Vec<u8> {
    (7u32..).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).take(size).collect()
}

fn files(folder: &Path) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.extend(std::fs::read(path)) }
    }
    found
}

/// The name and the bytes of a ZIP's one file.
fn unzipped(zip: &[u8], password: &str) -> zip::result::ZipResult<(String, Vec<u8>)> {
    let mut archive = ZipArchive::new(Cursor::new(zip)).unwrap();
    assert_eq!(archive.len(), 1);
    let mut file = archive.by_index_decrypt(0, password.as_bytes())?;
    let (name, mut bytes) = (file.name()?.into_owned(), Vec::new());
    file.read_to_end(&mut bytes)?;
    Ok((name, bytes))
}

fn downloads(server: &Server) -> Vec<String> {
    let lines = server.wait(server.state.store.audit_after(0, 1_000)).unwrap();
    let downloads = lines.iter().filter(|line| line.action == "sample.download");
    downloads.map(|line| format!("{} {} {}", line.via, line.object_id, line.detail)).collect()
}

#[track_caller]
fn is_an_attachment(answer: &Answer, media_type: &str, name: &str) {
    assert_eq!(answer.header("content-type"), Some(media_type));
    let attachment = format!("attachment; filename=\"{name}\"");
    assert_eq!(answer.header("content-disposition"), Some(attachment.as_str()));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    assert!(answer.header("content-security-policy").unwrap().starts_with("sandbox; "));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("content-encoding"), None);
    assert_eq!(answer.header("set-cookie"), None);
}

#[test]
fn what_comes_in_lies_nowhere_plain_and_comes_out_packed() {
    let server = Server::without_worker();
    let lab = server.lab();
    for size in [1, 65_536, 1_500_000] {
        let plain = bytes(size);
        let sample = lab.upload(&plain);
        let sha256 = sample.rsplit('/').next().unwrap();
        if size > 32 {
            let piece = &plain[size / 2..size / 2 + 16];
            for file in files(server.data()) {
                assert!(!file.windows(16).any(|window| window == piece), "{size}");
            }
        }
        assert_eq!(server.half_received(), 0);

        let download = format!("{sample}/download");
        let gzip = [("accept-encoding", "gzip")];
        let zip = lab.get_with(&download, &gzip).expect(200);
        is_an_attachment(&zip, "application/zip", &format!("{sha256}.zip"));
        let (name, found) = unzipped(&zip.body, "infected").unwrap();
        assert!((name.as_str(), &found) == (sha256, &plain), "{size}");
        assert!(unzipped(&zip.body, "wrong").is_err() || size == 1);
        let aes = lab.get(&format!("{download}?zip=aes")).expect(200);
        is_an_attachment(&aes, "application/zip", &format!("{sha256}.zip"));
        assert!(unzipped(&aes.body, "infected").unwrap().1 == plain, "{size}");
        assert!(unzipped(&aes.body, "wrong").is_err());

        let identity = age::x25519::Identity::generate();
        let sealed = lab.get(&format!("{download}?age={}", identity.to_public())).expect(200);
        is_an_attachment(&sealed, "application/octet-stream", &format!("{sha256}.age"));
        assert!(age::decrypt(&identity, &sealed.body).unwrap() == plain, "{size}");

        let logged = downloads(&server);
        let expected = ["zip", "zip-aes", "age"]
            .map(|packing| format!("key {sha256} {{\"packing\":\"{packing}\"}}"));
        assert_eq!(logged[logged.len() - 3..], expected);
    }
}

#[test]
fn who_may_not_is_told_why_and_what_is_not_seen_is_not_there() {
    let server = Server::without_worker();
    let lab = server.lab();
    let sample = lab.upload(&bytes(100));
    let download = format!("{sample}/download");
    let shelter = server.shelter().get(&download).problem(403);
    assert!(shelter.contains("category"), "{shelter}");
    let uploader = server.client("example-lab", UserRole::Uploader).get(&download).problem(403);
    assert!(uploader.contains("role"), "{uploader}");
    assert_eq!(server.nobody().get(&download).status, 401);
    lab.get(&format!("/api/v1/samples/{}/download", "0".repeat(64))).problem(404);

    for (query, words) in [
        ("zip=rar", "expected aes"),
        ("age=age1nobody", "not an age recipient"),
        ("age=own", "no age recipient"),
        ("zip=aes&age=own", "not both"),
    ] {
        let refused = lab.get(&format!("{download}?{query}")).problem(422);
        assert!(refused.contains(words), "{query}: {refused}");
    }
    assert_eq!(downloads(&server), Vec::<String>::new());
}

#[test]
fn bytes_that_were_deleted_are_gone_and_the_page_says_so() {
    let server = Server::without_worker();
    let lab = server.lab();
    let sample = lab.upload(&bytes(100));
    let sha256: Sha256 = sample.rsplit('/').next().unwrap().parse().unwrap();
    server.wait(server.state.store.forget_blob(&sha256, server.state.clock.now())).unwrap();
    let gone = lab.get(&format!("{sample}/download")).problem(404);
    assert!(gone.contains("deleted"), "{gone}");
    let page =
        lab.get_with(&format!("/portal/samples/{sha256}"), &[("cookie", &signed_in(&server))]);
    let page = String::from_utf8(page.expect(200).body).unwrap();
    assert!(page.contains("Its bytes were deleted") && !page.contains("/download\""));
    assert_eq!(downloads(&server), Vec::<String>::new());

    lab.upload(&bytes(100));
    lab.get(&format!("{sample}/download")).expect(200);
}

#[test]
fn a_broken_blob_breaks_the_download_off() {
    let server = Server::without_worker();
    let lab = server.lab();
    let sample = lab.upload(&bytes(1_500_000));
    let sha256: Sha256 = sample.rsplit('/').next().unwrap().parse().unwrap();
    let name = sha256.to_string();
    let path = server.data().join("blobs").join(&name[..2]).join(&name[2..4]).join(&name);
    let mut sealed = std::fs::read(&path).unwrap();
    sealed[1_000_000] ^= 1;
    std::fs::write(&path, sealed).unwrap();
    let checked = server.wait(server.state.store.check_blob(&sha256));
    assert!(matches!(checked, Err(StoreError::Corrupt(_))), "{checked:?}");
    let whole = lab.is_whole(&format!("{sample}/download"));
    assert!(!whole, "what was sent of it does not look like an answer");
}

/// The cookie of an analyst of the lab.
fn signed_in(server: &Server) -> String {
    let (state, now) = (&server.state, server.state.clock.now());
    let user = NewUser {
        email: "anna@lab.example".to_owned(),
        password_hash: String::new(),
        partner: "example-lab".parse().unwrap(),
        role: UserRole::Analyst,
    };
    let user =
        server.wait(state.store.add_user(&user, &unwatched_store::Actor::operator(), now)).unwrap();
    let id = state.randomness.bytes::<32>();
    let sha256 = Sha256(sha2::Sha256::digest(id).into());
    let until = now + SignedDuration::from_hours(1);
    server.wait(state.store.add_session(&sha256, user, now, until)).unwrap();
    format!("{}={}", auth::SESSION_COOKIE, hex::encode(id))
}

#[test]
fn a_page_hands_out_a_ticket_that_is_good_once() {
    let server = Server::without_worker();
    let plain = bytes(70_000);
    let sample = server.lab().upload(&plain);
    let sha256 = sample.rsplit('/').next().unwrap().to_owned();
    let (browser, cookie) = (server.nobody(), signed_in(&server));
    let page = browser.get_with(&format!("/portal/samples/{sha256}"), &[("cookie", &cookie)]);
    let page = String::from_utf8(page.expect(200).body).unwrap();
    let form = format!("/portal/samples/{sha256}/download");
    assert!(page.contains(&form), "{page}");

    let headers = [FORM, ("cookie", &cookie)];
    let ticket = browser.send(&form, &headers, b"packing=zip&recipient=").expect(303);
    let ticket = ticket.header("location").unwrap().to_owned();
    assert!(ticket.starts_with("/samples/"), "{ticket}");
    assert!(downloads(&server).is_empty());
    let zip = browser.get(&ticket).expect(200);
    is_an_attachment(&zip, "application/zip", &format!("{sha256}.zip"));
    assert!(unzipped(&zip.body, "infected").unwrap().1 == plain);
    assert_eq!(downloads(&server), [format!("person {sha256} {{\"packing\":\"zip\"}}")]);
    browser.get(&ticket).problem(404);
    browser.get("/samples/nothing").problem(404);

    let identity = age::x25519::Identity::generate();
    assert!(identity.to_string().expose_secret().starts_with("AGE-SECRET-KEY-1"));
    let body = format!("packing=age&recipient={}", identity.to_public());
    let ticket = browser.send(&form, &headers, body.as_bytes()).expect(303);
    let sealed = browser.get(ticket.header("location").unwrap()).expect(200);
    assert!(age::decrypt(&identity, &sealed.body).unwrap() == plain);
    for refused in ["packing=rar", "packing=age&recipient=age1nobody"] {
        assert_eq!(browser.send(&form, &headers, refused.as_bytes()).status, 422, "{refused}");
    }
    // From another site's page it would be that site's wish and not the person's.
    let astray = [FORM, ("cookie", cookie.as_str()), ("sec-fetch-site", "cross-site")];
    assert_eq!(browser.send(&form, &astray, b"packing=zip").status, 403);
}

#[test]
fn with_a_host_of_their_own_samples_are_fetched_there_and_nothing_else_is() {
    let mut config = Config::default();
    config.samples.url = Some("https://samples.example".to_owned());
    let server = Server::with(None, &config);
    let lab = server.lab();
    let plain = bytes(1_000);
    let sample = lab.upload(&plain);
    let sha256 = sample.rsplit('/').next().unwrap().to_owned();
    let to = lab.get(&format!("{sample}/download")).expect(303);
    let ticket = to.header("location").unwrap().strip_prefix("https://samples.example").unwrap();
    let own = [("host", "Samples.example")];
    assert_eq!(server.nobody().get(ticket).status, 404, "only under its host's name");
    let zip = server.nobody().get_with(ticket, &own).expect(200);
    is_an_attachment(&zip, "application/zip", &format!("{sha256}.zip"));
    assert!(unzipped(&zip.body, "infected").unwrap().1 == plain);
    assert_eq!(downloads(&server).len(), 1);

    let cookie = signed_in(&server);
    let with_cookie = [own[0], ("cookie", cookie.as_str())];
    for path in ["/", "/portal/", "/portal/sign-in", "/healthz", "/feeds/v1/index.json", &sample] {
        assert_eq!(lab.get_with(path, &with_cookie).status, 404, "{path}");
    }
    let page = lab.get_with(&format!("/portal/samples/{sha256}"), &[("cookie", &cookie)]);
    let policy = page.expect(200).header("content-security-policy").unwrap().to_owned();
    assert!(policy.contains("form-action 'self' https://samples.example;"), "{policy}");
}

#[test]
fn what_a_partner_puts_in_is_never_served_as_it_is() {
    let server = Server::start();
    let (lab, cookie) = (server.lab(), signed_in(&server));
    let script = "<script>alert(document.domain)</script>";
    let svg =
        format!("<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\">{script}</svg>");
    let html = format!("<!doctype html><title>{script}</title>{script}");
    let mut polyglot = gallery::unknown_stalkerware_like(1).bytes();
    polyglot.extend_from_slice(html.as_bytes());
    for (kind, file) in [
        ("image/svg+xml", svg.into_bytes()),
        ("text/html", html.into_bytes()),
        ("image/png", [b"\x89PNG\r\n\x1a\n".as_slice(), script.as_bytes()].concat()),
        ("application/zip", polyglot),
    ] {
        let headers = [("content-type", kind), ("x-file-name", "<svg onload=alert(1)>.svg")];
        let answer = lab.send("/api/v1/samples", &headers, &file).expect(202);
        let sample = answer.header("location").unwrap().to_owned();
        lab.follow(&sample);
        let sha256 = sample.rsplit('/').next().unwrap();
        for path in [
            sample.clone(),
            format!("{sample}/report"),
            format!("{sample}/download"),
            format!("/portal/samples/{sha256}"),
            "/portal/samples".to_owned(),
            format!("/portal/search?q={sha256}"),
        ] {
            let answer = lab.get_with(&path, &[("cookie", &cookie), ("accept", kind)]);
            let media_type = answer.header("content-type").unwrap_or("").to_owned();
            let is_page = path.starts_with("/portal/");
            assert_eq!(media_type.starts_with("text/html"), is_page, "{kind} {path}: {media_type}");
            assert!(!media_type.starts_with("image/"), "{kind} {path}: {media_type}");
            assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
            let text = String::from_utf8_lossy(&answer.body);
            let is_inert = !text.contains("<svg onload") && !text.contains("<script>alert");
            assert!(is_inert || media_type == "application/json", "{kind} {path}");
        }
        for guess in
            [format!("/samples/{sha256}"), format!("/blobs/{sha256}"), format!("{sample}/file")]
        {
            assert_eq!(lab.get(&guess).status, 404, "{guess}");
        }
    }
}
