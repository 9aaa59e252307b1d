//! Digests over a whole file but its signing block: in chunks of 1 MiB, and as a tree of pages.
//!
//! Each is computed when it is first asked for, and once.

use std::cell::OnceCell;

use sha2::{Digest, Sha256, Sha512};

use super::algorithms::ContentDigest;

const CHUNK_BYTES: usize = 1 << 20;
pub(super) const PAGE_BYTES: usize = 4096;

/// The parts of a file that a signing block signs.
pub(super) struct Contents<'a> {
    files: &'a [u8],
    directory: &'a [u8],
    /// With the directory's place as it would be without the block.
    end_record: Vec<u8>,
    chunked_256: OnceCell<Vec<u8>>,
    chunked_512: OnceCell<Vec<u8>>,
    verity: OnceCell<Vec<u8>>,
}

impl<'a> Contents<'a> {
    /// Of the file whose signing block begins where `files` ends.
    pub(super) fn new(files: &'a [u8], directory: &'a [u8], end_record: &[u8]) -> Self {
        let mut end_record = end_record.to_vec();
        let place = u32::try_from(files.len()).unwrap_or(u32::MAX).to_le_bytes();
        if let Some(field) = end_record.get_mut(16..20) {
            field.copy_from_slice(&place);
        }
        Self {
            files,
            directory,
            end_record,
            chunked_256: OnceCell::new(),
            chunked_512: OnceCell::new(),
            verity: OnceCell::new(),
        }
    }

    pub(super) fn digest(&self, kind: ContentDigest) -> &[u8] {
        match kind {
            ContentDigest::Chunked256 => self.chunked_256.get_or_init(|| self.chunked::<Sha256>()),
            ContentDigest::Chunked512 => self.chunked_512.get_or_init(|| self.chunked::<Sha512>()),
            ContentDigest::Verity256 => self.verity.get_or_init(|| self.verity()),
        }
    }

    fn chunked<D: Digest>(&self) -> Vec<u8> {
        let parts = [self.files, self.directory, &self.end_record];
        let count: usize = parts.iter().map(|part| part.len().div_ceil(CHUNK_BYTES)).sum();
        let mut whole = D::new_with_prefix([0x5a]);
        whole.update(length(count));
        for chunk in parts.iter().flat_map(|part| part.chunks(CHUNK_BYTES)) {
            let one = D::new_with_prefix([0xa5]).chain_update(length(chunk.len()));
            whole.update(one.chain_update(chunk).finalize());
        }
        whole.finalize().to_vec()
    }

    /// The root of the tree with a salt of eight zero bytes, then the length.
    fn verity(&self) -> Vec<u8> {
        let parts = [self.files, self.directory, &self.end_record];
        let total: usize = parts.iter().map(|part| part.len()).sum();
        let mut root = Tree::over(&parts, &[0; 8]).root;
        root.extend((total as u64).to_le_bytes());
        root
    }
}

fn length(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes()
}

/// A tree of SHA-256 over pages, as fs-verity makes it.
pub(super) struct Tree {
    pub(super) root: Vec<u8>,
    /// The levels, that nearest to the root first, each filled to whole pages.
    pub(super) levels: Vec<u8>,
}

impl Tree {
    /// Over the parts as if they were one.
    pub(super) fn over(parts: &[&[u8]], salt: &[u8]) -> Self {
        let page_digest = |page: &[u8]| Sha256::new_with_prefix(salt).chain_update(page).finalize();
        let mut level = Vec::new();
        let mut page = Vec::with_capacity(PAGE_BYTES);
        for part in parts {
            let mut rest = *part;
            while !rest.is_empty() {
                if page.is_empty() && rest.len() >= PAGE_BYTES {
                    level.extend(page_digest(&rest[..PAGE_BYTES]));
                    rest = &rest[PAGE_BYTES..];
                    continue;
                }
                let (now, later) = rest.split_at((PAGE_BYTES - page.len()).min(rest.len()));
                page.extend(now);
                rest = later;
                if page.len() == PAGE_BYTES {
                    level.extend(page_digest(&page));
                    page.clear();
                }
            }
        }
        if !page.is_empty() {
            page.resize(PAGE_BYTES, 0);
            level.extend(page_digest(&page));
        }
        let mut levels: Vec<Vec<u8>> = Vec::new();
        loop {
            let done = level.len() <= PAGE_BYTES;
            level.resize(level.len().next_multiple_of(PAGE_BYTES), 0);
            let next = level.chunks(PAGE_BYTES).flat_map(page_digest).collect();
            levels.push(std::mem::replace(&mut level, next));
            if done {
                break;
            }
        }
        levels.reverse();
        Self { root: level, levels: levels.concat() }
    }
}
