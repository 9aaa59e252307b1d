//! How long a stream's file is made: its length alone could tell which app was copied, so it is
//! rounded up such that only about its magnitude is left (the rule known as Padmé: at most an eighth
//! more), with a mark where the bytes end.

/// Nothing is shorter than this.
const LEAST_BYTES: u64 = 4 << 10;
/// What follows the last byte; only zeros follow it.
pub(super) const END: u8 = 0x80;

/// How many bytes follow the content: one mark, then zeros.
pub(super) fn after(length_bytes: u64) -> u64 {
    rounded((length_bytes + 1).max(LEAST_BYTES)) - length_bytes
}

fn rounded(length: u64) -> u64 {
    let exponent = length.ilog2();
    let kept_bits = exponent.ilog2() + 1;
    let mask = (1_u64 << exponent.saturating_sub(kept_bits)) - 1;
    (length + mask) & !mask
}

/// How much of what was written before a cut is content: padding may have begun.
#[derive(Default)]
pub(super) struct Unpadded {
    read_bytes: u64,
    /// Where the last mark stands, if only zeros came after it.
    mark_at: Option<u64>,
}

impl Unpadded {
    pub(super) fn take(&mut self, bytes: &[u8]) {
        if let Some(last) = bytes.iter().rposition(|byte| *byte != 0) {
            self.mark_at = (bytes[last] == END).then_some(self.read_bytes + last as u64);
        }
        self.read_bytes += bytes.len() as u64;
    }

    pub(super) fn length_bytes(&self) -> u64 {
        self.mark_at.unwrap_or(self.read_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_a_kind_become_one_and_cost_an_eighth_at_most() {
        assert_eq!(1 + after(1), 4_096);
        assert_eq!(4_095 + after(4_095), 4_096);
        let apk = 31_234_567;
        assert_eq!(apk + after(apk), apk + 10_000 + after(apk + 10_000));
        for length in (0..5_000_000).step_by(997) {
            let padded = length + after(length);
            assert!(padded > length && padded <= LEAST_BYTES.max(length + length / 8 + 1));
        }
    }

    fn content(parts: &[&[u8]]) -> u64 {
        let mut unpadded = Unpadded::default();
        for part in parts {
            unpadded.take(part);
        }
        unpadded.length_bytes()
    }

    #[test]
    fn where_padding_began_it_is_taken_away() {
        assert_eq!(content(&[b"abc", b"de"]), 5);
        assert_eq!(content(&[b"abc\x80\0\0", b"\0\0"]), 3);
        assert_eq!(content(&[b"a\x80\0b", b"\0\0"]), 6);
    }
}
