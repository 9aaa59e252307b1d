//! What goes out is what somebody without an account may read, by the rule of access: rows shared
//! in random ways, held and not.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use unwatched_model::access::{Action, Object, Shared, Sharing, Viewer, may};
use unwatched_model::class::Class;
use unwatched_model::held::{ValueFacts, held};
use unwatched_model::indicator::{Indicator, IndicatorKind, Role};
use unwatched_model::pap::Pap;
use unwatched_model::partner::{GroupSlug, PartnerCategory, PartnerSlug, Standing};
use unwatched_model::tlp::Tlp;
use unwatched_store::{Actor, Handling, NewFamily, NewPartner, Store, StoreConfig, Via};

use super::sift;
use crate::release::compile::Released;

const PARTNERS: [&str; 4] = ["lab", "shelter", "university", "rights"];
const GROUP: &str = "circle";
const ROWS: usize = 400;

/// One partner says that a host belongs to the family.
#[derive(Debug, Clone)]
struct Told {
    by: usize,
    host: usize,
    sharing: Sharing,
    declared: bool,
}

fn told() -> impl Strategy<Value = Told> {
    let tlp = prop_oneof![3 => Just(Tlp::Clear), 1 => prop::sample::select(&Tlp::ALL[..])];
    let pap = prop_oneof![2 => Just(Pap::Green), 1 => prop::sample::select(&Pap::ALL[..])];
    let group = prop::option::weighted(0.2, Just(GROUP.parse::<GroupSlug>().unwrap()));
    let sharing = (tlp, pap, group).prop_map(|(tlp, pap, group)| Sharing { tlp, pap, group });
    // So many hosts that about half have one partner only.
    let who = (0..PARTNERS.len(), 0..240_usize, prop::bool::weighted(0.1));
    (who, sharing).prop_map(|((by, host, declared), sharing)| Told { by, host, sharing, declared })
}

fn now() -> Timestamp {
    "2026-03-04T05:06:07Z".parse().unwrap()
}

async fn store(folder: &std::path::Path) -> Store {
    let config = StoreConfig {
        database_url: format!("sqlite:{}", folder.join("store.db").display()),
        blobs_url: format!("file://{}", folder.join("blobs").display()),
        blobs_endpoint: None,
    };
    let store = Store::open(&config).await.unwrap();
    for slug in PARTNERS {
        let partner = NewPartner {
            slug: slug.parse().unwrap(),
            name: slug.to_owned(),
            category: PartnerCategory::Vendor,
            standing: Standing::Full,
        };
        store.add_partner(&partner, &Actor::operator(), now()).await.unwrap();
    }
    store.add_group(&GROUP.parse().unwrap(), "Made up", &Actor::operator(), now()).await.unwrap();
    store
}

#[tokio::test]
async fn what_goes_out_is_what_anybody_may_read() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    let family = NewFamily { name: "Watch Alpha".to_owned(), aliases: Vec::new(), platform: None };
    let family = store.create_family(&family, &Actor::operator(), now()).await.unwrap();
    let mut runner = TestRunner::deterministic();
    let mut said: BTreeMap<i64, Told> = BTreeMap::new();
    for _ in 0..ROWS {
        let told = told().new_tree(&mut runner).unwrap().current();
        let of = Indicator {
            family: family.clone(),
            kind: IndicatorKind::Domain,
            value: format!("h{}.example", told.host),
            role: Role::Website,
            tlp: told.sharing.tlp,
            source: "seen by us".to_owned(),
        };
        let Sharing { pap, group, .. } = told.sharing.clone();
        let handling = Handling { pap, group, declared_public: told.declared };
        let partner: PartnerSlug = PARTNERS[told.by].parse().unwrap();
        let by = Actor { partner: Some(partner), user: None, via: Via::Key };
        let id = store.add_indicator(&of, &handling, &by, now()).await.unwrap().id;
        // Said again, it is as it is said now.
        said.insert(id, told);
    }
    let row = store.all_families().await.unwrap().remove(0);
    let released = [Released { row, class: Class::Stalkerware, judged: true }];
    let sifted = sift(&store, &released, now()).await.unwrap();
    let out: BTreeSet<i64> = sifted.public.iter().map(|row| row.id).collect();

    let is_held = |told: &Told| {
        // What a partner keeps to itself or to a group says nothing to the others (decision 10).
        let reaches_all = |other: &Told| {
            other.sharing.group.is_none()
                && matches!(other.sharing.tlp, Tlp::Clear | Tlp::Green | Tlp::Amber)
        };
        let alike = said.values().filter(|other| other.host == told.host && reaches_all(other));
        let mut facts = ValueFacts::default();
        for other in alike {
            facts.owners.insert(PARTNERS[other.by].to_owned());
            facts.is_declared |= other.declared;
        }
        held(IndicatorKind::Domain, &facts).is_held()
    };
    let anybody_reads = |told: &Told| {
        let by: PartnerSlug = PARTNERS[told.by].parse().unwrap();
        let shared = [Shared { by: Some(&by), sharing: &told.sharing, held: is_held(told) }];
        may(&Viewer::Anybody, Action::ReadIndicators, Object::Shared(&shared)).allowed
    };
    let expected: BTreeSet<i64> =
        said.iter().filter(|(_, told)| anybody_reads(told)).map(|(id, _)| *id).collect();
    assert_eq!(out, expected);
    assert_eq!(sifted.left_out.len(), said.len() - expected.len(), "what stays has its reason");
    let held = said.values().filter(|told| is_held(told)).count();
    assert!(held > 50 && expected.len() > 50, "{held} held, {} go out", expected.len());
}
