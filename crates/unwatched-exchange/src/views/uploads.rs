//! Putting samples in: the form with how they are shared, and what became of each file.

use askama::Template;
use unwatched_model::access::Sharing;
use unwatched_model::pap::Pap;
use unwatched_model::partner::GroupSlug;
use unwatched_model::tlp::Tlp;

use crate::views::frame::Frame;
use crate::views::words;
use crate::views::wrong::Wrong;

/// One choice of a list.
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) words: String,
    pub(crate) chosen: bool,
}

#[derive(Template)]
#[template(path = "portal/upload.html")]
pub(crate) struct UploadPage {
    pub(crate) frame: Frame,
    pub(crate) wrong: Wrong,
    pub(crate) tlps: Vec<Choice>,
    pub(crate) paps: Vec<Choice>,
    /// The partner's sharing groups; the first is none.
    pub(crate) groups: Vec<Choice>,
    pub(crate) declared_public: bool,
    pub(crate) max_files: usize,
}

impl UploadPage {
    pub(crate) fn of<'a>(
        frame: Frame,
        wrong: Wrong,
        sharing: &Sharing,
        declared_public: bool,
        groups: impl Iterator<Item = &'a GroupSlug>,
        max_files: usize,
    ) -> Self {
        let tlp = |tlp: Tlp| Choice {
            value: tlp.to_string(),
            words: format!("TLP:{tlp}: {}", words::tlp(tlp)),
            chosen: tlp == sharing.tlp,
        };
        let pap = |pap: Pap| Choice {
            value: pap.to_string(),
            words: format!("PAP:{pap}: {}", words::pap(pap)),
            chosen: pap == sharing.pap,
        };
        let none = Choice {
            value: String::new(),
            words: "No group: as the TLP says".to_owned(),
            chosen: sharing.group.is_none(),
        };
        let group = |group: &GroupSlug| Choice {
            value: group.to_string(),
            words: format!("Only the group {group}"),
            chosen: sharing.group.as_ref() == Some(group),
        };
        Self {
            frame,
            wrong,
            tlps: Tlp::ALL.into_iter().map(tlp).collect(),
            paps: Pap::ALL.into_iter().map(pap).collect(),
            groups: std::iter::once(none).chain(groups.map(group)).collect(),
            declared_public,
            max_files,
        }
    }
}

/// What became of one file.
pub(crate) struct UploadedLine {
    pub(crate) name: String,
    /// Where it is now.
    pub(crate) href: Option<String>,
    pub(crate) new: bool,
    /// Why it is not there.
    pub(crate) refused: Option<String>,
}

#[derive(Template)]
#[template(path = "portal/uploaded.html")]
pub(crate) struct UploadedPage {
    pub(crate) frame: Frame,
    pub(crate) taken: usize,
    pub(crate) refused: usize,
    pub(crate) files: Vec<UploadedLine>,
}
