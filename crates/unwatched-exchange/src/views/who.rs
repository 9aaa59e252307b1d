//! Every partner's answer to "who can see this, and why".

use askama::Template;

use crate::http::who::Reach;
use crate::views::frame::Frame;
use crate::views::words;

pub(crate) struct ReachLine {
    pub(crate) partner: String,
    pub(crate) name: String,
    pub(crate) category: &'static str,
    pub(crate) allowed: bool,
    pub(crate) why: String,
}

impl ReachLine {
    pub(crate) fn of(reach: &Reach) -> Self {
        Self {
            partner: reach.partner.to_string(),
            name: words::shown(&reach.name),
            category: reach.category.as_str(),
            allowed: reach.allowed,
            why: words::sentence(&reach.why),
        }
    }
}

#[derive(Template)]
#[template(path = "portal/who.html")]
pub(crate) struct WhoPage {
    pub(crate) frame: Frame,
    pub(crate) what: String,
    /// Where it stands.
    pub(crate) back: String,
    pub(crate) partners: Vec<ReachLine>,
}
