//! Values that would match everybody: the hosts, names and addresses that most phones share.
//!
//! Only what partners add passes here. Imported lists keep what they say, and what a value of a
//! kind looks like is the model's business.

use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use regex::RegexBuilder;
use serde::Deserialize;
use unwatched_model::indicator::IndicatorKind;

/// Compiling a pattern costs no more than this.
const MAX_PATTERN_BYTES: usize = 1 << 20;

#[derive(Deserialize)]
struct SharedHosts {
    suffixes: HashSet<String>,
    second_levels: HashSet<String>,
    hosts: HashSet<String>,
    addresses: HashSet<IpAddr>,
}

#[derive(Deserialize)]
struct EverydayNames {
    names: Vec<String>,
}

#[derive(Deserialize)]
struct SharedCertificates {
    certificate: Vec<SharedCertificate>,
}

#[derive(Deserialize)]
struct SharedCertificate {
    title: String,
    sha1: String,
    sha256: String,
}

#[derive(Deserialize)]
struct KnownApps {
    list: Vec<KnownAppsList>,
    store: Vec<KnownAppsList>,
}

#[derive(Deserialize)]
struct KnownAppsList {
    packages: HashSet<String>,
}

static SHARED: LazyLock<SharedHosts> = LazyLock::new(|| {
    toml::from_str(include_str!("../../../../../catalogue/shared_hosts.toml"))
        .expect("catalogue/shared_hosts.toml is well-formed")
});

static EVERYDAY: LazyLock<EverydayNames> = LazyLock::new(|| {
    toml::from_str(include_str!("../../../../../catalogue/everyday_names.toml"))
        .expect("catalogue/everyday_names.toml is well-formed")
});

static CERTIFICATES: LazyLock<SharedCertificates> = LazyLock::new(|| {
    toml::from_str(include_str!("../../../../../catalogue/shared_certificates.toml"))
        .expect("catalogue/shared_certificates.toml is well-formed")
});

static KNOWN_APPS: LazyLock<KnownApps> = LazyLock::new(|| {
    toml::from_str(include_str!("../../../../../catalogue/known_apps.toml"))
        .expect("catalogue/known_apps.toml is well-formed")
});

/// Why a normalised value would match far more than its family, if it would.
pub(crate) fn matches_everybody(kind: IndicatorKind, normalised: &str) -> Option<String> {
    match kind {
        IndicatorKind::Domain => host(normalised),
        IndicatorKind::Address => address(normalised.parse().ok()?),
        IndicatorKind::Url => url(normalised),
        IndicatorKind::Package => package(normalised),
        IndicatorKind::CertificateOrganisation => organisation(normalised),
        IndicatorKind::CertificateCommonNamePattern => pattern(normalised),
        IndicatorKind::CertificateSha1 | IndicatorKind::CertificateSha256 => {
            certificate(normalised)
        }
        IndicatorKind::FileSha256 | IndicatorKind::IosBundle => None,
    }
}

fn certificate(digest: &str) -> Option<String> {
    let known = |known: &&SharedCertificate| known.sha1 == digest || known.sha256 == digest;
    let shared = CERTIFICATES.certificate.iter().find(known)?;
    Some(format!("this is {}, and anybody signs with it", shared.title))
}

fn host(host: &str) -> Option<String> {
    let bare = ["www.", "m."].iter().find_map(|prefix| host.strip_prefix(prefix)).unwrap_or(host);
    if SHARED.hosts.contains(host) || SHARED.hosts.contains(bare) {
        return Some(format!("{host} is asked by everybody's phone: give the family's own host"));
    }
    (SHARED.suffixes.contains(host) || is_registry(host)).then(|| {
        format!("below {host} anybody has a name: give the whole name that the family uses")
    })
}

/// `co.uk`, `com.br`: a word for everybody under a country.
fn is_registry(host: &str) -> bool {
    host.split_once('.').is_some_and(|(second, country)| {
        country.len() == 2 && SHARED.second_levels.contains(second)
    })
}

/// A URL on a shared host is somebody's own once it has a path; one on a private address never is.
fn url(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let bracketed = authority.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let name = match bracketed {
        Some((inner, _)) => inner,
        None => authority.split(':').next().unwrap_or(authority),
    };
    match name.parse() {
        Ok(ip) => address(ip),
        Err(_) if path.is_empty() => host(name),
        Err(_) => None,
    }
}

fn address(address: IpAddr) -> Option<String> {
    let address = address.to_canonical();
    if SHARED.addresses.contains(&address) {
        return Some(format!("{address} is asked by everybody's phone"));
    }
    let is_local = match address {
        IpAddr::V4(v4) => is_local_v4(v4),
        IpAddr::V6(v6) => is_local_v6(v6),
    };
    is_local.then(|| format!("{address} is another machine in every network: it names nobody"))
}

fn is_local_v4(address: Ipv4Addr) -> bool {
    let [first, second, ..] = address.octets();
    // 100.64.0.0/10 is what providers share among their customers.
    let is_carriers = first == 100 && (64..128).contains(&second);
    first == 0
        || is_carriers
        || address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_broadcast()
}

fn is_local_v6(address: Ipv6Addr) -> bool {
    address.is_unspecified()
        || address.is_loopback()
        || address.is_unique_local()
        || address.is_unicast_link_local()
        || address.is_multicast()
}

fn package(package: &str) -> Option<String> {
    let inner = package.trim_matches('.');
    if !inner.contains('.') {
        return Some(format!("{package} is one word: an app's package name has a dot within"));
    }
    let mut lists = KNOWN_APPS.list.iter().chain(&KNOWN_APPS.store);
    let known = lists.any(|list| list.packages.contains(package));
    known.then(|| format!("{package} is the name of a known app that many people have"))
}

fn organisation(name: &str) -> Option<String> {
    let is_everyday =
        EVERYDAY.names.iter().any(|known| known.to_lowercase() == name.to_lowercase());
    (is_everyday || name.chars().count() < 2)
        .then(|| format!("{name:?} stands in the certificates of many makers"))
}

fn pattern(text: &str) -> Option<String> {
    let pattern = RegexBuilder::new(text)
        .size_limit(MAX_PATTERN_BYTES)
        .dfa_size_limit(MAX_PATTERN_BYTES)
        .build()
        .ok()?;
    if pattern.is_match("") {
        return Some("the pattern matches the empty name, and so every name".to_owned());
    }
    let met = EVERYDAY.names.iter().find(|name| pattern.is_match(name))?;
    Some(format!("the pattern matches {met:?}, a name of many makers: bind it with ^ and $"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(kind: IndicatorKind, value: &str, expected: bool) {
        let normalised = kind.normalise(value).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(matches_everybody(kind, &normalised).is_some(), expected, "{kind} {value}");
    }

    #[test]
    fn shared_hosts_are_refused_and_names_below_them_taken() {
        for shared in [
            "google.com",
            "www.Google.com.",
            "m.facebook.com",
            "whatsapp.com",
            "co.uk",
            "com.br",
            "github.io",
            "appspot.com",
            "firebaseio.com",
            "s3.amazonaws.com",
            "pages.dev",
        ] {
            check(IndicatorKind::Domain, shared, true);
        }
        for own in [
            "watch-alpha.example",
            "watch-alpha.github.io",
            "watch-alpha.co.uk",
            "watch-alpha-default-rtdb.firebaseio.com",
            "co.example",
        ] {
            check(IndicatorKind::Domain, own, false);
        }
    }

    #[test]
    fn keys_that_anybody_has_are_refused() {
        let test_key = "61:ED:37:7E:85:D3:86:A8:DF:EE:6B:86:4B:D8:5B:0B:FA:A5:AF:81";
        check(IndicatorKind::CertificateSha1, test_key, true);
        check(IndicatorKind::CertificateSha1, &"0".repeat(40), false);
        check(IndicatorKind::CertificateSha256, &CERTIFICATES.certificate[1].sha256, true);
        for known in &CERTIFICATES.certificate {
            let normal = |kind: IndicatorKind, value: &str| kind.normalise(value).unwrap();
            assert_eq!(normal(IndicatorKind::CertificateSha1, &known.sha1), known.sha1);
            assert_eq!(normal(IndicatorKind::CertificateSha256, &known.sha256), known.sha256);
        }
    }

    #[test]
    fn the_catalogue_is_written_as_values_are_compared() {
        for host in SHARED.hosts.iter().chain(&SHARED.suffixes) {
            assert_eq!(IndicatorKind::Domain.normalise(host).as_ref(), Ok(host));
        }
    }

    #[test]
    fn a_url_on_a_shared_host_needs_its_path() {
        check(IndicatorKind::Url, "https://drive.google.com/", true);
        check(IndicatorKind::Url, "https://drive.google.com/file/d/watch-alpha", false);
        check(IndicatorKind::Url, "http://github.io:8080", true);
        check(IndicatorKind::Url, "http://192.168.0.1/watch.apk", true);
        check(IndicatorKind::Url, "http://[::1]:8080/watch.apk", true);
        check(IndicatorKind::Url, "http://192.0.2.1:8080/watch.apk", false);
        check(IndicatorKind::Url, "https://watch-alpha.example", false);
    }

    #[test]
    fn addresses_that_stand_in_every_network_are_refused() {
        for local in [
            "0.0.0.0",
            "127.0.0.1",
            "10.1.2.3",
            "192.168.1.1",
            "172.16.0.1",
            "169.254.1.1",
            "224.0.0.1",
            "255.255.255.255",
            "100.64.0.1",
            "8.8.8.8",
            "::",
            "::1",
            "fe80::1",
            "fd00::1",
            "ff02::1",
            "::ffff:10.0.0.1",
        ] {
            check(IndicatorKind::Address, local, true);
        }
        for routed in ["192.0.2.7", "198.51.100.9", "203.0.113.4", "2001:db8::1"] {
            check(IndicatorKind::Address, routed, false);
        }
    }

    #[test]
    fn names_of_everybodys_apps_are_refused() {
        for shared in ["android", "watch", "com.whatsapp", "com.android.chrome", ".watch"] {
            check(IndicatorKind::Package, shared, true);
        }
        check(IndicatorKind::Package, "com.example.watch", false);
        for shared in ["a", "Android", "google inc."] {
            check(IndicatorKind::CertificateOrganisation, shared, true);
        }
        check(IndicatorKind::CertificateOrganisation, "Watch Alpha Ltd", false);
    }

    #[test]
    fn patterns_that_match_everybodys_names_are_refused() {
        for broad in [".*", "x*", "", ".", "Android", "(?i)google", "^[A-Z]", "a|Watch", "Debug$"] {
            assert!(pattern(broad).is_some(), "{broad}");
        }
        for narrow in ["^Watch [0-9]+$", r"^Kids\W[0-9]{2}$", "Watch Alpha"] {
            assert_eq!(pattern(narrow), None);
        }
    }
}
