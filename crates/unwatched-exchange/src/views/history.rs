//! One history for everything that changes: when, who, what, and what stood there before and
//! after. `portal/history.html` shows it; where the lines come from is each noun's own matter.

use jiff::Timestamp;

use crate::views::words::{self, TimeView};

/// One change.
#[derive(Clone)]
pub(crate) struct HistoryLine {
    pub(crate) at: TimeView,
    /// A partner or "the exchange"; empty when nobody's doing.
    pub(crate) who: String,
    /// What was done, as a sentence without a stop.
    pub(crate) what: String,
    /// Where there is more to read.
    pub(crate) href: Option<String>,
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
}

impl HistoryLine {
    /// A change that needs no more words.
    pub(crate) fn new(at: Timestamp, who: impl Into<String>, what: impl AsRef<str>) -> Self {
        Self {
            at: at.into(),
            who: who.into(),
            what: words::shown(what.as_ref()),
            href: None,
            before: None,
            after: None,
        }
    }

    /// What stood there before and what stands there since; empty texts are left out.
    #[must_use]
    pub(crate) fn changed(mut self, before: &str, after: &str) -> Self {
        let kept = |text: &str| (!text.is_empty()).then(|| words::shown_lines(text));
        (self.before, self.after) = (kept(before), kept(after));
        self
    }

    #[must_use]
    pub(crate) fn at(mut self, href: impl Into<String>) -> Self {
        self.href = Some(href.into());
        self
    }
}
