//! Bad input: every file ends in a report that says what is missing, or in a clear reason; and the
//! server goes on.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;
use unwatched_exchange::config::Config;
use unwatched_fixtures::apk::{gallery, malformed};
use unwatched_fixtures::mutations;

use crate::rig::{Server, program};

#[test]
fn hostile_files_get_an_answer_and_the_server_goes_on() {
    let server = Server::start();
    let lab = server.lab();
    let app = gallery::unknown_stalkerware_like(5);
    let (whole, apk) = (app.bytes(), app.builder());
    let mut files = vec![
        ("one byte", vec![0]),
        ("a PNG named .apk", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec()),
        ("a truncated ZIP", whole[..whole.len() / 2].to_vec()),
        ("a ZIP bomb", malformed::bomb(apk, 64)),
        ("a manifest of endless depth", malformed::deep_manifest(apk, 10_000)),
        ("more strings than there are bytes", malformed::absurd_string_count(apk)),
        ("a way out of the folder", malformed::path_traversal(apk)),
        ("no manifest", malformed::without_manifest(apk)),
        ("a lie about sizes", malformed::wrong_size(apk, "classes.dex", u32::MAX)),
        ("encryption that is none", malformed::claims_encryption(apk, "AndroidManifest.xml")),
    ];
    files.extend(mutations(&whole, 20, 11).map(|bytes| ("a mutation", bytes)));
    for (what, bytes) in files {
        let sample = lab.upload(&bytes);
        let states = lab.follow(&sample);
        let last = states.last().expect("a final state");
        let report = lab.get(&format!("{sample}/report"));
        match last["state"].as_str() {
            Some("analysed") => assert_eq!(report.expect(200).json()["size_bytes"], bytes.len()),
            Some("failed") => assert!(!report.problem(422).is_empty(), "{what}"),
            other => panic!("{what}: {other:?}"),
        }
    }
    lab.get("/healthz").expect(200);
    assert_eq!(server.half_received(), 0);
}

/// A child that does something else than analysing.
fn child(script: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("child");
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    (folder, path)
}

#[track_caller]
fn check_child(script: &str, timeout_s: u64, expected: &str) {
    let (_folder, child) = child(script);
    let mut config = Config::default();
    config.analysis.timeout_s = timeout_s;
    let server = Server::with(Some(child), &config);
    let lab = server.lab();
    let sample = lab.upload(b"a file that ends its analysis");
    let states = lab.follow(&sample);
    assert_eq!(states.last(), Some(&json!({ "state": "failed", "why": expected })));
    assert_eq!(lab.get(&format!("{sample}/report")).problem(422), expected);
    assert_eq!(lab.get("/healthz").expect(200).body, b"ok\n", "the server goes on");
}

#[test]
fn a_child_that_is_killed_ends_nothing_but_itself() {
    check_child("kill -9 $$", 60, "the analysis broke down (signal 9)");
}

#[test]
fn a_child_that_breaks_down_says_why() {
    check_child(
        "echo 'thread main panicked' >&2; exit 101",
        60,
        "the analysis broke down: thread main panicked",
    );
}

#[test]
fn a_child_that_takes_too_long_is_ended() {
    check_child("exec sleep 60", 1, "the analysis took longer than 1 s");
}

#[test]
fn a_child_that_says_nonsense_is_not_believed() {
    check_child("echo '{}'", 60, "the analysis wrote no whole report");
}

#[test]
fn the_real_child_keeps_its_limit_of_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large");
    fs::File::create(&path).unwrap().set_len(400 << 20).unwrap();
    let mut config = Config::default();
    config.analysis.memory_mib = 256;
    let analyser = unwatched_exchange::analysis_child::Analyser::of(program(), &config.analysis);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let ended = runtime.block_on(analyser.analyse(&path, None)).unwrap_err().to_string();
    assert_eq!(ended, "the analysis needed more than 256 MiB of memory");
}

/// What a child of a kernel without the filter says before it reads.
const WITHOUT_FILTER: &str =
    r#"echo '{"landlock":"holds","calls":{"lacks":"it is not built into this kernel"}}'"#;

#[test]
fn nothing_is_analysed_where_the_filter_is_lacking_unless_that_was_chosen() {
    let (folder, child) = child(WITHOUT_FILTER);
    let file = folder.path().join("file");
    fs::write(&file, b"x").unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut config = Config::default();
    for (is_required, expected) in [
        (
            true,
            "the analysis could not be started: the filter of system calls does not hold here (it \
             is not built into this kernel), and `analysis.sandbox_required` asks for it: see \
             `doctor`",
        ),
        (false, "the analysis wrote no whole report"),
    ] {
        config.analysis.sandbox_required = is_required;
        let analyser =
            unwatched_exchange::analysis_child::Analyser::of(child.clone(), &config.analysis);
        let ended = runtime.block_on(analyser.analyse(&file, None)).unwrap_err().to_string();
        assert_eq!(ended, expected);
    }
}

/// A shell stands in for the server; the child waits for a file that never comes.
#[test]
fn no_child_outlives_the_process_that_started_it() {
    let line = "exec 3<&0; \"$0\" analyze-child --memory-mib 512 --cpu-s 60 --size-bytes 9 \
                --started-by $$ <&3 & wait";
    let mut server = Command::new("sh");
    server.args(["-c", line]).arg(program()).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut server = server.spawn().expect("sh");
    let mut said = BufReader::new(server.stdout.take().unwrap());
    let mut first = String::new();
    said.read_line(&mut first).unwrap();
    assert!(first.contains("landlock"), "it is inside and waits: {first}");
    server.kill().unwrap();
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || tell.send(said.read_to_end(&mut Vec::new()).is_ok()));
    // Its stdout ends with it; its stdin is still open.
    assert_eq!(told.recv_timeout(Duration::from_secs(20)), Ok(true), "the child lives on");
    server.wait().unwrap();
}
