//! What surrounds every page: title, sections, who is signed in, and what was just done.

use unwatched_store::Viewer;

use crate::http::portal::assets;
use crate::views::words;

/// Where in the portal a page belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    Overview,
    Samples,
    Families,
    Releases,
    Elsewhere,
}

/// One link of the navigation.
pub(crate) struct SectionLink {
    pub(crate) href: &'static str,
    pub(crate) key: char,
    pub(crate) words: &'static str,
    pub(crate) here: bool,
}

/// Who is signed in, for reading.
pub(crate) struct ViewerLine {
    pub(crate) partner: String,
    pub(crate) role: &'static str,
}

/// The frame of a page.
pub(crate) struct Frame {
    pub(crate) title: String,
    pub(crate) section: Section,
    pub(crate) viewer: Option<ViewerLine>,
    /// What was just done, once.
    pub(crate) told: Option<String>,
    /// What stands in the search field.
    pub(crate) query: String,
}

impl Frame {
    /// A page for somebody who is not signed in.
    pub(crate) fn public(title: &str) -> Self {
        Self {
            title: title.to_owned(),
            section: Section::Elsewhere,
            viewer: None,
            told: None,
            query: String::new(),
        }
    }

    /// A page for a partner's person.
    pub(crate) fn of(title: impl Into<String>, section: Section, viewer: &Viewer) -> Self {
        Self {
            title: words::shown(&title.into()),
            section,
            viewer: Some(ViewerLine {
                partner: viewer.partner.to_string(),
                role: words::user_role(viewer.role),
            }),
            told: None,
            query: String::new(),
        }
    }

    pub(crate) fn sections(&self) -> [SectionLink; 4] {
        let link = |href, key, words, section| SectionLink {
            href,
            key,
            words,
            here: self.section == section,
        };
        [
            link("/portal/", 'o', "Overview", Section::Overview),
            link("/portal/samples", 's', "Samples", Section::Samples),
            link("/portal/families", 'f', "Families", Section::Families),
            link("/portal/releases", 'r', "Releases", Section::Releases),
        ]
    }

    /// The address of an embedded file, with its content's hash.
    #[expect(clippy::unused_self, reason = "templates call it on the frame")]
    pub(crate) fn asset(&self, name: &str) -> String {
        assets::href(name)
    }

    #[expect(clippy::unused_self, reason = "templates call it on the frame")]
    pub(crate) fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }
}
