//! An indicator's page, and the list of those whose value is held.

use askama::Template;
use unwatched_formats::feed::indicator_uuid;
use unwatched_model::held::Held;
use unwatched_store::{IndicatorRow, SampleRow, ValueWord};

use crate::views::frame::Frame;
use crate::views::words::{self, TimeView};

/// What the page offers to do.
pub(crate) struct Offers {
    pub(crate) declare: bool,
    pub(crate) withdraw: bool,
    pub(crate) decide: bool,
    pub(crate) confirm: bool,
}

/// A form of the page that was refused: its name, what was typed, and why.
pub(crate) struct Refused {
    pub(crate) form: &'static str,
    pub(crate) typed: String,
    pub(crate) words: String,
}

pub(crate) struct WordLine {
    pub(crate) partner: String,
    pub(crate) why: String,
    pub(crate) at: TimeView,
}

pub(crate) struct Link {
    pub(crate) href: String,
    pub(crate) words: String,
}

#[derive(Template)]
#[template(path = "portal/indicator_page.html")]
pub(crate) struct IndicatorPage {
    pub(crate) frame: Frame,
    pub(crate) id: i64,
    pub(crate) uuid: String,
    pub(crate) value: String,
    pub(crate) kind: &'static str,
    pub(crate) role: &'static str,
    pub(crate) family: String,
    pub(crate) tlp: &'static str,
    pub(crate) pap: &'static str,
    pub(crate) group: Option<String>,
    pub(crate) source: String,
    pub(crate) by: String,
    pub(crate) added: TimeView,
    pub(crate) declared: bool,
    pub(crate) is_held: bool,
    pub(crate) why: String,
    pub(crate) decisions: Vec<WordLine>,
    pub(crate) same: Vec<Link>,
    pub(crate) samples: Vec<Link>,
    pub(crate) offers: Offers,
    pub(crate) refused: Option<Refused>,
}

impl IndicatorPage {
    /// Why a form of the page was refused, if that one was.
    fn wrong(&self, form: &str) -> Option<&Refused> {
        self.refused.as_ref().filter(|refused| refused.form == form)
    }

    /// What stands in a form's field.
    fn typed(&self, form: &str) -> &str {
        self.wrong(form).map_or("", |refused| &refused.typed)
    }

    pub(crate) fn new(
        frame: Frame,
        row: &IndicatorRow,
        held: Held,
        decisions: &[ValueWord],
        same: &[IndicatorRow],
        samples: &[SampleRow],
        offers: Offers,
    ) -> Self {
        let indicator = &row.indicator;
        let by = match (&row.by, &row.field) {
            (Some(by), _) => by.to_string(),
            (None, Some(_)) => "a published list".to_owned(),
            (None, None) => "a partner that is not named to you".to_owned(),
        };
        let uuid =
            indicator_uuid(&indicator.family, indicator.kind, &row.normalised, indicator.role);
        Self {
            frame,
            id: row.id,
            uuid: uuid.to_string(),
            value: words::shown(&indicator.value),
            kind: words::kind(indicator.kind),
            role: words::role(indicator.role),
            family: indicator.family.to_string(),
            tlp: indicator.tlp.as_str(),
            pap: row.handling.pap.as_str(),
            group: row.handling.group.as_ref().map(ToString::to_string),
            source: words::shown(&indicator.source),
            by,
            added: row.added_at.into(),
            declared: row.handling.declared_public,
            is_held: held.is_held(),
            why: words::sentence(held.why()),
            decisions: decisions.iter().map(WordLine::of).collect(),
            same: same.iter().filter(|other| other.id != row.id).map(other).collect(),
            samples: samples.iter().map(sample).collect(),
            offers,
            refused: None,
        }
    }
}

impl WordLine {
    fn of(word: &ValueWord) -> Self {
        Self { partner: word.partner.to_string(), why: words::shown(&word.why), at: word.at.into() }
    }
}

fn other(row: &IndicatorRow) -> Link {
    let by = row.by.as_ref().map_or("a published list", |by| by.as_str());
    Link {
        href: format!("/portal/indicators/{}", row.id),
        words: format!("{}, {}, by {by}", row.indicator.family, words::role(row.indicator.role)),
    }
}

fn sample(row: &SampleRow) -> Link {
    let name = row.label.as_ref().or(row.package.as_ref());
    Link {
        href: format!("/portal/samples/{}", row.sha256),
        words: name.map_or_else(|| row.sha256.to_string(), |name| words::shown(name)),
    }
}

pub(crate) struct HeldLine {
    pub(crate) href: String,
    pub(crate) value: String,
    pub(crate) kind: &'static str,
    pub(crate) family: String,
    pub(crate) tlp: &'static str,
    pub(crate) why: String,
}

#[derive(Template)]
#[template(path = "portal/held.html")]
pub(crate) struct HeldPage {
    pub(crate) frame: Frame,
    pub(crate) rows: Vec<HeldLine>,
    pub(crate) later: bool,
    pub(crate) next: Option<String>,
}

impl HeldPage {
    /// `later`: it is not the first page; `next`: the row after which the next one starts.
    pub(crate) fn new(
        frame: Frame,
        rows: &[(IndicatorRow, Held)],
        later: bool,
        next: Option<i64>,
    ) -> Self {
        let line = |(row, held): &(IndicatorRow, Held)| HeldLine {
            href: format!("/portal/indicators/{}", row.id),
            value: words::shown(&row.indicator.value),
            kind: words::kind(row.indicator.kind),
            family: row.indicator.family.to_string(),
            tlp: row.indicator.tlp.as_str(),
            why: words::sentence(held.why()),
        };
        let next = next.map(|id| format!("/portal/held?after={id}"));
        Self { frame, rows: rows.iter().map(line).collect(), later, next }
    }
}
