//! Indicators: a value by which a family can be recognised, and the role it plays.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::digest::{Sha1, Sha256};
use crate::family::FamilyId;
use crate::tlp::Tlp;

/// What an indicator's value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IndicatorKind {
    /// A host name.
    Domain,
    /// An IPv4 or IPv6 address.
    Address,
    /// A URL; matches itself and what lies below it.
    Url,
    /// An Android package name.
    Package,
    /// The SHA-1 of a signing certificate (DER).
    CertificateSha1,
    /// The SHA-256 of a signing certificate (DER).
    CertificateSha256,
    /// The organisation (O) in a certificate's subject.
    CertificateOrganisation,
    /// A regular expression over the common name (CN) in a certificate's subject.
    CertificateCommonNamePattern,
    /// The SHA-256 of an app file.
    FileSha256,
    /// An iOS bundle id.
    IosBundle,
}

impl IndicatorKind {
    /// Every kind, in the order shown.
    pub const ALL: [Self; 10] = [
        Self::Domain,
        Self::Address,
        Self::Url,
        Self::Package,
        Self::CertificateSha1,
        Self::CertificateSha256,
        Self::CertificateOrganisation,
        Self::CertificateCommonNamePattern,
        Self::FileSha256,
        Self::IosBundle,
    ];

    /// The word used in files and interfaces.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Domain => "domain",
            Self::Address => "address",
            Self::Url => "url",
            Self::Package => "package",
            Self::CertificateSha1 => "certificate_sha1",
            Self::CertificateSha256 => "certificate_sha256",
            Self::CertificateOrganisation => "certificate_organisation",
            Self::CertificateCommonNamePattern => "certificate_common_name_pattern",
            Self::FileSha256 => "file_sha256",
            Self::IosBundle => "ios_bundle",
        }
    }

    /// The form in which values of this kind are compared. What a source wrote is kept beside it.
    ///
    /// # Errors
    /// [`InvalidValue`] when the text cannot be a value of this kind.
    pub fn normalise(self, text: &str) -> Result<String, InvalidValue> {
        let text = text.trim();
        let invalid = |why: &str| InvalidValue {
            kind: self,
            value: text.chars().take(120).collect(),
            why: why.to_owned(),
        };
        if text.is_empty() {
            return Err(invalid("it is empty"));
        }
        if text.len() > MAX_VALUE_BYTES {
            return Err(invalid("it is longer than 2,048 bytes"));
        }
        if text.chars().any(char::is_control) {
            return Err(invalid("it holds a control character"));
        }
        match self {
            Self::Domain => normalise_domain(text).ok_or_else(|| invalid("not a host name")),
            Self::Address => text
                .parse::<IpAddr>()
                .map(|address| address.to_string())
                .map_err(|_| invalid("not an IPv4 or IPv6 address")),
            Self::Url => {
                normalise_url(text).ok_or_else(|| invalid("not an http or https URL with a host"))
            }
            Self::Package => {
                if is_package_name(text) {
                    Ok(text.to_owned())
                } else {
                    Err(invalid("not an Android package name"))
                }
            }
            Self::CertificateSha1 => without_colons(text)
                .parse::<Sha1>()
                .map(|digest| digest.to_string())
                .map_err(|_| invalid("expected 40 hexadecimal digits")),
            Self::CertificateSha256 | Self::FileSha256 => without_colons(text)
                .parse::<Sha256>()
                .map(|digest| digest.to_string())
                .map_err(|_| invalid("expected 64 hexadecimal digits")),
            Self::CertificateCommonNamePattern => {
                if text.len() > MAX_PATTERN_BYTES {
                    return Err(invalid("a pattern is at most 200 bytes"));
                }
                pattern(text)
                    .map(|_| text.to_owned())
                    .map_err(|error| invalid(&format!("not a regular expression: {error}")))
            }
            Self::CertificateOrganisation => Ok(text.to_owned()),
            Self::IosBundle => {
                let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
                if text.chars().all(allowed) {
                    Ok(text.to_owned())
                } else {
                    Err(invalid("a bundle id holds letters, digits, dots and hyphens"))
                }
            }
        }
    }
}

const MAX_VALUE_BYTES: usize = 2_048;
const MAX_PATTERN_BYTES: usize = 200;

/// Compiles a common-name pattern within fixed bounds of memory.
pub(crate) fn pattern(text: &str) -> Result<regex::Regex, regex::Error> {
    regex::RegexBuilder::new(text).size_limit(1 << 20).dfa_size_limit(1 << 20).build()
}

fn without_colons(text: &str) -> String {
    text.replace(':', "")
}

/// Lower case, without a trailing dot, international names in their ASCII form.
fn normalise_domain(text: &str) -> Option<String> {
    let bare = text.strip_suffix('.').unwrap_or(text);
    let ascii = idna::domain_to_ascii(bare).ok()?;
    let label_ok = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    let fits = ascii.len() <= 253 && ascii.contains('.') && ascii.split('.').all(label_ok);
    (fits && ascii.parse::<IpAddr>().is_err()).then_some(ascii)
}

/// Scheme and host lower case, no default port, no fragment, no trailing slash.
fn normalise_url(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    if scheme != "http" && scheme != "https" {
        return None;
    }
    let rest = rest.split('#').next().unwrap_or(rest);
    let path_at = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(path_at);
    if authority.contains('@') || path.chars().any(char::is_whitespace) {
        return None;
    }
    let (host, port) = split_port(authority);
    let default_port = if scheme == "http" { "80" } else { "443" };
    let port = match port {
        Some(port) if port == default_port => String::new(),
        Some(port) => format!(":{}", port.parse::<u16>().ok()?),
        None => String::new(),
    };
    let host = normalise_domain(host).or_else(|| match host.parse::<IpAddr>().ok()? {
        IpAddr::V4(address) => Some(address.to_string()),
        IpAddr::V6(_) => None,
    });
    let bracketed = |host: &str| {
        let inner = host.strip_prefix('[')?.strip_suffix(']')?;
        inner.parse::<std::net::Ipv6Addr>().ok().map(|address| format!("[{address}]"))
    };
    let host = host.or_else(|| bracketed(split_port(authority).0))?;
    Some(format!("{scheme}://{host}{port}{}", path.trim_end_matches('/')))
}

/// `host:port`, where an IPv6 host stands in brackets.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

/// Android's own rule is stricter (two segments, each starting with a letter); apps in the wild
/// and listed ones break it, so only what could hurt elsewhere is refused.
fn is_package_name(text: &str) -> bool {
    text.len() <= 255 && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-'))
}

impl fmt::Display for IndicatorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A value that its kind cannot hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{value:?} is no {kind}: {why}")]
pub struct InvalidValue {
    /// The kind asked for.
    pub kind: IndicatorKind,
    /// The text refused, cut to 120 characters.
    pub value: String,
    /// What was wrong with it.
    pub why: String,
}

/// A word that is not an indicator kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown indicator kind {0:?}: expected one of domain, address, url, package, certificate_sha1, certificate_sha256, certificate_organisation, certificate_common_name_pattern, file_sha256, ios_bundle"
)]
pub struct UnknownKind(pub String);

impl FromStr for IndicatorKind {
    type Err = UnknownKind;

    fn from_str(word: &str) -> Result<Self, UnknownKind> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == word)
            .ok_or_else(|| UnknownKind(word.to_owned()))
    }
}

/// What an indicator does for its family. It travels to every output: a visited website is not
/// an infection, and people have panicked over one shown like the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The app sends to it or takes commands from it.
    C2,
    /// The maker's website or panel.
    Website,
    /// The app is downloaded from it.
    Distribution,
    /// Names the app itself: a package, a certificate, a bundle id.
    App,
    /// One file of it, or a value observed in one file.
    Sample,
}

impl Role {
    /// Every role, in the order shown.
    pub const ALL: [Self; 5] =
        [Self::C2, Self::Website, Self::Distribution, Self::App, Self::Sample];

    /// The word used in files and interfaces.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::C2 => "c2",
            Self::Website => "website",
            Self::Distribution => "distribution",
            Self::App => "app",
            Self::Sample => "sample",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that is not a role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown indicator role {0:?}: expected c2, website, distribution, app or sample")]
pub struct UnknownIndicatorRole(pub String);

impl FromStr for Role {
    type Err = UnknownIndicatorRole;

    fn from_str(word: &str) -> Result<Self, UnknownIndicatorRole> {
        Self::ALL
            .into_iter()
            .find(|role| role.as_str() == word)
            .ok_or_else(|| UnknownIndicatorRole(word.to_owned()))
    }
}

/// One source's statement that a value belongs to a family. The same value from two sources is
/// two indicators: provenance is never merged away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Indicator {
    /// Whose it is.
    pub family: FamilyId,
    /// What the value is.
    pub kind: IndicatorKind,
    /// The value as the source wrote it.
    pub value: String,
    /// What it does.
    pub role: Role,
    /// How far it may travel.
    pub tlp: Tlp,
    /// Who says so: a list (`stalkerware-indicators/ioc.yaml`) or a partner's own words.
    pub source: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: IndicatorKind, text: &str, expected: &str) {
        assert_eq!(kind.normalise(text).as_deref(), Ok(expected));
    }

    fn refused(kind: IndicatorKind, text: &str) {
        assert!(kind.normalise(text).is_err(), "{kind} {text:?}");
    }

    #[test]
    fn domains() {
        check(IndicatorKind::Domain, "Media.Example.COM.", "media.example.com");
        check(IndicatorKind::Domain, "bücher.example", "xn--bcher-kva.example");
        check(IndicatorKind::Domain, "_dmarc.example.org", "_dmarc.example.org");
        for bad in ["localhost", "10.0.0.1", "a b.example", "..", "http://x.example", "a/b.example"]
        {
            refused(IndicatorKind::Domain, bad);
        }
    }

    #[test]
    fn urls() {
        check(
            IndicatorKind::Url,
            "HTTPS://GitHub.example:443/Some/Repo/#readme",
            "https://github.example/Some/Repo",
        );
        check(IndicatorKind::Url, "http://[::1]:80/a/", "http://[::1]/a");
        check(IndicatorKind::Url, "http://192.0.2.1:8080", "http://192.0.2.1:8080");
        for bad in [
            "http://::1/a",
            "http://x.example:99999/",
            "ftp://x.example/",
            "github.example/a",
            "https:///a",
            "https://u@x.example",
        ] {
            refused(IndicatorKind::Url, bad);
        }
    }

    #[test]
    fn certificates_lose_colons_and_case() {
        let colons = "7F:5C:0D:54:A8:13:BA:9B:87:A9:14:20:CA:2C:3D:E5:E7:94:8F:09";
        check(IndicatorKind::CertificateSha1, colons, "7f5c0d54a813ba9b87a91420ca2c3de5e7948f09");
        refused(IndicatorKind::CertificateSha256, colons);
    }

    #[test]
    fn patterns_are_bounded() {
        check(
            IndicatorKind::CertificateCommonNamePattern,
            r"^Kids\W[0-9]{2}$",
            r"^Kids\W[0-9]{2}$",
        );
        refused(IndicatorKind::CertificateCommonNamePattern, "(unclosed");
        refused(IndicatorKind::CertificateCommonNamePattern, "(x{1000}){1000}");
    }

    #[test]
    fn packages_keep_their_case() {
        check(IndicatorKind::Package, "app.ELogger", "app.ELogger");
        refused(IndicatorKind::Package, "a/b");
        refused(IndicatorKind::Package, "");
    }
}
