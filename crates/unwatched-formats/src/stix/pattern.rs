//! Patterns of the *mvt* dialect: one comparison each, in the paths that MVT reads.

use unwatched_model::indicator::{Indicator, IndicatorKind};

/// The pattern, or why there is none.
pub(super) fn mvt(indicator: &Indicator) -> Result<String, String> {
    let value = indicator.value.trim();
    let path = match indicator.kind {
        IndicatorKind::Domain => "domain-name:value",
        IndicatorKind::Address if value.contains(':') => "ipv6-addr:value",
        IndicatorKind::Address => "ipv4-addr:value",
        IndicatorKind::Url => "url:value",
        IndicatorKind::Package | IndicatorKind::IosBundle => "app:id",
        IndicatorKind::CertificateSha1 => "app:cert.sha1",
        IndicatorKind::CertificateSha256 => "app:cert.sha256",
        IndicatorKind::FileSha256 => "file:hashes.sha256",
        IndicatorKind::CertificateOrganisation | IndicatorKind::CertificateCommonNamePattern => {
            return Err(format!("MVT has no pattern for a {}", indicator.kind));
        }
    };
    let normalised = indicator.kind.normalise(value).map_err(|error| error.to_string())?;
    // MVT splits a pattern at every equals sign, and one that it cannot read ends its reading.
    if value.contains('=') {
        return Err("MVT cannot read a pattern whose value holds an equals sign".to_owned());
    }
    let written = match indicator.kind {
        IndicatorKind::Domain
        | IndicatorKind::Address
        | IndicatorKind::CertificateSha1
        | IndicatorKind::CertificateSha256
        | IndicatorKind::FileSha256 => &normalised,
        _ => value,
    };
    Ok(format!("[{path}='{}']", escaped(written)))
}

/// A string of the pattern language.
pub(super) fn escaped(text: &str) -> String {
    text.replace('\\', r"\\").replace('\'', r"\'")
}

#[cfg(test)]
mod tests {
    use unwatched_model::indicator::Role;
    use unwatched_model::tlp::Tlp;

    use super::*;

    fn check(kind: IndicatorKind, value: &str, expected: &str) {
        let indicator = Indicator {
            family: "watch-alpha".parse().unwrap(),
            kind,
            value: value.to_owned(),
            role: Role::App,
            tlp: Tlp::Clear,
            source: "a test".to_owned(),
        };
        let found = mvt(&indicator).unwrap_or_else(|why| why);
        assert_eq!(found, expected);
    }

    #[test]
    fn one_comparison_each() {
        check(IndicatorKind::Domain, "C2.Alpha.example.", "[domain-name:value='c2.alpha.example']");
        check(IndicatorKind::Address, "192.0.2.7", "[ipv4-addr:value='192.0.2.7']");
        check(IndicatorKind::Address, "2001:DB8::1", "[ipv6-addr:value='2001:db8::1']");
        check(IndicatorKind::Package, "com.Example.Alpha", "[app:id='com.Example.Alpha']");
        check(
            IndicatorKind::IosBundle,
            "com.example.alpha.ios",
            "[app:id='com.example.alpha.ios']",
        );
        let sha1 = "0A".repeat(20);
        check(
            IndicatorKind::CertificateSha1,
            &sha1,
            &format!("[app:cert.sha1='{}']", "0a".repeat(20)),
        );
    }

    #[test]
    fn quotes_and_backslashes_stay_inside() {
        let url = r"https://alpha.example/it's\here";
        check(IndicatorKind::Url, url, r"[url:value='https://alpha.example/it\'s\\here']");
    }

    #[test]
    fn what_mvt_cannot_read_says_so() {
        let url = "https://alpha.example/?id=1";
        check(
            IndicatorKind::Url,
            url,
            "MVT cannot read a pattern whose value holds an equals sign",
        );
        check(
            IndicatorKind::CertificateOrganisation,
            "Alpha Ltd",
            "MVT has no pattern for a certificate_organisation",
        );
        check(IndicatorKind::Package, "a/b", "\"a/b\" is no package: not an Android package name");
    }
}
