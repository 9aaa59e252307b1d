//! Lays the ids, classes and code out as a DEX file: header, id tables, data, map, digests.

use std::collections::BTreeMap;

use sha1::{Digest, Sha1};

use super::code::Code;
use super::pool::Pool;
use super::{Class, DexBuilder, DexVersion, MethodRef};
use crate::bytes::{Bytes, as_u16, as_u32};

const HEADER_SIZE: usize = 0x70;
const CONTAINER_HEADER_SIZE: usize = 0x78;
const ENDIAN_TAG: u32 = 0x1234_5678;
const NO_INDEX: u32 = 0xffff_ffff;
const PUBLIC: u32 = 0x1;
const PRIVATE_STATIC: u32 = 0x2 | 0x8;

/// Where the header keeps what is known only at the end.
const CHECKSUM_AT: usize = 8;
const SIGNATURE_AT: usize = 12;
const FILE_SIZE_AT: usize = 32;
const MAP_AT: usize = 52;

/// Kinds of the map list, in the order in which this writer lays them out.
#[derive(Debug, Clone, Copy)]
enum Section {
    Header = 0x0000,
    StringIds = 0x0001,
    TypeIds = 0x0002,
    ProtoIds = 0x0003,
    FieldIds = 0x0004,
    MethodIds = 0x0005,
    ClassDefs = 0x0006,
    TypeLists = 0x1001,
    CodeItems = 0x2001,
    ClassData = 0x2000,
    StringData = 0x2002,
    MapList = 0x1000,
}

/// Where a DEX lies.
#[derive(Clone, Copy)]
enum Frame {
    /// In a file of its own.
    File,
    /// In a container (version 041), so many bytes from its start: offsets count from there.
    Container(usize),
}

impl Frame {
    fn base(self) -> usize {
        match self {
            Self::File => 0,
            Self::Container(base) => base,
        }
    }

    fn header_size(self) -> usize {
        match self {
            Self::File => HEADER_SIZE,
            Self::Container(_) => CONTAINER_HEADER_SIZE,
        }
    }
}

pub(super) fn write(dex: &DexBuilder) -> Vec<u8> {
    seal(unsealed(dex, Frame::File))
}

/// Several, one behind the other, as version 041 has them.
pub(super) fn write_container(dexes: &[DexBuilder]) -> Vec<u8> {
    let mut pieces: Vec<Bytes> = Vec::new();
    let mut base = 0;
    for dex in dexes {
        let mut piece = unsealed(dex, Frame::Container(base));
        piece.align(4);
        piece.patch_u32(HEADER_SIZE + 4, as_u32(base));
        base += piece.position();
        pieces.push(piece);
    }
    let sealed = pieces.into_iter().flat_map(|mut piece| {
        piece.patch_u32(HEADER_SIZE, as_u32(base));
        seal(piece)
    });
    sealed.collect()
}

fn unsealed(dex: &DexBuilder, frame: Frame) -> Bytes {
    let pool = Pool::of(dex);
    let classes = superclasses_first(&dex.classes);
    let data_at = frame.base()
        + frame.header_size()
        + 4 * pool.strings.len()
        + 4 * pool.types.len()
        + 12 * pool.protos.len()
        + 8 * (pool.fields.len() + pool.methods.len())
        + 32 * classes.len();
    let data = Data::of(&pool, &classes, data_at);

    let mut out = Bytes::default();
    let mut map = vec![(Section::Header, 1, frame.base())];
    write_header(&mut out, dex.version, frame, data.bytes.position(), data_at);
    let tables = id_tables(&pool, &classes, &data);
    for (section, count, table) in tables {
        let at = if count == 0 { 0 } else { frame.base() + out.position() };
        let slot = 56 + 8 * (section as usize - 1);
        out.patch_u32(slot, as_u32(count));
        out.patch_u32(slot + 4, as_u32(at));
        map.push((section, count, at));
        out.put(&table.0);
    }
    assert_eq!(frame.base() + out.position(), data_at, "the tables are as long as counted");
    out.put(&data.bytes.0);
    map.extend(data.sections);
    write_map(&mut out, &mut map, frame, data_at);
    out
}

fn write_header(
    out: &mut Bytes,
    version: DexVersion,
    frame: Frame,
    data_size: usize,
    data_at: usize,
) {
    out.put(match (frame, version) {
        (Frame::Container(_), _) => b"dex\n041\0",
        (Frame::File, DexVersion::V035) => b"dex\n035\0",
        (Frame::File, DexVersion::V039) => b"dex\n039\0",
    });
    out.put(&[0; 4 + 20 + 4]); // checksum, signature, file size: see `seal`
    out.put_u32(as_u32(frame.header_size()));
    out.put_u32(ENDIAN_TAG);
    out.put(&[0; 4 + 4 + 4]); // link section (absent), map offset
    out.put(&[0; 6 * 8]); // size and offset of six tables
    match frame {
        Frame::File => {
            out.put_u32(as_u32(data_size));
            out.put_u32(as_u32(data_at));
        }
        // No data section of its own; then the container's size and the place in it.
        Frame::Container(_) => out.put(&[0; 4 * 4]),
    }
}

fn id_tables(pool: &Pool, classes: &[&Class], data: &Data) -> [(Section, usize, Bytes); 6] {
    let mut strings = Bytes::default();
    data.strings_at.iter().for_each(|at| strings.put_u32(*at));
    let mut types = Bytes::default();
    pool.types.iter().for_each(|string| types.put_u32(as_u32(*string)));
    let mut protos = Bytes::default();
    for proto in &pool.protos {
        protos.put_u32(as_u32(proto.shorty));
        protos.put_u32(as_u32(proto.returns));
        protos.put_u32(data.type_list_at(&proto.parameters));
    }
    let member = |table: &mut Bytes, (class, kind, name): &(usize, usize, usize)| {
        table.put_u16(as_u16(*class));
        table.put_u16(as_u16(*kind));
        table.put_u32(as_u32(*name));
    };
    let mut fields = Bytes::default();
    pool.fields.iter().for_each(|field| member(&mut fields, field));
    let mut methods = Bytes::default();
    pool.methods.iter().for_each(|method| member(&mut methods, method));
    let mut defs = Bytes::default();
    for (class, class_data_at) in classes.iter().zip(&data.class_data_at) {
        defs.put_u32(as_u32(pool.type_id(&class.name)));
        defs.put_u32(PUBLIC);
        defs.put_u32(as_u32(pool.type_id(&class.superclass)));
        defs.put_u32(data.type_list_at(&interfaces(class, pool)));
        defs.put_u32(NO_INDEX); // source file
        defs.put_u32(0); // annotations
        defs.put_u32(*class_data_at);
        defs.put_u32(0); // static values
    }
    [
        (Section::StringIds, pool.strings.len(), strings),
        (Section::TypeIds, pool.types.len(), types),
        (Section::ProtoIds, pool.protos.len(), protos),
        (Section::FieldIds, pool.fields.len(), fields),
        (Section::MethodIds, pool.methods.len(), methods),
        (Section::ClassDefs, classes.len(), defs),
    ]
}

/// The data section, and where its parts ended up in the file.
struct Data {
    bytes: Bytes,
    sections: Vec<(Section, usize, usize)>,
    strings_at: Vec<u32>,
    type_lists_at: BTreeMap<Vec<usize>, u32>,
    /// 0 where a class has no methods.
    class_data_at: Vec<u32>,
}

impl Data {
    fn of(pool: &Pool, classes: &[&Class], data_at: usize) -> Self {
        let mut data = Self {
            bytes: Bytes::default(),
            sections: Vec::new(),
            strings_at: Vec::new(),
            type_lists_at: BTreeMap::new(),
            class_data_at: Vec::new(),
        };
        data.write_type_lists(pool, classes, data_at);
        data.write_classes(pool, classes, data_at);
        data.write_strings(pool, data_at);
        data
    }

    fn type_list_at(&self, list: &[usize]) -> u32 {
        self.type_lists_at.get(list).copied().unwrap_or(0)
    }

    fn write_type_lists(&mut self, pool: &Pool, classes: &[&Class], data_at: usize) {
        let parameters = pool.protos.iter().map(|proto| proto.parameters.clone());
        let interfaces = classes.iter().map(|class| interfaces(class, pool));
        for list in parameters.chain(interfaces).filter(|list| !list.is_empty()) {
            if self.type_lists_at.contains_key(&list) {
                continue;
            }
            self.bytes.align(4);
            let at = data_at + self.bytes.position();
            self.bytes.put_u32(as_u32(list.len()));
            for id in &list {
                self.bytes.put_u16(as_u16(*id));
            }
            self.type_lists_at.insert(list, as_u32(at));
        }
        let first = self.type_lists_at.values().min().copied().unwrap_or(0);
        self.sections.push((Section::TypeLists, self.type_lists_at.len(), first as usize));
    }

    fn write_classes(&mut self, pool: &Pool, classes: &[&Class], data_at: usize) {
        let methods: Vec<Vec<Method>> =
            classes.iter().map(|class| methods_of(class, pool)).collect();
        self.bytes.align(4);
        let code_at = data_at + self.bytes.position();
        let mut offsets = Vec::new();
        for method in methods.iter().flatten() {
            self.bytes.align(4);
            offsets.push(as_u32(data_at + self.bytes.position()));
            method.code.write(&mut self.bytes);
        }
        self.sections.push((Section::CodeItems, offsets.len(), code_at));

        let class_data_at = data_at + self.bytes.position();
        let mut offsets = offsets.into_iter();
        for methods in &methods {
            if methods.is_empty() {
                self.class_data_at.push(0);
                continue;
            }
            self.class_data_at.push(as_u32(data_at + self.bytes.position()));
            write_class_data(&mut self.bytes, methods, &mut offsets);
        }
        let count = self.class_data_at.iter().filter(|at| **at != 0).count();
        self.sections.push((Section::ClassData, count, class_data_at));
    }

    fn write_strings(&mut self, pool: &Pool, data_at: usize) {
        let first = data_at + self.bytes.position();
        for text in &pool.strings {
            self.strings_at.push(as_u32(data_at + self.bytes.position()));
            put_uleb128(&mut self.bytes, text.encode_utf16().count());
            put_modified_utf8(&mut self.bytes, text);
        }
        self.sections.push((Section::StringData, pool.strings.len(), first));
        self.bytes.align(4);
    }
}

struct Method {
    id: usize,
    access: u32,
    code: Code,
}

impl Method {
    fn is_direct(&self) -> bool {
        self.access == PRIVATE_STATIC
    }
}

fn code_of(class: &Class, method: &MethodRef, pool: &Pool) -> Code {
    if let Some(handed) = class.handed.iter().find(|handed| handed.method == *method) {
        return Code::handing_on(handed, pool);
    }
    match class.returned.iter().find(|(returning, _)| returning == method) {
        Some((_, number)) => Code::returning_number(method, *number),
        None => Code::returning_at_once(method),
    }
}

/// Direct methods first, each kind by ascending id.
fn methods_of(class: &Class, pool: &Pool) -> Vec<Method> {
    let mut methods: Vec<Method> = class
        .overrides
        .iter()
        .map(|method| Method {
            id: pool.method(method),
            access: PUBLIC,
            code: code_of(class, method, pool),
        })
        .collect();
    if let Some(inert) = class.inert_method() {
        methods.push(Method {
            id: pool.method(&inert),
            access: PRIVATE_STATIC,
            code: Code::unreachable(&class.dead, class.loops, pool),
        });
    }
    methods.sort_by_key(|method| (!method.is_direct(), method.id));
    methods
}

fn write_class_data(out: &mut Bytes, methods: &[Method], offsets: &mut impl Iterator<Item = u32>) {
    let direct = methods.iter().filter(|method| method.is_direct()).count();
    for count in [0, 0, direct, methods.len() - direct] {
        put_uleb128(out, count);
    }
    let mut previous = 0;
    for (index, method) in methods.iter().enumerate() {
        if index == direct {
            previous = 0;
        }
        put_uleb128(out, method.id - previous);
        put_uleb128(out, method.access as usize);
        put_uleb128(out, offsets.next().expect("one code item per method") as usize);
        previous = method.id;
    }
}

fn interfaces(class: &Class, pool: &Pool) -> Vec<usize> {
    class.interfaces.iter().map(|name| pool.type_id(name)).collect()
}

/// The format wants a class after its superclass; otherwise the caller's order stays.
fn superclasses_first(classes: &[Class]) -> Vec<&Class> {
    let mut waiting: Vec<&Class> = classes.iter().collect();
    let mut sorted: Vec<&Class> = Vec::new();
    while !waiting.is_empty() {
        let ready = waiting.iter().position(|class| {
            !waiting.iter().any(|other| {
                other.name == class.superclass || class.interfaces.contains(&other.name)
            })
        });
        sorted.push(waiting.remove(ready.expect("no class is its own ancestor")));
    }
    sorted
}

fn write_map(
    out: &mut Bytes,
    map: &mut Vec<(Section, usize, usize)>,
    frame: Frame,
    data_at: usize,
) {
    map.retain(|(_, count, _)| *count > 0);
    let at = frame.base() + out.position();
    map.push((Section::MapList, 1, at));
    out.put_u32(as_u32(map.len()));
    for (section, count, offset) in map {
        out.put_u16(*section as u16);
        out.put_u16(0);
        out.put_u32(as_u32(*count));
        out.put_u32(as_u32(*offset));
    }
    out.patch_u32(MAP_AT, as_u32(at));
    if matches!(frame, Frame::File) {
        let data_size = as_u32(out.position() - data_at);
        out.patch_u32(HEADER_SIZE - 8, data_size);
    }
}

/// Fills in the size, the SHA-1 of what follows it, and the checksum of what follows that.
pub(crate) fn seal(mut out: Bytes) -> Vec<u8> {
    let size = as_u32(out.position());
    out.patch_u32(FILE_SIZE_AT, size);
    let signature = Sha1::digest(&out.0[FILE_SIZE_AT..]);
    out.0[SIGNATURE_AT..FILE_SIZE_AT].copy_from_slice(&signature);
    let checksum = adler32(&out.0[SIGNATURE_AT..]);
    out.patch_u32(CHECKSUM_AT, checksum);
    out.0
}

/// Adler-32, plainly.
fn adler32(bytes: &[u8]) -> u32 {
    const MODULUS: u32 = 65_521;
    let (low, high) = bytes.iter().fold((1u32, 0u32), |(low, high), byte| {
        let low = (low + u32::from(*byte)) % MODULUS;
        (low, (high + low) % MODULUS)
    });
    high << 16 | low
}

fn put_uleb128(out: &mut Bytes, mut value: usize) {
    loop {
        let seven = u8::try_from(value & 0x7f).expect("seven bits");
        value >>= 7;
        if value == 0 {
            return out.put_u8(seven);
        }
        out.put_u8(seven | 0x80);
    }
}

/// UTF-8 of each UTF-16 unit on its own, zero as two bytes, then a zero.
fn put_modified_utf8(out: &mut Bytes, text: &str) {
    for unit in text.encode_utf16() {
        let [high, low] = unit.to_be_bytes();
        let middle = high << 2 | low >> 6;
        match unit {
            1..0x80 => out.put_u8(low),
            0 | 0x80..0x800 => {
                out.put(&[0xc0 | middle & 0x1f, 0x80 | low & 0x3f]);
            }
            _ => out.put(&[0xe0 | high >> 4, 0x80 | middle & 0x3f, 0x80 | low & 0x3f]),
        }
    }
    out.put_u8(0);
}
