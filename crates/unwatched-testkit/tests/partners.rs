//! The examples in `docs/partners/`, run as they stand against a real server.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use tempfile::TempDir;
use unwatched_fixtures::apk::gallery::plain_game;
use unwatched_testkit::exchange::{Exchange, Operator};
use unwatched_testkit::patience::until_none;
use unwatched_testkit::programs::{self, Ended};

/// One exchange with a partner's key, and a folder to work in.
struct Stand {
    folder: TempDir,
    operator: Operator,
    key: String,
}

impl Stand {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let operator = Operator::new(&folder.path().join("data"))
            .with("UNWATCHED_WEBHOOKS__PRIVATE_HOSTS", "[\"127.0.0.1\"]");
        let key = operator.join("example-lab", "vendor", "org_admin").trim().to_owned();
        Self { folder, operator, key }
    }

    fn example(&self, server: &Exchange, name: &str) -> Command {
        let is_python = name.rsplit_once('.').is_some_and(|(_, kind)| kind == "py");
        let program = if is_python { "python3" } else { "sh" };
        let mut command = Command::new(program);
        command.arg(programs::root().join("docs/partners").join(name));
        command.current_dir(self.folder.path()).env("UNWATCHED", server.base());
        command.env("UNWATCHED_KEY", &self.key);
        command
    }

    fn run(&self, server: &Exchange, name: &str, words: &[&str]) -> Ended {
        programs::run(self.example(server, name).args(words), "")
    }

    /// A request by hand.
    fn curl(&self, server: &Exchange, path: &str, body: &str) -> String {
        let mut curl = Command::new("curl");
        curl.args(["--fail", "--silent", "--show-error", "--data", body]);
        curl.args(["--header", "Content-Type: application/json"]);
        curl.args(["--header", &format!("Authorization: Bearer {}", self.key)]);
        curl.arg(format!("{}{path}", server.base()));
        programs::run(&mut curl, "").ok()
    }
}

#[test]
fn the_examples_work_as_they_stand() {
    let stand = Stand::new();
    let server = stand.operator.serve();
    fs::write(stand.folder.path().join("some.apk"), plain_game().bytes()).unwrap();

    let said = stand.run(&server, "upload.py", &["some.apk"]).ok();
    let sample = said.split(' ').next().unwrap();
    assert_eq!(sample.len(), 64, "{said}");
    let report = stand.run(&server, "upload.sh", &["some.apk"]).ok();
    assert!(report.contains(sample), "{report}");

    let made = stand.curl(&server, "/api/v1/families", r#"{"name":"Watch Alpha"}"#);
    assert!(made.contains("watch-alpha"), "{made}");
    let names = "panel.watch-alpha.example\nnot a name\nwww.watch-alpha.example\n";
    fs::write(stand.folder.path().join("names.txt"), names).unwrap();
    let said = stand.run(&server, "indicators.py", &["watch-alpha", "names.txt"]).ok();
    let statuses: Vec<_> = said.lines().map(|line| line.contains(" 201 ")).collect();
    assert_eq!(statuses, [true, false, true], "{said}");
    let again = stand.run(&server, "indicators.py", &["watch-alpha", "names.txt"]).ok();
    assert_eq!(again, said, "the same request is answered alike");

    let first = stand.run(&server, "changes.py", &["state", "--once"]).ok();
    assert!(first.contains("sample.analysed") && first.contains("indicator.added"), "{first}");
    assert_eq!(stand.run(&server, "changes.py", &["state", "--once"]).ok(), "");
    let lines = stand.run(&server, "changes.sh", &["state.sh"]).ok();
    assert_eq!(lines.lines().count(), first.lines().count());
    assert_eq!(stand.run(&server, "changes.sh", &["state.sh"]).ok(), "");
    stand.curl(&server, "/api/v1/families", r#"{"name":"Watch Beta"}"#);
    for (name, state) in [("changes.py", "state"), ("changes.sh", "state.sh")] {
        let more = stand.run(&server, name, &[state, "--once"]).ok();
        assert_eq!(more.lines().count(), 1, "{more}");
        assert!(more.contains("family.added"), "{more}");
    }
}

#[test]
fn a_listed_value_is_found_without_saying_which() {
    let stand = Stand::new();
    let data = unwatched_testkit::community_data();
    stand.operator.run(&["import", "community", data.to_str().unwrap()]).ok();
    stand.operator.run(&["admin", "release", "publish"]).ok();
    let server = stand.operator.serve();
    let mut hosts = Command::new("curl");
    hosts.args(["--fail", "--silent", &format!("{}/feeds/v1/hosts", server.base())]);
    let hosts = programs::run(&mut hosts, "").ok();
    let listed = hosts.lines().find(|line| !line.starts_with('#') && line.contains('.')).unwrap();
    let certificate = "31A6ECECD97CF39BC4126B8745CD94A7C30BF81C";
    let pairs: Vec<_> = certificate.as_bytes().chunks(2).map(String::from_utf8_lossy).collect();
    let file = "2f3bc9ebe8c249f0416f5b0367f34b4b8f6aaa7d351dc5b4912fe2558491b6b7";
    let not_listed = "not listed in the latest release";
    for name in ["lookup.py", "lookup.sh"] {
        for (kind, value, normalised) in [
            ("domain", listed.to_owned(), listed),
            ("domain", format!(" WWW.{}.", listed.to_uppercase()), listed),
            ("package", "app.EasyLogger".to_owned(), "app.EasyLogger"),
            ("certificate_sha1", pairs.join(":"), &certificate.to_lowercase()),
            ("certificate_sha1", pairs.join(" "), &certificate.to_lowercase()),
            ("file_sha256", file.to_uppercase(), file),
        ] {
            let said = stand.run(&server, name, &[kind, &value]).ok();
            assert_eq!(said.trim(), format!("listed: {normalised}"), "{name} {kind} {value}");
        }
        // A package's capitals count.
        for (kind, value) in [("domain", "nobody.example"), ("package", "app.easylogger")] {
            let other = stand.run(&server, name, &[kind, value]);
            assert_eq!((other.code, other.stdout.trim()), (Some(1), not_listed), "{name} {value}");
        }
        // What could not be asked is not what is not listed.
        for (kind, value) in
            [("no_such_kind", listed), ("file_sha256", "2f3bc9"), ("domain", "https://x.example/")]
        {
            let refused = stand.run(&server, name, &[kind, value]);
            assert_eq!((refused.code, refused.stdout.as_str()), (Some(2), ""), "{name} {value}");
            assert!(refused.stderr.contains("could not be asked"), "{}", refused.stderr);
        }
    }
    // In front of a page that answers everything, and where nobody answers.
    for name in ["lookup.py", "lookup.sh"] {
        let mut example = stand.example(&server, name);
        example.env("UNWATCHED", format!("{}/feeds/v1/hosts?", server.base()));
        let other = programs::run(example.args(["domain", listed]), "");
        assert_eq!((other.code, other.stdout.as_str()), (Some(2), ""), "{name}");
    }
    let mut examples = ["lookup.py", "lookup.sh"].map(|name| stand.example(&server, name));
    assert!(server.stop().success());
    for example in &mut examples {
        let nobody = programs::run(example.args(["domain", listed]), "");
        assert_eq!((nobody.code, nobody.stdout.as_str()), (Some(2), ""));
        assert!(nobody.stderr.contains("could not be asked"), "{}", nobody.stderr);
    }
}

#[test]
fn what_is_new_is_fetched_by_taxii() {
    let stand = Stand::new();
    let data = unwatched_testkit::community_data();
    stand.operator.run(&["import", "community", data.to_str().unwrap()]).ok();
    stand.operator.run(&["admin", "release", "publish"]).ok();
    let server = stand.operator.serve();
    let python = |state: &str, words: [&str; 2]| {
        let mut example = stand.example(&server, "taxii.py");
        if words[0] == "public" {
            example.env_remove("UNWATCHED_KEY");
        }
        programs::run(example.args(words).arg(state), "").ok()
    };
    // Everybody's, without a key, from both: the same objects, and nothing twice.
    let public = ["public", "public-strict"];
    let objects = python("public", public);
    let count = objects.matches("\"spec_version\"").count();
    assert_eq!(objects.lines().count(), count);
    assert!(objects.lines().all(|line| line.starts_with('{')) && count > 3, "{count}");
    assert_eq!(python("public", public), "");
    let mut shell = stand.example(&server, "taxii.sh");
    let pages = programs::run(shell.env_remove("UNWATCHED_KEY").args(public).arg("sh"), "").ok();
    assert_eq!(pages.matches("\"spec_version\"").count(), count);
    let again = stand.run(&server, "taxii.sh", &["public", "public-strict", "sh"]).ok();
    assert_eq!(again, "");
    // Into a file exactly once: what was written and not kept when it was ended is cut off first.
    let [out, state] = ["out", "state.out"].map(|name| stand.folder.path().join(name));
    let whole = || {
        assert_eq!(
            stand.run(&server, "taxii.py", &[public[0], public[1], "state.out", "out"]).ok(),
            ""
        );
        fs::read_to_string(&out).unwrap()
    };
    fs::write(&out, "what was there before\n").unwrap();
    let expected = format!("what was there before\n{objects}");
    assert_eq!(whole(), expected);
    let kept = fs::read_to_string(&state).unwrap();
    fs::write(&out, format!("{expected}{{\"type\":\"indic")).unwrap();
    assert_eq!(whole(), expected);
    fs::write(&state, "\n22\n").unwrap();
    assert_eq!(whole(), expected, "ended before it kept its place");
    assert_eq!(fs::read_to_string(&state).unwrap(), kept);
    // With a key what partners see, once it is there.
    let mut shared = String::new();
    let left = until_none(|| {
        shared.push_str(&python("shared", ["partners", "partners"]));
        if shared.contains("\"indicator\"") { Vec::new() } else { vec!["indicators"] }
    });
    assert!(left.is_empty(), "{shared}");
    let mut ids: Vec<_> = shared.lines().collect();
    ids.sort_unstable();
    assert!(ids.windows(2).all(|pair| pair[0] != pair[1]), "each comes once");
}

#[test]
fn a_webhooks_message_is_verified() {
    let stand = Stand::new();
    let server = stand.operator.serve();
    // The secret is shown once and the port is free once it listens: the address comes last.
    let mut listener = std::net::TcpListener::bind("127.0.0.1:0").ok();
    let port = listener.as_ref().unwrap().local_addr().unwrap().port();
    let body = format!(r#"{{"url":"http://127.0.0.1:{port}/","kinds":["family"]}}"#);
    let made = stand.curl(&server, "/api/v1/webhooks", &body);
    let (_, rest) = made.split_once(r#""secret":""#).unwrap();
    let secret = rest.split('"').next().unwrap();
    drop(listener.take());
    let mut told = stand.example(&server, "webhook.py");
    told.args([&port.to_string(), "--once"]).env("UNWATCHED_WEBHOOK_SECRET", secret);
    let mut told = told.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(told.stdout.take().unwrap()).lines();
    assert!(lines.next().unwrap().unwrap().starts_with("listening"));
    stand.curl(&server, "/api/v1/families", r#"{"name":"Watch Alpha"}"#);
    assert_eq!(lines.next().unwrap().unwrap(), "family.added watch-alpha");
    assert!(told.wait().unwrap().success());
    // Whatever else is sent to it is refused, and it ends as it would have.
    let mut told = stand.example(&server, "webhook.py");
    told.args(["0", "--once"]).env("UNWATCHED_WEBHOOK_SECRET", secret);
    let mut told = told.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(told.stdout.take().unwrap()).lines();
    let listening = lines.next().unwrap().unwrap();
    let port: u16 = listening.rsplit(' ').next().unwrap().parse().unwrap();
    let mut sender = TcpStream::connect(("127.0.0.1", port)).unwrap();
    sender.write_all(b"POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\n{}").unwrap();
    let mut answer = String::new();
    sender.read_to_string(&mut answer).unwrap();
    assert!(answer.contains(" 401 "), "{answer}");
    assert!(told.wait().unwrap().success());
}
