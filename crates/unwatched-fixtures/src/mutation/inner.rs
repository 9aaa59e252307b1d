//! Damage inside one file of an app, by what the file is: chunks of binary XML and resource tables,
//! the header and tables of a DEX, the header of an ELF, an app within the app.

use super::archive::damages;
use super::{extreme, mutate};
use crate::random::Random;

/// Whether an analysis is steered by this file.
pub(super) fn steers(name: &str, bytes: &[u8]) -> bool {
    name == "AndroidManifest.xml" || name == "resources.arsc" || bytes.starts_with(b"dex\n")
}

/// Damages it, says how, and whether it is malformed for certain.
pub(super) fn damage(bytes: &mut Vec<u8>, random: &mut Random) -> (String, bool) {
    let known = match bytes.get(..4) {
        Some([3, 0, 8, 0] | [2, 0, 12, 0]) => chunk(bytes, random),
        Some(b"dex\n") => dex(bytes, random),
        Some(b"\x7fELF") => elf(bytes, random),
        Some(b"PK\x03\x04") => {
            let Some(damage) = damages(&bytes.clone(), 1, random.next()).next() else {
                return (String::from("nothing"), false);
            };
            *bytes = damage.bytes;
            (damage.what, damage.malformed)
        }
        _ => (String::from("a few bytes"), false),
    };
    if known.0 == "a few bytes" && !bytes.is_empty() {
        mutate(bytes, random);
    }
    known
}

pub(super) fn overwrite(bytes: &mut [u8], at: usize, value: u32) {
    super::overwrite(bytes, at, &value.to_le_bytes());
}

fn u16_at(bytes: &[u8], at: usize) -> usize {
    bytes.get(at..at + 2).map_or(0, |two| usize::from(u16::from_le_bytes([two[0], two[1]])))
}

fn u32_at(bytes: &[u8], at: usize) -> usize {
    u16_at(bytes, at) | u16_at(bytes, at + 2) << 16
}

/// Where chunks begin, with those inside of others: XML, tables, packages.
fn chunks(bytes: &[u8], from: usize, to: usize, into: &mut Vec<usize>) {
    let mut at = from;
    while at + 8 <= to {
        let (kind, header, size) =
            (u16_at(bytes, at), u16_at(bytes, at + 2), u32_at(bytes, at + 4));
        if size < 8 || at + size > to {
            return;
        }
        into.push(at);
        if matches!(kind, 0x0002 | 0x0003 | 0x0200) {
            chunks(bytes, at + header, at + size, into);
        }
        at += size;
    }
}

fn chunk(bytes: &mut Vec<u8>, random: &mut Random) -> (String, bool) {
    let mut starts = Vec::new();
    chunks(bytes, 0, bytes.len(), &mut starts);
    let at = *random.pick(&starts);
    let (kind, size) = (u16_at(bytes, at), u32_at(bytes, at + 4));
    let name = format!("chunk {kind:#06x} at {at}");
    match random.below(7) {
        0 => {
            overwrite(bytes, at + 4, u32::MAX);
            (format!("size of {name}"), true)
        }
        1 => {
            overwrite(bytes, at + 4, *random.pick(&[0, 1, 7]));
            (format!("no size of {name}"), true)
        }
        2 => {
            super::overwrite(bytes, at + 2, &[0xff, 0xff]);
            (format!("header of {name}"), size < 0xffff)
        }
        3 => {
            // Counts, offsets and references behind the header.
            let within = at + 8 + 4 * random.below((size / 4).saturating_sub(2).clamp(1, 64));
            overwrite(bytes, within, extreme(random));
            (format!("a number of {name} at {within}"), false)
        }
        4 => {
            bytes.truncate(at + random.below(size));
            (format!("cut within {name}"), true)
        }
        5 => {
            let chunk = bytes[at..at + size].to_vec();
            bytes.splice(at..at, chunk);
            (format!("{name} twice"), false)
        }
        _ => {
            super::overwrite(bytes, at, &[0x77, 0x07]);
            (format!("kind of {name}"), false)
        }
    }
}

/// Name, place in the header.
const DEX_HEADER: &[(&str, usize)] = &[
    ("length of the header", 0x24),
    ("count of strings", 0x38),
    ("place of strings", 0x3c),
    ("count of types", 0x40),
    ("place of types", 0x44),
    ("count of prototypes", 0x48),
    ("place of prototypes", 0x4c),
    ("count of fields", 0x50),
    ("place of fields", 0x54),
    ("count of methods", 0x58),
    ("place of methods", 0x5c),
    ("count of classes", 0x60),
    ("place of classes", 0x64),
];

fn dex(bytes: &mut Vec<u8>, random: &mut Random) -> (String, bool) {
    match random.below(6) {
        0 | 1 => {
            let (name, at) = *random.pick(DEX_HEADER);
            let value = *random.pick(&[0x7fff_ffff_u32, 0x8000_0000, u32::MAX]);
            let counted = at == 0x24 || u32_at(bytes, at & !4) > 0;
            overwrite(bytes, at, value);
            // Where there are none, nobody looks for them.
            (format!("{name}: {value:#x}"), counted && at >= 0x38)
        }
        2 => {
            let tables = u32_at(bytes, 0x3c)..u32_at(bytes, 0x64) + 32 * u32_at(bytes, 0x60);
            let at = tables.start + 4 * random.below(tables.len() / 4);
            overwrite(bytes, at, extreme(random));
            (format!("a row of its tables at {at}"), false)
        }
        3 => {
            // Class data and code stand behind the tables.
            let from = u32_at(bytes, 0x64) + 32 * u32_at(bytes, 0x60);
            let at = from + random.below(bytes.len().saturating_sub(from));
            super::overwrite(bytes, at, &[0xff, 0xff, 0xff, 0xff, 0x0f]);
            (format!("class data or code at {at}"), false)
        }
        4 => {
            let at = 0x70 + random.below(bytes.len().saturating_sub(0x70));
            bytes.truncate(at);
            (format!("cut at {at}"), true)
        }
        _ => {
            let byte = random.next().to_le_bytes()[0];
            super::overwrite(bytes, random.below(8), &[byte]);
            ("its first bytes".to_owned(), false)
        }
    }
}

fn elf(bytes: &mut [u8], random: &mut Random) -> (String, bool) {
    // Tables of sections and segments: their places, sizes and counts.
    let at = *random.pick(&[0x10, 0x20, 0x28, 0x34, 0x38, 0x3a, 0x3c, 0x3e]);
    overwrite(bytes, at, extreme(random));
    (format!("its header at {at}"), false)
}
