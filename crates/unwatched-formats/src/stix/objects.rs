//! STIX objects as JSON, keys in one fixed order whatever else the build switches on.

use jiff::Timestamp;
use serde::Serialize;
use unwatched_model::pap::Pap;
use unwatched_model::tlp::Tlp;

use super::ids;

const SPEC_VERSION: &str = "2.1";

/// The bundle, one object a line: two releases can be compared line by line.
pub(super) fn bundle(id: &str, objects: &[StixObject]) -> Vec<u8> {
    let mut bytes = format!("{{\"type\":\"bundle\",\"id\":\"{id}\",\"objects\":[").into_bytes();
    for (position, object) in objects.iter().enumerate() {
        bytes.extend_from_slice(if position == 0 { b"\n" } else { b",\n" });
        serde_json::to_writer(&mut bytes, object).expect("plain data goes into memory");
    }
    bytes.extend_from_slice(b"\n]}\n");
    bytes
}

/// An object of any of the types written here; what a type does not have stays out.
#[derive(Default, Serialize)]
pub(super) struct StixObject {
    #[serde(rename = "type")]
    pub(super) object_type: &'static str,
    pub(super) spec_version: &'static str,
    pub(super) id: String,
    pub(super) created: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) modified: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) created_by_ref: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) aliases: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) identity_class: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) schema: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) extension_types: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) is_family: Option<bool>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) malware_types: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) indicator_types: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pattern: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pattern_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) valid_from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) relationship_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) source_ref: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) target_ref: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) report_types: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) published: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) object_refs: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) labels: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) external_references: Vec<ExternalReference>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) object_marking_refs: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) definition_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) definition: Option<Definition>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) extensions: Option<Extensions>,
}

/// Whose word it is.
#[derive(Serialize)]
pub(super) struct ExternalReference {
    pub(super) source_name: String,
    pub(super) description: &'static str,
}

/// What a marking of our own says.
#[derive(Serialize)]
pub(super) struct Definition {
    statement: &'static str,
}

#[derive(Serialize)]
pub(super) struct Extensions {
    #[serde(rename = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d")]
    tlp: TlpExtension,
}

#[derive(Serialize)]
pub(super) struct TlpExtension {
    extension_type: &'static str,
    tlp_2_0: String,
}

impl StixObject {
    /// What every object has.
    pub(super) fn new(
        object_type: &'static str,
        id: String,
        created: Timestamp,
        modified: Timestamp,
        tlp: Tlp,
    ) -> Self {
        Self {
            object_type,
            spec_version: SPEC_VERSION,
            id,
            created: time(created),
            modified: Some(time(modified.max(created))),
            object_marking_refs: vec![marking_id(tlp).to_owned()],
            ..Self::default()
        }
    }

    /// The object that a marking refers to, as OASIS published it.
    pub(super) fn marking(tlp: Tlp) -> Self {
        let tlp_extension = TlpExtension {
            extension_type: "property-extension",
            tlp_2_0: tlp.as_str().to_lowercase(),
        };
        Self {
            object_type: "marking-definition",
            spec_version: SPEC_VERSION,
            id: marking_id(tlp).to_owned(),
            created: "2022-10-01T00:00:00.000Z".to_owned(),
            name: Some(format!("TLP:{tlp}")),
            extensions: Some(Extensions { tlp: tlp_extension }),
            ..Self::default()
        }
    }

    /// What may be done with something: of PAP the standard has no marking, so it is a statement.
    pub(super) fn pap_marking(pap: Pap) -> Self {
        Self {
            object_type: "marking-definition",
            spec_version: SPEC_VERSION,
            id: pap_id(pap),
            created: "2026-01-01T00:00:00.000Z".to_owned(),
            name: Some(format!("PAP:{pap}")),
            definition_type: Some("statement"),
            definition: Some(Definition { statement: statement(pap) }),
            ..Self::default()
        }
    }
}

fn statement(pap: Pap) -> &'static str {
    match pap {
        Pap::Clear => "PAP:CLEAR. No limit on what is done with it.",
        Pap::Green => "PAP:GREEN. Active measures such as blocking are allowed.",
        Pap::Amber => {
            "PAP:AMBER. Only what the other side cannot notice: no blocking, no request to it."
        }
        Pap::Red => "PAP:RED. Only what stays inside: nothing that anybody outside could notice.",
    }
}

/// The id of our marking for it.
pub(super) fn pap_id(pap: Pap) -> String {
    ids::id("marking-definition", &["pap", pap.as_str()])
}

/// STIX writes times with milliseconds at least.
pub(super) fn time(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// The ids that OASIS published for TLP 2.0.
pub fn marking_id(tlp: Tlp) -> &'static str {
    match tlp {
        Tlp::Clear => "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
        Tlp::Green => "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
        Tlp::Amber => "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
        Tlp::AmberStrict => "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
        Tlp::Red => "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
    }
}
