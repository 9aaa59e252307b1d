//! What the program's file says: which libraries it needs, and what it asks of the system. One file
//! on a stick is enough only while every library is the system's own.

use anyhow::{Context, Result, ensure};
use object::LittleEndian;
use object::read::pe::PeFile64;
use object::read::{Object as _, ObjectSection as _};

/// Libraries that every Windows 10 and later brings along. One that comes with a compiler
/// (`libgcc_s_seh-1.dll`, `libwinpthread-1.dll`) is never among them.
const OF_THE_SYSTEM: &[&str] = &[
    "advapi32.dll",
    "api-ms-win-core-synch-l1-2-0.dll",
    "bcrypt.dll",
    "bcryptprimitives.dll",
    "cfgmgr32.dll",
    "kernel32.dll",
    "msvcrt.dll",
    "ntdll.dll",
    "ole32.dll",
    "setupapi.dll",
    "shell32.dll",
    "user32.dll",
    "userenv.dll",
    "winusb.dll",
    "ws2_32.dll",
];

/// What the manifest in the file must say.
const ASKED: [&str; 3] =
    [r#"level="asInvoker""#, ">true</longPathAware>", ">UTF-8</activeCodePage>"];

/// The libraries it needs, in order; an error where it is not a file for a stick.
pub(crate) fn is_portable(bytes: &[u8]) -> Result<Vec<String>> {
    let file = PeFile64::parse(bytes).context("not a program for 64-bit Windows")?;
    let mut libraries = Vec::new();
    if let Some(table) = file.import_table()? {
        let mut descriptors = table.descriptors()?;
        while let Some(descriptor) = descriptors.next()? {
            let name = table.name(descriptor.name.get(LittleEndian))?;
            libraries.push(String::from_utf8_lossy(name).to_lowercase());
        }
    }
    if let Some(table) =
        file.data_directories().delay_load_import_table(bytes, &file.section_table())?
    {
        let mut descriptors = table.descriptors()?;
        while let Some(descriptor) = descriptors.next()? {
            let name = table.name(descriptor.dll_name_rva.get(LittleEndian))?;
            libraries.push(String::from_utf8_lossy(name).to_lowercase());
        }
    }
    libraries.sort_unstable();
    libraries.dedup();
    ensure!(!libraries.is_empty(), "its table of libraries is empty, which no program's is");
    for library in &libraries {
        ensure!(OF_THE_SYSTEM.contains(&library.as_str()), "{library} is not a library of Windows");
    }
    let resources = file.section_by_name(".rsrc").context("it carries no manifest")?.data()?;
    for words in ASKED {
        let says = resources.windows(words.len()).any(|window| window == words.as_bytes());
        ensure!(says, "its manifest does not say {words}");
    }
    Ok(libraries)
}
