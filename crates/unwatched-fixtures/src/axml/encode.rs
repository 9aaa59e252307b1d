//! Lays an [`Element`] tree out as binary XML: string pool, resource map, then the nodes.

use std::collections::{BTreeMap, BTreeSet};

use super::{Attribute, Element, Value, attribute_id};
use crate::bytes::{Bytes, as_u16, as_u32};

const ANDROID: &str = "http://schemas.android.com/apk/res/android";
const NOTHING: u32 = 0xffff_ffff;

const CHUNK_STRING_POOL: u16 = 0x0001;
const CHUNK_XML: u16 = 0x0003;
const CHUNK_START_NAMESPACE: u16 = 0x0100;
const CHUNK_END_NAMESPACE: u16 = 0x0101;
const CHUNK_START_ELEMENT: u16 = 0x0102;
const CHUNK_END_ELEMENT: u16 = 0x0103;
const CHUNK_RESOURCE_MAP: u16 = 0x0180;

const FLAG_UTF8: u32 = 1 << 8;

/// How the string pool keeps its text; the platform's tools write either.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StringEncoding {
    /// As the platform's own tools write a manifest.
    #[default]
    Utf16,
    /// As they write resources, and as some packers write a manifest.
    Utf8,
}

/// The tree as binary XML.
pub fn encode(root: &Element, encoding: StringEncoding) -> Vec<u8> {
    let strings = Strings::of(root);
    let mut out = Bytes::default();
    let chunk = open(&mut out, CHUNK_XML, 8);
    out.put(&string_pool(&strings.ordered, encoding));
    let map = open(&mut out, CHUNK_RESOURCE_MAP, 8);
    for id in &strings.resource_ids {
        out.put_u32(*id);
    }
    close(&mut out, map);
    write_namespace(&mut out, CHUNK_START_NAMESPACE, &strings);
    write_element(&mut out, root, &strings, &mut 1);
    write_namespace(&mut out, CHUNK_END_NAMESPACE, &strings);
    close(&mut out, chunk);
    out.0
}

/// The pool's order: attribute names that have an id come first, by id, so that the resource map can
/// be read by the same index.
struct Strings {
    ordered: Vec<String>,
    index: BTreeMap<String, u32>,
    /// Android's names and plain ones are apart: a plain `name` must not take an id's place.
    resource_ids: Vec<u32>,
    android_index: BTreeMap<String, u32>,
}

impl Strings {
    fn of(root: &Element) -> Self {
        let mut with_id = BTreeMap::new();
        let mut others = BTreeSet::from([ANDROID.to_owned(), "android".to_owned()]);
        gather(root, &mut with_id, &mut others);

        let resource_ids: Vec<u32> = with_id.keys().copied().collect();
        let mut ordered: Vec<String> = with_id.into_values().collect();
        let android_index = indexed(&ordered, 0);
        let index = indexed(others.iter(), ordered.len());
        ordered.extend(others);
        Self { ordered, index, resource_ids, android_index }
    }

    fn text(&self, text: &str) -> u32 {
        self.index[text]
    }

    fn attribute_name(&self, attribute: &Attribute) -> u32 {
        let known = self.android_index.get(&attribute.name).filter(|_| attribute.android);
        known.copied().unwrap_or_else(|| self.text(&attribute.name))
    }
}

fn indexed<'a>(
    strings: impl IntoIterator<Item = &'a String>,
    first: usize,
) -> BTreeMap<String, u32> {
    let numbered = strings.into_iter().enumerate();
    numbered.map(|(at, text)| (text.clone(), as_u32(first + at))).collect()
}

fn gather(element: &Element, with_id: &mut BTreeMap<u32, String>, others: &mut BTreeSet<String>) {
    others.insert(element.name.clone());
    for attribute in &element.attributes {
        match attribute_id(&attribute.name).filter(|_| attribute.android) {
            Some(id) => drop(with_id.insert(id, attribute.name.clone())),
            None => drop(others.insert(attribute.name.clone())),
        }
        if let Value::Text(text) = &attribute.value {
            others.insert(text.clone());
        }
    }
    for child in &element.children {
        gather(child, with_id, others);
    }
}

/// A string pool chunk, as binary XML and resource tables both hold it.
pub(crate) fn string_pool(strings: &[String], encoding: StringEncoding) -> Vec<u8> {
    let mut data = Bytes::default();
    let mut offsets = Vec::with_capacity(strings.len());
    for text in strings {
        offsets.push(as_u32(data.position()));
        match encoding {
            StringEncoding::Utf16 => put_utf16(&mut data, text),
            StringEncoding::Utf8 => put_utf8(&mut data, text),
        }
    }
    data.align(4);

    let mut out = Bytes::default();
    let chunk = open(&mut out, CHUNK_STRING_POOL, 28);
    out.put_u32(as_u32(strings.len()));
    out.put_u32(0); // styles
    out.put_u32(if encoding == StringEncoding::Utf8 { FLAG_UTF8 } else { 0 });
    out.put_u32(as_u32(28 + 4 * strings.len()));
    out.put_u32(0); // where styles start
    for offset in offsets {
        out.put_u32(offset);
    }
    out.put(&data.0);
    close(&mut out, chunk);
    out.0
}

fn put_utf16(out: &mut Bytes, text: &str) {
    let units: Vec<u16> = text.encode_utf16().collect();
    let length = as_u32(units.len());
    if length > 0x7fff {
        out.put_u16(0x8000 | as_u16((length >> 16) as usize));
    }
    out.put_u16(as_u16((length & 0xffff) as usize));
    for unit in units {
        out.put_u16(unit);
    }
    out.put_u16(0);
}

fn put_utf8(out: &mut Bytes, text: &str) {
    for length in [text.encode_utf16().count(), text.len()] {
        let [low, high] = as_u16(length).to_le_bytes();
        assert!(length < 0x8000, "a string of an 8-bit pool is under 32,768 bytes");
        if length > 0x7f {
            out.put_u8(0x80 | high);
        }
        out.put_u8(low);
    }
    out.put(text.as_bytes());
    out.put_u8(0);
}

fn write_namespace(out: &mut Bytes, kind: u16, strings: &Strings) {
    let chunk = open(out, kind, 16);
    out.put_u32(1); // line
    out.put_u32(NOTHING); // comment
    out.put_u32(strings.text("android"));
    out.put_u32(strings.text(ANDROID));
    close(out, chunk);
}

fn write_element(out: &mut Bytes, element: &Element, strings: &Strings, line: &mut u32) {
    let own_line = *line;
    *line += 1;
    let chunk = open(out, CHUNK_START_ELEMENT, 16);
    out.put_u32(own_line);
    out.put_u32(NOTHING);
    out.put_u32(NOTHING); // namespace
    out.put_u32(strings.text(&element.name));
    out.put_u16(20); // where attributes start
    out.put_u16(20); // size of each
    out.put_u16(as_u16(element.attributes.len()));
    out.put_u16(0); // index of `id`, `class` and `style`, all absent
    out.put_u16(0);
    out.put_u16(0);
    for attribute in in_platform_order(&element.attributes) {
        write_attribute(out, attribute, strings);
    }
    close(out, chunk);

    for child in &element.children {
        write_element(out, child, strings, line);
    }

    let chunk = open(out, CHUNK_END_ELEMENT, 16);
    out.put_u32(own_line);
    out.put_u32(NOTHING);
    out.put_u32(NOTHING);
    out.put_u32(strings.text(&element.name));
    close(out, chunk);
}

/// The platform searches attributes by ascending id; those without one follow.
fn in_platform_order(attributes: &[Attribute]) -> Vec<&Attribute> {
    let mut sorted: Vec<&Attribute> = attributes.iter().collect();
    sorted.sort_by_key(|attribute| {
        attribute_id(&attribute.name).filter(|_| attribute.android).unwrap_or(NOTHING)
    });
    sorted
}

fn write_attribute(out: &mut Bytes, attribute: &Attribute, strings: &Strings) {
    out.put_u32(if attribute.android { strings.text(ANDROID) } else { NOTHING });
    out.put_u32(strings.attribute_name(attribute));
    let (raw, kind, data) = match &attribute.value {
        Value::Text(text) => (strings.text(text), 0x03, strings.text(text)),
        Value::Integer(number) => (NOTHING, 0x10, number.cast_unsigned()),
        Value::Flags(flags) => (NOTHING, 0x11, *flags),
        Value::Boolean(truth) => (NOTHING, 0x12, if *truth { NOTHING } else { 0 }),
        Value::Reference(id) => (NOTHING, 0x01, *id),
    };
    out.put_u32(raw);
    out.put_u16(8);
    out.put_u8(0);
    out.put_u8(kind);
    out.put_u32(data);
}

/// Starts a chunk; its size is written by [`close`].
fn open(out: &mut Bytes, kind: u16, header_size: u16) -> usize {
    let at = out.position();
    out.put_u16(kind);
    out.put_u16(header_size);
    out.put_u32(0);
    at
}

fn close(out: &mut Bytes, chunk: usize) {
    let size = as_u32(out.position() - chunk);
    out.patch_u32(chunk + 4, size);
}
