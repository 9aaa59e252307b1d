//! A hostile case: its header, its wrapped key, its journal and a stream, as bytes and, for who holds
//! the key, as what is encrypted. The first byte says which of them the others are.

#![no_main]

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::sync::LazyLock;

use age::secrecy::{ExposeSecret as _, SecretString};
use age::x25519::{Identity, Recipient};
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use sha2::{Digest as _, Sha256};
use unwatched_acquire::case::{Case, Secret, Writer, open};
use unwatched_device::check;
use unwatched_device::result::Tool;

/// A file of the case of version 1.
macro_rules! golden {
    ($name:literal) => {
        include_bytes!(concat!(
            "../../crates/unwatched-acquire/tests/golden/case/version-1/",
            $name
        ))
    };
}

const PASSPHRASE: &str = "seven blue doors";
const HEADER: &[u8] = golden!("case");
const KEY: &[u8] = golden!("key");
const JOURNAL: &[u8] = golden!("journal");
const STREAM: &[u8] = golden!("000001");

/// A folder of this process, in which one file at a time is hostile.
static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = std::env::temp_dir().join(format!("hostile-case-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    folder
});

/// Whom the golden case is encrypted to.
static TO: LazyLock<Recipient> = LazyLock::new(|| {
    let sealed = age::Decryptor::new_buffered(KEY).expect("a file of age");
    let passphrase = age::scrypt::Identity::new(SecretString::from(PASSPHRASE.to_owned()));
    let mut key = String::new();
    let mut plain = sealed.decrypt(std::iter::once(&passphrase as _)).expect("the passphrase");
    plain.read_to_string(&mut key).expect("a key");
    let key = SecretString::from(key);
    Identity::from_str(key.expose_secret()).expect("a key").to_public()
});

fn sealed(plain: &[u8]) -> Vec<u8> {
    let encryptor = age::Encryptor::with_recipients(std::iter::once(&*TO as _)).expect("one key");
    let mut out = encryptor.wrap_output(Vec::new()).expect("memory takes everything");
    out.write_all(plain).expect("memory takes everything");
    out.finish().expect("memory takes everything")
}

/// A journal whose chain holds, with each line as an entry.
fn journal(lines: &[u8]) -> Vec<u8> {
    let mut journal: Vec<u8> = Vec::new();
    let mut previous = Sha256::digest(HEADER);
    for (number, entry) in (1..).zip(lines.split(|byte| *byte == b'\n').take(40)) {
        let before = hex::encode(previous);
        let head = format!(
            r#"{{"number":{number},"at":"2026-02-01T09:00:00Z","previous":"{before}","entry":"#
        );
        let file = sealed(&[head.as_bytes(), entry, b"}"].concat());
        let length = u32::try_from(file.len()).expect("a short frame").to_be_bytes();
        let frame = [&length[..], &file].concat();
        previous = Sha256::digest(&frame);
        journal.extend(frame);
    }
    journal
}

/// Hostile cases may ask for a second of work and 256 MiB; that is known, and here it is in the way.
fn asks_for_much_work(key: &[u8]) -> bool {
    let line = key.split(|byte| *byte == b'\n').find(|line| line.starts_with(b"-> scrypt "));
    let factor = line.and_then(|line| line.rsplit(|byte| *byte == b' ').next());
    factor.is_some_and(|factor| factor.len() > 1)
}

fn write(folder: &Path, name: &str, bytes: &[u8]) {
    fs::write(folder.join(name), bytes).expect("the folder can be written to");
}

fn read(case: &Case) {
    let _ = (case.journal().len(), case.problems());
    for acquisition in case.acquisitions() {
        for held in &acquisition.streams {
            let stream = case.stream(held);
            let _ = stream.and_then(|stream| stream.take(1 << 20).read_to_end(&mut Vec::new()));
        }
        let Ok(mut evidence) = case.evidence_of(acquisition.number) else { continue };
        let tool = Tool { name: "fuzz".to_owned(), version: "0".to_owned() };
        check(evidence.as_mut(), None, Timestamp::UNIX_EPOCH, tool, &mut |_| {});
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Some((which, rest)) = bytes.split_first() else { return };
    let folder = FOLDER.as_path();
    write(folder, "case", if *which == 0 { rest } else { HEADER });
    write(folder, "key", if *which == 1 { rest } else { KEY });
    let hostile = if *which == 3 { journal(rest) } else { rest.to_vec() };
    write(folder, "journal", if matches!(which, 2 | 3) { &hostile } else { JOURNAL });
    let hostile = if *which == 5 { sealed(rest) } else { rest.to_vec() };
    write(folder, "000001", if matches!(which, 4 | 5) { &hostile } else { STREAM });
    if *which == 1 && asks_for_much_work(rest) {
        return;
    }
    let secret = Secret::new(PASSPHRASE.to_owned());
    if let Ok(case) = open(folder, &secret) {
        read(&case);
    }
    let clock = Box::new(|| Timestamp::UNIX_EPOCH);
    if let Ok(writer) = Writer::resume(folder, &secret, clock) {
        writer.begin_acquisition("fuzz").expect("what can be gone on with is gone on with");
        assert!(
            writer
                .case()
                .expect("it is read again")
                .problems()
                .iter()
                .all(|what| !what.contains("journal was"))
        );
    }
});
