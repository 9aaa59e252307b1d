//! The catalogue's files, as this build carries them: as they are written, for the digest, and as
//! JSON made of them by `build.rs`, for reading.

use serde::de::DeserializeOwned;

use super::CatalogueError;

macro_rules! catalogue_file {
    ($name:expr) => {
        include_str!(concat!("../../../../catalogue/", $name))
    };
}

macro_rules! list {
    ($name:literal) => {
        List {
            name: $name,
            written: catalogue_file!(concat!($name, ".toml")),
            json: include_str!(concat!(env!("OUT_DIR"), "/", $name, ".json")),
        }
    };
}

/// One file beside the rules.
#[derive(Debug, Clone, Copy)]
pub(crate) struct List {
    name: &'static str,
    pub(super) written: &'static str,
    json: &'static str,
}

impl List {
    /// What it holds.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, CatalogueError> {
        serde_json::from_str(self.json)
            .map_err(|error| CatalogueError::file(&format!("{}.toml", self.name), &error))
    }
}

pub(super) const COVERT_WORDS: List = list!("covert_words");
pub(super) const DISGUISES: List = list!("disguises");
pub(super) const ENDPOINTS: List = list!("endpoints");
pub(crate) const FRAMEWORKS: List = list!("frameworks");
pub(super) const LIBRARY_PREFIXES: List = list!("library_prefixes");
pub(super) const OBSERVABLE: List = list!("observable");
pub(crate) const PACKERS: List = list!("packers");
pub(super) const PLATFORM_CLASSES: List = list!("platform_classes");
pub(crate) const SERVICES: List = list!("services");
pub(crate) const SHARED_HOSTS: List = list!("shared_hosts");

/// In the order of the digest.
pub(super) const LISTS: [List; 10] = [
    LIBRARY_PREFIXES,
    PLATFORM_CLASSES,
    ENDPOINTS,
    DISGUISES,
    COVERT_WORDS,
    OBSERVABLE,
    SERVICES,
    SHARED_HOSTS,
    PACKERS,
    FRAMEWORKS,
];

/// The rules, in the order of reports; `catalogue/capabilities.toml` names the same files.
pub(super) const CAPABILITIES: [&str; 12] = [
    catalogue_file!("capabilities/keys.toml"),
    catalogue_file!("capabilities/messages.toml"),
    catalogue_file!("capabilities/calls.toml"),
    catalogue_file!("capabilities/recording.toml"),
    catalogue_file!("capabilities/location.toml"),
    catalogue_file!("capabilities/belongings.toml"),
    catalogue_file!("capabilities/remote.toml"),
    catalogue_file!("capabilities/stealth.toml"),
    catalogue_file!("capabilities/interference.toml"),
    catalogue_file!("capabilities/removal.toml"),
    catalogue_file!("capabilities/persistence.toml"),
    catalogue_file!("capabilities/self_description.toml"),
];

/// All of them.
pub(super) const RULES_JSON: &str = include_str!(concat!(env!("OUT_DIR"), "/capabilities.json"));

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::catalogue::{Catalogue, catalogue};

    #[test]
    fn the_files_are_those_that_the_index_names() {
        #[derive(serde::Deserialize)]
        struct Index {
            files: Vec<String>,
        }
        let index: Index = toml::from_str(catalogue_file!("capabilities.toml")).unwrap();
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../catalogue/capabilities");
        let read: Vec<String> = index
            .files
            .iter()
            .map(|name| std::fs::read_to_string(format!("{folder}/{name}.toml")).unwrap())
            .collect();
        assert_eq!(read, CAPABILITIES);
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), index.files.len());
    }

    #[test]
    fn what_is_read_is_what_is_written() {
        for list in LISTS {
            let written: Value = toml::from_str(list.written).unwrap();
            assert_eq!(list.read::<Value>().unwrap(), written, "{}", list.name);
        }
        let (libraries, endpoints) = (LIBRARY_PREFIXES.written, ENDPOINTS.written);
        let parsed = Catalogue::parse(&CAPABILITIES.concat(), libraries, endpoints);
        let parsed = parsed.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(parsed.rules, catalogue().rules);
        assert_eq!(parsed.signals, catalogue().signals);
    }
}
