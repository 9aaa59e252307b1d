//! A small `resources.arsc`: strings in a few languages, and the paths of `res/xml` files.
//!
//! Real apps keep their name here and only refer to it from the manifest.

use std::collections::BTreeSet;

use crate::axml::{StringEncoding, string_pool};
use crate::bytes::{Bytes, as_u16, as_u32};

const CHUNK_TABLE: u16 = 0x0002;
const CHUNK_PACKAGE: u16 = 0x0200;
const CHUNK_TYPE: u16 = 0x0201;
const CHUNK_TYPE_SPEC: u16 = 0x0202;
const PACKAGE_HEADER_SIZE: u16 = 288;
const CONFIGURATION_SIZE: u32 = 64;
const TYPE_HEADER_SIZE: u16 = 84;
const DIFFERS_BY_LOCALE: u32 = 0x4;
const NO_ENTRY: u32 = 0xffff_ffff;
const APP_PACKAGE: u32 = 0x7f;
const TYPES: [&str; 2] = ["xml", "string"];

/// A string by name, with its text by language; no language stands for every other one.
#[derive(Debug, Clone)]
pub(super) struct Text {
    pub(super) name: String,
    pub(super) texts: Vec<(Option<[u8; 2]>, String)>,
}

/// What an app keeps outside its code.
#[derive(Debug, Clone, Default)]
pub(super) struct Resources {
    /// Paths in the archive.
    pub(super) xml_files: Vec<String>,
    pub(super) texts: Vec<Text>,
}

impl Resources {
    pub(super) fn is_empty(&self) -> bool {
        self.xml_files.is_empty() && self.texts.is_empty()
    }

    /// The id of the next file to be added.
    pub(super) fn next_xml_id(&self) -> u32 {
        APP_PACKAGE << 24 | 1 << 16 | as_u32(self.xml_files.len())
    }

    /// The id of a string by its name.
    pub(super) fn text_id(&self, name: &str) -> Option<u32> {
        let index = self.texts.iter().position(|text| text.name == name)?;
        Some(APP_PACKAGE << 24 | 2 << 16 | as_u32(index))
    }

    /// The table's bytes.
    pub(super) fn encode(&self, package: &str) -> Vec<u8> {
        let mut values = Values::default();
        let types = [self.xml_type(&mut values), self.string_type(&mut values)].concat();

        let mut keys: Vec<String> =
            (0..self.xml_files.len()).map(|n| format!("config_{n}")).collect();
        keys.extend(self.texts.iter().map(|text| text.name.clone()));
        let type_names = string_pool(&TYPES.map(str::to_owned), StringEncoding::Utf8);
        let keys = string_pool(&keys, StringEncoding::Utf8);

        let mut body = Bytes::default();
        body.put_u32(APP_PACKAGE);
        body.put(&package_name(package));
        body.put_u32(u32::from(PACKAGE_HEADER_SIZE));
        body.put_u32(0); // last public type
        body.put_u32(u32::from(PACKAGE_HEADER_SIZE) + as_u32(type_names.len()));
        body.put_u32(0); // last public key
        body.put_u32(0); // type id offset
        for part in [&type_names, &keys, &types] {
            body.put(part);
        }
        let package = chunk(CHUNK_PACKAGE, PACKAGE_HEADER_SIZE, &body.0);

        let values = string_pool(&values.0, StringEncoding::Utf8);
        let whole = [&1u32.to_le_bytes()[..], &values, &package].concat();
        chunk(CHUNK_TABLE, 12, &whole)
    }

    fn xml_type(&self, values: &mut Values) -> Vec<u8> {
        let entries: Vec<Option<(usize, u32)>> = self
            .xml_files
            .iter()
            .enumerate()
            .map(|(key, path)| Some((key, values.index(path))))
            .collect();
        if entries.is_empty() {
            return Vec::new();
        }
        [type_spec(1, &vec![0; entries.len()]), type_chunk(1, None, &entries)].concat()
    }

    fn string_type(&self, values: &mut Values) -> Vec<u8> {
        if self.texts.is_empty() {
            return Vec::new();
        }
        let flags: Vec<u32> = self
            .texts
            .iter()
            .map(|text| if text.texts.len() > 1 { DIFFERS_BY_LOCALE } else { 0 })
            .collect();
        let mut out = type_spec(2, &flags);
        let languages: BTreeSet<Option<[u8; 2]>> =
            self.texts.iter().flat_map(|text| &text.texts).map(|(language, _)| *language).collect();
        for language in languages {
            let entries: Vec<Option<(usize, u32)>> = self
                .texts
                .iter()
                .enumerate()
                .map(|(at, text)| {
                    let (_, written) = text.texts.iter().find(|(one, _)| *one == language)?;
                    Some((self.xml_files.len() + at, values.index(written)))
                })
                .collect();
            out.extend(type_chunk(2, language, &entries));
        }
        out
    }
}

/// The strings that resources have as their values, in order of first use.
#[derive(Default)]
struct Values(Vec<String>);

impl Values {
    fn index(&mut self, text: &str) -> u32 {
        let known = self.0.iter().position(|one| one == text);
        as_u32(known.unwrap_or_else(|| {
            self.0.push(text.to_owned());
            self.0.len() - 1
        }))
    }
}

/// 128 UTF-16 units, filled up with zeros.
fn package_name(package: &str) -> Vec<u8> {
    let mut units: Vec<u16> = package.encode_utf16().take(127).collect();
    units.resize(128, 0);
    units.into_iter().flat_map(u16::to_le_bytes).collect()
}

/// What may differ between configurations, per entry.
fn type_spec(id: u8, flags: &[u32]) -> Vec<u8> {
    let mut body = Bytes::default();
    body.put(&[id, 0, 0, 0]);
    body.put_u32(as_u32(flags.len()));
    for flag in flags {
        body.put_u32(*flag);
    }
    chunk(CHUNK_TYPE_SPEC, 16, &body.0)
}

/// The entries of one type in one language: key and value as indices into their pools.
fn type_chunk(id: u8, language: Option<[u8; 2]>, entries: &[Option<(usize, u32)>]) -> Vec<u8> {
    let mut offsets = Bytes::default();
    let mut data = Bytes::default();
    for entry in entries {
        let Some((key, value)) = entry else {
            offsets.put_u32(NO_ENTRY);
            continue;
        };
        offsets.put_u32(as_u32(data.position()));
        data.put_u16(8); // size of an entry
        data.put_u16(0);
        data.put_u32(as_u32(*key));
        data.put_u16(8); // size of a value
        data.put(&[0, 0x03]); // text
        data.put_u32(*value);
    }

    let mut body = Bytes::default();
    body.put(&[id, 0, 0, 0]);
    body.put_u32(as_u32(entries.len()));
    body.put_u32(as_u32(usize::from(TYPE_HEADER_SIZE) + offsets.position()));
    body.put_u32(CONFIGURATION_SIZE);
    body.put_u32(0); // mobile country and network
    body.put(&language.unwrap_or_default());
    body.put(&vec![0; CONFIGURATION_SIZE as usize - 10]);
    body.put(&offsets.0);
    body.put(&data.0);
    chunk(CHUNK_TYPE, TYPE_HEADER_SIZE, &body.0)
}

fn chunk(kind: u16, header_size: u16, body: &[u8]) -> Vec<u8> {
    let mut out = Bytes::default();
    out.put_u16(kind);
    out.put_u16(header_size);
    out.put_u32(as_u32(8 + body.len()));
    out.put(body);
    debug_assert!(as_u16(out.position() % 4) == 0, "chunks are multiples of four");
    out.0
}
