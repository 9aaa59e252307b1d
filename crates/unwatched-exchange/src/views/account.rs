//! The page about the signed-in person's own account: who they act for, and what they may do.

use askama::Template;

use crate::views::frame::Frame;

/// One action, and the sentence that explains the answer.
pub(crate) struct MayLine {
    pub(crate) does: String,
    pub(crate) allowed: bool,
    pub(crate) why: String,
}

#[derive(Template)]
#[template(path = "portal/account.html")]
pub(crate) struct AccountPage {
    pub(crate) frame: Frame,
    pub(crate) email: String,
    /// Name and value, for reading.
    pub(crate) facts: Vec<(&'static str, String)>,
    pub(crate) may: Vec<MayLine>,
}
