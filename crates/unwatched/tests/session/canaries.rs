//! Fifty words that are on no other phone, and the search for them in everything that was written:
//! as they are, in the encodings that programs keep text in, and in what was deflated.

use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use flate2::read::{DeflateDecoder, GzDecoder, ZlibDecoder};
use sha2::{Digest as _, Sha256};

/// How many there are.
pub(crate) const COUNT: usize = 50;

/// One of them: lower-case, and long enough to be found nowhere by chance.
pub(crate) fn canary(number: usize) -> String {
    assert!(number < COUNT);
    let digest = Sha256::digest(format!("canary {number}"));
    let letters = digest.iter().take(12).map(|byte| char::from(b'a' + byte % 26));
    format!("cnry{}", letters.collect::<String>())
}

/// Every form of every one.
static FORMS: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let forms: Vec<Vec<u8>> = (0..COUNT).flat_map(|number| forms(&canary(number))).collect();
    AhoCorasick::new(forms).unwrap()
});

fn forms(word: &str) -> Vec<Vec<u8>> {
    let little = word.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big = word.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let mut forms = vec![word.as_bytes().to_vec(), word.to_uppercase().into_bytes(), little, big];
    forms.push(hex::encode(word).into_bytes());
    forms.push(hex::encode_upper(word).into_bytes());
    // Where a word begins in three bytes decides its letters; those at its edges belong to others.
    for before in 0..3 {
        let text = [vec![b'x'; before], word.as_bytes().to_vec()].concat();
        let encoded = BASE64_STANDARD_NO_PAD.encode(text).into_bytes();
        forms.push(encoded[4..encoded.len() - 4].to_vec());
    }
    forms
}

/// The files and folders below `folder` that hold one in any form, or are called like one.
pub(crate) fn found_below(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    look_into(folder, &mut found);
    found
}

fn look_into(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.to_string_lossy().into_owned();
        if is_in(name.as_bytes()) {
            found.push(format!("{name} (its name)"));
        }
        let kind = path.symlink_metadata().unwrap().file_type();
        if kind.is_dir() {
            look_into(&path, found);
        } else if kind.is_file() && is_in_any_form(&fs::read(&path).unwrap()) {
            found.push(name);
        }
    }
}

fn is_in(bytes: &[u8]) -> bool {
    FORMS.is_match(bytes)
}

fn is_in_any_form(bytes: &[u8]) -> bool {
    is_in(bytes) || (0..bytes.len()).any(|at| is_in(&inflated(&bytes[at..])))
}

/// What begins here like something deflated, unpacked as far as it goes.
fn inflated(bytes: &[u8]) -> Vec<u8> {
    const MOST_BYTES: u64 = 1 << 20;
    let mut out = Vec::new();
    match bytes {
        [0x1f, 0x8b, 8, ..] => drop(GzDecoder::new(bytes).take(MOST_BYTES).read_to_end(&mut out)),
        [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..] => {
            drop(ZlibDecoder::new(bytes).take(MOST_BYTES).read_to_end(&mut out));
        }
        [b'P', b'K', 3, 4, ..] if bytes.len() > 30 => {
            let length = |at: usize| usize::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]));
            let packed = bytes.get(30 + length(26) + length(28)..).unwrap_or_default();
            drop(DeflateDecoder::new(packed).take(MOST_BYTES).read_to_end(&mut out));
        }
        _ => {}
    }
    out
}

#[test]
fn the_search_finds_every_form() {
    use flate2::Compression;
    use flate2::write::{GzEncoder, ZlibEncoder};
    use std::io::Write as _;
    let text = format!("before {} after", canary(7));
    let mut forms: Vec<Vec<u8>> = vec![
        text.clone().into_bytes(),
        text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        hex::encode(&text).into_bytes(),
    ];
    forms.extend((0..3).map(|from| BASE64_STANDARD_NO_PAD.encode(&text[from..]).into_bytes()));
    let mut gzip = GzEncoder::new(b"something before it".to_vec(), Compression::best());
    gzip.write_all(text.as_bytes()).unwrap();
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::best());
    zlib.write_all(text.as_bytes()).unwrap();
    forms.extend([gzip.finish().unwrap(), zlib.finish().unwrap()]);
    let folder = tempfile::tempdir().unwrap();
    for (number, form) in forms.iter().enumerate() {
        fs::write(folder.path().join(number.to_string()), form).unwrap();
    }
    fs::write(folder.path().join(canary(0)), "").unwrap();
    fs::write(folder.path().join("nothing"), "cnry and nothing else").unwrap();
    assert_eq!(found_below(folder.path()).len(), forms.len() + 1);
}
