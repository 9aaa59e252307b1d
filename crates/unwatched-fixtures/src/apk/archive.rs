//! A ZIP file written entry by entry, with room for the lies that malformed fixtures tell.
//!
//! The `zip` crate would refuse to write those, and its compressed bytes depend on which back end
//! the whole build happens to enable; here the same entries always give the same bytes.

use crate::bytes::{Bytes, as_u16, as_u32};

/// As Android's build tools date every entry: 1981-01-01 01:01:02.
const DOS_TIME: u16 = 0x0821;
const DOS_DATE: u16 = 0x0221;
const ALIGNMENT_FIELD: u16 = 0xd935;
const COMPRESSION_LEVEL: u8 = 6;

/// One file of the archive.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) data: Vec<u8>,
    pub(crate) deflated: bool,
    /// Instead of the data's own CRC-32.
    pub(crate) claimed_crc32: Option<u32>,
    /// Instead of the data's own size.
    pub(crate) claimed_size: Option<u32>,
    /// The general purpose flags; 1 claims that the entry is encrypted.
    pub(crate) flags: u16,
    /// Instead of stored or deflated.
    pub(crate) claimed_method: Option<u16>,
}

impl Entry {
    pub(crate) fn new(name: &str, data: Vec<u8>, deflated: bool) -> Self {
        Self {
            name: name.to_owned(),
            data,
            deflated,
            claimed_crc32: None,
            claimed_size: None,
            flags: 0,
            claimed_method: None,
        }
    }
}

/// A written archive, and where its parts begin: a signing block goes between them.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    pub(crate) bytes: Vec<u8>,
    pub(crate) central_directory_at: usize,
    pub(crate) end_record_at: usize,
}

/// Writes the entries in their order.
pub(crate) fn write(entries: &[Entry]) -> Written {
    let mut out = Bytes::default();
    let mut directory = Bytes::default();
    for entry in entries {
        write_entry(&mut out, &mut directory, entry);
    }
    let central_directory_at = out.position();
    out.put(&directory.0);
    let end_record_at = out.position();
    out.put(b"PK\x05\x06");
    out.put_u16(0); // this disk
    out.put_u16(0); // the directory's disk
    out.put_u16(as_u16(entries.len()));
    out.put_u16(as_u16(entries.len()));
    out.put_u32(as_u32(directory.position()));
    out.put_u32(as_u32(central_directory_at));
    out.put_u16(0); // comment
    Written { bytes: out.0, central_directory_at, end_record_at }
}

fn write_entry(out: &mut Bytes, directory: &mut Bytes, entry: &Entry) {
    let at = out.position();
    let packed = if entry.deflated {
        miniz_oxide::deflate::compress_to_vec(&entry.data, COMPRESSION_LEVEL)
    } else {
        entry.data.clone()
    };
    let shared = shared_header(entry, packed.len());
    let extra = if entry.deflated { Vec::new() } else { alignment(at + 30 + entry.name.len()) };

    out.put(b"PK\x03\x04");
    out.put(&shared);
    out.put_u16(as_u16(entry.name.len()));
    out.put_u16(as_u16(extra.len()));
    out.put(entry.name.as_bytes());
    out.put(&extra);
    out.put(&packed);

    directory.put(b"PK\x01\x02");
    directory.put_u16(0); // made by
    directory.put(&shared);
    directory.put_u16(as_u16(entry.name.len()));
    directory.put_u16(0); // extra
    directory.put_u16(0); // comment
    directory.put_u16(0); // disk
    directory.put_u16(0); // internal attributes
    directory.put_u32(0); // external attributes
    directory.put_u32(as_u32(at));
    directory.put(entry.name.as_bytes());
}

/// The fields that an entry's own header and the directory both hold.
fn shared_header(entry: &Entry, packed_size: usize) -> Vec<u8> {
    let mut out = Bytes::default();
    out.put_u16(if entry.deflated { 20 } else { 10 }); // version needed
    out.put_u16(entry.flags);
    out.put_u16(entry.claimed_method.unwrap_or(if entry.deflated { 8 } else { 0 }));
    out.put_u16(DOS_TIME);
    out.put_u16(DOS_DATE);
    out.put_u32(entry.claimed_crc32.unwrap_or_else(|| crc32fast::hash(&entry.data)));
    out.put_u32(as_u32(packed_size));
    out.put_u32(entry.claimed_size.unwrap_or_else(|| as_u32(entry.data.len())));
    out.0
}

/// An extra field that moves a stored entry's data to a multiple of four, as the platform asks.
fn alignment(data_would_start_at: usize) -> Vec<u8> {
    if data_would_start_at.is_multiple_of(4) {
        return Vec::new();
    }
    let padding = (4 - (data_would_start_at + 6) % 4) % 4;
    let mut out = Bytes::default();
    out.put_u16(ALIGNMENT_FIELD);
    out.put_u16(as_u16(2 + padding));
    out.put_u16(4);
    out.put(&vec![0; padding]);
    out.0
}
