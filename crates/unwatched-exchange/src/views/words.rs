//! Words for people: of enums, times and sizes. The words in files and interfaces are the model's.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use jiff::Timestamp;
use unwatched_model::class::Class;
use unwatched_model::family::Platform;
use unwatched_model::indicator::{IndicatorKind, Role};
use unwatched_model::opinion::{EvidenceKind, Stance};
use unwatched_model::pap::Pap;
use unwatched_model::partner::PartnerCategory;
use unwatched_model::partner::UserRole;
use unwatched_model::report::{Capability, EndpointMark, FileFormat, Support, Tier};
use unwatched_model::report_changes::Part;
use unwatched_model::text;
use unwatched_model::tlp::Tlp;
use unwatched_model::verdict::CriterionState;
use unwatched_store::SampleState;

/// Text that a stranger gave, as it may be shown.
pub(crate) fn shown(text: &str) -> String {
    text::shown(text).into_owned()
}

/// The same of several lines.
pub(crate) fn shown_lines(text: &str) -> String {
    text.lines().map(text::shown).collect::<Vec<_>>().join("\n")
}

pub(crate) fn class(class: Class) -> &'static str {
    match class {
        Class::Stalkerware => "stalkerware",
        Class::Watchware => "watchware",
        Class::DualUse => "dual use",
        Class::Disputed => "disputed",
        Class::Undecided => "undecided",
    }
}

pub(crate) fn stance(stance: Stance) -> &'static str {
    match stance {
        Stance::Holds => "holds",
        Stance::DoesNot => "does not hold",
        Stance::CannotSay => "cannot say",
        Stance::Abstains => "abstains",
    }
}

/// What kind of organisation, as one of them is called.
pub(crate) fn category(category: PartnerCategory) -> &'static str {
    match category {
        PartnerCategory::Vendor => "security vendor",
        PartnerCategory::Support => "support organisation",
        PartnerCategory::Rights => "rights organisation",
        PartnerCategory::Academia => "research institution",
        PartnerCategory::Testing => "testing laboratory",
        PartnerCategory::Police => "police force",
        PartnerCategory::Individual => "individual expert",
        PartnerCategory::Other => "other organisation",
    }
}

/// `1 security vendor`, `2 security vendors`.
pub(crate) fn number_of(number: usize, one: &str) -> String {
    match (number, one.strip_suffix('y')) {
        (1, _) => format!("1 {one}"),
        (_, Some(stem)) => format!("{number} {stem}ies"),
        _ => format!("{number} {one}s"),
    }
}

pub(crate) fn criterion_state(state: CriterionState) -> &'static str {
    match state {
        CriterionState::Holds => "holds",
        CriterionState::Denied => "denied",
        CriterionState::Contested => "contested",
        CriterionState::Open => "open",
    }
}

pub(crate) fn platform(platform: Platform) -> &'static str {
    match platform {
        Platform::Android => "Android",
        Platform::Ios => "iOS",
        Platform::Windows => "Windows",
        Platform::Macos => "macOS",
        Platform::Linux => "Linux",
    }
}

pub(crate) fn kind(kind: IndicatorKind) -> &'static str {
    match kind {
        IndicatorKind::Domain => "domain",
        IndicatorKind::Address => "IP address",
        IndicatorKind::Url => "URL",
        IndicatorKind::Package => "package name",
        IndicatorKind::CertificateSha1 => "certificate, SHA-1",
        IndicatorKind::CertificateSha256 => "certificate, SHA-256",
        IndicatorKind::CertificateOrganisation => "certificate’s organisation",
        IndicatorKind::CertificateCommonNamePattern => "certificate’s common name, pattern",
        IndicatorKind::FileSha256 => "file, SHA-256",
        IndicatorKind::IosBundle => "iOS bundle",
    }
}

pub(crate) fn role(role: Role) -> &'static str {
    match role {
        Role::C2 => "command and control (C2)",
        Role::Website => "website",
        Role::Distribution => "distribution",
        Role::App => "app",
        Role::Sample => "sample",
    }
}

pub(crate) fn tlp(tlp: Tlp) -> &'static str {
    match tlp {
        Tlp::Clear => "May be published. The only label that reaches a public feed.",
        Tlp::Green => "The coalition and its communities.",
        Tlp::Amber => "Partners of the coalition and their clients, as far as they need it.",
        Tlp::AmberStrict => "Your organisation only: no other partner sees it here.",
        Tlp::Red => "The named recipients only: no other partner sees it here.",
    }
}

pub(crate) fn pap(pap: Pap) -> &'static str {
    match pap {
        Pap::Clear => "No limit.",
        Pap::Green => "Active use, such as blocking; what a public release is.",
        Pap::Amber => "Only what the other side cannot notice.",
        Pap::Red => "Only inside: nothing that anybody outside could notice.",
    }
}

pub(crate) fn evidence_kind(kind: EvidenceKind) -> &'static str {
    match kind {
        EvidenceKind::Sample => "sample",
        EvidenceKind::Capability => "capability",
        EvidenceKind::Url => "page",
        EvidenceKind::Note => "note",
    }
}

pub(crate) fn user_role(role: UserRole) -> &'static str {
    match role {
        UserRole::OrgAdmin => "organisation’s administrator",
        UserRole::Analyst => "analyst",
        UserRole::Uploader => "uploader",
        UserRole::Reader => "reader",
        UserRole::StatisticsEditor => "statistics editor",
        UserRole::Helper => "helper",
        UserRole::Trainer => "trainer",
        UserRole::Coordinator => "coordinator",
    }
}

pub(crate) fn format(format: FileFormat) -> &'static str {
    match format {
        FileFormat::Apk => "Android package (APK)",
        FileFormat::ApkBundle => "Android package in pieces (APKS, XAPK, APKM)",
        FileFormat::Zip => "ZIP archive, no Android package",
        FileFormat::Dex => "bare Android code (DEX)",
        FileFormat::Empty => "empty file",
        FileFormat::Unrecognised => "not a format we read",
    }
}

pub(crate) fn sample_state(state: SampleState) -> &'static str {
    match state {
        SampleState::Queued => "waiting for analysis",
        SampleState::Analysing => "being analysed",
        SampleState::Analysed => "analysed",
        SampleState::Failed => "not analysed",
    }
}

pub(crate) fn tier(tier: Tier) -> &'static str {
    match tier {
        Tier::Declared => "declared",
        Tier::Referenced => "referenced",
        Tier::Called => "called",
        Tier::String => "mentioned",
    }
}

/// How strongly a capability is supported: words, and as many bars of three.
pub(crate) struct SupportView {
    pub(crate) words: &'static str,
    pub(crate) bars: u8,
}

pub(crate) fn support(support: Support) -> SupportView {
    match support {
        Support::Supported => SupportView { words: "supported", bars: 3 },
        Support::Possible => SupportView { words: "possible", bars: 2 },
        Support::Weak => SupportView { words: "weak", bars: 1 },
    }
}

/// Where a capability stands on a sample's page: once for the app itself, and once for each app inside
/// it that has it.
pub(crate) fn anchor(capability: &Capability) -> String {
    let Some(path) = &capability.inside else { return capability.id.clone() };
    let mut hasher = DefaultHasher::new();
    path.hash(&mut hasher);
    format!("{}-in-{:016x}", capability.id, hasher.finish())
}

/// `meta_data` -> `meta data`.
pub(crate) fn plain(id: &str) -> String {
    id.replace('_', " ")
}

/// What a line of a comparison is about: a signal of the catalogue by the action that gives it.
pub(crate) fn which(part: Part, which: &str) -> String {
    // An app inside the file stands before its signal.
    let (whose, id) = which.rfind(": ").map_or(("", which), |at| which.split_at(at + 2));
    let signals = &unwatched_analysis::catalogue::catalogue().signals;
    match signals.iter().find(|signal| part == Part::Observable && signal.id == id) {
        Some(signal) => format!("{whose}somebody {} ({})", signal.words, plain(id)),
        None => which.to_owned(),
    }
}

/// A length of time in the largest unit that fits it whole: `90 seconds`, `15 minutes`.
pub(crate) fn lasting(seconds: u64) -> String {
    const UNITS: [(u64, &str); 4] =
        [(86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")];
    let fits = |unit: u64| seconds >= unit && seconds.is_multiple_of(unit);
    let (unit, name) = UNITS.into_iter().find(|(unit, _)| fits(*unit)).unwrap_or((1, "second"));
    let count = seconds / unit;
    if count == 1 { format!("1 {name}") } else { format!("{count} {name}s") }
}

/// What is known of whose an address is.
pub(crate) fn mark(mark: EndpointMark) -> &'static str {
    match mark {
        EndpointMark::Shared => "shared infrastructure",
        EndpointMark::Sdk => "a service many apps build in",
        EndpointMark::Cdn => "delivers files for anybody",
        EndpointMark::Everyday => "most phones ask it daily",
        EndpointMark::Library => "in library code only",
        EndpointMark::Private => "a network of its own",
    }
}

/// The first letter large.
pub(crate) fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn list(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// A point in time for people and for machines.
#[derive(Clone)]
pub(crate) struct TimeView {
    pub(crate) words: String,
    pub(crate) machine: String,
}

impl From<Timestamp> for TimeView {
    fn from(time: Timestamp) -> Self {
        Self {
            words: time.strftime("%Y-%m-%d %H:%M UTC").to_string(),
            machine: time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        }
    }
}

/// `12345` -> `12,345`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A size in decimal units, as file managers show it.
pub(crate) fn size(size_bytes: u64) -> String {
    let unit = |unit: u64, name: &str| {
        let tenths = (size_bytes.saturating_mul(10) + unit / 2) / unit;
        if tenths < 100 {
            format!("{}.{} {name}", tenths / 10, tenths % 10)
        } else {
            format!("{} {name}", (tenths + 5) / 10)
        }
    };
    match size_bytes {
        0..1_000 => format!("{size_bytes} bytes"),
        1_000..1_000_000 => unit(1_000, "kB"),
        1_000_000..1_000_000_000 => unit(1_000_000, "MB"),
        _ => unit(1_000_000_000, "GB"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        let check = |size_bytes, expected: &str| assert_eq!(size(size_bytes), expected);
        check(0, "0 bytes");
        check(999, "999 bytes");
        check(1_250, "1.3 kB");
        check(65_536, "66 kB");
        check(12_000_000, "12 MB");
        check(3_000_000_000, "3.0 GB");
    }

    #[test]
    fn numbers_are_grouped() {
        let check = |number, expected: &str| assert_eq!(grouped(number), expected);
        check(0, "0");
        check(999, "999");
        check(1_000, "1,000");
        check(1_234_567, "1,234,567");
    }

    #[test]
    fn lists() {
        let words = |all: &[&str]| all.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(list(&words(&["a", "b", "c"])), "a, b and c");
        assert_eq!(list(&words(&["a"])), "a");
    }
}
