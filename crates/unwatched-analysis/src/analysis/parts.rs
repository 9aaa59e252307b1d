//! Apps inside a file: the pieces of one (`.apks`, `.xapk`, `.apkm`), and others that an app
//! carries along. Each is read as a file of its own, to a depth and an amount.

use std::borrow::Cow;

use unwatched_model::report::{FileFormat, PartKind, Report};

use super::bundle_list::Listed;
use super::carried::part;
use super::code::{Collected, code_entries};
use super::{Analysis, MANIFEST, Signed};
use crate::findings::{anomaly, guarded};
use crate::hashing::Hashing;
use crate::zip::{Archive, Entry};

/// More pieces than any real app comes in.
const MAX_PARTS: usize = 100;
/// An app in an app in an app is read, and no further.
const MAX_DEPTH: usize = 2;
/// The longest app inside another one.
const MAX_PART_BYTES: usize = 128 << 20;

/// An app inside the file, as far as it was asked who it is.
struct Piece<'b> {
    path: String,
    data: Cow<'b, [u8]>,
    report: Report,
    is_split: bool,
    signed: Option<Signed>,
}

impl<'a> Analysis<'a> {
    /// Reads a file that holds an app with its pieces; false when it holds none.
    pub(super) fn bundle(&mut self, archive: &Archive<'a>) -> bool {
        let is_app = |entry: &&Entry| entry.name.to_ascii_lowercase().ends_with(".apk");
        let entries: Vec<Entry> = archive.entries.iter().filter(is_app).cloned().collect();
        if entries.len() > MAX_PARTS {
            let what =
                format!("{} pieces, of which the first {MAX_PARTS} were read", entries.len());
            self.problem(&what, "the ZIP's directory");
        }
        let mut pieces: Vec<Piece<'a>> = Vec::new();
        for entry in entries.iter().take(MAX_PARTS) {
            let Some(data) = self.read_entry(archive, entry, MAX_PART_BYTES) else { continue };
            let Inner { report, is_split, signed } = self.inner(&data, Vec::new(), None, true);
            if report.format == FileFormat::Apk {
                pieces.push(Piece { path: entry.name.clone(), data, report, is_split, signed });
            }
        }
        let listed = self.bundle_list(archive);
        let Some(base) = base_of(&pieces, &listed) else { return false };
        let base = pieces.swap_remove(base);
        self.note_list_differs(&listed, &base.path, base.report.package.as_deref());
        let (splits, others): (Vec<_>, Vec<_>) = pieces
            .into_iter()
            .partition(|piece| piece.is_split && piece.report.package == base.report.package);

        let companions = splits.iter().map(|split| (split.path.clone(), &*split.data)).collect();
        let read = self.inner(&base.data, companions, base.signed, false);
        let mut parts = vec![part(base.path, PartKind::Base, &base.report)];
        parts.extend(splits.into_iter().map(|one| part(one.path, PartKind::Split, &one.report)));
        parts.sort_by(|a, b| (a.kind, &a.path).cmp(&(b.kind, &b.path)));
        let whole = std::mem::replace(
            &mut self.report,
            Report { format: FileFormat::ApkBundle, ..read.report },
        );
        let Report { file, sha256, sha1, md5, size_bytes, anomalies, problems, .. } = whole;
        let report = &mut self.report;
        (report.file, report.sha256, report.sha1, report.md5) = (file, sha256, sha1, md5);
        report.size_bytes = size_bytes;
        report.anomalies.splice(0..0, anomalies);
        report.problems.splice(0..0, problems);
        parts.append(&mut report.parts);
        report.parts = parts;
        for other in others {
            let read = self.inner(&other.data, Vec::new(), other.signed, false);
            self.carry(&other.path, read.report);
        }
        self.tell_carried();
        true
    }

    /// The code of the app's other pieces, which runs with it.
    pub(super) fn splits(&mut self, collected: &mut Collected<'_>) {
        for (path, data) in std::mem::take(&mut self.splits) {
            let Some(Ok(archive)) = guarded(|| Archive::open(data)) else {
                self.problem("this piece of the app could not be read", &path);
                continue;
            };
            let prefix = format!("{path}!");
            let entries = code_entries(&archive);
            self.code_entries(&archive, &entries, &prefix, collected);
            self.payload(&archive, &prefix, collected);
        }
    }

    /// A ZIP inside the app: another app, or code that may be loaded.
    pub(super) fn inner_archive(
        &mut self,
        archive: &Archive<'a>,
        entry: &Entry,
        collected: &mut Collected<'_>,
    ) {
        if self.depth >= MAX_DEPTH {
            self.problem("an archive this deep inside others was not read", &entry.name);
            return;
        }
        let Some(data) = self.read_entry(archive, entry, MAX_PART_BYTES) else { return };
        let Some(Ok(inner)) = guarded(|| Archive::open(&data)) else { return };
        if inner.find(MANIFEST).is_some() {
            self.report.anomalies.push(anomaly(
                "app_inside",
                "another app, which this one may install or load".to_owned(),
                &entry.name,
            ));
            if self.apps_inside == MAX_PARTS {
                let what = format!("after {MAX_PARTS} apps inside it, this one was not read");
                self.problem(&what, &entry.name);
                return;
            }
            self.apps_inside += 1;
            let read = self.inner(&data, Vec::new(), None, false);
            self.carry(&entry.name, read.report);
            return;
        }
        let entries = code_entries(&inner);
        if !entries.is_empty() {
            self.report.anomalies.push(anomaly(
                "code_in_unusual_place",
                "an archive with code that Android does not load by itself".to_owned(),
                &entry.name,
            ));
            self.code_entries(&inner, &entries, &format!("{}!", entry.name), collected);
        }
    }

    /// Reads an app inside this file.
    fn inner<'b>(
        &mut self,
        data: &'b [u8],
        splits: Vec<(String, &'b [u8])>,
        signed: Option<Signed>,
        identity_only: bool,
    ) -> Inner {
        let mut hashing = Hashing::new();
        hashing.update(data);
        let mut analysis = Analysis {
            inflated_bytes: self.inflated_bytes,
            depth: self.depth + 1,
            apps_inside: self.apps_inside,
            splits,
            signed,
            identity_only,
            ..Analysis::new(data, self.limits, hashing.finish(None))
        };
        analysis.run();
        self.inflated_bytes = analysis.inflated_bytes;
        self.apps_inside = analysis.apps_inside;
        Inner { is_split: analysis.is_split, signed: analysis.signed, report: analysis.report }
    }
}

struct Inner {
    report: Report,
    is_split: bool,
    signed: Option<Signed>,
}

/// Which piece is the app itself: as the file's own list says, where the piece is what the list
/// says of it; by the names that tools give it; or else the largest that is no split.
fn base_of(pieces: &[Piece<'_>], listed: &Listed) -> Option<usize> {
    const NAMES: [&str; 4] =
        ["base.apk", "universal.apk", "splits/base-master.apk", "base-master.apk"];
    let whole = || pieces.iter().enumerate().filter(|(_, piece)| !piece.is_split);
    let by_list = || {
        let package =
            |piece: &Piece<'_>| listed.package.is_none() || listed.package == piece.report.package;
        let wanted = listed.base.as_deref()?;
        whole().find(|(_, piece)| piece.path == wanted && package(piece))
    };
    let named = || NAMES.iter().find_map(|name| whole().find(|(_, piece)| piece.path == *name));
    let by_package = || {
        whole().find(|(_, piece)| {
            let package = piece.report.package.as_deref().unwrap_or_default();
            piece.path.strip_suffix(".apk").is_some_and(|stem| stem == package)
        })
    };
    let largest = || whole().max_by_key(|(_, piece)| piece.data.len());
    by_list().or_else(named).or_else(by_package).or_else(largest).map(|(place, _)| place)
}
