//! Families: their names in several scripts, the packages, certificates and hosts that their
//! samples share, and the indicators that partners made of these.

use anyhow::Context as _;
use jiff::Timestamp;
use unwatched_model::digest::{Sha1, Sha256};
use unwatched_model::family::{FamilyId, Platform};
use unwatched_model::indicator::{Indicator, IndicatorKind, Role};
use unwatched_model::report::Certificate;
use unwatched_model::tlp::Tlp;
use unwatched_store::{Actor, Handling, NewFamily, Via};

use super::chance::Chance;
use super::coalition::{Member, ago};
use super::names;
use crate::state::AppState;

/// What the samples of a family have in common.
#[derive(Debug, Clone)]
pub(super) struct Kin {
    pub(super) id: FamilyId,
    pub(super) label: String,
    pub(super) packages: Vec<String>,
    pub(super) certificates: Vec<Certificate>,
    pub(super) hosts: Vec<String>,
    /// Numbers of rules in the catalogue: what its apps can do.
    pub(super) abilities: Vec<usize>,
    /// The partner who knows it best.
    pub(super) keeper: usize,
}

/// Adds `count` families with their indicators.
pub(super) async fn raise(
    state: &AppState,
    seed: u64,
    count: usize,
    members: &[Member],
    now: Timestamp,
) -> anyhow::Result<Vec<Kin>> {
    let mut chance = Chance::new(seed, 2);
    let mut families = Vec::with_capacity(count);
    for number in 0..count {
        let kin = add(state, number, count, members, &mut chance, now).await?;
        indicate(state, &kin, members, &mut chance, now).await?;
        families.push(kin);
    }
    Ok(families)
}

async fn add(
    state: &AppState,
    number: usize,
    count: usize,
    members: &[Member],
    chance: &mut Chance,
    now: Timestamp,
) -> anyhow::Result<Kin> {
    let name = names::app(number, chance);
    let aliases = names::aliases(&name, number, chance);
    let platform = Some(if chance.percent(90) { Platform::Android } else { Platform::Ios });
    let keeper = active(members, chance);
    let by = Actor { partner: Some(members[keeper].slug.clone()), ..Actor::system() };
    let family = NewFamily { name: name.clone(), aliases, platform };
    let added = ago(now, chance.between(20, 729));
    let id = state.store.create_family(&family, &by, added).await.context("add a family")?;
    let plain = format!("{}{number}", names::plain(&name));
    // The first are the greatest: their makers rename what they build.
    let builds = (count * 4 / (number + 2)).clamp(1, 60);
    Ok(Kin {
        id,
        label: name,
        packages: (0..builds).map(|n| format!("com.{plain}.example.app{n}")).collect(),
        certificates: (0..=chance.below(3)).map(|_| certificate(&plain, chance)).collect(),
        hosts: (0..=1 + chance.below(5)).map(|n| format!("panel{n}.{plain}.example")).collect(),
        abilities: (0..=2 + chance.below(4)).map(|_| chance.below(1_000)).collect(),
        keeper,
    })
}

/// The position of a partner who works with samples.
pub(super) fn active(members: &[Member], chance: &mut Chance) -> usize {
    for _ in 0..50 {
        let position = chance.ranked(members.len());
        if members[position].is_active() {
            return position;
        }
    }
    0
}

fn certificate(name: &str, chance: &mut Chance) -> Certificate {
    Certificate {
        sha1: Sha1(chance.bytes()),
        sha256: Sha256(chance.bytes()),
        subject: Some(format!("CN={name}, O=Example")),
        verified: true,
    }
}

async fn indicate(
    state: &AppState,
    kin: &Kin,
    members: &[Member],
    chance: &mut Chance,
    now: Timestamp,
) -> anyhow::Result<()> {
    use IndicatorKind as K;
    let mut values: Vec<(IndicatorKind, String, Role)> = Vec::new();
    values.extend(kin.packages.iter().take(8).map(|p| (K::Package, p.clone(), Role::App)));
    for certificate in &kin.certificates {
        values.push((K::CertificateSha1, certificate.sha1.to_string(), Role::App));
        values.push((K::CertificateSha256, certificate.sha256.to_string(), Role::App));
    }
    values.extend(kin.hosts.iter().map(|host| (K::Domain, host.clone(), Role::C2)));
    let site = kin.hosts.first().and_then(|host| host.split_once('.'));
    if let Some((_, site)) = site {
        values.push((K::Domain, site.to_owned(), Role::Website));
        values.push((K::Url, format!("https://{site}/download/app.apk"), Role::Distribution));
    }
    for (kind, value, role) in values {
        // What two partners say each is two rows.
        let times = 1 + usize::from(chance.percent(20));
        for time in 0..times {
            let by = if time == 0 { kin.keeper } else { active(members, chance) };
            let (tlp, handling) = sharing(&members[by], chance);
            let indicator = Indicator {
                family: kin.id.clone(),
                kind,
                value: value.clone(),
                role,
                tlp,
                source: format!("{}, from samples", members[by].slug),
            };
            let at = ago(now, chance.between(1, 600));
            let slug = &members[by].slug;
            let by = Actor { partner: Some(slug.clone()), user: None, via: Via::Key };
            state.store.add_indicator(&indicator, &handling, &by, at).await?;
        }
    }
    Ok(())
}

/// Most of it for everybody, some for the coalition, little for a group or oneself.
fn sharing(member: &Member, chance: &mut Chance) -> (Tlp, Handling) {
    let tlp = match chance.below(20) {
        0..=9 => Tlp::Clear,
        10..=14 => Tlp::Green,
        15..=17 => Tlp::Amber,
        18 => Tlp::AmberStrict,
        _ => Tlp::Red,
    };
    let mut handling = Handling::default();
    if tlp >= Tlp::Amber && !member.groups.is_empty() && chance.one_in(3) {
        handling.group = Some(chance.of(&member.groups).clone());
    }
    handling.declared_public = tlp == Tlp::Clear && chance.one_in(4);
    (tlp, handling)
}
