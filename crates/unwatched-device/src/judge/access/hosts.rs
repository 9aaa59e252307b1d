//! Addresses of machines in settings: the host alone. What stands around it, and names that a
//! service gives to one account, can name a person or open an account; they are never shown.

use std::net::{IpAddr, Ipv6Addr};

use psl::Type;

/// A machine and, where the setting says so, its port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Server<'t> {
    pub(super) host: &'t str,
    port: Option<&'t str>,
}

/// What stands where a setting holds something and no host can be told from it.
pub(super) const NOT_READ: &str = "an address that is not shown here";

impl<'t> Server<'t> {
    /// From `host`, `host:port`, `[v6]:port`, and the same as a part of a URL.
    pub(super) fn of(value: &'t str) -> Option<Self> {
        let value = value.trim();
        if value.parse::<Ipv6Addr>().is_ok() {
            return Some(Self { host: value, port: None });
        }
        let rest = value.split_once("://").map_or(value, |(_, rest)| rest);
        let authority = before_path(rest);
        match (authority.rsplit_once('@'), rest.rsplit_once('@')) {
            (Some((_, server)), _) => Self::parse(server),
            // A password may hold what ends an authority elsewhere.
            (None, Some((_, behind))) => {
                Self::parse(authority).or_else(|| Self::parse(before_path(behind)))
            }
            (None, None) => Self::parse(authority),
        }
    }

    fn parse(authority: &'t str) -> Option<Self> {
        let bracketed = authority.strip_prefix('[').and_then(|rest| rest.split_once(']'));
        let (host, port) = match (bracketed, authority.split_once(':')) {
            (Some((host, rest)), _) => (host, rest.strip_prefix(':')),
            (None, Some((host, port))) => (host, Some(port)),
            (None, None) => (authority, None),
        };
        let is_of_name = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
        let is_host = host.parse::<IpAddr>().is_ok()
            || (bracketed.is_none() && host.bytes().all(|b| is_of_name(b) || !b.is_ascii()));
        let is_port = port.is_none_or(|port| port.bytes().all(|b| b.is_ascii_digit()));
        let port = port.filter(|port| !port.is_empty());
        (!host.is_empty() && is_host && is_port).then_some(Self { host, port })
    }

    /// As a report shows it.
    pub(super) fn shown(self) -> String {
        match (self.host.contains(':'), self.port) {
            (_, None) => self.host.to_owned(),
            (false, Some(port)) => format!("{}:{port}", self.host),
            (true, Some(port)) => format!("[{}]:{port}", self.host),
        }
    }
}

fn before_path(text: &str) -> &str {
    text.split(['/', '?', '#', '\\']).next().unwrap_or(text)
}

/// Labels that a service gives to everybody who uses it.
const OF_EVERYBODY: [&str; 12] = [
    "dns",
    "doh",
    "dot",
    "d",
    "one",
    "all",
    "base",
    "extended",
    "family",
    "security",
    "adult",
    "unfiltered",
];

/// The service's own name: what stands before it can be an account's, or the name that somebody
/// gave to a phone.
pub(super) fn service_of(host: &str) -> String {
    let host = host.trim().trim_end_matches('.');
    let Some(Server { host, .. }) = Server::of(host) else { return NOT_READ.to_owned() };
    if host.parse::<IpAddr>().is_ok() {
        return host.to_owned();
    }
    let lower = host.to_ascii_lowercase();
    // Below such a name everybody gets one of their own.
    let of_people = psl::suffix(lower.as_bytes())
        .filter(|suffix| suffix.typ() == Some(Type::Private))
        .and_then(|suffix| std::str::from_utf8(suffix.as_bytes()).ok());
    let Some(service) = of_people.or_else(|| psl::domain_str(&lower)) else { return lower };
    let mut shown = service.len();
    let before = lower[..lower.len() - service.len()].trim_end_matches('.');
    for label in before.rsplit('.').take_while(|label| OF_EVERYBODY.contains(label)) {
        shown += label.len() + 1;
    }
    let shown = &lower[lower.len() - shown..];
    if shown.len() == lower.len() { lower } else { format!("a name below {shown}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_the_machine_and_its_port_is_shown() {
        for (value, shown) in [
            ("proxy.example:8080", "proxy.example:8080"),
            ("proxy.example", "proxy.example"),
            ("[2001:db8::1]:8080", "[2001:db8::1]:8080"),
            ("2001:db8::1", "2001:db8::1"),
            ("kim:secret@proxy.example:8080", "proxy.example:8080"),
            ("kim@home:secret@proxy.example:8080", "proxy.example:8080"),
            ("kim:se/cr?et@proxy.example:8080", "proxy.example:8080"),
            ("http://kim:secret@proxy.example:8080/", "proxy.example:8080"),
            ("https://kim:secret@pac.example/kim.pac?key=secret", "pac.example"),
            ("https://pac.example/kim@home.pac", "pac.example"),
            ("https://pac.example#secret", "pac.example"),
        ] {
            assert_eq!(Server::of(value).map(Server::shown).as_deref(), Some(shown), "{value}");
        }
        for value in [":0", "", "data:text/plain,secret", "file:///kim.pac", "kim:secret", "a b"] {
            assert_eq!(Server::of(value), None, "{value}");
        }
    }

    #[test]
    fn a_name_that_one_account_got_is_not_shown() {
        for (host, shown) in [
            ("dns.example", "dns.example"),
            ("kims-phone-4f2a91.dns.nextdns.io", "a name below dns.nextdns.io"),
            ("4f2a91.d.adguard-dns.com", "a name below d.adguard-dns.com"),
            ("family.adguard-dns.com", "family.adguard-dns.com"),
            ("one.one.one.one", "one.one.one.one"),
            ("dns.google", "dns.google"),
            ("kim.duckdns.org", "a name below duckdns.org"),
            ("kim.dns.example.co.uk", "a name below dns.example.co.uk"),
            ("192.0.2.7", "192.0.2.7"),
            ("https://dns.example/4f2a91", "dns.example"),
        ] {
            assert_eq!(service_of(host), shown, "{host}");
        }
    }
}
