//! Media types: what an `Accept` header takes, and what a `Content-Type` says.

/// What every answer is.
pub const TAXII: &str = "application/taxii+json;version=2.1";
/// What objects of STIX 2.1 are.
pub const STIX_2_1: &str = "application/stix+json;version=2.1";

const ESSENCE: &str = "application/taxii+json";
const VERSION: &str = "2.1";
/// No header is read further.
const MAX_RANGES: usize = 64;

/// One media range or type: its name, its version where it says one, and how much it is wanted.
#[derive(Debug)]
struct Media<'a> {
    name: &'a str,
    version: Option<&'a str>,
    is_wanted: bool,
}

/// Whether TAXII 2.1 may be answered. No header, or an empty one, takes everything; of several
/// ranges that fit, the most specific one decides.
pub fn is_accepted(accept: &str) -> bool {
    if accept.trim().is_empty() {
        return true;
    }
    let ranges = split(accept, ',').take(MAX_RANGES).filter_map(media);
    let fitting = ranges.filter_map(|media| Some((specificity(&media)?, media.is_wanted)));
    // Of two equal ones the wanted one counts.
    fitting.max().is_some_and(|(_, is_wanted)| is_wanted)
}

/// Whether a body of this type is an envelope of TAXII 2.1.
pub fn is_envelope(content_type: &str) -> bool {
    media(content_type).is_some_and(|media| {
        media.name.eq_ignore_ascii_case(ESSENCE)
            && media.version.is_none_or(|version| version == VERSION)
    })
}

/// How exactly a range names TAXII 2.1; `None` when it does not.
fn specificity(media: &Media<'_>) -> Option<u8> {
    if media.name.eq_ignore_ascii_case(ESSENCE) {
        return match media.version {
            Some(VERSION) => Some(3),
            Some(_) => None,
            None => Some(2),
        };
    }
    match media.name {
        "*/*" => Some(0),
        name if name.eq_ignore_ascii_case("application/*") => Some(1),
        _ => None,
    }
}

fn media(text: &str) -> Option<Media<'_>> {
    let mut parts = split(text, ';').map(str::trim);
    let name = parts.next().filter(|name| name.contains('/'))?;
    let mut media = Media { name, version: None, is_wanted: true };
    for part in parts {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        let value = value.trim().trim_matches('"');
        match key.trim() {
            key if key.eq_ignore_ascii_case("version") => media.version = Some(value),
            key if key.eq_ignore_ascii_case("q") => {
                media.is_wanted = value.parse::<f32>().is_ok_and(|q| q > 0.0);
            }
            _ => {}
        }
    }
    Some(media)
}

/// Splits where the separator stands outside of quotes.
fn split(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut is_quoted = false;
    text.split(move |c| {
        is_quoted ^= c == '"';
        c == separator && !is_quoted
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_accept_header_takes() {
        let yes = [
            "",
            "*/*",
            "application/*",
            "application/taxii+json",
            "application/taxii+json;version=2.1",
            "application/taxii+json; version=2.1",
            "Application/TAXII+JSON ; Version=\"2.1\"",
            "text/html, application/taxii+json;version=2.1;q=0.1",
            "application/taxii+json;version=2.0, application/taxii+json;version=2.1",
            "application/taxii+json;version=2.1,application/stix+json;version=2.1",
            "application/json;q=0.9, */*;q=0.1",
        ];
        for accept in yes {
            assert!(is_accepted(accept), "{accept}");
        }
        let no = [
            "application/json",
            "text/html",
            "application/stix+json;version=2.1",
            "application/taxii+json;version=2.0",
            "application/taxii+json;version=21",
            "application/taxii+json;version=2.1;q=0",
            "application/taxii+json;q=0, */*",
            "application/vnd.oasis.taxii+json; version=2.0",
            "application/taxii+jsonx",
            ";;;",
            "application/x;a=\",application/taxii+json,\"",
        ];
        for accept in no {
            assert!(!is_accepted(accept), "{accept}");
        }
    }

    #[test]
    fn what_is_an_envelope() {
        let yes = [
            "application/taxii+json;version=2.1",
            "application/taxii+json",
            "application/taxii+json; charset=utf-8; version=2.1",
        ];
        assert!(yes.into_iter().all(is_envelope));
        let no = ["", "application/json", "application/taxii+json;version=2.0", "*/*"];
        assert!(!no.into_iter().any(is_envelope));
    }
}
