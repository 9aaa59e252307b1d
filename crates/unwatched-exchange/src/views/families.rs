//! The list of families.

use askama::Template;
use unwatched_model::family::{Family, FamilyId};
use unwatched_model::verdict::Verdict;
use unwatched_store::FamilyRow;

use crate::views::class::{ClassView, class_of};
use crate::views::frame::Frame;
use crate::views::words;

pub(crate) struct FamilyLine {
    pub(crate) id: FamilyId,
    pub(crate) name: String,
    pub(crate) aliases: Vec<String>,
    pub(crate) class: ClassView,
    pub(crate) origin: String,
}

impl FamilyLine {
    pub(crate) fn of(row: &FamilyRow, verdict: Option<&Verdict>) -> Self {
        let class = class_of(verdict, &row.attributed);
        Self {
            id: row.family.id.clone(),
            name: words::shown(&row.family.name),
            aliases: other_names(&row.family),
            origin: class.origin.clone(),
            class,
        }
    }
}

/// The aliases that are not the name once more, as they may be shown.
pub(crate) fn other_names(family: &Family) -> Vec<String> {
    let others = family.aliases.iter().filter(|alias| **alias != family.name);
    others.map(|alias| words::shown(alias)).collect()
}

#[derive(Template)]
#[template(path = "portal/families.html")]
pub(crate) struct FamiliesPage {
    pub(crate) frame: Frame,
    pub(crate) may_judge: bool,
    pub(crate) families: Vec<FamilyLine>,
    /// Whether this is a later page of the list.
    pub(crate) later: bool,
    pub(crate) next: Option<String>,
}
