//! AndroidQF's `packages.json`: every package with its files, their digests and certificates.
//!
//! The list is read entry by entry; one that is damaged is a problem, not the end. Whether a
//! certificate was verified is AndroidQF's word, kept as it stands.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;

use jiff::civil::Date;
use serde::de::{Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use unwatched_model::digest::{Sha1, Sha256};

use super::component::is_name;

const MAX_PACKAGES: usize = 20_000;
const MAX_FILES: usize = 200;
const MAX_PROBLEMS: usize = 20;
/// The list of a phone with hundreds of apps takes a few megabytes.
const MAX_LIST_BYTES: u64 = 64 << 20;
/// One entry is kept as text until its size is known.
const MAX_ENTRY_BYTES: usize = 2 << 20;

/// What stands in a certificate.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AqfCertificate {
    /// Of the certificate (DER).
    pub sha1: Option<Sha1>,
    /// Of the certificate (DER).
    pub sha256: Option<Sha256>,
    /// The subject's organisations.
    pub organisations: Vec<String>,
    /// The subject's common names.
    pub common_names: Vec<String>,
    /// The first day on which it is valid.
    pub valid_from: Option<Date>,
    /// Whether AndroidQF verified it against the file.
    pub verified: bool,
}

/// One file of an app.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AqfFile {
    /// Of the file.
    pub sha256: Option<Sha256>,
    /// Who signed it.
    pub certificate: Option<AqfCertificate>,
}

/// One app.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AqfPackage {
    /// Its package name.
    pub name: String,
    /// Its files.
    pub files: Vec<AqfFile>,
    /// Who installed it; `None` when the list says nobody.
    pub installer: Option<String>,
    /// Whether the list says anything about who installed it.
    pub installer_given: bool,
    /// Whether it came with the phone; `None` when the list does not say.
    pub system: Option<bool>,
    /// Whether it is on the phone, for the user whose list this is; `None` when the list does not
    /// say. Lists hold apps that were removed and left data, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub installed: Option<bool>,
    /// Its place in the list, from 1.
    pub number: u64,
}

/// The whole list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct AqfPackages {
    /// In the list's order; a name that comes twice is kept twice.
    pub packages: Vec<AqfPackage>,
    /// Whether the list ended as it should.
    pub whole: bool,
}

/// Reads the list.
pub fn read(source: impl Read) -> super::Parsed<AqfPackages> {
    let mut found = Collected::default();
    let source = std::io::BufReader::new(source.take(MAX_LIST_BYTES));
    let mut json = serde_json::Deserializer::from_reader(source);
    let outcome = (&mut json).deserialize_any(List(&mut found)).and_then(|()| json.end());
    let whole = outcome.is_ok();
    let mut problems = found.problems;
    if let Err(error) = outcome {
        problems.push(format!("the list ends early: {error}"));
    }
    if found.left_out > 0 {
        problems.push(format!("{} entries could not be read", found.left_out));
    }
    let whole = whole && found.left_out == 0;
    super::Parsed { value: AqfPackages { packages: found.packages, whole }, problems }
}

#[derive(Default)]
struct Collected {
    packages: Vec<AqfPackage>,
    problems: Vec<String>,
    left_out: usize,
}

impl Collected {
    fn take(&mut self, number: u64, entry: &RawValue) {
        let entry = Some(entry).filter(|entry| entry.get().len() <= MAX_ENTRY_BYTES);
        match entry.and_then(fields).and_then(|fields| package(number, &fields)) {
            Some(package) if self.packages.len() < MAX_PACKAGES => self.packages.push(package),
            _ => {
                self.left_out += 1;
                if self.problems.len() < MAX_PROBLEMS {
                    self.problems.push(format!("entry {number} is no package"));
                }
            }
        }
    }
}

/// The list, handed over entry by entry so that a cut one gives what came before the cut.
struct List<'c>(&'c mut Collected);

impl<'de> Visitor<'de> for List<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of packages")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let mut number = 0;
        while let Some(entry) = entries.next_element::<Box<RawValue>>()? {
            number += 1;
            self.0.take(number, &entry);
        }
        Ok(())
    }
}

/// An object's fields, unread: a number in one that is nobody's business, such as a certificate's
/// serial number, may be longer than any number can be.
type Fields<'v> = BTreeMap<String, &'v RawValue>;

fn fields(value: &RawValue) -> Option<Fields<'_>> {
    serde_json::from_str(value.get()).ok()
}

fn text(fields: &Fields<'_>, key: &str) -> Option<String> {
    serde_json::from_str(fields.get(key)?.get()).ok()
}

fn flag(fields: &Fields<'_>, key: &str) -> Option<bool> {
    serde_json::from_str(fields.get(key)?.get()).ok()
}

/// AndroidQF writes a certificate's digests with a capital; other versions may not.
fn either(fields: &Fields<'_>, capital: &str, small: &str) -> Option<String> {
    text(fields, capital).or_else(|| text(fields, small))
}

fn package(number: u64, entry: &Fields<'_>) -> Option<AqfPackage> {
    let name = text(entry, "name").filter(|name| is_name(name))?;
    let files = entry.get("files").map(|files| files.get());
    let files = files.and_then(|files| serde_json::from_str::<Vec<&RawValue>>(files).ok());
    let files = files.into_iter().flatten().filter_map(fields);
    let installer = text(entry, "installer");
    let third_party = flag(entry, "third_party");
    Some(AqfPackage {
        name,
        files: files.take(MAX_FILES).map(|fields| file(&fields)).collect(),
        // Where the phone could not be asked, AndroidQF writes an empty name for all of them.
        installer_given: installer.as_ref().is_some_and(|name| !name.is_empty()),
        installer: installer.filter(|name| is_name(name) && name != "null"),
        system: match (flag(entry, "system"), third_party) {
            (Some(system), Some(third_party)) if system == third_party => None,
            (Some(system), _) => Some(system),
            (None, third_party) => third_party.map(|third_party| !third_party),
        },
        installed: flag(entry, "installed"),
        number,
    })
}

fn file(entry: &Fields<'_>) -> AqfFile {
    let verified = flag(entry, "verified_certificate") == Some(true);
    let certificate = entry.get("certificate").and_then(|value| fields(value)).map(|value| {
        let subject = either(&value, "Subject", "subject").unwrap_or_default();
        AqfCertificate {
            sha1: either(&value, "Sha1", "sha1").and_then(|digest| digest.parse().ok()),
            sha256: either(&value, "Sha256", "sha256").and_then(|digest| digest.parse().ok()),
            organisations: attribute(&subject, "O"),
            common_names: attribute(&subject, "CN"),
            valid_from: either(&value, "ValidFrom", "valid_from")
                .and_then(|text| text.get(..10)?.parse().ok()),
            verified,
        }
    });
    AqfFile { sha256: text(entry, "sha256").and_then(|digest| digest.parse().ok()), certificate }
}

/// The values of one attribute in a name as RFC 4514 writes it: `CN=a,O=b\, c`.
pub(crate) fn attribute(subject: &str, wanted: &str) -> Vec<String> {
    let mut values = Vec::new();
    let mut part = String::new();
    let mut characters = subject.chars().take(4_096);
    let mut finish = |part: &mut String| {
        let whole = std::mem::take(part);
        if let Some((key, value)) = whole.split_once('=')
            && key.trim().eq_ignore_ascii_case(wanted)
            && !value.trim().is_empty()
        {
            values.push(value.trim().to_owned());
        }
    };
    while let Some(c) = characters.next() {
        match c {
            '\\' => part.extend(characters.next()),
            ',' | '+' => finish(&mut part),
            c => part.push(c),
        }
    }
    finish(&mut part);
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_a_subject_may_hold_the_separator() {
        assert_eq!(attribute("CN=a,O=Watch\\, Alpha + OU=x", "O"), ["Watch, Alpha"]);
        assert_eq!(attribute("C=XX, CN=Kids Safety", "CN"), ["Kids Safety"]);
        assert!(attribute("CN=O=trap", "O").is_empty());
        assert!(attribute("", "O").is_empty());
    }
}
