//! A DEX file's tables: strings, types, methods and classes, read where they lie.
//!
//! Every read is checked; nothing is copied. What the code does with them is `scan`'s business.

mod code;
pub(crate) mod declared;
pub(crate) mod facts;
mod handed;
mod mutf8;
pub(crate) mod scan;
#[cfg(test)]
mod tests;
mod trace;
mod walk;

use crate::bytes::{Cursor, offset, slice, u16, u32};

pub(crate) use mutf8::decode;

/// What every DEX begins with.
pub(crate) const MAGIC: &[u8] = b"dex\n";
const HEADER_BYTES: usize = 0x70;
/// What version 041 adds: how long the container is, and where in it this one lies.
const CONTAINER_HEADER_BYTES: usize = 0x78;
const NO_INDEX: u32 = u32::MAX;
/// Instructions name types, fields and methods by 16 bits; more rows cannot be reached.
const MAX_ROWS: usize = 1 << 16;
/// A longer name of a class or method is no name.
const MAX_NAME_BYTES: usize = 1024;
/// A class has no more interfaces, and a method no more parameters, than this.
const MAX_LISTED: usize = 64;
/// How many DEX files of one container are read.
const MAX_IN_CONTAINER: usize = 16;

/// A table: where it begins and how many rows it has room for.
#[derive(Debug, Clone, Copy, Default)]
struct Table {
    at: usize,
    rows: usize,
}

/// One class definition.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClassDef {
    /// Its type.
    pub(crate) class: u32,
    /// What it extends.
    pub(crate) parent: Option<u32>,
    interfaces_at: usize,
    data_at: usize,
    values_at: usize,
}

/// A DEX file, or one of several in a container.
#[derive(Debug)]
pub(crate) struct Dex<'a> {
    /// The whole file: offsets count from its start.
    data: &'a [u8],
    strings: Table,
    types: Table,
    protos: Table,
    methods: Table,
    fields: Table,
    classes: Table,
    /// What is unusual or missing, in words with a stable id.
    pub(crate) oddities: Vec<(&'static str, String)>,
    /// What could not be read.
    pub(crate) missing: Vec<String>,
}

/// What stands behind the declared end of a file that is no container.
pub(crate) fn behind(data: &[u8]) -> Option<&[u8]> {
    let is_container = slice(data, 4, 3) == Some(b"041");
    let end = offset(data, 0x20).filter(|end| *end >= HEADER_BYTES && !is_container)?;
    data.get(end..).filter(|tail| !tail.is_empty())
}

impl<'a> Dex<'a> {
    /// Reads the header at `start`; the error says why this is no readable DEX.
    pub(crate) fn read(data: &'a [u8], start: usize) -> Result<Self, String> {
        let header = slice(data, start, HEADER_BYTES).ok_or("its header is cut off")?;
        if !header.starts_with(MAGIC) {
            return Err("it does not begin as a DEX".to_owned());
        }
        let mut dex = Self {
            data,
            strings: Table::default(),
            types: Table::default(),
            protos: Table::default(),
            methods: Table::default(),
            fields: Table::default(),
            classes: Table::default(),
            oddities: Vec::new(),
            missing: Vec::new(),
        };
        dex.check_header(header, start);
        dex.strings = dex.table(header, 0x38, 4, "strings");
        dex.types = dex.table(header, 0x40, 4, "types");
        dex.protos = dex.table(header, 0x48, 12, "prototypes");
        dex.fields = dex.table(header, 0x50, 8, "fields");
        dex.methods = dex.table(header, 0x58, 8, "methods");
        dex.classes = dex.table(header, 0x60, 32, "classes");
        Ok(dex)
    }

    /// Where each DEX of the file begins: one, or several in a container (version 041).
    pub(crate) fn starts(data: &[u8]) -> Vec<usize> {
        let mut starts = vec![0];
        if slice(data, 4, 3) != Some(b"041") {
            return starts;
        }
        let mut at = 0;
        while let Some(size) = offset(data, at + 0x20).filter(|size| *size >= HEADER_BYTES) {
            at += size;
            if slice(data, at, 4) != Some(MAGIC) || starts.len() >= MAX_IN_CONTAINER {
                break;
            }
            starts.push(at);
        }
        starts
    }

    fn check_header(&mut self, header: &[u8], start: usize) {
        let version = String::from_utf8_lossy(&header[4..7]).into_owned();
        if !matches!(&*version, "035" | "036" | "037" | "038" | "039" | "040" | "041") {
            self.oddities.push(("dex_unknown_version", format!("version {version:?}")));
        }
        self.check_frame(header, start, version == "041");
        let size = offset(header, 0x20).unwrap_or(0);
        let rest = self.data.len() - start;
        if size > rest {
            self.missing.push(format!("it is cut off: {rest} of {size} bytes are there"));
        } else if size != rest && version != "041" {
            let what = format!("{} bytes stand behind its declared end", rest - size);
            self.oddities.push(("dex_data_after_end", what));
        }
        let summed = self.data.get(start + 12..start + size.clamp(12, rest)).unwrap_or_default();
        if u32(header, 8) != Some(simd_adler32::adler32(&summed)) {
            let what = "its checksum is not that of its contents".to_owned();
            self.oddities.push(("dex_wrong_checksum", what));
        }
        if u32(header, 0x28) != Some(0x1234_5678) {
            self.oddities.push(("dex_odd_byte_order", "its byte order mark is unknown".to_owned()));
        }
    }

    /// How long the header is, and in a container what it says of the whole and of its place.
    fn check_frame(&mut self, header: &[u8], start: usize, in_container: bool) {
        let length = u32(header, 0x24).unwrap_or(0);
        let expected = if in_container { CONTAINER_HEADER_BYTES } else { HEADER_BYTES };
        if usize::try_from(length) != Ok(expected) {
            let what = format!("its header is said to have {length} bytes, not {expected}");
            self.oddities.push(("dex_odd_header", what));
        }
        if !in_container {
            return;
        }
        let all = self.data.len();
        let Some((whole, place)) =
            offset(self.data, start + 0x70).zip(offset(self.data, start + 0x74))
        else {
            self.missing.push("the end of its header is cut off".to_owned());
            return;
        };
        if whole != all {
            let what = format!("its container is said to have {whole} bytes, and has {all}");
            self.oddities.push(("dex_odd_container", what));
        }
        if place != start {
            let what =
                format!("it is said to lie at {place} of its container, and lies at {start}");
            self.oddities.push(("dex_odd_container", what));
        }
    }

    fn table(&mut self, header: &[u8], field: usize, row_bytes: usize, what: &str) -> Table {
        let rows = offset(header, field).unwrap_or(0);
        let at = offset(header, field + 4).unwrap_or(0);
        let room = self.data.len().saturating_sub(at) / row_bytes;
        if rows > room {
            self.missing.push(format!("{} of its {rows} {what} lie outside the file", rows - room));
        }
        let reachable = if what == "strings" { usize::MAX } else { MAX_ROWS };
        if rows > reachable {
            self.oddities.push(("dex_absurd_size", format!("it claims {rows} {what}")));
        }
        Table { at, rows: rows.min(room).min(reachable) }
    }

    /// How many bytes the file has.
    pub(crate) fn size_bytes(&self) -> usize {
        self.data.len()
    }

    pub(crate) fn string_count(&self) -> usize {
        self.strings.rows
    }

    pub(crate) fn type_count(&self) -> usize {
        self.types.rows
    }

    pub(crate) fn method_count(&self) -> usize {
        self.methods.rows
    }

    pub(crate) fn class_count(&self) -> usize {
        self.classes.rows
    }

    /// A string's bytes, in the DEX's own modified UTF-8, at most `limit_bytes` of them.
    pub(crate) fn text(&self, index: u32, limit_bytes: usize) -> Option<&'a [u8]> {
        let row = index_in(self.strings, index)?;
        let mut cursor = Cursor::new(self.data, offset(self.data, self.strings.at + row * 4)?);
        let _units = cursor.uleb128()?;
        let rest = self.data.get(cursor.at..)?;
        // Never further than the limit: many rows of a hostile file may point to one long string.
        let beginning = &rest[..rest.len().min(limit_bytes)];
        Some(match memchr::memchr(0, beginning) {
            Some(end) => &beginning[..end],
            None => beginning,
        })
    }

    /// A string that is the name of something.
    pub(crate) fn name(&self, index: u32) -> Option<&'a [u8]> {
        self.text(index, MAX_NAME_BYTES).filter(|name| name.len() < MAX_NAME_BYTES)
    }

    /// A type's descriptor, such as `Lcom/example/Watch;`.
    pub(crate) fn type_descriptor(&self, index: u32) -> Option<&'a [u8]> {
        let row = index_in(self.types, index)?;
        self.name(u32(self.data, self.types.at + row * 4)?)
    }

    /// A method's class (a type) and its name (a string).
    pub(crate) fn method(&self, index: u32) -> Option<(u32, u32)> {
        let at = self.methods.at + index_in(self.methods, index)? * 8;
        Some((u16(self.data, at)?.into(), u32(self.data, at + 4)?))
    }

    /// A method's shape: a letter for what it returns and one for each parameter, `L` for every
    /// object.
    pub(crate) fn shorty(&self, method: u32) -> Option<&'a [u8]> {
        let at = self.methods.at + index_in(self.methods, method)? * 8;
        let proto = u16(self.data, at + 2)?.into();
        let row = self.protos.at + index_in(self.protos, proto)? * 12;
        self.name(u32(self.data, row)?)
    }

    /// Whether this parameter of a method, the first being 0, is of this type.
    pub(crate) fn takes(&self, method: u32, parameter: usize, descriptor: &[u8]) -> bool {
        let of = || {
            let at = self.methods.at + index_in(self.methods, method)? * 8;
            let proto = u16(self.data, at + 2)?.into();
            let row = self.protos.at + index_in(self.protos, proto)? * 12;
            let list = offset(self.data, row + 8).filter(|list| *list != 0)?;
            self.type_descriptor(self.types_at(list).nth(parameter)?)
        };
        of() == Some(descriptor)
    }

    /// The interfaces that a class names.
    pub(crate) fn interfaces(&self, class: &ClassDef) -> impl Iterator<Item = u32> + use<'a> {
        self.types_at(class.interfaces_at)
    }

    /// The types of a list; none where there is no list.
    fn types_at(&self, list: usize) -> impl Iterator<Item = u32> + use<'a> {
        let data = self.data;
        let count = if list == 0 { 0 } else { offset(data, list).unwrap_or(0) };
        let item = move |n: usize| u16(data, list.checked_add(4 + n * 2)?).map(u32::from);
        (0..count.min(MAX_LISTED)).map_while(item)
    }

    /// A field's class (a type).
    pub(crate) fn field_class(&self, index: u32) -> Option<u32> {
        let at = self.fields.at + index_in(self.fields, index)? * 8;
        u16(self.data, at).map(u32::from)
    }

    /// A field's name.
    pub(crate) fn field_name(&self, index: u32) -> Option<&'a [u8]> {
        let at = self.fields.at + index_in(self.fields, index)? * 8;
        self.name(u32(self.data, at + 4)?)
    }

    /// A class definition.
    pub(crate) fn class(&self, index: usize) -> Option<ClassDef> {
        let row = slice(self.data, self.classes.at.checked_add(index.checked_mul(32)?)?, 32)?;
        Some(ClassDef {
            class: u32(row, 0)?,
            parent: u32(row, 8).filter(|parent| *parent != NO_INDEX),
            interfaces_at: offset(row, 12)?,
            data_at: offset(row, 24)?,
            values_at: offset(row, 28)?,
        })
    }
}

fn index_in(table: Table, index: u32) -> Option<usize> {
    usize::try_from(index).ok().filter(|index| *index < table.rows)
}
