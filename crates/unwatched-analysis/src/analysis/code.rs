//! What an app's code and resources hold: every DEX, wherever it lies, and the texts.

use super::{Analysis, RESOURCES, Unread};
use crate::dex::{self, Dex, facts::CodeFacts};
use crate::findings::{anomaly, guarded};
use crate::manifest::Manifest;
use crate::resources::Resources;
use crate::texts::{TextRules, TextSink};
use crate::zip::{self, Archive, Entry};

/// How many entries outside the usual places are looked at for code.
const MAX_PEEKS: usize = 500;

impl<'a> Analysis<'a> {
    pub(super) fn code(
        &mut self,
        archive: &Archive<'a>,
        manifest: Option<&Manifest>,
        rules: &TextRules<'_>,
        code: &mut CodeFacts,
        texts: &mut TextSink,
    ) {
        let entries: Vec<Entry> =
            archive.entries.iter().filter(|entry| is_code(&entry.name)).cloned().collect();
        if entries.is_empty() && manifest.is_none_or(|manifest| manifest.has_code) {
            self.problem(
                "no classes.dex: what the code does could not be judged; it may be a part of an app",
                "the ZIP's directory",
            );
            self.judged_without.push(Unread::Code);
        }
        if entries.len() > self.limits.max_dex_files {
            let what = format!(
                "{} code files, of which the first {} were read",
                entries.len(),
                self.limits.max_dex_files
            );
            self.problem(&what, "the ZIP's directory");
            self.judged_without.push(Unread::Code);
        }
        for entry in entries.iter().take(self.limits.max_dex_files) {
            match self.read_entry(archive, entry, self.limits.max_dex_bytes) {
                Some(data) => self.dex(&data, &entry.name, rules, code, texts),
                None => self.judged_without.push(Unread::Code),
            }
        }
    }

    /// Code and apps that lie where Android does not look by itself; the app may load them.
    pub(super) fn code_elsewhere(
        &mut self,
        archive: &Archive<'a>,
        rules: &TextRules<'_>,
        code: &mut CodeFacts,
        texts: &mut TextSink,
    ) {
        let suspects = archive.entries.iter().filter(|entry| may_be_code(&entry.name));
        let mut read = 0;
        for entry in suspects.take(MAX_PEEKS) {
            let start = guarded(|| archive.peek(entry)).unwrap_or_default();
            if start.starts_with(dex::MAGIC) && read < self.limits.max_dex_files {
                read += 1;
                self.report.anomalies.push(anomaly(
                    "code_in_unusual_place",
                    "a DEX that Android does not load by itself".to_owned(),
                    &entry.name,
                ));
                if let Some(data) = self.read_entry(archive, entry, self.limits.max_dex_bytes) {
                    self.dex(&data, &entry.name, rules, code, texts);
                }
            } else if start.starts_with(zip::LOCAL_ENTRY) && is_inner_app(&entry.name) {
                self.problem(
                    "an app or code inside the app was not read: analyse it by itself",
                    &entry.name,
                );
            }
        }
    }

    pub(super) fn dex(
        &mut self,
        data: &[u8],
        place: &str,
        rules: &TextRules<'_>,
        code: &mut CodeFacts,
        texts: &mut TextSink,
    ) {
        for start in Dex::starts(data) {
            let (catalogue, limits) = (self.catalogue, self.limits);
            let read = guarded(|| {
                let dex = Dex::read(data, start)?;
                let problems =
                    dex::scan::scan(&dex, place, &catalogue.code, rules, limits, code, texts);
                Ok::<_, String>((dex.oddities, [dex.missing, problems.what].concat()))
            });
            let missing = match read {
                Some(Ok((oddities, missing))) => {
                    for (id, what) in oddities {
                        self.report.anomalies.push(anomaly(id, what, place));
                    }
                    missing
                }
                Some(Err(why)) => vec![format!("could not be read: {why}")],
                None => vec!["not all was read: the reader stopped unexpectedly".to_owned()],
            };
            if !missing.is_empty() {
                self.judged_without.push(Unread::Code);
            }
            for what in missing {
                self.problem(&what, place);
            }
        }
    }

    pub(super) fn resource_texts(
        &mut self,
        resources: &Resources<'_>,
        rules: &TextRules<'_>,
        texts: &mut TextSink,
    ) {
        let limits = self.limits;
        let done = guarded(|| {
            let pool = &resources.strings;
            let mut hits = Vec::new();
            for (_, index) in (0..pool.len().min(limits.max_strings)).zip(0u32..) {
                let Some(text) = pool.get(index) else { continue };
                if text.len() >= 4
                    && text.len() <= limits.max_string_bytes
                    && rules.may_hold(text.as_bytes())
                {
                    let found = rules.search(&text);
                    if !found.is_empty() {
                        hits.push((index, text, found));
                    }
                }
            }
            let names = resources.names_of(&hits.iter().map(|(index, ..)| *index).collect());
            for (index, text, found) in hits {
                let place = match names.get(&index) {
                    Some(name) => format!("{RESOURCES}: {name}"),
                    None => format!("{RESOURCES}: strings"),
                };
                for found in &found {
                    texts.add(found, &text, &place, false);
                }
            }
        });
        if done.is_none() {
            self.problem(
                "its texts were not all looked at: the reader stopped unexpectedly",
                RESOURCES,
            );
        }
    }
}

/// Entries that may hold code although their place is unusual; common kinds of files are left out
/// without a look.
fn may_be_code(name: &str) -> bool {
    const KNOWN_FOLDERS: [&str; 4] = ["res/", "META-INF/", "kotlin/", "lib/"];
    const KNOWN_ENDINGS: [&str; 22] = [
        "arsc",
        "css",
        "gif",
        "html",
        "jpeg",
        "jpg",
        "js",
        "json",
        "m4a",
        "mp3",
        "mp4",
        "ogg",
        "otf",
        "png",
        "properties",
        "so",
        "svg",
        "ttf",
        "txt",
        "version",
        "webp",
        "xml",
    ];
    let ending = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    !is_code(name)
        && !KNOWN_FOLDERS.iter().any(|folder| name.starts_with(folder))
        && !KNOWN_ENDINGS.contains(&ending.as_str())
}

fn is_inner_app(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    [".apk", ".jar", ".dex", ".apks", ".xapk"].iter().any(|ending| name.ends_with(ending))
}

/// `classes.dex`, `classes2.dex`, ...: the code that Android runs.
pub(super) fn is_code(name: &str) -> bool {
    name.strip_prefix("classes")
        .and_then(|rest| rest.strip_suffix(".dex"))
        .is_some_and(|number| number.len() <= 4 && number.bytes().all(|byte| byte.is_ascii_digit()))
}
