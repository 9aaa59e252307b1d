//! Inflating for the signature's sake, which digests every file of an app, and what of it is read
//! again for the app's: the code and the resource table, which are most of what an app holds.
//! Inflating is the dearest step of an analysis.

use std::cell::RefCell;
use std::collections::HashMap;

use flate2::{Decompress, FlushDecompress, Status};

use crate::zip::inflate;

/// As much is kept of one archive.
const MAX_KEPT_BYTES: usize = 64 << 20;
/// As much is handed on at once of what is not kept.
const OUTPUT_BYTES: usize = 64 << 10;

/// Whole entries by where their packed data stands in the file: its start and its length.
///
/// Two readers with other opinions on an archive share one only where they mean the same bytes.
#[derive(Debug, Default)]
pub(crate) struct Inflated {
    kept: RefCell<Kept>,
    /// For the next file: an app has thousands, most of them small.
    streaming: RefCell<Option<Streaming>>,
}

#[derive(Debug)]
struct Streaming {
    inflater: Decompress,
    out: Vec<u8>,
}

impl Streaming {
    fn new() -> Self {
        Self { inflater: Decompress::new(false), out: vec![0; OUTPUT_BYTES] }
    }

    fn stream(&mut self, raw: &[u8], expected: u64, sink: &mut dyn FnMut(&[u8])) -> Option<u64> {
        let Self { inflater, out } = self;
        inflater.reset(false);
        loop {
            let consumed = usize::try_from(inflater.total_in()).ok()?;
            let before = inflater.total_out();
            let rest = raw.get(consumed..)?;
            let status = inflater.decompress(rest, out, FlushDecompress::None).ok()?;
            let came = usize::try_from(inflater.total_out() - before).ok()?;
            sink(out.get(..came)?);
            if inflater.total_out() > expected {
                return None;
            }
            let stuck = came == 0 && inflater.total_in() == consumed as u64;
            if status == Status::StreamEnd || stuck {
                return Some(inflater.total_out());
            }
        }
    }
}

#[derive(Debug, Default)]
struct Kept {
    entries: HashMap<(usize, usize), Vec<u8>>,
    bytes: usize,
}

impl Inflated {
    /// Inflates part by part and hands each on. How many bytes came out; `None` where the data is
    /// broken or more than `expected` come.
    pub(crate) fn stream(
        &self,
        packed: &[u8],
        expected: u64,
        sink: &mut dyn FnMut(&[u8]),
    ) -> Option<u64> {
        let mut streaming = self.streaming.borrow_mut();
        streaming.get_or_insert_with(Streaming::new).stream(packed, expected, sink)
    }

    /// The first bytes of what `packed` inflates to, at most `bytes` of them.
    pub(crate) fn first_bytes(&self, packed: &[u8], bytes: usize) -> Vec<u8> {
        let mut streaming = self.streaming.borrow_mut();
        let Streaming { inflater, .. } = streaming.get_or_insert_with(Streaming::new);
        inflater.reset(false);
        let mut first = vec![0; bytes];
        let _ = inflater.decompress(packed, &mut first, FlushDecompress::None);
        first.truncate(usize::try_from(inflater.total_out()).unwrap_or(0).min(bytes));
        first
    }

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

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::DeflateEncoder;

    use super::*;

    fn packed(data: &[u8]) -> Vec<u8> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    /// What comes of streaming it, and what was handed on.
    fn streamed(inflated: &Inflated, packed: &[u8], expected: usize) -> (Option<u64>, Vec<u8>) {
        let mut out = Vec::new();
        let came =
            inflated.stream(packed, expected as u64, &mut |part| out.extend_from_slice(part));
        (came, out)
    }

    /// What was handed on, where anything was.
    fn fed(inflated: &Inflated, at: usize, packed: &[u8], size: usize) -> Option<Vec<u8>> {
        let mut out = None;
        let kept = inflated.feed(at, packed, size, &mut |all| {
            assert!(out.replace(all.to_vec()).is_none(), "it is handed on at once");
        });
        assert_eq!(kept, out.is_some());
        out
    }

    /// Longer than what is handed on at once, and not of one letter.
    fn long() -> Vec<u8> {
        (0..200_000u32).flat_map(|number| (number / 7).to_le_bytes()).collect()
    }

    #[test]
    fn what_is_fed_is_handed_out_once() {
        let inflated = Inflated::default();
        let raw = packed(&long());
        assert_eq!(fed(&inflated, 30, &raw, long().len()), Some(long()));
        assert_eq!(inflated.take(31, raw.len(), usize::MAX), None, "another place");
        assert_eq!(inflated.take(30, raw.len() - 1, usize::MAX), None, "another length");
        assert_eq!(inflated.take(30, raw.len(), long().len() - 1), None, "it is too long");
        assert_eq!(inflated.take(30, raw.len(), long().len()), Some(long()));
        assert_eq!(inflated.take(30, raw.len(), usize::MAX), None);
    }

    #[test]
    fn only_what_is_exactly_as_long_as_said_is_fed() {
        let inflated = Inflated::default();
        let raw = packed(b"as long as this");
        for size in [0, 14, 16, 1 << 20] {
            assert_eq!(fed(&inflated, 0, &raw, size), None, "{size}");
        }
        assert_eq!(fed(&inflated, 0, &raw[..raw.len() - 2], 15), None, "cut off");
        assert_eq!(fed(&inflated, 0, b"\xff\xff broken", 15), None);
        assert_eq!(inflated.take(0, raw.len(), usize::MAX), None, "nothing was kept");
        assert_eq!(fed(&inflated, 0, &raw, 15).as_deref(), Some(&b"as long as this"[..]));
    }

    #[test]
    fn what_is_kept_has_an_end() {
        let inflated = Inflated::default();
        let half = vec![0; MAX_KEPT_BYTES / 2];
        let raw = packed(&half);
        assert!(fed(&inflated, 0, &raw, half.len()).is_some());
        assert!(fed(&inflated, 1, &raw, half.len()).is_some());
        let small = packed(b"more");
        assert_eq!(fed(&inflated, 2, &small, 4), None, "there is no room");
        assert_eq!(
            inflated.take(0, raw.len(), usize::MAX).map(|data| data.len()),
            Some(half.len())
        );
        assert!(fed(&inflated, 2, &small, 4).is_some(), "there is room again");
    }

    #[test]
    fn each_stream_begins_anew_whatever_became_of_the_one_before() {
        let inflated = Inflated::default();
        let (short, long) = (b"short".to_vec(), long());
        for _ in 0..2 {
            for whole in [&short, &long] {
                let raw = packed(whole);
                let told = Some(whole.len() as u64);
                assert_eq!(streamed(&inflated, &raw, whole.len()), (told, whole.clone()));
                assert_eq!(streamed(&inflated, &raw, whole.len() - 1).0, None, "more than said");
                let (came, out) = streamed(&inflated, &raw[..raw.len() - 3], whole.len());
                assert_ne!(came, told, "cut off");
                assert!(whole.starts_with(&out));
            }
            assert_eq!(streamed(&inflated, b"\xff\xff broken", 100).0, None);
        }
    }
}
