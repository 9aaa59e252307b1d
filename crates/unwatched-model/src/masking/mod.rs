//! What in a report belongs to one installation and not to the app: e-mail addresses, device
//! numbers, pairing codes, accounts in URLs, names, places. It is replaced by a word that says what stood there.
//!
//! An app built for one customer holds that customer's marks; a report travels to every partner.
//! What the app is (package, versions, hosts, class and method names, digests) is left as it is:
//! whether such a value may leave the coalition is the rule on held values, in [`crate::held`].

mod encoded;
mod given_names;
mod labels;
mod marks;
mod named;
mod nobody;
mod services;
mod text;
mod url;
mod words;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::report::{Problem, Report};

pub use named::{mask_label, mask_version};
pub use text::mask;

/// The place of what says how much was masked.
pub const PLACE: &str = "masked";

/// A kind of thing that is masked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Masked {
    /// An e-mail address.
    Email,
    /// An IMEI, a SIM's number, a serial.
    DeviceNumber,
    /// A UUID.
    Uuid,
    /// A licence, pairing or activation code.
    Code,
    /// A telephone number.
    Phone,
    /// Somebody's account in a URL or beside such a word.
    Account,
    /// A token, key or password.
    Token,
    /// What somebody is called.
    Name,
    /// What somebody is told.
    Message,
    /// Where somebody is.
    Place,
}

impl Masked {
    /// How many of it, in words.
    fn counted(self, count: usize) -> String {
        let (one, many) = match self {
            Self::Email => ("e-mail address", "e-mail addresses"),
            Self::DeviceNumber => ("device number", "device numbers"),
            Self::Uuid => ("UUID", "UUIDs"),
            Self::Code => ("code", "codes"),
            Self::Phone => ("telephone number", "telephone numbers"),
            Self::Account => ("account", "accounts"),
            Self::Token => ("token", "tokens"),
            Self::Name => ("name", "names"),
            Self::Message => ("message", "messages"),
            Self::Place => ("place", "places"),
        };
        format!("{count} {}", if count == 1 { one } else { many })
    }

    /// What stands in its place.
    fn placeholder(self) -> &'static str {
        match self {
            Self::Email => "{e-mail}",
            Self::DeviceNumber => "{device}",
            Self::Uuid => "{uuid}",
            Self::Code => "{code}",
            Self::Phone => "{phone}",
            Self::Account => "{account}",
            Self::Token => "{token}",
            Self::Name => "{name}",
            Self::Message => "{message}",
            Self::Place => "{place}",
        }
    }
}

/// What was found, each value once. It is counted and never printed.
#[derive(Default)]
pub struct Found(BTreeMap<Masked, BTreeSet<String>>);

impl Found {
    fn add(&mut self, kind: Masked, value: &str) {
        self.0.entry(kind).or_default().insert(value.to_owned());
    }

    /// How many different values of each kind.
    pub fn counts(&self) -> BTreeMap<Masked, usize> {
        self.0.iter().map(|(kind, values)| (*kind, values.len())).collect()
    }
}

/// Masks whom an app was built for, where its labels and its version say so.
fn named(report: &mut Report, found: &mut Found) {
    let parts = report.parts.iter_mut().filter_map(|part| part.label.as_mut());
    for label in report.label.iter_mut().chain(report.labels.values_mut()).chain(parts) {
        if let Some(masked) = mask_label(label, found) {
            *label = masked;
        }
    }
    if let Some(version) = &mut report.version_name {
        if let Cow::Owned(masked) = mask(version, found) {
            *version = masked;
        }
        if let Some(masked) = mask_version(version, found) {
            *version = masked;
        }
    }
}

/// Masks every text of a report that comes from the app, and says beside it how much.
pub fn report(report: &mut Report) {
    let mut found = Found::default();
    named(report, &mut found);
    let mut apply = |text: &mut String| {
        if let Cow::Owned(masked) = mask(text, &mut found) {
            *text = masked;
        }
    };
    report.label.iter_mut().for_each(&mut apply);
    report.labels.values_mut().for_each(&mut apply);
    report.version_name.iter_mut().for_each(&mut apply);
    for certificate in &mut report.certificates {
        certificate.subject.iter_mut().for_each(&mut apply);
    }
    let can = report.capabilities.iter_mut().flat_map(|known| &mut known.evidence);
    let noticed = report.observable_by.iter_mut().flat_map(|known| &mut known.evidence);
    for piece in can.chain(noticed) {
        apply(&mut piece.value);
        apply(&mut piece.place);
    }
    let can = report.capabilities.iter_mut().map(|known| &mut known.inside);
    let noticed = report.observable_by.iter_mut().map(|known| &mut known.inside);
    can.chain(noticed).flatten().for_each(&mut apply);
    for endpoint in &mut report.endpoints {
        apply(&mut endpoint.value);
        apply(&mut endpoint.place);
        endpoint.tenant.iter_mut().for_each(&mut apply);
    }
    for part in &mut report.parts {
        apply(&mut part.path);
        part.label.iter_mut().for_each(&mut apply);
        for certificate in &mut part.certificates {
            certificate.subject.iter_mut().for_each(&mut apply);
        }
    }
    for trace in &mut report.traces {
        apply(&mut trace.place);
    }
    for library in &mut report.native {
        apply(&mut library.path);
        library.implements.iter_mut().for_each(&mut apply);
    }
    report.permissions.iter_mut().for_each(&mut apply);
    report.icon.iter_mut().for_each(|icon| apply(&mut icon.path));
    for anomaly in &mut report.anomalies {
        apply(&mut anomaly.what);
        apply(&mut anomaly.place);
    }
    for problem in report.problems.iter_mut().chain(&mut report.left_out) {
        apply(&mut problem.what);
        apply(&mut problem.place);
    }
    // They name files inside the app.
    if let Some(signature) = &mut report.signature {
        let schemes = signature.schemes.iter_mut().flat_map(|scheme| &mut scheme.problems);
        schemes.chain(&mut signature.problems).for_each(|problem| apply(&mut problem.what));
    }
    let counts = found.counts();
    if counts.is_empty() {
        return;
    }
    // What differed in what was masked only is the same now.
    let key = |endpoint: &crate::report::Endpoint| (endpoint.kind.clone(), endpoint.value.clone());
    let mut seen = BTreeSet::new();
    report.endpoints.retain(|endpoint| seen.insert(key(endpoint)));
    let counted: Vec<_> = counts.into_iter().map(|(kind, count)| kind.counted(count)).collect();
    report.left_out.push(Problem {
        what: format!("masked, for it may belong to one installation: {}", counted.join(", ")),
        place: PLACE.to_owned(),
    });
}
