//! The feed of changes: what was added, said, judged, analysed and released, in the order in which
//! it was committed.
//!
//! A row is written in the transaction of what it tells of, and numbered there: whoever takes a
//! number holds the counter's row until the commit, so no lower number is ever committed after a
//! higher one was read, on either engine. A number is the time in microseconds, or one more than
//! the last: a gap says only that time passed, never that something was hidden. Rows hold ids and
//! no values; what a viewer may know of is asked when they read. It never changes and never goes.
//!
//! Locks are taken in one order: `held`, `families`, `audit`, then `changes`.

use jiff::Timestamp;
use unwatched_model::digest::Sha256;

use crate::columns::{micros, time};
use crate::engine::{Tx, reading, within};
use crate::jobs::Job;
use crate::visible::{indicator_seen, report_seen, submission_seen, word_heard};
use crate::{ANALYZE_SAMPLE, NewAudit, Result, Store, Visible};

/// One change, as its reader may know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its number: greater than that of every change committed before.
    pub seq: i64,
    /// When it happened.
    pub at: Timestamp,
    /// What happened: `indicator.added`, `verdict.changed`, ...
    pub kind: String,
    /// To which thing.
    pub object: String,
    /// Of which family, where it is of one.
    pub family: Option<String>,
}

/// By which rule a change is seen: the word in the column `rule`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    /// By whoever reads families.
    Families,
    /// By whoever reads opinions.
    Opinions,
    /// By whoever reads indicators, for it is of no partner's value.
    Values,
    /// As the indicator of this number is.
    Indicator(i64),
    /// As the submission of this number is.
    Submission(i64),
    /// As what an analysis said of the sample is: by those who knew of it then.
    Report,
    /// By those who wait for this analysis of their own.
    OwnReport(i64),
    /// As what a partner said of the sample is heard: the row of `sample_families`.
    Word(i64),
}

impl Rule {
    fn columns(self) -> (&'static str, Option<i64>) {
        match self {
            Self::Families => ("families", None),
            Self::Opinions => ("opinions", None),
            Self::Values => ("values", None),
            Self::Indicator(id) => ("indicator", Some(id)),
            Self::Submission(id) => ("submission", Some(id)),
            Self::Report => ("report", None),
            Self::OwnReport(job) => ("own_report", Some(job)),
            Self::Word(id) => ("word", Some(id)),
        }
    }
}

/// A change to be appended.
#[derive(Debug, Clone)]
pub(crate) struct NewChange {
    kind: &'static str,
    object: String,
    family: Option<String>,
    rule: &'static str,
    number: Option<i64>,
    partner: Option<String>,
}

#[expect(clippy::needless_pass_by_value, reason = "numbers and ids are written as they are")]
impl NewChange {
    pub(crate) fn new(kind: &'static str, object: impl ToString, rule: Rule) -> Self {
        let (rule, number) = rule.columns();
        Self { kind, object: object.to_string(), family: None, rule, number, partner: None }
    }

    /// Told to one partner alone.
    pub(crate) fn to(kind: &'static str, object: impl ToString, partner: &str) -> Self {
        let partner = Some(partner.to_owned());
        let object = object.to_string();
        Self { kind, object, family: None, rule: "partner", number: None, partner }
    }

    /// The number that its rule asks about.
    pub(crate) fn number(&self) -> Option<i64> {
        self.number
    }

    pub(crate) fn of_family(mut self, family: impl ToString) -> Self {
        self.family = Some(family.to_string());
        self
    }
}

/// What a line of the audit log tells those who follow, if anything: what is written there is told
/// here in the same transaction, and cannot be forgotten by whoever adds a way of doing it.
pub(crate) fn told_by(line: &NewAudit) -> Vec<NewChange> {
    let object = line.object_id.as_str();
    let word = |key: &str| line.detail.get(key).and_then(serde_json::Value::as_str);
    let indicator = |kind| {
        let rule = Rule::Indicator(object.parse().unwrap_or(0));
        let change = NewChange::new(kind, object, rule);
        match word("family") {
            Some(family) => change.of_family(family),
            None => change,
        }
    };
    let one = match line.action {
        "family.create" => NewChange::new("family.added", object, Rule::Families).of_family(object),
        "indicator.add" => indicator("indicator.added"),
        "indicator.withdraw" => indicator("indicator.withdrawn"),
        "indicator.declare" => indicator("indicator.changed"),
        "opinion.give" => {
            let change = NewChange::new("opinion.given", object, Rule::Opinions);
            change.of_family(word("family").unwrap_or_default())
        }
        "verdict.change" => {
            NewChange::new("verdict.changed", object, Rule::Families).of_family(object)
        }
        "value.recall" => {
            let change = NewChange::new("value.recalled", object, Rule::Values);
            change.of_family(word("family").unwrap_or_default())
        }
        "recall.lift" => NewChange::new("recall.lifted", object, Rule::Values),
        "release.publish" => NewChange::new("release.published", object, Rule::Families),
        "webhook.off" => {
            NewChange::to("webhook.switched_off", object, word("partner").unwrap_or_default())
        }
        "group.join" => NewChange::to("group.joined", object, word("partner").unwrap_or_default()),
        "group.leave" => NewChange::to("group.left", object, word("partner").unwrap_or_default()),
        "question.ask" => {
            let asked = line.detail.get("asked").and_then(serde_json::Value::as_array);
            let criterion = word("criterion").unwrap_or_default();
            return asked
                .into_iter()
                .flatten()
                .filter_map(serde_json::Value::as_str)
                .map(|partner| {
                    NewChange::to("question.asked", criterion, partner).of_family(object)
                })
                .collect();
        }
        _ => return Vec::new(),
    };
    vec![one]
}

/// So many rows are written by one statement.
const AT_A_TIME: usize = 100;

/// Appends changes in the transaction of what they tell of, after every other lock was taken.
pub(crate) async fn append(tx: &mut Tx, changes: &[NewChange], now: Timestamp) -> Result<()> {
    if changes.is_empty() {
        return Ok(());
    }
    let count = i64::try_from(changes.len()).unwrap_or(i64::MAX);
    // Whoever counts is alone with the feed until the transaction ends.
    let last: i64 = within!(tx, db => sqlx::query_scalar(
        "UPDATE counters SET value = CASE WHEN value < $1 THEN $1 - 1 ELSE value END + $2
         WHERE name = 'changes' RETURNING value")
        .bind(micros(now))
        .bind(count)
        .fetch_one(&mut *db).await?);
    let mut seq = last - count;
    for chunk in changes.chunks(AT_A_TIME) {
        within!(tx, db => {
            let mut query = sqlx::QueryBuilder::new(
                "INSERT INTO changes (seq, at, kind, object, family, rule, number, partner) ");
            query.push_values(chunk, |mut values, change| {
                seq += 1;
                values.push_bind(seq)
                    .push_bind(micros(now))
                    .push_bind(change.kind)
                    .push_bind(&change.object)
                    .push_bind(&change.family)
                    .push_bind(change.rule)
                    .push_bind(change.number)
                    .push_bind(&change.partner);
            });
            query.build().execute(&mut *db).await?;
        });
    }
    Ok(())
}

/// That an analysis came to its end for which submissions wait by themselves: told to those who
/// see these. Whoever else has the sample learns nothing of it.
pub(crate) async fn own_analysis_ended(tx: &mut Tx, job: &Job, now: Timestamp) -> Result<()> {
    if job.kind != ANALYZE_SAMPLE {
        return Ok(());
    }
    let waited: Option<(String, String)> = within!(tx, db => sqlx::query_as(
        "SELECT s.sha256, s.state FROM submissions u JOIN samples s ON s.sha256 = u.sample
         WHERE u.job = $1 AND EXISTS
             (SELECT 1 FROM jobs own WHERE own.id = $1 AND own.state NOT IN ('waiting', 'leased'))
         LIMIT 1")
        .bind(job.id.0)
        .fetch_optional(&mut *db).await?);
    let Some((sample, state)) = waited else { return Ok(()) };
    let kind = if state == "analysed" { "sample.analysed" } else { "sample.failed" };
    append(tx, &[NewChange::new(kind, sample, Rule::OwnReport(job.id.0))], now).await
}

/// That what is to be read of a sample, or that nothing is, became known to those who had it.
pub(crate) fn of_sample(kind: &'static str, sha256: &Sha256) -> NewChange {
    NewChange::new(kind, sha256, Rule::Report)
}

/// `$1` the number after which to go on, `$2` the partner, `$3` to `$7` the sights of families,
/// opinions, indicators, samples and questions, `$8` how many.
///
/// A report is told of to those who had put in the sample, or seen it put in, when it came: to
/// whoever puts the same bytes in later, what was there before stays as unknown as it was. The
/// same for an analysis of their own: what came while they waited for it is not theirs.
const AFTER: &str = concat!(
    "SELECT c.seq, c.at, c.kind, c.object, c.family FROM changes c
     WHERE c.seq > $1 AND (
         (c.rule = 'families' AND $3 > 0)
         OR (c.rule = 'opinions' AND $4 > 0)
         OR (c.rule = 'values' AND $5 > 0)
         OR (c.rule = 'partner' AND c.partner = $2 AND (c.kind <> 'question.asked' OR $7 > 0))
         OR (c.rule = 'indicator' AND EXISTS (
             SELECT 1 FROM indicators i WHERE i.id = c.number AND ",
    indicator_seen!("i", "$2", "$5"),
    "))
         OR (c.rule = 'submission' AND EXISTS (
             SELECT 1 FROM submissions seen WHERE seen.id = c.number AND ",
    submission_seen!("seen", "$2", "$6"),
    "))
         OR (c.rule = 'report' AND EXISTS (
             SELECT 1 FROM submissions seen
             WHERE seen.sample = c.object AND seen.at <= c.at AND ",
    submission_seen!("seen", "$2", "$6"),
    " AND (seen.job IS NULL OR NOT EXISTS (
                 SELECT 1 FROM jobs own WHERE own.id = seen.job
                 AND (own.state IN ('waiting', 'leased') OR own.changed_at > c.at)))))
         OR (c.rule = 'own_report' AND EXISTS (
             SELECT 1 FROM submissions seen WHERE seen.job = c.number AND ",
    submission_seen!("seen", "$2", "$6"),
    "))
         OR (c.rule = 'word' AND ",
    report_seen!("c.object", "$2", "$6"),
    " AND EXISTS (SELECT 1 FROM sample_families m WHERE m.id = c.number AND ",
    word_heard!("m", "m.partner", "$2", "$6"),
    "))
     ) ORDER BY c.seq LIMIT $8"
);

type Row = (i64, i64, String, String, Option<String>);

impl Store {
    /// The changes after a number that are seen, oldest first. Whoever asks again with the last
    /// one's number misses nothing that they could see.
    pub async fn changes_after(&self, seq: i64, limit: u32, to: &Visible) -> Result<Vec<Change>> {
        let rows: Vec<Row> = reading!(self, db => sqlx::query_as(AFTER)
            .bind(seq)
            .bind(to.partner())
            .bind(to.of_families())
            .bind(to.of_opinions())
            .bind(to.of_indicators())
            .bind(to.of_samples())
            .bind(to.of_questions())
            .bind(i64::from(limit))
            .fetch_all(db).await?);
        let change = |(seq, at, kind, object, family)| {
            Ok(Change { seq, at: time(at)?, kind, object, family })
        };
        rows.into_iter().map(change).collect()
    }

    /// The number of the last change of all, seen or not: whether to look again, and nothing that
    /// anybody is told.
    pub async fn last_change(&self) -> Result<i64> {
        Ok(reading!(self, db => sqlx::query_scalar(
            "SELECT value FROM counters WHERE name = 'changes'")
            .fetch_one(db).await?))
    }
}
