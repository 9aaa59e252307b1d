//! The string pool that binary XML and resource tables share.
//!
//! Strings may overlap in a hostile file, so what is decoded is bounded by the pool's own length.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::bytes::{offset, slice, u8, u16, u32};

const FLAG_UTF8: u32 = 1 << 8;

/// A pool, decoding a string when it is first asked for.
#[derive(Debug)]
pub(crate) struct StringPool<'a> {
    chunk: &'a [u8],
    strings_at: usize,
    count: usize,
    utf8: bool,
    decoded: RefCell<Vec<Option<Rc<str>>>>,
    budget_bytes: Cell<usize>,
}

impl<'a> StringPool<'a> {
    /// A pool without strings.
    pub(crate) fn empty() -> Self {
        Self {
            chunk: &[],
            strings_at: 0,
            count: 0,
            utf8: true,
            decoded: RefCell::default(),
            budget_bytes: Cell::new(0),
        }
    }

    /// Reads the pool's header; `chunk` is the whole chunk.
    pub(crate) fn read(chunk: &'a [u8]) -> Option<Self> {
        let header = usize::from(u16(chunk, 2)?);
        let strings_at = offset(chunk, 20)?;
        let room = chunk.len().checked_sub(header)? / 4;
        let count = offset(chunk, 8)?.min(room);
        Some(Self {
            chunk,
            strings_at,
            count,
            utf8: u32(chunk, 16)? & FLAG_UTF8 != 0,
            decoded: RefCell::new(vec![None; count]),
            budget_bytes: Cell::new(chunk.len().saturating_mul(3)),
        })
    }

    /// How many strings it holds.
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// The string at `index`.
    pub(crate) fn get(&self, index: u32) -> Option<Rc<str>> {
        let index = usize::try_from(index).ok()?;
        if let Some(known) = self.decoded.borrow().get(index)? {
            return Some(Rc::clone(known));
        }
        let budget = self.budget_bytes.get();
        if budget == 0 {
            return None;
        }
        let text: Rc<str> = self.decode(index)?.into();
        self.budget_bytes.set(budget.saturating_sub(text.len()));
        self.decoded.borrow_mut()[index] = Some(Rc::clone(&text));
        Some(text)
    }

    fn decode(&self, index: usize) -> Option<String> {
        let header = usize::from(u16(self.chunk, 2)?);
        let at = self.strings_at.checked_add(offset(self.chunk, header + index * 4)?)?;
        if self.utf8 { self.decode_utf8(at) } else { self.decode_utf16(at) }
    }

    fn decode_utf8(&self, mut at: usize) -> Option<String> {
        // Two lengths, in UTF-16 units and in bytes; each takes a second byte when large.
        let mut length = 0;
        for _ in 0..2 {
            length = usize::from(u8(self.chunk, at)?);
            at += 1;
            if length & 0x80 != 0 {
                length = (length & 0x7f) << 8 | usize::from(u8(self.chunk, at)?);
                at += 1;
            }
        }
        Some(String::from_utf8_lossy(slice(self.chunk, at, length)?).into_owned())
    }

    fn decode_utf16(&self, mut at: usize) -> Option<String> {
        let mut length = usize::from(u16(self.chunk, at)?);
        at += 2;
        if length & 0x8000 != 0 {
            length = (length & 0x7fff) << 16 | usize::from(u16(self.chunk, at)?);
            at += 2;
        }
        let units = slice(self.chunk, at, length.checked_mul(2)?)?;
        let units = units.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
        Some(char::decode_utf16(units).map(|c| c.unwrap_or('\u{fffd}')).collect())
    }
}
