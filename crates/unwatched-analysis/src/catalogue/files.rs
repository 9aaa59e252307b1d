//! The catalogue's files, as this build carries them.

macro_rules! catalogue_file {
    ($name:literal) => {
        include_str!(concat!("../../../../catalogue/", $name))
    };
}

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

pub(super) const LIBRARY_PREFIXES: &str = catalogue_file!("library_prefixes.toml");
pub(super) const PLATFORM_CLASSES: &str = catalogue_file!("platform_classes.toml");
pub(super) const ENDPOINTS: &str = catalogue_file!("endpoints.toml");

#[cfg(test)]
mod tests {
    use super::*;

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
}
