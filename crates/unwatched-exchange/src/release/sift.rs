//! Which rows go out and which do not, each with its reason: the one gate before everything that
//! is readable without an account.

use std::collections::HashSet;

use jiff::Timestamp;
use unwatched_model::access::{Shared, Sharing};
use unwatched_model::family::FamilyId;
use unwatched_model::held::Held;
use unwatched_model::indicator::{IndicatorKind, Role};
use unwatched_model::pap::Pap;
use unwatched_model::popular::Confirmed;
use unwatched_model::tlp::Tlp;
use unwatched_store::{IndicatorRow, Recall, Store, StoreError, Value, Visible};

use super::compile::Released;
use super::popular::{Popular, value_of};

/// The values of families that were recalled.
pub type Recalls = HashSet<(FamilyId, Value)>;

/// What goes out and what does not.
#[derive(Debug)]
pub struct Sifted {
    /// The rows of the release.
    pub public: Vec<IndicatorRow>,
    /// Those that stay, and why.
    pub left_out: Vec<LeftOut>,
    /// Of those that go out: what many people have.
    pub popular: Vec<PopularRow>,
    /// What was recalled.
    pub recalled: Vec<Recall>,
}

/// A row that stays.
#[derive(Debug)]
pub struct LeftOut {
    /// Which.
    pub row: IndicatorRow,
    /// Why.
    pub why: Why,
}

/// A row that goes out although many people have its value.
#[derive(Debug)]
pub struct PopularRow {
    /// Which.
    pub row: IndicatorRow,
    /// Why that is so.
    pub reasons: Vec<String>,
}

/// Why a row stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// It was recalled.
    Recalled,
    /// Its partner does not share it with everybody.
    Tlp(Tlp),
    /// It is not for active use.
    Pap(Pap),
    /// It stays in a group.
    Group,
    /// A certificate that only samples show: test keys that half the world signs with are among
    /// them.
    SampleCertificate,
    /// Its family is not released.
    NoClass,
    /// It may name one installation.
    Held(Held),
    /// Many people have it, and too few partners confirmed it, or too lately.
    Popular {
        /// Why that is so.
        reasons: Vec<String>,
        /// What was confirmed.
        confirmed: Confirmed,
    },
}

impl Why {
    /// The word used in interfaces.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Recalled => "recalled",
            Self::Tlp(_) => "tlp",
            Self::Pap(_) => "pap",
            Self::Group => "group",
            Self::SampleCertificate => "sample_certificate",
            Self::NoClass => "no_class",
            Self::Held(_) => "held",
            Self::Popular { .. } => "awaits_confirmation",
        }
    }

    /// The reason as a sentence's rest.
    pub fn sentence(&self) -> String {
        match self {
            Self::Recalled => "it was recalled".to_owned(),
            Self::Tlp(tlp) => format!("it is TLP:{tlp}; only TLP:CLEAR is released"),
            Self::Pap(pap) => format!("it is PAP:{pap}; only PAP:CLEAR and PAP:GREEN are released"),
            Self::Group => "it is shared in a group only".to_owned(),
            Self::SampleCertificate => {
                "a certificate that was only seen in a sample identifies nobody".to_owned()
            }
            Self::NoClass => "its family has no verdict, and no list names it".to_owned(),
            Self::Held(held) => format!("held: {}", held.why()),
            Self::Popular { reasons, confirmed } => {
                let waits = match confirmed {
                    Confirmed::Lacks { partners: 0 } => {
                        "two unrelated partners of two kinds must confirm it".to_owned()
                    }
                    Confirmed::Lacks { partners } => format!(
                        "two unrelated partners of two kinds must confirm it, and {partners} did"
                    ),
                    Confirmed::From(from) => format!("it is confirmed and waits until {from}"),
                };
                format!("{}: {waits}", reasons.join("; "))
            }
        }
    }
}

/// Sifts everything the store holds.
pub async fn sift(
    store: &Store,
    families: &[Released],
    now: Timestamp,
) -> Result<Sifted, StoreError> {
    let rows = store.all_indicators(&Visible::everything_for_the_release()).await?;
    let recalled: Vec<_> =
        store.recalls().await?.into_iter().filter(|recall| recall.lifted_at.is_none()).collect();
    let recalls = recalls(&recalled);
    let released: HashSet<&FamilyId> =
        families.iter().map(|family| &family.row.family.id).collect();
    let mut outs: Vec<Option<Why>> =
        rows.iter().map(|row| by_its_own_words(row, &recalls, &released)).collect();

    // What a published list says is public already: it is neither held nor confirmed.
    let of_partners = |row: &IndicatorRow| row.by.is_some();
    let candidates = rows.iter().zip(&outs).filter(|(row, out)| out.is_none() && of_partners(row));
    let held = store.held(candidates.map(|(row, _)| value_of(row))).await?;
    for (row, out) in
        rows.iter().zip(&mut outs).filter(|(row, out)| of_partners(row) && out.is_none())
    {
        let held = held.of(row.indicator.kind, &row.normalised);
        *out = (!is_public(row, held)).then_some(Why::Held(held));
    }
    let going: Vec<&IndicatorRow> =
        rows.iter().zip(&outs).filter(|(_, out)| out.is_none()).map(|(row, _)| row).collect();
    let popular = Popular::of(store, &rows, &going).await?;
    let reasons: Vec<Vec<String>> = rows
        .iter()
        .zip(&outs)
        .map(|(row, out)| if out.is_none() { popular.reasons(row) } else { Vec::new() })
        .collect();

    let mut sifted =
        Sifted { public: Vec::new(), left_out: Vec::new(), popular: Vec::new(), recalled };
    for ((row, out), reasons) in rows.into_iter().zip(outs).zip(reasons) {
        if let Some(why) = out {
            sifted.left_out.push(LeftOut { row, why });
            continue;
        }
        let confirmed = popular.confirmed(&row);
        if !reasons.is_empty() && row.by.is_some() && !confirmed.is_met(now) {
            sifted.left_out.push(LeftOut { row, why: Why::Popular { reasons, confirmed } });
            continue;
        }
        if !reasons.is_empty() {
            sifted.popular.push(PopularRow { row: row.clone(), reasons });
        }
        sifted.public.push(row);
    }
    Ok(sifted)
}

/// The recalls that stand, to look values up in.
pub fn recalls(standing: &[Recall]) -> Recalls {
    let value = |recall: &Recall| (recall.kind, recall.normalised.clone());
    standing.iter().map(|recall| (recall.family.clone(), value(recall))).collect()
}

/// What keeps a row by what is said of it alone.
fn by_its_own_words(
    row: &IndicatorRow,
    recalls: &Recalls,
    released: &HashSet<&FamilyId>,
) -> Option<Why> {
    if recalls.contains(&(row.indicator.family.clone(), value_of(row))) {
        return Some(Why::Recalled);
    }
    if !is_public(row, Held::Listed) {
        return Some(match (row.indicator.tlp, row.handling.pap, &row.handling.group) {
            (tlp, _, _) if tlp != Tlp::Clear => Why::Tlp(tlp),
            (_, _, Some(_)) => Why::Group,
            (_, pap, None) => Why::Pap(pap),
        });
    }
    if is_certificate(row.indicator.kind) && row.indicator.role == Role::Sample {
        return Some(Why::SampleCertificate);
    }
    (!released.contains(&row.indicator.family)).then_some(Why::NoClass)
}

/// The row as the rule of access sees it.
fn is_public(row: &IndicatorRow, held: Held) -> bool {
    let sharing = Sharing {
        tlp: row.indicator.tlp,
        pap: row.handling.pap,
        group: row.handling.group.clone(),
    };
    Shared { by: row.by.as_ref(), sharing: &sharing, held: held.is_held() }.is_public()
}

fn is_certificate(kind: IndicatorKind) -> bool {
    matches!(
        kind,
        IndicatorKind::CertificateSha1
            | IndicatorKind::CertificateSha256
            | IndicatorKind::CertificateOrganisation
            | IndicatorKind::CertificateCommonNamePattern
    )
}

#[cfg(test)]
mod tests;
