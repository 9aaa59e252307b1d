//! What the files of a package are called, and the tar archive that they lie in.

use std::io::{self, Read, Write};

use tar::{Builder, EntryType, Header};

pub(super) const README: &str = "README.txt";
pub(super) const JOURNAL: &str = "journal.jsonl";
pub(super) const COMMANDS: &str = "commands.jsonl";
pub(super) const SET: &str = "indicators/set.bin";
pub(super) const RECALLS: &str = "indicators/recalls.json";
pub(super) const MANIFEST: &str = "manifest.json";
pub(super) const SIGNATURE: &str = "manifest.json.minisig";
pub(super) const KEY: &str = "package.pub";
/// What custody entries lie in.
pub(super) const CUSTODY: &str = "custody/";

pub(super) fn stream(number: u32) -> String {
    format!("streams/{number:06}")
}

pub(super) fn facts(acquisition: u32) -> String {
    format!("acquisitions/{acquisition}/facts.json")
}

pub(super) fn findings(acquisition: u32) -> String {
    format!("acquisitions/{acquisition}/findings.json")
}

pub(super) fn custody(number: u32) -> String {
    format!("{CUSTODY}{number:06}.json")
}

/// Whether a path is one that a package can hold. It is made of nothing that could lead out of a
/// folder that it is unpacked to.
pub(super) fn is_plain(path: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    };
    path.len() <= 100 && path.split('/').count() <= 3 && path.split('/').all(part)
}

/// The first second of 2000: what times there are stands in the manifest.
const NO_TIME: u64 = 946_684_800;

/// Appends one file; `bytes` must give as many as `size_bytes` says.
pub(super) fn append<W: Write>(
    archive: &mut Builder<W>,
    path: &str,
    size_bytes: u64,
    bytes: impl Read,
) -> io::Result<()> {
    let mut header = Header::new_ustar();
    header.set_entry_type(EntryType::Regular);
    header.set_size(size_bytes);
    header.set_mode(0o600);
    header.set_mtime(NO_TIME);
    header.set_path(path)?;
    header.set_cksum();
    archive.append(&header, Exactly { bytes, left_bytes: size_bytes })
}

/// A tar archive is broken by one byte more or less than its header says.
struct Exactly<R> {
    bytes: R,
    left_bytes: u64,
}

impl<R: Read> Read for Exactly<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left_bytes).unwrap_or(usize::MAX).min(buffer.len());
        if most == 0 {
            return Ok(0);
        }
        let count = self.bytes.read(&mut buffer[..most])?;
        if count == 0 {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "a file of the case became shorter while it was sealed",
            ));
        }
        self.left_bytes -= count as u64;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leads_out_of_a_folder() {
        for path in [&stream(1), &facts(2), &custody(3), README, SIGNATURE, RECALLS] {
            assert!(is_plain(path), "{path}");
        }
        for path in ["", "..", "a/../b", "/a", "a//b", "a\\b", "c:", ".ssh/x", "a/", "a/b/c/d"] {
            assert!(!is_plain(path), "{path}");
        }
    }
}
