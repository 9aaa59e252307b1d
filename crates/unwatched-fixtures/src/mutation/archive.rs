//! Damage to an app file at a place that matters: a field of the ZIP's headers, a compressed stream,
//! the signing block, or a structure inside one of its files, packed again with the right checksums
//! so that the damage reaches the reader it is meant for.
//!
//! Only well-made ZIPs are taken apart: what our own builders write.

use super::inner;
use crate::apk::archive::{Entry, write};
use crate::random::Random;

/// One damaged copy.
#[derive(Debug, Clone)]
pub struct Damage {
    /// Where and how, for the message of a test that fails.
    pub what: String,
    /// The damaged file.
    pub bytes: Vec<u8>,
    /// Whether something is malformed for certain: a size, count or offset that cannot be, bytes
    /// that a checksum covers. What a report lacks because of it must be named in the report.
    pub malformed: bool,
}

/// `count` damaged copies of an app; the same seed gives the same copies.
pub fn damages(app: &[u8], count: usize, seed: u64) -> impl Iterator<Item = Damage> {
    let entries = entries(app);
    let bare = repacked(&entries);
    (0..count).map(move |index| {
        let mut random = Random::new(seed ^ (index as u64).wrapping_mul(0x51_7cc1));
        match random.below(10) {
            0 | 1 => header_field(&bare, &mut random),
            2 => stream(&bare, &mut random),
            3 => signing(app, &mut random),
            _ => inside(&entries, &mut random),
        }
    })
}

/// The app without its signatures, packed by the same writer as its damaged copies: what their
/// reports are compared with.
pub fn unsigned(app: &[u8]) -> Vec<u8> {
    repacked(&entries(app))
}

/// What the central directory lists, without what signs it.
fn entries(app: &[u8]) -> Vec<Entry> {
    let mut at = u32_at(app, end_record(app) + 16);
    let mut entries = Vec::new();
    while app[at..].starts_with(b"PK\x01\x02") {
        let (name_bytes, extra, comment) =
            (u16_at(app, at + 28), u16_at(app, at + 30), u16_at(app, at + 32));
        let name = String::from_utf8_lossy(&app[at + 46..at + 46 + name_bytes]).into_owned();
        let (method, packed, header) =
            (u16_at(app, at + 10), u32_at(app, at + 20), u32_at(app, at + 42));
        let start = header + 30 + u16_at(app, header + 26) + u16_at(app, header + 28);
        let raw = &app[start..start + packed];
        let data = match method {
            8 => miniz_oxide::inflate::decompress_to_vec(raw).expect("our writer deflates well"),
            _ => raw.to_vec(),
        };
        if !name.starts_with("META-INF/") {
            entries.push(Entry::new(&name, data, method == 8));
        }
        at += 46 + name_bytes + extra + comment;
    }
    entries
}

fn repacked(entries: &[Entry]) -> Vec<u8> {
    write(entries).bytes
}

fn end_record(app: &[u8]) -> usize {
    last(app, b"PK\x05\x06").expect("our writer ends a ZIP")
}

fn last(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).rposition(|window| window == what)
}

fn u16_at(bytes: &[u8], at: usize) -> usize {
    usize::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]))
}

fn u32_at(bytes: &[u8], at: usize) -> usize {
    u16_at(bytes, at) | u16_at(bytes, at + 2) << 16
}

/// A field by its place in a header, and its width in bytes.
type Field = (&'static str, usize, usize);

const LOCAL: &[Field] = &[
    ("flags", 6, 2),
    ("method", 8, 2),
    ("packed size", 18, 4),
    ("size", 22, 4),
    ("length of the name", 26, 2),
    ("length of the extra field", 28, 2),
];
const DIRECTORY: &[Field] = &[
    ("flags", 8, 2),
    ("method", 10, 2),
    ("checksum", 16, 4),
    ("packed size", 20, 4),
    ("size", 24, 4),
    ("length of the name", 28, 2),
    ("length of the extra field", 30, 2),
    ("length of the comment", 32, 2),
    ("place of the header", 42, 4),
];
const END: &[Field] = &[
    ("entries on this disk", 8, 2),
    ("entries", 10, 2),
    ("size of the directory", 12, 4),
    ("place of the directory", 16, 4),
    ("length of the comment", 20, 2),
];

fn header_field(app: &[u8], random: &mut Random) -> Damage {
    let (name, magic, fields) = *random.pick(&[
        ("local header", b"PK\x03\x04", LOCAL),
        ("directory", b"PK\x01\x02", DIRECTORY),
        ("end record", b"PK\x05\x06", END),
    ]);
    let starts: Vec<_> = (0..app.len().saturating_sub(46).max(1))
        .chain([end_record(app)])
        .filter(|at| app[*at..].starts_with(magic))
        .collect();
    let (field, offset, width) = *random.pick(fields);
    let at = *random.pick(&starts) + offset;
    let mut bytes = app.to_vec();
    let value = super::extreme(random).to_le_bytes();
    bytes[at..at + width].copy_from_slice(&value[..width]);
    let what = format!("{field} of a {name} at {at}: {:02x?}", &value[..width]);
    Damage { what, malformed: bytes != app, bytes }
}

/// Bytes that an entry's checksum covers.
fn stream(app: &[u8], random: &mut Random) -> Damage {
    let mut headers: Vec<_> =
        (0..app.len() - 30).filter(|at| app[*at..].starts_with(b"PK\x03\x04")).collect();
    headers.retain(|at| u32_at(app, at + 18) > 8);
    let header = *random.pick(&headers);
    let start = header + 30 + u16_at(app, header + 26) + u16_at(app, header + 28);
    let packed = u32_at(app, header + 18).min(app.len() - start);
    let mut bytes = app.to_vec();
    let at = start + random.below(packed);
    let length = (1 + random.below(64)).min(start + packed - at);
    for byte in &mut bytes[at..at + length] {
        *byte = random.next().to_le_bytes()[0];
    }
    Damage {
        what: format!("{length} bytes of a file's data at {at}"),
        malformed: bytes != app,
        bytes,
    }
}

/// The signing block and the certificates, wherever they are; a signature's own reader says what a
/// change there means.
fn signing(app: &[u8], random: &mut Random) -> Damage {
    let directory = u32_at(app, end_record(app) + 16);
    let (from, to) = match last(&app[..directory], b"APK Sig Block 42") {
        Some(magic) => {
            let size = u32_at(app, magic - 8).min(directory);
            (directory - size, directory)
        }
        None => (directory.saturating_sub(4096), directory),
    };
    let mut bytes = app.to_vec();
    let at = from + random.below((to - from).saturating_sub(4));
    match random.below(4) {
        // Lengths lie at the block's start and repeat inside.
        0 => inner::overwrite(&mut bytes, from + random.below(64), super::extreme(random)),
        1 => inner::overwrite(&mut bytes, at, super::extreme(random)),
        2 => bytes[at] ^= 1 << random.below(8),
        _ => drop(bytes.drain(at..(at + 1 + random.below(200)).min(to))),
    }
    Damage { what: format!("the signing block near {at}"), bytes, malformed: false }
}

/// A structure inside one of the files.
fn inside(entries: &[Entry], random: &mut Random) -> Damage {
    let mut entries = entries.to_vec();
    // The parts that steer an analysis come first in an app: the half of all damage goes there.
    let steering: Vec<_> = (0..entries.len())
        .filter(|at| inner::steers(&entries[*at].name, &entries[*at].data))
        .collect();
    let index = match random.below(2) {
        0 if !steering.is_empty() => *random.pick(&steering),
        _ => random.below(entries.len()),
    };
    let entry = &mut entries[index];
    let (what, malformed) = inner::damage(&mut entry.data, random);
    let what = format!("{}: {what}", entry.name);
    Damage { what, bytes: repacked(&entries), malformed }
}
