//! The README's walk by hand, run as it is written: only places and the port are this test's own.

use std::fs;
use std::process::Command;

use tempfile::TempDir;
use unwatched_fixtures::apk::gallery::plain_game;
use unwatched_fixtures::phone::ordinary;
use unwatched_testkit::exchange::Operator;
use unwatched_testkit::{community_data, programs};

/// The lines between `heading` and the end of its first block of commands.
fn commands(heading: &str) -> Vec<String> {
    let readme = fs::read_to_string(programs::root().join("README.md")).unwrap();
    let (_, section) = readme.split_once(heading).expect("the heading stands in the README");
    let (_, block) = section.split_once("```sh\n").expect("commands follow it");
    let (block, _) = block.split_once("```").expect("the block ends");
    block.lines().map(str::to_owned).collect()
}

#[test]
fn the_walk_by_hand_works_as_written() {
    let folder = TempDir::new().unwrap();
    let place = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::write(place("some.apk"), plain_game().bytes()).unwrap();
    fs::write(place("bugreport.zip"), ordinary().bugreport_zip()).unwrap();
    let data = place("data");
    // It must run before the walk begins, for the walk only says to start it.
    let server = Operator::new(folder.path().join("data").as_path()).serve();

    let program = |name: &str| programs::bin(name).to_str().unwrap().to_owned();
    let walk: Vec<_> = commands("## Walk the loop by hand")
        .into_iter()
        .filter(|line| !line.starts_with("cargo build") && !line.contains(" serve "))
        .map(|line| {
            line.replace("\"target/release/unwatched-exchange\"", &program("unwatched-exchange"))
                .replace("target/release/unwatched ", &format!("{} ", program("unwatched")))
                .replace("/tmp/exchange", &data)
                .replace("http://127.0.0.1:8080", server.base())
                .replace("path/to/stalkerware-indicators", community_data().to_str().unwrap())
                .replace("path/to/bugreport.zip", "bugreport.zip")
        })
        .collect();
    assert!(walk.iter().any(|line| line.contains("/feeds/v1/bundle")), "{walk:#?}");

    let mut shell = Command::new("bash");
    shell.args(["-e", "-u", "-o", "pipefail", "-c", &walk.join("\n")]);
    shell.current_dir(folder.path()).env("UNWATCHED_HOME", place("home"));
    let said = programs::run(&mut shell, "").ok();
    assert!(!said.contains("\"status\":4"), "the exchange refused something:\n{said}");
    assert!(said.contains("What this check saw"), "{said}");
    let report = fs::read_to_string(place("report.html")).unwrap();
    assert!(report.contains("indicators release 1"), "the release was used");
}
