//! ASN.1 elements in BER, which contains DER: tag, length, content. Lengths without an end are
//! followed to their end mark; nothing is decoded further.

/// How deep elements without a length may nest.
const MAX_DEPTH: usize = 32;

pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTETS: u8 = 0x04;
pub(super) const NULL: u8 = 0x05;
pub(super) const OID: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;

/// The bit of a tag that says that the element is made of others.
const PARTS: u8 = 0x20;

/// One element.
#[derive(Debug, Clone, Copy)]
pub(super) struct Element<'a> {
    /// Class, form and number in one byte; numbers above 30 are not read.
    pub(super) tag: u8,
    pub(super) content: &'a [u8],
    /// Tag, length, content and, where there is one, the end mark.
    pub(super) whole: &'a [u8],
}

impl<'a> Element<'a> {
    /// Its content, where it has this tag.
    pub(super) fn of(self, tag: u8) -> Option<&'a [u8]> {
        (self.tag == tag).then_some(self.content)
    }

    /// As [`Self::of`], for a reader that does not look whether the element is of parts.
    pub(super) fn of_number(self, tag: u8) -> Option<&'a [u8]> {
        (self.tag & !PARTS == tag & !PARTS).then_some(self.content)
    }

    /// Whether its tag means the same everywhere.
    pub(super) fn is_universal(self) -> bool {
        self.tag & 0xc0 == 0
    }
}

/// Elements one after the other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Elements<'a>(&'a [u8]);

impl<'a> Elements<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        Self(data)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next element; `None` at the end or where there is none.
    pub(super) fn next(&mut self) -> Option<Element<'a>> {
        let element = read(self.0, 0)?;
        self.0 = &self.0[element.whole.len()..];
        Some(element)
    }

    /// The content of the next element, which must have this tag.
    pub(super) fn expect(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.next()?.of(tag)
    }

    /// As [`Self::expect`], for a reader that does not look whether the element is of parts.
    pub(super) fn expect_number(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.next()?.of_number(tag)
    }

    /// As [`Self::optional`], for such a reader.
    pub(super) fn optional_number(&mut self, tag: u8) -> Option<Element<'a>> {
        let element = read(self.0, 0).filter(|element| element.of_number(tag).is_some())?;
        self.0 = &self.0[element.whole.len()..];
        Some(element)
    }

    /// The next element, not taken.
    pub(super) fn peek(&self) -> Option<Element<'a>> {
        read(self.0, 0)
    }

    /// The content of the next element, taken only where it has this tag.
    pub(super) fn optional(&mut self, tag: u8) -> Option<Element<'a>> {
        let element = read(self.0, 0).filter(|element| element.tag == tag)?;
        self.0 = &self.0[element.whole.len()..];
        Some(element)
    }

    /// All that are left; `None` where one of them is broken or there are more than `most`.
    pub(super) fn all(mut self, most: usize) -> Option<Vec<Element<'a>>> {
        let mut all = Vec::new();
        while !self.is_empty() {
            all.push(self.next()?);
            if all.len() > most {
                return None;
            }
        }
        Some(all)
    }
}

/// An element of these parts, its length as short as can be.
pub(super) fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let digits = length.to_be_bytes();
    let significant = &digits[digits.iter().take_while(|digit| **digit == 0).count()..];
    let mut whole = Vec::with_capacity(length + 6);
    whole.push(tag);
    match (significant, u8::try_from(significant.len())) {
        ([], _) => whole.push(0),
        ([short @ 0..=0x7f], _) => whole.push(*short),
        (_, count) => {
            whole.push(0x80 | count.unwrap_or(8));
            whole.extend(significant);
        }
    }
    for part in parts {
        whole.extend(*part);
    }
    whole
}

/// Whether an object identifier ends and none of its numbers is longer than 63 bits.
pub(super) fn is_identifier(content: &[u8]) -> bool {
    let longest = content
        .split_inclusive(|byte| *byte < 0x80)
        .map(|number| number.len() - number.iter().take_while(|byte| **byte == 0x80).count());
    content.last().is_some_and(|last| *last < 0x80) && longest.max() <= Some(9)
}

fn read(data: &[u8], depth: usize) -> Option<Element<'_>> {
    let tag = *data.first()?;
    if tag & 0x1f == 0x1f || depth > MAX_DEPTH {
        return None;
    }
    let first = usize::from(*data.get(1)?);
    if first == 0x80 {
        return without_length(data, tag, depth);
    }
    let (length, start) = if first < 0x80 {
        (first, 2)
    } else {
        let digits = data.get(2..2 + (first & 0x7f))?;
        if digits.len() > 4 {
            return None;
        }
        let length = digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit));
        (length, 2 + digits.len())
    };
    let end = start.checked_add(length)?;
    Some(Element { tag, content: data.get(start..end)?, whole: &data[..end] })
}

/// An element whose end is marked by two zero bytes; only constructed ones may be so.
fn without_length(data: &[u8], tag: u8, depth: usize) -> Option<Element<'_>> {
    if tag & 0x20 == 0 {
        return None;
    }
    let mut at = 2;
    loop {
        let rest = data.get(at..)?;
        if rest.starts_with(&[0, 0]) {
            return Some(Element { tag, content: &data[2..at], whole: &data[..at + 2] });
        }
        at += read(rest, depth + 1)?.whole.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_with_and_without_an_end_are_read() {
        let definite = [0x30, 0x03, 0x02, 0x01, 0x05, 0xff];
        assert_eq!(read(&definite, 0).unwrap().content, [0x02, 0x01, 0x05]);
        let long = [0x04, 0x81, 0x01, 0x07];
        assert_eq!(read(&long, 0).unwrap().content, [0x07]);
        let open = [0x30, 0x80, 0x02, 0x01, 0x05, 0, 0, 0xff];
        let read_open = read(&open, 0).unwrap();
        assert_eq!((read_open.content, read_open.whole.len()), (&[0x02, 0x01, 0x05][..], 7));
    }

    #[test]
    fn what_is_cut_off_or_too_deep_is_none() {
        assert!(read(&[0x30, 0x04, 0x02, 0x01], 0).is_none());
        assert!(read(&[0x30, 0x85, 1, 1, 1, 1, 1], 0).is_none());
        assert!(read(&[0x30, 0x80].repeat(200), 0).is_none());
    }
}
