//! The one thing of a manifest that decides about signatures: which security sandbox an app asks
//! for. It is read as Android's verifier reads it, whose refusal of a manifest refuses the app.

use crate::bytes::{offset, slice, u16, u32};
use crate::strings_pool::StringPool;

const XML: u16 = 0x0003;
const STRINGS: u16 = 0x0001;
const RESOURCE_MAP: u16 = 0x0180;
const START_ELEMENT: u16 = 0x0102;
const END_ELEMENT: u16 = 0x0103;
const HEADER_BYTES: usize = 8;
const NO_NAMESPACE: u32 = u32::MAX;
const TARGET_SANDBOX_VERSION: u32 = 0x0101_054c;
const INTEGERS: [u8; 2] = [0x10, 0x11];

/// The sandbox version that the manifest's first element asks for, 1 where it asks for none; `None`
/// where no manifest element can be read.
pub(super) fn target_version(manifest: &[u8]) -> Option<i32> {
    let mut rest = manifest;
    let contents = loop {
        let chunk = chunk(&mut rest)?;
        if chunk.kind == XML {
            break chunk.contents;
        }
    };
    let mut rest = contents;
    let mut strings = None;
    let mut resources: Option<&[u8]> = None;
    let mut depth = 0u32;
    loop {
        let chunk = chunk(&mut rest)?;
        match chunk.kind {
            STRINGS if strings.is_some() => return None,
            STRINGS => strings = Some(StringPool::read(chunk.whole)?),
            RESOURCE_MAP if resources.is_some() => return None,
            RESOURCE_MAP => resources = Some(chunk.contents),
            START_ELEMENT => {
                depth += 1;
                let element = chunk.contents;
                let attributes = attributes(element)?;
                let strings = strings.as_ref()?;
                let name = strings.get(u32(element, 4)?)?;
                let namespace = match u32(element, 0)? {
                    NO_NAMESPACE => None,
                    namespace => Some(strings.get(namespace)?),
                };
                if depth == 1
                    && &*name == "manifest"
                    && namespace.is_none_or(|namespace| namespace.is_empty())
                {
                    return sandbox_of(attributes, resources.unwrap_or_default());
                }
            }
            END_ELEMENT => {
                let strings = strings.as_ref()?;
                strings.get(u32(chunk.contents, 4)?)?;
                depth = depth.saturating_sub(1);
            }
            _ => {}
        }
    }
}

/// The attributes of a start element with the length of one.
fn attributes(element: &[u8]) -> Option<(&[u8], usize, usize)> {
    let start = usize::from(u16(element, 8)?);
    let size = usize::from(u16(element, 10)?);
    let count = usize::from(u16(element, 12)?);
    slice(element, 0, 20)?;
    Some((slice(element, start, size * count)?, size, count))
}

fn sandbox_of((attributes, size, count): (&[u8], usize, usize), resources: &[u8]) -> Option<i32> {
    for number in 0..count {
        let attribute = attributes.get(number * size..)?;
        let name = offset(attribute, 4)?;
        let (kind, value) = (*attribute.get(15)?, u32(attribute, 16)?);
        let id = name.checked_mul(4).and_then(|at| u32(resources, at));
        if id == Some(TARGET_SANDBOX_VERSION) {
            return INTEGERS.contains(&kind).then_some(value.cast_signed());
        }
    }
    Some(1)
}

struct Chunk<'a> {
    kind: u16,
    whole: &'a [u8],
    contents: &'a [u8],
}

/// The next chunk; `None` at the end and where one is malformed.
fn chunk<'a>(rest: &mut &'a [u8]) -> Option<Chunk<'a>> {
    let data = *rest;
    let size = offset(data, 4)?;
    let header = usize::from(u16(data, 2)?);
    if header < HEADER_BYTES || header > size {
        return None;
    }
    let whole = slice(data, 0, size)?;
    *rest = &data[size..];
    Some(Chunk { kind: u16(data, 0)?, whole, contents: &whole[header..] })
}
