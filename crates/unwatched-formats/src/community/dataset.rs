//! The dataset as values: entries in their order, sample rows as written, problems met.

use std::collections::BTreeMap;
use std::fmt;

use unwatched_model::class::Class;

use super::yaml::Verbatim;

/// Everything that the community's three files say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dataset {
    /// The entries of `ioc.yaml`, then those of `watchware.yaml`, each in file order. An app that
    /// stands in both lists is here twice: the conflict is kept.
    pub entries: Vec<Entry>,
    /// The rows of `samples.csv`, in file order.
    pub samples: Vec<SampleRow>,
}

impl Dataset {
    /// The entries of one list, in file order.
    pub fn of(&self, list: List) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| entry.list == list)
    }

    /// The positions (in [`Self::entries`]) of the entries that go by this app name, be it their
    /// name or one of their other names.
    pub fn entries_of_app(&self, app: &str) -> Vec<usize> {
        let goes_by = |entry: &Entry| entry.all_names().any(|name| name == app);
        (0..self.entries.len()).filter(|&at| goes_by(&self.entries[at])).collect()
    }
}

/// One of the community's two lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum List {
    /// `ioc.yaml`: stalkerware.
    Stalkerware,
    /// `watchware.yaml`: watchware.
    Watchware,
}

impl List {
    /// Both, in the order read and written.
    pub const ALL: [Self; 2] = [Self::Stalkerware, Self::Watchware];

    /// The file that holds it.
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Stalkerware => "ioc.yaml",
            Self::Watchware => "watchware.yaml",
        }
    }

    /// The class that standing in this list attributes.
    pub fn class(self) -> Class {
        match self {
            Self::Stalkerware => Class::Stalkerware,
            Self::Watchware => Class::Watchware,
        }
    }

    /// The list for a class. Dual-use, disputed and undecided families have none of their own.
    pub fn for_class(class: Class) -> Option<Self> {
        Self::ALL.into_iter().find(|list| list.class() == class)
    }
}

/// A key under which an entry lists values, in the order written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// Android package names.
    Packages,
    /// iOS bundle ids.
    IosBundles,
    /// SHA-1 of signing certificates.
    Certificates,
    /// Organisations in the subjects of signing certificates.
    CertificateOrganizations,
    /// A regular expression over the common name of a signing certificate.
    CertificateCnameRe,
    /// The maker's websites.
    Websites,
    /// Where the app is downloaded from: hosts, and now and then a URL or an address.
    Distribution,
    /// Addresses that the app talks to.
    C2Ips,
    /// The same, under a misspelt key that the dataset's own generators pass over.
    C2Ip,
    /// Hosts that the app talks to.
    C2Domains,
}

impl Field {
    /// Every field, in the order written.
    pub const ALL: [Self; 10] = [
        Self::Packages,
        Self::IosBundles,
        Self::Certificates,
        Self::CertificateOrganizations,
        Self::CertificateCnameRe,
        Self::Websites,
        Self::Distribution,
        Self::C2Ips,
        Self::C2Ip,
        Self::C2Domains,
    ];

    /// The key, with a dot before what stands under `c2`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Packages => "packages",
            Self::IosBundles => "ios_bundles",
            Self::Certificates => "certificates",
            Self::CertificateOrganizations => "certificate_organizations",
            Self::CertificateCnameRe => "certificate_cname_re",
            Self::Websites => "websites",
            Self::Distribution => "distribution",
            Self::C2Ips => "c2.ips",
            Self::C2Ip => "c2.ip",
            Self::C2Domains => "c2.domains",
        }
    }

    /// The field that a dotted key names.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.as_str() == key)
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One app of a list, with everything the list says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where it stands.
    pub list: List,
    /// Its name.
    pub name: String,
    /// Its other names in their order, which may or may not repeat [`Self::name`]; `None` when
    /// the key is not given.
    pub names: Option<Vec<String>>,
    /// The `type` as written; `None` when the key is not given.
    pub type_word: Option<String>,
    /// The values listed, each list in its order. Fields without values have no key.
    pub values: BTreeMap<Field, Vec<String>>,
    /// Keys that this version does not know, kept as they stand.
    pub unknown: Vec<(String, Verbatim)>,
    /// The same under `c2`.
    pub unknown_c2: Vec<(String, Verbatim)>,
}

impl Entry {
    /// An entry with a name and nothing else.
    pub fn new(list: List, name: impl Into<String>) -> Self {
        Self {
            list,
            name: name.into(),
            names: None,
            type_word: Some(list.class().as_str().to_owned()),
            values: BTreeMap::new(),
            unknown: Vec::new(),
            unknown_c2: Vec::new(),
        }
    }

    /// The values of one field, in order.
    pub fn values(&self, field: Field) -> &[String] {
        self.values.get(&field).map_or(&[], Vec::as_slice)
    }

    /// Adds a value at the end of a field.
    pub fn push(&mut self, field: Field, value: impl Into<String>) {
        self.values.entry(field).or_default().push(value.into());
    }

    /// Its name, then the other names as given.
    pub fn all_names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.name).chain(self.names.iter().flatten()).map(String::as_str)
    }

    /// The class that the entry attributes: its `type` where that is a class of the two lists,
    /// else its list's.
    pub fn class(&self) -> Class {
        let by_type = self.type_word.as_deref().and_then(|word| word.parse().ok());
        match by_type {
            Some(class @ (Class::Stalkerware | Class::Watchware)) => class,
            _ => self.list.class(),
        }
    }

    /// Moves the entry to the other list, when the coalition's verdict says so.
    pub fn move_to(&mut self, list: List) {
        self.list = list;
        self.type_word = Some(list.class().as_str().to_owned());
    }
}

/// A row of `samples.csv`, as written. Half of them lack package and certificate.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SampleRow {
    /// The file's SHA-256.
    pub sha256: String,
    /// Its package name, or empty.
    pub package: String,
    /// The SHA-1 of its signing certificate, or empty.
    pub certificate: String,
    /// Its version, or empty.
    pub version: String,
    /// The app it belongs to: the name of an entry or one of its other names.
    pub app: String,
}

/// Something in a file that was not as expected. What it costs is said; the rest was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file.
    pub file: &'static str,
    /// The entry or the sample's app, where known.
    pub entry: Option<String>,
    /// The line, counted from 1, where known.
    pub line: Option<u64>,
    /// What was wrong and what it cost.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.file)?;
        if let Some(line) = self.line {
            write!(f, " line {line}")?;
        }
        if let Some(entry) = &self.entry {
            write!(f, " ({entry})")?;
        }
        write!(f, ": {}", self.what)
    }
}
