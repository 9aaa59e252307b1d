//! What an app's code and resources hold: every DEX, wherever it lies, and the texts.

use std::borrow::Cow;
use std::collections::HashSet;
use std::rc::Rc;

use unwatched_model::report::Unread;

use super::{Analysis, MANIFEST, RESOURCES};
use crate::catalogue::Catalogue;
use crate::dex::{self, Dex, facts::CodeFacts, scan::Context};
use crate::findings::{anomaly, guarded};
use crate::limits::Limits;
use crate::manifest::Manifest;
use crate::resources::Resources;
use crate::texts::{TextRules, TextSink};
use crate::zip::{Archive, Entry};

const STOPPED: &str = "not all was read: the reader stopped unexpectedly";

/// As much code is held at once, so that a class in one file is known to extend one in another.
const MAX_HELD_BYTES: usize = 64 << 20;

/// What is collected of an app's code and texts, whatever file it stands in.
pub(super) struct Collected<'c> {
    pub(super) rules: TextRules<'c>,
    pub(super) code: CodeFacts,
    pub(super) texts: TextSink,
}

impl<'c> Collected<'c> {
    pub(super) fn new(catalogue: &'c Catalogue, package: Option<String>, limits: &Limits) -> Self {
        Self {
            rules: TextRules::new(catalogue, package),
            code: CodeFacts::default(),
            texts: TextSink::new(limits.max_endpoints),
        }
    }
}

/// A code file: its place, and its bytes.
pub(super) type CodeFile<'b> = (String, Cow<'b, [u8]>);

impl<'a> Analysis<'a> {
    pub(super) fn code(
        &mut self,
        archive: &Archive<'a>,
        manifest: Option<&Manifest>,
        collected: &mut Collected<'_>,
    ) {
        let entries = code_entries(archive);
        if entries.is_empty() && manifest.is_none_or(|manifest| manifest.has_code) {
            self.problem(
                "no classes.dex: what the code does could not be judged; it may be a part of an app",
                "the ZIP's directory",
            );
            self.judged_without.push(Unread::Code);
        }
        self.note_unreachable(&entries);
        self.code_entries(archive, &entries, "", collected);
    }

    /// Reads code files in groups that fit into memory together.
    pub(super) fn code_entries<'b>(
        &mut self,
        archive: &Archive<'b>,
        entries: &[Entry],
        prefix: &str,
        collected: &mut Collected<'_>,
    ) {
        if entries.len() > self.limits.max_dex_files {
            let what = format!(
                "{} code files, of which the first {} were read",
                entries.len(),
                self.limits.max_dex_files
            );
            self.unread_code(&what, "the ZIP's directory");
        }
        let mut held: Vec<CodeFile<'b>> = Vec::new();
        let mut held_bytes = 0_usize;
        for entry in entries.iter().take(self.limits.max_dex_files) {
            let expected = usize::try_from(entry.declared).unwrap_or(usize::MAX);
            if held_bytes.saturating_add(expected) > MAX_HELD_BYTES {
                self.dex_files(&held, collected);
                held.clear();
                held_bytes = 0;
            }
            let Some(data) = self.read_entry(archive, entry, self.limits.max_dex_bytes) else {
                self.judged_without.push(Unread::Code);
                continue;
            };
            held_bytes += data.len();
            held.push((format!("{prefix}{}", entry.name), data));
        }
        self.dex_files(&held, collected);
    }

    /// Classes that the manifest names and no code defines: theirs comes from elsewhere, packed or
    /// later.
    pub(super) fn note_absent(&mut self, collected: &Collected<'_>) {
        self.absent = self.declared.without(&collected.code.defined);
        self.all_but_absent_read = !self.judged_without.contains(&Unread::Code);
        let Some(first) = self.absent.first() else { return };
        let more = match self.absent.len() {
            1 => String::new(),
            count => format!(" and {} more classes", count - 1),
        };
        let what = format!(
            "{first}{more}, which the manifest names, stand in none of the code: it comes from elsewhere, or later"
        );
        self.unread_code(&what, MANIFEST);
    }

    /// Android loads `classes.dex`, `classes2.dex` and so on up to the first that is missing.
    fn note_unreachable(&mut self, entries: &[Entry]) {
        let names: HashSet<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
        let mut loaded: HashSet<String> = HashSet::new();
        let mut name = "classes.dex".to_owned();
        while names.contains(name.as_str()) {
            loaded.insert(name);
            name = format!("classes{}.dex", loaded.len() + 1);
        }
        for entry in entries.iter().filter(|entry| !loaded.contains(&entry.name)) {
            self.report.anomalies.push(anomaly(
                "dex_unreachable_name",
                "named like code of the app, but Android does not load it by itself".to_owned(),
                &entry.name,
            ));
        }
    }

    pub(super) fn dex_files(&mut self, files: &[CodeFile<'_>], collected: &mut Collected<'_>) {
        let declared = Rc::clone(&self.declared);
        let package = self.report.package.clone();
        let mut context = Context::new(&self.catalogue.code, package.as_deref(), &declared);
        let mut readable: Vec<(&str, Dex<'_>)> = Vec::new();
        for (place, data) in files {
            for start in Dex::starts(data) {
                match guarded(|| Dex::read(data, start)) {
                    Some(Ok(dex)) => readable.push((place, dex)),
                    Some(Err(why)) => {
                        self.unread_code(&format!("could not be read: {why}"), place);
                    }
                    None => self.unread_code(STOPPED, place),
                }
            }
        }
        if readable.len() > 1 {
            let known = guarded(|| readable.iter().for_each(|(_, dex)| context.add(dex)));
            if known.is_none() {
                self.unread_code(STOPPED, "the code's classes");
            }
        }
        let limits = self.limits;
        for (place, dex) in &readable {
            let Collected { rules, code, texts } = &mut *collected;
            let scanned =
                guarded(|| dex::scan::scan(dex, place, &context, rules, limits, code, texts));
            for (id, what) in &dex.oddities {
                self.report.anomalies.push(anomaly(id, what.clone(), place));
            }
            let missing =
                scanned.map_or_else(|| vec![STOPPED.to_owned()], |problems| problems.what);
            for what in dex.missing.iter().chain(&missing) {
                self.unread_code(what, place);
            }
        }
        drop(readable);
        for (place, data) in files {
            if let Some(tail) = dex::behind(data) {
                let place = format!("{place}: behind its end");
                self.look_at(tail, &place, collected);
            }
        }
    }

    pub(super) fn resource_texts(
        &mut self,
        resources: &Resources<'_>,
        collected: &mut Collected<'_>,
    ) {
        let limits = self.limits;
        let Collected { rules, texts, .. } = collected;
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

/// The archive's entries that are named like code that Android runs.
pub(super) fn code_entries(archive: &Archive<'_>) -> Vec<Entry> {
    archive.entries.iter().filter(|entry| is_code(&entry.name)).cloned().collect()
}

/// `classes.dex`, `classes2.dex`, ...: the code that Android runs.
pub(super) fn is_code(name: &str) -> bool {
    name.strip_prefix("classes")
        .and_then(|rest| rest.strip_suffix(".dex"))
        .is_some_and(|number| number.len() <= 4 && number.bytes().all(|byte| byte.is_ascii_digit()))
}
