//! What in a URL belongs to one installation: who signs in, whose account, which token. The host
//! stays: whether it names somebody is the rule on held values.

use super::{Found, Masked};

/// What comes after one of these words in a path is somebody's.
const OWNERS: [&str; 44] = [
    "u",
    "uid",
    "user",
    "users",
    "account",
    "accounts",
    "member",
    "members",
    "customer",
    "customers",
    "client",
    "clients",
    "device",
    "devices",
    "profile",
    "profiles",
    "child",
    "children",
    "target",
    "targets",
    "victim",
    "license",
    "licence",
    "licenses",
    "licences",
    "phone",
    "phones",
    "imei",
    "pair",
    "pairing",
    "code",
    "codes",
    "activate",
    "activation",
    "invite",
    "link",
    "serial",
    "session",
    "sessions",
    "token",
    "subscriber",
    "owner",
    "tracker",
    "family",
];

/// The values of these keys are somebody's.
const ACCOUNT_KEYS: [&str; 29] = [
    "id",
    "u",
    "uid",
    "user",
    "userid",
    "username",
    "login",
    "account",
    "accountid",
    "customer",
    "customerid",
    "client",
    "clientid",
    "member",
    "memberid",
    "device",
    "deviceid",
    "androidid",
    "imei",
    "imei1",
    "serial",
    "phone",
    "number",
    "msisdn",
    "email",
    "mail",
    "license",
    "licence",
    "target",
];

/// The values of these keys open something.
const TOKEN_KEYS: [&str; 22] = [
    "token",
    "accesstoken",
    "authtoken",
    "refreshtoken",
    "key",
    "apikey",
    "auth",
    "authorization",
    "secret",
    "clientsecret",
    "password",
    "passwd",
    "pass",
    "pwd",
    "pin",
    "session",
    "sessionid",
    "sid",
    "sig",
    "signature",
    "code",
    "licensekey",
];

/// A key that ends so is as good as the whole word: `X-Auth-Token`, `ownerPhoneNumber`.
const TOKEN_ENDS: [&str; 4] = ["token", "secret", "password", "apikey"];
const ACCOUNT_ENDS: [&str; 8] =
    ["imei", "serial", "deviceid", "androidid", "userid", "accountid", "phonenumber", "email"];

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
        let masked = mask_url(&after[..end], found);
        changed |= masked.is_some();
        out.push_str(masked.as_deref().unwrap_or(&after[..end]));
        rest = &after[end..];
    }
    out.push_str(rest);
    changed.then_some(out)
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
    let mut last = "";
    for (at, segment) in path.split('/').enumerate() {
        if at > 0 {
            out.push('/');
        }
        let kind = of_segment(last, segment);
        out.push_str(masked(kind, segment, found, &mut changed));
        last = segment;
    }
    out.push_str(&pairs(query, found, &mut changed));
    changed.then_some(out)
}

/// A text that is a path with a query, without a host before it; `None` when nothing was masked.
pub(super) fn mask_query(text: &str, found: &mut Found) -> Option<String> {
    let (path, query) = text.split_at(text.find('?')?);
    let mut changed = false;
    let masked = pairs(query, found, &mut changed);
    changed.then(|| format!("{path}{masked}"))
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
    is_random(segment).then_some(Masked::Token)
}

/// `key=value` with the value masked where the key says that it is somebody's.
fn pair(pair: &str, found: &mut Found, changed: &mut bool) -> String {
    let Some((key, value)) = pair.split_once('=') else { return pair.to_owned() };
    let bare: String =
        key.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    let kind = if value.is_empty() || is_placeholder(value) {
        None
    } else if TOKEN_KEYS.contains(&bare.as_str())
        || TOKEN_ENDS.iter().any(|end| bare.ends_with(end))
    {
        Some(Masked::Token)
    } else if ACCOUNT_KEYS.contains(&bare.as_str())
        || ACCOUNT_ENDS.iter().any(|end| bare.ends_with(end))
    {
        Some(Masked::Account)
    } else {
        is_random(value).then_some(Masked::Token)
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
    text.starts_with(['%', '{', '$', '<', ':', '[']) || text.is_empty()
}
