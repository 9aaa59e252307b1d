//! Android's binary XML: elements in document order, each knowing its parent.
//!
//! The elements lie flat in a list, so that a hostile depth cannot exhaust the stack. Attribute
//! names come from the resource ids, as Android reads them; names in the string pool may lie.

use std::rc::Rc;

use unwatched_model::report::Anomaly;

use crate::bytes::{offset, slice, u8, u16, u32};
use crate::findings::anomaly;
use crate::strings_pool::StringPool;

/// More elements than any real manifest has.
const MAX_ELEMENTS: usize = 50_000;

/// No settings file nests deeper; a hostile one does.
const MAX_ABOVE: usize = 16;

const CHUNK_XML: u16 = 0x0003;
const CHUNK_STRINGS: u16 = 0x0001;
const CHUNK_RESOURCE_MAP: u16 = 0x0180;
const CHUNK_START_NAMESPACE: u16 = 0x0100;
const CHUNK_END_NAMESPACE: u16 = 0x0101;
const CHUNK_START_ELEMENT: u16 = 0x0102;
const CHUNK_END_ELEMENT: u16 = 0x0103;
const CHUNK_TEXT: u16 = 0x0104;

/// What an attribute holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// Text.
    Text(Rc<str>),
    /// A number, an enumeration or flags.
    Number(u32),
    /// Yes or no.
    Flag(bool),
    /// The id of a resource that holds it.
    Resource(u32),
    /// Opacity, red, green and blue.
    Colour(u32),
    /// A number with a point.
    Fraction(f32),
    /// Anything else (a dimension, an attribute of the theme); nothing we ask for.
    Other,
}

/// One attribute.
#[derive(Debug)]
pub(crate) struct Attribute {
    name: Rc<str>,
    /// Whether the name comes from a resource id; only such a one is Android's own attribute.
    by_id: bool,
    value: Value,
}

/// One element.
#[derive(Debug)]
pub(crate) struct Element {
    pub(crate) name: Rc<str>,
    /// The place of its parent in the document's list; `None` for the root.
    pub(crate) parent: Option<usize>,
    pub(crate) attributes: Vec<Attribute>,
}

impl Element {
    /// What the attribute of this name holds: Android's own before one that only has its name.
    pub(crate) fn attribute(&self, name: &str) -> Option<&Value> {
        let named = || self.attributes.iter().filter(|attribute| &*attribute.name == name);
        let attribute = named().find(|attribute| attribute.by_id).or_else(|| named().next())?;
        Some(&attribute.value)
    }
}

/// A whole document.
#[derive(Debug, Default)]
pub(crate) struct Document {
    pub(crate) elements: Vec<Element>,
    pub(crate) anomalies: Vec<Anomaly>,
    /// Why the elements are not all.
    pub(crate) cut: Option<String>,
}

impl Document {
    /// Puts what a resource stands for in the place of its id, where that is known.
    pub(crate) fn resolve(&mut self, stands_for: impl Fn(u32) -> Option<Value>) {
        let attributes = self.elements.iter_mut().flat_map(|element| &mut element.attributes);
        for attribute in attributes {
            if let Value::Resource(id) = attribute.value
                && let Some(value) = stands_for(id)
            {
                attribute.value = value;
            }
        }
    }

    /// Whether an element stands in one of this name, at most [`MAX_ABOVE`] levels above.
    pub(crate) fn is_within(&self, element: &Element, name: &str) -> bool {
        let parent = |one: &Element| one.parent.and_then(|place| self.elements.get(place));
        let above = std::iter::successors(parent(element), |one| parent(one));
        above.take(MAX_ABOVE).any(|one| *one.name == *name)
    }
}

/// Reads binary XML; the error says why it is none.
pub(crate) fn read(data: &[u8], place: &str) -> Result<Document, String> {
    let kind = u16(data, 0).ok_or("it is empty or cut off")?;
    let header = usize::from(u16(data, 2).ok_or("it is cut off")?);
    let mut document = Document::default();
    if kind != CHUNK_XML {
        if data.trim_ascii_start().starts_with(b"<") {
            return Err("it is text, not Android's binary XML".to_owned());
        }
        document.anomalies.push(anomaly(
            "manifest_odd_start",
            format!("begins with chunk type {kind:#06x} where binary XML has 0x0003"),
            place,
        ));
    }
    let mut reader = Reader {
        data,
        place,
        strings: StringPool::empty(),
        have_strings: false,
        resource_ids: Vec::new(),
        open: Vec::new(),
        document,
    };
    reader.run(header.max(8));
    let document = reader.document;
    if document.elements.is_empty() {
        let why = document.cut.unwrap_or_else(|| "it holds no element".to_owned());
        return Err(format!("it is not readable binary XML: {why}"));
    }
    Ok(document)
}

struct Reader<'a> {
    data: &'a [u8],
    place: &'a str,
    strings: StringPool<'a>,
    have_strings: bool,
    resource_ids: Vec<u32>,
    /// Elements begun and not ended.
    open: Vec<usize>,
    document: Document,
}

impl<'a> Reader<'a> {
    fn run(&mut self, mut at: usize) {
        let mut unknown = 0usize;
        while at < self.data.len() {
            let Some((kind, size)) = u16(self.data, at).zip(offset(self.data, at + 4)) else {
                self.document.cut = Some("it ends inside a chunk".to_owned());
                break;
            };
            let Some(chunk) = slice(self.data, at, size).filter(|_| size >= 8) else {
                self.document.cut = Some("a chunk is longer than the file".to_owned());
                break;
            };
            if self.chunk(kind, chunk).is_none() {
                self.document.cut.get_or_insert_with(|| "an element is cut off".to_owned());
            }
            unknown += usize::from(!is_known(kind));
            at += size;
        }
        if unknown > 0 {
            self.document.anomalies.push(anomaly(
                "manifest_unknown_chunk",
                format!("{unknown} chunks of unknown kind, which Android skips"),
                self.place,
            ));
        }
        if !self.open.is_empty() && self.document.cut.is_none() {
            self.document.cut = Some(format!("{} elements are never closed", self.open.len()));
        }
    }

    fn chunk(&mut self, kind: u16, chunk: &'a [u8]) -> Option<()> {
        match kind {
            CHUNK_STRINGS if !self.have_strings => {
                self.strings = StringPool::read(chunk)?;
                self.have_strings = true;
            }
            CHUNK_RESOURCE_MAP => {
                let ids = chunk.get(usize::from(u16(chunk, 2)?)..)?;
                self.resource_ids = ids.chunks_exact(4).filter_map(|four| u32(four, 0)).collect();
            }
            CHUNK_START_ELEMENT if self.document.elements.len() == MAX_ELEMENTS => {
                let what = format!("only its first {MAX_ELEMENTS} elements were read");
                self.document.cut.get_or_insert(what);
                self.open.push(0);
            }
            CHUNK_START_ELEMENT => {
                let element = self.element(chunk)?;
                self.open.push(self.document.elements.len());
                self.document.elements.push(element);
            }
            CHUNK_END_ELEMENT => {
                self.open.pop();
            }
            _ => {}
        }
        Some(())
    }

    fn element(&self, chunk: &[u8]) -> Option<Element> {
        let header = usize::from(u16(chunk, 2)?);
        let body = chunk.get(header..)?;
        let name = self.strings.get(u32(body, 4)?).unwrap_or_else(|| "".into());
        let first = usize::from(u16(body, 8)?);
        let stride = usize::from(u16(body, 10)?).max(20);
        let count = usize::from(u16(body, 12)?);
        let attributes = (0..count)
            .map_while(|index| slice(body, first + index * stride, 20))
            .filter_map(|raw| self.attribute(raw))
            .collect();
        Some(Element { name, parent: self.open.last().copied(), attributes })
    }

    fn attribute(&self, raw: &[u8]) -> Option<Attribute> {
        let index = u32(raw, 4)?;
        let id = self.resource_ids.get(usize::try_from(index).ok()?).copied();
        let known = id.and_then(name_of_attribute);
        let name = match known {
            Some(known) => known.into(),
            None => self.strings.get(index)?,
        };
        let data = u32(raw, 16)?;
        let value = match u8(raw, 15)? {
            0x01 | 0x07 => Value::Resource(data),
            0x03 => Value::Text(self.strings.get(data)?),
            0x12 => Value::Flag(data != 0),
            0x10 | 0x11 => Value::Number(data),
            0x04 => Value::Fraction(f32::from_bits(data)),
            0x1c..=0x1f => Value::Colour(data),
            _ => Value::Other,
        };
        Some(Attribute { name, by_id: known.is_some(), value })
    }
}

fn is_known(kind: u16) -> bool {
    matches!(
        kind,
        CHUNK_STRINGS
            | CHUNK_RESOURCE_MAP
            | CHUNK_START_NAMESPACE
            | CHUNK_END_NAMESPACE
            | CHUNK_START_ELEMENT
            | CHUNK_END_ELEMENT
            | CHUNK_TEXT
    )
}

/// The public ids of the attributes we ask for.
fn name_of_attribute(id: u32) -> Option<&'static str> {
    Some(match id {
        0x0101_0000 => "theme",
        0x0101_0001 => "label",
        0x0101_0002 => "icon",
        0x0101_0003 => "name",
        0x0101_0006 => "permission",
        0x0101_000c => "hasCode",
        0x0101_000e => "enabled",
        0x0101_0017 => "excludeFromRecents",
        0x0101_001c => "priority",
        0x0101_0024 => "value",
        0x0101_0119 => "src",
        0x0101_0121 => "tint",
        0x0101_0199 => "drawable",
        0x0101_019d => "startColor",
        0x0101_019e => "endColor",
        0x0101_01a5 => "color",
        0x0101_0025 => "resource",
        0x0101_0027 => "scheme",
        0x0101_0202 => "targetActivity",
        0x0101_020b => "centerColor",
        0x0101_020c => "minSdkVersion",
        0x0101_021b => "versionCode",
        0x0101_021c => "versionName",
        0x0101_022d => "noHistory",
        0x0101_0270 => "targetSdkVersion",
        0x0101_028e => "required",
        0x0101_031f => "alpha",
        0x0101_0324 => "scaleX",
        0x0101_0325 => "scaleY",
        0x0101_0380 => "accessibilityEventTypes",
        0x0101_0384 => "accessibilityFlags",
        0x0101_0385 => "canRetrieveWindowContent",
        0x0101_03d9 => "canRequestFilterKeyEvents",
        0x0101_0404 => "fillColor",
        0x0101_0405 => "pathData",
        0x0101_0406 => "strokeColor",
        0x0101_04cb => "strokeAlpha",
        0x0101_04cc => "fillAlpha",
        0x0101_04ec => "usesCleartextTraffic",
        0x0101_0505 => "directBootAware",
        0x0101_050d => "canPerformGestures",
        0x0101_0527 => "networkSecurityConfig",
        0x0101_052c => "roundIcon",
        0x0101_0576 => "versionCodeMajor",
        0x0101_0599 => "foregroundServiceType",
        0x0101_060f => "canTakeScreenshot",
        0x0101_0641 => "isAccessibilityTool",
        _ => return None,
    })
}
