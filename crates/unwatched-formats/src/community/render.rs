//! What is generated from the dataset, file by file, as the field's tools read it.
//!
//! These forms are fixed: no licence text, no comment and no shared-host warning goes inside. The
//! licence stands in a release's `index.json` and in the `NOTICE` beside the files.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use unwatched_model::class::Class;

use super::dataset::{Dataset, Entry, Field, List};
use super::{samples, suggest, tinycheck, yaml_write};

/// A file of the community's form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CommunityFormat {
    /// Hosts that stalkerware talks to, sorted, one a line.
    Hosts,
    /// The same with watchware, each host once.
    HostsFull,
    /// Type, indicator and app: hosts, addresses and where apps are downloaded from.
    NetworkCsv,
    /// A blocklist in file order, of hosts talked to and downloaded from.
    Quad9Blocklist,
    /// The stalkerware list.
    IocYaml,
    /// The watchware list.
    WatchwareYaml,
    /// The samples.
    SamplesCsv,
    /// Hosts and addresses as TinyCheck reads them.
    TinyCheck,
}

impl CommunityFormat {
    /// Every format.
    pub const ALL: [Self; 8] = [
        Self::Hosts,
        Self::HostsFull,
        Self::NetworkCsv,
        Self::Quad9Blocklist,
        Self::IocYaml,
        Self::WatchwareYaml,
        Self::SamplesCsv,
        Self::TinyCheck,
    ];

    /// The name of the file.
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Hosts => "hosts",
            Self::HostsFull => "hosts_full",
            Self::NetworkCsv => "network.csv",
            Self::Quad9Blocklist => "quad9_blocklist.txt",
            Self::IocYaml => List::Stalkerware.file_name(),
            Self::WatchwareYaml => List::Watchware.file_name(),
            Self::SamplesCsv => samples::FILE_NAME,
            Self::TinyCheck => "indicators-for-tinycheck.json",
        }
    }
}

impl fmt::Display for CommunityFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.file_name())
    }
}

/// A word that is no format of the community's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownFormat {
    /// What was asked for.
    pub asked: String,
    /// The format that was probably meant.
    pub suggestion: Option<CommunityFormat>,
}

impl fmt::Display for UnknownFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown format {:?}", self.asked)?;
        if let Some(suggestion) = self.suggestion {
            write!(f, ", did you mean {suggestion}?")?;
        }
        let names: Vec<_> = CommunityFormat::ALL.iter().map(|format| format.file_name()).collect();
        write!(f, " (known: {})", names.join(", "))
    }
}

impl std::error::Error for UnknownFormat {}

impl FromStr for CommunityFormat {
    type Err = UnknownFormat;

    fn from_str(word: &str) -> Result<Self, UnknownFormat> {
        let named = |name: &str| Self::ALL.into_iter().find(|format| format.file_name() == name);
        named(word).ok_or_else(|| UnknownFormat {
            asked: word.chars().take(80).collect(),
            suggestion: suggest::nearest(word, &Self::ALL.map(Self::file_name)).and_then(named),
        })
    }
}

/// The bytes of one file.
pub fn render(format: CommunityFormat, dataset: &Dataset) -> Vec<u8> {
    match format {
        CommunityFormat::Hosts => {
            let mut hosts: Vec<_> = stalkerware(dataset).flat_map(c2_domains).collect();
            hosts.sort_unstable();
            lines(hosts)
        }
        CommunityFormat::HostsFull => {
            lines(dataset.entries.iter().flat_map(c2_domains).collect::<BTreeSet<_>>())
        }
        CommunityFormat::NetworkCsv => network_csv(dataset),
        CommunityFormat::Quad9Blocklist => lines(stalkerware(dataset).flat_map(|entry| {
            c2_domains(entry).chain(entry.values(Field::Distribution).iter().map(String::as_str))
        })),
        CommunityFormat::IocYaml => yaml_write::write(dataset.of(List::Stalkerware)),
        CommunityFormat::WatchwareYaml => yaml_write::write(dataset.of(List::Watchware)),
        CommunityFormat::SamplesCsv => samples::write(&dataset.samples),
        CommunityFormat::TinyCheck => tinycheck::write(stalkerware(dataset)),
    }
}

fn stalkerware(dataset: &Dataset) -> impl Iterator<Item = &Entry> {
    dataset.entries.iter().filter(|entry| entry.class() == Class::Stalkerware)
}

fn c2_domains(entry: &Entry) -> impl Iterator<Item = &str> {
    entry.values(Field::C2Domains).iter().map(String::as_str)
}

fn lines<'a>(values: impl IntoIterator<Item = &'a str>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for value in values {
        bytes.extend_from_slice(value.as_bytes());
        bytes.push(b'\n');
    }
    bytes
}

/// Addresses under the misspelt key are here too. What is under distribution is printed as it is
/// listed, with the type `domain`, be it a host, an address or a URL: readers of this file expect it.
fn network_csv(dataset: &Dataset) -> Vec<u8> {
    let mut writer = samples::csv_writer();
    samples::record(&mut writer, &["type", "indicator", "app"]);
    for entry in stalkerware(dataset) {
        let mut rows = |field, type_of: fn(&str) -> &'static str| {
            for value in entry.values(field) {
                samples::record(&mut writer, &[type_of(value), value, &entry.name]);
            }
        };
        rows(Field::C2Domains, |_| "domain");
        rows(Field::C2Ips, address_type);
        rows(Field::C2Ip, address_type);
        rows(Field::Distribution, |_| "domain");
    }
    samples::finished(writer)
}

fn address_type(value: &str) -> &'static str {
    if value.contains(':') { "ipv6" } else { "ipv4" }
}
