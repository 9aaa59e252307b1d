//! What surrounds every page: title, sections, who is signed in, and what was just done.
//!
//! A section that this person may not open is not offered; whether they may is `access`' to say.

use unwatched_model::access::{self, Action, Object};
use unwatched_store::Viewer;

use crate::http::portal::assets;
use crate::views::words;

/// Where in the portal a page belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    Overview,
    Queue,
    Samples,
    Families,
    Search,
    Held,
    Releases,
    Jobs,
    /// Under the account.
    Account,
    Elsewhere,
}

/// One entry of the navigation.
struct Entry {
    section: Section,
    href: &'static str,
    /// After `g`.
    key: char,
    words: &'static str,
    /// What somebody must be allowed to do to be offered it.
    needs: Option<Action>,
}

const fn entry(
    section: Section,
    href: &'static str,
    key: char,
    words: &'static str,
    needs: Option<Action>,
) -> Entry {
    Entry { section, href, key, words, needs }
}

/// The navigation, in its order. A page that a section opens adds its line here.
const SECTIONS: &[Entry] = &[
    entry(Section::Overview, "/portal/", 'o', "Overview", None),
    entry(Section::Queue, "/portal/queue", 'q', "Queue", Some(Action::ReadSamples)),
    entry(Section::Samples, "/portal/samples", 's', "Samples", Some(Action::ReadSamples)),
    entry(Section::Families, "/portal/families", 'f', "Families", Some(Action::ReadFamilies)),
    entry(Section::Search, "/portal/search", 'e', "Search", Some(Action::ReadFamilies)),
    entry(Section::Held, "/portal/held", 'h', "Held", Some(Action::DecideValues)),
    entry(Section::Releases, "/portal/releases", 'r', "Releases", Some(Action::ReadFamilies)),
    entry(Section::Jobs, "/portal/jobs", 'b', "Jobs", Some(Action::ReadJobs)),
];

/// What stands under the account: address, words, and what somebody must be allowed to do.
const ACCOUNT: &[(&str, &str, Option<Action>)] = &[
    ("/portal/account", "Account", None),
    ("/portal/audit", "Audit log", Some(Action::ReadOwnAudit)),
    ("/portal/retention", "How long things are kept", None),
    ("/portal/keys", "Keys", Some(Action::ManageKeys)),
    ("/portal/connections", "Connections", Some(Action::ReadOwnAudit)),
    ("/portal/groups", "Groups", None),
];

/// One link of the navigation.
pub(crate) struct SectionLink {
    pub(crate) href: &'static str,
    pub(crate) key: char,
    pub(crate) words: &'static str,
    pub(crate) here: bool,
}

/// One link of the account's menu.
pub(crate) struct AccountLink {
    pub(crate) href: &'static str,
    pub(crate) words: &'static str,
    pub(crate) here: bool,
}

/// A page above this one.
pub(crate) struct Crumb {
    pub(crate) href: String,
    pub(crate) words: String,
}

/// Who is signed in, for reading.
pub(crate) struct ViewerLine {
    pub(crate) partner: String,
    pub(crate) role: &'static str,
    /// What they may do to anything at all.
    may: Vec<Action>,
}

/// The frame of a page.
pub(crate) struct Frame {
    pub(crate) title: String,
    pub(crate) section: Section,
    pub(crate) viewer: Option<ViewerLine>,
    /// The pages above this one, from the top.
    pub(crate) crumbs: Vec<Crumb>,
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
            crumbs: Vec::new(),
            told: None,
            query: String::new(),
        }
    }

    /// A page for a partner's person.
    pub(crate) fn of(title: impl Into<String>, section: Section, viewer: &Viewer) -> Self {
        let viewer = ViewerLine {
            partner: viewer.partner.to_string(),
            role: words::user_role(viewer.role),
            may: may(viewer),
        };
        Self {
            section,
            viewer: Some(viewer),
            title: words::shown(&title.into()),
            ..Self::public("")
        }
    }

    /// Puts the page below another, for the breadcrumb; call it from the top down.
    #[must_use]
    pub(crate) fn below(mut self, href: impl Into<String>, of: &str) -> Self {
        self.crumbs.push(Crumb { href: href.into(), words: words::shown(of) });
        self
    }

    /// The sections that this person may open.
    pub(crate) fn sections(&self) -> Vec<SectionLink> {
        let offered = SECTIONS.iter().filter(|entry| self.may(entry.needs));
        offered
            .map(|entry| SectionLink {
                href: entry.href,
                key: entry.key,
                words: entry.words,
                here: self.section == entry.section,
            })
            .collect()
    }

    /// What stands under the account, as far as this person may open it.
    pub(crate) fn account_links(&self) -> Vec<AccountLink> {
        let offered = ACCOUNT.iter().filter(|(.., needs)| self.may(*needs));
        offered
            .map(|(href, words, _)| AccountLink {
                href,
                words,
                here: self.section == Section::Account && self.title == *words,
            })
            .collect()
    }

    pub(crate) fn may(&self, needs: Option<Action>) -> bool {
        needs.is_none_or(|action| {
            self.viewer.as_ref().is_some_and(|viewer| viewer.may.contains(&action))
        })
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

fn may(viewer: &Viewer) -> Vec<Action> {
    let who = viewer.who();
    let allowed = |action: &Action| access::may(&who, *action, Object::Open).allowed;
    Action::ALL.iter().copied().filter(allowed).collect()
}
