//! `resources.arsc`: what a resource id stands for, and the texts it holds.
//!
//! Of several languages the default one is taken, then English, then any. Styles and other
//! compound values are not read.

use std::cell::Cell;
use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use crate::bytes::{offset, slice, u8, u16, u32};
use crate::strings_pool::StringPool;

const CHUNK_TABLE: u16 = 0x0002;
const CHUNK_STRINGS: u16 = 0x0001;
const CHUNK_PACKAGE: u16 = 0x0200;
const CHUNK_TYPE: u16 = 0x0201;

const TYPE_SPARSE: u8 = 1;
const TYPE_SHORT_OFFSETS: u8 = 2;
const ENTRY_COMPOUND: u16 = 1;
const ENTRY_COMPACT: u16 = 8;

const VALUE_REFERENCE: u8 = 0x01;
const VALUE_TEXT: u8 = 0x03;
const VALUE_DYNAMIC_REFERENCE: u8 = 0x07;

/// A resource may stand for another one; a longer chain is a loop.
const MAX_REFERENCES: usize = 8;
/// More languages and screen sizes than any real app has.
const MAX_CONFIGURATIONS: usize = 1000;
const MAX_LOOKUPS: usize = 20_000;
/// More languages than phones can show.
const MAX_VARIANTS: usize = 300;
/// Where a configuration says how sharp a screen it is for.
const DENSITY_AT: usize = 34;

/// A resource table.
#[derive(Debug)]
pub(crate) struct Resources<'a> {
    pub(crate) strings: StringPool<'a>,
    packages: Vec<Package<'a>>,
    /// By package and type, the best configuration first.
    types: HashMap<(u8, u8), Vec<TypeChunk<'a>>>,
    /// How often a value may still be looked up; a hostile table makes each one costly.
    lookups_left: Cell<usize>,
    /// Why the table is not whole.
    pub(crate) cut: Option<&'static str>,
}

#[derive(Debug)]
struct Package<'a> {
    id: u8,
    type_names: StringPool<'a>,
    keys: StringPool<'a>,
}

#[derive(Debug)]
struct TypeChunk<'a> {
    chunk: &'a [u8],
    /// Lower is better: default, English, any other.
    rank: u8,
}

/// A resource's value in one configuration.
#[derive(Debug, Clone, Copy)]
struct Entry {
    key: u32,
    kind: u8,
    data: u32,
}

impl<'a> Resources<'a> {
    /// Reads the table; `None` when `data` is none.
    pub(crate) fn read(data: &'a [u8]) -> Option<Self> {
        if u16(data, 0)? != CHUNK_TABLE {
            return None;
        }
        let mut table = Self {
            strings: StringPool::empty(),
            packages: Vec::new(),
            types: HashMap::new(),
            lookups_left: Cell::new(MAX_LOOKUPS),
            cut: None,
        };
        let (chunks, whole) = chunks(data, usize::from(u16(data, 2)?));
        table.cut = (!whole).then_some("a chunk is longer than the table");
        for (kind, chunk) in chunks {
            match kind {
                CHUNK_STRINGS if table.strings.len() == 0 => {
                    table.strings = StringPool::read(chunk).unwrap_or_else(StringPool::empty);
                }
                CHUNK_PACKAGE => table.package(chunk).unwrap_or_default(),
                _ => {}
            }
        }
        for types in table.types.values_mut() {
            types.sort_by_key(|kind| kind.rank);
            types.truncate(MAX_CONFIGURATIONS);
        }
        Some(table)
    }

    fn package(&mut self, chunk: &'a [u8]) -> Option<()> {
        let id = u8::try_from(u32(chunk, 8)? & 0xff).ok()?;
        let pool = |at: usize| {
            let at = offset(chunk, at)?;
            let length = offset(chunk, at.checked_add(4)?)?;
            StringPool::read(slice(chunk, at, length)?)
        };
        self.packages.push(Package {
            id,
            type_names: pool(268).unwrap_or_else(StringPool::empty),
            keys: pool(276).unwrap_or_else(StringPool::empty),
        });
        let (parts, whole) = chunks(chunk, usize::from(u16(chunk, 2)?));
        if !whole {
            self.cut.get_or_insert("a part of a package is longer than the package");
        }
        for (kind, part) in parts {
            if kind == CHUNK_TYPE
                && let Some(type_id) = u8(part, 8)
            {
                let found = TypeChunk { chunk: part, rank: rank(part) };
                self.types.entry((id, type_id)).or_default().push(found);
            }
        }
        Some(())
    }

    /// The text that a resource id stands for.
    pub(crate) fn text(&self, id: u32) -> Option<Rc<str>> {
        let mut id = id;
        for _ in 0..MAX_REFERENCES {
            let entry = self.entry(id)?;
            match entry.kind {
                VALUE_TEXT => return self.strings.get(entry.data),
                VALUE_REFERENCE | VALUE_DYNAMIC_REFERENCE => id = entry.data,
                _ => return None,
            }
        }
        None
    }

    /// What a resource id stands for in each language that has a text of its own.
    pub(crate) fn translations(&self, id: u32) -> BTreeMap<String, Rc<str>> {
        let mut texts = BTreeMap::new();
        for (kind, entry) in self.variants(id).into_iter().take(MAX_VARIANTS) {
            let text = match entry.kind {
                VALUE_TEXT => self.strings.get(entry.data),
                VALUE_REFERENCE | VALUE_DYNAMIC_REFERENCE => self.text(entry.data),
                _ => None,
            };
            if let (Some(language), Some(text)) = (language(kind.chunk), text) {
                texts.entry(language).or_insert(text);
            }
        }
        texts
    }

    /// The files that a picture's id stands for, the sharpest first.
    pub(crate) fn files(&self, id: u32) -> Vec<Rc<str>> {
        let mut files: Vec<(u16, Rc<str>)> = Vec::new();
        for (kind, entry) in self.variants(id).into_iter().take(MAX_VARIANTS) {
            let path = match entry.kind {
                VALUE_TEXT => self.strings.get(entry.data),
                VALUE_REFERENCE | VALUE_DYNAMIC_REFERENCE => self.text(entry.data),
                _ => None,
            };
            files.extend(path.map(|path| (u16(kind.chunk, DENSITY_AT).unwrap_or(0), path)));
        }
        files.sort_by_key(|(density, _)| std::cmp::Reverse(*density));
        files.into_iter().map(|(_, path)| path).collect()
    }

    /// The colour that a resource id stands for.
    pub(crate) fn colour(&self, id: u32) -> Option<u32> {
        let mut id = id;
        for _ in 0..MAX_REFERENCES {
            let entry = self.entry(id)?;
            match entry.kind {
                0x1c..=0x1f => return Some(entry.data),
                VALUE_REFERENCE | VALUE_DYNAMIC_REFERENCE => id = entry.data,
                _ => return None,
            }
        }
        None
    }

    fn variants(&self, id: u32) -> Vec<(&TypeChunk<'a>, Entry)> {
        let left = self.lookups_left.get();
        self.lookups_left.set(left.saturating_sub(1));
        let [package, type_id, ..] = id.to_be_bytes();
        let index = usize::try_from(id & 0xffff).unwrap_or(usize::MAX);
        let kinds = self.types.get(&(package, type_id)).filter(|_| left > 0);
        let kinds = kinds.into_iter().flatten();
        kinds.filter_map(|kind| Some((kind, kind.entry(index)?))).collect()
    }

    /// The number or flag that a resource id stands for.
    pub(crate) fn number(&self, id: u32) -> Option<u32> {
        let mut id = id;
        for _ in 0..MAX_REFERENCES {
            let entry = self.entry(id)?;
            match entry.kind {
                0x10..=0x12 => return Some(entry.data),
                VALUE_REFERENCE | VALUE_DYNAMIC_REFERENCE => id = entry.data,
                _ => return None,
            }
        }
        None
    }

    fn entry(&self, id: u32) -> Option<Entry> {
        self.lookups_left.set(self.lookups_left.get().checked_sub(1)?);
        let [package, type_id, ..] = id.to_be_bytes();
        let index = usize::try_from(id & 0xffff).ok()?;
        self.types.get(&(package, type_id))?.iter().find_map(|kind| kind.entry(index))
    }

    /// For each of these pool strings, the name of a resource that holds it, such as
    /// `string/app_name`.
    pub(crate) fn names_of(&self, wanted: &HashSet<u32>) -> HashMap<u32, String> {
        let mut names = HashMap::new();
        if wanted.is_empty() {
            return names;
        }
        let mut types: Vec<_> = self.types.iter().collect();
        types.sort_by_key(|(id, _)| **id);
        for ((package_id, type_id), configurations) in types {
            let Some(package) = self.packages.iter().find(|package| package.id == *package_id)
            else {
                continue;
            };
            for kind in configurations {
                for entry in kind.entries() {
                    if entry.kind == VALUE_TEXT && wanted.contains(&entry.data) {
                        names
                            .entry(entry.data)
                            .or_insert_with(|| package.name(*type_id, entry.key));
                    }
                }
            }
        }
        names
    }
}

impl Package<'_> {
    fn name(&self, type_id: u8, key: u32) -> String {
        let kind = self.type_names.get(u32::from(type_id).saturating_sub(1));
        let key = self.keys.get(key);
        format!("{}/{}", kind.as_deref().unwrap_or("?"), key.as_deref().unwrap_or("?"))
    }
}

impl TypeChunk<'_> {
    fn entry(&self, index: usize) -> Option<Entry> {
        let flags = u8(self.chunk, 9)?;
        let table = usize::from(u16(self.chunk, 2)?);
        let count = self.count()?;
        let at = if flags & TYPE_SPARSE != 0 {
            usize::from(u16(self.chunk, self.sparse_line(table, count, index)? + 2)?) * 4
        } else if index >= count {
            return None;
        } else if flags & TYPE_SHORT_OFFSETS != 0 {
            let short = u16(self.chunk, table + index * 2)?;
            (short != u16::MAX).then_some(usize::from(short) * 4)?
        } else {
            let long = u32(self.chunk, table + index * 4)?;
            usize::try_from(long).ok().filter(|_| long != u32::MAX)?
        };
        self.entry_at(at)
    }

    /// Where the line of a sparse table stands; its lines are sorted by index.
    fn sparse_line(&self, table: usize, count: usize, index: usize) -> Option<usize> {
        let (mut from, mut to) = (0, count);
        while from < to {
            let middle = usize::midpoint(from, to);
            let line = table + middle * 4;
            match usize::from(u16(self.chunk, line)?).cmp(&index) {
                Ordering::Equal => return Some(line),
                Ordering::Less => from = middle + 1,
                Ordering::Greater => to = middle,
            }
        }
        None
    }

    /// How many entries the chunk has room for.
    fn count(&self) -> Option<usize> {
        let width = if u8(self.chunk, 9)? & TYPE_SHORT_OFFSETS != 0 { 2 } else { 4 };
        Some(offset(self.chunk, 12)?.min(self.chunk.len() / width))
    }

    fn entries(&self) -> impl Iterator<Item = Entry> {
        let sparse = u8(self.chunk, 9).is_some_and(|flags| flags & TYPE_SPARSE != 0);
        let table = u16(self.chunk, 2).map_or(0, usize::from);
        (0..self.count().unwrap_or(0)).filter_map(move |line| {
            if sparse {
                self.entry_at(usize::from(u16(self.chunk, table + line * 4 + 2)?) * 4)
            } else {
                self.entry(line)
            }
        })
    }

    fn entry_at(&self, at: usize) -> Option<Entry> {
        let at = offset(self.chunk, 16)?.checked_add(at)?;
        let (size, flags) = (u16(self.chunk, at)?, u16(self.chunk, at + 2)?);
        if flags & ENTRY_COMPACT != 0 {
            let kind = u8::try_from(flags >> 8).ok()?;
            return Some(Entry { key: size.into(), kind, data: u32(self.chunk, at + 4)? });
        }
        if flags & ENTRY_COMPOUND != 0 {
            return None;
        }
        let value = at + usize::from(size);
        Some(Entry {
            key: u32(self.chunk, at + 4)?,
            kind: u8(self.chunk, value + 3)?,
            data: u32(self.chunk, value + 4)?,
        })
    }
}

/// The language of a configuration, such as `de` or `pt-BR`; `None` for the one of all others.
fn language(chunk: &[u8]) -> Option<String> {
    let letters = slice(chunk, 28, 2)?;
    let region = slice(chunk, 30, 2)?;
    let mut name = match *letters {
        [0, 0] => return None,
        // Three letters of five bits each.
        [high, low] if high & 0x80 != 0 => {
            let packed = u16::from(high & 0x7f) << 8 | u16::from(low);
            let letter = |shift: u16| {
                let place = u8::try_from(packed >> shift & 0x1f).unwrap_or(0);
                char::from(b'a' + place.min(25))
            };
            [letter(0), letter(5), letter(10)].iter().collect::<String>()
        }
        _ => letters.iter().map(|letter| char::from(*letter)).collect(),
    };
    if region.iter().all(u8::is_ascii_alphanumeric) {
        name.push('-');
        name.extend(region.iter().map(|letter| char::from(*letter)));
    }
    name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-').then_some(name)
}

/// Default before English before any other language.
fn rank(chunk: &[u8]) -> u8 {
    let length = offset(chunk, 20).unwrap_or(0).saturating_sub(4);
    let configuration = slice(chunk, 24, length.min(chunk.len())).unwrap_or_default();
    let language = slice(configuration, 4, 2).unwrap_or_default();
    match language {
        _ if configuration.iter().all(|byte| *byte == 0) => 0,
        [0, 0] => 1,
        b"en" => 2,
        _ => 3,
    }
}

/// The chunks that follow `start`, and whether they end where the data does.
fn chunks(data: &[u8], start: usize) -> (Vec<(u16, &[u8])>, bool) {
    let mut found = Vec::new();
    let mut at = start;
    while at + 8 <= data.len() {
        let size = offset(data, at + 4).unwrap_or(0);
        let Some((kind, chunk)) = u16(data, at).zip(slice(data, at, size)).filter(|_| size >= 8)
        else {
            return (found, false);
        };
        found.push((kind, chunk));
        at += size;
    }
    (found, true)
}
