//! Code that lies where Android does not look by itself; the app may load it. Every file of an app is
//! looked at, whatever it is called: its first bytes, and of what is not packed all of it. What is
//! inflated for it is what no everyday app has.

use std::borrow::Cow;

use unwatched_model::report::{Anomaly, Unread};

use super::code::{Collected, is_code};
use super::{Analysis, MANIFEST, RESOURCES};
use crate::findings::{anomaly, guarded};
use crate::wrapped::{self, Wrapping};
use crate::zip::{Archive, Entry};
use crate::{dex, entropy, known_formats, magic};

/// How many files that look encrypted are named.
const MAX_ENCRYPTED: usize = 20;
const ENCRYPTED: &str = "looks_encrypted";
/// How many wrappings are opened of one another.
const MAX_WRAPPINGS: usize = 4;
/// How many pieces of code are looked for in one file.
const MAX_IN_ONE: usize = 8;
/// What stands behind a file's end and is shorter holds no code.
const SHORTEST_TAIL: usize = wrapped::SHORTEST;
/// The longest text that is read because it packs too badly for one.
const MAX_TEXT_BYTES: usize = 16 << 20;
/// How Android's own XML begins, which thousands of an app's files are.
const BINARY_XML: &[u8] = b"\x03\0\x08\0";

impl Analysis<'_> {
    /// Looks at every file that is not read for what it is. `prefix` is the path of an archive inside,
    /// where nothing is.
    pub(super) fn code_elsewhere(
        &mut self,
        archive: &Archive<'_>,
        prefix: &str,
        collected: &mut Collected<'_>,
    ) {
        let is_suspect = |entry: &&Entry| {
            let name = entry.name.as_str();
            !(is_code(name) || prefix.is_empty() && matches!(name, MANIFEST | RESOURCES))
        };
        let suspects: Vec<&Entry> = archive.entries.iter().filter(is_suspect).collect();
        let most = self.limits.max_looked_at.saturating_sub(self.looked_at);
        if suspects.len() > most {
            let what =
                format!("{} files may hold code, of which {most} were looked at", suspects.len());
            self.unread_code(&what, &format!("{prefix}the ZIP's directory"));
        }
        for entry in suspects.into_iter().take(most) {
            self.looked_at += 1;
            let start = guarded(|| archive.peek(entry)).unwrap_or_default();
            let place = format!("{prefix}{}", entry.name);
            if start.starts_with(dex::MAGIC) {
                self.dex_elsewhere(archive, entry, &place, collected);
            } else if start.starts_with(crate::zip::LOCAL_ENTRY) {
                self.inner_archive(archive, entry, &place, collected);
            } else if !start.starts_with(BINARY_XML) && start.len() >= 8 {
                self.look_closer(archive, entry, &place, collected);
            }
        }
    }

    fn dex_elsewhere(
        &mut self,
        archive: &Archive<'_>,
        entry: &Entry,
        place: &str,
        collected: &mut Collected<'_>,
    ) {
        if !self.takes_dex(place) {
            return;
        }
        match self.read_entry(archive, entry, self.limits.max_dex_bytes) {
            Some(data) => self.dex_files(&[(place.to_owned(), data)], collected),
            None => self.judged_without.push(Unread::Code),
        }
    }

    /// Notes a DEX in an unusual place; false where too many were read.
    fn takes_dex(&mut self, place: &str) -> bool {
        self.report.anomalies.push(anomaly(
            "code_in_unusual_place",
            "a DEX that Android does not load by itself".to_owned(),
            place,
        ));
        if self.dex_elsewhere == self.limits.max_dex_files {
            let most = self.limits.max_dex_files;
            let what = format!(
                "of the code files that Android does not load by itself the first {most} were read"
            );
            self.unread_code(&what, "the ZIP's directory");
            return false;
        }
        self.dex_elsewhere += 1;
        true
    }

    /// A file that is no code by its first bytes: a wrapping around some, something in front of it,
    /// or what looks like chance.
    fn look_closer(
        &mut self,
        archive: &Archive<'_>,
        entry: &Entry,
        place: &str,
        collected: &mut Collected<'_>,
    ) {
        if entry.declared < wrapped::SHORTEST as u64 {
            return;
        }
        let whole = guarded(|| archive.as_it_is(entry)).flatten();
        let packed = whole.is_none();
        let beginning = match whole {
            Some(all) => Cow::Borrowed(all),
            None => Cow::Owned(guarded(|| archive.beginning(entry)).unwrap_or_default()),
        };
        let start = &beginning[..beginning.len().min(1024)];
        let is_known = known_formats::is_known(start, entry.declared);
        if let Some(wrapping) = wrapped::wrapping(start).filter(|_| !is_known) {
            if let Some(data) = self.holds_code(archive, entry, wrapping, start) {
                self.unwrapped(&data, wrapping, place, collected);
            }
            return;
        }
        if wrapped::find_code(&beginning, 0).is_some() || (packed && may_begin_code(start)) {
            let data = if packed { self.part(archive, entry) } else { Some(beginning.clone()) };
            if let Some(data) = data {
                self.code_within(&data, place, collected);
            }
            return;
        }
        if let Some(what) = wrapped::unopened(start) {
            self.note_unopened(what, place);
        } else if is_known {
            let tail = known_formats::end_of(&beginning).filter(|_| !packed);
            self.look_behind(tail.map_or(&[], |end| &beginning[end..]), place);
        } else if magic::looks_like(start) == "unknown data" {
            self.note_encrypted(archive, entry, place);
        } else if entry.is_hardly_compressible() {
            let data = if packed {
                self.read_entry(archive, entry, MAX_TEXT_BYTES)
            } else {
                Some(beginning.clone())
            };
            self.look_like_chance(data.as_deref().unwrap_or_default(), place);
        }
    }

    /// All of a wrapped file, where the first of what it wraps may be code.
    fn holds_code<'b>(
        &mut self,
        archive: &Archive<'b>,
        entry: &Entry,
        wrapping: Wrapping,
        start: &[u8],
    ) -> Option<Cow<'b, [u8]>> {
        let first = guarded(|| wrapped::first_bytes(start, wrapping)).unwrap_or_default();
        let is_code = first.starts_with(dex::MAGIC)
            || wrapped::begins_as_zip(&first)
            || wrapped::wrapping(&first).is_some();
        let is_text = matches!(wrapping, Wrapping::Base64 | Wrapping::Hex);
        let unknown = || {
            is_text
                && !known_formats::is_known(&first, u64::MAX)
                && magic::looks_like(&first) == "unknown data"
        };
        (wrapping == Wrapping::Tar || is_code || unknown())
            .then(|| self.part(archive, entry))
            .flatten()
    }

    fn unwrapped(
        &mut self,
        data: &[u8],
        wrapping: Wrapping,
        place: &str,
        collected: &mut Collected<'_>,
    ) {
        let limit = self.limits.max_entry_bytes.min(self.parts_left);
        let files = guarded(|| wrapped::unwrap(data, wrapping, limit)).unwrap_or_default();
        let bytes: usize = files.iter().map(|(_, file)| file.len()).sum();
        self.parts_left = self.parts_left.saturating_sub(bytes);
        if bytes >= limit {
            self.unread_code("not all that is packed in it was read", place);
        }
        for (name, file) in files {
            let place = match name {
                Some(name) => format!("{place}!{name}"),
                None => place.to_owned(),
            };
            self.look_at(&file, &place, collected);
        }
    }

    /// What was unwrapped, or stands behind something else.
    pub(super) fn look_at(&mut self, data: &[u8], place: &str, collected: &mut Collected<'_>) {
        if self.wrappings == MAX_WRAPPINGS {
            self.unread_code("a file in so many wrappings was not read", place);
            return;
        }
        self.wrappings += 1;
        let start = &data[..data.len().min(1024)];
        if data.starts_with(dex::MAGIC) {
            if self.takes_dex(place) {
                self.dex_files(&[(place.to_owned(), Cow::Borrowed(data))], collected);
            }
        } else if wrapped::begins_as_zip(data) {
            self.archive_of(data, place, collected);
        } else if let Some(wrapping) = wrapped::wrapping(start) {
            self.unwrapped(data, wrapping, place, collected);
        } else if wrapped::find_code(data, 0).is_some() {
            self.code_within(data, place, collected);
        } else if let Some(what) = wrapped::unopened(start) {
            self.note_unopened(what, place);
        } else if !known_formats::is_known(start, data.len() as u64) {
            self.look_like_chance(data, place);
        }
        self.wrappings -= 1;
    }

    /// Code that stands somewhere in other data; whether there is any.
    pub(super) fn code_within(
        &mut self,
        data: &[u8],
        place: &str,
        collected: &mut Collected<'_>,
    ) -> bool {
        let mut from = 0;
        for _ in 0..MAX_IN_ONE {
            let Some(Some((at, end))) = guarded(|| wrapped::find_code(data, from)) else {
                return from > 0;
            };
            let code = &data[at..end];
            if code.starts_with(dex::MAGIC) {
                if self.takes_dex(place) {
                    self.dex_files(&[(place.to_owned(), Cow::Borrowed(code))], collected);
                }
            } else if guarded(|| Archive::open(code)).is_some_and(|open| open.is_ok()) {
                self.archive_of(code, place, collected);
            } else if guarded(|| Archive::open(data)).is_some_and(|open| open.is_ok()) {
                // Its places count from the start of what stands in front of it.
                self.archive_of(data, place, collected);
            }
            from = end;
        }
        true
    }

    /// Code written as Base64 in a text.
    pub(super) fn code_in_text(&mut self, text: &[u8], place: &str, collected: &mut Collected<'_>) {
        let starts: Vec<usize> = wrapped::written_code(text).take(MAX_IN_ONE).collect();
        let mut read_to = 0;
        for at in starts {
            // A new beginning within what was read is only three letters by chance.
            if at < read_to {
                continue;
            }
            let found = guarded(|| wrapped::unwrap(&text[at..], Wrapping::Base64, self.parts_left));
            let Some((_, data)) = found.and_then(|mut found| found.pop()) else { continue };
            let is_code = wrapped::find_code(&data, 0).is_some_and(|(begins, _)| begins == 0);
            if is_code {
                read_to = at + data.len();
                self.parts_left = self.parts_left.saturating_sub(data.len());
                self.look_at(&data, place, collected);
            }
        }
    }

    /// What stands behind the end of a file of another kind.
    pub(super) fn look_behind(&mut self, tail: &[u8], place: &str) {
        if tail.len() >= SHORTEST_TAIL {
            self.look_like_chance(tail, place);
        }
    }

    fn note_unopened(&mut self, what: &str, place: &str) {
        let told = format!("{what}, which is not opened here; what it holds was not judged");
        self.report.anomalies.push(anomaly("packed_data", told, place));
        self.unread_code(&format!("{what}: code that it may hold was not read"), place);
    }

    /// A file that looks like chance may be code or settings that the app opens when it runs.
    fn note_encrypted(&mut self, archive: &Archive<'_>, entry: &Entry, place: &str) {
        if entry.is_incompressible() && self.encrypted <= MAX_ENCRYPTED {
            let beginning = guarded(|| archive.read(entry, entropy::LOOKED_AT));
            let Some(Ok(beginning)) = beginning else { return };
            let is_encrypted = entropy::looks_encrypted(&beginning.data);
            self.encrypted(is_encrypted, entry.declared, place);
        }
    }

    /// Whether data that is no known format looks like chance anywhere.
    pub(super) fn look_like_chance(&mut self, data: &[u8], place: &str) {
        if self.encrypted <= MAX_ENCRYPTED {
            let is_encrypted = entropy::windows(data).any(entropy::looks_encrypted);
            self.encrypted(is_encrypted, data.len() as u64, place);
        }
    }

    fn encrypted(&mut self, is_encrypted: bool, bytes: u64, place: &str) {
        let is_named = |known: &Anomaly| known.id == ENCRYPTED && known.place == place;
        if !is_encrypted || self.report.anomalies.iter().any(is_named) {
            return;
        }
        self.encrypted += 1;
        if self.encrypted > MAX_ENCRYPTED {
            let what = format!(
                "after {MAX_ENCRYPTED} files that look encrypted no more were looked at for that"
            );
            self.unread_code(&what, "the ZIP's directory");
            return;
        }
        let what = format!("{bytes} bytes that look encrypted; what they hold was not judged");
        self.report.anomalies.push(anomaly(ENCRYPTED, what, place));
        self.unread_code("it looks encrypted: code that it may hold was not read", place);
    }
}

/// Whether code may begin in what is seen of a packed file.
fn may_begin_code(start: &[u8]) -> bool {
    memchr::memmem::find(start, b"dex\n03").is_some()
        || memchr::memmem::find_iter(start, crate::zip::LOCAL_ENTRY)
            .any(|at| wrapped::begins_as_zip(&start[at..]))
}
