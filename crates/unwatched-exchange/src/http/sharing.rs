//! How somebody asks for a thing to be shared: words in a query, a form or a document, and what
//! they come to.
//!
//! Left out, it is shared with the whole coalition for active use. A group that one is not in is
//! refused like one that does not exist.

use serde::Deserialize;
use unwatched_model::access::Sharing;
use unwatched_model::partner::GroupSlug;
use unwatched_store::{Store, Viewer};

use crate::http::api::samples::How;
use crate::http::problem::{FieldProblem, Problem};

/// What was asked, word by word.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// `CLEAR`, `GREEN`, `AMBER` (without it), `AMBER+STRICT` or `RED`.
    pub tlp: Option<String>,
    /// `CLEAR`, `GREEN` (without it), `AMBER` or `RED`.
    pub pap: Option<String>,
    /// Only among the members of this group, of which the partner is one.
    pub group: Option<String>,
    /// `true` when it comes from the maker's public download.
    pub declared_public: Option<String>,
}

impl Asked {
    /// Takes a form's field; says whether it is one of these.
    pub fn take(&mut self, field: &str, text: &str) -> bool {
        let text = text.trim();
        let said = (!text.is_empty()).then(|| text.to_owned());
        match field {
            "tlp" => self.tlp = said,
            "pap" => self.pap = said,
            "group" => self.group = said,
            "declared_public" => self.declared_public = said,
            _ => return false,
        }
        true
    }

    /// What was said in a field of this name.
    pub fn said(&self, field: &str) -> Option<&str> {
        let said = match field {
            "tlp" => &self.tlp,
            "pap" => &self.pap,
            "group" => &self.group,
            "declared_public" => &self.declared_public,
            _ => return None,
        };
        said.as_deref()
    }

    /// What a form says and what its address does, taken together. The same said twice is refused:
    /// one of the two would share the file otherwise than its sender thinks.
    pub fn or(self, address: Self) -> Result<Self, Problem> {
        let mut errors = Vec::new();
        let mut one = |field: &str, form: Option<String>, address: Option<String>| {
            if form.is_some() && address.is_some() {
                errors.push(FieldProblem::new(field, "said in the form and in the address"));
            }
            form.or(address)
        };
        let both = Self {
            tlp: one("tlp", self.tlp, address.tlp),
            pap: one("pap", self.pap, address.pap),
            group: one("group", self.group, address.group),
            declared_public: one("declared_public", self.declared_public, address.declared_public),
        };
        if errors.is_empty() { Ok(both) } else { Err(Problem::invalid(errors)) }
    }

    /// What it comes to for this viewer.
    pub async fn checked(&self, store: &Store, viewer: &Viewer) -> Result<How, Problem> {
        let mut errors = Vec::new();
        let mut sharing = Sharing::coalition();
        read("tlp", self.tlp.as_deref(), &mut sharing.tlp, &mut errors);
        read("pap", self.pap.as_deref(), &mut sharing.pap, &mut errors);
        let mut declared_public = false;
        read("declared_public", self.declared_public.as_deref(), &mut declared_public, &mut errors);
        if let Some(slug) = self.group.as_deref() {
            match open_group(store, viewer, slug).await? {
                Some(group) => sharing.group = Some(group),
                None => errors.push(FieldProblem::new("group", NO_OPEN_GROUP)),
            }
        }
        if !errors.is_empty() {
            return Err(Problem::invalid(errors));
        }
        Ok(How { sharing, declared_public })
    }
}

fn read<T: std::str::FromStr<Err: std::fmt::Display>>(
    field: &str,
    text: Option<&str>,
    into: &mut T,
    errors: &mut Vec<FieldProblem>,
) {
    let Some(text) = text else { return };
    match text.parse() {
        Ok(value) => *into = value,
        Err(error) => errors.push(FieldProblem::new(field, error)),
    }
}

/// What is said of a group that is not there, not one's own, or closed.
pub const NO_OPEN_GROUP: &str =
    "you are in no open group of this name: choose one of yours, or none";

/// The group of this name, if this viewer's partner is in it and it takes anything new.
pub async fn open_group(
    store: &Store,
    viewer: &Viewer,
    slug: &str,
) -> Result<Option<GroupSlug>, Problem> {
    let Some(group) = viewer.groups.iter().find(|group| group.as_str() == slug) else {
        return Ok(None);
    };
    let groups = store.groups().await?;
    let open = groups.iter().any(|known| known.slug == *group && known.closed_at.is_none());
    Ok(open.then(|| group.clone()))
}
