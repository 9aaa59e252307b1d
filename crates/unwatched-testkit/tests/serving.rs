//! A server among an operator's other programs: what reads its log may go away at any time.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;
use unwatched_fixtures::apk::gallery::unknown_stalkerware_like;
use unwatched_testkit::exchange::Operator;
use unwatched_testkit::{Client, programs};

#[test]
fn a_server_whose_log_nobody_reads_goes_on_and_ends_when_asked() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let operator = Operator::new(&data);
    let token = operator.join("example-lab", "vendor", "analyst");

    let mut command = programs::command("unwatched-exchange");
    command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(&data);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut server = command.spawn().unwrap();
    let mut log = BufReader::new(server.stderr.take().unwrap()).lines();
    let base = loop {
        let line = log.next().expect("it says where it listens").unwrap();
        if let Some((_, address)) = line.split_once("listening on ") {
            break address.trim().to_owned();
        }
    };
    drop(log);

    let client = Client::new(&base).with_token(token.trim());
    for seed in [1, 2] {
        let app = unknown_stalkerware_like(seed).bytes();
        let answer = client.post_bytes("/api/v1/samples", "application/octet-stream", &app);
        let place = answer.expect(202).json()["sha256"].as_str().unwrap().to_owned();
        client.report(&place).expect(200);
    }
    kill(Pid::from_raw(server.id().cast_signed()), Signal::SIGTERM).unwrap();
    assert_eq!(server.wait().unwrap().code(), Some(0));
}
