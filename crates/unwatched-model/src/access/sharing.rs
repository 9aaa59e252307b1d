//! How one thing is shared, and whether that reaches a viewer: TLP 2.0 (FIRST), PAP, groups.

use serde::{Deserialize, Serialize};

use super::{Decision, Member};
use crate::pap::Pap;
use crate::partner::{GroupSlug, PartnerSlug};
use crate::tlp::Tlp;

/// How its partner shares a thing. Nobody who receives it can widen it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Sharing {
    /// How far it may travel.
    pub tlp: Tlp,
    /// What may be done with it.
    pub pap: Pap,
    /// Only among the members of this group.
    pub group: Option<GroupSlug>,
}

impl Sharing {
    /// With the whole coalition, for active use: what a submission is unless its partner says
    /// otherwise.
    pub fn coalition() -> Self {
        Self { tlp: Tlp::Amber, pap: Pap::Green, group: None }
    }
}

/// A thing in the one way somebody shared it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shared<'a> {
    /// Who shares it; `None` for a published list.
    pub by: Option<&'a PartnerSlug>,
    /// How.
    pub sharing: &'a Sharing,
    /// Whether it may name one installation and is held back from everything public.
    pub held: bool,
}

impl Shared<'_> {
    /// Whether it may stand in something that is readable without an account.
    pub fn is_public(&self) -> bool {
        self.sharing.tlp == Tlp::Clear
            && self.sharing.pap <= Pap::Green
            && self.sharing.group.is_none()
            && !self.held
    }

    /// Whether the way it is shared reaches this member.
    pub(super) fn visible_to(&self, member: &Member) -> Decision {
        let Sharing { tlp, group, .. } = self.sharing;
        if self.by == Some(&member.partner) {
            return Decision::yes("the own partner shares it");
        }
        match group {
            Some(group) if !member.groups.contains(group) => {
                Decision::no(format!("it is shared in the group {group} only"))
            }
            Some(_) if *tlp == Tlp::Red && !member.is_person() => {
                Decision::no("TLP:RED is for people: a key does not read it")
            }
            Some(group) => Decision::yes(format!("both partners are in the group {group}")),
            None if *tlp > Tlp::Amber => {
                Decision::no(format!("TLP:{tlp} stays with the partner who shares it"))
            }
            None => Decision::yes(format!("TLP:{tlp} reaches every partner of the coalition")),
        }
    }
}
