//! Sharing groups and their members.

use askama::Template;
use unwatched_store::Group;

use crate::views::forms::Refusal;
use crate::views::frame::Frame;
use crate::views::words;

pub(crate) struct GroupLine {
    pub(crate) slug: String,
    pub(crate) name: String,
    pub(crate) members: Vec<String>,
    pub(crate) open: bool,
}

impl GroupLine {
    pub(crate) fn of(group: &Group) -> Self {
        Self {
            slug: group.slug.to_string(),
            name: words::shown(&group.name),
            members: group.members.iter().map(ToString::to_string).collect(),
            open: group.closed_at.is_none(),
        }
    }
}

#[derive(Template)]
#[template(path = "portal/groups.html")]
pub(crate) struct GroupsPage {
    pub(crate) frame: Frame,
    pub(crate) may_manage: bool,
    pub(crate) error: Option<Refusal>,
    pub(crate) partners: Vec<String>,
    pub(crate) groups: Vec<GroupLine>,
}
