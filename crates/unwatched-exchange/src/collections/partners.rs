//! What partners share with each other: every row that any partner who reads indicators may read,
//! judged or not. What may name one installation is not for machines, and stays out; so does what
//! was recalled, and PAP:RED, which allows nothing that a machine would do with it.

use anyhow::Context as _;
use unwatched_formats::feed::{Feed, FeedFamily, Head, Sharing as Blocking};
use unwatched_formats::stix::strict_bundle;
use unwatched_model::access::{
    Action, Member, Object, Scope, Shared, Sharing, Viewer as AccessViewer, may,
};
use unwatched_model::class::Class;
use unwatched_model::pap::Pap;
use unwatched_model::partner::{PartnerCategory, Standing, UserRole};
use unwatched_store::{IndicatorRow, Visible};

use super::fill::fill as bring;
use crate::http::taxii::own::Purpose;
use crate::release::files::LICENCE;
use crate::release::popular::value_of;
use crate::release::rendered::statement;
use crate::release::sift;
use crate::state::AppState;
use crate::verdicts;

/// Brings the partners' collection up to date. Says how many versions were added.
pub async fn fill(state: &AppState) -> anyhow::Result<usize> {
    let (store, now) = (&state.store, state.clock.now());
    let anybody = anybody()?;
    let rows = store.all_indicators(&Visible::everything_for_a_job()).await?;
    let rows: Vec<IndicatorRow> = rows
        .into_iter()
        .filter(|row| row.handling.pap < Pap::Red && reaches(&anybody, row))
        .collect();
    let recalled: Vec<_> =
        store.recalls().await?.into_iter().filter(|recall| recall.lifted_at.is_none()).collect();
    let recalls = sift::recalls(&recalled);
    let of_partners = rows.iter().filter(|row| row.by.is_some());
    let kept_back = store.held(of_partners.map(value_of)).await?;
    let is_shown = |row: &&IndicatorRow| {
        let is_held =
            row.by.is_some() && kept_back.of(row.indicator.kind, &row.normalised).is_held();
        !is_held && !recalls.contains(&(row.indicator.family.clone(), value_of(row)))
    };
    let families = store.all_families().await?;
    let verdicts = verdicts::all(store, now).await?;
    let listed = families.iter().map(|row| {
        let verdict = verdicts.get(&row.family.id).map_or(Class::Undecided, |v| v.class);
        FeedFamily {
            family: &row.family,
            class: Class::released(verdict, &row.attributed).unwrap_or(Class::Undecided),
            judged: verdict != Class::Undecided,
            attributed: &row.attributed,
            created: row.added_at,
        }
    });
    let head = Head { sequence: 0, published: now };
    let statements = rows.iter().filter(is_shown).map(statement);
    let feed = Feed::new(head, LICENCE, &[], listed.collect(), statements, |_| Blocking::Own);
    bring(store, Purpose::Partners, &strict_bundle(&feed), now).await
}

/// A program of some partner that shares nothing and is in no group, with as little as reads
/// indicators at all.
fn anybody() -> anyhow::Result<AccessViewer> {
    Ok(AccessViewer::Member(Member {
        partner: "any-partner-there-is".parse().context("name a stand-in")?,
        category: PartnerCategory::Police,
        standing: Standing::Probation,
        groups: std::collections::BTreeSet::new(),
        role: UserRole::Reader,
        scopes: Some([Scope::Read].into_iter().collect()),
    }))
}

fn reaches(anybody: &AccessViewer, row: &IndicatorRow) -> bool {
    let sharing = Sharing {
        tlp: row.indicator.tlp,
        pap: row.handling.pap,
        group: row.handling.group.clone(),
    };
    let shared = [Shared { by: row.by.as_ref(), sharing: &sharing, held: false }];
    may(anybody, Action::ReadIndicators, Object::Shared(&shared)).allowed
}
