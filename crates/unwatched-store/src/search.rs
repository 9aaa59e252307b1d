//! Search: exact values first, then values by their beginning, then words. The same on both
//! engines; how a question is read is in `search_query`, what can be found in `search_index`.
//!
//! An entry's number orders it: the kind in its upper bits, families first, then the newest first.
//! So each step reads an index in the order of its results, and stops when a page is full.

use unwatched_model::family::FamilyId;

use crate::columns::read;
use crate::engine::Tx;
use crate::search_facets::{self, FACETS_COUNT};
use crate::search_query::Asked;
use crate::search_sql::{Row, Statement};
use crate::{Result, Store, StoreError, Visible, postgres, sqlite};

pub use crate::search_facets::Facet;

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

    /// The first and the last number of its entries: a page goes from great to small.
    pub(crate) fn entries(self) -> (i64, i64) {
        let first = (3 - self.number()) << 40;
        (first, first + (1 << 40))
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

impl Store {
    /// Finds what has exactly this value, then what has a value that begins so, then what holds
    /// every word of it (a word also by its beginning). Only what `visible` shows is found,
    /// counted or paged over; a name that a partner gave to a file finds it for that partner. A
    /// query without letters, digits or fields finds nothing. `Invalid` when the cursor is not
    /// one of ours, or the search would take too long.
    pub async fn search(
        &self,
        q: &str,
        visible: &Visible,
        after: Option<&str>,
        limit: u32,
    ) -> Result<SearchPage> {
        let asked = Asked::read(q);
        let from = after.map_or(Ok(Cursor::START), Cursor::parse)?;
        if asked.is_nothing() {
            return Ok(SearchPage::default());
        }
        let limit = limit.clamp(1, MAX_PAGE) as usize;
        let mut tx = self.snapshot().await?;
        let _bound = bounded(&mut tx).await?;
        let all = collect(&mut tx, &asked, visible, Cursor::START, FACETS_COUNT + 1).await?;
        let facets = search_facets::of(&mut tx, visible, &all).await?;
        let found = match after {
            // The first page is the beginning of what was counted.
            None => all.into_iter().take(limit + 1).collect(),
            Some(_) => collect(&mut tx, &asked, visible, from, limit + 1).await?,
        };
        page(found, limit, facets)
    }
}

const MAX_PAGE: u32 = 500;

/// What was found, and by which step.
pub(crate) struct Found {
    phase: Phase,
    pub(crate) row: Row,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    Exact,
    Beginning,
    Words,
}

/// Where a page ended: the last entry's phase and number, and the key by which it was found. It
/// holds no state of ours, so the same cursor asked twice gives the same page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub(crate) phase: Phase,
    pub(crate) entry: i64,
    pub(crate) key: String,
}

impl Cursor {
    const START: Self = Self { phase: Phase::Exact, entry: i64::MAX, key: String::new() };

    /// Where a phase begins, for whoever comes from this cursor; `None` when it is over.
    fn enter(&self, phase: Phase) -> Option<Self> {
        match self.phase.cmp(&phase) {
            std::cmp::Ordering::Greater => None,
            std::cmp::Ordering::Equal => Some(self.clone()),
            std::cmp::Ordering::Less => Some(Self { phase, ..Self::START }),
        }
    }

    fn parse(text: &str) -> Result<Self> {
        let refused = || StoreError::Invalid("this is no cursor of a search".to_owned());
        let (phase, rest) = text.split_at_checked(1).ok_or_else(refused)?;
        let (entry, key) = rest.split_once('.').ok_or_else(refused)?;
        let phase = match phase {
            "x" => Phase::Exact,
            "b" => Phase::Beginning,
            "w" => Phase::Words,
            _ => return Err(refused()),
        };
        let key = hex::decode(key).ok().and_then(|key| String::from_utf8(key).ok());
        let key = key.filter(|key| !key.contains('\0')).ok_or_else(refused)?;
        Ok(Self { phase, entry: entry.parse().map_err(|_| refused())?, key })
    }

    fn after(found: &Found) -> String {
        let phase = match found.phase {
            Phase::Exact => 'x',
            Phase::Beginning => 'b',
            Phase::Words => 'w',
        };
        format!("{phase}{}.{}", found.row.id, hex::encode(&found.row.key))
    }
}

/// The first `limit` of what follows the cursor.
async fn collect(
    tx: &mut Tx,
    asked: &Asked,
    visible: &Visible,
    from: Cursor,
    limit: usize,
) -> Result<Vec<Found>> {
    let mut found = Vec::new();
    for phase in [Phase::Exact, Phase::Beginning, Phase::Words] {
        let Some(from) = from.enter(phase) else { continue };
        let wanted = limit - found.len();
        if wanted == 0 {
            break;
        }
        let rows = match phase {
            Phase::Exact => exact(tx, asked, visible, &from, wanted).await?,
            Phase::Beginning => {
                let Some(range) = asked.range() else { continue };
                let statement = Statement::beginning(tx, asked, visible, &from, range, wanted);
                statement.fetch(tx).await?
            }
            Phase::Words if asked.has_words() => {
                Statement::words(tx, asked, visible, &from, wanted).fetch(tx).await?
            }
            Phase::Words => continue,
        };
        found.extend(rows.into_iter().map(|row| Found { phase, row }));
    }
    Ok(found)
}

/// Each key's entries lie in order; together they are put in order here.
async fn exact(
    tx: &mut Tx,
    asked: &Asked,
    visible: &Visible,
    from: &Cursor,
    limit: usize,
) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for key in asked.keys(visible.partner()) {
        let statement = Statement::exact(tx, asked, visible, from, &key, limit);
        rows.extend(statement.fetch(tx).await?);
    }
    rows.sort_by_key(|row: &Row| std::cmp::Reverse(row.id));
    rows.dedup_by_key(|row| row.id);
    rows.truncate(limit);
    Ok(rows)
}

fn page(mut found: Vec<Found>, limit: usize, facets: Vec<Facet>) -> Result<SearchPage> {
    let more = found.len() > limit;
    found.truncate(limit);
    let next = if more { found.last().map(Cursor::after) } else { None };
    let results = found.into_iter().map(|found| hit(found.row)).collect::<Result<_>>()?;
    Ok(SearchPage { results, next, facets })
}

fn hit(row: Row) -> Result<Hit> {
    let kind = row.kind()?;
    let family = row.family.as_deref().map(read).transpose()?;
    Ok(Hit { kind, id: row.reference, title: row.title, family })
}

impl Row {
    pub(crate) fn kind(&self) -> Result<HitKind> {
        let kind = HitKind::ALL.into_iter().find(|kind| kind.number() == self.kind);
        kind.ok_or_else(|| {
            StoreError::Corrupt(format!("unknown kind {} in the search index", self.kind))
        })
    }
}

/// A hostile question ends; what bounds it lasts as long as this.
async fn bounded(tx: &mut Tx) -> Result<Option<sqlite::Bound>> {
    match tx {
        Tx::Sqlite(tx) => sqlite::bounded(tx).await.map(Some),
        Tx::Pg(tx) => postgres::bounded(tx).await.map(|()| None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_made_up_cursor_is_refused() {
        for bad in ["", "x", "y1.", "x1", "x.", "xa.", "é1.", "x1.2", "b1.zz", "b1.00", "b1.ff"] {
            assert!(matches!(Cursor::parse(bad), Err(StoreError::Invalid(_))), "{bad:?}");
        }
        let cursor = Cursor::parse("b7.636f6d").unwrap();
        assert_eq!(cursor, Cursor { phase: Phase::Beginning, entry: 7, key: "com".to_owned() });
    }
}
