//! Which sightings are taken: counts that cannot point at a person.

use serde_json::Value;

/// No smaller count is taken.
const AT_LEAST: u64 = 10;

/// Whether a sighting can be shared, or why it cannot.
pub fn is_harmless(json: &str) -> Result<(), &'static str> {
    let sighting: Value = serde_json::from_str(json).map_err(|_| "it is not JSON")?;
    let has = |key: &str| sighting.get(key).is_some();
    if sighting.get("type").and_then(Value::as_str) != Some("sighting") {
        return Err("only sightings are taken here: hand in anything else in the inbox");
    }
    if sighting.get("count").and_then(Value::as_u64).unwrap_or(1) < AT_LEAST {
        return Err("a `count` below 10 may point at a person: add up over a longer time");
    }
    if sighting.get("summary").and_then(Value::as_bool) != Some(true) {
        return Err("say `summary: true`: counts over many, never one event");
    }
    if ["observed_data_refs", "where_sighted_refs", "description"].into_iter().any(has) {
        return Err("leave out who, where and what was observed: a count is enough");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_taken_and_events_are_not() {
        let sighting = |rest: &str| format!(r#"{{"type":"sighting"{rest}}}"#);
        assert!(is_harmless(&sighting(r#","count":12,"summary":true"#)).is_ok());
        for (json, why) in [
            (r#"{"type":"malware"}"#.to_owned(), "only sightings"),
            (sighting(""), "below 10"),
            (sighting(r#","count":9,"summary":true"#), "below 10"),
            (sighting(r#","count":12"#), "summary"),
            (sighting(r#","count":12,"summary":true,"description":"x""#), "leave out"),
        ] {
            assert!(is_harmless(&json).unwrap_err().contains(why), "{json}");
        }
    }
}
