//! Whom a value would reach: what many people have must not go out on one partner's word. The
//! facts are gathered here; what confirms a popular value is the model's rule.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use unwatched_model::family::FamilyId;
use unwatched_model::indicator::IndicatorKind;
use unwatched_model::popular::{Confirmation, Confirmed, confirmed};
use unwatched_model::tlp::Tlp;
use unwatched_store::{Confirmations, IndicatorRow, Store, StoreError, Value};

use crate::http::api::everybody;

/// With hosts of so many other families below it, a domain is no family's own.
const OTHER_FAMILIES_BELOW: usize = 2;
/// With so many hosts below it in samples, a domain is a platform.
const HOSTS_BELOW: usize = 25;

/// What is known of the values asked about.
#[derive(Debug, Default)]
pub struct Popular {
    families: HashMap<Value, BTreeSet<FamilyId>>,
    known_good: HashMap<Value, usize>,
    below: BTreeMap<String, Below>,
    confirmations: Confirmations,
}

/// What lies below a domain.
#[derive(Debug, Default)]
struct Below {
    families: BTreeSet<FamilyId>,
    hosts: usize,
    /// Which host is not said: a partner's list is its own.
    is_above_known_good: bool,
}

impl Popular {
    /// Gathers what is known of the values of `asked`, out of those of all rows that reach every
    /// partner: the reasons are read by people who must not learn of any other.
    pub async fn of(
        store: &Store,
        all: &[IndicatorRow],
        asked: &[&IndicatorRow],
    ) -> Result<Self, StoreError> {
        let mut popular = Self::default();
        if asked.is_empty() {
            return Ok(popular);
        }
        let values: BTreeSet<Value> = asked.iter().map(|row| value_of(row)).collect();
        for row in all.iter().filter(|row| reaches_all(row)) {
            let value = value_of(row);
            if values.contains(&value) {
                popular.families.entry(value).or_default().insert(row.indicator.family.clone());
            }
        }
        let values: Vec<Value> = values.into_iter().collect();
        popular.known_good = store.known_good_among(&values).await?;
        popular.confirmations = store.confirmations().await?;
        let domains = values.into_iter().filter(|(kind, _)| *kind == IndicatorKind::Domain);
        popular.below = domains.map(|(_, domain)| (domain, Below::default())).collect();
        if !popular.below.is_empty() {
            popular.look_below(store, all).await?;
        }
        Ok(popular)
    }

    async fn look_below(&mut self, store: &Store, all: &[IndicatorRow]) -> Result<(), StoreError> {
        let is_host = |row: &&IndicatorRow| row.indicator.kind == IndicatorKind::Domain;
        let hosts = all.iter().filter(is_host).filter(|row| reaches_all(row));
        for row in hosts {
            for parent in parents(&row.normalised) {
                if let Some(below) = self.below.get_mut(parent) {
                    below.families.insert(row.indicator.family.clone());
                }
            }
        }
        for host in store.hosts_in_samples().await? {
            for parent in parents(&host) {
                if let Some(below) = self.below.get_mut(parent) {
                    below.hosts += 1;
                }
            }
        }
        for host in store.known_good_hosts().await? {
            for parent in parents(&host) {
                if let Some(below) = self.below.get_mut(parent) {
                    below.is_above_known_good = true;
                }
            }
        }
        Ok(())
    }

    /// Why many people would match, if they would.
    pub fn reasons(&self, row: &IndicatorRow) -> Vec<String> {
        let kind = row.indicator.kind;
        let value = value_of(row);
        let mut reasons: Vec<String> =
            everybody::matches_everybody(kind, &row.normalised).into_iter().collect();
        match self.known_good.get(&value) {
            None | Some(0) => {}
            Some(1) => reasons.push("a partner knows it to be ordinary".to_owned()),
            Some(partners) => {
                reasons.push(format!("{partners} unrelated partners know it to be ordinary"));
            }
        }
        if let Some(families) = self.families.get(&value).filter(|families| families.len() > 1) {
            reasons.push(format!("it stands for {} families", families.len()));
        }
        if let Some(below) =
            self.below.get(&row.normalised).filter(|_| kind == IndicatorKind::Domain)
        {
            let others =
                below.families.iter().filter(|family| **family != row.indicator.family).count();
            if others >= OTHER_FAMILIES_BELOW {
                reasons.push(format!("hosts of {others} other families lie below it"));
            }
            if below.hosts >= HOSTS_BELOW {
                reasons.push(format!("{} hosts that samples hold lie below it", below.hosts));
            }
            if below.is_above_known_good {
                reasons.push("a partner knows a host below it to be ordinary".to_owned());
            }
        }
        reasons
    }

    /// What partners have confirmed of it.
    pub fn confirmed(&self, row: &IndicatorRow) -> Confirmed {
        let key = (row.indicator.family.clone(), value_of(row));
        confirmed(self.confirmations.get(&key).map_or(&[][..], Vec::<Confirmation>::as_slice))
    }
}

/// Whether a row is read by every partner, as [`unwatched_model::access`] has it.
pub fn reaches_all(row: &IndicatorRow) -> bool {
    row.handling.group.is_none() && row.indicator.tlp <= Tlp::Amber
}

/// A row's value.
pub fn value_of(row: &IndicatorRow) -> Value {
    (row.indicator.kind, row.normalised.clone())
}

/// The domains above a host, down to the last two labels.
fn parents(host: &str) -> impl Iterator<Item = &str> {
    let above = |name: &str| -> usize { name.find('.').map_or(name.len(), |dot| dot + 1) };
    let mut rest = host;
    std::iter::from_fn(move || {
        rest = &rest[above(rest)..];
        rest.contains('.').then_some(rest)
    })
}
