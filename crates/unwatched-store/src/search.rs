//! Search: exact values first, then words. The same tokens on both engines, made here.

use std::collections::HashSet;

use unwatched_model::family::FamilyId;
use unwatched_model::indicator::IndicatorKind;

use crate::columns::{key, read, to_json};
use crate::engine::reading;
use crate::{Engine, Result, Store, StoreError, Visible, postgres, sqlite};

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HitKind {
    /// A family; its id is the slug.
    Family,
    /// A sample; its id is the SHA-256.
    Sample,
    /// An indicator; its id is the row's number.
    Indicator,
}

impl HitKind {
    /// Every kind, in the order they are shown.
    pub const ALL: [Self; 3] = [Self::Family, Self::Sample, Self::Indicator];

    /// The number that stands for it in columns.
    pub(crate) fn number(self) -> i64 {
        match self {
            Self::Family => 0,
            Self::Sample => 1,
            Self::Indicator => 2,
        }
    }

    /// The word used in interfaces.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Family => "family",
            Self::Sample => "sample",
            Self::Indicator => "indicator",
        }
    }
}

/// One thing found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// What it is.
    pub kind: HitKind,
    /// Its id.
    pub id: String,
    /// How to show it.
    pub title: String,
    /// The family it is, or whose indicator it is.
    pub family: Option<FamilyId>,
}

/// A page of what was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SearchPage {
    /// Exact values first, then families, samples, indicators.
    pub results: Vec<Hit>,
    /// The cursor of the next page; `None` when this is the last.
    pub next: Option<String>,
    /// What the whole of it divides into, counted over its first thousand.
    pub facets: Vec<Facet>,
}

/// One way to divide what was found. `NAME:VALUE` as a word of the query keeps that part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facet {
    /// `kind`, `state`, `format`, `platform`, `year` or `tlp`.
    pub name: &'static str,
    /// Value, how many, and whether there may be more than that; the most frequent first.
    pub values: Vec<(String, u32, bool)>,
}

impl Store {
    /// Finds what has exactly this value, then what holds every word of it (a word also by its
    /// beginning). Nothing of the answer depends on what is not seen. A query without letters or digits finds
    /// nothing. `Invalid` when the cursor is not one of ours.
    pub async fn search(
        &self,
        q: &str,
        to: &Visible,
        after: Option<&str>,
        limit: u32,
    ) -> Result<SearchPage> {
        let keys = keys_asked(q);
        let words = words(q, WORDS_ASKED);
        if words.is_empty() {
            return Ok(SearchPage::default());
        }
        let limit = limit.clamp(1, MAX_PAGE) as usize;
        let from = after.map_or(Ok(Cursor::START), Cursor::parse)?;
        let mut found = Vec::new();
        if from.phase == Phase::Exact {
            found = self.exact(&keys, to, from, limit + 1).await?;
        }
        if found.len() <= limit {
            let from = if from.phase == Phase::Words { from } else { Cursor::WORDS };
            let wanted = limit + 1 - found.len();
            found.extend(self.by_words(&keys, &words, to, from, wanted).await?);
        }
        page(found, limit)
    }

    async fn exact(
        &self,
        keys: &[String],
        to: &Visible,
        from: Cursor,
        limit: usize,
    ) -> Result<Vec<Found>> {
        let sql = match self.engine() {
            Engine::Sqlite => sqlite::EXACT,
            Engine::Postgres => postgres::EXACT,
        };
        let rows: Vec<Row> = reading!(self, db => sqlx::query_as(sql)
            .bind(to_json(&keys)?)
            .bind(from.kind)
            .bind(from.id)
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .bind(to.partner())
            .bind(to.of_samples())
            .bind(to.of_indicators())
            .fetch_all(db).await?);
        Ok(rows.into_iter().map(|row| (Phase::Exact, row)).collect())
    }

    async fn by_words(
        &self,
        keys: &[String],
        words: &[String],
        to: &Visible,
        from: Cursor,
        limit: usize,
    ) -> Result<Vec<Found>> {
        let (sql, query) = match self.engine() {
            Engine::Sqlite => (sqlite::WORDS, sqlite::words_query(words)),
            Engine::Postgres => (postgres::WORDS, postgres::words_query(words)),
        };
        let rows: Vec<Row> = reading!(self, db => sqlx::query_as(sql)
            .bind(to_json(&keys)?)
            .bind(from.kind)
            .bind(from.id)
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .bind(to.partner())
            .bind(to.of_samples())
            .bind(to.of_indicators())
            .bind(query)
            .fetch_all(db).await?);
        Ok(rows.into_iter().map(|row| (Phase::Words, row)).collect())
    }
}

/// Whether whoever `$5`, `$6` (samples) and `$7` (indicators) name may know of the entry `e`;
/// pages are cut only after it.
macro_rules! seen_by_viewer {
    () => {
        concat!(
            " AND (e.kind = 0 OR (e.kind = 1 AND ",
            $crate::visible::sample_seen!("e.ref", "$5", "$6"),
            ") OR (e.kind = 2 AND EXISTS (
                SELECT 1 FROM indicators i
                WHERE i.id = CASE WHEN e.kind = 2 THEN CAST(e.ref AS BIGINT) END AND ",
            $crate::visible::indicator_seen!("i", "$5", "$7"),
            ")))"
        )
    };
}
pub(crate) use seen_by_viewer;

const MAX_PAGE: u32 = 500;
const WORDS_ASKED: usize = 16;
const MAX_WORD_CHARS: usize = 80;
const MAX_KEY_CHARS: usize = 300;

/// Kind, number, reference, title, family.
type Row = (i64, i64, String, String, Option<String>);
type Found = (Phase, Row);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Exact,
    Words,
}

/// Where a page ended: the last entry's phase, kind and number. It holds no state of ours, so
/// the same cursor asked twice gives the same page.
#[derive(Debug, Clone, Copy)]
struct Cursor {
    phase: Phase,
    kind: i64,
    id: i64,
}

impl Cursor {
    const START: Self = Self { phase: Phase::Exact, kind: 0, id: 0 };
    const WORDS: Self = Self { phase: Phase::Words, kind: 0, id: 0 };

    fn parse(text: &str) -> Result<Self> {
        let refused = || StoreError::Invalid("this is no cursor of a search".to_owned());
        let (phase, rest) = text.split_at_checked(1).ok_or_else(refused)?;
        let phase = match phase {
            "x" => Phase::Exact,
            "w" => Phase::Words,
            _ => return Err(refused()),
        };
        let (kind, id) = rest.split_once('.').ok_or_else(refused)?;
        let kind = kind.parse().map_err(|_| refused())?;
        Ok(Self { phase, kind, id: id.parse().map_err(|_| refused())? })
    }

    fn after((phase, (kind, id, ..)): &Found) -> String {
        let phase = match phase {
            Phase::Exact => 'x',
            Phase::Words => 'w',
        };
        format!("{phase}{kind}.{id}")
    }
}

fn page(mut found: Vec<Found>, limit: usize) -> Result<SearchPage> {
    let more = found.len() > limit;
    found.truncate(limit);
    let next = if more { found.last().map(Cursor::after) } else { None };
    let results = found.into_iter().map(|(_, row)| hit(row)).collect::<Result<_>>()?;
    Ok(SearchPage { results, next, facets: Vec::new() })
}

fn hit((kind, _, id, title, family): Row) -> Result<Hit> {
    let kind = HitKind::ALL
        .into_iter()
        .find(|known| known.number() == kind)
        .ok_or_else(|| StoreError::Corrupt(format!("unknown kind {kind} in the search index")))?;
    let family = family.as_deref().map(read).transpose()?;
    Ok(Hit { kind, id, title, family })
}

/// The words of a text: runs of letters and digits in lower case, each once.
pub(crate) fn words(text: &str, most: usize) -> Vec<String> {
    let mut seen = HashSet::new();
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| {
            // Lower case can bring a combining mark with it, which PostgreSQL would keep.
            let lower = word.chars().flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric());
            lower.take(MAX_WORD_CHARS).collect::<String>()
        })
        .filter(|word| seen.insert(word.clone()))
        .take(most)
        .collect()
}

/// A value as a key: whatever its case, and not longer than an index can hold.
pub(crate) fn exact_key(value: &str) -> String {
    key(value).chars().take(MAX_KEY_CHARS).collect()
}

/// Every form in which what was asked may stand as a key: as it is, and as each kind of
/// indicator would write it. A pattern is its own form and is not compiled here.
fn keys_asked(q: &str) -> Vec<String> {
    let normalised = IndicatorKind::ALL
        .into_iter()
        .filter(|kind| *kind != IndicatorKind::CertificateCommonNamePattern)
        .filter_map(|kind| kind.normalise(q).ok());
    let mut keys: Vec<_> =
        normalised.chain([q.replace('\0', " ")]).map(|v| exact_key(&v)).collect();
    keys.sort();
    keys.dedup();
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_letters_and_digits() {
        let check = |text: &str, expected: &[&str]| assert_eq!(words(text, 8), expected);
        check("com.Watch-Alpha  watch", &["com", "watch", "alpha"]);
        check("\"' OR 1=1; -- *", &["or", "1"]);
        check("Шпион راقب", &["шпион", "راقب"]);
        check("İstanbul", &["istanbul"]);
        check("!?*\"()", &[]);
    }

    #[test]
    fn a_certificate_is_found_with_or_without_colons() {
        let colons = "7F:5C:0D:54:A8:13:BA:9B:87:A9:14:20:CA:2C:3D:E5:E7:94:8F:09";
        assert!(
            keys_asked(colons).contains(&"7f5c0d54a813ba9b87a91420ca2c3de5e7948f09".to_owned())
        );
    }

    #[test]
    fn a_made_up_cursor_is_refused() {
        for bad in ["", "x", "y1.2", "x1", "x1.", "xa.b", "é1.2", "x1.2.3"] {
            assert!(matches!(Cursor::parse(bad), Err(StoreError::Invalid(_))), "{bad:?}");
        }
    }
}
