//! Bad input: every file ends in a report that says what is missing, or in a clear reason; and the
//! server goes on.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

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
