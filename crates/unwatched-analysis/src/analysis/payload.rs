//! What an app brings beside its DEX files: native libraries, scripts, .NET libraries. Their texts
//! are searched like those of the code; what they do is not read.

use std::borrow::Cow;
use std::collections::HashSet;

use unwatched_model::report::{NativeLibrary, Trace};

use super::Analysis;
use super::code::Collected;
use crate::findings::{anomaly, guarded};
use crate::zip::{Archive, Entry};
use crate::{native, runs, traces};

/// As many bytes of libraries and scripts are read of one app.
const MAX_BYTES: usize = 96 << 20;
/// The longest of them.
const MAX_FILE_BYTES: usize = 48 << 20;
/// More native libraries than any real app has.
const MAX_LIBRARIES: usize = 400;
/// More scripts than are worth reading.
const MAX_SCRIPTS: usize = 400;
/// As much of a run of letters is searched at once.
const LONGEST_TEXT: usize = 4096;

/// What kind of file it is, as its name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Payload {
    Native,
    Script,
    DotNet,
}

impl Analysis<'_> {
    pub(super) fn payload(
        &mut self,
        archive: &Archive<'_>,
        prefix: &str,
        collected: &mut Collected<'_>,
    ) {
        for trace in traces::traces(archive.entries.iter().map(|entry| entry.name.as_str())) {
            self.trace(Trace { place: format!("{prefix}{}", trace.place), ..trace });
        }
        let mut entries: Vec<(Payload, &Entry)> = archive
            .entries
            .iter()
            .filter_map(|entry| Some((payload_of(&entry.name)?, entry)))
            .collect();
        // Of a library for several processors, the one that most phones run is read.
        entries.sort_by_key(|(_, entry)| abi_rank(&entry.name));
        let mut read_names: HashSet<&str> = HashSet::new();
        let mut left = MAX_BYTES;
        let (mut libraries, mut scripts) = (0, 0);
        for (payload, entry) in entries {
            let place = format!("{prefix}{}", entry.name);
            let file_name = entry.name.rsplit('/').next().unwrap_or_default();
            if payload == Payload::Native {
                libraries += 1;
                let begins = guarded(|| archive.peek(entry)).unwrap_or_default();
                if !begins.starts_with(native::MAGIC) {
                    self.no_library(entry, &place, &begins);
                    continue;
                }
                if libraries > MAX_LIBRARIES {
                    continue;
                }
                if !read_names.insert(file_name) {
                    self.report.native.push(same_library(place, &entry.name));
                    continue;
                }
            } else {
                scripts += 1;
                if scripts > MAX_SCRIPTS {
                    continue;
                }
            }
            let Some(data) = self.read_entry(archive, entry, MAX_FILE_BYTES.min(left)) else {
                continue;
            };
            left = left.saturating_sub(data.len());
            // A file that is not packed was looked at whole; this one is inflated only now.
            let packed = matches!(data, Cow::Owned(_));
            match payload {
                Payload::Native if packed => {
                    self.code_within(&data, &place, collected);
                }
                Payload::Script => self.code_in_text(&data, &place, collected),
                Payload::Native | Payload::DotNet => {}
            }
            let done = guarded(|| match payload {
                Payload::Native => self.library(&data, &place, file_name, collected),
                Payload::Script => script(&data, &place, collected),
                Payload::DotNet => dot_net(&data, &place, collected),
            });
            if done.is_none() {
                self.problem("not all was read: the reader stopped unexpectedly", &place);
            }
        }
        for (count, most, what) in
            [(libraries, MAX_LIBRARIES, "native libraries"), (scripts, MAX_SCRIPTS, "scripts")]
        {
            if count > most {
                let what = format!("{count} {what}, of which the first {most} were read");
                self.problem(&what, "the ZIP's directory");
            }
        }
    }

    fn trace(&mut self, trace: Trace) {
        let same = |known: &Trace| known.kind == trace.kind && known.name == trace.name;
        if self.report.traces.iter().any(same) {
            return;
        }
        if trace.kind == "packer" {
            let what =
                format!("traces of the packer {}: code that it hides was not judged", trace.name);
            self.report.anomalies.push(anomaly("packed", what, &trace.place));
            let what = format!("code packed by {} was not read", trace.name);
            self.unread_code(&what, &trace.place);
        }
        self.report.traces.push(trace);
    }

    fn library(
        &mut self,
        data: &[u8],
        place: &str,
        file_name: &str,
        collected: &mut Collected<'_>,
    ) {
        let library = match native::read(data) {
            Ok(library) => library,
            Err(why) => {
                self.problem(&format!("this native library could not be read: {why}"), place);
                self.look_like_chance(data, place);
                return;
            }
        };
        // What no part of it claims is not the library's.
        self.look_behind(library.end.and_then(|end| data.get(end..)).unwrap_or_default(), place);
        if !library.has_sections {
            self.report.anomalies.push(anomaly(
                "native_without_sections",
                "a native library that does not say where its parts are, as packed ones do not"
                    .to_owned(),
                place,
            ));
        }
        if memchr::memmem::find(&data[..data.len().min(4096)], b"UPX!").is_some() {
            let trace = Trace {
                kind: "packer".to_owned(),
                name: "UPX".to_owned(),
                place: place.to_owned(),
            };
            self.trace(trace);
        }
        // .NET keeps its libraries in the data of native ones.
        if file_name.starts_with("libassembl") {
            dot_net(data, place, collected);
        } else if !traces::is_library_file(file_name) {
            let place = format!("{place}: strings");
            for part in library.texts {
                runs::narrow(part, LONGEST_TEXT, |text| add(text, &place, collected));
            }
        }
        self.report.native.push(NativeLibrary {
            path: place.to_owned(),
            abi: library.abi.to_owned(),
            implements: library.implements,
            implements_left_out: library.implements_left_out,
        });
    }

    /// A file that is called a native library and is none. Code in it is read as that of any file.
    fn no_library(&mut self, entry: &Entry, place: &str, begins: &[u8]) {
        if entry.declared == 0 {
            return;
        }
        let what = format!(
            "called a native library, but it looks like {}",
            crate::magic::looks_like(begins)
        );
        self.report.anomalies.push(anomaly("not_what_its_name_says", what, place));
    }
}

fn same_library(path: String, name: &str) -> NativeLibrary {
    let abi = name.split('/').nth(1).unwrap_or_default().to_owned();
    NativeLibrary { path, abi, implements: Vec::new(), implements_left_out: 0 }
}

fn payload_of(name: &str) -> Option<Payload> {
    let ending = name.rsplit('.').next().unwrap_or_default();
    let in_assets = name.starts_with("assets/");
    match ending {
        "so" if name.starts_with("lib/") || in_assets => Some(Payload::Native),
        "bundle" | "hbc" | "jsbundle" | "js" | "html" | "htm" | "json" | "lua" | "py"
            if in_assets =>
        {
            Some(Payload::Script)
        }
        "dll" | "blob" | "exe" if in_assets || name.starts_with("assemblies/") => {
            Some(Payload::DotNet)
        }
        _ => None,
    }
}

fn abi_rank(name: &str) -> usize {
    const ABIS: [&str; 4] = ["arm64-v8a", "armeabi-v7a", "x86_64", "x86"];
    let folder = name.split('/').nth(1).unwrap_or_default();
    ABIS.iter().position(|abi| *abi == folder).unwrap_or(ABIS.len())
}

fn script(data: &[u8], place: &str, collected: &mut Collected<'_>) {
    let place = format!("{place}: strings");
    if data.starts_with(runs::HERMES) {
        if !runs::hermes(data, |text| add(text, &place, collected)) {
            runs::narrow(data, LONGEST_TEXT, |text| add(text, &place, collected));
        }
    } else {
        runs::quoted(data, LONGEST_TEXT, |text| add(text, &place, collected));
    }
}

fn dot_net(data: &[u8], place: &str, collected: &mut Collected<'_>) {
    let place = format!("{place}: strings");
    let mut budget = MAX_BYTES;
    runs::assemblies(data, &mut budget, |assembly| {
        runs::wide(assembly, LONGEST_TEXT, |text| add(text, &place, collected));
    });
}

fn add(text: &str, place: &str, collected: &mut Collected<'_>) {
    let Collected { rules, texts, .. } = collected;
    if rules.may_hold(text.as_bytes()) {
        for found in &rules.search_beside_code(text) {
            texts.add(found, text, place, false);
        }
    }
}
