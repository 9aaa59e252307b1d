//! Over a whole set of indicators: every package with each of its family's certificates is
//! known, and every package alone is recognised by name only, with exactly one finding each.

use std::collections::{BTreeMap, BTreeSet};

use unwatched_device::result::{Band, CheckResult, Finding, FindingKind, IdentifiedBy, Outcome};
use unwatched_fixtures::phone::{App, PhoneBuilder};
use unwatched_formats::community::{Sources, parse};
use unwatched_model::class::{Attribution, Class};
use unwatched_model::family::FamilyId;
use unwatched_model::indicator::{IndicatorKind, Role};
use unwatched_model::set::{IndicatorSet, SetBuilder, SetFamily};

use super::{check_android_qf, check_bugreport, outcome};

const MADE_UP: &str = r"
- name: Watch Alpha
  type: stalkerware
  packages: [com.watch.alpha, com.android.watch.alpha, com.shared.name]
  certificates: [0123456789ABCDEF0123456789ABCDEF01234567, 1123456789ABCDEF0123456789ABCDEF01234567]
  websites: [alpha.example, shared.example]
  c2:
    domains: [c2.alpha.example, shared.example]
- name: Watch Beta
  type: stalkerware
  packages: [com.watch.beta, com.shared.name]
  certificates: [1123456789ABCDEF0123456789ABCDEF01234567]
- name: Watch Gamma
  type: watchware
  packages: [com.whatsapp]
";

/// Every family of the community's lists, or of a made-up one.
fn whole_set() -> IndicatorSet {
    let read = |folder: &str, name: &str| std::fs::read(format!("{folder}/{name}")).ok();
    let folder = std::env::var("UNWATCHED_COMMUNITY_DATA").ok();
    let (ioc, watchware) = if let Some(folder) = &folder {
        (read(folder, "ioc.yaml").unwrap(), read(folder, "watchware.yaml"))
    } else {
        eprintln!("UNWATCHED_COMMUNITY_DATA is not set: a made-up list stands in for it");
        (MADE_UP.as_bytes().to_vec(), None)
    };
    let sources = Sources { ioc: Some(&ioc), watchware: watchware.as_deref(), samples: None };
    let dataset = parse(&sources).unwrap().dataset;
    let mut builder = SetBuilder::new();
    let mut ids = Vec::new();
    for entry in &dataset.entries {
        let mut id = FamilyId::from_name(&entry.name);
        if ids.contains(&id) {
            id = id.numbered(2);
        }
        builder.family(SetFamily {
            id: id.clone(),
            name: entry.name.clone(),
            class: entry.class(),
            judged: false,
            attributed: vec![Attribution {
                source: entry.list.file_name().to_owned(),
                class: entry.class(),
            }],
        });
        ids.push(id);
    }
    for pair in dataset.listed_pairs() {
        builder.indicator(&ids[pair.entry], pair.kind, pair.value, pair.role).unwrap();
    }
    builder.build()
}

/// By family: its packages and its certificates.
type Marks = BTreeMap<String, (BTreeSet<String>, BTreeSet<String>)>;

fn marks(set: &IndicatorSet) -> Marks {
    let mut marks = Marks::new();
    for found in set.iter().filter(|found| found.role == Role::App) {
        let (packages, certificates) = marks.entry(found.family.id.to_string()).or_default();
        match found.kind {
            IndicatorKind::Package => packages.insert(found.value.to_owned()),
            IndicatorKind::CertificateSha1 => certificates.insert(found.value.to_owned()),
            _ => continue,
        };
    }
    marks
}

/// Exactly one finding about each app; gives the band, the family and by what, in turn.
fn findings(result: &CheckResult) -> BTreeMap<&str, (Band, &str, IdentifiedBy)> {
    let mut found = BTreeMap::new();
    for finding in &result.findings {
        let seen = (
            finding.band.unwrap(),
            finding.family.as_deref().unwrap(),
            finding.identity.unwrap().by,
        );
        assert!(found.insert(finding.subject.name(), seen).is_none(), "{finding:?}");
    }
    found
}

#[test]
fn every_package_with_each_of_its_familys_certificates_is_known() {
    let set = whole_set();
    // One phone for each n-th certificate of every package: a phone holds a package once.
    let mut phones: Vec<BTreeMap<String, String>> = Vec::new();
    let mut planted = 0;
    for (packages, certificates) in marks(&set).into_values() {
        for package in &packages {
            for certificate in &certificates {
                planted += 1;
                let free = phones.iter().position(|phone| !phone.contains_key(package));
                let at = free.unwrap_or_else(|| {
                    phones.push(BTreeMap::new());
                    phones.len() - 1
                });
                phones[at].insert(package.clone(), certificate.clone());
            }
        }
    }
    assert!(planted >= 8, "{planted}");
    for planted in phones {
        let phone = PhoneBuilder::new()
            .apps(planted.iter().map(|(package, sha1)| App::new(package).certificate_sha1(sha1)));
        let result = check_android_qf(&phone, Some(&set));
        let found = findings(&result);
        assert_eq!(found.len(), planted.len());
        for (package, sha1) in &planted {
            let (band, family, by) = found[package.as_str()];
            let expected = (Band::Known, IdentifiedBy::PackageAndCertificate);
            assert_eq!((band, by), expected, "{package} with {sha1}");
            let listed = set.lookup(IndicatorKind::CertificateSha1, sha1);
            assert!(listed.iter().any(|found| found.family.id.as_str() == family), "{package}");
        }
    }
}

#[test]
fn every_package_alone_is_recognised_by_name_only() {
    let set = whole_set();
    let packages: BTreeSet<_> =
        marks(&set).into_values().flat_map(|(packages, _)| packages).collect();
    let phone = PhoneBuilder::new().apps(packages.iter().map(|package| App::new(package)));
    let result = check_bugreport(&phone, Some(&set));
    let found = findings(&result);
    assert_eq!(found.len(), packages.len());
    for package in &packages {
        let (band, _, by) = found[package.as_str()];
        assert_eq!((band, by), (Band::NeedsExpertLook, IdentifiedBy::PackageName), "{package}");
    }
    for finding in &result.findings {
        assert!(finding.signals[0].fact.contains("by name only"), "{:?}", finding.signals);
        assert_eq!((finding.score, finding.signals.len()), (None, 1), "{:?}", finding.signals);
        assert_ne!(finding.class, Some(Class::Undecided));
    }
}

#[test]
fn every_certificate_alone_is_known_under_another_name() {
    let set = whole_set();
    let certificates: BTreeSet<_> =
        marks(&set).into_values().flat_map(|(_, certificates)| certificates).collect();
    let named = |number: usize| format!("com.example.renamed{number}");
    let phone = PhoneBuilder::new().apps(
        certificates.iter().enumerate().map(|(n, sha1)| App::new(&named(n)).certificate_sha1(sha1)),
    );
    let result = check_android_qf(&phone, Some(&set));
    let found = findings(&result);
    assert_eq!(found.len(), certificates.len());
    for (number, sha1) in certificates.iter().enumerate() {
        let (band, _, by) = found[named(number).as_str()];
        assert_eq!((band, by), (Band::Known, IdentifiedBy::Certificate), "{sha1}");
    }
}

/// Every listed host name, with the roles it has.
fn hosts(set: &IndicatorSet) -> BTreeMap<String, BTreeSet<Role>> {
    let mut hosts: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for found in set.iter().filter(|found| found.kind == IndicatorKind::Domain) {
        hosts.entry(found.value.to_owned()).or_default().insert(found.role);
    }
    hosts
}

/// One finding per address, by its host: the role.
fn visited(result: &CheckResult) -> BTreeMap<&str, Role> {
    let of_address = |f: &&Finding| f.kind == FindingKind::VisitedOrContacted;
    result
        .findings
        .iter()
        .filter(of_address)
        .map(|finding| {
            assert_eq!(finding.identity.unwrap().by, IdentifiedBy::Domain);
            (finding.subject.name(), finding.identity.unwrap().role)
        })
        .collect()
}

#[test]
fn every_listed_address_in_a_line_of_a_log_was_visited_or_contacted_with_its_role() {
    let set = whole_set();
    let hosts = hosts(&set);
    let mut phone = PhoneBuilder::new();
    for (number, host) in hosts.keys().enumerate() {
        phone = phone.log_line(&match number % 4 {
            0 => format!("01-05 09:00:00.000  1000 1 1 I OkHttp: --> POST https://{host}/api/v1"),
            1 => format!("01-05 09:00:00.000  1000 1 1 D resolv: lookup({})", host.to_uppercase()),
            2 => format!("01-05 09:00:00.000  1000 1 1 D socket: connected to {host}:443"),
            _ => format!("01-05 09:00:00.000  1000 1 1 W X509: host=\"{host}\", none"),
        });
    }
    for result in [check_bugreport(&phone, Some(&set)), check_android_qf(&phone, Some(&set))] {
        let found = visited(&result);
        assert_eq!(found.len(), hosts.len());
        for (host, roles) in &hosts {
            let role = if roles.contains(&Role::C2) { &Role::C2 } else { &found[host.as_str()] };
            assert!(roles.contains(role) && found[host.as_str()] == *role, "{host}");
        }
        assert!(result.findings.iter().all(|f| f.kind != FindingKind::Installed));
    }
    let unlisted = PhoneBuilder::new().log_line("connected to nobody-lists-this.example:443");
    let result = check_bugreport(&unlisted, Some(&set));
    assert_eq!(
        (result.findings.len(), outcome(&result, "visited_or_contacted")),
        (0, Outcome::NotFound)
    );
}

#[test]
fn every_address_to_which_apps_report_is_recognised_as_a_proxy() {
    let set = whole_set();
    let hosts = hosts(&set);
    let c2: Vec<_> = hosts.iter().filter(|(_, roles)| roles.contains(&Role::C2)).collect();
    assert!(!c2.is_empty());
    // A setting holds one proxy; the networks of one phone hold many.
    let (first, _) = c2[0];
    let one = PhoneBuilder::new().global_setting("http_proxy", &format!("{first}:8080"));
    assert_eq!(visited(&check_android_qf(&one, Some(&set)))[first.as_str()], Role::C2);
    for some in c2.chunks(400) {
        let networks: Vec<_> =
            some.iter().map(|(host, _)| format!("HTTP proxy: [{host}] 8080 xl=\n")).collect();
        let phone = PhoneBuilder::new().service("wifi", &networks.concat());
        let result = check_bugreport(&phone, Some(&set));
        let found = visited(&result);
        for (host, _) in some {
            assert_eq!(found.get(host.as_str()), Some(&Role::C2), "{host}");
        }
        assert!(result.findings.iter().any(|finding| finding.kind == FindingKind::Access));
    }
}
