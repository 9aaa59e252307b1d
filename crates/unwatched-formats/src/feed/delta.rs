//! What changed between two releases: worked out from their `indicators.jsonl`, as JSON lines.
//!
//! The first line says between which two; then come, by id, what was added and what changed as it
//! stands now, and what was removed as an id alone: a value that was taken back is not said again.

use serde_json::json;

/// Two releases and their `indicators.jsonl`.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// The release's number.
    pub sequence: u64,
    /// The file's bytes.
    pub lines: &'a [u8],
}

/// Bytes that are no `indicators.jsonl`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of release {sequence}'s indicators.jsonl does not read")]
pub struct NotTheLines {
    /// Which release.
    pub sequence: u64,
    /// Which line, from 1.
    pub line: usize,
}

/// The delta's bytes.
///
/// # Errors
/// [`NotTheLines`] when a side was not written by [`super::lines::render`].
pub fn between(old: Side<'_>, new: Side<'_>) -> Result<Vec<u8>, NotTheLines> {
    let (mut left, mut right) = (Lines::of(old), Lines::of(new));
    let (mut before, mut after) = (left.next()?, right.next()?);
    let mut body = Vec::new();
    let mut counts = [0_u64; 3];
    loop {
        let order = match (&before, &after) {
            (None, None) => break,
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some((old, _)), Some((new, _))) => old.cmp(new),
        };
        if order.is_lt() {
            if let Some((id, _)) = before {
                counts[2] += 1;
                push(&mut body, "removed", format!("{{\"id\":\"{id}\"}}").as_bytes());
            }
        } else if let Some((_, line)) = after {
            if order.is_gt() {
                counts[0] += 1;
                push(&mut body, "added", line);
            } else if before.is_some_and(|(_, earlier)| earlier != line) {
                counts[1] += 1;
                push(&mut body, "changed", line);
            }
        }
        if order.is_le() {
            before = left.next()?;
        }
        if order.is_ge() {
            after = right.next()?;
        }
    }
    let [added, changed, removed] = counts;
    let head = json!({
        "since": old.sequence, "until": new.sequence,
        "added": added, "changed": changed, "removed": removed,
    });
    let mut bytes = serde_json::to_vec(&head).expect("plain data serialises");
    bytes.push(b'\n');
    bytes.append(&mut body);
    Ok(bytes)
}

/// `{"change":"added",` and the rest of the line.
fn push(body: &mut Vec<u8>, change: &str, line: &[u8]) {
    body.extend_from_slice(format!("{{\"change\":\"{change}\",").as_bytes());
    body.extend_from_slice(&line[1..]);
    body.push(b'\n');
}

const BEFORE_ID: &[u8] = b"{\"id\":\"";
const ID_BYTES: usize = 36;

struct Lines<'a> {
    rest: &'a [u8],
    sequence: u64,
    line: usize,
    last: &'a str,
}

impl<'a> Lines<'a> {
    fn of(side: Side<'a>) -> Self {
        Self { rest: side.lines, sequence: side.sequence, line: 0, last: "" }
    }

    /// The next line and its id; lines come in the order of their ids.
    fn next(&mut self) -> Result<Option<(&'a str, &'a [u8])>, NotTheLines> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        self.line += 1;
        let wrong = NotTheLines { sequence: self.sequence, line: self.line };
        let end = self.rest.iter().position(|&byte| byte == b'\n').ok_or_else(|| wrong.clone())?;
        let (line, rest) = (&self.rest[..end], &self.rest[end + 1..]);
        let id = line
            .strip_prefix(BEFORE_ID)
            .and_then(|after| after.get(..ID_BYTES))
            .and_then(|id| std::str::from_utf8(id).ok())
            .filter(|id| *id > self.last)
            .ok_or(wrong)?;
        (self.rest, self.last) = (rest, id);
        Ok(Some((id, line)))
    }
}
