//! The catalogue's files as JSON for the program to carry. They are written as TOML, for people;
//! reading JSON takes a quarter of the time, and each analysis is a process that reads them anew.
//!
//! Whether they make sense is checked where they are read.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// Files of `catalogue/`, one for each that `src/catalogue/files.rs` names.
const LISTS: [&str; 10] = [
    "covert_words",
    "disguises",
    "endpoints",
    "frameworks",
    "library_prefixes",
    "observable",
    "packers",
    "platform_classes",
    "services",
    "shared_hosts",
];

type Failed = Box<dyn Error>;

fn main() -> Result<(), Failed> {
    let catalogue = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalogue");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    println!("cargo::rerun-if-changed={}", catalogue.display());
    for list in LISTS {
        write(&out, list, &read(&catalogue, list)?)?;
    }
    write(&out, "capabilities", &capabilities(&catalogue)?)
}

/// The rules of all files that `capabilities.toml` names, as if they were one.
fn capabilities(catalogue: &Path) -> Result<toml::Table, Failed> {
    let index = read(catalogue, "capabilities")?;
    let files = index.get("files").and_then(toml::Value::as_array);
    let mut rules = Vec::new();
    for file in files.ok_or("capabilities.toml: `files` names the files")? {
        let file = file.as_str().ok_or("capabilities.toml: a file is named by a text")?;
        let mut table = read(catalogue, &format!("capabilities/{file}"))?;
        let Some(toml::Value::Array(more)) = table.remove("capability") else {
            return Err(format!("capabilities/{file}.toml: it has no [[capability]]").into());
        };
        if let Some(other) = table.keys().next() {
            return Err(format!("capabilities/{file}.toml: unknown field `{other}`").into());
        }
        rules.extend(more);
    }
    Ok([("capability".to_owned(), toml::Value::Array(rules))].into_iter().collect())
}

fn read(catalogue: &Path, name: &str) -> Result<toml::Table, Failed> {
    let path = catalogue.join(format!("{name}.toml"));
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()).into())
}

fn write(out: &Path, name: &str, table: &toml::Table) -> Result<(), Failed> {
    Ok(fs::write(out.join(format!("{name}.json")), serde_json::to_vec(table)?)?)
}
