//! Whether bytes look encrypted: as evenly spread as chance.

/// Fewer bytes are spread too unevenly by chance.
const SHORTEST: usize = 8 << 10;
/// As much is looked at.
pub(crate) const LOOKED_AT: usize = 64 << 10;
/// Of eight bits per byte: what chance gives, and good compression nearly.
const BITS: f64 = 7.98;
/// By how much less than chance so few bytes may be.
const BELOW_CHANCE: f64 = 0.012;

/// The places of a file at which something else may begin.
pub(crate) fn windows(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    let last = data.len().saturating_sub(LOOKED_AT);
    let short = data.len().saturating_sub(SHORTEST.saturating_mul(2));
    let mut places = [0, 4096, last / 4, last / 2, last / 4 * 3, last, short];
    places.sort_unstable();
    let window = |at: usize| data.get(at..data.len().min(at + LOOKED_AT));
    places.into_iter().filter_map(window)
}

/// Whether this looks encrypted.
pub(crate) fn looks_encrypted(data: &[u8]) -> bool {
    if data.len() < SHORTEST {
        return false;
    }
    // So many bytes of chance are short of eight bits by this.
    let chance = 8.0 - 255.0 / (2.0 * data.len() as f64 * std::f64::consts::LN_2);
    bits_per_byte(data) >= BITS.min(chance - BELOW_CHANCE)
}

fn bits_per_byte(data: &[u8]) -> f64 {
    let mut counts = [0u32; 256];
    for byte in data {
        counts[usize::from(*byte)] += 1;
    }
    let all = data.len() as f64;
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| {
            let share = f64::from(*count) / all;
            -share * share.log2()
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use unwatched_fixtures::noise;

    use super::*;

    #[test]
    fn chance_looks_encrypted_and_text_does_not() {
        for seed in 1..50 {
            assert!(looks_encrypted(&noise(seed, LOOKED_AT)));
            assert!(looks_encrypted(&noise(seed, SHORTEST)));
            assert!(!looks_encrypted(&noise(seed, SHORTEST - 1)));
        }
        let text = b"a line of text that says nothing\n".repeat(2000);
        assert!(!looks_encrypted(&text));
        let mostly: Vec<u8> = noise(1, LOOKED_AT).iter().map(|byte| byte & 0xfe).collect();
        assert!(!looks_encrypted(&mostly));
    }

    #[test]
    fn chance_behind_other_bytes_is_found() {
        for before in [100, 5000, 70_000, 300_000] {
            let hidden = [vec![b' '; before], noise(1, 100_000)].concat();
            assert!(windows(&hidden).any(looks_encrypted), "behind {before}");
        }
        assert!(!windows(&vec![b' '; 300_000]).any(looks_encrypted));
    }
}
