//! The DEX format's own rules, which readers rely on: sorted ids, a digest over what follows it,
//! the constants that stand before a call.

use sha1::{Digest, Sha1};
use unwatched_fixtures::dex::{Argument, DexBuilder, DexVersion};

const MAIN: &str = "Lcom/example/Main;";

fn word(dex: &[u8], at: usize) -> usize {
    u32::from_le_bytes(dex[at..at + 4].try_into().unwrap()) as usize
}

/// The strings as UTF-16, read from the format's own form of UTF-8.
fn strings(dex: &[u8]) -> Vec<Vec<u16>> {
    let ids = word(dex, 0x3c);
    (0..word(dex, 0x38))
        .map(|index| {
            let at = word(dex, ids + 4 * index);
            let mut rest = dex[at + 1..].iter().map(|byte| u16::from(*byte));
            let mut units = Vec::new();
            while let Some(first) = rest.next().filter(|byte| *byte != 0) {
                let mut next = || rest.next().unwrap() & 0x3f;
                units.push(match first {
                    0xe0.. => (first & 0x0f) << 12 | next() << 6 | next(),
                    0xc0.. => (first & 0x1f) << 6 | next(),
                    _ => first,
                });
            }
            assert_eq!(usize::from(dex[at]), units.len(), "short strings, and their length");
            units
        })
        .collect()
}

#[test]
fn strings_are_sorted_by_utf16_units() {
    let texts = ["\u{ffff}", "💡", "", "a\0b", "Zürich", "a"];
    let dex = DexBuilder::new().strings(&texts).build();
    let found = strings(&dex);
    assert!(found.is_sorted());
    let mut expected: Vec<Vec<u16>> =
        texts.iter().map(|one| one.encode_utf16().collect()).collect();
    expected.sort();
    assert_eq!(found, expected);
}

#[test]
fn the_header_tells_of_the_file() {
    let cases = [(DexVersion::V035, b"dex\n035\0"), (DexVersion::V039, b"dex\n039\0")];
    for (version, magic) in cases {
        let dex = DexBuilder::new().version(version).class(MAIN, "Landroid/app/Activity;").build();
        assert_eq!(&dex[..8], magic);
        assert_eq!(word(&dex, 32), dex.len());
        assert_eq!(dex[12..32], *Sha1::digest(&dex[32..]));
    }
}

#[test]
fn constants_stand_before_the_call_they_are_for() {
    let hide = "(Landroid/content/ComponentName;II)V";
    let dex = DexBuilder::new()
        .call_with(
            MAIN,
            "Landroid/content/pm/PackageManager;",
            "setComponentEnabledSetting",
            hide,
            &[Argument::Int(2), Argument::Int(1)],
        )
        .build();
    // return-void; const/4 v2, 2; const/4 v3, 1; invoke-virtual {v0, v1, v2, v3}
    let expected = [0x0e, 0x00, 0x12, 0x22, 0x12, 0x13, 0x6e, 0x40];
    assert!(dex.windows(expected.len()).any(|window| window == expected));
}

#[test]
#[should_panic(expected = "no parameter")]
fn a_constant_without_a_parameter_is_refused() {
    let text = Argument::Text("x".to_owned());
    let _ = DexBuilder::new().call_with(MAIN, "Ljava/io/File;", "delete", "()Z", &[text]).build();
}
