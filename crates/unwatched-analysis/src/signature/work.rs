//! How much computing the signatures of one file may take. A real app has a few; a file made to keep
//! us busy has thousands, with keys as long as they may be.

use std::cell::Cell;

/// Multiplications of 64-bit digits that checking signatures may take, some 0.4 seconds: as many as
/// 10,000 keys of RSA with 2,048 bits, or 400 of DSA, take.
const MOST: u64 = 200_000_000;

/// What is left of it.
#[derive(Debug)]
pub(super) struct Work(Cell<u64>);

impl Work {
    pub(super) fn new() -> Self {
        Self(Cell::new(MOST))
    }

    /// Takes away what one signature needs; an error where it is more than is left.
    pub(super) fn spend(&self, needed: u64) -> Result<(), &'static str> {
        const TOO_MUCH: &str = "the file has more signatures than this analysis checks";
        let left = self.0.get().checked_sub(needed);
        self.0.set(left.unwrap_or(0));
        left.map(drop).ok_or(TOO_MUCH)
    }
}

/// What a number of so many bits takes to the power of another.
pub(super) fn power(modulus_bits: u64, exponent_bits: u64) -> u64 {
    let digits = modulus_bits.div_ceil(64);
    digits * digits * exponent_bits
}
