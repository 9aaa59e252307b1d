//! What a query asks for: `added_after`, `limit`, `next` and the `match[...]` fields. A parameter
//! that is not known is left out of account; one that is known and malformed refuses the request.

use std::borrow::Cow;

use jiff::Timestamp;
use percent_encoding::percent_decode_str;

use super::{Next, time};

/// So many values may one field name.
const MAX_VALUES: usize = 1_000;
/// The longest value of a field, in bytes.
const MAX_VALUE_BYTES: usize = 300;

/// A parameter that cannot be meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{parameter}: {why}")]
pub struct Malformed {
    /// Which.
    pub parameter: String,
    /// What is wrong with it, and what would be right.
    pub why: String,
}

/// What is asked for; an empty list asks for every value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filters {
    /// Only what was added after this.
    pub added_after: Option<Timestamp>,
    /// At most so many.
    pub limit: Option<u64>,
    /// From which page on.
    pub next: Option<Next>,
    /// Objects of these ids.
    pub ids: Vec<String>,
    /// Objects of these types.
    pub types: Vec<String>,
    /// Which versions of an object; `None`: what the address gives without a word.
    pub versions: Option<Versions>,
    /// Written in these versions of STIX; empty: for each object the latest that is there.
    pub spec_versions: Vec<String>,
}

/// Which versions of an object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Versions {
    /// Every one.
    pub all: bool,
    /// The earliest.
    pub first: bool,
    /// The latest.
    pub last: bool,
    /// Those of exactly these times.
    pub exact: Vec<Timestamp>,
}

impl Filters {
    /// Reads a query, without its question mark.
    pub fn read(query: &str) -> Result<Self, Malformed> {
        let mut filters = Self::default();
        let mut seen = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let Some(key) = decoded(key).and_then(|key| known(&key)) else { continue };
            if seen.contains(&key) {
                return Err(malformed(
                    key,
                    "given twice: give it once, with commas between values",
                ));
            }
            seen.push(key);
            let value = decoded(value).ok_or_else(|| malformed(key, "it is not UTF-8"))?;
            filters.take(key, &value)?;
        }
        Ok(filters)
    }

    fn take(&mut self, key: &'static str, value: &str) -> Result<(), Malformed> {
        match key {
            ADDED_AFTER => {
                let at = time::parse_limit(value).ok_or_else(|| malformed(key, NO_TIME))?;
                self.added_after = Some(at);
            }
            LIMIT => self.limit = Some(limit(value)?),
            NEXT => {
                let next = Next::read(value);
                self.next = Some(next.ok_or_else(|| {
                    malformed(key, "give what `next` held in the answer before, and nothing else")
                })?);
            }
            ID => self.ids = values(key, value, is_id)?,
            TYPE => self.types = values(key, value, is_type)?,
            VERSION => self.versions = Some(versions(value)?),
            _ => self.spec_versions = values(key, value, is_spec_version)?,
        }
        Ok(())
    }
}

const ADDED_AFTER: &str = "added_after";
const LIMIT: &str = "limit";
const NEXT: &str = "next";
const ID: &str = "match[id]";
const TYPE: &str = "match[type]";
const VERSION: &str = "match[version]";
const SPEC_VERSION: &str = "match[spec_version]";
const NO_TIME: &str = "not a time of RFC 3339, as in 2026-01-05T09:00:00.000000Z";

fn known(key: &str) -> Option<&'static str> {
    [ADDED_AFTER, LIMIT, NEXT, ID, TYPE, VERSION, SPEC_VERSION].into_iter().find(|it| *it == key)
}

fn malformed(parameter: &str, why: impl Into<String>) -> Malformed {
    Malformed { parameter: parameter.to_owned(), why: why.into() }
}

/// A part of a query as it was meant; `None` when it is not UTF-8.
fn decoded(text: &str) -> Option<String> {
    let text = if text.contains('+') { Cow::from(text.replace('+', " ")) } else { Cow::from(text) };
    percent_decode_str(&text).decode_utf8().ok().map(Cow::into_owned)
}

/// Larger than any page is no mistake: it is cut to what a page holds.
fn limit(value: &str) -> Result<u64, Malformed> {
    let is_number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    let number = value.parse().unwrap_or(u64::MAX);
    if !is_number || number == 0 {
        return Err(malformed(LIMIT, "give a whole number from 1 up"));
    }
    Ok(number)
}

fn values(
    key: &'static str,
    value: &str,
    is_one: fn(&str) -> Result<(), &'static str>,
) -> Result<Vec<String>, Malformed> {
    let mut found = Vec::new();
    for one in value.split(',') {
        if one.is_empty() || one.len() > MAX_VALUE_BYTES {
            return Err(malformed(key, "one value is empty or too long"));
        }
        is_one(one).map_err(|why| malformed(key, why))?;
        if found.len() == MAX_VALUES {
            return Err(malformed(key, format!("at most {MAX_VALUES} values: ask several times")));
        }
        found.push(one.to_owned());
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

fn is_id(value: &str) -> Result<(), &'static str> {
    let (object_type, rest) = value.split_once("--").ok_or("a STIX id is type--UUID")?;
    is_type(object_type)?;
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if rest.is_empty() || !rest.chars().all(is_part) {
        return Err("a STIX id is type--UUID");
    }
    Ok(())
}

/// Types that nobody has are no mistake; what is no name at all is one.
fn is_type(value: &str) -> Result<(), &'static str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if value.chars().all(is_part) { Ok(()) } else { Err("a type has letters, digits and hyphens") }
}

fn is_spec_version(value: &str) -> Result<(), &'static str> {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let numbers = value.split_once('.');
    let is_one = numbers.is_some_and(|(major, minor)| is_number(major) && is_number(minor));
    if is_one { Ok(()) } else { Err("a version of STIX is like 2.1") }
}

fn versions(value: &str) -> Result<Versions, Malformed> {
    let twice = || malformed(VERSION, "the same version is named twice");
    let mut versions = Versions::default();
    for one in value.split(',') {
        let word = match one {
            "all" => &mut versions.all,
            "first" => &mut versions.first,
            "last" => &mut versions.last,
            _ => {
                let at = time::parse_utc(one).ok_or_else(|| {
                    malformed(VERSION, "give `all`, `first`, `last` or a version's own time in UTC")
                })?;
                if versions.exact.contains(&at) {
                    return Err(twice());
                }
                if versions.exact.len() == MAX_VALUES {
                    return Err(malformed(VERSION, format!("at most {MAX_VALUES} versions")));
                }
                versions.exact.push(at);
                continue;
            }
        };
        if std::mem::replace(word, true) {
            return Err(twice());
        }
    }
    if versions.all && (versions.first || versions.last || !versions.exact.is_empty()) {
        return Err(malformed(VERSION, "`all` stands alone"));
    }
    Ok(versions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(query: &str, parameter: &str) {
        let malformed = Filters::read(query).unwrap_err();
        assert_eq!(malformed.parameter, parameter, "{query}: {malformed}");
    }

    #[test]
    fn a_query_as_it_was_meant() {
        let filters = Filters::read(
            "added_after=2026-01-05T09%3A00%3A00Z&limit=007&match%5Btype%5D=indicator,malware&\
             match[id]=indicator--252c7c11-daf2-42bd-843b-be65edca9f61&match[spec_version]=2.1,2.0&\
             match[version]=first,2026-01-05T09:00:00.123Z,last&match[colour]=red&x&&y=%ff",
        )
        .unwrap();
        assert_eq!(filters.limit, Some(7));
        assert_eq!(filters.types, ["indicator", "malware"]);
        assert_eq!(filters.ids.len(), 1);
        assert_eq!(filters.spec_versions, ["2.0", "2.1"]);
        let versions = filters.versions.unwrap();
        assert!(versions.first && versions.last && !versions.all && versions.exact.len() == 1);
        assert_eq!(Filters::read("").unwrap(), Filters::default());
        assert_eq!(Filters::read("limit=99999999999999999999").unwrap().limit, Some(u64::MAX));
        assert!(Filters::read("match[type]=x-made-up").is_ok());
    }

    #[test]
    fn malformed_ones_name_the_parameter() {
        for limit in ["0", "-1", "abc", "", "1.5", "+5", "5 ", "%35%00", "１"] {
            refused(&format!("limit={limit}"), "limit");
        }
        refused("limit", "limit");
        refused("limit=1&limit=1", "limit");
        for after in ["", "x", "2026-01-05", "2026-01-05T09:00:00", "%ff"] {
            refused(&format!("added_after={after}"), "added_after");
        }
        refused("added_after=2026-01-05T09:00:00+02:00", "added_after");
        refused("next=abc", "next");
        refused("next=", "next");
        refused("match[type]=", "match[type]");
        refused("match[type]=a,,b", "match[type]");
        refused("match[type]=a b", "match[type]");
        refused("match[type]=a&match[type]=b", "match[type]");
        refused("match[id]=nothing", "match[id]");
        refused("match[spec_version]=two", "match[spec_version]");
        for version in ["", "all,last", "last,last", "newest", "all,all", "2026-01-05"] {
            refused(&format!("match[version]={version}"), "match[version]");
        }
        refused("match[version]=2026-01-05T09:00:00Z,2026-01-05T09:00:00.000Z", "match[version]");
        let many = vec!["a"; 1_001].join(",");
        refused(&format!("match[type]={many}"), "match[type]");
    }
}
