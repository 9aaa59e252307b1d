//! Taking a sample's bytes out: the form, or why there is none.

use jiff::Timestamp;

use crate::views::words::TimeView;

pub(crate) struct DownloadView {
    /// Since when there are no bytes.
    pub(crate) gone: Option<TimeView>,
    /// Why this person may not have them.
    pub(crate) refused: Option<String>,
    /// The partner's own age recipient.
    pub(crate) recipient: String,
}

impl DownloadView {
    pub(crate) fn of(
        gone: Option<Timestamp>,
        refused: Option<String>,
        recipient: Option<String>,
    ) -> Self {
        Self { gone: gone.map(TimeView::from), refused, recipient: recipient.unwrap_or_default() }
    }
}
