//! One family as a MISP event: the app as an `android-app` object, hosts and addresses as
//! attributes. Numbers are strings, as MISP writes them.

use serde::{Deserialize, Serialize};
use unwatched_model::indicator::{IndicatorKind, Role};

use super::{Listed, comment, json};
use crate::feed::{FeedFamily, FeedRow, Sharing, identity};

/// The template of an app, as MISP publishes it.
const APP_TEMPLATE: &str = "92836f23-4730-4eae-82ac-9f00d5299735";
const APP_TEMPLATE_VERSION: &str = "2";

/// Who made it.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Org {
    name: String,
    uuid: String,
}

impl Org {
    fn ours() -> Self {
        Self { name: "Unwatched".to_owned(), uuid: identity::named("misp-org", &[]).to_string() }
    }
}

/// A tag.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Tag {
    name: String,
    colour: String,
}

fn tag(name: String, colour: &str) -> Tag {
    Tag { name, colour: colour.to_owned() }
}

#[derive(Serialize)]
struct Attribute {
    uuid: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    object_relation: Option<&'static str>,
    #[serde(rename = "type")]
    kind: &'static str,
    category: &'static str,
    value: String,
    to_ids: bool,
    disable_correlation: bool,
    comment: String,
    distribution: &'static str,
    first_seen: Option<String>,
    timestamp: String,
    deleted: bool,
    #[serde(rename = "Tag")]
    tags: Vec<Tag>,
}

#[derive(Serialize)]
struct Object {
    uuid: String,
    name: &'static str,
    #[serde(rename = "meta-category")]
    meta_category: &'static str,
    description: &'static str,
    template_uuid: &'static str,
    template_version: &'static str,
    comment: String,
    distribution: &'static str,
    timestamp: String,
    deleted: bool,
    #[serde(rename = "Attribute")]
    attributes: Vec<Attribute>,
    #[serde(rename = "ObjectReference")]
    references: Vec<()>,
}

#[derive(Serialize)]
pub(super) struct Event {
    uuid: String,
    info: String,
    date: String,
    timestamp: String,
    publish_timestamp: String,
    published: bool,
    analysis: &'static str,
    threat_level_id: &'static str,
    distribution: &'static str,
    #[serde(rename = "Orgc")]
    orgc: Org,
    #[serde(rename = "Tag")]
    tags: Vec<Tag>,
    #[serde(rename = "Attribute")]
    attributes: Vec<Attribute>,
    #[serde(rename = "Object")]
    objects: Vec<Object>,
}

/// Inherited from the event.
const INHERIT: &str = "5";

impl Event {
    /// The event, its own timestamps not said yet.
    pub(super) fn of(family: &FeedFamily<'_>, rows: &[FeedRow<'_>], uuid: &str) -> Self {
        let mut attributes = Vec::new();
        let mut of_app = vec![name_of(family)];
        for row in rows {
            let attribute = attribute(row);
            if attribute.object_relation.is_some() {
                of_app.push(attribute);
            } else {
                attributes.push(attribute);
            }
        }
        let id = family.family.id.as_str();
        let app = Object {
            uuid: identity::named("misp-app", &[id]).to_string(),
            name: "android-app",
            meta_category: "file",
            description: "Indicators related to an Android app",
            template_uuid: APP_TEMPLATE,
            template_version: APP_TEMPLATE_VERSION,
            comment: String::new(),
            distribution: INHERIT,
            timestamp: family.created.as_second().to_string(),
            deleted: false,
            attributes: of_app,
            references: Vec::new(),
        };
        Self {
            uuid: uuid.to_owned(),
            info: format!("{}: {}", family.family.name, class_words(family)),
            date: family.created.strftime("%Y-%m-%d").to_string(),
            timestamp: String::new(),
            publish_timestamp: String::new(),
            published: true,
            analysis: "2",
            threat_level_id: "2",
            distribution: "3",
            orgc: Org::ours(),
            tags: vec![
                tag("tlp:clear".to_owned(), "#ffffff"),
                tag(format!("unwatched:class=\"{}\"", family.class), "#44546a"),
            ],
            attributes,
            objects: vec![app],
        }
    }

    /// Says when it last changed.
    pub(super) fn date_to(&mut self, timestamp: &str) {
        timestamp.clone_into(&mut self.timestamp);
        timestamp.clone_into(&mut self.publish_timestamp);
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        #[derive(Serialize)]
        struct Document<'a> {
            #[serde(rename = "Event")]
            event: &'a Event,
        }
        json(&Document { event: self })
    }

    /// The values that consumers correlate by.
    pub(super) fn values(&self) -> impl Iterator<Item = &str> {
        let of_objects = self.objects.iter().flat_map(|object| &object.attributes);
        self.attributes
            .iter()
            .chain(of_objects)
            .filter(|attribute| !attribute.disable_correlation)
            .map(|attribute| attribute.value.as_str())
    }

    pub(super) fn listed(&self, timestamp: String, content: String) -> Listed {
        Listed {
            orgc: self.orgc.clone(),
            tags: self.tags.clone(),
            info: self.info.clone(),
            date: self.date.clone(),
            analysis: self.analysis.to_owned(),
            threat_level_id: self.threat_level_id.to_owned(),
            timestamp,
            unwatched_content: content,
        }
    }
}

fn class_words(family: &FeedFamily<'_>) -> String {
    if family.judged {
        return format!("{}, by the coalition's verdict", family.class);
    }
    let listed: Vec<_> =
        family.attributed.iter().map(|one| format!("{} as {}", one.source, one.class)).collect();
    format!("{}, listed by {}, not judged by the coalition", family.class, listed.join(" and by "))
}

/// The family's name, which the object asks for; no detection and no correlation by it.
fn name_of(family: &FeedFamily<'_>) -> Attribute {
    let mut comment = String::new();
    if !family.family.aliases.is_empty() {
        comment = format!("also {}", family.family.aliases.join(", "));
    }
    Attribute {
        uuid: identity::named("misp-name", &[family.family.id.as_str()]).to_string(),
        object_relation: Some("name"),
        kind: "text",
        category: "Other",
        value: family.family.name.clone(),
        to_ids: false,
        disable_correlation: true,
        comment,
        distribution: INHERIT,
        first_seen: None,
        timestamp: family.created.as_second().to_string(),
        deleted: false,
        tags: Vec::new(),
    }
}

fn attribute(row: &FeedRow<'_>) -> Attribute {
    let (object_relation, kind, category) = form(row);
    Attribute {
        uuid: row.id.to_string(),
        object_relation,
        kind,
        category,
        value: row.value.to_owned(),
        to_ids: is_for_detection(row),
        disable_correlation: row.sharing != Sharing::Own
            || kind == "text" && object_relation.is_none(),
        comment: comment(row),
        distribution: INHERIT,
        first_seen: None,
        timestamp: row.added.as_second().to_string(),
        deleted: false,
        tags: vec![
            tag(format!("tlp:{}", row.tlp.to_string().to_lowercase()), "#ffffff"),
            tag(format!("unwatched:role=\"{}\"", row.role), "#5b9bd5"),
        ],
    }
}

/// A visit is no app, a shared host is everybody's, and MISP compares no patterns.
fn is_for_detection(row: &FeedRow<'_>) -> bool {
    !matches!(row.role, Role::Website | Role::Distribution)
        && row.may_be_blocked()
        && !matches!(
            row.kind,
            IndicatorKind::CertificateOrganisation | IndicatorKind::CertificateCommonNamePattern
        )
}

/// Where it stands in the app's object, its type and its category.
fn form(row: &FeedRow<'_>) -> (Option<&'static str>, &'static str, &'static str) {
    match row.kind {
        IndicatorKind::Domain => (None, host_type(row.value), "Network activity"),
        IndicatorKind::Address => (None, "ip-dst", "Network activity"),
        IndicatorKind::Url => (None, "url", "Network activity"),
        IndicatorKind::Package => (Some("appid"), "text", "Payload delivery"),
        IndicatorKind::CertificateSha1 => (Some("certificate"), "sha1", "Payload delivery"),
        IndicatorKind::CertificateSha256 => {
            (Some("certificate-sha256"), "sha256", "Payload delivery")
        }
        IndicatorKind::FileSha256 => (Some("sha256"), "sha256", "Payload delivery"),
        IndicatorKind::IosBundle => (None, "mobile-application-id", "Payload delivery"),
        IndicatorKind::CertificateOrganisation | IndicatorKind::CertificateCommonNamePattern => {
            (None, "text", "Other")
        }
    }
}

/// A registered name is a `domain`, a name below one a `hostname`.
fn host_type(host: &str) -> &'static str {
    if psl::domain_str(host).is_none_or(|registered| registered == host) {
        "domain"
    } else {
        "hostname"
    }
}
