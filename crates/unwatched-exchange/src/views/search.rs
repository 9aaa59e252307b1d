//! Search results: what was found and where it says so, what it divides into, and what the person
//! has saved.

use askama::Template;
use unwatched_model::family::FamilyId;
use unwatched_store::{Facet, Hit, HitKind, SavedSearch, is_limit};

use crate::views::frame::Frame;
use crate::views::words;
use crate::views::wrong::Wrong;

/// A piece of a title, and whether it is what was searched for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) text: String,
    pub(crate) hit: bool,
}

pub(crate) struct HitLine {
    pub(crate) href: String,
    pub(crate) title: Vec<Part>,
    /// Whether the title or the id is just what was asked.
    pub(crate) exact: bool,
    pub(crate) kind: &'static str,
    /// Whose indicator it is.
    pub(crate) of: Option<FamilyId>,
}

impl HitLine {
    /// `None` for an indicator without a family to show it on.
    pub(crate) fn of(hit: Hit, query: &str) -> Option<Self> {
        let of = hit.family.clone().filter(|_| hit.kind == HitKind::Indicator);
        let href = match hit.kind {
            HitKind::Family => format!("/portal/families/{}", hit.id),
            HitKind::Sample => format!("/portal/samples/{}", hit.id),
            HitKind::Indicator => format!("/portal/families/{}#indicators", hit.family?),
        };
        let title = words::shown(&hit.title);
        let asked = query.trim();
        let exact = title.eq_ignore_ascii_case(asked) || hit.id.eq_ignore_ascii_case(asked);
        let title = marked(&title, query);
        Some(Self { href, title, exact, kind: hit.kind.as_str(), of })
    }
}

/// The title in parts, those that begin like a word of the query marked.
fn marked(title: &str, query: &str) -> Vec<Part> {
    let asked: Vec<String> = query
        .split_whitespace()
        .filter(|word| !is_limit(word))
        .flat_map(|word| word.split(|c: char| !c.is_alphanumeric()))
        .filter(|word| word.chars().count() > 1)
        .map(str::to_lowercase)
        .collect();
    let mut parts: Vec<Part> = Vec::new();
    let mut add = |text: &str, hit: bool| match parts.last_mut() {
        Some(last) if last.hit == hit => last.text.push_str(text),
        _ if text.is_empty() => {}
        _ => parts.push(Part { text: text.to_owned(), hit }),
    };
    for word in title.split_inclusive(|c: char| !c.is_alphanumeric()) {
        let lower = word.to_lowercase();
        // Lower case may be of another length: then nothing is cut where no character begins.
        let found = asked.iter().filter(|asked| lower.starts_with(asked.as_str()));
        let length = found.map(String::len).max().filter(|length| word.is_char_boundary(*length));
        let (begin, rest) = word.split_at(length.unwrap_or(0));
        add(begin, true);
        add(rest, false);
    }
    parts
}

/// A limit in the query, and the search without it.
pub(crate) struct Limit {
    pub(crate) words: String,
    pub(crate) without: String,
}

pub(crate) fn limits(query: &str) -> Vec<Limit> {
    let terms: Vec<_> = query.split_whitespace().collect();
    let limits = terms.iter().enumerate().filter(|(_, term)| is_limit(term));
    limits
        .map(|(place, term)| {
            let mut others = terms.clone();
            others.remove(place);
            Limit { words: words::shown(term), without: href(&others.join(" ")) }
        })
        .collect()
}

/// One way to divide what was found.
pub(crate) struct FacetView {
    pub(crate) name: &'static str,
    pub(crate) words: String,
    pub(crate) values: Vec<FacetValue>,
}

pub(crate) struct FacetValue {
    pub(crate) words: String,
    pub(crate) count: String,
    pub(crate) href: String,
}

/// What divides something: a facet with one value divides nothing, and one that the query already
/// limits is said by its limit.
pub(crate) fn facets(facets: &[Facet], query: &str) -> Vec<FacetView> {
    let asked = |name: &str| query.split_whitespace().any(|w| w.starts_with(&format!("{name}:")));
    let dividing = facets.iter().filter(|facet| facet.values.len() > 1 && !asked(facet.name));
    dividing
        .map(|facet| FacetView {
            name: facet.name,
            words: words::sentence(&words::plain(facet.name)),
            values: facet
                .values
                .iter()
                .take(8)
                .map(|(value, count, more)| FacetValue {
                    words: words::shown(&words::plain(value)),
                    count: format!(
                        "{}{}",
                        if *more { "more than " } else { "" },
                        words::grouped((*count).into())
                    ),
                    href: href(&format!("{query} {}:{value}", facet.name)),
                })
                .collect(),
        })
        .collect()
}

pub(crate) struct SavedLine {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) query: String,
    pub(crate) href: String,
}

impl From<SavedSearch> for SavedLine {
    fn from(saved: SavedSearch) -> Self {
        Self {
            id: saved.id,
            name: words::shown(&saved.name),
            href: href(&saved.query),
            query: words::shown(&saved.query),
        }
    }
}

/// The address of a search.
pub(crate) fn href(query: &str) -> String {
    format!("/portal/search?q={}", quoted(query.trim()))
}

/// Percent-encoded for a query.
pub(crate) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            quoted.push(char::from(byte));
        } else {
            quoted.push('%');
            quoted.push_str(&hex::encode_upper([byte]));
        }
    }
    quoted
}

#[derive(Template)]
#[template(path = "portal/search.html")]
pub(crate) struct SearchPageView {
    pub(crate) frame: Frame,
    pub(crate) wrong: Wrong,
    pub(crate) limits: Vec<Limit>,
    pub(crate) results: Vec<HitLine>,
    pub(crate) facets: Vec<FacetView>,
    pub(crate) next: Option<String>,
    /// Whether this is a person, who has searches of their own.
    pub(crate) may_save: bool,
    pub(crate) saved: Vec<SavedLine>,
    /// The name that was typed for a search that was not saved.
    pub(crate) name: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_survives_its_link() {
        assert_eq!(quoted("spy & hide+ é"), "spy%20%26%20hide%2B%20%C3%A9");
    }

    #[test]
    fn what_was_searched_for_is_marked_where_a_word_begins() {
        let check = |title: &str, query: &str, expected: &str| {
            let shown =
                |part: &Part| if part.hit { format!("[{}]", part.text) } else { part.text.clone() };
            assert_eq!(marked(title, query).iter().map(shown).collect::<String>(), expected);
        };
        check("Watch Alpha (com.watch)", "watch", "[Watch] Alpha (com.[watch])");
        check("Watch Alpha", "atch", "Watch Alpha");
        check("Watchful", "watch kind:sample", "[Watch]ful");
        check("sample one", "kind:sample", "sample one");
        check("İstanbul", "istanbul", "İstanbul");
        check("", "x", "");
    }

    #[test]
    fn a_limit_is_taken_away_alone() {
        let limits = limits("watch kind:sample year:2026");
        let without: Vec<_> = limits.iter().map(|limit| limit.without.as_str()).collect();
        assert_eq!(
            without,
            ["/portal/search?q=watch%20year%3A2026", "/portal/search?q=watch%20kind%3Asample"]
        );
    }
}
