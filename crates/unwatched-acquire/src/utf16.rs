//! Text that a Windows shell wrote: `adb shell .. > file` in PowerShell gives UTF-16. It is handed
//! on as UTF-8.

use std::io::{self, Read};

const CHUNK_BYTES: usize = 32 << 10;

/// Whether a file begins like UTF-16 with the low byte first, as Windows writes it.
pub(crate) fn is_utf16(head: &[u8]) -> bool {
    head.starts_with(b"\xff\xfe")
}

/// The beginning of such a file as UTF-8.
pub(crate) fn head_as_utf8(head: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    // Reading from memory ends only where the bytes do.
    let _ = Utf16::new(head).read_to_end(&mut text);
    text
}

/// Reads UTF-16 as UTF-8; a half pair becomes the character that stands for what is broken.
pub(crate) struct Utf16<R> {
    source: R,
    raw: Vec<u8>,
    text: Vec<u8>,
    given: usize,
    at_end: bool,
}

impl<R: Read> Utf16<R> {
    pub(crate) fn new(source: R) -> Self {
        Self { source, raw: Vec::new(), text: Vec::new(), given: 0, at_end: false }
    }

    fn fill(&mut self) -> io::Result<()> {
        let wanted = (CHUNK_BYTES - self.raw.len()) as u64;
        let read = (&mut self.source).take(wanted).read_to_end(&mut self.raw)?;
        self.at_end = (read as u64) < wanted;
        let pairs = self.raw.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
        let mut units: Vec<_> = pairs.collect();
        // The first half of a pair waits for the second.
        let waits = units.last().is_some_and(|unit| (0xd800..0xdc00).contains(unit));
        if waits && !self.at_end {
            units.pop();
        }
        self.raw.drain(..units.len() * 2);
        let text: String = char::decode_utf16(units)
            .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
            .filter(|character| *character != '\u{feff}')
            .collect();
        self.text = text.into_bytes();
        self.given = 0;
        Ok(())
    }
}

impl<R: Read> Read for Utf16<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.text.len() {
            if self.at_end {
                return Ok(0);
            }
            self.fill()?;
        }
        let count = buffer.len().min(self.text.len() - self.given);
        buffer[..count].copy_from_slice(&self.text[self.given..self.given + count]);
        self.given += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_the_same_wherever_the_pieces_break() {
        let text = format!("{}\u{1f600}\r\npackage:com.example\n", "x".repeat(CHUNK_BYTES / 2 - 2));
        let units = std::iter::once(0xfeff).chain(text.encode_utf16());
        let bytes: Vec<u8> = units.flat_map(u16::to_le_bytes).collect();
        assert!(is_utf16(&bytes));
        assert_eq!(head_as_utf8(&bytes), text.as_bytes());
    }
}
