//! Whole files in, reports out: what a partner would read.

mod capabilities;
mod catalogue;
mod formats;
mod hidden_code;
mod hostile;
mod identity;
mod items;
mod observable;
mod opened;
mod oracle;
mod parts;
mod pictured;
mod queue;
mod real_app;
mod reports;
mod rules;
mod unread;

use unwatched_analysis::{Limits, analyze};
use unwatched_fixtures::apk::{ApkBuilder, Component};
use unwatched_model::report::{Capability, Report};

/// A report under the default limits.
fn report(bytes: &[u8]) -> Report {
    analyze(None, bytes, &Limits::default())
}

/// An app that shows itself and has nothing else.
fn plain_app() -> ApkBuilder {
    ApkBuilder::new("com.example.plain").component(Component::activity(".Main").launcher())
}

/// The capability of this id, if the report has it.
fn capability<'r>(report: &'r Report, id: &str) -> Option<&'r Capability> {
    report.capabilities.iter().find(|capability| capability.id == id)
}

/// Whether a problem's text or place contains this.
fn has_problem(report: &Report, part: &str) -> bool {
    report
        .problems
        .iter()
        .any(|problem| problem.what.contains(part) || problem.place.contains(part))
}

/// Whether the report has an anomaly of this id.
fn has_anomaly(report: &Report, id: &str) -> bool {
    report.anomalies.iter().any(|anomaly| anomaly.id == id)
}
