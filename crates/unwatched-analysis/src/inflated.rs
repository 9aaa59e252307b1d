//! What was inflated for the signature's sake and is read again for the app's: the code and the
//! resource table, which are most of what an app holds. Inflating is the dearest step of an analysis.

use std::cell::RefCell;
use std::collections::HashMap;

use crate::zip::inflate;

/// As much is kept of one archive.
const MAX_KEPT_BYTES: usize = 64 << 20;

/// Whole entries by where their packed data stands in the file: its start and its length.
///
/// Two readers with other opinions on an archive share one only where they mean the same bytes.
#[derive(Debug, Default)]
pub(crate) struct Inflated {
    kept: RefCell<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    entries: HashMap<(usize, usize), Vec<u8>>,
    bytes: usize,
}

impl Inflated {
    /// Inflates what is exactly `size` bytes long, hands it to `sink` and keeps it. False where it
    /// finds no room or is not so; then nothing was handed on.
    pub(crate) fn feed(
        &self,
        at: usize,
        packed: &[u8],
        size: usize,
        sink: &mut dyn FnMut(&[u8]),
    ) -> bool {
        if size > MAX_KEPT_BYTES - self.kept.borrow().bytes {
            return false;
        }
        let Ok((data, None)) = inflate(packed, size as u64, size) else { return false };
        if data.len() != size {
            return false;
        }
        sink(&data);
        let mut kept = self.kept.borrow_mut();
        kept.bytes += size;
        kept.entries.insert((at, packed.len()), data);
        true
    }

    /// What was kept, when it is no longer than `limit`; it is handed out once.
    pub(crate) fn take(&self, at: usize, packed_bytes: usize, limit: usize) -> Option<Vec<u8>> {
        let mut kept = self.kept.borrow_mut();
        let place = (at, packed_bytes);
        if kept.entries.get(&place)?.len() > limit {
            return None;
        }
        let data = kept.entries.remove(&place)?;
        kept.bytes -= data.len();
        Some(data)
    }
}
