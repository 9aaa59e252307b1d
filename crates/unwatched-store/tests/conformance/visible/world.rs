//! The random world of partners, groups and viewers in which lists are held against the rule.
//! What is put into it, and what is asked of it, stands with the cases.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use unwatched_model::access::{self, Action, Member, Object, Scope, Scopes, Shared, Sharing, may};
use unwatched_model::digest::Sha256;
use unwatched_model::pap::Pap;
use unwatched_model::partner::{GroupSlug, PartnerCategory, PartnerSlug, Standing, UserRole};
use unwatched_model::tlp::Tlp;
use unwatched_store::{ANALYZE_SAMPLE, Take};

use crate::stand::{Stand, at, operator};

/// A sequence that looks random and is the same every time.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % n as u64).unwrap()
    }

    pub(super) fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

/// Who shares a sample how, and at which second.
pub(super) type Said = Vec<(PartnerSlug, Sharing, i64)>;

/// What was put in: who shares what, how, and whether it is held.
#[derive(Default)]
pub(super) struct Known {
    pub(super) indicators: BTreeMap<i64, (PartnerSlug, Sharing, bool)>,
    pub(super) samples: BTreeMap<Sha256, Said>,
}

pub(super) struct Population {
    pub(super) partners: Vec<PartnerSlug>,
    pub(super) groups: Vec<GroupSlug>,
    pub(super) members: BTreeMap<PartnerSlug, BTreeSet<GroupSlug>>,
}

pub(super) async fn population(stand: &Stand) -> Population {
    let mut partners = Vec::new();
    for slug in ["lab", "shelter", "unit", "university", "rights", "tester"] {
        partners.push(stand.partner(slug).await);
    }
    let mut groups = Vec::new();
    for slug in ["circle", "north", "labs"] {
        let slug: GroupSlug = slug.parse().unwrap();
        stand.add_group(&slug, "Made up", &operator(), at(0)).await.unwrap();
        groups.push(slug);
    }
    Population { partners, groups, members: BTreeMap::new() }
}

/// Some join, some leave: what was shared in a group follows at once.
pub(super) async fn regroup(stand: &Stand, people: &mut Population, dice: &mut Dice) {
    for partner in &people.partners {
        let members = people.members.entry(partner.clone()).or_default();
        for group in &people.groups {
            if dice.below(2) == 0 {
                stand.join_group(group, partner, &operator(), at(1)).await.unwrap();
                members.insert(group.clone());
            } else {
                stand.leave_group(group, partner, &operator(), at(1)).await.unwrap();
                members.remove(group);
            }
        }
        assert_eq!(stand.groups_of(partner).await.unwrap(), *members);
    }
}

pub(super) fn how(people: &Population, dice: &mut Dice) -> (PartnerSlug, Sharing) {
    let group = (dice.below(3) == 0).then(|| dice.of(&people.groups).clone());
    let sharing = Sharing { tlp: *dice.of(&Tlp::ALL), pap: *dice.of(&Pap::ALL), group };
    (dice.of(&people.partners).clone(), sharing)
}

/// Now and then somebody without an account.
pub(super) fn viewer(people: &Population, dice: &mut Dice) -> access::Viewer {
    if dice.below(8) == 0 {
        return access::Viewer::Anybody;
    }
    let partner = dice.of(&people.partners).clone();
    let scopes = match dice.below(4) {
        0 => Some(Scopes::all()),
        1 => Some([*dice.of(&Scope::ALL)].into_iter().collect()),
        _ => None,
    };
    // Mostly those for whom it matters how a thing is shared.
    let plain = dice.below(3) > 0;
    access::Viewer::Member(Member {
        groups: people.members[&partner].clone(),
        partner,
        category: if plain { PartnerCategory::Vendor } else { *dice.of(PartnerCategory::ALL) },
        standing: if plain { Standing::Full } else { *dice.of(Standing::ALL) },
        role: if plain { UserRole::Analyst } else { *dice.of(UserRole::ALL) },
        scopes,
    })
}

/// For which partner somebody asks; nobody's without an account.
pub(super) fn partner(viewer: &access::Viewer) -> Option<&PartnerSlug> {
    match viewer {
        access::Viewer::Member(member) => Some(&member.partner),
        access::Viewer::Anybody => None,
    }
}

/// Whether a list may show a thing, by the rule. Somebody without an account sees no list: what is
/// public of it stands in the release, whose gate asks the same rule.
pub(super) fn reads(viewer: &access::Viewer, action: Action, shared: &[Shared<'_>]) -> bool {
    let allowed = may(viewer, action, Object::Shared(shared)).allowed;
    let is_public = shared.iter().any(Shared::is_public);
    if partner(viewer).is_none() {
        assert!(!allowed || is_public, "{action} without an account: {shared:?}");
    }
    allowed && partner(viewer).is_some()
}

/// Nobody waits for an analysis of their own any more.
pub(super) async fn all_analysed(stand: &Stand) {
    let (now, take, lease) = (at(100_000_000), Take::Oldest, SignedDuration::from_mins(1));
    while let Some(job) = stand.claim("w", &[ANALYZE_SAMPLE], take, now, lease).await.unwrap() {
        stand.finish(&job, now).await.unwrap();
    }
}
