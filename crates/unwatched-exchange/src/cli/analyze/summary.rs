//! A report for people to read in a terminal.

use unwatched_analysis::questions;
use unwatched_model::report::{Endpoint, FileFormat, Report, said_of};
use unwatched_model::signature::Signature;

use super::{able, not_read, piece, printable};

/// A report for people: what it is, what it can do and why we say so, what is unusual, what could
/// not be read. No label: an analysis never says what an app is for.
pub(super) fn summary(report: &Report) -> String {
    let mut lines = vec![printable(report.file.as_deref().unwrap_or("-"))];
    lines.push(format!("  {}, {} bytes", what_it_is(report), report.size_bytes));
    lines.push(format!("  sha256 {}", report.sha256));
    for certificate in &report.certificates {
        let how = if certificate.verified { "verified" } else { "claimed, not verified" };
        lines.push(format!("  certificate sha256 {} ({how})", certificate.sha256));
    }
    lines.extend(report.signature.iter().flat_map(signature_lines));
    for capability in &report.capabilities {
        let able = able(capability.inside.as_deref(), &capability.name);
        lines.push(format!("  {able} ({})", capability.support.as_str()));
        lines.extend(capability.evidence.iter().map(|one| format!("    {}", piece(one))));
    }
    for observable in &report.observable_by {
        let support = observable.support.as_str();
        let sentence = said_of(observable.inside.as_deref(), &observable.sentence);
        lines.push(format!("  would tell: {} ({support})", printable(&sentence)));
    }
    let unknown = questions::removal_unknown(report).filter(|_| is_app(report));
    lines.extend(unknown.map(|unknown| format!("  would tell: {unknown}")));
    for endpoint in &report.endpoints {
        lines.push(format!("  mentions: {}", mentioned(endpoint)));
    }
    lines.extend(inside(report));
    for anomaly in &report.anomalies {
        let (what, place) = (printable(&anomaly.what), printable(&anomaly.place));
        lines.push(format!("  unusual: {what}, in {place}"));
    }
    for problem in &report.problems {
        lines.push(format!("  {}", not_read(problem)));
    }
    for left in &report.left_out {
        let (what, place) = (printable(&left.what), printable(&left.place));
        lines.push(format!("  left out on purpose: {what}, in {place}"));
    }
    lines.push("\n".to_owned());
    lines.join("\n")
}

fn is_app(report: &Report) -> bool {
    matches!(report.format, FileFormat::Apk | FileFormat::ApkBundle | FileFormat::Dex)
}

/// An address with what is known of whose it is.
fn mentioned(endpoint: &Endpoint) -> String {
    let address = format!("{} {}", endpoint.kind, printable(&endpoint.value));
    let tenant = endpoint.tenant.as_deref().map(|tenant| format!("of {}", printable(tenant)));
    let marks = endpoint.marks.iter().map(|mark| mark.as_str().to_owned());
    let known: Vec<_> = tenant.into_iter().chain(marks).collect();
    if known.is_empty() { address } else { format!("{address} ({})", known.join(", ")) }
}

/// What the file is made of.
fn inside(report: &Report) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(icon) = &report.icon {
        let look = match (&icon.resembles, icon.invisible) {
            (_, true) => "cannot be seen".to_owned(),
            (Some(what), false) => format!("looks like the system's {}", printable(what)),
            (None, false) => "its own".to_owned(),
        };
        lines.push(format!("  icon: {look}, in {}", printable(&icon.path)));
    }
    for part in &report.parts {
        let (kind, path) = (part.kind.as_str(), printable(&part.path));
        lines.push(format!("  holds: {kind} {path}, sha256 {}", part.sha256));
    }
    for trace in &report.traces {
        let (name, place) = (printable(&trace.name), printable(&trace.place));
        lines.push(format!("  made with: {} {name}, in {place}", trace.kind));
    }
    for library in &report.native {
        let path = printable(&library.path);
        lines.push(format!("  native library: {path} for {}", printable(&library.abi)));
    }
    lines
}

/// Each scheme that is there, and what Android makes of them.
fn signature_lines(signature: &Signature) -> Vec<String> {
    let mut lines = Vec::new();
    for result in signature.schemes.iter().filter(|result| result.present) {
        let why = result.problems.first().map(|problem| printable(&problem.what));
        let how = why.map_or_else(|| "verified".to_owned(), |why| format!("does not hold: {why}"));
        lines.push(format!("  signed with {}: {how}", result.scheme.as_str()));
    }
    let at = signature.accepted_at;
    let word = |accepted| if accepted { "yes" } else { "no" };
    lines.push(format!(
        "  Android accepts the signatures: from 7 {}, from 9 {}, from 13 {}",
        word(at.api_24),
        word(at.api_28),
        word(at.api_33)
    ));
    let problems = signature.problems.iter();
    lines.extend(problems.map(|problem| format!("  signatures: {}", printable(&problem.what))));
    lines
}

fn what_it_is(report: &Report) -> String {
    match report.format {
        FileFormat::Apk | FileFormat::ApkBundle => {
            let shown = |text: &Option<String>| text.as_deref().map(printable);
            let package = shown(&report.package).unwrap_or_else(|| "without a name".to_owned());
            let label = shown(&report.label).map(|label| format!(" \"{label}\""));
            let version = shown(&report.version_name).map(|version| format!(" version {version}"));
            let (label, version) = (label.unwrap_or_default(), version.unwrap_or_default());
            let pieces = match report.format {
                FileFormat::ApkBundle => " in pieces",
                _ => "",
            };
            format!("Android app{pieces} {package}{label}{version}")
        }
        FileFormat::Zip => "a ZIP that is no Android app".to_owned(),
        FileFormat::Dex => "a DEX by itself".to_owned(),
        FileFormat::Empty => "an empty file".to_owned(),
        FileFormat::Unrecognised => "none of the formats read here".to_owned(),
    }
}
