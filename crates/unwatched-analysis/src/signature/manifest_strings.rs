//! The strings of a binary manifest, read as strictly as apksigner reads them: what it takes for
//! malformed and what makes it give up are told apart, for only the latter refuses an app.
//!
//! The forgiving reader is [`crate::strings_pool`].

use crate::bytes::{offset, slice, u8, u16, u32};

const FLAG_UTF8: u32 = 1 << 8;
const CHUNK_HEADER_BYTES: usize = 8;
const HEADER_BYTES: usize = 28;

/// Why nothing was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// It counts as not said.
    Malformed,
    /// The app is refused.
    GaveUp,
}

/// Strings by their number.
#[derive(Debug)]
pub(super) struct Strings<'a> {
    contents: &'a [u8],
    count: u32,
    section: &'a [u8],
    utf8: bool,
}

impl<'a> Strings<'a> {
    /// Reads the beginning of a chunk of strings, which `header` bytes precede.
    pub(super) fn read(chunk: &'a [u8], header: usize) -> Result<Self, Fault> {
        if header < HEADER_BYTES {
            return Err(Fault::Malformed);
        }
        let field = |number: usize| u32(chunk, CHUNK_HEADER_BYTES + 4 * number).unwrap_or(0);
        let [count, styles, flags, strings_at, styles_at] = [0, 1, 2, 3, 4].map(field);
        if count > i32::MAX.cast_unsigned() || styles > i32::MAX.cast_unsigned() {
            return Err(Fault::Malformed);
        }
        let contents = chunk.get(header..).ok_or(Fault::GaveUp)?;
        let place = |at: u32| usize::try_from(at).ok()?.checked_sub(header);
        let section = match (count, styles) {
            (0, _) => Some(&[][..]),
            (_, 0) => place(strings_at).and_then(|start| contents.get(start..)),
            _ if styles_at < strings_at => return Err(Fault::Malformed),
            _ => place(strings_at)
                .zip(place(styles_at))
                .and_then(|(start, end)| contents.get(start..end)),
        };
        let section = section.ok_or(Fault::GaveUp)?;
        Ok(Self { contents, count, section, utf8: flags & FLAG_UTF8 != 0 })
    }

    /// The string of this number.
    pub(super) fn get(&self, index: u32) -> Result<String, Fault> {
        if index >= self.count {
            return Err(Fault::Malformed);
        }
        let index = usize::try_from(index).map_err(|_| Fault::GaveUp)?;
        let at = index.checked_mul(4).and_then(|at| offset(self.contents, at));
        let text = at.ok_or(Fault::GaveUp)?;
        let text = self.section.get(text..).filter(|text| !text.is_empty());
        let text = text.ok_or(Fault::Malformed)?;
        if self.utf8 { utf8(text) } else { utf16(text) }
    }
}

fn utf8(text: &[u8]) -> Result<String, Fault> {
    let mut at = 0;
    let mut length = 0;
    // The length in characters, then that in bytes.
    for _ in 0..2 {
        let first = usize::from(u8(text, at).ok_or(Fault::GaveUp)?);
        at += 1;
        length = first;
        if first & 0x80 != 0 {
            let second = usize::from(u8(text, at).ok_or(Fault::GaveUp)?);
            at += 1;
            length = (first & 0x7f) << 8 | second;
        }
    }
    let bytes = slice(text, at, length).ok_or(Fault::GaveUp)?;
    match u8(text, at + length) {
        Some(0) => Ok(String::from_utf8_lossy(bytes).into_owned()),
        _ => Err(Fault::Malformed),
    }
}

fn utf16(text: &[u8]) -> Result<String, Fault> {
    let mut length = usize::from(u16(text, 0).ok_or(Fault::GaveUp)?);
    let mut at = 2;
    if length & 0x8000 != 0 {
        length = (length & 0x7fff) << 16 | usize::from(u16(text, 2).ok_or(Fault::GaveUp)?);
        at = 4;
    }
    if length > 0x3fff_ffff {
        return Err(Fault::Malformed);
    }
    let bytes = slice(text, at, length * 2).ok_or(Fault::GaveUp)?;
    if u16(text, at + length * 2) != Some(0) {
        return Err(Fault::Malformed);
    }
    let units = bytes.chunks_exact(2).map(|two| u16::from_le_bytes([two[0], two[1]]));
    Ok(char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
}
