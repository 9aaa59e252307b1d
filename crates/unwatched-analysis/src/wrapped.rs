//! Code in wrappings that an app opens by itself: packed, written as text, masked with one byte, or
//! behind something else. What a wrapping holds is told by its first bytes before all is unwrapped.

use std::io::Read as _;

use base64::alphabet::STANDARD;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::engine::{DecodePaddingMode, Engine};
use flate2::read::{MultiGzDecoder, ZlibDecoder};

use crate::bytes::{slice, u16, u32};
use crate::{dex, zip};

/// A shorter file holds no code.
pub(crate) const SHORTEST: usize = 112;
/// As much of what is in a wrapping tells what it is.
const FIRST_BYTES: usize = 512;
/// As much text tells how it is written.
const FIRST_LETTERS: usize = 256;
/// More files than any real archive inside an app has.
const MAX_FILES: usize = 20_000;
const TAR_MAGIC: (usize, &[u8]) = (257, b"ustar");
const HEADER_BYTES: usize = 30;
/// Newer ways of packing than any reader of ZIP archives knows.
const NEWEST_ZIP: u16 = 63;

/// How a DEX and a ZIP begin where they are written as Base64.
const WRITTEN_CODE: [&[u8]; 2] = [b"ZGV4CjAz", b"UEsDB"];

/// A wrapping that is opened here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wrapping {
    Gzip,
    Zlib,
    Tar,
    Base64,
    Hex,
    /// Every byte changed with this one.
    Masked(u8),
}

/// What was in a wrapping: its name there, where it has one, and its bytes.
pub(crate) type Unwrapped = (Option<String>, Vec<u8>);

/// Ways of packing that are not opened here: how they begin, and what they are.
const UNOPENED: &[(&[u8], &str)] = &[
    (b"\xfd7zXZ\0", "xz data"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\x28\xb5\x2f\xfd", "zstd data"),
    (b"\x04\x22\x4d\x18", "LZ4 data"),
    (b"\x5d\0\0\x80\0", "LZMA data"),
];

/// What packs the contents of a file that begins so, where it is nothing that is opened here.
pub(crate) fn unopened(start: &[u8]) -> Option<&'static str> {
    let is_bzip2 = start.starts_with(b"BZh") && slice(start, 4, 6) == Some(b"1AY&SY");
    let known = UNOPENED.iter().find(|(mark, _)| start.starts_with(mark));
    is_bzip2.then_some("bzip2 data").or_else(|| known.map(|(_, name)| *name))
}

/// Whether an archive's entry begins here.
pub(crate) fn begins_as_zip(data: &[u8]) -> bool {
    data.starts_with(zip::LOCAL_ENTRY)
        && u16(data, 4).is_some_and(|version| version & 0xff <= NEWEST_ZIP)
        && u16(data, 26).is_some_and(|length| (1..=1024).contains(&length))
}

/// The wrapping that a file's beginning shows.
pub(crate) fn wrapping(start: &[u8]) -> Option<Wrapping> {
    let two = (start.first().copied()?, start.get(1).copied()?);
    if two == (0x1f, 0x8b) && start.get(2) == Some(&8) && start.get(3).is_some_and(|f| *f < 0x20) {
        return Some(Wrapping::Gzip);
    }
    if slice(start, TAR_MAGIC.0, TAR_MAGIC.1.len()) == Some(TAR_MAGIC.1) {
        return Some(Wrapping::Tar);
    }
    let written = || written(start);
    zlib(start, two).or_else(|| masked(start)).or_else(written)
}

/// A stream of zlib's, by its header and by what comes out of it.
fn zlib(start: &[u8], (method, flags): (u8, u8)) -> Option<Wrapping> {
    let header = u16::from_be_bytes([method, flags]);
    if method & 0x8f != 8 || flags & 0x20 != 0 || header % 31 != 0 {
        return None;
    }
    let mut first = [0; 64];
    ZlibDecoder::new(start).read(&mut first).ok().filter(|came| *came > 0)?;
    Some(Wrapping::Zlib)
}

/// Code of which every byte was changed with the same one.
fn masked(start: &[u8]) -> Option<Wrapping> {
    let begin = start.get(..HEADER_BYTES)?;
    let opened = |key: u8| begin.iter().map(|byte| byte ^ key).collect::<Vec<_>>();
    let key = begin[0] ^ dex::MAGIC[0];
    if key != 0 && is_dex_magic(&opened(key)) {
        return Some(Wrapping::Masked(key));
    }
    let key = begin[0] ^ zip::LOCAL_ENTRY[0];
    let plain = opened(key);
    let is_plausible = plain[5] == 0 && matches!(plain[8], 0 | 8) && plain[9] == 0;
    (key != 0 && is_plausible && begins_as_zip(&plain)).then_some(Wrapping::Masked(key))
}

/// `dex`, a line's end and three digits.
fn is_dex_magic(data: &[u8]) -> bool {
    let version = slice(data, 4, 4);
    data.starts_with(dex::MAGIC)
        && version.is_some_and(|v| v[..3].iter().all(u8::is_ascii_digit) && v[3] == 0)
}

/// Bytes written as text.
fn written(start: &[u8]) -> Option<Wrapping> {
    let letters: Vec<u8> = without_breaks(start).take(FIRST_LETTERS).collect();
    if letters.len() < FIRST_LETTERS {
        return None;
    }
    if letters.iter().all(u8::is_ascii_hexdigit) {
        return Some(Wrapping::Hex);
    }
    let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    // A list of words has letters only, and most of them small.
    let kinds = [u8::is_ascii_uppercase, u8::is_ascii_lowercase, u8::is_ascii_digit];
    let is_mixed =
        kinds.iter().all(|kind| letters.iter().filter(|letter| kind(letter)).count() > 8);
    let is_code = WRITTEN_CODE.iter().any(|begins| letters.starts_with(begins));
    let is_base64 = letters.iter().all(is_digit) && (is_mixed || is_code);
    is_base64.then_some(Wrapping::Base64)
}

fn without_breaks(data: &[u8]) -> impl Iterator<Item = u8> + '_ {
    data.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n'))
}

/// The first bytes of what is in a wrapping.
pub(crate) fn first_bytes(data: &[u8], wrapping: Wrapping) -> Vec<u8> {
    let beginning = &data[..data.len().min(4 * FIRST_BYTES)];
    match wrapping {
        Wrapping::Tar => Vec::new(),
        _ => {
            unwrap(beginning, wrapping, FIRST_BYTES).pop().map(|(_, data)| data).unwrap_or_default()
        }
    }
}

/// What is in a wrapping, at most `limit` bytes of it; as far as it goes where it breaks off.
pub(crate) fn unwrap(data: &[u8], wrapping: Wrapping, limit: usize) -> Vec<Unwrapped> {
    let one = |data: Vec<u8>| vec![(None, data)];
    match wrapping {
        Wrapping::Gzip => one(read(MultiGzDecoder::new(data), limit)),
        Wrapping::Zlib => one(read(ZlibDecoder::new(data), limit)),
        Wrapping::Masked(key) => one(data.iter().take(limit).map(|byte| byte ^ key).collect()),
        Wrapping::Base64 => one(from_base64(data, limit)),
        Wrapping::Hex => one(from_hex(data, limit)),
        Wrapping::Tar => files_of(data, limit),
    }
}

fn read(from: impl std::io::Read, limit: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let _ = from.take(limit as u64).read_to_end(&mut out);
    out
}

fn from_base64(data: &[u8], limit: usize) -> Vec<u8> {
    let engine = GeneralPurpose::new(
        &STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::Indifferent)
            .with_decode_allow_trailing_bits(true),
    );
    let most = limit.div_ceil(3).saturating_mul(4);
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let mut letters: Vec<u8> = without_breaks(data).take_while(is_letter).take(most).collect();
    // One letter alone is no byte.
    if letters.len() % 4 == 1 {
        letters.pop();
    }
    let mut data = engine.decode(letters).unwrap_or_default();
    data.truncate(limit);
    data
}

fn from_hex(data: &[u8], limit: usize) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let digits: Vec<u8> =
        without_breaks(data).map_while(digit).take(limit.saturating_mul(2)).collect();
    digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

/// The files of a tar archive that are long enough for code.
fn files_of(data: &[u8], limit: usize) -> Vec<Unwrapped> {
    let mut archive = tar::Archive::new(data);
    let mut left = limit;
    let mut files = Vec::new();
    let Ok(entries) = archive.entries() else { return files };
    for mut entry in entries.take(MAX_FILES).map_while(Result::ok) {
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let mut file = read(&mut entry, FIRST_BYTES.min(left));
        let start = &file[..file.len().min(FIRST_BYTES)];
        let is_code = is_dex_magic(start) || begins_as_zip(start) || wrapping(start).is_some();
        if file.len() < SHORTEST || !is_code {
            continue;
        }
        left = left.saturating_sub(file.len());
        let rest = read(&mut entry, left);
        left = left.saturating_sub(rest.len());
        file.extend(rest);
        files.push((Some(name), file));
    }
    files
}

/// Where code begins and ends in other data, from `from` on: a DEX whose header fits, or an archive.
pub(crate) fn find_code(data: &[u8], from: usize) -> Option<(usize, usize)> {
    let rest = data.get(from..)?;
    let mut dexes = memchr::memmem::find_iter(rest, b"dex\n0").map(|at| from + at);
    let dex = dexes.find_map(|at| Some((at, dex_end(data, at)?)));
    let zips = memchr::memmem::find_iter(rest, zip::LOCAL_ENTRY).map(|at| from + at);
    let zip = zips
        .take_while(|at| dex.is_none_or(|(dex, _)| *at < dex))
        .filter(|at| is_local_entry(&data[*at..]))
        .map(|at| (at, data.len()))
        .next();
    zip.or(dex)
}

/// Where the DEX that begins here ends, where its header is one.
fn dex_end(data: &[u8], at: usize) -> Option<usize> {
    let header = slice(data, at, SHORTEST)?;
    let size = usize::try_from(u32(header, 0x20)?).ok()?;
    let is_header = is_dex_magic(header)
        && u32(header, 0x28) == Some(0x1234_5678)
        && (SHORTEST..=data.len() - at).contains(&size);
    is_header.then_some(at + size)
}

/// Whether this is a local entry of an archive whose end follows, and not four letters by chance.
fn is_local_entry(data: &[u8]) -> bool {
    let name_length = u16(data, 26).map_or(0, usize::from);
    let name = slice(data, HEADER_BYTES, name_length);
    begins_as_zip(data)
        && u16(data, 8).is_some_and(|method| matches!(method, 0 | 8))
        && name.is_some_and(|name| {
            std::str::from_utf8(name).is_ok_and(|n| !n.contains(char::is_control))
        })
        && memchr::memmem::rfind(data, b"PK\x05\x06").is_some()
}

/// Base64 in a text: where what is written so is code, its beginning.
pub(crate) fn written_code(text: &[u8]) -> impl Iterator<Item = usize> + '_ {
    // What follows tells whether it is so.
    WRITTEN_CODE.iter().flat_map(move |begins| memchr::memmem::find_iter(text, begins))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use unwatched_fixtures::dex::DexBuilder;

    use super::*;

    fn code() -> Vec<u8> {
        DexBuilder::new().string(&"a text of this app ".repeat(20)).build()
    }

    #[test]
    fn every_wrapping_is_told_and_opened() {
        let code = code();
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), Compression::default());
        let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(&code).unwrap();
        zlib.write_all(&code).unwrap();
        let mut lines = base64::engine::general_purpose::STANDARD.encode(&code).into_bytes();
        lines.insert(76, b'\n');
        for (data, expected) in [
            (gzip.finish().unwrap(), Wrapping::Gzip),
            (zlib.finish().unwrap(), Wrapping::Zlib),
            (code.iter().map(|byte| byte ^ 0x5a).collect(), Wrapping::Masked(0x5a)),
            (lines, Wrapping::Base64),
            (hex::encode(&code).into_bytes(), Wrapping::Hex),
        ] {
            assert_eq!(wrapping(&data), Some(expected));
            assert!(first_bytes(&data, expected).starts_with(b"dex\n035\0"), "{expected:?}");
            assert_eq!(unwrap(&data, expected, 1 << 20), [(None, code.clone())], "{expected:?}");
            assert_eq!(unwrap(&data, expected, 50)[0].1.len(), 50, "{expected:?}");
        }
    }

    #[test]
    fn other_beginnings_are_no_wrappings() {
        let words = "the same words in every line of a text ".repeat(20);
        for data in [&b"x\x9c no stream"[..], b"\x1f\x8b\xff\xff", words.as_bytes(), &code(), b""] {
            assert_eq!(wrapping(data), None, "{:?}", String::from_utf8_lossy(data));
        }
    }

    #[test]
    fn code_behind_other_data_is_found_and_chance_is_not() {
        let code = code();
        let hidden = [b"in front of it".to_vec(), code.clone(), b"and behind".to_vec()].concat();
        assert_eq!(find_code(&hidden, 0), Some((14, 14 + code.len())));
        assert_eq!(find_code(&hidden, 15), None);
        for chance in
            [&b"dex\n035\0 named in a text"[..], b"PK\x03\x04 named in a text, PK\x05\x06"]
        {
            assert_eq!(find_code(&chance.repeat(9), 0), None);
        }
    }
}
