//! The ZIP around an app, read as strictly as Android's verifier reads it: nothing is searched for
//! or mended, each statement must stand where it belongs and agree with its double.
//!
//! The forgiving reader of what an app holds is [`crate::zip`].

use std::borrow::Cow;

use crate::analysis::is_read_whole;
use crate::bytes::{slice, u16, u32};
use crate::inflated::Inflated;

const END_RECORD_BYTES: usize = 22;
const RECORD_BYTES: usize = 46;
const LOCAL_BYTES: usize = 30;
const STORED: u16 = 0;
const FLAG_SIZES_BEHIND: u16 = 8;

/// The parts of the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Container<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) directory_at: usize,
    pub(super) directory_end: usize,
    pub(super) end_record_at: usize,
    record_count: u16,
    inflated: &'a Inflated,
}

/// One line of the directory.
#[derive(Debug, Clone)]
pub(super) struct Record<'a> {
    pub(super) name: Cow<'a, str>,
    name_bytes: usize,
    flags: u16,
    method: u16,
    crc: u32,
    compressed: u32,
    /// What it says it inflates to.
    pub(super) size: u32,
    header_at: u32,
}

impl<'a> Container<'a> {
    /// Finds the parts; the error says what is not where it belongs.
    pub(super) fn open(bytes: &'a [u8], inflated: &'a Inflated) -> Result<Self, String> {
        let end_record_at = end_record(bytes).ok_or("no end of the ZIP's directory was found")?;
        let field =
            |at| u32(bytes, end_record_at + at).and_then(|value| usize::try_from(value).ok());
        let directory_at = field(16).unwrap_or(usize::MAX);
        let directory_end = directory_at.saturating_add(field(12).unwrap_or(usize::MAX));
        if directory_end > end_record_at {
            return Err("the ZIP's directory does not end before its end record".to_owned());
        }
        let record_count = u16(bytes, end_record_at + 10).unwrap_or(0);
        Ok(Self { bytes, directory_at, directory_end, end_record_at, record_count, inflated })
    }

    /// The directory's lines without folders; the error names the first that is broken.
    pub(super) fn records(&self) -> Result<Vec<Record<'a>>, String> {
        let mut rest = &self.bytes[self.directory_at..self.directory_end];
        let mut records = Vec::with_capacity(self.record_count.into());
        for number in 1..=u32::from(self.record_count) {
            let (record, length) = record(rest)
                .ok_or_else(|| format!("line {number} of the ZIP's directory is malformed"))?;
            rest = &rest[length..];
            if !record.name.ends_with('/') {
                records.push(record);
            }
        }
        Ok(records)
    }

    /// Where an entry's bytes stand in the file, these, and whether they are packed.
    fn raw(&self, record: &Record<'_>) -> Result<(usize, &'a [u8], bool), String> {
        let broken = |what: &str| format!("{:?}: {what}", shown(&record.name));
        let at = usize::try_from(record.header_at).unwrap_or(usize::MAX);
        let header_end = at.saturating_add(LOCAL_BYTES + record.name_bytes);
        if header_end > self.directory_at {
            return Err(broken("its header lies behind the directory's beginning"));
        }
        let header = &self.bytes[at..header_end];
        let number = |at| u32(header, at).unwrap_or(0);
        let short = |at| u16(header, at).unwrap_or(0);
        if !header.starts_with(b"PK\x03\x04") {
            return Err(broken("no header stands where the directory says"));
        }
        if (short(6) ^ record.flags) & FLAG_SIZES_BEHIND != 0 {
            return Err(broken("header and directory disagree on where the sizes stand"));
        }
        let sizes_behind = record.flags & FLAG_SIZES_BEHIND != 0;
        let own = [number(14), number(18), number(22)];
        if !sizes_behind && own != [record.crc, record.compressed, record.size] {
            return Err(broken("header and directory disagree on its size or checksum"));
        }
        let name_length = usize::from(short(26));
        let name = header.get(LOCAL_BYTES..LOCAL_BYTES + name_length);
        if name.is_none_or(|name| String::from_utf8_lossy(name) != record.name) {
            return Err(broken("header and directory disagree on its name"));
        }
        let start = at + LOCAL_BYTES + name_length + usize::from(short(28));
        let packed = record.method != STORED;
        let length = if packed { record.compressed } else { record.size };
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let end = start.saturating_add(length);
        if end > self.directory_at {
            return Err(broken("its data reaches into the directory"));
        }
        Ok((start, &self.bytes[start..end], packed))
    }

    /// Hands an entry's bytes to `sink`, part by part.
    pub(super) fn feed(
        &self,
        record: &Record<'_>,
        sink: &mut dyn FnMut(&[u8]),
    ) -> Result<(), String> {
        let (start, raw, packed) = self.raw(record)?;
        if !packed {
            sink(raw);
            return Ok(());
        }
        let size = usize::try_from(record.size).unwrap_or(usize::MAX);
        if is_read_whole(&record.name) && self.inflated.feed(start, raw, size, sink) {
            return Ok(());
        }
        let inflated = self.inflated.stream(raw, record.size.into(), sink);
        if inflated != Some(record.size.into()) {
            let name = shown(&record.name);
            return Err(format!("{name:?}: its packed data does not give what the directory says"));
        }
        Ok(())
    }

    /// An entry's bytes, at most `limit` of them.
    pub(super) fn read(&self, record: &Record<'_>, limit: usize) -> Result<Vec<u8>, String> {
        if usize::try_from(record.size).is_ok_and(|size| size > limit) {
            return Err(format!("{:?}: it is too large", shown(&record.name)));
        }
        let mut contents = Vec::new();
        self.feed(record, &mut |part| contents.extend_from_slice(part))?;
        Ok(contents)
    }
}

/// A name as a report shows it.
pub(super) fn shown(name: &str) -> String {
    crate::findings::shortened(name, 100)
}

/// The end record whose comment reaches exactly to the file's end, the last such.
fn end_record(bytes: &[u8]) -> Option<usize> {
    let last = bytes.len().checked_sub(END_RECORD_BYTES)?;
    let from = last.saturating_sub(usize::from(u16::MAX));
    memchr::memmem::rfind_iter(&bytes[from..], b"PK\x05\x06")
        .map(|found| from + found)
        .find(|at| u16(bytes, at + 20).is_some_and(|comment| at + usize::from(comment) == last))
}

fn record(data: &[u8]) -> Option<(Record<'_>, usize)> {
    let fixed = slice(data, 0, RECORD_BYTES).filter(|fixed| fixed.starts_with(b"PK\x01\x02"))?;
    let name_bytes = usize::from(u16(fixed, 28)?);
    let more = usize::from(u16(fixed, 30)?) + usize::from(u16(fixed, 32)?);
    let length = RECORD_BYTES + name_bytes + more;
    let whole = slice(data, 0, length)?;
    let record = Record {
        name: String::from_utf8_lossy(&whole[RECORD_BYTES..RECORD_BYTES + name_bytes]),
        name_bytes,
        flags: u16(fixed, 8)?,
        method: u16(fixed, 10)?,
        crc: u32(fixed, 16)?,
        compressed: u32(fixed, 20)?,
        size: u32(fixed, 24)?,
        header_at: u32(fixed, 42)?,
    };
    Some((record, length))
}
