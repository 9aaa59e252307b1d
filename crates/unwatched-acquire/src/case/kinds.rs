//! What a stream's bytes are, under names that stay the same for as long as cases are read. They
//! are the artefact kinds of evidence in files, so that a phone on the desk and its files are judged
//! alike.

use serde::{Deserialize, Serialize};
use unwatched_device::evidence::{ArtefactKind, SettingsTable};

/// What a stream's bytes are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StreamKind {
    /// One that a parser reads.
    Artefact(ArtefactKind),
    /// A file of an app, for the analysis.
    App,
    /// Kept, but read by nobody; also what a later version wrote.
    Other(String),
}

impl StreamKind {
    /// `dumpsys` of one service.
    pub fn service(name: &str) -> Self {
        Self::Artefact(ArtefactKind::Service(name.to_owned()))
    }

    fn name(&self) -> String {
        match self {
            Self::Artefact(ArtefactKind::Service(service)) => format!("service:{service}"),
            Self::Artefact(kind) => match NAMES.iter().find(|(_, known)| known == kind) {
                Some((name, _)) => (*name).to_owned(),
                // Kinds of other tools' files, which no phone answers with.
                None => "other:".to_owned(),
            },
            Self::App => "app".to_owned(),
            Self::Other(what) => format!("other:{what}"),
        }
    }

    fn of_name(name: &str) -> Self {
        if name == "app" {
            return Self::App;
        }
        if let Some(service) = name.strip_prefix("service:") {
            return Self::service(service);
        }
        match NAMES.iter().find(|(known, _)| *known == name) {
            Some((_, kind)) => Self::Artefact(kind.clone()),
            None => Self::Other(name.strip_prefix("other:").unwrap_or(name).to_owned()),
        }
    }
}

const NAMES: [(&str, ArtefactKind); 15] = [
    ("dump", ArtefactKind::Dump),
    ("package_list", ArtefactKind::PackageList),
    ("getprop", ArtefactKind::Getprop),
    ("settings:global", ArtefactKind::Settings(SettingsTable::Global)),
    ("settings:secure", ArtefactKind::Settings(SettingsTable::Secure)),
    ("settings:system", ArtefactKind::Settings(SettingsTable::System)),
    ("mounts", ArtefactKind::Mounts),
    ("processes", ArtefactKind::Processes),
    ("service_list", ArtefactKind::ServiceList),
    ("selinux", ArtefactKind::Selinux),
    ("environment", ArtefactKind::Environment),
    ("logcat", ArtefactKind::Logcat),
    ("tombstone", ArtefactKind::Tombstone),
    ("anr_trace", ArtefactKind::AnrTrace),
    ("intrusion_log", ArtefactKind::IntrusionLog),
];

impl Serialize for StreamKind {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name())
    }
}

impl<'de> Deserialize<'de> for StreamKind {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::of_name(&String::deserialize(deserializer)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: &StreamKind, name: &str) {
        assert_eq!(kind.name(), name);
        assert_eq!(StreamKind::of_name(name), *kind);
    }

    #[test]
    fn every_kind_has_a_name_that_reads_back() {
        for (name, kind) in &NAMES {
            check(&StreamKind::Artefact(kind.clone()), name);
        }
        check(&StreamKind::service("device_policy"), "service:device_policy");
        check(&StreamKind::App, "app");
        check(&StreamKind::Other("appops queries".to_owned()), "other:appops queries");
    }

    #[test]
    fn what_a_later_version_wrote_is_kept_and_not_read() {
        assert_eq!(StreamKind::of_name("radio"), StreamKind::Other("radio".to_owned()));
    }
}
