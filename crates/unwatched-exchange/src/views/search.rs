//! Search results.

use askama::Template;
use unwatched_model::family::FamilyId;
use unwatched_store::{Hit, HitKind};

use crate::views::frame::Frame;
use crate::views::words;

pub(crate) struct HitLine {
    pub(crate) href: String,
    pub(crate) title: String,
    pub(crate) kind: &'static str,
    /// Whose indicator it is.
    pub(crate) of: Option<FamilyId>,
}

impl HitLine {
    /// `None` for an indicator without a family to show it on.
    pub(crate) fn of(hit: Hit) -> Option<Self> {
        let of = hit.family.clone().filter(|_| hit.kind == HitKind::Indicator);
        let href = match hit.kind {
            HitKind::Family => format!("/portal/families/{}", hit.id),
            HitKind::Sample => format!("/portal/samples/{}", hit.id),
            HitKind::Indicator => format!("/portal/families/{}#indicators", hit.family?),
        };
        Some(Self { href, title: words::shown(&hit.title), kind: hit.kind.as_str(), of })
    }
}

#[derive(Template)]
#[template(path = "portal/search.html")]
pub(crate) struct SearchPageView {
    pub(crate) frame: Frame,
    pub(crate) results: Vec<HitLine>,
    pub(crate) next: Option<String>,
}
