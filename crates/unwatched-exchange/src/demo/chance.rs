//! Draws that are the same for the same seed, and unlike for each thing that draws.

use rand::rngs::StdRng;
use rand::{Rng as _, RngExt as _, SeedableRng as _};

/// A source of draws.
pub(super) struct Chance(StdRng);

impl Chance {
    /// Its own draws for each purpose, so that more of one thing leaves the others alone.
    pub(super) fn new(seed: u64, purpose: u64) -> Self {
        Self(StdRng::seed_from_u64(
            seed.rotate_left(17) ^ purpose.wrapping_mul(0x9e37_79b9_7f4a_7c15),
        ))
    }

    /// Below `end`, which is above 0.
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0.random_range(0..end.max(1))
    }

    /// From `from` up to, not including, `end`.
    pub(super) fn between(&mut self, from: i64, end: i64) -> i64 {
        self.0.random_range(from..end.max(from + 1))
    }

    pub(super) fn one_in(&mut self, parts: u32) -> bool {
        self.0.random_ratio(1, parts.max(1))
    }

    pub(super) fn percent(&mut self, percent: u32) -> bool {
        self.0.random_ratio(percent.min(100), 100)
    }

    pub(super) fn of<'a, T>(&mut self, things: &'a [T]) -> &'a T {
        &things[self.below(things.len())]
    }

    /// Some of them, in their order.
    pub(super) fn some<'a, T>(&mut self, things: &'a [T], count: usize) -> Vec<&'a T> {
        let mut left = count.min(things.len());
        let mut found = Vec::with_capacity(left);
        for (position, thing) in things.iter().enumerate() {
            if self.below(things.len() - position) < left {
                found.push(thing);
                left -= 1;
            }
        }
        found
    }

    /// One of `count` things, of which the first are by far the most frequent.
    pub(super) fn ranked(&mut self, count: usize) -> usize {
        // A magnitude first, all alike, and then a place within it: the n-th place comes up about
        // 1/n as often as the first.
        let magnitudes = usize::BITS - count.leading_zeros();
        let from = 1_usize << self.0.random_range(0..magnitudes.max(1));
        let place = from - 1 + self.below(from);
        if place < count { place } else { self.below(count) }
    }

    pub(super) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill_bytes(&mut bytes);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_draws_the_same() {
        let draws = |seed, purpose| {
            let mut chance = Chance::new(seed, purpose);
            (0..20).map(|_| chance.below(1_000)).collect::<Vec<_>>()
        };
        assert_eq!(draws(7, 1), draws(7, 1));
        assert_ne!(draws(7, 1), draws(8, 1));
        assert_ne!(draws(7, 1), draws(7, 2));
    }

    #[test]
    fn ranks_favour_the_first() {
        let mut chance = Chance::new(1, 1);
        let mut counts = [0; 50];
        for _ in 0..10_000 {
            counts[chance.ranked(50)] += 1;
        }
        assert!(counts[0] > 1_500 && counts[49] > 10, "{counts:?}");
    }
}
