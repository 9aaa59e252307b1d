//! The two things in a manifest that decide about signatures: which security sandbox an app asks
//! for, and for which API level it is made. What is malformed counts as not said, as apksigner has
//! it, but for what makes it give up.
//!
//! What an app declares otherwise is read by [`crate::manifest`].

use crate::bytes::{offset, slice, u16, u32};

use super::manifest_strings::{Fault, Strings};

const XML: u16 = 0x0003;
const STRINGS: u16 = 0x0001;
const RESOURCE_MAP: u16 = 0x0180;
const START_ELEMENT: u16 = 0x0102;
const END_ELEMENT: u16 = 0x0103;
const HEADER_BYTES: usize = 8;
const ELEMENT_BYTES: usize = 20;
const ATTRIBUTE_BYTES: usize = 20;
const NO_NAMESPACE: u32 = u32::MAX;

const TARGET_SANDBOX_VERSION: u32 = 0x0101_054c;
const TARGET_SDK_VERSION: u32 = 0x0101_0270;
const MIN_SDK_VERSION: u32 = 0x0101_020c;
const STRING: u8 = 0x03;
const INTEGERS: [u8; 2] = [0x10, 0x11];

/// What an app asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Asked {
    /// 1 where it does not say.
    pub(super) sandbox: i32,
    /// The lowest level it runs on where it does not say, and 1 where it says neither.
    pub(super) target_api: i32,
}

impl Asked {
    /// Reads a binary manifest; `None` where apksigner gives up.
    pub(super) fn of(manifest: &[u8]) -> Option<Self> {
        let said = |value: Result<i32, Fault>| match value {
            Ok(value) => Some(Some(value)),
            Err(Fault::Malformed) => Some(None),
            Err(Fault::GaveUp) => None,
        };
        let sandbox = said(attribute(manifest, "manifest", TARGET_SANDBOX_VERSION))?.unwrap_or(1);
        let target_api = match said(attribute(manifest, "uses-sdk", TARGET_SDK_VERSION))? {
            Some(target) => target,
            None => said(lowest_api(manifest))?.unwrap_or(1),
        };
        Some(Self { sandbox, target_api })
    }
}

/// The number of the first such attribute under any element of this name.
fn attribute(manifest: &[u8], element: &str, id: u32) -> Result<i32, Fault> {
    let mut document = Document::open(manifest)?;
    while let Some(start) = document.next_element()? {
        if start.name == element
            && let Some((kind, value)) = start.attribute(id)?
        {
            let number = INTEGERS.contains(&kind).then_some(value.cast_signed());
            return number.ok_or(Fault::Malformed);
        }
    }
    Err(Fault::Malformed)
}

/// The highest of the lowest levels named; 1 where none is.
fn lowest_api(manifest: &[u8]) -> Result<i32, Fault> {
    let mut document = Document::open(manifest)?;
    let mut lowest = 1;
    while let Some(start) = document.next_element()? {
        if start.depth != 2 || start.name != "uses-sdk" || !start.in_no_namespace {
            continue;
        }
        let level = match start.attribute(MIN_SDK_VERSION)? {
            Some((STRING, value)) => of_codename(&document.string(value)?)?,
            Some((kind, value)) if INTEGERS.contains(&kind) => value.cast_signed(),
            Some(_) => return Err(Fault::Malformed),
            None => 1,
        };
        lowest = lowest.max(level);
    }
    Ok(lowest)
}

/// The level before that of a version in the making, by its name's first letter: one a letter
/// since O, which came behind 25. Earlier ones decide nothing here.
fn of_codename(name: &str) -> Result<i32, Fault> {
    let letter = name.bytes().next().filter(u8::is_ascii_uppercase).ok_or(Fault::Malformed)?;
    Ok(25 + i32::from(letter.saturating_sub(b'O')))
}

/// A binary XML document, read as far as was asked.
struct Document<'a> {
    rest: &'a [u8],
    strings: Option<Strings<'a>>,
    resources: Option<&'a [u8]>,
    depth: u32,
}

/// The beginning of an element.
struct Start<'a> {
    name: String,
    in_no_namespace: bool,
    depth: u32,
    attributes: &'a [u8],
    size: usize,
    count: usize,
    resources: &'a [u8],
}

impl Start<'_> {
    /// Kind and value of the first attribute with this resource.
    fn attribute(&self, id: u32) -> Result<Option<(u8, u32)>, Fault> {
        let mut found = None;
        for number in 0..self.count {
            let attribute = slice(self.attributes, number * self.size, self.size)
                .filter(|attribute| attribute.len() >= ATTRIBUTE_BYTES)
                .ok_or(Fault::GaveUp)?;
            let own =
                offset(attribute, 4).and_then(|name| u32(self.resources, name.checked_mul(4)?));
            if own == Some(id) && found.is_none() {
                found = u32(attribute, 16).map(|value| (attribute[15], value));
            }
        }
        Ok(found)
    }
}

impl<'a> Document<'a> {
    /// Looks for the document in a file.
    fn open(mut file: &'a [u8]) -> Result<Self, Fault> {
        while let Some(chunk) = chunk(&mut file)? {
            if chunk.kind == XML {
                let rest = &chunk.whole[chunk.header..];
                return Ok(Self { rest, strings: None, resources: None, depth: 0 });
            }
        }
        Err(Fault::Malformed)
    }

    fn string(&self, index: u32) -> Result<String, Fault> {
        self.strings.as_ref().ok_or(Fault::Malformed)?.get(index)
    }

    /// The next element that begins.
    fn next_element(&mut self) -> Result<Option<Start<'a>>, Fault> {
        while let Some(chunk) = chunk(&mut self.rest)? {
            let contents = &chunk.whole[chunk.header..];
            match chunk.kind {
                STRINGS if self.strings.is_some() => return Err(Fault::Malformed),
                STRINGS => self.strings = Some(Strings::read(chunk.whole, chunk.header)?),
                RESOURCE_MAP if self.resources.is_some() => return Err(Fault::Malformed),
                RESOURCE_MAP => self.resources = Some(contents),
                START_ELEMENT => {
                    self.depth += 1;
                    return self.start(contents).map(Some);
                }
                END_ELEMENT => {
                    self.names(contents)?;
                    self.depth = self.depth.saturating_sub(1);
                }
                _ => {}
            }
        }
        Ok(None)
    }

    /// An element's name, and whether it is in no namespace.
    fn names(&self, element: &[u8]) -> Result<(String, bool), Fault> {
        let (namespace, name) = u32(element, 0).zip(u32(element, 4)).ok_or(Fault::Malformed)?;
        let name = self.string(name)?;
        let in_none = namespace == NO_NAMESPACE || self.string(namespace)?.is_empty();
        Ok((name, in_none))
    }

    fn start(&self, element: &'a [u8]) -> Result<Start<'a>, Fault> {
        let field = |at| u16(element, at).map(usize::from).ok_or(Fault::Malformed);
        slice(element, 0, ELEMENT_BYTES).ok_or(Fault::Malformed)?;
        let (start, size, count) = (field(8)?, field(10)?, field(12)?);
        let attributes = slice(element, start, size * count).ok_or(Fault::Malformed)?;
        let (name, in_no_namespace) = self.names(element)?;
        let resources = self.resources.unwrap_or_default();
        Ok(Start { name, in_no_namespace, depth: self.depth, attributes, size, count, resources })
    }
}

struct Chunk<'a> {
    kind: u16,
    whole: &'a [u8],
    header: usize,
}

/// The next chunk; `None` at the end. One that reaches too far ends it all.
fn chunk<'a>(rest: &mut &'a [u8]) -> Result<Option<Chunk<'a>>, Fault> {
    let data = *rest;
    let fields = offset(data, 4).zip(u16(data, 0)).zip(u16(data, 2));
    let Some(((size, kind), header)) = fields else { return Ok(None) };
    if size > data.len() {
        *rest = &[];
        return Ok(None);
    }
    let header = usize::from(header);
    if header < HEADER_BYTES || header > size {
        return Err(Fault::Malformed);
    }
    let (whole, after) = data.split_at(size);
    *rest = after;
    Ok(Some(Chunk { kind, whole, header }))
}
