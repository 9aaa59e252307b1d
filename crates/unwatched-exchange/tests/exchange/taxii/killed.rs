//! Clients and servers that are killed in the middle, over HTTP on both engines.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;

use unwatched_testkit::programs;

use super::*;

/// A client that keeps objects and its place together, over what the made-up user reads.
fn client(taken: &Taken, file: &std::path::Path) -> Command {
    let mut command = Command::new("python3");
    command.arg(programs::root().join("rigs/clients/taxii_sync.py"));
    command.arg(MAIN).arg(file).args(["--limit", "3"]).env("UNWATCHED", taken.server.base());
    command.env("UNWATCHED_KEY", "made-up:a password");
    command
}

/// What the client's own file holds, by its own reader.
fn kept(file: &std::path::Path) -> Value {
    let script = "import json, sqlite3, sys
kept = sqlite3.connect(sys.argv[1])
ids = [id for id, in kept.execute('SELECT id FROM objects')]
(received,) = kept.execute('SELECT received FROM place').fetchone()
print(json.dumps({'ids': ids, 'received': received}))";
    let mut python = Command::new("python3");
    let said = programs::run(python.args(["-c", script]).arg(file), "").ok();
    serde_json::from_str(&said).unwrap()
}

#[test]
fn a_client_that_is_killed_goes_on_without_loss_or_repetition() {
    const BATCHES: u32 = 40;
    for engine in Engine::here() {
        let taken = Taken::on(&engine);
        let file = taken.folder.path().join("kept.sqlite");
        std::thread::scope(|scope| {
            let asker: &Asker = &taken;
            let adding = scope.spawn(move || {
                for turn in 0..BATCHES {
                    let batch: Vec<_> = (0..3).map(|n| object(1_000 + turn * 3 + n, 1)).collect();
                    asker.add(MAIN, &batch);
                }
            });
            for pages in 1..=8 {
                let mut client = client(&taken, &file).stdout(Stdio::piped()).spawn().unwrap();
                let lines = BufReader::new(client.stdout.take().unwrap()).lines();
                // A line is a page that was kept; it is killed while it turns the next.
                assert!(lines.take(pages).all(|line| line.is_ok()));
                client.kill().unwrap();
                client.wait().unwrap();
            }
            adding.join().unwrap();
        });
        programs::run(&mut client(&taken, &file), "").ok();
        let kept = kept(&file);
        let ids = kept["ids"].as_array().unwrap();
        // Three were there before.
        assert_eq!(ids.len() as u64, u64::from(BATCHES) * 3 + 3);
        assert_eq!(kept["received"], ids.len(), "something came twice");
        assert_eq!(programs::run(&mut client(&taken, &file), "").ok(), "");
    }
}

#[test]
fn a_server_that_is_killed_keeps_all_of_a_request_or_nothing() {
    const OBJECTS: u32 = 25;
    let batch = |turn: u32| -> Vec<_> {
        (0..OBJECTS).map(|n| object(1_000 + turn * OBJECTS + n, 1)).collect()
    };
    for engine in Engine::here() {
        let mut taken = Taken::on(&engine);
        let mut turn = 0;
        for answers in [1, 4, 2] {
            let (say, said) = channel();
            let asker = (*taken).clone();
            let first = turn;
            let adding = std::thread::spawn(move || {
                let mut turn = first;
                loop {
                    let body = json!({ "objects": batch(turn) }).to_string();
                    let Ok(answer) = asker.try_post(&format!("{MAIN}objects/"), body.as_bytes())
                    else {
                        return;
                    };
                    let status = answer.expect(202).json();
                    say.send(status["id"].as_str().unwrap().to_owned()).unwrap();
                    turn += 1;
                }
            });
            let mut statuses: Vec<_> = said.iter().take(answers).collect();
            taken.server.die();
            adding.join().unwrap();
            // What was answered before it died.
            statuses.extend(said.try_iter());
            taken.restart();
            let ids: Vec<String> = taken.everything();
            let answered = turn + u32::try_from(statuses.len()).unwrap();
            for one in turn..=answered {
                let wanted = batch(one);
                let wanted = wanted.iter().map(|one| one["id"].as_str().unwrap());
                let there = wanted.filter(|id| ids.iter().any(|one| one == id)).count();
                let whole = OBJECTS as usize;
                // Of the one that was not answered everything, or nothing.
                assert!(there == whole || (one == answered && there == 0), "{there} of {one}");
            }
            for id in statuses {
                let status = taken.get(&format!("/api1/status/{id}/")).expect(200).json();
                assert_eq!(status["status"], "complete");
                assert_eq!(status["success_count"], OBJECTS);
            }
            // Sent again by whoever had no answer, it is there once.
            assert_eq!(taken.add(MAIN, &batch(answered)), u64::from(OBJECTS));
            turn = answered + 1;
        }
        let ids = taken.everything();
        assert_eq!(ids.iter().collect::<std::collections::BTreeSet<_>>().len(), ids.len());
        assert_eq!(ids.len(), (turn * OBJECTS) as usize + 3);
        drop(taken);
    }
}
