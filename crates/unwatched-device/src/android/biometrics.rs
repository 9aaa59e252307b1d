//! `dumpsys fingerprint` and `dumpsys face`: how many fingers and faces are enrolled, by user.
//!
//! Every version prints a line of JSON with `"prints":[{"id":USER,"count":N,..}]` in it, and some
//! print lines of other kinds around it. Only the two numbers are read.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{LineParser, Parsed};

/// What the dump says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Enrolled {
    /// By user: how many are enrolled, and the line. Of several sensors the fullest counts.
    pub by_user: BTreeMap<u32, (u32, u64)>,
    /// Whether it says how many at all.
    pub counts: bool,
}

const MAX_USERS: usize = 200;
/// More fingers than anybody has: a number that means something else.
const MAX_COUNT: u32 = 100;

/// The parser.
#[derive(Debug, Default)]
pub struct BiometricsParser {
    found: Enrolled,
}

/// The number behind `"name":` in one entry.
fn number(entry: &str, name: &str) -> Option<u32> {
    let rest = entry[entry.find(name)? + name.len()..].trim_start();
    let rest = rest.strip_prefix(':')?.trim_start();
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest[..end].parse().ok()
}

impl LineParser for BiometricsParser {
    type Value = Enrolled;

    fn line(&mut self, line_number: u64, line: &str) {
        let mut rest = line;
        while let Some(at) = rest.find("\"prints\"") {
            rest = &rest[at + 8..];
            // Without an end it is half a list.
            let Some((list, _)) = rest.split_once(']') else { return };
            self.found.counts = true;
            for entry in list.split('}') {
                let (Some(user), Some(count)) =
                    (number(entry, "\"id\""), number(entry, "\"count\""))
                else {
                    continue;
                };
                let known = self.found.by_user.get(&user).map_or(0, |(count, _)| *count);
                if count <= MAX_COUNT && count >= known && self.found.by_user.len() < MAX_USERS {
                    self.found.by_user.insert(user, (count, line_number));
                }
            }
        }
    }

    fn end(self, whole: bool) -> Parsed<Enrolled> {
        let mut problems = Vec::new();
        if !self.found.counts {
            problems.push("it does not say how many are enrolled".to_owned());
        }
        if !whole {
            problems.push("it ends before its end".to_owned());
        }
        Parsed { value: self.found, problems }
    }
}
