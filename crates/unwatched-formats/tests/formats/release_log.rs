//! The log against RFC 6962's own definition of its hash, written out here; every proof of small logs;
//! key sets and what else a bundle holds, read from any bytes.

use jiff::Timestamp;
use proptest::prelude::*;
use sha2::{Digest as _, Sha256 as Hasher};
use unwatched_formats::release::{
    Checkpoint, KeyChain, KeySet, Leaf, Log, LogError, LogPart, Pin, PublicKey,
};
use unwatched_model::digest::Sha256;

fn leaves(count: u64) -> Vec<Leaf> {
    let digest = |text: String| Sha256(Hasher::digest(text).into());
    (1..=count)
        .map(|sequence| Leaf {
            sequence,
            index: digest(format!("index {sequence}")),
            key_set: digest("set".to_owned()),
        })
        .collect()
}

/// MTH of section 2.1: the largest power of two below n splits it.
fn tree_hash(leaves: &[Leaf]) -> [u8; 32] {
    match leaves {
        [] => Hasher::digest([]).into(),
        [leaf] => Hasher::digest([&[0][..], &leaf.to_bytes()].concat()).into(),
        _ => {
            let split = leaves.len().next_power_of_two() / 2;
            let (left, right) = leaves.split_at(split);
            let both = [&[1][..], &tree_hash(left), &tree_hash(right)].concat();
            Hasher::digest(both).into()
        }
    }
}

fn now() -> Timestamp {
    "2026-01-05T09:00:00.5Z".parse().unwrap()
}

fn part(leaves: &[Leaf], at: u64) -> (LogPart, Checkpoint) {
    let log = Log::of(leaves);
    let checkpoint = log.checkpoint("unwatched/example", now());
    (log.part(at, checkpoint.text(), String::new()).unwrap(), checkpoint)
}

#[test]
fn the_hash_is_that_of_the_standard() {
    for count in 0..70 {
        let leaves = leaves(count);
        assert_eq!(Log::of(&leaves).root().0, tree_hash(&leaves), "{count} leaves");
    }
}

#[test]
fn every_size_continues_every_earlier_one_and_nothing_else() {
    let all = leaves(33);
    let mut other = all.clone();
    other[0].index = other[1].index;
    for size in 1..=33 {
        let (part, now) = part(&all[..size], size as u64 - 1);
        for earlier in 1..=size {
            let before = |leaves: &[Leaf]| {
                Log::of(&leaves[..earlier]).checkpoint("unwatched/example", Timestamp::UNIX_EPOCH)
            };
            part.continues(&now, &before(&all)).unwrap_or_else(|e| panic!("{earlier}: {e}"));
            let forked = part.continues(&now, &before(&other));
            assert_eq!(forked, Err(LogError::Forked), "{earlier} of {size}");
        }
        let longer = Log::of(&leaves(34)).checkpoint("unwatched/example", Timestamp::UNIX_EPOCH);
        let (known, found) = (34, size as u64);
        assert_eq!(part.continues(&now, &longer), Err(LogError::Shorter { known, found }));
        let stranger = Checkpoint { origin: "unwatched/other".to_owned(), ..now.clone() };
        assert!(matches!(part.continues(&now, &stranger), Err(LogError::OtherLog { .. })));
    }
}

/// What is served to a helper who saw any of ten years of daily releases.
#[test]
fn the_proofs_of_ten_years_fit_into_what_a_reader_takes() {
    let (part, _) = part(&leaves(3_650), 3_649);
    let bytes = part.to_bytes().len();
    assert!(bytes < 4 << 20, "{bytes}");
    assert_eq!(LogPart::from_bytes(&part.to_bytes()).unwrap(), part);
}

#[test]
fn a_checkpoint_is_read_as_it_is_written_or_not_at_all() {
    let (_, checkpoint) = part(&leaves(3), 2);
    let text = checkpoint.text();
    assert_eq!(Checkpoint::from_text(&text), Ok(checkpoint));
    assert!(text.contains("\ntime 2026-01-05T09:00:00Z\nuntil 2026-01-12T09:00:00Z\n"), "{text}");
    for wrong in [
        text.replace("\n3\n", "\n03\n"),
        text.replace("\n3\n", "\n0\n"),
        text.replace("\n3\n", "\n99999999999\n"),
        text.replace("until 2026-01-12", "until 2026-01-05"),
        text.replace("time ", "time  "),
        text.replace('\n', "\r\n"),
        text.trim_end().to_owned(),
        format!("{text}more\n"),
        String::new(),
    ] {
        assert!(Checkpoint::from_text(&wrong).is_err(), "{wrong:?}");
    }
}

fn key() -> PublicKey {
    minisign::KeyPair::generate_unencrypted_keypair().unwrap().pk.to_base64().parse().unwrap()
}

fn set(threshold: u32, keys: Vec<PublicKey>) -> KeySet {
    KeySet { sequence: 2, threshold, keys, server: key() }
}

#[test]
fn a_set_is_its_bytes_and_makes_sense() {
    let [a, b] = [key(), key()];
    let good = set(2, vec![a.clone(), b.clone()]);
    let bytes = good.to_bytes();
    assert_eq!(KeySet::from_bytes(&bytes), Ok(good.clone()));
    let text = String::from_utf8(bytes).unwrap();
    for wrong in [
        text.replace("  ", " "),
        text.replace("\"key_set\": 2,", "\"key_set\": 2,\n  \"more\": 1,"),
        text.trim_end().to_owned(),
        format!(" {text}"),
    ] {
        assert!(KeySet::from_bytes(wrong.as_bytes()).is_err(), "{wrong}");
    }
    for (wrong, says) in [
        (set(0, vec![a.clone()]), "0 of its 1 keys"),
        (set(3, vec![a.clone(), b.clone()]), "3 of its 2 keys"),
        (set(1, vec![a.clone(), b, a.clone()]), "twice"),
        (set(1, (0..33).map(|_| key()).collect()), "more than 32"),
        (KeySet { sequence: 0, ..good.clone() }, "its number is 0"),
    ] {
        let said = KeySet::from_bytes(&wrong.to_bytes()).unwrap_err().to_string();
        assert!(said.contains(says), "{said}");
    }
    // The file that pins it is a key to everybody else, and says the same twice.
    let file = Pin::file(&good);
    assert_eq!(file.lines().count(), 2);
    assert_eq!(file.parse::<PublicKey>().unwrap(), good.server);
    assert_eq!(file.parse::<Pin>().unwrap(), Pin::of(&good));
    assert!(file.replace("SHA-256 ", "SHA-256 x").parse::<Pin>().is_err());
    assert_eq!(a.to_string().parse::<Pin>().unwrap(), Pin::Key(a));
}

/// One key under two ids would be one person with two voices.
#[test]
fn a_key_under_another_id_counts_once() {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    let a = key();
    let mut bytes = STANDARD.decode(a.to_string()).unwrap();
    bytes[2] ^= 1;
    let twin: PublicKey = STANDARD.encode(bytes).parse().unwrap();
    assert_ne!(twin.id(), a.id());
    assert!(set(2, vec![a, twin]).check().unwrap_err().contains("twice"));
}

proptest! {
    #[test]
    fn no_bytes_break_the_readers(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let text = String::from_utf8_lossy(&bytes);
        let _ = text.parse::<Pin>();
        prop_assert!(KeySet::from_bytes(&bytes).is_err());
        prop_assert!(Checkpoint::from_text(&text).is_err());
        prop_assert!(LogPart::from_bytes(&bytes).is_err());
        if let Ok(chain) = KeyChain::from_bytes(&bytes) {
            prop_assert!(chain.follow(&Pin::Key(key())).is_err());
        }
    }

    /// Whatever a bundle claims about sizes and places, and however long its proofs are.
    #[test]
    fn no_proof_breaks_the_reader(
        size in any::<u64>(),
        seen in any::<u64>(),
        leaf in any::<u64>(),
        lengths in prop::collection::vec(0usize..70, 0..9),
    ) {
        let root = Sha256([7; 32]);
        let at = |size| Checkpoint {
            origin: "o".to_owned(), size, root, time: Timestamp::UNIX_EPOCH, until: Timestamp::MAX,
        };
        let consistency = lengths.iter().map(|length| vec![root; *length]).collect();
        let part = LogPart {
            checkpoint: String::new(),
            signature: String::new(),
            leaf,
            inclusion: Vec::new(),
            consistency,
        };
        if part.continues(&at(size), &at(seen)).is_ok() {
            prop_assert_eq!(size, seen);
        }
    }
}
