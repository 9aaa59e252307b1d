//! Native libraries (ELF): which processors they are for, which methods of the app they implement,
//! and where their texts lie. Nothing of their code is read.

use object::{Architecture, Object, ObjectSection, ObjectSegment, ObjectSymbol};

/// How many methods a report lists of one library.
const MAX_LISTED: usize = 30;
/// More exported symbols than any real library has.
const MAX_SYMBOLS: usize = 200_000;

/// What every ELF begins with.
pub(crate) const MAGIC: &[u8] = b"\x7fELF";

/// What a library's tables say.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Library<'a> {
    pub(crate) abi: &'static str,
    /// Methods of the app that it implements.
    pub(crate) implements: Vec<String>,
    pub(crate) implements_left_out: usize,
    /// Where its constant texts lie; the whole file where its sections are not told.
    pub(crate) texts: Vec<&'a [u8]>,
    /// Whether it says where its sections are; a packed one does not.
    pub(crate) has_sections: bool,
    /// Where the last of its parts ends.
    pub(crate) end: Option<usize>,
}

/// Reads a library; the error says why this is none.
pub(crate) fn read(data: &[u8]) -> Result<Library<'_>, String> {
    let file = object::File::parse(data).map_err(|error| error.to_string())?;
    let abi = match file.architecture() {
        Architecture::Aarch64 => "arm64-v8a",
        Architecture::Arm => "armeabi-v7a",
        Architecture::I386 => "x86",
        Architecture::X86_64 => "x86_64",
        Architecture::Riscv64 => "riscv64",
        Architecture::Mips | Architecture::Mips64 => "mips",
        _ => "another processor",
    };
    let mut library = Library { abi, end: end_of(&file, data), ..Library::default() };
    for symbol in file.dynamic_symbols().take(MAX_SYMBOLS).filter(ObjectSymbol::is_definition) {
        let Some(method) = symbol.name().ok().and_then(implemented) else { continue };
        if library.implements.len() < MAX_LISTED {
            library.implements.push(method);
        } else {
            library.implements_left_out += 1;
        }
    }
    library.implements.sort();
    library.implements.dedup();
    for section in file.sections() {
        library.has_sections = true;
        if section.name().is_ok_and(|name| name.starts_with(".rodata") || name == ".data") {
            library.texts.extend(section.data().ok());
        }
    }
    if library.texts.is_empty() {
        library.texts.push(data);
    }
    Ok(library)
}

/// Where the last of a library's parts ends, its own table of them included.
fn end_of(file: &object::File<'_>, data: &[u8]) -> Option<usize> {
    let wide = data.get(4) == Some(&2);
    let field = |at: usize, length: usize| {
        let mut value = [0; 8];
        value[..length].copy_from_slice(data.get(at..at + length)?);
        Some(u64::from_le_bytes(value))
    };
    let (table, row, rows) = if wide {
        (field(0x28, 8)?, field(0x3a, 2)?, field(0x3c, 2)?)
    } else {
        (field(0x20, 4)?, field(0x2e, 2)?, field(0x30, 2)?)
    };
    let sections = file.sections().filter_map(|section| section.file_range());
    let segments = file.segments().map(|segment| segment.file_range());
    let parts = sections.chain(segments).map(|(at, length)| at.saturating_add(length));
    let last = parts.max()?.max(table.saturating_add(row * rows));
    usize::try_from(last).ok().filter(|_| file.is_little_endian())
}

/// `Java_com_example_Watch_start__I` implements `com.example.Watch->start`.
fn implemented(symbol: &str) -> Option<String> {
    let mangled = symbol.strip_prefix("Java_").filter(|rest| rest.len() < 500)?;
    let mangled = mangled.split("__").next()?;
    let mut name = String::new();
    let mut last_dot = None;
    let mut letters = mangled.chars();
    while let Some(letter) = letters.next() {
        if letter != '_' {
            name.push(letter);
            continue;
        }
        match letters.clone().next() {
            Some('1') => name.push('_'),
            Some('0') => {
                let code: String = letters.clone().skip(1).take(4).collect();
                let letter = u32::from_str_radix(&code, 16).ok().and_then(char::from_u32)?;
                name.push(letter);
                letters.nth(3);
            }
            _ => {
                last_dot = Some(name.len());
                name.push('.');
                continue;
            }
        }
        letters.next();
    }
    name.replace_range(last_dot?..=last_dot?, "->");
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn implemented_methods_are_named_as_in_the_code() {
        let check = |symbol: &str, expected: Option<&str>| {
            assert_eq!(implemented(symbol).as_deref(), expected, "{symbol}");
        };
        check("Java_com_example_Watch_start", Some("com.example.Watch->start"));
        check(
            "Java_com_example_my_1app_Watch_00024A_run__IJ",
            Some("com.example.my_app.Watch$A->run"),
        );
        check("JNI_OnLoad", None);
        check("Java_", None);
        check("Java_x_0zz", None);
    }

    #[test]
    fn what_is_no_library_is_an_error() {
        assert!(read(b"\x7fELF").is_err());
        assert!(read(b"").is_err());
    }
}
