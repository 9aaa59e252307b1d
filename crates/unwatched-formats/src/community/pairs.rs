//! Every value that the dataset says of an entry, as (kind, value, role): what an import makes
//! rows of. What only a sample shows is marked as derived, so that it is never taken as listed.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

use unwatched_model::indicator::{IndicatorKind, Role};

use super::dataset::{Dataset, Entry, Field};

/// How the dataset comes to say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PairOrigin {
    /// Listed under this key of an entry.
    Listed(Field),
    /// A row of `samples.csv` names the file.
    SampleFile,
    /// A row of `samples.csv` shows this package, which its app's entry does not list.
    SamplePackage,
    /// A row of `samples.csv` shows this certificate, which its app's entry does not list.
    SampleCertificate,
}

impl PairOrigin {
    /// The word kept beside a row: the entry's key, or the column of `samples.csv`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Listed(field) => field.as_str(),
            Self::SampleFile => "samples.sha256",
            Self::SamplePackage => "samples.package",
            Self::SampleCertificate => "samples.certificate",
        }
    }
}

/// One value of one entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListedPair<'a> {
    /// The entry's position in [`Dataset::entries`].
    pub entry: usize,
    /// How the dataset comes to say it.
    pub origin: PairOrigin,
    /// The position in the entry's list; for rows of `samples.csv`, the row.
    pub position: u32,
    /// The row of `samples.csv` that shows it, counted from 0 without the header.
    pub row: Option<usize>,
    /// What the value is, by its form: a host, a URL or an address under `distribution`.
    pub kind: IndicatorKind,
    /// The value as written.
    pub value: &'a str,
    /// What it does.
    pub role: Role,
}

impl ListedPair<'_> {
    /// Whether only a sample shows it: never to be released as if it were listed.
    pub fn is_derived(&self) -> bool {
        matches!(self.origin, PairOrigin::SamplePackage | PairOrigin::SampleCertificate)
    }
}

impl Dataset {
    /// Every value of every entry: first what the entries list, in order, then row by row what
    /// `samples.csv` says. A row whose app is no entry's is not here: see [`Self::orphans`].
    pub fn listed_pairs(&self) -> Vec<ListedPair<'_>> {
        let mut pairs = Vec::new();
        for (entry, listed) in self.entries.iter().enumerate() {
            pairs.extend(of_entry(entry, listed));
        }
        let index = AppIndex::new(self);
        for row in 0..self.samples.len() {
            index.pairs_of_row(row, &mut pairs);
        }
        pairs
    }

    /// The app names of `samples.csv` that no entry goes by, each once, in order of appearance.
    pub fn orphans(&self) -> Vec<&str> {
        let known: HashSet<_> = self.entries.iter().flat_map(Entry::all_names).collect();
        let mut seen = HashSet::new();
        let apps = self.samples.iter().map(|row| row.app.as_str());
        apps.filter(|&app| !known.contains(app) && seen.insert(app)).collect()
    }
}

fn of_entry(entry: usize, listed: &Entry) -> impl Iterator<Item = ListedPair<'_>> {
    Field::ALL.into_iter().flat_map(move |field| {
        let values = listed.values(field).iter().zip(0u32..);
        values.map(move |(value, position)| {
            let (kind, role) = kind_and_role(field, value);
            let origin = PairOrigin::Listed(field);
            ListedPair { entry, origin, position, row: None, kind, value, role }
        })
    })
}

fn kind_and_role(field: Field, value: &str) -> (IndicatorKind, Role) {
    match field {
        Field::Packages => (IndicatorKind::Package, Role::App),
        Field::IosBundles => (IndicatorKind::IosBundle, Role::App),
        Field::Certificates => (IndicatorKind::CertificateSha1, Role::App),
        Field::CertificateOrganizations => (IndicatorKind::CertificateOrganisation, Role::App),
        Field::CertificateCnameRe => (IndicatorKind::CertificateCommonNamePattern, Role::App),
        Field::Websites => (network_kind(value), Role::Website),
        Field::Distribution => (network_kind(value), Role::Distribution),
        Field::C2Ips | Field::C2Ip => (IndicatorKind::Address, Role::C2),
        Field::C2Domains => (network_kind(value), Role::C2),
    }
}

/// The lists say "website" or "distribution"; the value itself says what it is.
fn network_kind(value: &str) -> IndicatorKind {
    if value.contains("://") {
        IndicatorKind::Url
    } else if value.trim().parse::<IpAddr>().is_ok() {
        IndicatorKind::Address
    } else {
        IndicatorKind::Domain
    }
}

/// Which entries go by a name, and what they list already.
struct AppIndex<'a> {
    dataset: &'a Dataset,
    by_name: HashMap<&'a str, Vec<usize>>,
    packages: Vec<HashSet<&'a str>>,
    certificates: Vec<HashSet<String>>,
}

impl<'a> AppIndex<'a> {
    fn new(dataset: &'a Dataset) -> Self {
        let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, entry) in dataset.entries.iter().enumerate() {
            for name in entry.all_names() {
                let entries = by_name.entry(name).or_default();
                if entries.last() != Some(&at) {
                    entries.push(at);
                }
            }
        }
        let entries = || dataset.entries.iter();
        let packages = entries()
            .map(|entry| entry.values(Field::Packages).iter().map(String::as_str).collect());
        let certificates = entries().map(|entry| {
            entry.values(Field::Certificates).iter().map(|value| value.to_lowercase()).collect()
        });
        Self {
            dataset,
            by_name,
            packages: packages.collect(),
            certificates: certificates.collect(),
        }
    }

    fn pairs_of_row(&self, row: usize, pairs: &mut Vec<ListedPair<'a>>) {
        let sample = &self.dataset.samples[row];
        let position = u32::try_from(row).unwrap_or(u32::MAX);
        for &entry in self.by_name.get(sample.app.as_str()).into_iter().flatten() {
            let mut add = |origin, kind, value| {
                let role = Role::Sample;
                pairs.push(ListedPair {
                    entry,
                    origin,
                    position,
                    row: Some(row),
                    kind,
                    value,
                    role,
                });
            };
            if !sample.sha256.is_empty() {
                add(PairOrigin::SampleFile, IndicatorKind::FileSha256, &sample.sha256);
            }
            if !sample.package.is_empty() && !self.packages[entry].contains(sample.package.as_str())
            {
                add(PairOrigin::SamplePackage, IndicatorKind::Package, &sample.package);
            }
            if !sample.certificate.is_empty()
                && !self.certificates[entry].contains(&sample.certificate.to_lowercase())
            {
                let kind = IndicatorKind::CertificateSha1;
                add(PairOrigin::SampleCertificate, kind, &sample.certificate);
            }
        }
    }
}
