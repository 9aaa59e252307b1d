//! The statements of search, one per step. Their parameters stand first and always at the same
//! places, so that the fragments of `visible` fit in: `$1` the partner, `$2` the sight of
//! samples, `$3` the sight of indicators.

use sqlx::AssertSqlSafe;

use crate::columns::micros;
use crate::engine::{Tx, within};
use crate::search::Cursor;
use crate::search_query::{Asked, Typed, TypedKind, own_tag};
use crate::visible::{indicator_seen, submission_read, submission_seen, word_heard};
use crate::{Result, StoreError, Visible, postgres, sqlite};

/// An entry as found.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct Row {
    pub(crate) id: i64,
    pub(crate) kind: i64,
    #[sqlx(rename = "ref")]
    pub(crate) reference: String,
    pub(crate) title: String,
    pub(crate) family: Option<String>,
    pub(crate) tags: String,
    /// By which key, where a step goes along the keys.
    pub(crate) key: String,
}

/// A statement as it grows. What an asker wrote is only ever a value.
pub(crate) struct Statement {
    sql: String,
    values: Vec<Value>,
    is_sqlite: bool,
}

enum Value {
    Text(String),
    Number(i64),
}

/// Whether the entry `e` may be known of. A sample is found once its analysis, as its reader sees it,
/// has ended: who waits for one of their own could tell it from any other by not finding it.
const SEEN: &str = concat!(
    "CASE e.kind WHEN 0 THEN TRUE WHEN 1 THEN ",
    "($2 = 9 OR EXISTS (SELECT 1 FROM submissions seen WHERE seen.sample = e.ref AND ",
    submission_seen!("seen", "$1", "$2"),
    " AND ",
    submission_read!("seen"),
    " AND (seen.job IS NOT NULL OR EXISTS (SELECT 1 FROM samples st WHERE st.sha256 = e.ref
        AND st.state NOT IN ('queued', 'analysing')))))",
    " ELSE EXISTS (SELECT 1 FROM indicators i WHERE i.id = CAST(e.ref AS BIGINT) AND ",
    indicator_seen!("i", "$1", "$3"),
    ") END"
);

const COLUMNS: &str = "SELECT e.id, e.kind, e.ref, e.title, e.family, e.tags, ";

impl Statement {
    /// What has exactly this key.
    pub(crate) fn exact(
        tx: &Tx,
        asked: &Asked,
        visible: &Visible,
        from: &Cursor,
        key: &str,
        limit: usize,
    ) -> Self {
        let mut sql = Self::begin(tx, visible, "'' AS key");
        sql.along_keys().push(" WHERE k.key = ");
        sql.text(key);
        sql.entries("k.entry", asked, from);
        sql.conditions(asked);
        sql.push(" ORDER BY k.entry DESC LIMIT ");
        sql.end(limit)
    }

    /// What has a key in this range, key by key; under its first one only.
    pub(crate) fn beginning(
        tx: &Tx,
        asked: &Asked,
        visible: &Visible,
        from: &Cursor,
        range: &(String, String),
        limit: usize,
    ) -> Self {
        let mut sql = Self::begin(tx, visible, "k.key");
        sql.along_keys().push(" WHERE (k.key, k.entry) > (");
        let (key, entry) = match from.key.as_str() {
            "" => (range.0.as_str(), i64::MIN),
            key => (key, from.entry),
        };
        sql.text(key).push(", ").number(entry).push(") AND k.key < ");
        sql.text(&range.1);
        sql.entries("k.entry", asked, &Cursor { entry: i64::MAX, ..from.clone() });
        sql.push(
            " AND NOT EXISTS (SELECT 1 FROM search_keys o
               WHERE o.entry = k.entry AND o.key < k.key AND o.key >= ",
        );
        sql.text(&range.0).push(")").not_exactly(asked, visible).conditions(asked);
        sql.push(" ORDER BY k.key, k.entry LIMIT ");
        sql.end(limit)
    }

    /// What holds every word and is not found by a key.
    pub(crate) fn words(
        tx: &Tx,
        asked: &Asked,
        visible: &Visible,
        from: &Cursor,
        limit: usize,
    ) -> Self {
        let mut sql = Self::begin(tx, visible, "'' AS key");
        let mut tags = asked.tags.clone();
        tags.extend(asked.own_tlp.map(|tlp| own_tag(visible.partner(), tlp)));
        let is_by_words = !asked.words.is_empty() || !tags.is_empty();
        let number = match (is_by_words, sql.is_sqlite) {
            (false, _) => {
                sql.push(" FROM search_entries e WHERE TRUE");
                "e.id"
            }
            (true, true) => {
                sql.push(sqlite::MATCHING).text(&sqlite::words_query(&asked.words, &tags));
                "t.rowid"
            }
            (true, false) => {
                sql.push(postgres::MATCHING).text(&postgres::words_query(&asked.words, &tags));
                sql.push("::tsquery").entries("w.id", asked, from).push(postgres::IN_ORDER);
                "e.id"
            }
        };
        sql.entries(number, asked, from).not_exactly(asked, visible);
        if let Some((from, below)) = asked.range() {
            sql.push(" AND NOT EXISTS (SELECT 1 FROM search_keys o WHERE o.entry = e.id");
            sql.push(" AND o.key >= ").text(from).push(" AND o.key < ").text(below).push(")");
        }
        sql.conditions(asked);
        sql.push(" ORDER BY ").push(number).push(" DESC LIMIT ");
        sql.end(limit)
    }

    fn begin(tx: &Tx, visible: &Visible, key: &str) -> Self {
        let values = vec![
            Value::Text(visible.partner().to_owned()),
            Value::Number(visible.of_samples()),
            Value::Number(visible.of_indicators()),
        ];
        let is_sqlite = matches!(tx, Tx::Sqlite(_));
        Self { sql: format!("{COLUMNS}{key}"), values, is_sqlite }
    }

    /// Keys in their order, each with its entry. SQLite would rather go over all entries and sort:
    /// it is told the order in which to read, and to keep to the keys' own.
    fn along_keys(&mut self) -> &mut Self {
        self.push(if self.is_sqlite {
            " FROM search_keys k NOT INDEXED CROSS JOIN search_entries e ON e.id = k.entry"
        } else {
            " FROM search_keys k JOIN search_entries e ON e.id = k.entry"
        })
    }

    fn end(mut self, limit: usize) -> Self {
        self.number(i64::try_from(limit).unwrap_or(i64::MAX));
        self
    }

    /// Those of the kind asked for, below where the page before ended.
    fn entries(&mut self, number: &str, asked: &Asked, from: &Cursor) -> &mut Self {
        let (first, last) = asked.kind.map_or((0, i64::MAX), crate::HitKind::entries);
        self.push(" AND ").push(number).push(" >= ").number(first);
        self.push(" AND ").push(number).push(" < ").number(last.min(from.entry))
    }

    /// Leaves out what an earlier step found.
    fn not_exactly(&mut self, asked: &Asked, visible: &Visible) -> &mut Self {
        let keys = asked.keys(visible.partner());
        if keys.is_empty() {
            return self;
        }
        self.push(
            " AND NOT EXISTS (SELECT 1 FROM search_keys x WHERE x.entry = e.id AND x.key IN (",
        );
        for (position, key) in keys.iter().enumerate() {
            if position > 0 {
                self.push(", ");
            }
            self.text(key);
        }
        self.push("))")
    }

    /// What every result has to be, however it was found.
    fn conditions(&mut self, asked: &Asked) -> &mut Self {
        self.push(" AND ").push(SEEN);
        for phrase in &asked.phrases {
            self.holds("e.body", phrase);
        }
        for tag in &asked.tags {
            self.holds("e.tags", tag);
        }
        if let Some(tlp) = asked.own_tlp {
            self.push(" AND CASE e.kind WHEN 0 THEN FALSE WHEN 1 THEN EXISTS (SELECT 1");
            self.push(" FROM submissions o WHERE o.sample = e.ref AND o.partner = $1 AND o.tlp = ");
            self.text(tlp.as_str());
            self.push(
                ") ELSE EXISTS (SELECT 1 FROM indicators o WHERE o.id = CAST(e.ref AS BIGINT)",
            );
            self.push(" AND o.by_partner = $1 AND o.tlp = ").text(tlp.as_str()).push(") END");
        }
        if let Some((first, last)) = asked.year.and_then(micros_of_year) {
            self.push(
                " AND (e.kind <> 1 OR EXISTS (SELECT 1 FROM submissions y
                   WHERE y.sample = e.ref AND y.at >= ",
            );
            self.number(first).push(" AND y.at < ").number(last).push(" AND ");
            self.push(submission_seen!("y", "$1", "$2")).push("))");
        }
        for family in &asked.families {
            self.push(
                " AND (e.kind <> 1 OR EXISTS (SELECT 1 FROM sample_families f
                   WHERE f.sample = e.ref AND f.gone_at IS NULL AND f.family = ",
            );
            self.text(family).push(" AND ");
            self.push(word_heard!("f", "f.partner", "$1", "$2")).push("))");
        }
        for typed in &asked.typed {
            self.typed(typed);
        }
        self
    }

    /// These words stand in a column of words, one after the other.
    fn holds(&mut self, column: &str, words: &str) {
        let find = if self.is_sqlite { "instr" } else { "strpos" };
        self.push(" AND ").push(find).push("(' ' || ").push(column).push(" || ' ', ");
        self.text(&format!(" {words} ")).push(") > 0");
    }

    fn typed(&mut self, Typed { what, from, below }: &Typed) {
        let (rows, column, kinds) = match what {
            TypedKind::Package => {
                ("samples v WHERE v.sha256 = e.ref", "LOWER(v.package)", "v.kind = 'package'")
            }
            TypedKind::Certificate => (
                "sample_certificates v WHERE v.sample = e.ref",
                "v.certificate",
                "v.kind IN ('certificate_sha1', 'certificate_sha256')",
            ),
        };
        self.push(" AND CASE e.kind WHEN 0 THEN FALSE WHEN 1 THEN EXISTS (SELECT 1 FROM ");
        self.push(rows).between(column, from, below);
        self.push(") ELSE EXISTS (SELECT 1 FROM indicators v WHERE v.id = CAST(e.ref AS BIGINT)");
        self.push(" AND ").push(kinds).between("LOWER(v.normalised)", from, below).push(") END");
    }

    fn between(&mut self, column: &str, from: &str, below: &str) -> &mut Self {
        self.push(" AND ").push(column).push(" >= ").text(from);
        self.push(" AND ").push(column).push(" < ").text(below)
    }

    fn push(&mut self, sql: &str) -> &mut Self {
        self.sql.push_str(sql);
        self
    }

    fn text(&mut self, value: &str) -> &mut Self {
        self.value(Value::Text(value.replace('\0', " ")))
    }

    fn number(&mut self, value: i64) -> &mut Self {
        self.value(Value::Number(value))
    }

    fn value(&mut self, value: Value) -> &mut Self {
        self.values.push(value);
        let place = format!("${}", self.values.len());
        self.push(&place)
    }

    pub(crate) async fn fetch(self, tx: &mut Tx) -> Result<Vec<Row>> {
        within!(tx, db => {
            let mut query = sqlx::query_as(AssertSqlSafe(self.sql));
            for value in self.values {
                query = match value {
                    Value::Text(text) => query.bind(text),
                    Value::Number(number) => query.bind(number),
                };
            }
            query.fetch_all(db).await.map_err(cut_short)
        })
    }
}

/// A search that was ended because it took too long.
pub(crate) fn cut_short(error: sqlx::Error) -> StoreError {
    let code =
        error.as_database_error().and_then(|error| error.code().map(std::borrow::Cow::into_owned));
    match code.as_deref() {
        Some(sqlite::INTERRUPTED | postgres::CANCELED) => StoreError::Invalid(
            "this finds too much to look through: add a word or a field".to_owned(),
        ),
        _ => StoreError::Database(error),
    }
}

/// The first moment of a year, and of the next.
fn micros_of_year(year: i16) -> Option<(i64, i64)> {
    let first = |year: i16| {
        let day = jiff::civil::Date::new(year, 1, 1).ok()?;
        Some(micros(day.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp()))
    };
    Some((first(year)?, first(year + 1)?))
}
