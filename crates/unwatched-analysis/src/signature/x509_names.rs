//! Distinguished names: whether they are any, and whether two are the same though they are written
//! differently, as Java sees it. Marks that Unicode can write in two ways are told apart here.

use super::ber::{Element, Elements, OID, SEQUENCE, SET};

const UTF8: u8 = 0x0c;
const PRINTABLE: u8 = 0x13;
/// What has a short word for it: CN, C, L, ST, STREET, O, OU, and DC and UID below.
const WITH_WORD: [u8; 7] = [3, 6, 7, 8, 9, 10, 11];
const WITH_WORD_TOO: [&[u8]; 2] = [
    &[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 0x01, 0x19],
    &[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 0x01, 0x01],
];

/// One part of a name: what it says, and what of.
type Part<'a> = (&'a [u8], Element<'a>);

/// Whether a name has no part; `None` where it is no name.
pub(super) fn is_empty(content: &[u8]) -> Option<bool> {
    Some(parts(content)?.iter().all(Vec::is_empty))
}

/// Whether the two are the same; `None` where the second is no name.
pub(super) fn same(name: &[u8], other: &[u8]) -> Option<bool> {
    let content = |whole| Elements::new(whole).expect(SEQUENCE);
    let other = canonical(&parts(content(other)?)?);
    Some(canonical(&parts(content(name)?)?) == other)
}

fn parts(content: &[u8]) -> Option<Vec<Vec<Part<'_>>>> {
    let mut name = Elements::new(content);
    let mut all = Vec::new();
    while !name.is_empty() {
        let mut set = Elements::new(name.expect(SET)?);
        let mut group = Vec::new();
        while !set.is_empty() {
            let mut pair = Elements::new(set.expect(SEQUENCE)?);
            let kind = pair.expect(OID).filter(|kind| kind.last().is_some_and(|l| *l < 0x80))?;
            group.push((kind, pair.next()?));
            pair.is_empty().then_some(())?;
        }
        all.push(group);
    }
    Some(all)
}

/// Each group sorted; text without regard to case and to spaces beyond one.
fn canonical(parts: &[Vec<Part<'_>>]) -> Vec<Vec<(Vec<u8>, Vec<u8>)>> {
    let one = |(kind, value): &Part<'_>| {
        let word = matches!(kind, [0x55, 0x04, last] if WITH_WORD.contains(last))
            || WITH_WORD_TOO.contains(kind);
        let text = word && matches!(value.tag, UTF8 | PRINTABLE);
        let value = if text { plain(value.content).into_bytes() } else { value.whole.to_vec() };
        (kind.to_vec(), value)
    };
    let group = |group: &Vec<Part<'_>>| {
        let mut group: Vec<_> = group.iter().map(one).collect();
        group.sort_unstable();
        group
    };
    parts.iter().map(group).collect()
}

fn plain(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter != ' ' || !plain.ends_with(' ') {
            plain.push(letter);
        }
    }
    plain.trim_matches(|letter| letter <= ' ').to_uppercase().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::super::ber::element;
    use super::*;

    fn name(groups: &[&[(u8, u8, &str)]]) -> Vec<u8> {
        let groups: Vec<Vec<u8>> = groups
            .iter()
            .map(|group| {
                let pairs: Vec<Vec<u8>> = group
                    .iter()
                    .map(|(kind, tag, text)| {
                        let kind = element(OID, &[&[0x55, 0x04, *kind]]);
                        element(SEQUENCE, &[&kind, &element(*tag, &[text.as_bytes()])])
                    })
                    .collect();
                element(SET, &[&pairs.concat()])
            })
            .collect();
        element(SEQUENCE, &[&groups.concat()])
    }

    #[test]
    fn names_are_the_same_in_any_case_and_spacing() {
        let check = |other: &[u8], expected: Option<bool>| {
            assert_eq!(same(&name(&[&[(3, UTF8, "Watch  Alpha")]]), other), expected);
        };
        check(&name(&[&[(3, PRINTABLE, " watch alpha ")]]), Some(true));
        check(&name(&[&[(3, 0x16, "Watch  Alpha")]]), Some(false));
        check(&name(&[&[(10, UTF8, "Watch  Alpha")]]), Some(false));
        check(&name(&[&[(3, UTF8, "WatchAlpha")]]), Some(false));
        check(&name(&[]), Some(false));
        check(&[0x30, 2, 0x31], None);
        let (one, other) = ((3, UTF8, "a"), (10, UTF8, "b"));
        assert_eq!(same(&name(&[&[one, other]]), &name(&[&[other, one]])), Some(true));
        assert_eq!(same(&name(&[&[one, other]]), &name(&[&[one], &[other]])), Some(false));
    }
}
