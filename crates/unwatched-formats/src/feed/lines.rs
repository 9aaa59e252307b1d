//! `indicators.jsonl`: every indicator of a release, one JSON object a line, sorted by id. What
//! changed between two releases is worked out from two of these files (see [`super::delta`]).

use serde::Serialize;

use super::{Feed, FeedRow};

/// The file's name.
pub const FILE_NAME: &str = "indicators.jsonl";

/// One line. The id comes first: two files are compared by it without being parsed.
#[derive(Serialize)]
struct Line<'a> {
    id: String,
    family: &'a str,
    family_name: &'a str,
    class: &'static str,
    judged: bool,
    kind: &'static str,
    value: &'a str,
    role: &'static str,
    tlp: String,
    sources: &'a [&'a str],
    added: String,
}

/// The file.
pub fn render(feed: &Feed<'_>) -> Vec<u8> {
    let mut rows: Vec<&FeedRow<'_>> = feed.rows.iter().collect();
    rows.sort_by_key(|row| row.id);
    let mut bytes = Vec::with_capacity(rows.len() * 300);
    for row in rows {
        let family = feed.family_of(row);
        let line = Line {
            id: row.id.to_string(),
            family: family.family.id.as_str(),
            family_name: &family.family.name,
            class: family.class.as_str(),
            judged: family.judged,
            kind: row.kind.as_str(),
            value: row.value,
            role: row.role.as_str(),
            tlp: row.tlp.to_string(),
            sources: &row.sources,
            added: row.added.to_string(),
        };
        serde_json::to_writer(&mut bytes, &line).expect("memory takes every byte");
        bytes.push(b'\n');
    }
    bytes
}
