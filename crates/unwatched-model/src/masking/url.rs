//! What in a URL belongs to one installation: who signs in, whose account, which token. The host
//! stays: whether it names somebody is the rule on held values.

use super::words::{
    ACCOUNT_ENDS, ACCOUNT_KEYS, DEGREE_KEYS, HOLDERS, MESSAGE_KEYS, NAME_KEYS, OWNERS, PERSONS,
    TOKEN_ENDS, TOKEN_KEYS, holds,
};
use super::{Found, Masked, encoded, named, services, text};

/// So many letters and digits of the base 16 are a device's or a session's mark.
const MARK_DIGITS: usize = 16;

/// From this length on a segment of letters and digits is a token and no name.
const TOKEN_CHARS: usize = 24;
const TOKEN_DIGITS: usize = 4;

/// The text with the URLs in it masked; `None` when nothing in them was.
pub(super) fn mask_urls(text: &str, found: &mut Found) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut changed = false;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        out.push_str(before);
        let ends = |c: char| c.is_whitespace() || c.is_control() || "\"'<>`\\^|".contains(c);
        let end = after.find(ends).unwrap_or(after.len());
        let end = next_url(&after[..end]).unwrap_or(end);
        let masked = mask_url(&after[..end], found);
        changed |= masked.is_some();
        out.push_str(masked.as_deref().unwrap_or(&after[..end]));
        rest = &after[end..];
    }
    out.push_str(rest);
    changed.then_some(out)
}

/// Where another URL begins inside one; it is looked at by itself.
fn next_url(url: &str) -> Option<usize> {
    let separator = url.find("://")?;
    let schemes = ["https", "http", "wss", "ws", "ftp"];
    let scheme = schemes.into_iter().find(|scheme| url[..separator].ends_with(scheme))?;
    Some(separator - scheme.len())
}

/// A URL behind its `://`.
fn mask_url(url: &str, found: &mut Found) -> Option<String> {
    let mut changed = false;
    let authority_end = url.find(['/', '?', '#']).unwrap_or(url.len());
    let (authority, rest) = url.split_at(authority_end);
    let mut out = match authority.rsplit_once('@') {
        Some((user, host)) if !user.is_empty() && !is_placeholder(user) => {
            found.add(Masked::Token, user);
            changed = true;
            format!("{}@{host}", Masked::Token.placeholder())
        }
        _ => authority.to_owned(),
    };
    let query_at = rest.find(['?', '#']).unwrap_or(rest.len());
    let (path, query) = rest.split_at(query_at);
    let host = authority.rsplit('@').next().unwrap_or_default();
    let host = host.split(':').next().unwrap_or_default().to_ascii_lowercase();
    let segments: Vec<&str> = path.split('/').collect();
    for (at, segment) in segments.iter().enumerate() {
        if at > 0 {
            out.push('/');
        }
        let before = at.checked_sub(1).map_or("", |before| segments[before]);
        let by_host = services::of_segment(&host, &segments, at);
        let is_half = is_half_of_place(&segments, at).then_some(Masked::Place);
        let kind = by_host.or(is_half).or_else(|| of_segment(before, segment));
        out.push_str(masked(kind, segment, found, &mut changed));
    }
    if is_shop(&host, path) {
        out.push_str(query);
    } else {
        out.push_str(&pairs(query, found, &mut changed));
    }
    changed.then_some(out)
}

/// An app's page in a shop: its `id` is the app's own.
fn is_shop(host: &str, path: &str) -> bool {
    host == "play.google.com" || (matches!(host, "details" | "search") && path.is_empty())
}

/// A text that is a path, perhaps with a query, without a host before it; `None` when nothing was
/// masked. Of its segments only who is named by a word for a person: most paths are of files.
pub(super) fn mask_path(text: &str, found: &mut Found) -> Option<String> {
    let (path, query) = text.split_at(text.find('?').unwrap_or(text.len()));
    let mut changed = false;
    let mut out = String::with_capacity(text.len());
    let mut before = "";
    for (at, segment) in path.split('/').enumerate() {
        if at > 0 {
            out.push('/');
        }
        let is_one = path.starts_with('/') && is_person(before, segment);
        out.push_str(masked(is_one.then_some(Masked::Name), segment, found, &mut changed));
        before = segment;
    }
    out.push_str(&pairs(query, found, &mut changed));
    changed.then_some(out)
}

/// What follows the path: keys and values, and the marks between them.
fn pairs(query: &str, found: &mut Found, changed: &mut bool) -> String {
    let mut out = String::new();
    let mut from = 0;
    for (at, mark) in query.match_indices(['?', '&', '#', ';']) {
        out.push_str(&pair(&query[from..at], found, changed));
        out.push_str(mark);
        from = at + mark.len();
    }
    out.push_str(&pair(&query[from..], found, changed));
    out
}

fn masked<'t>(
    kind: Option<Masked>,
    value: &'t str,
    found: &mut Found,
    changed: &mut bool,
) -> &'t str {
    let Some(kind) = kind else { return value };
    found.add(kind, value);
    *changed = true;
    kind.placeholder()
}

/// What a segment of a path is, by the one before it and by its own form.
fn of_segment(before: &str, segment: &str) -> Option<Masked> {
    if is_placeholder(segment) {
        return None;
    }
    let is_owned = OWNERS.iter().any(|word| before.eq_ignore_ascii_case(word));
    let has_digit = segment.bytes().any(|byte| byte.is_ascii_digit());
    // `/users/v2/` is a version, and `/device/register2` a word.
    let is_version = segment.len() <= 3 && segment.starts_with(['v', 'V']);
    let digits = segment.bytes().filter(u8::is_ascii_digit).count();
    let is_number = digits * 2 >= segment.len();
    if is_owned && has_digit && !is_version && (is_number || segment.len() >= 8) {
        return Some(Masked::Account);
    }
    if is_person(before, segment) {
        return Some(Masked::Name);
    }
    by_form(segment)
}

/// Whether a segment and the one beside it are degrees: `/52.520008/13.404954/`.
fn is_half_of_place(segments: &[&str], at: usize) -> bool {
    let is_fine = |at: usize| {
        segments.get(at).is_some_and(|segment| {
            let places = segment.split_once('.').map_or(0, |(_, places)| places.len());
            places >= 4 && is_degrees(segment)
        })
    };
    is_fine(at) && (is_fine(at + 1) || at.checked_sub(1).is_some_and(is_fine))
}

/// Whether a segment names a person, by the word before it and by how it is written.
fn is_person(before: &str, segment: &str) -> bool {
    let plain = encoded::plain(segment);
    if is_placeholder(segment) || named::is_of_programs(&plain) {
        return false;
    }
    let is_version = segment.len() <= 3 && segment.starts_with(['v', 'V']);
    let is_spaced = plain.contains(' ')
        && plain.split(' ').all(|word| {
            word.starts_with(char::is_uppercase) && word.chars().all(char::is_alphabetic)
        });
    (holds(PERSONS, before) && !is_version && plain.chars().any(char::is_alphabetic))
        || ((holds(HOLDERS, before) || is_spaced) && named::is_written_as_name(&plain))
        || (holds(HOLDERS, before) && named::is_by_given_name(&plain))
        // Whose pages they are: `/~jdoe`.
        || plain.strip_prefix('~').is_some_and(|name| name.starts_with(char::is_alphabetic))
}

/// What a value is, whatever stands before it.
fn by_form(value: &str) -> Option<Masked> {
    let plain = encoded::plain(value);
    if is_pair_of_degrees(&plain) {
        return Some(Masked::Place);
    }
    if is_own_number(&plain) {
        return Some(Masked::Phone);
    }
    let hidden = || (plain != value).then(|| text::named_in(&plain)).flatten();
    hidden()
        .or_else(|| encoded::named_in(&plain))
        .or_else(|| encoded::named_in(value))
        .or_else(|| is_random(value).then_some(Masked::Token))
}

/// `52.520008,13.404954`, also as maps write it: `@52.52,13.40,15z`, `loc:52.52,13.40(home)`.
fn is_pair_of_degrees(text: &str) -> bool {
    let text = text.trim_start_matches("loc:").trim_start_matches("geo:").trim_start_matches('@');
    let Some((north, rest)) = text.split_once([',', ';', ' ']) else { return false };
    let rest = rest.trim_start();
    let end = rest.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | '-' | '+'));
    let (east, behind) = rest.split_at(end.unwrap_or(rest.len()));
    let ends = behind.is_empty() || behind.starts_with([',', ';', '(', ' ', '|']);
    ends && is_degrees(north) && is_degrees(east)
}

/// A number between -180 and 180 with at least two places behind the point, and not zero.
fn is_degrees(text: &str) -> bool {
    let fine = text.split_once('.').is_some_and(|(_, places)| places.len() >= 2);
    let number = || text.parse::<f64>().ok();
    fine && number().is_some_and(|number| number != 0.0 && number.abs() <= 180.0)
}

/// A number as it is dialled: with the country before it, or with a zero.
fn is_own_number(plain: &str) -> bool {
    let plain = plain.trim();
    let number = plain.strip_prefix('+').or_else(|| plain.strip_prefix('0'));
    let digits = plain.bytes().filter(u8::is_ascii_digit).count();
    let is_of_number = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '-' | '(' | ')' | '/');
    number.is_some_and(|rest| {
        rest.starts_with(|c: char| ('1'..='9').contains(&c) || c == '0' || c == ' ')
    }) && (9..=15).contains(&digits)
        && plain.chars().skip(1).all(is_of_number)
}

/// `key=value` with the value masked where the key says that it is somebody's.
fn pair(pair: &str, found: &mut Found, changed: &mut bool) -> String {
    let Some((key, value)) = pair.split_once('=') else {
        let parted = pair.contains(['.', '_', '-']) && named::is_by_given_name(pair);
        return masked(parted.then_some(Masked::Name), pair, found, changed).to_owned();
    };
    let bare: String =
        key.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    let kind = if value.is_empty() || is_placeholder(value) {
        None
    } else if holds(TOKEN_KEYS, &bare) || TOKEN_ENDS.iter().any(|end| bare.ends_with(end)) {
        Some(Masked::Token)
    } else if holds(ACCOUNT_KEYS, &bare) || ACCOUNT_ENDS.iter().any(|end| bare.ends_with(end)) {
        Some(Masked::Account)
    } else if holds(NAME_KEYS, &bare) {
        Some(Masked::Name)
    } else if holds(MESSAGE_KEYS, &bare) {
        Some(Masked::Message)
    } else if holds(DEGREE_KEYS, &bare) && is_degrees(value) {
        Some(Masked::Place)
    } else {
        by_form(value)
    };
    format!("{key}={}", masked(kind, value, found, changed))
}

/// Whether a text is long, of letters and digits mixed: nobody's word.
fn is_random(text: &str) -> bool {
    let is_of_tokens =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b':');
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let is_mark = || {
        let hexadecimal = text.bytes().all(|byte| byte.is_ascii_hexdigit());
        hexadecimal && text.len() >= MARK_DIGITS && digits < text.len()
    };
    (text.len() >= TOKEN_CHARS || is_mark())
        && digits >= TOKEN_DIGITS
        && text.bytes().all(is_of_tokens)
        && text.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// What a program fills in later: `%s`, `{id}`, `$token`, `<id>`, `:id`.
fn is_placeholder(text: &str) -> bool {
    text.is_empty() || text.starts_with(['{', '$', '<', ':', '[']) || is_format(text)
}

/// `%s`, `%1$s`, `%02d`; what is only written with percent signs (`%4Aane`) is none.
fn is_format(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('%') else { return false };
    let is_letter = rest.get(..2).is_some_and(|code| {
        u8::from_str_radix(code, 16).is_ok_and(|byte| byte > b' ' && byte != 0x7f)
    });
    !is_letter || rest.len() == 2
}
