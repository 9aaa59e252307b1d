//! Texts in bytes that do not say where their texts are: runs of printable letters, of one byte or
//! two, pieces of a script between its quotes, and the string tables of React Native's and .NET's
//! own formats.

use crate::bytes::{offset, slice, u32};

/// A shorter run holds no address and is most often chance.
const SHORTEST: usize = 6;
/// What React Native's compiled scripts begin with.
pub(crate) const HERMES: &[u8] = &[0xc6, 0x1f, 0xbc, 0x03, 0xc1, 0x03, 0x19, 0x1f];
/// What a packed .NET library begins with.
const PACKED: &[u8] = b"XALZ";
/// The longest .NET library that is unpacked.
const MAX_UNPACKED_BYTES: usize = 32 << 20;

fn is_printable(byte: u8) -> bool {
    matches!(byte, 0x20..=0x7e)
}

/// Runs of printable one-byte letters, cut at `longest`.
pub(crate) fn narrow(data: &[u8], longest: usize, mut on: impl FnMut(&str)) {
    for run in data.split(|byte| !is_printable(*byte)).filter(|run| run.len() >= SHORTEST) {
        for piece in run.chunks(longest) {
            on(std::str::from_utf8(piece).unwrap_or_default());
        }
    }
}

/// Runs of printable letters of two bytes each, as .NET keeps its texts.
pub(crate) fn wide(data: &[u8], longest: usize, mut on: impl FnMut(&str)) {
    let mut text = String::new();
    let mut at = 0;
    while at + 1 < data.len() {
        if is_printable(data[at]) && data[at + 1] == 0 && text.len() < longest {
            text.push(char::from(data[at]));
            at += 2;
            continue;
        }
        if text.len() >= SHORTEST {
            on(&text);
        }
        // A run may begin at an odd place.
        at += if text.is_empty() { 1 } else { 2 };
        text.clear();
    }
    if text.len() >= SHORTEST {
        on(&text);
    }
}

/// The pieces of a script between its quotes, and between its lines.
pub(crate) fn quoted(data: &[u8], longest: usize, mut on: impl FnMut(&str)) {
    let ends = |byte: &u8| matches!(byte, b'"' | b'\'' | b'`' | b'\n' | b'\r');
    for piece in data.split(ends).filter(|piece| piece.len() >= SHORTEST) {
        let piece = &piece[..piece.len().min(longest)];
        on(&String::from_utf8_lossy(piece));
    }
}

/// The strings of a compiled script of React Native; false where its tables do not fit.
///
/// Its header has counts at fixed places; behind it stand 16 bytes per function, four per kind of
/// string and per identifier, the string table, the table of long strings, and their bytes.
pub(crate) fn hermes(data: &[u8], mut on: impl FnMut(&str)) -> bool {
    let Some(tables) = HermesTables::read(data) else { return false };
    let mut budget_bytes = data.len();
    for row in 0..tables.count {
        let Some(text) = tables.string(data, row) else { return false };
        let Some(left) = budget_bytes.checked_sub(text.len()) else { return true };
        budget_bytes = left;
        if text.len() >= SHORTEST {
            on(&text);
        }
    }
    true
}

struct HermesTables {
    count: usize,
    small_at: usize,
    long_at: usize,
    long_count: usize,
    storage_at: usize,
}

impl HermesTables {
    fn read(data: &[u8]) -> Option<Self> {
        const HEADER_BYTES: usize = 128;
        let field = |at: usize| offset(data, at);
        let rows = |count: usize, bytes: usize| count.checked_mul(bytes);
        let small_at = HEADER_BYTES
            .checked_add(rows(field(40)?, 16)?)?
            .checked_add(rows(field(44)?, 4)?)?
            .checked_add(rows(field(48)?, 4)?)?;
        let (count, long_count) = (field(52)?, field(56)?);
        let long_at = small_at.checked_add(rows(count, 4)?)?;
        let storage_at = long_at.checked_add(rows(long_count, 8)?)?;
        let end = storage_at.checked_add(field(60)?)?;
        (end <= data.len()).then_some(Self { count, small_at, long_at, long_count, storage_at })
    }

    fn string(&self, data: &[u8], row: usize) -> Option<String> {
        let packed = u32(data, self.small_at + row * 4)?;
        let is_wide = packed & 1 != 0;
        let (mut at, mut length) = ((packed >> 1 & 0x7f_ffff) as usize, (packed >> 24) as usize);
        if length == 0xff {
            if at >= self.long_count {
                return None;
            }
            let long = self.long_at + at * 8;
            (at, length) = (offset(data, long)?, offset(data, long + 4)?);
        }
        let bytes = length.checked_mul(if is_wide { 2 } else { 1 })?;
        let raw = slice(data, self.storage_at.checked_add(at)?, bytes)?;
        Some(if is_wide {
            let units = raw.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
            char::decode_utf16(units).map(|unit| unit.unwrap_or('\u{fffd}')).collect()
        } else {
            String::from_utf8_lossy(raw).into_owned()
        })
    }
}

/// The .NET libraries in `data`, unpacked where they are packed; all of them together take no more
/// than `budget_bytes`.
pub(crate) fn assemblies(data: &[u8], budget_bytes: &mut usize, mut on: impl FnMut(&[u8])) {
    let mut any = false;
    for at in memchr::memmem::find_iter(data, PACKED) {
        // The magic, an index, the length it unpacks to.
        let Some(length) = offset(data, at + 8).filter(|length| *length <= MAX_UNPACKED_BYTES)
        else {
            continue;
        };
        let Some(left) = budget_bytes.checked_sub(length) else { return };
        let packed = data.get(at + 12..).unwrap_or_default();
        // What follows it is the next one; the packed form ends by itself once all is there.
        let next = memchr::memmem::find(packed, PACKED).unwrap_or(packed.len());
        let mut unpacked = vec![0; length];
        if let Ok(written) = lz4_flex::block::decompress_into(&packed[..next], &mut unpacked) {
            *budget_bytes = left;
            any = true;
            on(&unpacked[..written]);
        }
    }
    if !any {
        on(data);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(read: impl FnOnce(&mut dyn FnMut(&str))) -> Vec<String> {
        let mut found = Vec::new();
        read(&mut |text| found.push(text.to_owned()));
        found
    }

    #[test]
    fn runs_are_found_between_noise() {
        let data = b"\0\x01https://a.example\0ab\xffsecond run";
        assert_eq!(all(|on| narrow(data, 100, on)), ["https://a.example", "second run"]);
        let mut two = vec![7u8];
        two.extend("https://b.example".bytes().flat_map(|byte| [byte, 0]));
        assert_eq!(all(|on| wide(&two, 100, on)), ["https://b.example"]);
        let script = b"var a=\"https://c.example/x\",b='short';go(`d.example.com`)";
        assert!(all(|on| quoted(script, 100, on)).contains(&"https://c.example/x".to_owned()));
    }

    /// A compiled script with these strings and nothing else.
    fn compiled(strings: &[&str]) -> Vec<u8> {
        let mut data = HERMES.to_vec();
        data.resize(128, 0);
        let storage: Vec<u8> = strings.concat().into_bytes();
        data[52..56].copy_from_slice(&u32::try_from(strings.len()).unwrap().to_le_bytes());
        let long = strings.iter().filter(|text| text.len() >= 255).count();
        data[56..60].copy_from_slice(&u32::try_from(long).unwrap().to_le_bytes());
        data[60..64].copy_from_slice(&u32::try_from(storage.len()).unwrap().to_le_bytes());
        let (mut at, mut overflow) = (0u32, Vec::new());
        for text in strings {
            let length = u32::try_from(text.len()).unwrap();
            let row = if length < 255 {
                length << 24 | at << 1
            } else {
                overflow.push((at, length));
                0xff << 24 | u32::try_from(overflow.len() - 1).unwrap() << 1
            };
            data.extend(row.to_le_bytes());
            at += length;
        }
        for (at, length) in overflow {
            data.extend(at.to_le_bytes());
            data.extend(length.to_le_bytes());
        }
        data.extend(storage);
        data
    }

    #[test]
    fn compiled_scripts_give_their_strings_one_by_one() {
        let long = "x".repeat(300);
        let data = compiled(&["https://a.example", "tiny", &long, "take_picture"]);
        let mut found = Vec::new();
        assert!(hermes(&data, |text| found.push(text.to_owned())));
        assert_eq!(found, ["https://a.example", long.as_str(), "take_picture"]);
        assert!(!hermes(&data[..140], |_| {}));
    }

    #[test]
    fn packed_libraries_are_unpacked_within_bounds() {
        let text: Vec<u8> = "https://a.example".bytes().flat_map(|byte| [byte, 0]).collect();
        let mut data = PACKED.to_vec();
        data.extend(0u32.to_le_bytes());
        data.extend(u32::try_from(text.len()).unwrap().to_le_bytes());
        data.extend(lz4_flex::block::compress(&text));
        let mut found = Vec::new();
        let mut budget = 1000;
        assemblies(&data, &mut budget, |one| found.push(one.to_vec()));
        assert_eq!((found, budget), (vec![text], 966));
        data[8..12].copy_from_slice(&u32::MAX.to_le_bytes());
        assemblies(&data, &mut budget, |one| assert_eq!(one, data));
    }
}
