//! Bounds on what one artefact may inflate to. A ZIP of some kilobytes can claim to hold
//! terabytes; a bugreport holds some hundred megabytes at most.

use std::io::{self, Read};

/// No artefact is read beyond this.
const MAX_BYTES: u64 = 2 << 30;
/// The first bytes may be as well packed as they like.
const FREE_BYTES: u64 = 16 << 20;
/// Beyond them, text packs perhaps thirty to one, a bomb a thousand to one.
const MAX_RATIO: u64 = 200;

/// A reader that ends with an error where a bound is met.
pub(crate) struct Bounded<R> {
    source: R,
    packed_bytes: Option<u64>,
    read_bytes: u64,
    max_bytes: u64,
}

impl<R> Bounded<R> {
    /// `packed_bytes` is what the artefact takes up inside its archive, if it lies in one.
    pub(crate) fn new(source: R, packed_bytes: Option<u64>) -> Self {
        Self { source, packed_bytes, read_bytes: 0, max_bytes: MAX_BYTES }
    }

    /// For what holds many artefacts one after the other: only how densely it is packed counts.
    pub(crate) fn of_any_length(self) -> Self {
        Self { max_bytes: u64::MAX, ..self }
    }

    fn bound_met(&self) -> Option<&'static str> {
        if self.read_bytes > self.max_bytes {
            return Some("it is longer than 2 GiB, more than such a file ever holds");
        }
        let packed = self.packed_bytes?;
        let too_dense =
            self.read_bytes > FREE_BYTES && self.read_bytes > packed.saturating_mul(MAX_RATIO);
        too_dense.then_some("it inflates to more than 200 times its size, as no real one does")
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(why) = self.bound_met() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, why));
        }
        let count = self.source.read(buffer)?;
        self.read_bytes += count as u64;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bomb_ends_with_an_error() {
        let mut read = Bounded::new(io::repeat(0), Some(1_000));
        let error = io::copy(&mut read, &mut io::sink()).unwrap_err();
        assert!(error.to_string().contains("200 times"), "{error}");
        assert!(read.read_bytes < FREE_BYTES + (1 << 20));
    }

    #[test]
    fn dense_text_within_the_bounds_is_read_whole() {
        let mut read = Bounded::new(io::repeat(b'x').take(20 << 20), Some(200_000));
        assert_eq!(io::copy(&mut read, &mut io::sink()).unwrap(), 20 << 20);
    }
}
