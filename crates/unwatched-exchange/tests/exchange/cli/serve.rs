//! `serve`: starting, the demo, ending.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};

use serde_json::Value;

/// A server that is killed when a test ends before it does.
struct Serving {
    child: Child,
    base: String,
    stderr: BufReader<ChildStderr>,
}

impl Serving {
    #[track_caller]
    fn start(data: Option<&Path>, words: &[&str]) -> Self {
        let mut command = Command::new(crate::rig::program());
        command.arg("serve").args(["--listen", "127.0.0.1:0"]).args(words);
        if let Some(data) = data {
            command.arg("--data").arg(data);
        }
        command.env("RUST_LOG", "warn").stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let mut stderr = BufReader::new(child.stderr.take().expect("stderr is piped"));
        let mut line = String::new();
        stderr.read_line(&mut line).expect("it talks");
        let base = line.strip_prefix("listening on ").expect("it is ready").trim().to_owned();
        Self { child, base, stderr }
    }

    fn get(&self, path: &str, token: &str) -> Value {
        let mut answer = ureq::get(format!("{}{path}", self.base))
            .header("authorization", format!("Bearer {token}"))
            .call()
            .expect("an answer");
        answer.body_mut().read_json().expect("JSON")
    }

    /// Asks it to end; returns its exit code, stdout and the rest of stderr.
    fn stop(mut self) -> (Option<i32>, String, String) {
        let pid = self.child.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &pid]).status().expect("kill runs");
        assert!(asked.success());
        let (mut said, mut talked) = (String::new(), String::new());
        self.stderr.read_to_string(&mut talked).expect("stderr is text");
        let mut stdout = self.child.stdout.take().expect("stdout is piped");
        stdout.read_to_string(&mut said).expect("stdout is text");
        let status = self.child.wait().expect("it ends");
        (status.code(), said, talked)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_newcomer_looks_around_in_the_demo() {
    let folder = tempfile::tempdir().unwrap();
    let mut serving = Serving::start(Some(folder.path()), &["--demo"]);
    let mut stdout = BufReader::new(serving.child.stdout.take().unwrap());
    let mut lines = Vec::new();
    for _ in 0..4 {
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        lines.push(line.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
    }
    serving.child.stdout = Some(stdout.into_inner());
    let shape: Vec<_> =
        lines.iter().map(|words| (words[0].as_str(), words[1].as_str(), words.len())).collect();
    assert_eq!(
        shape,
        [
            ("token", "example-lab", 3),
            ("login", "example-lab", 4),
            ("token", "example-shelter-network", 3),
            ("login", "example-shelter-network", 4),
        ]
    );
    let token = &lines[0][2];
    let classes: Vec<_> = serving.get("/api/v1/families", token)["families"]
        .as_array()
        .unwrap()
        .iter()
        .map(|family| family["class"].as_str().unwrap().to_owned())
        .collect();
    for class in ["stalkerware", "watchware", "dual_use", "disputed", "undecided"] {
        assert!(classes.iter().any(|seen| seen == class), "{class} is shown: {classes:?}");
    }
    assert_eq!(serving.get("/feeds/v1/index.json", token)["sequence"], 1);
    assert_eq!(serving.get("/api/v1/samples", token)["samples"].as_array().unwrap().len(), 5);
    let (code, _, talked) = serving.stop();
    assert_eq!(code, Some(0));
    assert!(talked.contains("This is a made-up coalition"), "{talked}");
    assert!(!talked.contains(token.as_str()), "no token is talked about");
    let place = format!("--data {}\n", folder.path().display());
    assert!(talked.contains(&place), "one's own folder stays: {talked}");

    let again = super::exchange(folder.path(), &["serve", "--demo", "--listen", "127.0.0.1:0"]);
    assert!(again.refused(5).contains("the data folder holds a coalition already"));
}

#[test]
fn a_server_drains_when_asked_even_while_somebody_follows() {
    let folder = tempfile::tempdir().unwrap();
    super::exchange(
        folder.path(),
        &["admin", "partner", "add", "example-lab", "--category", "vendor"],
    )
    .ok();
    let token = ["admin", "token", "create", "--partner", "example-lab", "--role", "analyst"];
    let token = super::exchange(folder.path(), &token).ok().trim().to_owned();
    let serving = Serving::start(Some(folder.path()), &["--no-worker"]);
    let sample = ureq::post(format!("{}/api/v1/samples", serving.base))
        .header("authorization", format!("Bearer {token}"))
        .send(&b"never analysed"[..])
        .unwrap();
    let sample = sample.headers()["location"].to_str().unwrap().to_owned();
    let mut events = ureq::get(format!("{}{sample}/events", serving.base))
        .header("authorization", format!("Bearer {token}"))
        .call()
        .unwrap();
    let mut first = [0; 12];
    let mut reader = events.body_mut().as_reader();
    reader.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"event: state");
    let (code, _, _) = serving.stop();
    assert_eq!(code, Some(0));
}

#[test]
fn an_address_that_is_taken_is_said_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let serving = Serving::start(Some(&folder.path().join("first")), &[]);
    let taken = serving.base.trim_start_matches("http://");
    let second = folder.path().join("second");
    let refused = super::exchange(&second, &["serve", "--listen", taken]).refused(1);
    assert!(refused.starts_with(&format!("error: listen on {taken}; ")), "{refused}");
    assert!(!second.exists());
}
