//! The ZIP that a bundle is, read strictly: every byte belongs to one entry, the directory or its
//! end, and nothing inflates beyond its limit. Which entries there must be is the bundle's to say.

use std::io::{Cursor, Read, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

/// One entry as the directory describes it.
struct Record<'a> {
    name: &'a [u8],
    flags: u16,
    method: u16,
    compressed: usize,
    /// CRC and both lengths, as they lie in the file.
    sizes: &'a [u8],
    offset: usize,
}

const END_BYTES: usize = 22;
const CENTRAL_BYTES: usize = 46;
const LOCAL_BYTES: usize = 30;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;
const ENCRYPTED: u16 = 1;
const DESCRIPTOR: u16 = 1 << 3;

/// Entries of fixed names and times, stored: the same contents give the same bytes.
pub(super) fn write(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    for (name, contents) in entries {
        writer.start_file(*name, options).expect("names are distinct and memory takes them");
        writer.write_all(contents).expect("memory takes every byte");
    }
    writer.finish().expect("memory takes every byte").into_inner()
}

/// The contents of these entries, in the order asked, and of no others; `None` where one that need
/// not be there is not. The first `required` must be.
///
/// # Errors
/// A fragment that says what is not as it must be.
pub(super) fn read<const N: usize>(
    bytes: &[u8],
    wanted: [(&str, u64); N],
    required: usize,
) -> Result<[Option<Vec<u8>>; N], String> {
    let records = account_for_every_byte(bytes)?;
    let mut names: Vec<_> = records.iter().map(|record| record.name).collect();
    names.sort_unstable();
    if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(format!("it holds {} twice", String::from_utf8_lossy(twice[0])));
    }
    for (name, _) in &wanted[..required] {
        if !names.contains(&name.as_bytes()) {
            return Err(format!("{name} is missing"));
        }
    }
    let is_wanted = |name: &&[u8]| wanted.iter().any(|(wanted, _)| wanted.as_bytes() == *name);
    let known = names.iter().filter(|name| is_wanted(name)).count();
    if known != names.len() {
        return Err("it holds more than it should".to_owned());
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| error.to_string())?;
    let mut contents = std::array::from_fn(|_| None);
    for (into, (name, limit_bytes)) in contents.iter_mut().zip(wanted) {
        if !names.contains(&name.as_bytes()) {
            continue;
        }
        let entry = archive.by_name(name).map_err(|error| format!("{name}: {error}"))?;
        let mut read = Vec::new();
        entry
            .take(limit_bytes.saturating_add(1))
            .read_to_end(&mut read)
            .map_err(|error| format!("{name} is damaged: {error}"))?;
        if read.len() as u64 > limit_bytes {
            return Err(format!("{name} is larger than {limit_bytes} bytes"));
        }
        *into = Some(read);
    }
    Ok(contents)
}

/// Walks the directory and the entries. A second entry hidden behind the first, bytes before,
/// between or after them: all of that is refused, since tools disagree on what it means.
fn account_for_every_byte(bytes: &[u8]) -> Result<Vec<Record<'_>>, String> {
    let cut = || "it is cut short or not a ZIP".to_owned();
    let end_at = bytes.len().checked_sub(END_BYTES).ok_or_else(cut)?;
    let end = &bytes[end_at..];
    if !end.starts_with(b"PK\x05\x06") || u16_at(end, 20) != 0 {
        return Err(cut());
    }
    let (directory_bytes, directory_at) = (u32_at(end, 12), u32_at(end, 16));
    if directory_at.checked_add(directory_bytes) != Some(end_at) {
        return Err("there are bytes that belong to nothing".to_owned());
    }
    let mut records = Vec::new();
    let mut at = directory_at;
    while at < end_at {
        let record = central(bytes, &mut at, end_at)?;
        if records.len() >= usize::from(u16_at(end, 10)) {
            return Err("its directory is longer than it says".to_owned());
        }
        records.push(record);
    }
    records.sort_by_key(|record: &Record<'_>| record.offset);
    let mut next = 0;
    for (position, record) in records.iter().enumerate() {
        if record.offset != next {
            return Err("there are bytes that belong to nothing".to_owned());
        }
        let until = records.get(position + 1).map_or(directory_at, |following| following.offset);
        next = local_end(bytes, record, until)?;
    }
    if next == directory_at {
        Ok(records)
    } else {
        Err("there are bytes that belong to nothing".to_owned())
    }
}

fn central<'a>(bytes: &'a [u8], at: &mut usize, end: usize) -> Result<Record<'a>, String> {
    let damaged = || "its directory is damaged".to_owned();
    let header = bytes[..end].get(*at..*at + CENTRAL_BYTES).ok_or_else(damaged)?;
    if !header.starts_with(b"PK\x01\x02") {
        return Err(damaged());
    }
    let name_at = *at + CENTRAL_BYTES;
    let name_end = name_at + usize::from(u16_at(header, 28));
    *at = name_end + usize::from(u16_at(header, 30)) + usize::from(u16_at(header, 32));
    let name = bytes[..end].get(name_at..name_end).ok_or_else(damaged)?;
    if *at > end {
        return Err(damaged());
    }
    let (flags, method) = (u16_at(header, 8), u16_at(header, 10));
    if flags & ENCRYPTED != 0 || (method != STORED && method != DEFLATED) {
        return Err("an entry is encrypted or compressed in an unknown way".to_owned());
    }
    Ok(Record {
        name,
        flags,
        method,
        compressed: u32_at(header, 20),
        sizes: &header[16..28],
        offset: u32_at(header, 42),
    })
}

/// Where an entry ends: after its data, or after the descriptor that some writers put behind it.
fn local_end(bytes: &[u8], record: &Record<'_>, until: usize) -> Result<usize, String> {
    let damaged = || "an entry is damaged".to_owned();
    let header = bytes
        .get(record.offset..record.offset.saturating_add(LOCAL_BYTES))
        .filter(|header| header.starts_with(b"PK\x03\x04"))
        .ok_or_else(damaged)?;
    let name_at = record.offset + LOCAL_BYTES;
    let name_end = name_at + usize::from(u16_at(header, 26));
    if bytes.get(name_at..name_end) != Some(record.name) || u16_at(header, 8) != record.method {
        return Err(damaged());
    }
    // Told twice, they are to be told alike: tools differ in which of the two they believe. Where a
    // descriptor follows, they may stand there alone.
    let described = record.flags & DESCRIPTOR != 0;
    let sizes = &header[14..26];
    let are_told_alike =
        sizes == record.sizes || (described && sizes.iter().all(|byte| *byte == 0));
    if u16_at(header, 6) != record.flags || !are_told_alike {
        return Err("an entry is told otherwise in the directory than before its data".to_owned());
    }
    let data_end =
        name_end.saturating_add(usize::from(u16_at(header, 28))).saturating_add(record.compressed);
    match until.checked_sub(data_end) {
        Some(12 | 16) if described => Ok(until),
        Some(_) => Ok(data_end),
        None => Err(damaged()),
    }
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> usize {
    let four = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
    usize::try_from(u32::from_le_bytes(four)).unwrap_or(usize::MAX)
}
