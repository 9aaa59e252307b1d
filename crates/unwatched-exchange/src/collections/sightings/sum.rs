//! What one sighting says: of what, how often, in which quarters. Everything that it says beyond is
//! refused by its name.

use std::fmt;

use jiff::civil::Date;
use jiff::{SignedDuration, Span, Timestamp};
use serde_json::{Map, Value};
use unwatched_formats::stix::Marked;
use unwatched_model::tlp::Tlp;

use super::UNMARKED;

/// No smaller count is taken, and no two whose difference is smaller.
pub const AT_LEAST: u64 = 10;
/// STIX has no larger one.
const AT_MOST: u64 = 999_999_999;

/// What a sighting may say.
const ALLOWED: [&str; 13] = [
    "type",
    "spec_version",
    "id",
    "created",
    "modified",
    "created_by_ref",
    "object_marking_refs",
    "revoked",
    "first_seen",
    "last_seen",
    "count",
    "summary",
    "sighting_of_ref",
];

/// Why a sighting is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct No {
    /// The member that is refused; empty: the sighting as a whole.
    pub field: String,
    /// Why, as a sentence's rest.
    pub why: String,
}

impl No {
    pub(super) fn new(field: &str, why: impl Into<String>) -> Self {
        Self { field: field.to_owned(), why: why.into() }
    }

    pub(super) fn whole(why: impl Into<String>) -> Self {
        Self::new("", why)
    }
}

impl fmt::Display for No {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.field.is_empty() {
            f.write_str(&self.why)
        } else {
            write!(f, "`{}`: {}", self.field, self.why)
        }
    }
}

/// What a sighting says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sum {
    /// The family or indicator, by its id in STIX.
    pub of: String,
    /// How often.
    pub count: u64,
    /// When.
    pub quarters: Quarters,
    /// How widely it may be known.
    pub tlp: Tlp,
}

/// Whole quarters in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quarters {
    /// The first day.
    pub first: Date,
    /// The day after the last.
    pub end: Date,
}

impl Quarters {
    /// Reads such as `2026-Q1`, and the same for the last of several.
    pub fn read(from: &str, to: Option<&str>) -> Result<Self, No> {
        let first = quarter(from).ok_or_else(|| No::new("from", SUCH_AS))?;
        let last = quarter(to.unwrap_or(from)).ok_or_else(|| No::new("to", SUCH_AS))?;
        if last < first {
            return Err(No::new("to", "it is before the first quarter"));
        }
        let end = last.checked_add(Span::new().months(3)).map_err(|_| No::new("to", SUCH_AS))?;
        Ok(Self { first, end })
    }

    /// The first and the last quarter, such as `2026-Q1`.
    pub fn words(self) -> (String, String) {
        let words = |day: Date| format!("{:04}-Q{}", day.year(), (day.month() - 1) / 3 + 1);
        let last = self.end.checked_sub(Span::new().months(3)).unwrap_or(self.first);
        (words(self.first), words(last))
    }

    /// Whether some day is in both.
    pub(super) fn meet(self, other: Self) -> bool {
        self.first < other.end && other.first < self.end
    }

    /// The first and the last second, as STIX writes them.
    pub(super) fn seen(self) -> (String, String) {
        let last = self.end.yesterday().unwrap_or(self.first);
        (format!("{}T00:00:00Z", self.first), format!("{last}T23:59:59Z"))
    }
}

const SUCH_AS: &str = "a quarter such as 2026-Q1";

fn quarter(text: &str) -> Option<Date> {
    let (year, quarter) = text.split_once("-Q")?;
    let is_year = year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit());
    let month = match quarter {
        "1" => 1,
        "2" => 4,
        "3" => 7,
        "4" => 10,
        _ => return None,
    };
    is_year.then(|| Date::new(year.parse().ok()?, month, 1).ok()).flatten()
}

impl Sum {
    /// What a sighting that was taken says.
    pub(super) fn of(sighting: &Map<String, Value>) -> Result<Self, No> {
        let text = |key: &str| sighting.get(key).and_then(Value::as_str).unwrap_or_default();
        let of = text("sighting_of_ref");
        if !is_id(of, "malware--") && !is_id(of, "indicator--") {
            return Err(No::new("sighting_of_ref", "the id of a family or an indicator"));
        }
        let count = sighting.get("count").and_then(Value::as_u64).unwrap_or(1);
        let quarters = quarters(text("first_seen"), text("last_seen"))?;
        let marked = Marked::of(&Value::Object(sighting.clone()), |_| None);
        Ok(Self { of: of.to_owned(), count, quarters, tlp: marked.tlp.unwrap_or(UNMARKED) })
    }

    pub(super) fn is_of_family(&self) -> bool {
        self.of.starts_with("malware--")
    }
}

/// Reads a sighting of whoever is called `own`. Everything that it says beyond a count is refused
/// by its name.
pub(super) fn counted(
    sighting: &Map<String, Value>,
    own: Option<&str>,
    now: Timestamp,
) -> Result<Sum, No> {
    let text = |key: &str| sighting.get(key).and_then(Value::as_str).unwrap_or_default();
    if text("type") != "sighting" {
        return Err(No::whole("only sightings are taken here: hand in anything else in the inbox"));
    }
    if let Some(other) = sighting.keys().find(|key| !ALLOWED.contains(&key.as_str())) {
        let other: String = other.chars().take(60).collect();
        let why = "leave it out. A count and its quarters are enough; who, where and what was \
                   observed are for nobody";
        return Err(No::new(&other, why));
    }
    if !is_id(text("id"), "sighting--") {
        return Err(No::new("id", "not the id of an object `sighting--UUID`"));
    }
    is_own(sighting, own)?;
    count(sighting.get("count"))?;
    if sighting.get("summary").and_then(Value::as_bool) != Some(true) {
        return Err(No::new("summary", "say true: sums over many, never one event"));
    }
    let marked = Marked::of(&Value::Object(sighting.clone()), |_| None);
    if let Some(marking) = marked.unknown {
        let why = format!("{marking} is no marking of TLP");
        return Err(No::new("object_marking_refs", why));
    }
    if let Some(tlp) = marked.tlp.filter(|tlp| *tlp > Tlp::Amber) {
        let why = format!("TLP:{tlp} is narrower than those who read here: AMBER or wider");
        return Err(No::new("object_marking_refs", why));
    }
    let counted = Sum::of(sighting)?;
    let end = counted.quarters.end.to_zoned(jiff::tz::TimeZone::UTC);
    if end.is_ok_and(|end| end.timestamp() > now) {
        return Err(No::new("last_seen", "wait until the quarter is over"));
    }
    Ok(counted)
}

/// Nobody counts in another's name, nor in one that leads nowhere.
fn is_own(sighting: &Map<String, Value>, own: Option<&str>) -> Result<(), No> {
    let Some(by) = sighting.get("created_by_ref") else { return Ok(()) };
    match own {
        Some(own) if by.as_str() == Some(own) => Ok(()),
        Some(own) => {
            let why = format!("leave it out, or say {own}, which is your own partner's here");
            Err(No::new("created_by_ref", why))
        }
        None => Err(No::new("created_by_ref", "leave it out: you are no partner here")),
    }
}

/// A count that is taken.
pub fn count(said: Option<&Value>) -> Result<u64, No> {
    let no = |why: String| Err(No::new("count", why));
    let most = format!("at most {AT_MOST}");
    let number = match said {
        None | Some(Value::Null) => return no("missing: say how many were counted".to_owned()),
        Some(Value::Number(number)) => number,
        Some(Value::String(_)) => return no("a number, written without quotes".to_owned()),
        Some(_) => return no("a whole number".to_owned()),
    };
    let Some(count) = number.as_u64() else {
        return match number.as_f64() {
            Some(below) if below < 0.0 => no("below 0: nothing is counted so".to_owned()),
            Some(above) if above >= 1e9 => no(most),
            _ => no("a whole number, written without a fraction".to_owned()),
        };
    };
    match count {
        0 => no("0: what nobody saw is told by leaving it out".to_owned()),
        1..AT_LEAST => {
            no(format!("one below {AT_LEAST} may point at a person: add up over a longer time"))
        }
        AT_LEAST..=AT_MOST => Ok(count),
        _ => no(most),
    }
}

fn is_id(text: &str, prefix: &str) -> bool {
    let uuid = text.strip_prefix(prefix);
    uuid.is_some_and(|uuid| uuid.len() == 36 && uuid::Uuid::try_parse(uuid).is_ok())
}

/// Whole quarters, by the first and the last moment.
fn quarters(first: &str, last: &str) -> Result<Quarters, No> {
    let whole = "whole quarters in UTC, such as 2026-01-01T00:00:00Z to 2026-03-31T23:59:59Z";
    let at = |key: &str, text: &str| {
        let at: Result<Timestamp, _> = text.parse();
        at.map_err(|_| No::new(key, whole))
    };
    let first = begins_at(at("first_seen", first)?);
    let first = first.ok_or_else(|| No::new("first_seen", whole))?;
    let last = at("last_seen", last)?;
    // The end is the last second of a quarter, however finely that is written, or the next one's
    // first moment.
    let within_a_second = [Some(last), last.checked_add(SignedDuration::from_secs(1)).ok()];
    let whole_second = within_a_second.into_iter().flatten().find_map(|at| {
        let whole = Timestamp::from_second(at.as_second()).ok()?;
        begins_at(whole)
    });
    match whole_second {
        Some(end) if end > first => Ok(Quarters { first, end }),
        _ => Err(No::new("last_seen", whole)),
    }
}

/// The day with whose first moment a quarter begins.
fn begins_at(at: Timestamp) -> Option<Date> {
    let at = at.to_zoned(jiff::tz::TimeZone::UTC).datetime();
    let is_midnight = at.time() == jiff::civil::Time::midnight();
    let is_first = at.day() == 1 && matches!(at.month(), 1 | 4 | 7 | 10);
    (is_midnight && is_first).then(|| at.date())
}
