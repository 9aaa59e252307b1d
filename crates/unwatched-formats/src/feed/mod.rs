//! The files of a release that are ours: each format a file here, all rendered from one [`Feed`].
//!
//! What goes out at all was decided before a row comes here, and what may be blocked stands in the
//! row: renderers leave out only what their form cannot say. Everything is deterministic: the same
//! rows and the same head give the same bytes.

pub mod atom;
pub mod clamav;
pub mod delta;
pub mod filter;
mod identity;
pub mod lines;
pub mod media;
pub mod misp;
pub mod rpz;
pub mod suricata;
pub mod warnings;
pub mod yara;

use std::collections::BTreeMap;

use jiff::Timestamp;
use unwatched_model::class::{Attribution as Attributed, Class};
use unwatched_model::digest::Md5;
use unwatched_model::family::{Family, FamilyId};
use unwatched_model::indicator::{IndicatorKind, Role};
use unwatched_model::pap::Pap;
use unwatched_model::tlp::Tlp;
use uuid::Uuid;

use crate::release::Attribution;

pub use identity::indicator_uuid;

/// Which release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Its number.
    pub sequence: u64,
    /// When it was published.
    pub published: Timestamp,
}

/// A family as it is released.
#[derive(Debug, Clone, Copy)]
pub struct FeedFamily<'a> {
    /// Its names.
    pub family: &'a Family,
    /// The class it is released under.
    pub class: Class,
    /// Whether that is the coalition's verdict.
    pub judged: bool,
    /// What sources say of it.
    pub attributed: &'a [Attributed],
    /// Since when it is known here.
    pub created: Timestamp,
}

/// One statement that goes out. The same value may be stated by several sources.
#[derive(Debug, Clone, Copy)]
pub struct Statement<'a> {
    /// Of which family.
    pub family: &'a FamilyId,
    /// What the value is.
    pub kind: IndicatorKind,
    /// The form compared.
    pub value: &'a str,
    /// What it does for the family.
    pub role: Role,
    /// How widely it may be known.
    pub tlp: Tlp,
    /// What may be done with it.
    pub pap: Pap,
    /// The list that says so, or [`PARTNERS`].
    pub source: &'a str,
    /// Since when it is known here.
    pub added: Timestamp,
}

/// The source of what partners added: which of them did is nobody's business outside.
pub const PARTNERS: &str = "partners";

/// Whether others than the family are met where a value is blocked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sharing {
    /// Nothing says so.
    Own,
    /// It lies on shared infrastructure; somebody looked and let it be blocked.
    Reviewed,
    /// It lies on shared infrastructure; nobody looked, or somebody kept it out.
    Shared,
}

/// One indicator of the feed: a family, kind, value and role, once, whoever states it.
#[derive(Debug, Clone)]
pub struct FeedRow<'a> {
    /// The same in every format and release.
    pub id: Uuid,
    /// Where its family stands in [`Feed::families`].
    pub family: usize,
    /// What the value is.
    pub kind: IndicatorKind,
    /// The form compared.
    pub value: &'a str,
    /// What it does for the family.
    pub role: Role,
    /// How widely it may be known.
    pub tlp: Tlp,
    /// What may be done with it.
    pub pap: Pap,
    /// Who states it, sorted.
    pub sources: Vec<&'a str>,
    /// Since when it is known here.
    pub added: Timestamp,
    /// Whether it may be blocked.
    pub sharing: Sharing,
}

/// Everything that a release says, in the order of families and values.
#[derive(Debug, Clone)]
pub struct Feed<'a> {
    /// Which release.
    pub head: Head,
    /// The licence of the whole.
    pub licence: &'a str,
    /// Whose material it holds.
    pub attributions: &'a [Attribution],
    /// By id.
    pub families: Vec<FeedFamily<'a>>,
    /// By family, kind, value and role.
    pub rows: Vec<FeedRow<'a>>,
    /// The MD5 of files whose SHA-256 is among the rows, where it may be told.
    pub md5: BTreeMap<&'a str, Md5>,
}

impl<'a> Feed<'a> {
    /// Brings statements together. One whose family is not among `families` is left out.
    pub fn new(
        head: Head,
        licence: &'a str,
        attributions: &'a [Attribution],
        mut families: Vec<FeedFamily<'a>>,
        statements: impl IntoIterator<Item = Statement<'a>>,
        sharing: impl Fn(&Statement<'a>) -> Sharing,
    ) -> Self {
        families.sort_by(|left, right| left.family.id.cmp(&right.family.id));
        let place: BTreeMap<&FamilyId, usize> =
            families.iter().enumerate().map(|(at, one)| (&one.family.id, at)).collect();
        let mut statements: Vec<_> = statements
            .into_iter()
            .filter_map(|one| place.get(one.family).map(|&family| (family, one)))
            .collect();
        let key = |(family, one): &(usize, Statement<'a>)| (*family, one.kind, one.value, one.role);
        statements.sort_by(|left, right| key(left).cmp(&key(right)));
        let mut rows: Vec<FeedRow<'a>> = Vec::with_capacity(statements.len());
        for (family, one) in statements {
            let same = rows.last_mut().filter(|row| {
                (row.family, row.kind, row.value, row.role)
                    == (family, one.kind, one.value, one.role)
            });
            if let Some(row) = same {
                row.add(&one);
                continue;
            }
            rows.push(FeedRow {
                id: indicator_uuid(one.family, one.kind, one.value, one.role),
                family,
                kind: one.kind,
                value: one.value,
                role: one.role,
                tlp: one.tlp,
                pap: one.pap,
                sources: vec![one.source],
                added: one.added,
                sharing: sharing(&one),
            });
        }
        Self { head, licence, attributions, families, rows, md5: BTreeMap::new() }
    }

    /// The family of a row.
    pub fn family_of(&self, row: &FeedRow<'_>) -> &FeedFamily<'a> {
        &self.families[row.family]
    }

    /// Licence and attribution as lines, for the forms that can carry a comment. They do not name
    /// the release: a file whose rows are the same stays the same, and nobody takes it twice.
    fn notice_lines(&self) -> Vec<String> {
        let mut lines = vec![
            "Unwatched: indicators of stalkerware and watchware.".to_owned(),
            format!("Licence: {}. TLP:CLEAR.", self.licence),
        ];
        for one in self.attributions {
            let url = one.url.as_deref().map(|url| format!(", {url}")).unwrap_or_default();
            lines.push(printable(&format!(
                "Holds material from {}, by {} ({}){url}",
                one.source, one.by, one.licence
            )));
        }
        lines
    }
}

impl FeedFamily<'_> {
    /// Whether what it talks to stands in the files that alarm: those of stalkerware, and of what
    /// one source lists as stalkerware while another does not.
    pub fn is_alarmed_about(&self) -> bool {
        let listed = |one: &Attributed| one.class == Class::Stalkerware;
        match self.class {
            Class::Stalkerware => true,
            Class::Disputed => self.attributed.iter().any(listed),
            _ => false,
        }
    }
}

impl<'a> FeedRow<'a> {
    /// Whether a file that blocks or alarms may hold it.
    pub fn may_be_blocked(&self) -> bool {
        self.sharing != Sharing::Shared
    }

    fn add(&mut self, one: &Statement<'a>) {
        if let Err(at) = self.sources.binary_search(&one.source) {
            self.sources.insert(at, one.source);
        }
        self.added = self.added.min(one.added);
        // The widest statement counts, as it stands: not the reach of one with the uses of another.
        (self.tlp, self.pap) = (self.tlp, self.pap).min((one.tlp, one.pap));
    }
}

/// One line that cannot break the form it stands in: control characters become spaces.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
