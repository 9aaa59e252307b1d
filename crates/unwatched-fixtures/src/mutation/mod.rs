//! Damage on demand: deterministic byte mutations of a file, for tests with hostile input.
//!
//! [`mutations`] knows nothing of formats. [`damages`] knows an app's: it aims at the fields that
//! readers steer by, in the archive and inside each of its files, and says what it did. Damage that
//! one test needs by name is in [`crate::apk::malformed`].

mod archive;
mod inner;

pub use archive::{Damage, damages, unsigned};

use crate::random::Random;

/// `count` damaged copies of `original`, each by one to four small mutations; the same seed gives
/// the same copies. An empty original stays empty or grows by a few bytes.
pub fn mutations(original: &[u8], count: usize, seed: u64) -> impl Iterator<Item = Vec<u8>> {
    (0..count).map(move |index| {
        let mut random = Random::new(seed ^ (index as u64).wrapping_mul(0x00d1_342f));
        let mut damaged = original.to_vec();
        for _ in 0..=random.below(4) {
            mutate(&mut damaged, &mut random);
        }
        damaged
    })
}

fn mutate(bytes: &mut Vec<u8>, random: &mut Random) {
    let at = random.below(bytes.len());
    // Mostly small numbers: long cuts everywhere would leave nothing that gets past a file's header.
    let longest = if random.below(8) == 0 { 4096 } else { 16 };
    let length = (1 + random.below(longest)).min(bytes.len() - at);
    match random.below(9) {
        0 | 1 => flip_bit(bytes, at, random),
        2 => overwrite(bytes, at, &[0x00, 0x01, 0x7f, 0x80, 0xff][random.below(5)..][..1]),
        3 => overwrite(bytes, at, &extreme(random).to_le_bytes()),
        4 => bytes[at..at + length].fill(0),
        5 => drop(bytes.drain(at..at + length)),
        6 => {
            let repeated = bytes[at..at + length].to_vec();
            bytes.splice(at..at, repeated);
        }
        7 => {
            let noise: Vec<u8> =
                (0..=random.below(15)).map(|_| random.next().to_le_bytes()[0]).collect();
            bytes.splice(at..at, noise);
        }
        _ => bytes.truncate(bytes.len() - length.min(bytes.len())),
    }
}

fn flip_bit(bytes: &mut [u8], at: usize, random: &mut Random) {
    let bit = random.below(8);
    if let Some(byte) = bytes.get_mut(at) {
        *byte ^= 1 << bit;
    }
}

fn overwrite(bytes: &mut [u8], at: usize, with: &[u8]) {
    for (byte, new) in bytes.iter_mut().skip(at).zip(with) {
        *byte = *new;
    }
}

/// Numbers at which lengths and offsets go wrong.
fn extreme(random: &mut Random) -> u32 {
    *random.pick(&[0, 1, 0xffff, 0x1_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, u32::MAX])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_damages_alike_and_another_does_not() {
        let original: Vec<u8> = (0..=255).cycle().take(5000).collect();
        let once: Vec<_> = mutations(&original, 200, 7).collect();
        assert_eq!(once, mutations(&original, 200, 7).collect::<Vec<_>>());
        assert_ne!(once, mutations(&original, 200, 8).collect::<Vec<_>>());
        let changed = once.iter().filter(|damaged| **damaged != original).count();
        assert!(changed > 180, "only {changed} of 200 copies were damaged");
    }

    #[test]
    fn an_empty_file_can_be_damaged_too() {
        assert_eq!(mutations(&[], 50, 1).count(), 50);
    }
}
