//! A certificate that Java refuses, written once more from what can be read of it: apksigner does so
//! before it gives up on one, for apps were signed with certificates that are not quite right. What
//! has no place in a certificate is dropped.

use super::ber::{
    BIT_STRING, Element, Elements, INTEGER, OCTETS, OID, SEQUENCE, SET, element, is_identifier,
};
use super::x509::number;

const VERSION: u8 = 0xa0;
const TIMES: [u8; 2] = [0x17, 0x18];
const BOOLEAN: u8 = 0x01;
/// Two identities that nobody uses, and the extensions.
const OPTIONAL: [u8; 3] = [1, 2, 3];

/// The certificate in its right form; `None` where too little of it can be read.
pub(super) fn mended(der: &[u8]) -> Option<Vec<u8>> {
    let mut outer = Elements::new(Elements::new(der).expect_number(SEQUENCE)?);
    let body = body(outer.expect_number(SEQUENCE)?)?;
    let algorithm = algorithm(outer.expect_number(SEQUENCE)?)?;
    let signature = element(BIT_STRING, &[outer.expect_number(BIT_STRING)?]);
    Some(element(SEQUENCE, &[&body, &algorithm, &signature]))
}

fn body(content: &[u8]) -> Option<Vec<u8>> {
    let mut parts = Elements::new(content);
    let version = Elements::new(parts.expect_number(VERSION)?).next()?.content;
    let version = integer(version);
    let serial = integer(parts.expect_number(INTEGER)?);
    let algorithm_of_signature = algorithm(parts.expect_number(SEQUENCE)?)?;
    let issuer = name(parts.expect_number(SEQUENCE)?)?;
    let mut times = Elements::new(parts.expect_number(SEQUENCE)?);
    let (first, last) = (time(times.next()?)?, time(times.next()?)?);
    let subject = name(parts.expect_number(SEQUENCE)?)?;
    let mut key = Elements::new(parts.expect_number(SEQUENCE)?);
    let algorithm_of_key = algorithm(key.expect_number(SEQUENCE)?)?;
    let key = element(BIT_STRING, &[key.expect_number(BIT_STRING)?]);
    Some(element(
        SEQUENCE,
        &[
            &element(VERSION, &[&version]),
            &serial,
            &algorithm_of_signature,
            &issuer,
            &element(SEQUENCE, &[&first, &last]),
            &subject,
            &element(SEQUENCE, &[&algorithm_of_key, &key]),
            &optional(parts)?,
        ],
    ))
}

fn integer(digits: &[u8]) -> Vec<u8> {
    element(INTEGER, &[if digits.is_empty() { &[0] } else { number(digits) }])
}

fn algorithm(content: &[u8]) -> Option<Vec<u8>> {
    let mut parts = Elements::new(content);
    let kind = parts.expect_number(OID).filter(|kind| is_identifier(kind))?;
    let mut parameters = &[][..];
    while !parts.is_empty() {
        let part = parts.next()?;
        if part.is_universal() {
            parameters = part.whole;
            break;
        }
    }
    Some(element(SEQUENCE, &[&element(OID, &[kind]), parameters]))
}

fn name(content: &[u8]) -> Option<Vec<u8>> {
    let mut groups = Elements::new(content);
    let mut all = Vec::new();
    while !groups.is_empty() {
        let mut pairs = Elements::new(groups.expect_number(SET)?);
        let mut group = Vec::new();
        while !pairs.is_empty() {
            let mut pair = Elements::new(pairs.expect_number(SEQUENCE)?);
            let kind = pair.expect_number(OID).filter(|kind| is_identifier(kind))?;
            let value = pair.next().filter(|value| value.is_universal())?;
            group.push(element(SEQUENCE, &[&element(OID, &[kind]), value.whole]));
        }
        group.sort_unstable();
        all.extend(element(SET, &[&group.concat()]));
    }
    Some(element(SEQUENCE, &[&all]))
}

fn time(time: Element<'_>) -> Option<Vec<u8>> {
    TIMES.contains(&time.tag).then(|| element(time.tag, &[time.content]))
}

/// What may stand behind the key, in this order; anything else is passed over.
fn optional(mut parts: Elements<'_>) -> Option<Vec<u8>> {
    let mut kept = Vec::new();
    let mut order = OPTIONAL.as_slice();
    while !order.is_empty() && !parts.is_empty() {
        let part = parts.next()?;
        let Some(at) = order.iter().position(|number| part.tag & 0xdf == 0x80 | number) else {
            continue;
        };
        if order[at] < 3 {
            kept.extend(element(0x80 | order[at], &[part.content]));
        } else {
            let list = Elements::new(part.content).next()?;
            if let List::Of(extensions) = extensions(Elements::new(list.content))? {
                kept.extend(element(0xa3, &[&element(SEQUENCE, &[&extensions])]));
            } else {
                continue;
            }
        }
        order = &order[at + 1..];
    }
    Some(kept)
}

/// What a list of extensions is one of.
enum List {
    Of(Vec<u8>),
    /// It is passed over.
    OfSomethingElse,
}

fn extensions(mut list: Elements<'_>) -> Option<List> {
    let mut all = Vec::new();
    while !list.is_empty() {
        let Some(extension) = list.next()?.of(SEQUENCE) else {
            return Some(List::OfSomethingElse);
        };
        let mut parts = Elements::new(extension);
        let kind = parts.expect_number(OID).filter(|kind| is_identifier(kind))?;
        let critical = match parts.optional(BOOLEAN) {
            Some(Element { content: [flag], .. }) => u8::from(*flag != 0) * 0xff,
            Some(_) => return None,
            None => 0,
        };
        let value = parts.expect_number(OCTETS)?;
        let (kind, critical) = (element(OID, &[kind]), element(BOOLEAN, &[&[critical]]));
        all.extend(element(SEQUENCE, &[&kind, &critical, &element(OCTETS, &[value])]));
    }
    Some(List::Of(all))
}
