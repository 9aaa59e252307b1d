//! What is no app and no phone, and what breaks off: a clear error, or a partial result that says
//! what is missing. The server goes on, and nothing half-written is left.

use std::fs::{self, File};
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;
use unwatched_fixtures::apk::gallery::unknown_stalkerware_like;
use unwatched_fixtures::{mutations, phone};
use unwatched_testkit::Checker;
use unwatched_testkit::exchange::Operator;
use unwatched_testkit::programs::{self, Ended};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const PNG: &[u8] =
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89";
const MIB: usize = 1 << 20;
const GIB: u64 = 1 << 30;

/// The files of one test.
struct Files {
    folder: TempDir,
}

impl Files {
    fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    fn put(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    /// A file that says it is this long and holds nothing.
    fn sparse(&self, name: &str, size_bytes: u64) -> PathBuf {
        let path = self.folder.path().join(name);
        File::create(&path).unwrap().set_len(size_bytes).unwrap();
        path
    }
}

/// A ZIP whose one file inflates to very much more than the ZIP.
fn bomb(name: &str) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file(name, SimpleFileOptions::default()).unwrap();
    let line = vec![b'\n'; MIB];
    for _ in 0..192 {
        archive.write_all(&line).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn app() -> Vec<u8> {
    unknown_stalkerware_like(3).bytes()
}

/// The line of `analyze --json` for each file.
fn analyzed(files: &[PathBuf]) -> (Vec<Value>, Ended) {
    let mut analyze = programs::command("unwatched-exchange");
    let ended = programs::run(analyze.args(["analyze", "--json"]).args(files), "");
    let lines = ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap());
    let lines: Vec<_> = lines.collect();
    assert_eq!(lines.len(), files.len(), "one line a file: {}", ended.stderr);
    (lines, ended)
}

/// The problems and the error of a line, as one text.
fn complaints(line: &Value) -> String {
    format!("{} {}", line["problems"], line["error"])
}

#[test]
fn analyze_says_of_every_file_what_is_wrong() {
    let files = Files::new();
    let app = app();
    let bad = [
        (files.put("empty.apk", b""), "empty"),
        (files.put("truncated.apk", &app[..app.len() / 2]), "cut off"),
        (files.put("bomb.apk", &bomb("AndroidManifest.xml")), "larger than this analysis reads"),
        (files.put("picture.apk", PNG), "PNG picture"),
        (files.sparse("huge.apk", 3 * GIB), "at most 500 MiB"),
    ];
    let (lines, ended) = analyzed(&bad.clone().map(|(path, _)| path));
    for ((path, says), line) in bad.iter().zip(&lines) {
        assert!(complaints(line).contains(says), "{}: {line:#}", path.display());
        assert!(line["capabilities"].as_array().is_none_or(Vec::is_empty), "{line:#}");
    }
    assert_eq!(ended.code, Some(3), "one has no report: {}", ended.stderr);
}

#[test]
fn a_thousand_damaged_apps_give_a_thousand_answers() {
    let files = Files::new();
    let app = app();
    let damaged = mutations(&app, 1000, 11).enumerate();
    let damaged: Vec<_> =
        damaged.map(|(number, bytes)| files.put(&format!("{number}.apk"), &bytes)).collect();
    let (lines, ended) = analyzed(&damaged);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let told = lines.iter().filter(|line| line["problems"] != Value::Array(vec![])).count();
    assert!(told > 500, "most of such damage is seen, and {told} were");
}

#[test]
fn the_exchange_goes_on_and_keeps_nothing_half() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let operator = Operator::new(&data);
    let token = operator.join("watch-lab", "vendor", "uploader");
    let server = operator.serve();
    let client = server.client().with_token(&token);
    let files = Files::new();
    let app = app();

    for (path, status, says) in [
        (files.put("empty.apk", b""), 422, "the file is empty"),
        (files.sparse("huge.apk", 3 * GIB), 413, "500"),
    ] {
        let answer = client.post_file("/api/v1/samples", &path);
        assert_eq!(answer.media_type, "application/problem+json");
        assert!(answer.expect(status).text().contains(says), "{}", answer.text());
    }
    let mut kept = 0;
    for (path, says) in [
        (files.put("truncated.apk", &app[..app.len() / 2]), "cut off"),
        (files.put("bomb.apk", &bomb("classes.dex")), "larger"),
        (files.put("picture.apk", PNG), "PNG picture"),
    ] {
        let submitted = client.post_file("/api/v1/samples", &path);
        let sample = submitted.expect(202).json();
        let report = client.report(sample["sha256"].as_str().unwrap());
        let report = report.expect(200).json();
        assert!(complaints(&report).contains(says), "{}: {report:#}", path.display());
        kept += 1;
    }
    for bytes in mutations(&app, 20, 12) {
        let submitted = client.post_bytes("/api/v1/samples", "application/octet-stream", &bytes);
        let sample = submitted.expect(202).json();
        client.report(sample["sha256"].as_str().unwrap()).expect(200);
        kept += 1;
    }
    client.get("/healthz").expect(200);
    assert!(server.stop().success());
    assert_eq!(files_below(&data.join("blobs")).len(), kept, "one blob a sample, nothing else");
    assert_eq!(files_below(&data.join("tmp")), Vec::<PathBuf>::new());
}

/// All files below a folder.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let below = |path: PathBuf| if path.is_dir() { files_below(&path) } else { vec![path] };
    entries.flat_map(below).collect()
}

#[test]
fn check_refuses_what_is_no_evidence() {
    let files = Files::new();
    let pictures = bomb("holiday.jpg");
    for (path, says) in [
        (files.put("empty.zip", b""), "is empty"),
        (files.put("truncated.zip", &pictures[..pictures.len() / 2]), "is not recognised"),
        (files.put("picture.zip", PNG), "is not recognised"),
        (files.put("pictures.zip", &pictures), "is not recognised"),
        (files.sparse("huge.zip", 3 * GIB), "is not recognised"),
    ] {
        let said = Checker::new().run([Path::new("check"), &path]).refused(3);
        assert!(said.contains(says), "{said}");
    }
}

#[test]
fn check_of_evidence_that_breaks_off_says_what_is_missing() {
    let files = Files::new();
    let phone = phone::ordinary();
    let (zip, text, app) = (phone.bugreport_zip(), phone.bugreport_text(), app());
    for evidence in [
        files.put("half.zip", &zip[..zip.len() / 2]),
        files.put("half.txt", &text.as_bytes()[..text.len() / 2]),
        files.put("bomb.zip", &bomb("bugreport-x.txt")),
        files.put("half.apk", &app[..app.len() / 2]),
    ] {
        let result = Checker::new().check(&evidence);
        let checks = result["checks"].as_array().unwrap();
        let apps = checks.iter().find(|check| check["id"] == "installer").unwrap();
        assert_eq!(apps["outcome"], "could_not_check", "{}: {apps:#}", evidence.display());
        assert!(!apps["why"].as_str().unwrap().is_empty());
    }
}

#[test]
fn damaged_evidence_never_ends_the_checker() {
    let files = Files::new();
    let checker = Checker::new();
    let whole = phone::ordinary().bugreport_zip();
    for (number, bytes) in mutations(&whole, 60, 13).enumerate() {
        let evidence = files.put(&format!("{number}.zip"), &bytes);
        let ended = checker.run([Path::new("check"), &evidence, Path::new("--json")]);
        let result = serde_json::from_str::<Value>(&ended.stdout);
        match ended.code {
            Some(0) => assert!(result.unwrap()["checks"].is_array()),
            code => assert_eq!(code, Some(3), "{}", ended.stderr),
        }
    }
}
