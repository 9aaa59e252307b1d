//! Apps inside a file: the pieces of one (`.apks`, `.xapk`, `.apkm`), and others that an app
//! carries along. Each is read as a file of its own, to a depth and an amount.

use std::borrow::Cow;

use unwatched_model::report::{FileFormat, PartKind, Report, Unread};

use super::bundle_list::Listed;
use super::carried::part;
use super::code::{Collected, code_entries};
use super::{Analysis, MANIFEST, Signed, Splits};
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
struct Piece {
    entry: Entry,
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
            self.unread_code(&what, "the ZIP's directory");
        }
        let mut pieces: Vec<Piece> = Vec::new();
        for entry in entries.into_iter().take(MAX_PARTS) {
            let Some(data) = self.part(archive, &entry) else { continue };
            let Inner { report, is_split, signed } = self.inner(&data, None, None, true);
            if report.format == FileFormat::Apk {
                pieces.push(Piece { entry, report, is_split, signed });
            } else {
                self.unread_code("this piece is no app that could be read", &entry.name);
            }
        }
        let listed = self.bundle_list(archive);
        let Some(base) = base_of(&pieces, &listed) else { return false };
        let base = pieces.swap_remove(base);
        let base_path = base.entry.name.clone();
        self.note_list_differs(&listed, &base_path, base.report.package.as_deref());
        let (splits, others): (Vec<_>, Vec<_>) = pieces
            .into_iter()
            .partition(|piece| piece.is_split && piece.report.package == base.report.package);

        let mut parts = vec![part(base_path, PartKind::Base, &base.report)];
        parts.extend(
            splits.iter().map(|one| part(one.entry.name.clone(), PartKind::Split, &one.report)),
        );
        parts.sort_by(|a, b| (a.kind, &a.path).cmp(&(b.kind, &b.path)));
        let Some(data) = self.part(archive, &base.entry) else { return false };
        let entries: Vec<Entry> = splits.into_iter().map(|one| one.entry).collect();
        let splits = Splits { archive, entries: &entries };
        let read = self.inner(&data, Some(splits), base.signed, false);
        drop(data);
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
            let Some(data) = self.part(archive, &other.entry) else { continue };
            let read = self.inner(&data, None, other.signed, false);
            self.carry(&other.entry.name, read.report);
        }
        self.carried.unread.append(&mut self.judged_without);
        self.tell_carried();
        true
    }

    /// The bytes of an app or archive inside the file; one is held at a time.
    pub(super) fn part<'b>(
        &mut self,
        archive: &Archive<'b>,
        entry: &Entry,
    ) -> Option<Cow<'b, [u8]>> {
        let data = self.read_entry(archive, entry, MAX_PART_BYTES.min(self.parts_left));
        let read = data.as_ref().map_or(0, |data| data.len());
        if read == 0 || (read as u64) < entry.declared {
            self.judged_without.push(Unread::Code);
        }
        if matches!(data, Some(Cow::Owned(_))) {
            self.parts_left -= read;
            // It has a budget of its own: what stands in it counts when it is read.
            self.inflated_bytes -= read;
        }
        data
    }

    /// The code of the app's other pieces, which runs with it.
    pub(super) fn splits(&mut self, collected: &mut Collected<'_>) {
        let Some(Splits { archive: outer, entries }) = self.splits.take() else { return };
        for entry in entries {
            let Some(data) = self.part(outer, entry) else { continue };
            let Some(Ok(archive)) = guarded(|| Archive::open(&data)) else {
                self.unread_code("this piece of the app could not be read", &entry.name);
                continue;
            };
            let prefix = format!("{}!", entry.name);
            let entries = code_entries(&archive);
            self.code_entries(&archive, &entries, &prefix, collected);
            self.payload(&archive, &prefix, collected);
            self.code_elsewhere(&archive, &prefix, collected);
        }
    }

    /// A ZIP inside the app: another app, or code that may be loaded, or an archive around such.
    pub(super) fn inner_archive(
        &mut self,
        archive: &Archive<'_>,
        entry: &Entry,
        place: &str,
        collected: &mut Collected<'_>,
    ) {
        if self.depth + self.archives >= MAX_DEPTH {
            self.unread_code("an archive this deep inside others was not read", place);
            return;
        }
        let Some(data) = self.part(archive, entry) else { return };
        self.archive_of(&data, place, collected);
    }

    /// The bytes of a ZIP inside the app.
    pub(super) fn archive_of(&mut self, data: &[u8], place: &str, collected: &mut Collected<'_>) {
        if self.depth + self.archives >= MAX_DEPTH {
            self.unread_code("an archive this deep inside others was not read", place);
            return;
        }
        let inner = match guarded(|| Archive::open(data)) {
            Some(Ok(inner)) => inner,
            Some(Err(why)) => return self.unread_code(&format!("{why}: it was not read"), place),
            None => return self.unread_code("the reader stopped unexpectedly", place),
        };
        if inner.find(MANIFEST).is_some() {
            self.inner_app(data, place);
            return;
        }
        let entries = code_entries(&inner);
        let prefix = format!("{place}!");
        if !entries.is_empty() {
            self.report.anomalies.push(anomaly(
                "code_in_unusual_place",
                "an archive with code that Android does not load by itself".to_owned(),
                place,
            ));
            self.code_entries(&inner, &entries, &prefix, collected);
        }
        self.archives += 1;
        self.code_elsewhere(&inner, &prefix, collected);
        self.archives -= 1;
    }

    fn inner_app(&mut self, data: &[u8], place: &str) {
        self.report.anomalies.push(anomaly(
            "app_inside",
            "another app, which this one may install or load".to_owned(),
            place,
        ));
        if self.apps_inside == MAX_PARTS {
            let what = format!("after {MAX_PARTS} apps inside others no more were read");
            self.unread_code(&what, "the ZIP's directory");
            return;
        }
        self.apps_inside += 1;
        let read = self.inner(data, None, None, false);
        self.carry(place, read.report);
    }

    /// Reads an app inside this file.
    fn inner<'b>(
        &mut self,
        data: &'b [u8],
        splits: Option<Splits<'b>>,
        signed: Option<Signed>,
        identity_only: bool,
    ) -> Inner {
        let mut hashing = Hashing::new();
        hashing.update(data);
        let mut analysis = Analysis {
            inflated_bytes: self.inflated_bytes,
            depth: self.depth + 1,
            apps_inside: self.apps_inside,
            looked_at: self.looked_at,
            parts_left: self.parts_left,
            splits,
            signed,
            identity_only,
            ..Analysis::new(data, self.limits, hashing.finish(None))
        };
        analysis.run();
        self.inflated_bytes = analysis.inflated_bytes;
        self.apps_inside = analysis.apps_inside;
        self.looked_at = analysis.looked_at;
        self.parts_left = analysis.parts_left;
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
fn base_of(pieces: &[Piece], listed: &Listed) -> Option<usize> {
    const NAMES: [&str; 4] =
        ["base.apk", "universal.apk", "splits/base-master.apk", "base-master.apk"];
    let whole = || pieces.iter().enumerate().filter(|(_, piece)| !piece.is_split);
    let by_list = || {
        let package =
            |piece: &Piece| listed.package.is_none() || listed.package == piece.report.package;
        let wanted = listed.base.as_deref()?;
        whole().find(|(_, piece)| piece.entry.name == wanted && package(piece))
    };
    let named =
        || NAMES.iter().find_map(|name| whole().find(|(_, piece)| piece.entry.name == *name));
    let by_package = || {
        whole().find(|(_, piece)| {
            let package = piece.report.package.as_deref().unwrap_or_default();
            piece.entry.name.strip_suffix(".apk").is_some_and(|stem| stem == package)
        })
    };
    let largest = || whole().max_by_key(|(_, piece)| piece.report.size_bytes);
    by_list().or_else(named).or_else(by_package).or_else(largest).map(|(place, _)| place)
}
