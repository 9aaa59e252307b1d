//! `worker`: another process over the same data folder.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use unwatched_fixtures::apk::gallery;

use crate::rig::{Server, program};

#[test]
fn a_worker_analyses_what_a_server_took_in() {
    let server = Server::without_worker();
    let lab = server.lab();
    let samples: Vec<_> = gallery::all(9).iter().map(|app| lab.upload(&app.bytes())).collect();
    let mut worker = Command::new(program())
        .args(["worker", "--data"])
        .arg(server.data())
        .env("RUST_LOG", "warn")
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut ready = String::new();
    let stderr = worker.stderr.take().expect("stderr is piped");
    BufReader::new(stderr).read_line(&mut ready).expect("it talks");
    assert_eq!(ready, "waiting for jobs\n");
    for sample in &samples {
        let states = lab.follow(sample);
        assert_eq!(states.last().expect("a final state")["state"], "analysed");
    }
    let pid = worker.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("kill runs").success());
    assert_eq!(worker.wait().expect("it ends").code(), Some(0));
}
