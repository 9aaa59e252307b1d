//! What the apps inside a file bring to its report: what each can do, would report and mentions, with
//! the path of the app whose it is. Whoever reads the report must not have to ask for it.

use std::collections::BTreeSet;

use unwatched_model::report::{
    Anomaly, Capability, Endpoint, Evidence, Observable, Part, PartKind, Report, Support, Unread,
};

use super::Analysis;
use crate::findings::shortened;

/// As many pieces of evidence stand beside what an app inside can do; the report of that app alone
/// has all of them.
const MAX_EVIDENCE: usize = 5;
const MAX_PATH_CHARS: usize = 300;

/// What the apps inside bring; it is told after what the app itself can do.
#[derive(Default)]
pub(super) struct Carried {
    capabilities: Vec<Capability>,
    observable_by: Vec<Observable>,
    endpoints: Vec<Endpoint>,
    pub(super) unread: Vec<Unread>,
}

impl Analysis<'_> {
    /// Takes over the report of an app that lies at this path.
    pub(super) fn carry(&mut self, path: &str, read: Report) {
        let within = |place: &str| shortened(&format!("{path}!{place}"), 700);
        let inside = |deeper: Option<&str>| match deeper {
            Some(deeper) => Some(shortened(&format!("{path}!{deeper}"), MAX_PATH_CHARS)),
            None => Some(shortened(path, MAX_PATH_CHARS)),
        };
        self.report.parts.push(part(path.to_owned(), PartKind::App, &read));
        let few = |evidence: Vec<Evidence>| {
            let few = evidence.into_iter().take(MAX_EVIDENCE);
            few.map(|piece| Evidence { place: within(&piece.place), ..piece }).collect()
        };
        for one in read.capabilities {
            let (inside, evidence) = (inside(one.inside.as_deref()), few(one.evidence));
            self.carried.capabilities.push(Capability { inside, evidence, ..one });
        }
        for one in read.observable_by {
            let (inside, evidence) = (inside(one.inside.as_deref()), few(one.evidence));
            self.carried.observable_by.push(Observable { inside, evidence, ..one });
        }
        for mut one in read.endpoints {
            one.place = within(&one.place);
            self.carried.endpoints.push(one);
        }
        for deeper in read.parts {
            self.report.parts.push(Part { path: format!("{path}!{}", deeper.path), ..deeper });
        }
        for anomaly in read.anomalies {
            self.report.anomalies.push(Anomaly { place: within(&anomaly.place), ..anomaly });
        }
        for problem in read.problems {
            self.problem(&problem.what, &within(&problem.place));
        }
        for left in read.left_out {
            self.left_out(&left.what, &within(&left.place));
        }
        self.carried.unread.extend(read.unread);
    }

    /// Puts what the apps inside bring behind what the app itself can do.
    pub(super) fn tell_carried(&mut self) {
        let Carried { capabilities, observable_by, endpoints, unread } =
            std::mem::take(&mut self.carried);
        self.report.unread.extend(unread);
        self.report.unread.sort_unstable();
        self.report.unread.dedup();
        self.report.capabilities.extend(capabilities);
        self.report.observable_by.extend(observable_by);
        if endpoints.is_empty() {
            return;
        }
        let key = |one: &Endpoint| (one.kind.clone(), one.value.clone());
        let mut known: BTreeSet<_> = self.report.endpoints.iter().map(key).collect();
        let mut left_out = 0;
        for endpoint in endpoints {
            if !known.insert(key(&endpoint)) {
                continue;
            }
            if self.report.endpoints.len() < self.limits.max_endpoints {
                self.report.endpoints.push(endpoint);
            } else {
                left_out += 1;
            }
        }
        self.report.endpoints.sort_by_key(key);
        if left_out > 0 {
            let what = format!("{left_out} more addresses of apps inside it are not listed");
            self.left_out(&what, "addresses");
        }
    }
}

/// Who an app inside the file is.
pub(super) fn part(path: String, kind: PartKind, report: &Report) -> Part {
    let supported = report.capabilities.iter().filter(|one| one.support == Support::Supported);
    let own = supported.filter(|one| one.inside.is_none());
    let capabilities = match kind {
        PartKind::App => own.map(|one| one.id.clone()).collect(),
        PartKind::Base | PartKind::Split => Vec::new(),
    };
    Part {
        path,
        kind,
        sha256: report.sha256,
        sha1: report.sha1,
        md5: report.md5,
        size_bytes: report.size_bytes,
        package: report.package.clone(),
        label: report.label.clone(),
        version_code: report.version_code,
        certificates: report.certificates.clone(),
        capabilities,
    }
}
