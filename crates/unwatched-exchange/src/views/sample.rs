//! The page of one sample: what the app can do, and why we say so.

use askama::Template;
use unwatched_model::access::Action;
use unwatched_model::digest::{Md5, Sha1, Sha256};
use unwatched_model::report::{
    Anomaly, Capability, Certificate, Endpoint, Problem, Report, said_of,
};
use unwatched_store::SampleRow;

use crate::views::download::DownloadView;
use crate::views::frame::Frame;
use crate::views::history::HistoryLine;
use crate::views::identity::FoundFamily;
use crate::views::inside::InsideView;
use crate::views::plainly::{self, AnswerView};
use crate::views::samples::{StateView, name};
use crate::views::signature::SignatureView;
use crate::views::triage::TriageView;
use crate::views::words::{self, SupportView, TimeView};

pub(crate) struct EvidenceView {
    pub(crate) tier: &'static str,
    pub(crate) kind: String,
    pub(crate) value: String,
    pub(crate) place: String,
}

/// An address, and what is known of whose it is.
pub(crate) struct EndpointView {
    pub(crate) kind: String,
    pub(crate) value: String,
    pub(crate) place: String,
    pub(crate) marks: Vec<&'static str>,
    /// On shared infrastructure, the part that belongs to one customer.
    pub(crate) tenant: Option<String>,
}

pub(crate) struct CapabilityView {
    pub(crate) id: String,
    /// What is linked to on the page: an app inside may be able to do the same.
    pub(crate) anchor: String,
    pub(crate) name: String,
    pub(crate) support: SupportView,
    /// Why it matters, and who does it harmlessly; empty in reports of older engines.
    pub(crate) why: String,
    pub(crate) innocent: String,
    /// The criteria it bears on, by their titles.
    pub(crate) criteria: String,
    pub(crate) evidence: Vec<EvidenceView>,
}

pub(crate) struct GroupView {
    pub(crate) name: String,
    pub(crate) capabilities: Vec<CapabilityView>,
}

pub(crate) struct SubmissionView {
    pub(crate) by: String,
    pub(crate) at: TimeView,
    pub(crate) file_name: Option<String>,
    pub(crate) tlp: String,
    pub(crate) pap: String,
    pub(crate) group: Option<String>,
    pub(crate) declared_public: bool,
}

#[derive(Template)]
#[template(path = "portal/sample.html")]
pub(crate) struct SamplePage {
    pub(crate) frame: Frame,
    pub(crate) may_judge: bool,
    pub(crate) sha256: Sha256,
    pub(crate) sha1: Sha1,
    pub(crate) md5: Md5,
    pub(crate) name: String,
    pub(crate) package: Option<String>,
    pub(crate) version: Option<String>,
    pub(crate) format: &'static str,
    pub(crate) size: String,
    pub(crate) state: StateView,
    pub(crate) has_report: bool,
    pub(crate) problems: Vec<Problem>,
    /// What was read and is not listed.
    pub(crate) left_out: Vec<Problem>,
    pub(crate) answers: Vec<AnswerView>,
    pub(crate) signature: Option<SignatureView>,
    pub(crate) inside: Option<InsideView>,
    pub(crate) capability_count: usize,
    pub(crate) groups: Vec<GroupView>,
    pub(crate) endpoints: Vec<EndpointView>,
    pub(crate) permissions: Vec<String>,
    pub(crate) anomalies: Vec<Anomaly>,
    pub(crate) certificates: Vec<Certificate>,
    /// Whether a certificate is only claimed.
    pub(crate) claimed: bool,
    pub(crate) matches: Vec<FoundFamily>,
    pub(crate) triage: TriageView,
    pub(crate) history: Vec<HistoryLine>,
    pub(crate) submissions: Vec<SubmissionView>,
    pub(crate) download: Option<DownloadView>,
    /// Whether this reader may ask who sees it.
    pub(crate) may_ask_who: bool,
}

impl SamplePage {
    pub(crate) fn of(
        frame: Frame,
        may_judge: bool,
        row: &SampleRow,
        report: Option<Report>,
        matches: Vec<FoundFamily>,
        triage: TriageView,
        mut history: Vec<HistoryLine>,
    ) -> Self {
        history.sort_by(|a, b| b.at.machine.cmp(&a.at.machine));
        let has_report = report.is_some();
        let report = report.unwrap_or_else(|| nothing_known(row));
        let own = frame.viewer.as_ref().map(|viewer| viewer.partner.as_str());
        let submitted = row.submissions.iter().any(|one| Some(one.by.as_str()) == own);
        let answers = plainly::answers(&report);
        let inside = InsideView::of(&report);
        let signature = report.signature.as_ref().map(SignatureView::of);
        Self {
            may_ask_who: submitted || frame.may(Some(Action::ManageGroups)),
            frame,
            may_judge,
            sha256: row.sha256,
            sha1: row.sha1,
            md5: row.md5,
            name: name(row),
            package: row.package.clone().or(report.package).as_deref().map(words::shown),
            version: report.version_name.as_deref().map(words::shown),
            format: if has_report { words::format(report.format) } else { "not read yet" },
            size: words::size(row.size_bytes),
            state: StateView::of(row),
            has_report,
            problems: report.problems.iter().map(problem_shown).collect(),
            left_out: report.left_out.iter().map(problem_shown).collect(),
            answers,
            signature,
            inside,
            capability_count: report.capabilities.len(),
            groups: grouped(report.capabilities),
            endpoints: report.endpoints.iter().map(endpoint_view).collect(),
            permissions: report.permissions.iter().map(|name| words::shown(name)).collect(),
            anomalies: report.anomalies.into_iter().map(anomaly_shown).collect(),
            claimed: report.certificates.iter().any(|certificate| !certificate.verified),
            certificates: report.certificates.iter().map(certificate_shown).collect(),
            matches,
            triage,
            history,
            submissions: row.submissions.iter().map(submission).collect(),
            download: None,
        }
    }
}

fn submission(submission: &unwatched_store::Submission) -> SubmissionView {
    SubmissionView {
        by: submission.by.to_string(),
        at: submission.at.into(),
        file_name: submission.file_name.as_deref().map(words::shown),
        tlp: submission.sharing.tlp.to_string(),
        pap: submission.sharing.pap.to_string(),
        group: submission.sharing.group.as_ref().map(ToString::to_string),
        declared_public: submission.declared_public,
    }
}

// What a report says was read from a file that somebody hostile may have made.

fn problem_shown(problem: &Problem) -> Problem {
    Problem { what: words::shown(&problem.what), place: words::shown(&problem.place) }
}

fn anomaly_shown(anomaly: Anomaly) -> Anomaly {
    let (what, place) = (words::shown(&anomaly.what), words::shown(&anomaly.place));
    Anomaly { what, place, ..anomaly }
}

fn endpoint_view(endpoint: &Endpoint) -> EndpointView {
    let marks = endpoint.marks.iter().map(|mark| words::mark(*mark)).collect();
    EndpointView {
        kind: words::shown(&endpoint.kind),
        value: words::shown(&endpoint.value),
        place: words::shown(&endpoint.place),
        marks,
        tenant: endpoint.tenant.as_deref().map(words::shown),
    }
}

fn certificate_shown(certificate: &Certificate) -> Certificate {
    let subject = certificate.subject.as_deref().map(words::shown);
    Certificate { subject, ..*certificate }
}

/// Stands in for a report that is not there; the page says that it is not.
fn nothing_known(row: &SampleRow) -> Report {
    Report::of_digests(row.sha256, row.sha1, row.md5, row.size_bytes)
}

/// Groups in the order in which the catalogue first names them; within a group the best supported
/// first.
fn grouped(capabilities: Vec<Capability>) -> Vec<GroupView> {
    let mut groups: Vec<(String, Vec<Capability>)> = Vec::new();
    for capability in capabilities {
        match groups.iter_mut().find(|(group, _)| *group == capability.group) {
            Some((_, of_group)) => of_group.push(capability),
            None => groups.push((capability.group.clone(), vec![capability])),
        }
    }
    groups
        .into_iter()
        .map(|(group, mut capabilities)| {
            capabilities.sort_by_key(|capability| capability.support);
            GroupView {
                name: words::sentence(&words::plain(&group)),
                capabilities: capabilities.into_iter().map(capability_view).collect(),
            }
        })
        .collect()
}

fn capability_view(capability: Capability) -> CapabilityView {
    let criteria: Vec<_> =
        capability.criteria.iter().map(|one| one.wording().title.clone()).collect();
    CapabilityView {
        anchor: words::anchor(&capability),
        id: capability.id,
        name: words::shown(&said_of(
            capability.inside.as_deref(),
            &words::sentence(&capability.name),
        )),
        support: words::support(capability.support),
        why: words::shown(&capability.why),
        innocent: words::shown(&capability.innocent),
        criteria: words::list(&criteria),
        evidence: capability
            .evidence
            .into_iter()
            .map(|piece| EvidenceView {
                tier: words::tier(piece.tier),
                kind: match piece.kind.as_str() {
                    "string" => "text".to_owned(),
                    kind => words::plain(kind),
                },
                value: words::shown(&piece.value),
                place: words::shown(&piece.place),
            })
            .collect(),
    }
}
