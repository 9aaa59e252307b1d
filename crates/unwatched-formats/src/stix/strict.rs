//! The bundle that the standard's own validator takes: one indicator object per family, kind,
//! value and role, with whose word it is, how widely it may be known and what it does.
//!
//! A package's name is no property of any observable of STIX: it stands in an extension of
//! `software`, whose definition goes with it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use unwatched_model::class::Class;
use unwatched_model::indicator::{IndicatorKind, Role};
use unwatched_model::pap::Pap;
use unwatched_model::tlp::Tlp;

use super::objects::{self, ExternalReference, StixObject, pap_id, time};
use super::pattern::escaped;
use super::{ids, words};
use crate::feed::{Feed, FeedFamily, FeedRow};

/// The file's name in a release.
pub const STRICT_FILE_NAME: &str = "stalkerware-strict.stix2";

/// When the objects that never change were made.
const DRAWN: &str = "2026-01-01T00:00:00Z";
const SCHEMA: &str = "https://unwatched.example/stix/software-names-1.0.0.json";

/// Renders everything that a feed says.
pub fn strict_bundle(feed: &Feed<'_>) -> Vec<u8> {
    let mut builder = Builder::default();
    let mut rows: BTreeMap<usize, Vec<&FeedRow<'_>>> = BTreeMap::new();
    for row in &feed.rows {
        rows.entry(row.family).or_default().push(row);
    }
    for (at, family) in feed.families.iter().enumerate() {
        builder.family(family, rows.get(&at).map_or(&[][..], Vec::as_slice));
    }
    builder.finish()
}

#[derive(Default)]
struct Builder {
    objects: Vec<StixObject>,
    markings: BTreeSet<Tlp>,
    limits: BTreeSet<Pap>,
}

impl Builder {
    fn family(&mut self, family: &FeedFamily<'_>, rows: &[&FeedRow<'_>]) {
        let id = ids::malware_id(&family.family.id);
        let tlp = rows.iter().map(|row| row.tlp).min().unwrap_or(Tlp::Clear);
        let modified = rows.iter().map(|row| row.added).max().unwrap_or(family.created);
        let name = &family.family.name;
        let aliases = family.family.aliases.iter().filter(|alias| *alias != name);
        let said = words::class_sentence(family.class, family.judged, family.attributed);
        let is_spyware = family.class == Class::Stalkerware;
        self.add(
            tlp,
            StixObject {
                name: Some(name.clone()),
                description: Some(said),
                aliases: aliases.cloned().collect(),
                is_family: Some(true),
                malware_types: if is_spyware { vec!["spyware"] } else { Vec::new() },
                labels: vec![family.class.as_str().to_owned()],
                ..object("malware", id.clone(), family.created, modified, tlp)
            },
        );
        let mut visited: BTreeMap<Role, Vec<(String, &FeedRow<'_>)>> = BTreeMap::new();
        for row in rows {
            let indicator = self.indicator(family, row, &id);
            if words::is_visited(row.role) {
                visited.entry(row.role).or_default().push((indicator, row));
            }
        }
        for (role, listed) in visited {
            self.visited(family, role, &listed, &id);
        }
    }

    fn indicator(&mut self, family: &FeedFamily<'_>, row: &FeedRow<'_>, malware: &str) -> String {
        let id = format!("indicator--{}", row.id);
        let (kind, role) = (row.kind, row.role);
        let mut labels = vec![format!("role:{role}")];
        labels.extend(limit(row.pap).map(|pap| format!("pap:{}", pap.as_str().to_lowercase())));
        let sources = row.sources.iter().map(|source| ExternalReference {
            source_name: (*source).to_owned(),
            description: "states this indicator",
        });
        self.add_limited(
            row,
            StixObject {
                name: Some(format!("{kind} of {} ({role})", family.family.name)),
                description: Some(words::role_sentence(role, kind).to_owned()),
                indicator_types: vec![words::indicator_type(family.class, role)],
                pattern: Some(pattern(kind, row.value)),
                pattern_type: Some("stix"),
                valid_from: Some(time(row.added)),
                labels,
                external_references: sources.collect(),
                ..object("indicator", id.clone(), row.added, row.added, row.tlp)
            },
        );
        let relationship = ids::id("relationship", &[&id, "indicates", malware]);
        self.add_limited(
            row,
            StixObject {
                relationship_type: Some("indicates"),
                source_ref: Some(id.clone()),
                target_ref: Some(malware.to_owned()),
                ..object("relationship", relationship, row.added, row.added, row.tlp)
            },
        );
        id
    }

    /// What shows no more than a visit, brought together under a name that says so.
    fn visited(
        &mut self,
        family: &FeedFamily<'_>,
        role: Role,
        listed: &[(String, &FeedRow<'_>)],
        malware: &str,
    ) {
        let Some((_, first)) = listed.first() else { return };
        let id = ids::id("report", &[family.family.id.as_str(), role.as_str()]);
        let added = || listed.iter().map(|(_, row)| row.added);
        let created = added().min().unwrap_or(first.added);
        let tlp = listed.iter().map(|(_, row)| row.tlp).max().unwrap_or(first.tlp);
        let narrowest = listed.iter().map(|(_, row)| *row).max_by_key(|row| row.pap);
        let refs = listed.iter().map(|(id, _)| id.clone()).chain([malware.to_owned()]);
        self.add_limited(
            &FeedRow { tlp, ..narrowest.unwrap_or(first).clone() },
            StixObject {
                name: Some(words::visited_collection(&family.family.name, role)),
                description: Some(words::role_sentence(role, first.kind).to_owned()),
                report_types: vec!["indicator"],
                published: Some(time(created)),
                object_refs: refs.collect(),
                ..object("report", id, created, added().max().unwrap_or(created), tlp)
            },
        );
    }

    /// With the marking of what may be done with it, where that is less than a release allows.
    fn add_limited(&mut self, row: &FeedRow<'_>, mut object: StixObject) {
        if let Some(pap) = limit(row.pap) {
            object.object_marking_refs.push(pap_id(pap));
            self.limits.insert(pap);
        }
        self.add(row.tlp, object);
    }

    fn add(&mut self, tlp: Tlp, object: StixObject) {
        self.markings.insert(tlp);
        self.objects.push(object);
    }

    fn finish(self) -> Vec<u8> {
        let mut objects: Vec<_> = self.markings.into_iter().map(StixObject::marking).collect();
        objects.extend(self.limits.into_iter().map(StixObject::pap_marking));
        objects.extend([coalition(), names_of_software()]);
        objects.extend(self.objects);
        let versions: Vec<_> = objects
            .iter()
            .map(|object| format!("{} {}", object.id, object.modified.as_deref().unwrap_or("")))
            .collect();
        let id = ids::id("bundle", &versions.iter().map(String::as_str).collect::<Vec<_>>());
        objects::bundle(&id, &objects)
    }
}

/// What of PAP is said: less than a release allows.
fn limit(pap: Pap) -> Option<Pap> {
    (pap > Pap::Green).then_some(pap)
}

fn object(
    object_type: &'static str,
    id: String,
    created: Timestamp,
    modified: Timestamp,
    tlp: Tlp,
) -> StixObject {
    StixObject {
        created_by_ref: Some(coalition_id()),
        ..StixObject::new(object_type, id, created, modified, tlp)
    }
}

fn coalition_id() -> String {
    ids::id("identity", &["unwatched"])
}

fn drawn() -> Timestamp {
    DRAWN.parse().unwrap_or(Timestamp::UNIX_EPOCH)
}

fn coalition() -> StixObject {
    StixObject {
        name: Some("The partners of this Unwatched exchange".to_owned()),
        identity_class: Some("group"),
        ..StixObject::new("identity", coalition_id(), drawn(), drawn(), Tlp::Clear)
    }
}

fn extension_id() -> String {
    ids::id("extension-definition", &["software-names"])
}

fn names_of_software() -> StixObject {
    let words = "The name by which a system knows an app: `package_name` on Android, `bundle_id` \
                 on iOS.";
    StixObject {
        created_by_ref: Some(coalition_id()),
        name: Some("Names of apps".to_owned()),
        description: Some(words.to_owned()),
        schema: Some(SCHEMA),
        version: Some("1.0.0"),
        extension_types: vec!["property-extension"],
        ..StixObject::new("extension-definition", extension_id(), drawn(), drawn(), Tlp::Clear)
    }
}

/// One comparison in the words of the standard. `value` is the form compared.
fn pattern(kind: IndicatorKind, value: &str) -> String {
    let text = escaped(value);
    let of_software = |property: &str| {
        format!("[software:extensions.'{}'.{property} = '{text}']", extension_id())
    };
    match kind {
        IndicatorKind::Domain => format!("[domain-name:value = '{text}']"),
        IndicatorKind::Address if value.contains(':') => format!("[ipv6-addr:value = '{text}']"),
        IndicatorKind::Address => format!("[ipv4-addr:value = '{text}']"),
        IndicatorKind::Url => format!("[url:value = '{text}']"),
        IndicatorKind::Package => of_software("package_name"),
        IndicatorKind::IosBundle => of_software("bundle_id"),
        IndicatorKind::CertificateSha1 => {
            format!("[x509-certificate:hashes.'SHA-1' = '{text}']")
        }
        IndicatorKind::CertificateSha256 => {
            format!("[x509-certificate:hashes.'SHA-256' = '{text}']")
        }
        IndicatorKind::CertificateOrganisation => {
            format!("[x509-certificate:subject LIKE '%O={}%']", text.replace('%', "_"))
        }
        IndicatorKind::CertificateCommonNamePattern => {
            format!("[x509-certificate:subject MATCHES 'CN={text}']")
        }
        IndicatorKind::FileSha256 => format!("[file:hashes.'SHA-256' = '{text}']"),
    }
}
