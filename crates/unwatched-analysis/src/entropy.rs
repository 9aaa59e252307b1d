//! Whether bytes look encrypted: as evenly spread as chance, and no format that packs its contents.

/// Fewer bytes are spread too unevenly by chance.
const SHORTEST: usize = 16 << 10;
/// As much is looked at.
pub(crate) const LOOKED_AT: usize = 64 << 10;
/// Of eight bits per byte: what chance gives, and good compression nearly.
const BITS: f64 = 7.98;

/// Formats whose contents are packed already: where their mark stands, and the mark.
const PACKED: &[(usize, &[u8])] = &[
    (0, b"PK"),
    (0, b"\x1f\x8b"),
    (0, b"7z\xbc\xaf"),
    (0, b"Rar!"),
    (0, b"BZh"),
    (0, b"\xfd7zXZ"),
    (0, b"\x28\xb5\x2f\xfd"),
    (0, b"\x04\x22\x4d\x18"),
    (0, b"\x89PNG"),
    (0, b"\xff\xd8\xff"),
    (0, b"GIF8"),
    (0, b"RIFF"),
    (0, b"OggS"),
    (0, b"fLaC"),
    (0, b"ID3"),
    (4, b"ftyp"),
    (0, b"\x1a\x45\xdf\xa3"),
    (0, b"wOF"),
    (0, b"%PDF"),
    (0, b"\xabKTX"),
    (0, b"\x13\xab\xa1\x5c"),
    (0, b"UnityFS"),
    (0, b"XALZ"),
    (0, b"XABA"),
    (4, b"TFL3"),
    (0, b"\x7fELF"),
    (0, b"dex\n"),
    (0, b"\xff\xfb"),
    (0, b"\xff\xf1"),
    (0, b"\xff\xf9"),
    (0, b"\x30\x82"),
    (0, b"x\x9c"),
    (0, b"x\xda"),
    (0, b"x\x01"),
];

/// Whether the beginning of a file looks encrypted.
pub(crate) fn looks_encrypted(beginning: &[u8]) -> bool {
    let is_packed = PACKED
        .iter()
        .any(|(at, mark)| beginning.get(*at..).is_some_and(|rest| rest.starts_with(mark)));
    beginning.len() >= SHORTEST && !is_packed && bits_per_byte(beginning) >= BITS
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
    fn chance_looks_encrypted_and_pictures_do_not() {
        assert!(looks_encrypted(&noise(1, LOOKED_AT)));
        assert!(looks_encrypted(&noise(1, SHORTEST)));
        assert!(!looks_encrypted(&noise(1, 1000)));
        let picture = [b"\x89PNG\r\n\x1a\n".to_vec(), noise(1, LOOKED_AT)].concat();
        assert!(!looks_encrypted(&picture));
        let text = b"a line of text that says nothing\n".repeat(2000);
        assert!(!looks_encrypted(&text));
    }
}
