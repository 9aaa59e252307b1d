//! What bytes look like by how they begin, in words for a problem's text.

/// Beginnings, and what has them.
const BEGINNINGS: &[(&[u8], &str)] = &[
    (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"%PDF-", "a PDF document"),
    (b"\x7fELF", "a Linux or Android native program (ELF)"),
    (b"MZ", "a Windows program"),
    (b"\xfe\xed\xfa\xce", "an Apple program (Mach-O)"),
    (b"\xfe\xed\xfa\xcf", "an Apple program (Mach-O)"),
    (b"\xce\xfa\xed\xfe", "an Apple program (Mach-O)"),
    (b"\xcf\xfa\xed\xfe", "an Apple program (Mach-O)"),
    (b"\xca\xfe\xba\xbe", "a Java class or an Apple program (Mach-O)"),
    (b"\x1f\x8b", "gzip data"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"BZh", "bzip2 data"),
    (b"\xfd7zXZ\0", "xz data"),
    (b"\x28\xb5\x2f\xfd", "zstd data"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"cdex", "a compact DEX from a phone's own storage"),
    (b"vdex", "a VDEX from a phone's own storage"),
    (b"\x03\0\x08\0", "Android binary XML outside of an app"),
    (b"\x02\0\x0c\0", "an Android resource table outside of an app"),
    (b"ANDROID BACKUP\n", "an Android backup"),
    (b"<?xml", "XML text"),
    (b"<!DOCTYPE html", "a web page"),
    (b"<html", "a web page"),
    (b"{", "JSON text"),
    (b"PK\x05\x06", "an empty ZIP"),
];

/// What `bytes` look like.
pub(crate) fn looks_like(bytes: &[u8]) -> &'static str {
    if let Some((_, name)) = BEGINNINGS.iter().find(|(start, _)| bytes.starts_with(start)) {
        return name;
    }
    let head = &bytes[..bytes.len().min(512)];
    if head.iter().all(|byte| *byte == 0) {
        return "zero bytes";
    }
    match std::str::from_utf8(head) {
        Ok(_) => "text",
        Err(error) if error.error_len().is_none() && error.valid_up_to() + 4 > head.len() => "text",
        Err(_) => "unknown data",
    }
}
