//! The audit log outside of the store: following its chain, and the file it is exported to.
//!
//! A file is JSON lines: one that says after which line it begins, the log's lines, and one that
//! says where it ends. Each line's JSON is the form its digest covers, with the two digests
//! appended, so that anybody can follow the chain with a few lines of any language. Nothing here
//! reads rows.

use std::io::{self, BufRead, Write};

use serde_json::Value;
use unwatched_store::{AuditRow, chained};

/// What the first line of a file begins with.
const HEADER: &str = r#"{"unwatched_audit":1,"begins_after":"#;
const FOOTER: &str = r#"{"ends_with":"#;
/// Between a line's own JSON and the two digests appended to it.
const PREVIOUS: &str = r#","previous":""#;
const SHA256: &str = r#"","sha256":""#;
const END: &str = r#""}"#;
const HEX: usize = 64;

/// A place in the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// A line's number.
    pub seq: i64,
    /// Its digest.
    pub sha256: String,
}

impl Link {
    /// Takes the next line of the chain, or says what is wrong with it. Either way the chain goes
    /// on from there, so that a second fault is found behind the first.
    pub fn follow(&mut self, line: &AuditRow) -> Result<(), String> {
        self.follow_text(line.seq, &line.canonical(), &line.previous, &line.sha256)
    }

    fn follow_text(
        &mut self,
        seq: i64,
        canonical: &str,
        previous: &str,
        sha256: &str,
    ) -> Result<(), String> {
        let before = std::mem::replace(self, Self { seq, sha256: sha256.to_owned() });
        if seq != before.seq + 1 {
            return Err(format!("it comes after line {}: lines between them are gone", before.seq));
        }
        if previous != before.sha256 {
            return Err(format!(
                "it does not follow line {}: one of the two was changed",
                before.seq
            ));
        }
        if chained(previous, canonical) != sha256 {
            return Err("its digest is not that of what it says: it was changed".to_owned());
        }
        Ok(())
    }

    fn json(&self) -> String {
        format!(r#"{{"seq":{},"sha256":"{}"}}"#, self.seq, self.sha256)
    }
}

/// Writes what a file begins with.
pub fn write_header(out: &mut impl Write, start: &Link) -> io::Result<()> {
    writeln!(out, "{HEADER}{}}}", start.json())
}

/// Writes a line of the log.
pub fn write_line(out: &mut impl Write, line: &AuditRow) -> io::Result<()> {
    let canonical = line.canonical();
    let own = canonical.strip_suffix('}').unwrap_or(&canonical);
    writeln!(out, "{own}{PREVIOUS}{}{SHA256}{}{END}", line.previous, line.sha256)
}

/// Writes what a file ends with.
pub fn write_footer(out: &mut impl Write, head: &Link) -> io::Result<()> {
    writeln!(out, "{FOOTER}{}}}", head.json())
}

/// What following a whole file found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Followed {
    /// How many lines of the log there are.
    pub lines: u64,
    /// The last one.
    pub head: Link,
}

/// Follows a file's chain from its beginning; `Err` names the first line of the file that is not
/// as it should be. `told` is called with the number of lines every ten thousand.
pub fn verify(file: impl BufRead, mut told: impl FnMut(u64)) -> anyhow::Result<Followed> {
    let mut lines = (1u64..).zip(file.split(b'\n'));
    let mut text = || -> anyhow::Result<Option<(u64, String)>> {
        let Some((number, line)) = lines.next() else { return Ok(None) };
        let bad = |why: &dyn std::fmt::Display| anyhow::anyhow!("line {number} of the file: {why}");
        let line = line.map_err(|error| bad(&error))?;
        let line = String::from_utf8(line).map_err(|_| bad(&"it is not UTF-8: it was changed"))?;
        Ok(Some((number, line)))
    };
    let begins = text()?.and_then(|(_, line)| link(&line, HEADER));
    let mut link_now = begins.ok_or_else(|| {
        anyhow::anyhow!("line 1 of the file: it is not what `audit export` begins a file with")
    })?;
    let mut count = 0;
    while let Some((number, line)) = text()? {
        if let Some(head) = link(&line, FOOTER) {
            anyhow::ensure!(
                head == link_now,
                "line {number} of the file: it says that the log ends with line {}, and the lines \
                 before it end with line {}: one of them was changed, or lines are gone",
                head.seq,
                link_now.seq
            );
            let behind = text()?;
            anyhow::ensure!(
                behind.is_none(),
                "line {} of the file: something stands behind the end",
                number + 1
            );
            return Ok(Followed { lines: count, head });
        }
        follow_line(&mut link_now, &line).map_err(|why| {
            anyhow::anyhow!("line {number} of the file, line {} of the log: {why}", link_now.seq)
        })?;
        count += 1;
        if count % 10_000 == 0 {
            told(count);
        }
    }
    anyhow::bail!("the file breaks off after line {} of the log: its end is missing", link_now.seq)
}

/// A first or last line, to the byte as it is written.
fn link(line: &str, before: &str) -> Option<Link> {
    let json: Value = serde_json::from_str(line.strip_prefix(before)?.strip_suffix('}')?).ok()?;
    let found = Link { seq: json["seq"].as_i64()?, sha256: json["sha256"].as_str()?.to_owned() };
    (line == format!("{before}{}}}", found.json())).then_some(found)
}

fn follow_line(chain: &mut Link, line: &str) -> Result<(), String> {
    let expected = chain.seq + 1;
    let cut = cut(line).filter(|(canonical, ..)| {
        serde_json::from_str::<Value>(canonical).is_ok_and(|json| json["seq"].is_i64())
    });
    let Some((canonical, previous, sha256)) = cut else {
        chain.seq = expected;
        return Err("it does not read: it was changed, or cut".to_owned());
    };
    let json: Value = serde_json::from_str(&canonical).map_err(|error| error.to_string())?;
    let seq = json["seq"].as_i64().unwrap_or(expected);
    chain.follow_text(seq, &canonical, previous, sha256)
}

/// A line's own JSON and the two digests behind it.
fn cut(line: &str) -> Option<(String, &str, &str)> {
    let (rest, sha256) = tail(line.strip_suffix(END)?)?;
    let (rest, previous) = tail(rest.strip_suffix(SHA256)?)?;
    Some((format!("{}}}", rest.strip_suffix(PREVIOUS)?), previous, sha256))
}

fn tail(text: &str) -> Option<(&str, &str)> {
    text.split_at_checked(text.len().checked_sub(HEX)?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unwatched_store::BEFORE_THE_FIRST;

    use super::*;

    fn start() -> Link {
        Link { seq: 0, sha256: BEFORE_THE_FIRST.to_owned() }
    }

    fn lines(count: i64) -> Vec<AuditRow> {
        let mut previous = BEFORE_THE_FIRST.to_owned();
        (1..=count)
            .map(|seq| {
                let mut line = AuditRow {
                    seq,
                    at: 1_767_225_600_000_000 + seq,
                    partner: (seq % 2 == 0).then(|| "example-lab".to_owned()),
                    user_id: (seq % 3 == 0).then_some(seq),
                    via: "person".to_owned(),
                    action: "sample.upload".to_owned(),
                    object_kind: "sample".to_owned(),
                    object_id: "ab".repeat(32),
                    detail: r#"{"note":"\"previous\":\""}"#.to_owned(),
                    previous: previous.clone(),
                    sha256: String::new(),
                };
                line.sha256 = line.digest();
                previous.clone_from(&line.sha256);
                line
            })
            .collect()
    }

    fn file(lines: &[AuditRow]) -> Vec<u8> {
        let mut out = Vec::new();
        write_header(&mut out, &start()).unwrap();
        let mut head = start();
        for line in lines {
            write_line(&mut out, line).unwrap();
            head = Link { seq: line.seq, sha256: line.sha256.clone() };
        }
        write_footer(&mut out, &head).unwrap();
        out
    }

    fn said(file: &[u8]) -> String {
        verify(file, |_| {})
            .map_or_else(|error| error.to_string(), |ok| format!("{} lines", ok.lines))
    }

    #[test]
    fn a_file_as_it_was_written_holds() {
        assert_eq!(said(&file(&[])), "0 lines");
        let lines = lines(7);
        assert_eq!(said(&file(&lines)), "7 lines");
        assert_eq!(verify(&*file(&lines), |_| {}).unwrap().head.sha256, lines[6].sha256);
    }

    #[test]
    fn what_is_missing_is_named() {
        let whole = file(&lines(5));
        let text = String::from_utf8(whole).unwrap();
        let without = |n: usize| {
            let kept = text.lines().enumerate().filter(|(line, _)| *line != n);
            kept.flat_map(|(_, line)| [line, "\n"]).collect::<String>()
        };
        assert!(said(without(0).as_bytes()).starts_with("line 1 of the file: it is not what"));
        assert_eq!(
            said(without(3).as_bytes()),
            "line 4 of the file, line 4 of the log: it comes after line 2: lines between them are gone"
        );
        assert!(
            said(without(5).as_bytes()).starts_with("line 6 of the file: it says that the log")
        );
        let without_end = without(6);
        assert_eq!(
            said(without_end.as_bytes()),
            "the file breaks off after line 5 of the log: its end is missing"
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn any_byte_changed_is_found(at in any::<prop::sample::Index>(), to in any::<u8>()) {
            let mut bytes = file(&lines(6));
            let at = at.index(bytes.len() - 1);
            prop_assume!(bytes[at] != to);
            let line = 1 + bytes[..at].split(|byte| *byte == b'\n').count() - 1;
            bytes[at] = to;
            let said = said(&bytes);
            prop_assert!(said.starts_with("line "), "{said}");
            let named: usize = said.split_whitespace().nth(1).unwrap().trim_end_matches(':').parse().unwrap();
            prop_assert!(named == line || named == line + 1, "byte {at} of line {line}: {said}");
        }
    }
}
