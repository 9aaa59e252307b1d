//! For Windows alone: what the program's file says of itself (its name and version, for the page
//! "Properties") and what it asks of the system (`windows/unwatched.manifest`), compiled by the
//! resource compiler that comes with the linker. For other systems there is nothing to build.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

const MANIFEST: &str = "windows/unwatched.manifest";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed={MANIFEST}");
    if env::var_os("CARGO_CFG_WINDOWS").is_none() {
        return;
    }
    let said = |name: &str| env::var(name).unwrap_or_else(|_| panic!("cargo sets {name}"));
    let manifest = Path::new(&said("CARGO_MANIFEST_DIR")).join(MANIFEST);
    let out = PathBuf::from(said("OUT_DIR"));
    let (script, object) = (out.join("unwatched.rc"), out.join("unwatched-resources.o"));
    let parts = ["MAJOR", "MINOR", "PATCH"].map(|part| said(&format!("CARGO_PKG_VERSION_{part}")));
    fs::write(&script, resources(&manifest, &parts, &said("CARGO_PKG_VERSION")))
        .expect("the folder of what is built can be written to");
    compile(&script, &object);
    println!("cargo:rustc-link-arg-bins={}", object.display());
}

/// The first of the names under which mingw's resource compiler goes that is there.
fn compile(script: &Path, object: &Path) {
    for windres in ["x86_64-w64-mingw32-windres", "windres"] {
        let words = ["--input-format=rc", "--output-format=coff"];
        match Command::new(windres).args(words).arg(script).arg(object).status() {
            Ok(status) => return assert!(status.success(), "{windres}: {status}"),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => panic!("{windres}: {error}"),
        }
    }
    panic!("no windres: install mingw (on Debian gcc-mingw-w64-x86-64)");
}

/// The description is neutral: it stands in the list of running programs, for whoever looks.
fn resources(manifest: &Path, parts: &[String; 3], version: &str) -> String {
    let manifest = manifest.display().to_string().replace('\\', "\\\\");
    let numbers = format!("{},{},{},0", parts[0], parts[1], parts[2]);
    format!(
        r#"1 24 "{manifest}"
1 VERSIONINFO
FILEVERSION {numbers}
PRODUCTVERSION {numbers}
FILEOS 0x40004
FILETYPE 1
BEGIN
  BLOCK "StringFileInfo"
  BEGIN
    BLOCK "040904B0"
    BEGIN
      VALUE "FileDescription", "Unwatched"
      VALUE "FileVersion", "{version}"
      VALUE "InternalName", "unwatched"
      VALUE "LegalCopyright", "Apache-2.0 OR MIT"
      VALUE "OriginalFilename", "unwatched.exe"
      VALUE "ProductName", "Unwatched"
      VALUE "ProductVersion", "{version}"
    END
  END
  BLOCK "VarFileInfo"
  BEGIN
    VALUE "Translation", 0x409, 1200
  END
END
"#
    )
}
