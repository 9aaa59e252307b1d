//! What the servers are filled with: the same made-up indicators for each of them.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use anyhow::{Context, Result};
use jiff::{SignedDuration, Timestamp};

/// The collection, where a server lets its id be chosen.
pub(super) const COLLECTION: &str = "91a7b528-80eb-42ed-a74d-c6fbd5a26116";
/// Its root, where a server lets that be chosen.
pub(super) const ROOT: &str = "measured";

// With a fraction of a second, without which a peer refuses it.
const FIRST: &str = "2026-01-01T00:00:00.000Z";

/// An object of about 600 bytes.
pub(super) fn object(number: usize) -> String {
    let id = id(number);
    format!(
        "{{\"type\":\"indicator\",\"spec_version\":\"2.1\",\"id\":\"{id}\",\"created\":\"{FIRST}\",\
         \"modified\":\"{FIRST}\",\"name\":\"domain of Watch Alpha (c2)\",\"description\":\"The app \
         sends to it or takes commands from it.\",\"indicator_types\":[\"malicious-activity\"],\
         \"pattern\":\"[domain-name:value = 'host-{number}.alpha.example']\",\"pattern_type\":\"stix\",\
         \"valid_from\":\"{FIRST}\",\"labels\":[\"role:c2\"],\"object_marking_refs\":\
         [\"marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487\"]}}"
    )
}

fn id(number: usize) -> String {
    format!("indicator--00000000-0000-4000-8000-{number:012}")
}

/// Some of them in an envelope.
pub(super) fn envelope(numbers: std::ops::Range<usize>) -> String {
    let objects: Vec<_> = numbers.map(object).collect();
    format!("{{\"objects\":[{}]}}", objects.join(","))
}

/// When an object that was there from the beginning was added: a millisecond after the one before.
pub(super) fn added(number: usize) -> Result<String> {
    let first: Timestamp = FIRST.parse()?;
    let added = first + SignedDuration::from_millis(i64::try_from(number)? + 1);
    Ok(format!("{added:.6}"))
}

/// Another server's content with so many objects, as ours takes it over.
pub(super) fn for_ours(path: &Path, objects: usize) -> Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    write!(
        file,
        "{{\"roots\":{{\"{ROOT}\":{{\"title\":\"Measured\",\"collections\":[{{\"id\":\
         \"{COLLECTION}\",\"title\":\"Measured\",\"can_read\":true,\"can_write\":true,\"objects\":["
    )?;
    for number in 0..objects {
        let (object, added) = (object(number), added(number)?);
        let comma = if number == 0 { "" } else { "," };
        write!(file, "{comma}{{\"object\":{object},\"date_added\":\"{added}\"}}")?;
    }
    write!(file, "]}}]}}}}}}")?;
    file.flush().context("write what is measured with")
}

/// The same in the form that medallion keeps in memory.
pub(super) fn for_medallion(path: &Path, objects: usize) -> Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    write!(
        file,
        "{{\"/discovery\":{{\"title\":\"Measured\",\"api_roots\":[]}},\"{ROOT}\":{{\"information\":\
         {{\"title\":\"Measured\",\"versions\":[\"application/taxii+json;version=2.1\"],\
         \"max_content_length\":10485760}},\"status\":[],\"collections\":[{{\"id\":\
         \"{COLLECTION}\",\"title\":\"Measured\",\"can_read\":true,\"can_write\":true,\
         \"media_types\":[\"application/stix+json;version=2.1\"],\"objects\":["
    )?;
    for number in 0..objects {
        write!(file, "{}{}", if number == 0 { "" } else { "," }, object(number))?;
    }
    write!(file, "],\"manifest\":[")?;
    for number in 0..objects {
        let (id, added) = (id(number), added(number)?);
        let comma = if number == 0 { "" } else { "," };
        write!(
            file,
            "{comma}{{\"id\":\"{id}\",\"date_added\":\"{added}\",\"version\":\"{FIRST}\",\
             \"media_type\":\"application/stix+json;version=2.1\"}}"
        )?;
    }
    write!(file, "]}}]}}}}")?;
    file.flush().context("write what a peer is measured with")
}
