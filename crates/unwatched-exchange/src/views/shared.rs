//! Released values on shared infrastructure.

use askama::Template;

use crate::release::shared::SharedRow;
use crate::views::forms::{self, Choice, Refusal};
use crate::views::frame::Frame;
use crate::views::words;

pub(crate) struct SharedLine {
    pub(crate) value: String,
    pub(crate) kind: &'static str,
    pub(crate) families: String,
    pub(crate) why: String,
    pub(crate) decided: String,
}

/// What was typed into the form.
#[derive(Default)]
pub(crate) struct SharedFields {
    pub(crate) value: String,
    pub(crate) decision: String,
    pub(crate) why: String,
}

#[derive(Template)]
#[template(path = "portal/shared.html")]
pub(crate) struct SharedPage {
    pub(crate) frame: Frame,
    pub(crate) open: usize,
    pub(crate) lines: Vec<SharedLine>,
    pub(crate) values: Vec<Choice>,
    pub(crate) may_review: bool,
    pub(crate) form: SharedFields,
    pub(crate) error: Option<Refusal>,
}

impl SharedPage {
    fn wrong(&self, field: &str) -> bool {
        forms::names(self.error.as_ref(), field)
    }

    /// Those that nobody looked at first.
    pub(crate) fn of(frame: Frame, rows: &[SharedRow], may_review: bool) -> Self {
        let mut rows: Vec<&SharedRow> = rows.iter().collect();
        rows.sort_by_key(|row| row.review.is_some());
        let choice = |row: &&SharedRow| {
            let (kind, value) = &row.value;
            Choice { value: format!("{kind} {value}"), words: words::shown(value) }
        };
        Self {
            frame,
            open: rows.iter().filter(|row| row.review.is_none()).count(),
            values: rows.iter().map(choice).collect(),
            lines: rows.into_iter().map(line).collect(),
            may_review,
            form: SharedFields::default(),
            error: None,
        }
    }
}

fn line(row: &SharedRow) -> SharedLine {
    let decided = row.review.as_ref().map_or_else(
        || "Nobody looked yet: it is kept out.".to_owned(),
        |review| {
            let what = if review.may_block { "May be blocked" } else { "Kept out" };
            let by = review.by.as_ref().map_or("the operator", |partner| partner.as_str());
            format!("{what}, by {by}: {}", words::shown(&review.why))
        },
    );
    SharedLine {
        value: words::shown(&row.value.1),
        kind: words::kind(row.value.0),
        families: row.families.join(", "),
        why: row.why.clone(),
        decided,
    }
}
