//! The few ASN.1 forms that a certificate and a signature are made of, written as DER.

/// A tag with its content.
pub(super) fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    let length = content.len();
    if length < 0x80 {
        out.push(u8::try_from(length).expect("under 128"));
    } else {
        let bytes = length.to_be_bytes();
        let significant = &bytes[length.leading_zeros() as usize / 8..];
        out.push(0x80 | u8::try_from(significant.len()).expect("at most eight"));
        out.extend_from_slice(significant);
    }
    out.extend_from_slice(content);
    out
}

pub(super) fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    tagged(0x30, &parts.concat())
}

pub(super) fn set(parts: &[Vec<u8>]) -> Vec<u8> {
    tagged(0x31, &parts.concat())
}

/// A constructed, context-specific tag: `[NUMBER]`.
pub(super) fn context(number: u8, content: &[u8]) -> Vec<u8> {
    tagged(0xa0 | number, content)
}

/// A non-negative integer from its big-endian bytes.
pub(super) fn integer(magnitude: &[u8]) -> Vec<u8> {
    let zeros = magnitude.iter().take_while(|byte| **byte == 0).count();
    let mut content = magnitude[zeros..].to_vec();
    // A leading zero keeps the sign bit clear; zero itself is one byte.
    if content.first().is_none_or(|first| *first >= 0x80) {
        content.insert(0, 0);
    }
    tagged(0x02, &content)
}

pub(super) fn utf8(text: &str) -> Vec<u8> {
    tagged(0x0c, text.as_bytes())
}

/// A moment as `YYMMDDHHMMSSZ`.
pub(super) fn utc_time(text: &str) -> Vec<u8> {
    tagged(0x17, text.as_bytes())
}

pub(super) fn octets(content: &[u8]) -> Vec<u8> {
    tagged(0x04, content)
}

/// A string of whole bytes.
pub(super) fn bits(content: &[u8]) -> Vec<u8> {
    tagged(0x03, &[&[0], content].concat())
}

pub(super) fn null() -> Vec<u8> {
    vec![0x05, 0x00]
}

/// An object identifier from its arcs.
pub(super) fn oid(arcs: &[u32]) -> Vec<u8> {
    let mut content = vec![u8::try_from(arcs[0] * 40 + arcs[1]).expect("a known root")];
    for arc in &arcs[2..] {
        let mut sevens = Vec::new();
        let mut rest = *arc;
        loop {
            sevens.push(u8::try_from(rest & 0x7f).expect("seven bits"));
            rest >>= 7;
            if rest == 0 {
                break;
            }
        }
        let last = sevens.len() - 1;
        let high_first = sevens.iter().rev().enumerate();
        content.extend(high_first.map(|(at, bits)| if at == last { *bits } else { bits | 0x80 }));
    }
    tagged(0x06, &content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_forms_are_shortest() {
        assert_eq!(tagged(0x04, &[1; 0x80])[..3], [0x04, 0x81, 0x80]);
        assert_eq!(tagged(0x04, &[1; 0x100])[..4], [0x04, 0x82, 0x01, 0x00]);
        assert_eq!(integer(&[0, 0, 0x80]), [0x02, 0x02, 0x00, 0x80]);
        assert_eq!(integer(&[]), [0x02, 0x01, 0x00]);
        assert_eq!(oid(&[1, 2, 840, 10045]), [0x06, 0x05, 0x2a, 0x86, 0x48, 0xce, 0x3d]);
    }
}
