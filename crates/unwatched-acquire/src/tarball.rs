//! A tar: where its members lie, so that each can be read by itself. One that gzip packed is
//! unpacked into memory first, within a bound; nothing of it is written anywhere.

use std::io::{self, BufReader, Read, Seek, SeekFrom};

use flate2::read::GzDecoder;

use crate::bounds::Bounded;
use crate::source::Source;

const MAX_MEMBERS: usize = 200_000;
/// An extended header holds a path and a size.
const MAX_EXTENDED_BYTES: u64 = 64 << 10;
/// A packed archive is unpacked into memory up to this size.
const MAX_UNPACKED_BYTES: u64 = 512 << 20;
/// Where a header says that it is one, and what it says.
const MARK: (usize, &[u8]) = (257, b"ustar");

/// One file in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) size_bytes: u64,
    /// Where its bytes begin.
    offset: u64,
}

pub(crate) fn is_tar(head: &[u8]) -> bool {
    head.get(MARK.0..).is_some_and(|rest| rest.starts_with(MARK.1))
}

/// The files in it in its order, and whether its end is missing.
pub(crate) fn members(source: &Source) -> io::Result<(Vec<Member>, bool)> {
    let size_bytes = source.size_bytes().unwrap_or(0);
    let mut archive = tar::Archive::new(BufReader::new(source.open()?));
    let mut members = Vec::new();
    let mut long_name = None;
    // Raw: long names are read here, within a bound.
    for entry in archive.entries_with_seek()?.raw(true).take(MAX_MEMBERS) {
        let Ok(mut entry) = entry else { return Ok((members, true)) };
        let kind = entry.header().entry_type();
        if kind.is_pax_local_extensions() || kind.is_gnu_longname() {
            long_name = long(&mut entry, kind.is_gnu_longname())?;
            continue;
        }
        let told = long_name.take().unwrap_or_else(|| entry.path_bytes().into_owned());
        if !kind.is_file() {
            continue;
        }
        let (offset, member_bytes) = (entry.raw_file_position(), entry.size());
        let name = String::from_utf8_lossy(&told).trim_start_matches("./").to_owned();
        let held = size_bytes.saturating_sub(offset);
        members.push(Member { name, size_bytes: member_bytes.min(held), offset });
        if held < member_bytes {
            return Ok((members, true));
        }
    }
    Ok((members, false))
}

/// The name that a header of its own holds: as it is, or among other pairs.
fn long(header: &mut impl Read, is_name_alone: bool) -> io::Result<Option<Vec<u8>>> {
    let mut text = Vec::new();
    header.take(MAX_EXTENDED_BYTES).read_to_end(&mut text)?;
    if is_name_alone {
        text.truncate(text.iter().position(|byte| *byte == 0).unwrap_or(text.len()));
        return Ok(Some(text));
    }
    let pairs = tar::PaxExtensions::new(&text).take(100).flatten();
    let mut paths = pairs.filter(|pair| pair.key_bytes() == b"path");
    Ok(paths.next().map(|pair| pair.value_bytes().to_vec()))
}

/// Reads one file, as far as it goes.
pub(crate) fn open(source: &Source, member: &Member) -> io::Result<Box<dyn Read>> {
    let mut bytes = source.open()?;
    bytes.seek(SeekFrom::Start(member.offset))?;
    Ok(Box::new(Bounded::new(bytes.take(member.size_bytes), None)))
}

/// A tar that gzip packed, unpacked as far as it goes.
pub(crate) fn unpacked(source: &Source) -> io::Result<Source> {
    let packed = Bounded::new(GzDecoder::new(source.open()?), source.size_bytes());
    let mut bytes = Vec::new();
    // What came before an error is still there, and the tar then misses its end.
    let _ = packed.take(MAX_UNPACKED_BYTES + 1).read_to_end(&mut bytes);
    if bytes.len() as u64 > MAX_UNPACKED_BYTES {
        let most = MAX_UNPACKED_BYTES >> 20;
        let why = format!("it unpacks to more than {most} MiB: unpack it and name its folder");
        return Err(io::Error::other(why));
    }
    Ok(Source::Memory(bytes.into()))
}
