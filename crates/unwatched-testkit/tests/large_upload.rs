//! The largest sample that is taken, and one byte more: streamed, whatever it holds in memory is
//! bounded, and of what is refused nothing is kept.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use unwatched_testkit::exchange::{Exchange, Operator};

const LARGEST_BYTES: u64 = 500 << 20;
/// What a server that streams never comes near, and one that holds a sample goes beyond.
const MOST_MIB: u64 = 160;

#[test]
fn the_largest_sample_is_streamed_and_a_larger_one_leaves_nothing() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let operator = Operator::new(&data);
    let token = operator.join("watch-lab", "vendor", "uploader");
    // What a worker does with it is bounded elsewhere.
    let server = operator.serve_without_worker();
    let client = server.client().with_token(&token);
    let file = folder.path().join("large.apk");
    let sized = |size_bytes: u64| {
        File::create(&file).unwrap().set_len(size_bytes).unwrap();
        file.as_path()
    };

    let told = client.post_file("/api/v1/samples", sized(LARGEST_BYTES + 1));
    assert!(told.expect(413).text().contains("500 MiB"), "{}", told.text());
    // Found out on the way, when half a gigabyte has come in.
    let untold = client.post_file_chunked("/api/v1/samples", sized(LARGEST_BYTES + 1));
    assert!(untold.expect(413).text().contains("500 MiB"), "{}", untold.text());
    assert_eq!(kept(&data), [0; 0], "nothing of them is kept");

    let accepted = client.post_file("/api/v1/samples", sized(LARGEST_BYTES));
    assert_eq!(accepted.expect(202).json()["size_bytes"], LARGEST_BYTES);
    assert!(matches!(kept(&data)[..], [size_bytes] if size_bytes >= LARGEST_BYTES), "one blob");
    let most = most_mib(&server);
    assert!(most < MOST_MIB, "{most} MiB were resident");
    eprintln!("at most {most} MiB were resident");
}

/// The sizes of all blobs and half-received files.
fn kept(data: &Path) -> Vec<u64> {
    let files = [files_below(&data.join("blobs")), files_below(&data.join("tmp"))].concat();
    files.iter().map(|file| file.metadata().unwrap().len()).collect()
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let below = |path: PathBuf| if path.is_dir() { files_below(&path) } else { vec![path] };
    entries.flat_map(below).collect()
}

/// The most that was ever resident of it.
fn most_mib(server: &Exchange) -> u64 {
    let mut status = String::new();
    let path = format!("/proc/{}/status", server.id());
    File::open(path).unwrap().read_to_string(&mut status).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() >> 10
}
