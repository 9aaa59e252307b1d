//! Addresses in a text: URLs anywhere in it; a bare domain or IP address only where it is the
//! whole text, because programs are full of `com.example.Class` and `1.2.3.4` that are none.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::catalogue::EndpointRules;

const LONGEST_URL: usize = 2048;
/// How many URLs of one text are looked at.
const MOST_URLS: usize = 50;
const LONGEST_DOMAIN: usize = 253;

/// Hands every address in `text` to `found` as `url`, `domain` or `address`.
pub(crate) fn search(text: &str, rules: &EndpointRules, mut found: impl FnMut(&'static str, &str)) {
    let mut any_url = false;
    for separator in memchr::memmem::find_iter(text.as_bytes(), b"://").take(MOST_URLS) {
        if let Some(url) = url_at(text, separator, rules) {
            any_url = true;
            found("url", url);
        }
    }
    let whole = text.trim();
    if any_url || whole.len() > LONGEST_DOMAIN + 6 || !whole.contains('.') {
        return;
    }
    if let Some(kind) = bare(whole, rules) {
        found(kind, whole);
    }
}

/// Whether a bare domain is rather a file's name, in texts that are full of those.
pub(crate) fn is_file_name(domain: &str, rules: &EndpointRules) -> bool {
    let ending = domain.rsplit('.').next().unwrap_or_default();
    rules.file_endings.iter().any(|known| known == ending)
}

/// The URL around the `://` at `separator`, if it leads somewhere.
fn url_at<'t>(text: &'t str, separator: usize, rules: &EndpointRules) -> Option<&'t str> {
    let before = &text[..separator];
    let scheme_at = before
        .rfind(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '+' | '-'))
        .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
    let scheme = before[scheme_at..].to_ascii_lowercase();
    if !rules.schemes.contains(&scheme) {
        return None;
    }
    let rest = &text[separator + 3..];
    let rest = &rest[..rest.floor_char_boundary(LONGEST_URL + 1)];
    let ends = |c: char| c.is_whitespace() || c.is_control() || "\"'<>`\\^|(){}[]".contains(c);
    // Brackets belong to a URL only around an IPv6 host.
    let host_end = rest.strip_prefix('[').and_then(|v6| v6.find(']')).map_or(0, |at| at + 2);
    let end = rest[host_end..].find(ends).map_or(rest.len(), |at| host_end + at);
    let rest = rest[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', '*']);
    if end > LONGEST_URL {
        return None;
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let url = &text[scheme_at..separator + 3 + rest.len()];
    let ignored = rules.ignored_urls.iter().any(|ignored| url.starts_with(ignored.as_str()));
    (!ignored && leads_somewhere(host, rules)).then_some(url)
}

/// Whether a URL's host, perhaps with a port, is one on a network.
fn leads_somewhere(host: &str, rules: &EndpointRules) -> bool {
    if let Some(v6) = host.strip_prefix('[') {
        let address = v6.split(']').next().and_then(|v6| v6.parse::<Ipv6Addr>().ok());
        return address.is_some_and(|address| !address.is_loopback() && !address.is_unspecified());
    }
    let Some(name) = without_port(host) else { return false };
    if let Ok(address) = name.parse::<Ipv4Addr>() {
        return !address.is_loopback() && !address.is_unspecified();
    }
    let name = name.to_ascii_lowercase();
    let known_form = is_domain(&name) && !name.rsplit('.').next().is_some_and(is_number);
    known_form && !rules.ignored_hosts.iter().any(|ignored| is_or_is_under(&name, ignored))
}

/// What a whole text is: a `domain`, an `address` or neither. Either may have a port and a path.
fn bare(text: &str, rules: &EndpointRules) -> Option<&'static str> {
    let host = text.split('/').next().unwrap_or_default();
    let name = without_port(host)?;
    let has_port = name.len() < host.len();
    if let Ok(address) = name.parse::<Ipv4Addr>() {
        return is_plausible_address(address, has_port).then_some("address");
    }
    (host.len() == text.len() || text.starts_with("www.") || has_port)
        .then_some(())
        .filter(|()| is_plausible_domain(name, rules))
        .map(|()| "domain")
}

fn is_plausible_domain(name: &str, rules: &EndpointRules) -> bool {
    if name.len() > LONGEST_DOMAIN
        || !is_domain(name)
        || name.bytes().any(|b| b.is_ascii_uppercase())
    {
        return false;
    }
    let labels: Vec<&str> = name.split('.').collect();
    let (Some(first), Some(last)) = (labels.first(), labels.last()) else { return false };
    let listed = |list: &[String], label: &str| list.iter().any(|known| known == label);
    let common = listed(&rules.top_level, last);
    let ambiguous = listed(&rules.ambiguous_top_level, last);
    // `com.vendor.app` is a package although `app` is a top-level domain.
    let is_package = labels.len() > 1
        && (listed(&rules.package_roots, first)
            || (labels.len() > 2
                && (listed(&rules.top_level, first) || listed(&rules.ambiguous_top_level, first))));
    let ignored = rules.ignored_hosts.iter().any(|ignored| is_or_is_under(name, ignored))
        || listed(&rules.file_names, name);
    (common || (ambiguous && labels.len() > 2))
        && !is_package
        && !ignored
        && has_public_suffix(name)
        && labels[labels.len() - 2].len() > 1
        && !name.contains('_')
}

/// Whether names are given out under its end, by the public suffix list; or never: `example` is
/// reserved, and `onion` has no registry.
fn has_public_suffix(name: &str) -> bool {
    let is_listed = psl::suffix(name.as_bytes()).is_some_and(|suffix| suffix.is_known());
    let ending = name.rsplit('.').next().unwrap_or_default();
    is_listed || ["example", "onion"].iter().any(|kept| ending.eq_ignore_ascii_case(kept))
}

/// A version number and an object identifier look like addresses: small numbers only count
/// with a port.
fn is_plausible_address(address: Ipv4Addr, has_port: bool) -> bool {
    let [first, second, ..] = address.octets();
    if address.is_loopback() || address.is_broadcast() || first == 0 || first >= 224 {
        return false;
    }
    let is_object_identifier = first <= 2 && second <= 5;
    let octets = address.octets();
    let large = |above: u8| octets.iter().filter(|octet| **octet > above).count();
    has_port || (!is_object_identifier && (large(99) >= 1 || large(31) >= 2))
}

/// `host` without `:port`; `None` where what follows the colon is no port.
fn without_port(host: &str) -> Option<&str> {
    match host.split_once(':') {
        Some((name, port)) => port.parse::<u16>().ok().map(|_| name),
        None => Some(host),
    }
}

/// Labels of letters, digits, hyphens (and underscores, which some hosts have), at least two.
fn is_domain(name: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    name.contains('.') && name.split('.').all(is_label)
}

fn is_number(label: &str) -> bool {
    label.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_or_is_under(name: &str, parent: &str) -> bool {
    name.strip_suffix(parent).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::catalogue;

    fn check(text: &str, expected: &[(&str, &str)]) {
        let mut found = Vec::new();
        search(text, &catalogue().endpoints, |kind, value| found.push((kind, value.to_owned())));
        let found: Vec<(&str, &str)> =
            found.iter().map(|(kind, value)| (*kind, value.as_str())).collect();
        assert_eq!(found, expected, "in {text:?}");
    }

    #[test]
    fn urls_are_found_inside_texts() {
        check(
            "send to https://panel.watch-alpha.example/api?u=1, or wss://push.watch-alpha.example.",
            &[
                ("url", "https://panel.watch-alpha.example/api?u=1"),
                ("url", "wss://push.watch-alpha.example"),
            ],
        );
        check("http://203.0.113.7:8080/up", &[("url", "http://203.0.113.7:8080/up")]);
        check("é§http://[2001:db8::1]/x", &[("url", "http://[2001:db8::1]/x")]);
    }

    #[test]
    fn urls_that_lead_nowhere_are_left_out() {
        for text in [
            "http://schemas.android.com/apk/res/android",
            "http://www.w3.org/2001/XMLSchema",
            "https://%s/api",
            "http://",
            "http://localhost:8080/",
            "http://127.0.0.1/",
            "content://call_log/calls",
            "https://www.googleapis.com/auth/drive.file",
            "https://1.2",
        ] {
            check(text, &[]);
        }
    }

    #[test]
    fn bare_domains_need_a_known_ending_and_must_not_be_packages() {
        check("panel.watch-alpha.example", &[("domain", "panel.watch-alpha.example")]);
        check("watch-alpha.com", &[("domain", "watch-alpha.com")]);
        check("api.watch-alpha.com:8443", &[("domain", "api.watch-alpha.com:8443")]);
        check("api.watch-alpha.co.id", &[("domain", "api.watch-alpha.co.id")]);
        check("watch-alpha.icu", &[("domain", "watch-alpha.icu")]);
        for text in [
            "java.lang.String",
            "java.net",
            "com.foo.bar",
            "com.example",
            "com.watch.alpha.app",
            "android.permission.CAMERA",
            "androidx.core.app",
            "settings.json",
            "ubidi.icu",
            "uprops.icu",
            "x.so",
            "file.ext",
            "libwatch.so",
            "user.id",
            "event.name",
            "kotlin.io",
            "See watch-alpha.com for more",
            "Watch.com",
            "a.b.c",
            "1.0.com.",
        ] {
            check(text, &[]);
        }
    }

    #[test]
    fn addresses_are_not_version_numbers() {
        check("203.0.113.7", &[("address", "203.0.113.7")]);
        check("10.0.0.5:5222", &[("address", "10.0.0.5:5222")]);
        for text in [
            "1.2.3.4",
            "21.3.0.12",
            "127.0.0.1",
            "0.0.0.0",
            "255.255.255.0",
            "2.5.29.15",
            "1.3.132.0",
        ] {
            check(text, &[]);
        }
    }
}
