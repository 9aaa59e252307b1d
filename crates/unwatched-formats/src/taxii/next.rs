//! The token that turns the page. It holds all there is to know, so nothing is kept for it and it
//! gives the same page whenever it is asked: what lies between two moments of a collection.

use sha2::{Digest as _, Sha256};

const BYTES: usize = 28;

/// Where the next page begins, and which moment of the collection it shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Next {
    /// Which collection.
    pub collection: i64,
    /// Objects that were added after this, in microseconds.
    pub after: i64,
    /// Up to and with this: what was added later is on a later page.
    pub upto: i64,
}

impl Next {
    /// As clients carry it.
    pub fn to_text(self) -> String {
        let mut bytes = [0; BYTES];
        bytes[..8].copy_from_slice(&self.collection.to_be_bytes());
        bytes[8..16].copy_from_slice(&self.after.to_be_bytes());
        bytes[16..24].copy_from_slice(&self.upto.to_be_bytes());
        let sum = sum(&bytes[..24]);
        bytes[24..].copy_from_slice(&sum);
        bytes.iter().fold(String::with_capacity(BYTES * 2), |mut text, byte| {
            for digit in [byte >> 4, byte & 15] {
                text.push(char::from_digit(digit.into(), 16).unwrap_or('0'));
            }
            text
        })
    }

    /// What [`Next::to_text`] wrote; `None` for anything else.
    pub fn read(text: &str) -> Option<Self> {
        let digits: Vec<u8> = text
            .bytes()
            .take(BYTES * 2 + 1)
            .map(|byte| match byte {
                b'0'..=b'9' => Some(byte - b'0'),
                b'a'..=b'f' => Some(byte - b'a' + 10),
                _ => None,
            })
            .collect::<Option<_>>()?;
        let bytes: Vec<u8> = digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect();
        let is_whole = digits.len() == BYTES * 2;
        if !is_whole || sum(&bytes[..24]) != bytes[24..] {
            return None;
        }
        let number = |at: usize| bytes[at..at + 8].try_into().map(i64::from_be_bytes).ok();
        Some(Self { collection: number(0)?, after: number(8)?, upto: number(16)? })
    }
}

/// It keeps mistakes out, and nobody else: whoever makes a token up reads what they may read
/// anyway.
fn sum(bytes: &[u8]) -> [u8; 4] {
    let digest = Sha256::digest(bytes);
    [digest[0], digest[1], digest[2], digest[3]]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back_and_no_other_text_does() {
        let next = Next { collection: 7, after: 1_767_603_600_000_001, upto: i64::MAX };
        let text = next.to_text();
        assert_eq!(Next::read(&text), Some(next));
        for wrong in ["", "x", "0", &text[1..], &format!("{text}0"), &text.to_uppercase()] {
            assert_eq!(Next::read(wrong), None, "{wrong}");
        }
        let changed = text.replacen('7', "8", 1);
        assert_eq!(Next::read(&changed), None);
    }
}
