//! What an import means: which family each entry is, and which statements it makes.
//!
//! Nothing here reads or writes the database.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use unwatched_model::family::FamilyId;
use unwatched_model::indicator::{Indicator, IndicatorKind, Role};
use unwatched_model::tlp::Tlp;

use super::state::State;
use super::{ImportBatch, ListedSample, Listing};
use crate::columns::{LONG_BYTES, SHORT_BYTES, key, text};
use crate::families::{check_name, free_slug};
use crate::indicators::{Identity, NewRow};
use crate::{Result, StoreError};

/// What a batch asks the store to hold.
pub(super) struct Plan {
    /// Families that are not there yet: id and name.
    pub(super) new_families: Vec<(FamilyId, String)>,
    /// The family of each listing of the batch, in its order.
    pub(super) family_of: Vec<FamilyId>,
    /// The names each source gives a family, in order.
    pub(super) given: BTreeMap<(String, String), Vec<String>>,
    /// Family, source, class.
    pub(super) attributed: BTreeSet<(String, String, String)>,
    /// Every statement once, in the order listed.
    pub(super) indicators: Vec<NewRow>,
    pub(super) problems: Vec<String>,
}

/// Works out what a batch asks for.
pub(super) fn plan(batch: &ImportBatch, state: &State) -> Result<Plan> {
    check(batch)?;
    let (family_of, new_families) = families(batch, state);
    let mut statements = Statements::default();
    for (listing, family) in batch.listings.iter().zip(&family_of) {
        statements.of_listing(listing, family);
    }
    let lookup = Lookup::new(batch, &family_of, state);
    for sample in &batch.samples {
        statements.of_sample(sample, &batch.samples_source, &lookup);
    }
    Ok(Plan {
        given: given(batch, &family_of),
        attributed: attributed(batch, &family_of),
        new_families,
        family_of,
        indicators: statements.rows,
        problems: statements.problems,
    })
}

/// Refuses what no column can hold, and two entries in one place.
fn check(batch: &ImportBatch) -> Result<()> {
    let mut places = HashSet::new();
    for listing in &batch.listings {
        check_name(&listing.name)?;
        text(&listing.source, "a list's source", SHORT_BYTES / 4)?;
        text(&listing.list, "a list's name", SHORT_BYTES)?;
        for name in &listing.names {
            text(name, "a listed name", SHORT_BYTES)?;
        }
        for value in &listing.indicators {
            text(&value.field, "a list's field", SHORT_BYTES)?;
        }
        if !places.insert((&listing.source, listing.position)) {
            let Listing { source, position, .. } = listing;
            return Err(StoreError::Invalid(format!("{source} has two entries at {position}")));
        }
    }
    text(&batch.samples_source, "the samples' source", SHORT_BYTES / 4)?;
    let mut places = HashSet::new();
    for sample in &batch.samples {
        let ListedSample { sha256, package, certificate, version, app, .. } = sample;
        let family = sample.family_name.as_ref();
        for field in [sha256, package, certificate, version, app].into_iter().chain(family) {
            text(field, "a listed sample", LONG_BYTES)?;
        }
        if !places.insert(sample.position) {
            let position = sample.position;
            return Err(StoreError::Invalid(format!("two listed samples stand at {position}")));
        }
    }
    for (name, _) in &batch.raw_files {
        text(name, "a file's name", SHORT_BYTES)?;
    }
    Ok(())
}

/// The same name, whatever its case, is the same family, in whichever list it stands.
fn families(batch: &ImportBatch, state: &State) -> (Vec<FamilyId>, Vec<(FamilyId, String)>) {
    let mut known = state.families.clone();
    let mut slugs: HashSet<_> = known.values().map(FamilyId::to_string).collect();
    let mut new = Vec::new();
    let family_of = batch.listings.iter().map(|listing| {
        let family = known.entry(key(&listing.name)).or_insert_with(|| {
            let id = free_slug(&listing.name, |slug| slugs.contains(slug));
            slugs.insert(id.to_string());
            new.push((id.clone(), listing.name.clone()));
            id
        });
        family.clone()
    });
    let family_of = family_of.collect();
    (family_of, new)
}

fn given(batch: &ImportBatch, family_of: &[FamilyId]) -> BTreeMap<(String, String), Vec<String>> {
    let mut given: BTreeMap<_, Vec<String>> = BTreeMap::new();
    for (listing, family) in batch.listings.iter().zip(family_of) {
        if !listing.names.is_empty() {
            let names = given.entry((family.to_string(), listing.source.clone())).or_default();
            names.extend(listing.names.iter().cloned());
        }
    }
    given
}

fn attributed(batch: &ImportBatch, family_of: &[FamilyId]) -> BTreeSet<(String, String, String)> {
    let listings = batch.listings.iter().zip(family_of);
    let triple = |(listing, family): (&Listing, &FamilyId)| {
        (family.to_string(), listing.source.clone(), listing.class.as_str().to_owned())
    };
    listings.map(triple).collect()
}

/// Finds the family a sample's row speaks of: among the batch's names, then its other names,
/// then in the whole store.
struct Lookup<'a> {
    names: HashMap<String, &'a FamilyId>,
    aliases: HashMap<String, &'a FamilyId>,
    state: &'a State,
}

impl<'a> Lookup<'a> {
    fn new(batch: &ImportBatch, family_of: &'a [FamilyId], state: &'a State) -> Self {
        let mut names = HashMap::new();
        let mut aliases = HashMap::new();
        for (listing, family) in batch.listings.iter().zip(family_of) {
            names.entry(key(&listing.name)).or_insert(family);
            for alias in &listing.names {
                aliases.entry(key(alias)).or_insert(family);
            }
        }
        Self { names, aliases, state }
    }

    fn family(&self, sample: &ListedSample) -> Option<&'a FamilyId> {
        let name = key(sample.family_name.as_deref().unwrap_or(&sample.app));
        self.names
            .get(&name)
            .or_else(|| self.aliases.get(&name))
            .copied()
            .or_else(|| self.state.families.get(&name))
            .or_else(|| self.state.aliases.get(&name))
    }
}

#[derive(Default)]
struct Statements {
    rows: Vec<NewRow>,
    seen: HashSet<Identity>,
    problems: Vec<String>,
}

impl Statements {
    fn of_listing(&mut self, listing: &Listing, family: &FamilyId) {
        for listed in &listing.indicators {
            let indicator = Indicator {
                family: family.clone(),
                kind: listed.kind,
                value: listed.value.clone(),
                role: listed.role,
                tlp: Tlp::Clear,
                source: listing.source.clone(),
            };
            let place = || format!("{}: {}: {}", listing.source, listing.name, listed.field);
            self.add(&indicator, &listed.field, listed.position, place);
        }
    }

    /// A file's hash, and what was observed in the file.
    fn of_sample(&mut self, sample: &ListedSample, source: &str, lookup: &Lookup<'_>) {
        let place = || format!("{source}: row {}", sample.position);
        let Some(family) = lookup.family(sample) else {
            let app = &sample.app;
            self.problems.push(format!("{}: no family is called {app:?}", place()));
            return;
        };
        let certificate = if sample.certificate.len() == 64 {
            IndicatorKind::CertificateSha256
        } else {
            IndicatorKind::CertificateSha1
        };
        let observed = [
            (IndicatorKind::FileSha256, &sample.sha256, "sha256"),
            (IndicatorKind::Package, &sample.package, "package"),
            (certificate, &sample.certificate, "certificate"),
        ];
        for (kind, value, field) in observed.into_iter().filter(|(_, value, _)| !value.is_empty()) {
            let indicator = Indicator {
                family: family.clone(),
                kind,
                value: value.clone(),
                role: Role::Sample,
                tlp: Tlp::Clear,
                source: source.to_owned(),
            };
            self.add(&indicator, field, sample.position, place);
        }
    }

    fn add(
        &mut self,
        indicator: &Indicator,
        field: &str,
        position: u32,
        place: impl Fn() -> String,
    ) {
        match NewRow::new(indicator, None) {
            Ok(row) => {
                if self.seen.insert(row.identity()) {
                    let (field, position) = (Some(field.to_owned()), Some(position));
                    self.rows.push(NewRow { field, position, ..row });
                }
            }
            Err(error) => self.problems.push(format!("{}: {error}", place())),
        }
    }
}
