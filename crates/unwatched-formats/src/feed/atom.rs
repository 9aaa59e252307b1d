//! `releases.atom`: releases and recalls, for whoever reads news with a feed reader. A recall says
//! of which family something was taken back and why; the value stands in `index.json` alone.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use jiff::Timestamp;
use unwatched_model::recall::Recalled;

use super::{Feed, Head, identity};

/// The file's name.
pub const FILE_NAME: &str = "releases.atom";

/// The file. `earlier` are the releases before this one, the latest first; `base` is the address of
/// the folder that the files are served from, with its slash, where it is known.
pub fn render(feed: &Feed<'_>, earlier: &[Head], recalls: &[Recalled], base: &str) -> Vec<u8> {
    let updated = feed.head.published;
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"en\">\n  \
         <id>urn:uuid:{}</id>\n  <title>Unwatched: releases and recalls</title>\n  \
         <updated>{}</updated>\n  <author><name>Unwatched</name></author>\n",
        identity::named("releases", &[base]),
        second(updated),
    );
    if !base.is_empty() {
        let _ = writeln!(text, "  <link rel=\"self\" href=\"{}{FILE_NAME}\"/>", escaped(base));
    }
    let rights = feed.notice_lines();
    let _ = writeln!(text, "  <rights>{}</rights>", escaped(&rights[1..].join(" ")));
    entry_of_release(&mut text, feed.head, base, Some(feed));
    for release in earlier {
        entry_of_release(&mut text, *release, base, None);
    }
    for recall in recalls {
        entry_of_recall(&mut text, recall, base);
    }
    text.push_str("</feed>\n");
    text.into_bytes()
}

fn entry_of_release(text: &mut String, release: Head, base: &str, feed: Option<&Feed<'_>>) {
    let sequence = release.sequence;
    let said = feed.map_or_else(
        || format!("Release {sequence}."),
        |feed| {
            // As everywhere else: a value of two families, or in two roles, is one indicator.
            let values: BTreeSet<_> = feed.rows.iter().map(|row| (row.kind, row.value)).collect();
            let (values, families) = (values.len(), feed.families.len());
            format!("Release {sequence}: {values} indicators of {families} families.")
        },
    );
    entry(
        text,
        &identity::named("release", &[&sequence.to_string()]).to_string(),
        &format!("Release {sequence}"),
        release.published,
        &said,
        &format!("{base}index.json"),
    );
}

fn entry_of_recall(text: &mut String, recall: &Recalled, base: &str) {
    let about = [
        recall.family.as_str(),
        recall.kind.as_str(),
        recall.value.as_str(),
        &recall.recalled.to_string(),
    ];
    entry(
        text,
        &identity::named("recall", &about).to_string(),
        &format!("Recalled: a {} of {}", recall.kind, recall.family),
        recall.recalled,
        &format!("An earlier release listed it by mistake: {}", recall.why),
        &format!("{base}index.json"),
    );
}

fn entry(text: &mut String, uuid: &str, title: &str, at: Timestamp, said: &str, link: &str) {
    let _ = write!(
        text,
        "  <entry>\n    <id>urn:uuid:{uuid}</id>\n    <title>{}</title>\n    <updated>{}</updated>\n    \
         <link href=\"{}\"/>\n    <summary>{}</summary>\n  </entry>\n",
        escaped(title),
        second(at),
        escaped(link),
        escaped(said),
    );
}

/// Readers of feeds know seconds.
fn second(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in super::printable(text).chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            c => escaped.push(c),
        }
    }
    escaped
}
