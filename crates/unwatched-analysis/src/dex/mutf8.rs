//! Modified UTF-8, as DEX files hold text: surrogates are encoded one by one, zero as two bytes.

use std::borrow::Cow;

/// The text, with what is malformed replaced.
pub(crate) fn decode(bytes: &[u8]) -> Cow<'_, str> {
    if bytes.is_ascii() {
        return String::from_utf8_lossy(bytes);
    }
    let mut units: Vec<u16> = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(first) = bytes.get(at).copied() {
        let follow = |step: usize| bytes.get(at + step).map(|byte| u16::from(byte & 0x3f));
        let (unit, length) = match first {
            0x00..=0x7f => (Some(u16::from(first)), 1),
            0xc0..=0xdf => (follow(1).map(|low| u16::from(first & 0x1f) << 6 | low), 2),
            0xe0..=0xef => {
                let low = follow(1).zip(follow(2));
                (low.map(|(mid, low)| u16::from(first & 0x0f) << 12 | mid << 6 | low), 3)
            }
            _ => (None, 1),
        };
        units.push(unit.unwrap_or(0xfffd));
        at += length;
    }
    Cow::Owned(String::from_utf16_lossy(&units))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn surrogates_and_the_two_byte_zero_are_read() {
        assert_eq!(decode(b"plain"), "plain");
        assert_eq!(decode(&[0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]), "\u{1f600}");
        assert_eq!(decode(&[b'a', 0xc0, 0x80, 0xc3, 0xa9]), "a\u{0}é");
    }

    #[test]
    fn what_is_malformed_is_replaced() {
        assert_eq!(decode(&[0xff, b'a', 0xe2]), "\u{fffd}a\u{fffd}");
    }
}
