//! A ZIP whose end is missing: its members are found by their local headers, as far as they go.
//!
//! Only for archives whose directory cannot be read; names and sizes in local headers are not
//! always told, and an archive with a directory is never read this way.

use std::io::{self, BufReader, Read, Seek, SeekFrom, Take};

use flate2::read::DeflateDecoder;

use crate::bounds::Bounded;
use crate::source::Source;

const LOCAL_HEADER: &[u8; 4] = b"PK\x03\x04";
const MAX_MEMBERS: usize = 2_000;
const MAX_NAME_BYTES: u16 = 1_024;

/// One member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) name: String,
    /// Where its packed bytes begin.
    offset: u64,
    /// How many there are, or as many as the file still has.
    packed_bytes: u64,
    deflated: bool,
}

/// The members that can still be found, in the file's order.
pub(crate) fn members(source: &Source) -> io::Result<Vec<Member>> {
    let mut file = BufReader::new(source.open()?);
    // What was encrypted and then cut cannot say how long it is.
    let file_bytes = source.size_bytes().unwrap_or(u64::MAX);
    let mut members: Vec<Member> = Vec::new();
    let mut at = 0;
    while members.len() < MAX_MEMBERS {
        if file.seek(SeekFrom::Start(at)).is_err() {
            break;
        }
        let Ok(Some(header)) = Header::read(&mut file) else { break };
        let offset = at + header.length_bytes;
        let left = file_bytes.saturating_sub(offset);
        let packed_bytes = match header.packed_bytes {
            Some(told) => told.min(left),
            // Not told: the packed bytes themselves say where they end.
            None if header.deflated => inflated_end(&mut file, left),
            None => left,
        };
        at = offset.saturating_add(packed_bytes);
        let Header { name, deflated, packed_bytes: told, .. } = header;
        members.push(Member { name, offset, packed_bytes, deflated });
        if told.is_none() {
            at = skip_descriptor(&mut file, at).unwrap_or(at);
        }
    }
    Ok(members)
}

struct Header {
    name: String,
    length_bytes: u64,
    packed_bytes: Option<u64>,
    deflated: bool,
}

impl Header {
    fn read(file: &mut impl Read) -> io::Result<Option<Self>> {
        let mut fixed = [0u8; 30];
        file.read_exact(&mut fixed)?;
        let half = |at: usize| u16::from_le_bytes([fixed[at], fixed[at + 1]]);
        let (flags, method) = (half(6), half(8));
        let (name_bytes, extra_bytes) = (half(26), half(28));
        let is_member = fixed.starts_with(LOCAL_HEADER) && matches!(method, 0 | 8);
        let encrypted = flags & 1 != 0;
        if !is_member || encrypted || name_bytes > MAX_NAME_BYTES {
            return Ok(None);
        }
        let mut name = vec![0; usize::from(name_bytes)];
        file.read_exact(&mut name)?;
        io::copy(&mut file.take(u64::from(extra_bytes)), &mut io::sink())?;
        let size = u32::from_le_bytes([fixed[18], fixed[19], fixed[20], fixed[21]]);
        let told_later = flags & 8 != 0 || size == u32::MAX;
        Ok(Some(Self {
            name: String::from_utf8_lossy(&name).into_owned(),
            length_bytes: 30 + u64::from(name_bytes) + u64::from(extra_bytes),
            packed_bytes: (!told_later).then_some(u64::from(size)),
            deflated: method == 8,
        }))
    }
}

/// How many packed bytes lie before the end of a deflated stream.
fn inflated_end(file: &mut impl Read, left: u64) -> u64 {
    let mut inflater = DeflateDecoder::new(file.take(left));
    let packed = Some(left);
    let whole = io::copy(&mut Bounded::new(&mut inflater, packed), &mut io::sink());
    if whole.is_ok() { inflater.total_in() } else { left }
}

/// A data descriptor is 12 or 16 bytes; the next header is looked for behind either.
fn skip_descriptor(file: &mut (impl Read + Seek), at: u64) -> io::Result<u64> {
    for length in [16, 12] {
        file.seek(SeekFrom::Start(at.saturating_add(length)))?;
        let mut mark = [0u8; 4];
        if file.read_exact(&mut mark).is_ok() && &mark == LOCAL_HEADER {
            return Ok(at + length);
        }
    }
    Ok(at)
}

/// Reads one member, as far as it goes.
pub(crate) fn open(source: &Source, member: &Member) -> io::Result<Box<dyn Read>> {
    let mut file = BufReader::with_capacity(64 * 1024, source.open()?);
    file.seek(SeekFrom::Start(member.offset))?;
    let packed: Take<_> = file.take(member.packed_bytes);
    Ok(if member.deflated {
        Box::new(Bounded::new(DeflateDecoder::new(packed), Some(member.packed_bytes)))
    } else {
        Box::new(Bounded::new(packed, None))
    })
}
