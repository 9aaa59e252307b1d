//! The community's dataset and the store's rows, in both directions.
//!
//! The files' forms are the business of `unwatched-formats`; what may be released is decided in
//! `release::compile`.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use anyhow::Context as _;
use unwatched_formats::community::{self, Dataset, Entry, Field, List, Sources};
use unwatched_model::class::Class;
use unwatched_model::family::FamilyId;
use unwatched_model::indicator::{Indicator, IndicatorKind, Role};
use unwatched_store::{
    ImportBatch, Imported, IndicatorRow, ListedIndicator, ListedSample, Listing, Store,
};

use crate::release::compile::Released;
use crate::release::sift::Recalls;
use crate::state::AppState;

/// What provenance from this dataset starts with.
pub const SOURCE: &str = "stalkerware-indicators";

/// The list of samples.
const SAMPLES: &str = "samples.csv";

/// Kept as they stand, beside the rows: comments and rules have no row.
const RAW_FILES: [&str; 4] = ["ioc.yaml", "watchware.yaml", SAMPLES, "rules.yar"];

/// Far above the real files; a larger one is something else.
const MAX_FILE_BYTES: u64 = 64 << 20;

/// What an import did, and what in the files was not as expected.
#[derive(Debug)]
pub struct Import {
    /// Rows.
    pub imported: Imported,
    /// In words, one per thing.
    pub problems: Vec<String>,
}

/// Imports the dataset in `folder`, all or nothing.
pub async fn import(state: &AppState, folder: &Path) -> anyhow::Result<Import> {
    let mut files = HashMap::new();
    for name in RAW_FILES {
        if let Some(bytes) = read(folder, name)? {
            files.insert(name, bytes);
        }
    }
    let bytes_of = |name: &str| files.get(name).map(Vec::as_slice);
    let sources = Sources {
        ioc: bytes_of("ioc.yaml"),
        watchware: bytes_of("watchware.yaml"),
        samples: bytes_of(SAMPLES),
    };
    let parsed = community::parse(&sources)
        .with_context(|| format!("read the community's files in {}", folder.display()))?;
    anyhow::ensure!(
        parsed.complete,
        "a file breaks off, so importing it would remove what is missing: {}",
        parsed.problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    );
    let mut batch = batch(&parsed.dataset);
    for name in RAW_FILES {
        if let Some(bytes) = files.remove(name) {
            let blob = state.store.put_bytes(bytes).await.context("keep the raw files")?;
            batch.raw_files.push((name.to_owned(), blob));
        }
    }
    let imported = state.store.import_community(&batch, state.clock.now()).await?;
    let mut problems: Vec<_> = parsed.problems.iter().map(ToString::to_string).collect();
    let orphans = parsed.dataset.orphans();
    problems.extend(orphans.iter().map(|app| {
        format!("{SAMPLES}: the app {app:?} is in neither list: its samples belong to no family")
    }));
    problems.extend(imported.problems.iter().cloned());
    Ok(Import { imported, problems })
}

fn read(folder: &Path, name: &str) -> anyhow::Result<Option<Vec<u8>>> {
    let path = folder.join(name);
    let context = || format!("read {}", path.display());
    let metadata = match std::fs::metadata(&path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && folder.is_dir() => {
            return Ok(None);
        }
        Err(error) => return Err(error).with_context(context),
    };
    anyhow::ensure!(
        metadata.len() <= MAX_FILE_BYTES,
        "{} is larger than 64 MiB: it is not the community's file of that name",
        path.display()
    );
    std::fs::read(&path).map(Some).with_context(context)
}

fn source_of(file: &str) -> String {
    format!("{SOURCE}/{file}")
}

fn batch(dataset: &Dataset) -> ImportBatch {
    let mut listings: Vec<_> = List::ALL
        .into_iter()
        .flat_map(|list| dataset.of(list).zip(0u32..))
        .map(|(entry, position)| listing(entry, position))
        .collect();
    for pair in dataset.listed_pairs() {
        let community::PairOrigin::Listed(field) = pair.origin else { continue };
        listings[pair.entry].indicators.push(ListedIndicator {
            field: field.as_str().to_owned(),
            position: pair.position,
            kind: pair.kind,
            value: pair.value.to_owned(),
            role: pair.role,
        });
    }
    let samples = samples(dataset);
    ImportBatch { listings, samples_source: source_of(SAMPLES), samples, raw_files: Vec::new() }
}

fn listing(entry: &Entry, position: u32) -> Listing {
    let list = entry.list.file_name();
    Listing {
        source: source_of(list),
        list: list.to_owned(),
        position,
        class: entry.class(),
        name: entry.name.clone(),
        names: entry.names.clone().unwrap_or_default(),
        names_given: entry.names.is_some(),
        indicators: Vec::new(),
    }
}

fn samples(dataset: &Dataset) -> Vec<ListedSample> {
    // An app name that several entries go by belongs to the one whose own name it is.
    let mut family_of: HashMap<&str, Option<&str>> = HashMap::new();
    for entry in &dataset.entries {
        for name in entry.names.iter().flatten() {
            family_of.entry(name).or_insert(Some(&entry.name));
        }
    }
    for entry in &dataset.entries {
        family_of.insert(&entry.name, Some(&entry.name));
    }
    let sample = |(row, position): (&community::SampleRow, u32)| ListedSample {
        position,
        sha256: row.sha256.clone(),
        package: row.package.clone(),
        certificate: row.certificate.clone(),
        version: row.version.clone(),
        app: row.app.clone(),
        family_name: family_of.get(row.app.as_str()).copied().flatten().map(str::to_owned),
    };
    dataset.samples.iter().zip(0u32..).map(sample).collect()
}

/// The dataset as it stands now: what was imported, in its order, moved where verdicts say so,
/// with what partners added behind it. `indicators` are those that go out, and what was recalled
/// is left out of the lists too.
pub async fn dataset(
    store: &Store,
    released: &[Released],
    indicators: &[IndicatorRow],
    recalls: &Recalls,
) -> anyhow::Result<Dataset> {
    let families = Families::new(released, indicators);
    let mut listed = HashSet::new();
    let mut entries: Vec<(Option<FamilyId>, Entry)> = Vec::new();
    for listing in store.community_listings().await? {
        let family = families.named(&listing.name);
        let is_recalled =
            |kind, value: &str| family.is_some_and(|f| is_recalled(recalls, f, kind, value));
        let Some(entry) = placed(entry(&listing, is_recalled)?, family) else { continue };
        match family {
            Some(family) => add_listed(&mut entries, &mut listed, family, entry),
            None => entries.push((None, entry)),
        }
    }
    for (family, entry) in &mut entries {
        let added = family.as_ref().map_or(&[][..], |family| families.added(family));
        add_values(entry, added);
    }
    for family in released.iter().filter(|family| !listed.contains(&family.row.family.id)) {
        let name = &family.row.family;
        let added: Vec<_> = families.added(&name.id).iter().map(|&i| i.clone()).collect();
        let entry = Entry::from_indicators(&name.name, &name.aliases, family.class, &added);
        entries.extend(entry.map(|entry| (Some(name.id.clone()), entry)));
    }
    // The form has the two lists one after the other.
    entries.sort_by_key(|(_, entry)| entry.list);
    let samples = samples_of(store, &families, &entries, recalls).await?;
    Ok(Dataset { entries: entries.into_iter().map(|(_, entry)| entry).collect(), samples })
}

/// Whether a value that a list writes in its own form was recalled for a family.
fn is_recalled(recalls: &Recalls, family: &Released, kind: IndicatorKind, value: &str) -> bool {
    !recalls.is_empty()
        && kind.normalise(value).is_ok_and(|normalised| {
            recalls.contains(&(family.row.family.id.clone(), (kind, normalised)))
        })
}

/// A listing as it was read, without what was recalled of it.
fn entry(
    listing: &Listing,
    is_recalled: impl Fn(IndicatorKind, &str) -> bool,
) -> anyhow::Result<Entry> {
    let list = List::ALL.into_iter().find(|list| list.file_name() == listing.list);
    let list = list.with_context(|| format!("find the list {:?}", listing.list))?;
    let mut entry = Entry::new(list, &listing.name);
    entry.type_word = Some(listing.class.as_str().to_owned());
    entry.names = listing.names_given.then(|| listing.names.clone());
    for value in listing.indicators.iter().filter(|one| !is_recalled(one.kind, &one.value)) {
        let field = Field::from_key(&value.field);
        let field = field.with_context(|| format!("find the key {:?}", value.field))?;
        entry.push(field, &value.value);
    }
    Ok(entry)
}

/// The entry in the list that the coalition's verdict puts it in; where there is none, or it is
/// disputed, in the list that has it. Dual use has no word in these files.
fn placed(mut entry: Entry, family: Option<&Released>) -> Option<Entry> {
    let Some(family) = family.filter(|family| family.judged) else { return Some(entry) };
    match family.class {
        Class::Disputed => Some(entry),
        class => {
            entry.move_to(List::for_class(class)?);
            Some(entry)
        }
    }
}

/// Adds an entry; one that a verdict moved beside its twin from the other list joins it.
fn add_listed(
    entries: &mut Vec<(Option<FamilyId>, Entry)>,
    listed: &mut HashSet<FamilyId>,
    family: &Released,
    entry: Entry,
) {
    let id = &family.row.family.id;
    let is_known = !listed.insert(id.clone());
    let twin =
        entries.iter_mut().find(|(of, other)| of.as_ref() == Some(id) && other.list == entry.list);
    match twin {
        Some((_, twin)) if is_known && family.judged && family.class != Class::Disputed => {
            for field in Field::ALL {
                add_missing(twin, field, entry.values(field));
            }
        }
        _ => entries.push((Some(id.clone()), entry)),
    }
}

fn add_missing(entry: &mut Entry, field: Field, values: &[String]) {
    for value in values {
        if !entry.values(field).contains(value) {
            entry.push(field, value);
        }
    }
}

fn add_values(entry: &mut Entry, added: &[&Indicator]) {
    for indicator in added {
        let Some(field) = Field::for_indicator(indicator.kind, indicator.role) else { continue };
        let value = match field {
            Field::Certificates => indicator.value.replace(':', "").to_uppercase(),
            _ => indicator.value.clone(),
        };
        let is_listed = entry.values(field).iter().any(|v| v.eq_ignore_ascii_case(&value));
        if !is_listed {
            entry.push(field, value);
        }
    }
}

/// The imported rows whose app still stands in a list, then the files that partners added.
async fn samples_of(
    store: &Store,
    families: &Families<'_>,
    entries: &[(Option<FamilyId>, Entry)],
    recalls: &Recalls,
) -> anyhow::Result<Vec<community::SampleRow>> {
    let mut rows = Vec::new();
    for sample in store.community_samples().await? {
        let name = sample.family_name.as_deref().unwrap_or(&sample.app);
        // Undecided and unknown apps are rows as they were listed; dual use is in no list.
        let is_left_out =
            families.named(name).is_some_and(|f| f.judged && f.class == Class::DualUse);
        let is_recalled = |kind, value: &str| {
            families.named(name).is_some_and(|family| is_recalled(recalls, family, kind, value))
        };
        let is_left_out = is_left_out || is_recalled(IndicatorKind::FileSha256, &sample.sha256);
        let package_gone = is_recalled(IndicatorKind::Package, &sample.package);
        let certificate_gone = is_recalled(IndicatorKind::CertificateSha1, &sample.certificate);
        if !is_left_out {
            let ListedSample { sha256, mut package, mut certificate, version, app, .. } = sample;
            if package_gone {
                package.clear();
            }
            if certificate_gone {
                certificate.clear();
            }
            rows.push(community::SampleRow { sha256, package, certificate, version, app });
        }
    }
    for (family, entry) in entries {
        let added = family.as_ref().map_or(&[][..], |family| families.added(family));
        let files =
            added.iter().filter(|i| i.kind == IndicatorKind::FileSha256 && i.role == Role::Sample);
        rows.extend(files.map(|file| community::SampleRow {
            sha256: file.value.to_ascii_lowercase(),
            app: entry.name.clone(),
            ..community::SampleRow::default()
        }));
    }
    Ok(rows)
}

/// Released families by name, and what partners added to each.
struct Families<'a> {
    by_name: HashMap<String, &'a Released>,
    added: HashMap<&'a FamilyId, Vec<&'a Indicator>>,
}

impl<'a> Families<'a> {
    fn new(released: &'a [Released], indicators: &'a [IndicatorRow]) -> Self {
        let by_name =
            released.iter().map(|family| (family.row.family.name.to_lowercase(), family)).collect();
        let mut added: HashMap<_, Vec<_>> = HashMap::new();
        // A row of a list has its place in the listing; it is not added a second time.
        for row in indicators.iter().filter(|row| row.by.is_some()) {
            added.entry(&row.indicator.family).or_default().push(&row.indicator);
        }
        Self { by_name, added }
    }

    fn named(&self, name: &str) -> Option<&'a Released> {
        self.by_name.get(&name.to_lowercase()).copied()
    }

    fn added(&self, family: &FamilyId) -> &[&'a Indicator] {
        self.added.get(family).map_or(&[], Vec::as_slice)
    }
}
