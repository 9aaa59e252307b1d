//! The entries of a ZIP, read as Android reads them: by the central directory, without copying.
//!
//! Declared sizes are never trusted: inflating stops at the caller's bound. What is unusual about
//! the archive is noted, not judged. Encrypted entries are not decrypted (Android does not either).

use std::borrow::Cow;
use std::collections::HashMap;

use flate2::{Crc, Decompress, FlushDecompress, Status};
use unwatched_model::report::Anomaly;

use crate::bytes::{slice, u16, u32, u64};
use crate::findings::{anomaly, shortened};
use crate::inflated::Inflated;

const END_OF_DIRECTORY: &[u8] = b"PK\x05\x06";
const END_OF_DIRECTORY_BYTES: usize = 22;
const DIRECTORY_ENTRY: &[u8] = b"PK\x01\x02";
const DIRECTORY_ENTRY_BYTES: usize = 46;
/// What a local entry begins with, and so does nearly every ZIP.
pub(crate) const LOCAL_ENTRY: &[u8] = b"PK\x03\x04";
const LOCAL_ENTRY_BYTES: usize = 30;

/// Enough compressed bytes for the first few of what they inflate to.
const PEEK_BYTES: usize = 1024;
/// As many bytes tell what a file says it is.
const FIRST_BYTES: usize = 64;
/// As far as a look at a file's beginning goes.
const BEGINNING_BYTES: usize = 1024;

/// What an app's entries may inflate to before it is remarkable.
const ABSURD_TOTAL_BYTES: u64 = 1 << 30;

const STORED: u16 = 0;
const DEFLATED: u16 = 8;
const FLAG_ENCRYPTED: u16 = 1;
/// More entries than any real app has.
const MAX_ENTRIES: usize = 200_000;
/// A deflated entry cannot be smaller than this fraction of what comes out of it.
const MAX_DEFLATE_RATIO: u64 = 1032;

/// One line of the central directory.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) name: String,
    method: u16,
    crc: u32,
    compressed: u64,
    /// The size it claims to inflate to.
    pub(crate) declared: u64,
    header_at: u64,
    encrypted: bool,
}

impl Entry {
    /// Whether packing made it hardly smaller.
    pub(crate) fn is_incompressible(&self) -> bool {
        self.compressed >= self.declared / 100 * 98
    }

    /// Whether packing made it less than a quarter smaller, as is so of no text.
    pub(crate) fn is_hardly_compressible(&self) -> bool {
        self.compressed >= self.declared / 4 * 3
    }
}

/// A ZIP's directory.
#[derive(Debug)]
pub(crate) struct Archive<'a> {
    bytes: &'a [u8],
    pub(crate) entries: Vec<Entry>,
    /// Where the central directory begins; the APK signing block ends there.
    pub(crate) directory_at: usize,
    pub(crate) anomalies: Vec<Anomaly>,
    /// What another reader of the file has inflated already.
    pub(crate) inflated: Inflated,
}

/// What was read of an entry.
#[derive(Debug)]
pub(crate) struct Contents<'a> {
    pub(crate) data: Cow<'a, [u8]>,
    pub(crate) anomalies: Vec<Anomaly>,
    /// Why `data` is only the beginning.
    pub(crate) cut: Option<&'static str>,
}

/// Where the directory is, and how far every offset in it is off.
struct Directory {
    at: usize,
    end: usize,
    shift: usize,
    declared_entries: u64,
    /// Where the record stands that was believed.
    record_at: usize,
}

impl<'a> Archive<'a> {
    /// Reads the directory of `bytes`; the error says why there is none.
    pub(crate) fn open(bytes: &'a [u8]) -> Result<Self, String> {
        let mut anomalies = Vec::new();
        let directory = find_directory(bytes, &mut anomalies)?;
        let (entries, broken) = read_entries(bytes, &directory);
        if broken && (entries.len() as u64) > directory.declared_entries {
            anomalies.push(anomaly(
                "zip_directory_count",
                format!(
                    "its end counts {} entries, and the directory holds {}; readers differ in which they see",
                    directory.declared_entries,
                    entries.len()
                ),
                "the ZIP's directory",
            ));
        } else if broken {
            anomalies.push(anomaly(
                "zip_directory_broken",
                format!(
                    "the directory declares {} entries, {} could be read",
                    directory.declared_entries,
                    entries.len()
                ),
                "the ZIP's directory",
            ));
        }
        note_other_ends(bytes, &directory, &mut anomalies);
        note_local_headers(bytes, &entries, &mut anomalies);
        note_duplicates(&entries, &mut anomalies);
        note_absurd_sizes(&entries, bytes.len(), &mut anomalies);
        let inflated = Inflated::default();
        Ok(Self { bytes, entries, directory_at: directory.at, anomalies, inflated })
    }

    /// The first entry of this name.
    pub(crate) fn find(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.name == name)
    }

    /// The entry's bytes, at most `limit` of them; the error says why there are none.
    pub(crate) fn read(&self, entry: &Entry, limit: usize) -> Result<Contents<'a>, String> {
        let mut anomalies = Vec::new();
        let start = self.data_at(entry)?;
        let wanted = if entry.method == STORED { entry.declared } else { entry.compressed };
        let available = self.bytes.len().saturating_sub(start);
        let length = usize::try_from(wanted).unwrap_or(usize::MAX).min(available);
        let raw = slice(self.bytes, start, length).ok_or("its data lies outside the file")?;
        let cut_off = (wanted > available as u64).then_some("the file ends before its data does");

        let (data, cut) = match entry.method {
            STORED => stored(raw, limit),
            DEFLATED => match self.inflated.take(start, raw.len(), limit) {
                Some(data) => (Cow::Owned(data), None),
                None => owned(inflate(raw, entry.declared, limit)?),
            },
            other => {
                anomalies.push(anomaly(
                    "zip_unknown_method",
                    format!("compression method {other}, which Android reads as stored"),
                    &entry.name,
                ));
                match inflate(raw, entry.declared, limit) {
                    Ok(inflated) if inflated.1.is_none() && !inflated.0.is_empty() => {
                        owned(inflated)
                    }
                    _ => stored(self.stored_as_declared(entry, start), limit),
                }
            }
        };
        let cut = cut.or(cut_off);
        if cut.is_none() {
            check_contents(entry, &data, &mut anomalies);
        }
        Ok(Contents { data, anomalies, cut })
    }

    fn stored_as_declared(&self, entry: &Entry, start: usize) -> &'a [u8] {
        let rest = self.bytes.get(start..).unwrap_or_default();
        let length = usize::try_from(entry.declared).unwrap_or(usize::MAX).min(rest.len());
        &rest[..length]
    }

    /// The entry's first bytes, for a look at what it is; empty where it cannot be read.
    pub(crate) fn peek(&self, entry: &Entry) -> Vec<u8> {
        self.first_bytes(entry, FIRST_BYTES, PEEK_BYTES)
    }

    /// As [`Self::peek`], and further.
    pub(crate) fn beginning(&self, entry: &Entry) -> Vec<u8> {
        self.first_bytes(entry, BEGINNING_BYTES, 2 * PEEK_BYTES)
    }

    fn first_bytes(&self, entry: &Entry, bytes: usize, packed_bytes: usize) -> Vec<u8> {
        let raw = self.raw(entry);
        if entry.method != DEFLATED {
            return raw[..raw.len().min(bytes)].to_vec();
        }
        self.inflated.first_bytes(&raw[..raw.len().min(packed_bytes)], bytes)
    }

    /// All of an entry that is not packed.
    pub(crate) fn as_it_is(&self, entry: &Entry) -> Option<&'a [u8]> {
        (entry.method == STORED).then(|| self.raw(entry))
    }

    /// The entry's bytes as they stand in the file.
    fn raw(&self, entry: &Entry) -> &'a [u8] {
        let start = self.data_at(entry).unwrap_or(self.bytes.len());
        let rest = self.bytes.get(start..).unwrap_or_default();
        // What follows an empty entry is the next one's header.
        let own = match entry.method {
            DEFLATED => entry.declared.max(entry.compressed),
            _ => entry.declared,
        };
        &rest[..rest.len().min(usize::try_from(own).unwrap_or(usize::MAX))]
    }

    /// Where the entry's data begins: behind its local header, whose lengths may differ.
    fn data_at(&self, entry: &Entry) -> Result<usize, String> {
        let at = usize::try_from(entry.header_at).map_err(|_| "its offset is absurd")?;
        let header = slice(self.bytes, at, LOCAL_ENTRY_BYTES)
            .filter(|header| header.starts_with(LOCAL_ENTRY))
            .ok_or("no local header stands where the directory says")?;
        let lengths = u16(header, 26).zip(u16(header, 28)).ok_or("its local header is cut off")?;
        Ok(at + LOCAL_ENTRY_BYTES + usize::from(lengths.0) + usize::from(lengths.1))
    }
}

fn find_directory(bytes: &[u8], anomalies: &mut Vec<Anomaly>) -> Result<Directory, String> {
    let (end, comment_fits) = find_end(bytes)
        .ok_or("the ZIP's directory, which stands at the end, is missing: the file is cut off")?;
    let record = &bytes[end..];
    let field = |value: Option<u32>| value.ok_or("the end of the ZIP's directory is cut off");
    let mut entries = u64::from(u16(record, 10).unwrap_or(0));
    let mut size = u64::from(field(u32(record, 12))?);
    let mut at = u64::from(field(u32(record, 16))?);
    let mut directory_end = end;
    if let Some((wide_at, wide)) = find_wide_end(bytes, end) {
        (entries, size, at) = wide;
        directory_end = wide_at;
    }

    if !comment_fits {
        let comment = usize::from(u16(record, 20).unwrap_or(0));
        let after = (bytes.len() - end - END_OF_DIRECTORY_BYTES).abs_diff(comment);
        anomalies.push(anomaly(
            "zip_data_after_end",
            format!("{after} bytes stand behind the archive's end, or its comment is cut off"),
            "the file's end",
        ));
    }

    let derived = usize::try_from(size).ok().and_then(|size| directory_end.checked_sub(size));
    let declared = usize::try_from(at).unwrap_or(usize::MAX);
    let is_directory = |at: usize| slice(bytes, at, 4) == Some(DIRECTORY_ENTRY);
    let (at, shift) = match derived {
        _ if is_directory(declared) => (declared, 0),
        Some(derived) if is_directory(derived) && derived > declared => {
            anomalies.push(anomaly(
                "zip_data_before_start",
                format!("{} bytes stand before the archive's start", derived - declared),
                "the file's start",
            ));
            (derived, derived - declared)
        }
        _ if entries == 0 => (directory_end, 0),
        _ => return Err("the ZIP's directory is not where its end says".to_owned()),
    };
    Ok(Directory { at, end: directory_end, shift, declared_entries: entries, record_at: end })
}

/// The end record whose comment reaches the end of the file, or else the last one.
fn find_end(bytes: &[u8]) -> Option<(usize, bool)> {
    let from = bytes.len().saturating_sub(END_OF_DIRECTORY_BYTES + usize::from(u16::MAX));
    let tail = &bytes[from..];
    let mut last = None;
    for found in memchr::memmem::rfind_iter(tail, END_OF_DIRECTORY) {
        let at = from + found;
        if at + END_OF_DIRECTORY_BYTES > bytes.len() {
            continue;
        }
        let comment = usize::from(u16(bytes, at + 20)?);
        if at + END_OF_DIRECTORY_BYTES + comment == bytes.len() {
            return Some((at, true));
        }
        last = last.or(Some((at, false)));
    }
    last
}

/// The ZIP64 end record, where there is one: its place, and entries, size and offset.
fn find_wide_end(bytes: &[u8], end: usize) -> Option<(usize, (u64, u64, u64))> {
    let locator = end.checked_sub(20)?;
    if slice(bytes, locator, 4)? != b"PK\x06\x07" {
        return None;
    }
    let at = usize::try_from(u64(bytes, locator + 8)?).ok()?;
    let record = slice(bytes, at, 56).filter(|record| record.starts_with(b"PK\x06\x06"))?;
    Some((at, (u64(record, 32)?, u64(record, 40)?, u64(record, 48)?)))
}

fn read_entries(bytes: &[u8], directory: &Directory) -> (Vec<Entry>, bool) {
    let mut entries = Vec::new();
    let mut at = directory.at;
    // Whatever the end counts: who counts wrong hides the rest from some readers.
    while at < directory.end && entries.len() < MAX_ENTRIES {
        let Some((entry, length)) = read_entry(bytes, at, directory.shift as u64) else {
            break;
        };
        entries.push(entry);
        at += length;
    }
    let broken = (entries.len() as u64) != directory.declared_entries;
    (entries, broken)
}

fn read_entry(bytes: &[u8], at: usize, shift: u64) -> Option<(Entry, usize)> {
    let fixed = slice(bytes, at, DIRECTORY_ENTRY_BYTES)?;
    if !fixed.starts_with(DIRECTORY_ENTRY) {
        return None;
    }
    let (name_length, extra_length, comment_length) =
        (u16(fixed, 28)?.into(), usize::from(u16(fixed, 30)?), usize::from(u16(fixed, 32)?));
    let name = slice(bytes, at + DIRECTORY_ENTRY_BYTES, name_length)?;
    let extra = slice(bytes, at + DIRECTORY_ENTRY_BYTES + name_length, extra_length)?;
    let mut entry = Entry {
        name: String::from_utf8_lossy(name).into_owned(),
        method: u16(fixed, 10)?,
        crc: u32(fixed, 16)?,
        compressed: u32(fixed, 20)?.into(),
        declared: u32(fixed, 24)?.into(),
        header_at: u32(fixed, 42)?.into(),
        encrypted: u16(fixed, 8)? & FLAG_ENCRYPTED != 0,
    };
    widen(&mut entry, extra);
    entry.header_at = entry.header_at.saturating_add(shift);
    Some((entry, DIRECTORY_ENTRY_BYTES + name_length + extra_length + comment_length))
}

/// Takes sizes and offset from the ZIP64 field where the narrow ones are full.
fn widen(entry: &mut Entry, extra: &[u8]) {
    let mut at = 0;
    while let Some((id, length)) = u16(extra, at).zip(u16(extra, at + 2)) {
        if id == 1 {
            let mut field = at + 4;
            for value in [&mut entry.declared, &mut entry.compressed, &mut entry.header_at] {
                if *value == u64::from(u32::MAX)
                    && let Some(wide) = u64(extra, field)
                {
                    *value = wide;
                    field += 8;
                }
            }
            return;
        }
        at += 4 + usize::from(length);
    }
}

/// Other records that end an archive here: readers differ in which they believe. That of an archive
/// inside stands before the directory, and its places count from another start.
fn note_other_ends(bytes: &[u8], directory: &Directory, anomalies: &mut Vec<Anomaly>) {
    let from = bytes.len().saturating_sub(END_OF_DIRECTORY_BYTES + usize::from(u16::MAX));
    let ends_here = |at: usize| {
        let entries = u16(bytes, at + 10).filter(|entries| *entries > 0);
        let ends = u32(bytes, at + 12)
            .zip(u32(bytes, at + 16))
            .map(|(size, start)| u64::from(size) + u64::from(start) + directory.shift as u64);
        entries.is_some() && ends == Some(at as u64)
    };
    let others = memchr::memmem::find_iter(&bytes[from..], END_OF_DIRECTORY)
        .map(|found| from + found)
        .filter(|at| *at != directory.record_at && at + END_OF_DIRECTORY_BYTES <= bytes.len())
        .filter(|at| *at >= directory.end || ends_here(*at))
        .count();
    if others > 0 {
        let what =
            format!("{others} more records end the archive; readers differ in which they believe");
        anomalies.push(anomaly("zip_several_ends", what, "the file's end"));
    }
}

/// What stands before an entry's data and is not what the directory says of it.
fn note_local_headers(bytes: &[u8], entries: &[Entry], anomalies: &mut Vec<Anomaly>) {
    let (mut names, mut methods) = (Vec::new(), Vec::new());
    for entry in entries {
        let Some(at) = usize::try_from(entry.header_at).ok() else { continue };
        let header = slice(bytes, at, LOCAL_ENTRY_BYTES);
        let Some(header) = header.filter(|header| header.starts_with(LOCAL_ENTRY)) else {
            continue;
        };
        let length = u16(header, 26).map(usize::from);
        let name = length.and_then(|length| slice(bytes, at + LOCAL_ENTRY_BYTES, length));
        let is_other = |name: &[u8]| {
            name != entry.name.as_bytes() && String::from_utf8_lossy(name) != entry.name
        };
        if let Some(other) = name.filter(|name| is_other(name)) {
            names.push((entry, String::from_utf8_lossy(other).into_owned()));
        }
        if u16(header, 8) != Some(entry.method) {
            methods.push(entry);
        }
    }
    if let Some((entry, other)) = names.first() {
        let what = format!(
            "its own header calls it {:?}, and {} more entries are so; readers differ in the name they take",
            shortened(other, 100),
            names.len() - 1
        );
        anomalies.push(anomaly("zip_other_local_name", what, &entry.name));
    }
    if let Some(entry) = methods.first() {
        let what = format!(
            "its own header names another way of packing, and {} more entries are so",
            methods.len() - 1
        );
        anomalies.push(anomaly("zip_other_local_method", what, &entry.name));
    }
}

fn note_duplicates(entries: &[Entry], anomalies: &mut Vec<Anomaly>) {
    let mut seen: HashMap<&str, usize> = HashMap::with_capacity(entries.len());
    for entry in entries {
        *seen.entry(&entry.name).or_default() += 1;
        if entry.encrypted {
            anomalies.push(anomaly(
                "zip_encrypted_flag",
                "marked as encrypted, which Android ignores".to_owned(),
                &entry.name,
            ));
        }
    }
    let mut twice: Vec<_> = seen.into_iter().filter(|(_, count)| *count > 1).collect();
    twice.sort_unstable();
    for (name, count) in twice {
        anomalies.push(anomaly(
            "zip_duplicate_name",
            format!("{count} entries have this name; readers differ in which they take"),
            name,
        ));
    }
}

/// Sizes that no packing tool writes: more than can come out, or out of all proportion.
fn note_absurd_sizes(entries: &[Entry], file_bytes: usize, anomalies: &mut Vec<Anomaly>) {
    for entry in entries {
        let most = entry.compressed.saturating_mul(MAX_DEFLATE_RATIO).saturating_add(1024);
        if entry.method == DEFLATED && entry.declared > most {
            anomalies.push(anomaly(
                "zip_absurd_size",
                format!("{} bytes cannot come out of {}", entry.declared, entry.compressed),
                &entry.name,
            ));
        }
    }
    let all: u64 = entries.iter().fold(0, |all, entry| all.saturating_add(entry.declared));
    if all > ABSURD_TOTAL_BYTES && all / 100 > file_bytes as u64 {
        let what = format!("{file_bytes} bytes claim to hold {all}");
        anomalies.push(anomaly("zip_bomb", what, "the ZIP's directory"));
    }
    let mut spans: Vec<(u64, u64, &str)> = entries
        .iter()
        .map(|entry| {
            (entry.header_at, entry.header_at.saturating_add(entry.compressed), &*entry.name)
        })
        .collect();
    spans.sort_unstable();
    if let Some(pair) = spans.windows(2).find(|pair| pair[0].1 > pair[1].0) {
        let what = format!("it shares bytes with {:?}", shortened(pair[0].2, 100));
        anomalies.push(anomaly("zip_overlapping_entries", what, pair[1].2));
    }
}

fn stored(raw: &[u8], limit: usize) -> (Cow<'_, [u8]>, Option<&'static str>) {
    match raw.get(..limit) {
        Some(beginning) if raw.len() > limit => (Cow::Borrowed(beginning), Some(OVER_LIMIT)),
        _ => (Cow::Borrowed(raw), None),
    }
}

fn owned<'a>(
    (data, cut): (Vec<u8>, Option<&'static str>),
) -> (Cow<'a, [u8]>, Option<&'static str>) {
    (Cow::Owned(data), cut)
}

const OVER_LIMIT: &str = "it is larger than this analysis reads";

/// Inflates at most `limit` bytes. The buffer grows with what really comes out, so that a lying
/// size cannot make us reserve gigabytes.
pub(crate) fn inflate(
    raw: &[u8],
    declared: u64,
    limit: usize,
) -> Result<(Vec<u8>, Option<&'static str>), String> {
    let plausible = declared.min((raw.len() as u64).saturating_mul(MAX_DEFLATE_RATIO));
    // One byte more than declared, so that the stream's end is met in the first round.
    let first = usize::try_from(plausible).unwrap_or(usize::MAX).saturating_add(1);
    let mut data = Vec::with_capacity(first.min(limit.saturating_add(1)));
    let mut inflater = Decompress::new(false);
    let cut = loop {
        let consumed = usize::try_from(inflater.total_in()).map_err(|_| "it is too large")?;
        let before = data.len();
        let rest = raw.get(consumed..).unwrap_or_default();
        let status = inflater.decompress_vec(rest, &mut data, FlushDecompress::None);
        match status {
            Ok(Status::StreamEnd) => break None,
            Ok(_) => {}
            Err(_) if data.is_empty() => return Err("its compressed data is broken".to_owned()),
            Err(_) => break Some("its compressed data is broken"),
        }
        if data.len() > limit {
            break Some(OVER_LIMIT);
        }
        if data.len() == data.capacity() {
            let room = limit.saturating_add(1) - data.len();
            data.reserve_exact(data.len().clamp(64 << 10, 8 << 20).min(room));
        } else if inflater.total_in() == consumed as u64 && data.len() == before {
            break Some("its compressed data ends early");
        }
    };
    let cut = if data.len() > limit { Some(OVER_LIMIT) } else { cut };
    data.truncate(limit);
    Ok((data, cut))
}

fn check_contents(entry: &Entry, data: &[u8], anomalies: &mut Vec<Anomaly>) {
    if entry.declared != data.len() as u64 {
        anomalies.push(anomaly(
            "zip_wrong_size",
            format!("{} bytes long, the directory says {}", data.len(), entry.declared),
            &entry.name,
        ));
    }
    let mut crc = Crc::new();
    crc.update(data);
    if crc.sum() != entry.crc {
        anomalies.push(anomaly(
            "zip_wrong_crc",
            "its checksum is not the one in the directory".to_owned(),
            &entry.name,
        ));
    }
}
