//! What a client sends: an envelope of STIX objects. Each object is looked at by itself, so that
//! one bad object is refused alone; its bytes are kept as they came.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use serde_json::value::RawValue;

use super::ijson;
use super::time;

/// The largest object, in bytes: a page holds several.
pub const MAX_OBJECT_BYTES: usize = 1 << 20;
/// So many objects in one envelope.
pub const MAX_OBJECTS: usize = 100_000;
/// The longest type of STIX, in bytes.
const MAX_TYPE_BYTES: usize = 250;

/// Why an envelope is refused as a whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// It is not JSON.
    #[error("the body is not JSON: {0}")]
    NotJson(String),
    /// It is JSON of another kind.
    #[error("the body is no envelope: {0}")]
    NotAnEnvelope(String),
}

/// What an object says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Its id.
    pub id: String,
    /// Its type.
    pub object_type: String,
    /// Its version as written, `modified` or else `created`; `None` for what has no versions.
    pub version: Option<String>,
    /// The version in a form in which texts are in the order of times.
    pub version_key: Option<String>,
    /// The version of STIX it is written in.
    pub spec_version: String,
}

/// An object that is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Its id, where it has one.
    pub id: Option<String>,
    /// Its version, where it has one.
    pub version: Option<String>,
    /// Why.
    pub why: String,
}

/// How much is asked of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strictness {
    /// What STIX asks: of what a client sends.
    Stix,
    /// What it takes to serve it: of what another server served already.
    Served,
}

#[derive(Deserialize)]
struct Outer<'a> {
    #[serde(borrow)]
    objects: Option<&'a RawValue>,
}

/// The objects of an envelope, each as its own JSON.
pub fn objects(body: &[u8]) -> Result<Vec<&str>, EnvelopeError> {
    let not_json = |error: serde_json::Error| EnvelopeError::NotJson(error.to_string());
    let no_envelope = |why: &str| EnvelopeError::NotAnEnvelope(why.to_owned());
    let text = std::str::from_utf8(body)
        .map_err(|error| EnvelopeError::NotJson(format!("it is not UTF-8: {error}")))?;
    if !text.trim_start_matches([' ', '\t', '\r', '\n']).starts_with('{') {
        serde_json::from_str::<IgnoredAny>(text).map_err(not_json)?;
        return Err(no_envelope("expected an object with a list `objects`"));
    }
    let outer: Outer<'_> = match serde_json::from_str(text) {
        Ok(outer) => outer,
        Err(error) => {
            serde_json::from_str::<IgnoredAny>(text).map_err(not_json)?;
            return Err(EnvelopeError::NotAnEnvelope(error.to_string()));
        }
    };
    let list = outer.objects.ok_or_else(|| no_envelope("it has no `objects`"))?;
    let objects: Vec<&RawValue> = serde_json::from_str(list.get())
        .map_err(|_| no_envelope("`objects` is not a list of STIX objects"))?;
    if objects.is_empty() {
        return Err(no_envelope("`objects` is empty"));
    }
    if objects.len() > MAX_OBJECTS {
        return Err(EnvelopeError::NotAnEnvelope(format!(
            "it holds {} objects: send at most {MAX_OBJECTS} at once",
            objects.len()
        )));
    }
    Ok(objects.into_iter().map(RawValue::get).collect())
}

/// What one object says of itself, or why it is refused.
pub fn head(json: &str, strictness: Strictness) -> Result<Head, Refused> {
    let refused = |why: String| Refused { id: None, version: None, why };
    if json.len() > MAX_OBJECT_BYTES {
        return Err(refused(format!(
            "it is {} bytes long: at most {MAX_OBJECT_BYTES}",
            json.len()
        )));
    }
    let names = ["type", "id", "spec_version", "created", "modified"];
    let entries = ijson::entries(json, names).map_err(|error| refused(error.to_string()))?;
    let texts = entries.0.map(|value| match value {
        Some(Value::String(text)) => Some(Ok(text)),
        Some(_) => Some(Err(())),
        None => None,
    });
    let [object_type, id, spec_version, created, modified] = texts;
    let written = |text: &Option<Result<String, ()>>| text.as_ref()?.as_ref().ok().cloned();
    let (id_written, version_written) =
        (written(&id), written(&modified).or_else(|| written(&created)));
    let refused = |why: &str| Refused {
        id: id_written.clone().filter(|id| id.len() <= 300),
        version: version_written.clone().filter(|version| version.len() <= 64),
        why: why.to_owned(),
    };
    let text = |found: Option<Result<String, ()>>, name: &str| match found {
        Some(Ok(text)) => Ok(Some(text)),
        Some(Err(())) => Err(refused(&format!("`{name}` is not a text"))),
        None => Ok(None),
    };
    let is_stix = strictness == Strictness::Stix;
    let object_type = text(object_type, "type")?;
    if object_type.is_none() && is_stix {
        return Err(refused("it has no `type`"));
    }
    let id = text(id, "id")?.ok_or_else(|| refused("it has no `id`"))?;
    // Where another server served it without one, its id tells, or nothing does.
    let of_id = || id.split_once("--").map(|(of_type, _)| of_type.to_owned());
    let object_type = object_type.or_else(of_id).unwrap_or_default();
    let spec_version = text(spec_version, "spec_version")?;
    let (created, modified) = (text(created, "created")?, text(modified, "modified")?);
    if !is_type(&object_type) && is_stix {
        return Err(refused("`type` is no name of a STIX type"));
    }
    if object_type == "bundle" {
        return Err(refused("a bundle is no STIX object: send the objects in it"));
    }
    is_id(&id, &object_type, is_stix).map_err(|why| refused(&why))?;
    let has_created = created.is_some();
    let version = modified.clone().or(created);
    let key = version.as_deref().map(time::parse_utc);
    if matches!(key, Some(None)) && is_stix {
        return Err(refused("`modified` or `created` is not a time in UTC of RFC 3339"));
    }
    let is_versioned = VERSIONED.contains(&object_type.as_str());
    if is_stix && is_versioned && modified.is_none() {
        return Err(refused("it has no `modified`, which its type has"));
    }
    let spec_version = spec_version.unwrap_or_else(|| {
        // Observables of STIX 2.1 need not say it; objects of STIX 2.0 cannot.
        if has_created { "2.0".to_owned() } else { "2.1".to_owned() }
    });
    if !matches!(spec_version.as_str(), "2.0" | "2.1") {
        return Err(refused("`spec_version` is neither 2.1 nor 2.0"));
    }
    // What another server served with an odd version keeps it, as its own text.
    let version_key = key.map(|key| key.map(time::key).or_else(|| version.clone()));
    Ok(Head { id, object_type, version_key: version_key.flatten(), version, spec_version })
}

fn is_type(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (3..=MAX_TYPE_BYTES).contains(&text.len()) && text.chars().all(is_part)
}

fn is_id(id: &str, object_type: &str, is_stix: bool) -> Result<(), String> {
    let is_part = |c: char| c.is_ascii_graphic() && !matches!(c, '/' | '?' | '#' | '%' | ',');
    if id.is_empty() || id.len() > 300 || !id.chars().all(is_part) {
        return Err("`id` is no STIX id".to_owned());
    }
    if !is_stix {
        return Ok(());
    }
    let (of_type, uuid) = id.split_once("--").ok_or("`id` is not type--UUID")?;
    if of_type != object_type {
        return Err(format!("`id` is of {of_type:?}, and the object is of {object_type:?}"));
    }
    let is_uuid = uuid.len() == 36 && uuid::Uuid::try_parse(uuid).is_ok();
    if is_uuid { Ok(()) } else { Err("`id` does not end with a UUID".to_owned()) }
}

/// The types of STIX that have versions.
const VERSIONED: [&str; 23] = [
    "attack-pattern",
    "campaign",
    "course-of-action",
    "extension-definition",
    "grouping",
    "identity",
    "incident",
    "indicator",
    "infrastructure",
    "intrusion-set",
    "language-content",
    "location",
    "malware",
    "malware-analysis",
    "note",
    "observed-data",
    "opinion",
    "relationship",
    "report",
    "sighting",
    "threat-actor",
    "tool",
    "vulnerability",
];

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "indicator--252c7c11-daf2-42bd-843b-be65edca9f61";

    fn object(rest: &str) -> String {
        format!(r#"{{"type":"indicator","id":"{ID}"{rest}}}"#)
    }

    #[test]
    fn objects_come_out_as_they_were_written() {
        let body = br#" { "more": false, "objects": [ {"b" : 1.0}, 7,"x" ], "x_y": [] } "#;
        assert_eq!(objects(body).unwrap(), [r#"{"b" : 1.0}"#, "7", "\"x\""]);
    }

    #[test]
    fn what_is_no_json_is_told_from_what_is_no_envelope() {
        let deep = "[".repeat(1_000_000);
        for body in ["", "{", "{\"objects\":[}", "nonsense", "{} {}", deep.as_str(), "\u{feff}{}"] {
            let error = objects(body.as_bytes()).unwrap_err();
            assert!(matches!(error, EnvelopeError::NotJson(_)), "{error}");
        }
        assert!(matches!(objects(b"\"\xff\""), Err(EnvelopeError::NotJson(_))));
        let others = [
            "[]",
            "1",
            "null",
            "\"x\"",
            "{}",
            r#"{"objects":{}}"#,
            r#"{"objects":"x"}"#,
            r#"{"objects":null}"#,
            r#"{"objects":[]}"#,
            r#"{"Objects":[{}]}"#,
            r#"{"objects":[{}],"objects":[{}]}"#,
            r#"[[{"type":"indicator"}]]"#,
        ];
        for body in others {
            let error = objects(body.as_bytes()).unwrap_err();
            assert!(matches!(error, EnvelopeError::NotAnEnvelope(_)), "{body}: {error}");
        }
    }

    #[test]
    fn what_an_object_says_of_itself() {
        let found = head(
            &object(r#","spec_version":"2.1","created":"2026-01-05T09:00:00Z","modified":"2026-01-06T09:00:00.5Z""#),
            Strictness::Stix,
        )
        .unwrap();
        assert_eq!(found.version.as_deref(), Some("2026-01-06T09:00:00.5Z"));
        assert_eq!(found.version_key.as_deref(), Some("2026-01-06T09:00:00.500000000Z"));
        assert_eq!(found.spec_version, "2.1");
        let observable = r#"{"type":"url","id":"url--252c7c11-daf2-52bd-843b-be65edca9f61","value":"https://a.example"}"#;
        let found = head(observable, Strictness::Stix).unwrap();
        assert_eq!((found.version, found.spec_version.as_str()), (None, "2.1"));
        let old = object(r#","created":"2026-01-05T09:00:00Z","modified":"2026-01-05T09:00:00Z""#);
        assert_eq!(head(&old, Strictness::Stix).unwrap().spec_version, "2.0");
        let odd =
            r#"{"type":"X","id":"X--1","modified":"lately","created":"2026-01-05T09:00:00Z"}"#;
        assert!(head(odd, Strictness::Stix).is_err());
        let found = head(odd, Strictness::Served).unwrap();
        assert_eq!(found.version_key.as_deref(), Some("lately"));
        // What its id says counts where it does not say so itself.
        let untyped = r#"{"id": "indicator--a", "name": "x"}"#;
        assert_eq!(head(untyped, Strictness::Served).unwrap().object_type, "indicator");
        assert!(head(untyped, Strictness::Stix).unwrap_err().why.contains("no `type`"));
    }

    #[test]
    fn a_bad_object_is_refused_by_its_reason() {
        let check = |json: &str, why: &str| {
            let refused = head(json, Strictness::Stix).unwrap_err();
            assert!(refused.why.contains(why), "{json}: {}", refused.why);
        };
        check("7", "expected a JSON object");
        check("[]", "expected a JSON object");
        check("{}", "no `type`");
        check(r#"{"type":"indicator"}"#, "no `id`");
        check(r#"{"type":7,"id":"x"}"#, "`type` is not a text");
        check(r#"{"type":"Indicator","id":"x"}"#, "no name of a STIX type");
        check(
            r#"{"type":"malware","id":"indicator--252c7c11-daf2-42bd-843b-be65edca9f61"}"#,
            "`id` is of",
        );
        check(r#"{"type":"malware","id":"malware--1"}"#, "UUID");
        check(r#"{"type":"malware","id":"malware--../x"}"#, "no STIX id");
        check(r#"{"type":"bundle","id":"bundle--252c7c11-daf2-42bd-843b-be65edca9f61"}"#, "bundle");
        check(&object(r#","created":"2026-01-05T09:00:00Z""#), "no `modified`");
        check(&object(r#","modified":"today""#), "not a time");
        check(&object(r#","modified":"2026-01-05T09:00:00Z","spec_version":"3.0""#), "neither");
        check(&object(r#","id":"x""#), "stands twice");
        check(&object(r#","a":{"b":1,"b":2}"#), "stands twice");
        check(&object(r#","name":"\ud800""#), "hex escape");
        check(&object(r#","confidence":1e999"#), "out of range");
        check(&object(&format!(r#","a":{}{}"#, "[".repeat(200), "]".repeat(200))), "recursion");
        let large = object(&format!(r#","name":"{}""#, "x".repeat(MAX_OBJECT_BYTES)));
        check(&large, "bytes long");
    }
}
