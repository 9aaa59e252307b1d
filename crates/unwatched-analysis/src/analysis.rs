//! The order of an analysis: what the file is, its parts one after the other, then the judgement.
//!
//! Each part is read under a guard; what fails becomes a problem that says what the report lacks.

use std::borrow::Cow;

use unwatched_model::report::{FileFormat, Report};

use crate::capabilities::{Config, Facts, judge};
use crate::catalogue::{Catalogue, catalogue};
use crate::dex::{self, Dex, scan::CodeFacts};
use crate::findings::{anomaly, guarded, problem};
use crate::hashing::{Hashing, hash_only};
use crate::limits::Limits;
use crate::manifest::{self, Manifest};
use crate::resources::Resources;
use crate::texts::{TextRules, TextSink};
use crate::zip::{Archive, Entry};
use crate::{axml, certificates, magic, zip};

const MANIFEST: &str = "AndroidManifest.xml";
const RESOURCES: &str = "resources.arsc";
/// More XML files than any real app's components point to.
const MAX_CONFIGS: usize = 50;
/// How many entries outside the usual places are looked at for code.
const MAX_PEEKS: usize = 500;

/// Reads an app file's bytes and says what the app can do and why.
///
/// It never fails: what could not be read stands in the report's `problems`. `name` is only
/// repeated in the report; what the file is follows from its bytes.
pub fn analyze(name: Option<&str>, bytes: &[u8], limits: &Limits) -> Report {
    if bytes.len() as u64 > limits.max_file_bytes {
        let why = format!("{} bytes are more than this analysis reads", bytes.len());
        return hash_only(name, bytes, &why);
    }
    let mut hashing = Hashing::new();
    hashing.update(bytes);
    let analysis = Analysis {
        bytes,
        limits,
        catalogue: catalogue(),
        report: hashing.finish(name),
        inflated_bytes: 0,
        judged_without: Vec::new(),
    };
    analysis.run()
}

/// What a missing part leaves unjudged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unread {
    Manifest,
    Code,
}

struct Analysis<'a> {
    bytes: &'a [u8],
    limits: &'a Limits,
    catalogue: &'static Catalogue,
    report: Report,
    inflated_bytes: usize,
    /// Parts that could not be read, or not wholly.
    judged_without: Vec<Unread>,
}

impl<'a> Analysis<'a> {
    fn run(mut self) -> Report {
        if self.bytes.is_empty() {
            self.report.format = FileFormat::Empty;
            self.problem("the file is empty: there is nothing to judge", "the file");
            return self.report;
        }
        let begins_as_dex = self.bytes.starts_with(dex::MAGIC);
        match guarded(|| Archive::open(self.bytes)) {
            Some(Ok(archive)) => self.archive(&archive, begins_as_dex),
            _ if begins_as_dex => self.bare_dex(),
            Some(Err(why)) if self.bytes.starts_with(zip::LOCAL_ENTRY) => {
                self.report.format = FileFormat::Zip;
                self.problem(
                    &format!("{why}: nothing inside could be read"),
                    "the ZIP's directory",
                );
                self.judged_without = vec![Unread::Manifest, Unread::Code];
                self.say_what_was_not_judged();
            }
            _ => {
                let what = format!(
                    "this looks like {}, not like an app: no capability could be judged",
                    magic::looks_like(self.bytes)
                );
                self.problem(&what, "the file's start");
            }
        }
        let cut = self.report.anomalies.len().saturating_sub(self.limits.max_anomalies);
        if cut > 0 {
            self.report.anomalies.truncate(self.limits.max_anomalies);
            self.problem(&format!("{cut} more anomalies are not listed"), "anomalies");
        }
        self.report
    }

    fn archive(&mut self, archive: &Archive<'a>, begins_as_dex: bool) {
        self.report.anomalies.extend(archive.anomalies.iter().cloned());
        if begins_as_dex {
            self.report.anomalies.push(anomaly(
                "dex_before_zip",
                "the file is a DEX and a ZIP at once; a phone may run the DEX and check the ZIP"
                    .to_owned(),
                "the file's start",
            ));
        }
        let has_code = archive.entries.iter().any(|entry| is_code(&entry.name));
        let is_app = archive.find(MANIFEST).is_some();
        self.report.format = if is_app { FileFormat::Apk } else { FileFormat::Zip };
        if !is_app && !has_code && !begins_as_dex {
            self.not_an_app(archive);
            return;
        }
        self.note_other_manifests(archive);

        let mut problems = Vec::new();
        let certificates = guarded(|| certificates::read(self.bytes, archive, &mut problems));
        self.report.problems.append(&mut problems);
        match certificates {
            Some(found) => self.report.certificates = found,
            None => self.problem("the certificates could not be read", "the file"),
        }

        let table = self.entry(archive, RESOURCES);
        let resources =
            table.as_deref().and_then(|data| guarded(|| Resources::read(data)).flatten());
        match (&table, &resources) {
            (Some(_), None) => {
                self.problem(
                    "the resource table could not be read: names and texts in it are missing",
                    RESOURCES,
                );
            }
            (_, Some(resources)) => {
                if let Some(why) = resources.cut {
                    self.problem(&format!("not all was read: {why}"), RESOURCES);
                }
            }
            _ => {}
        }
        let manifest = self.manifest(archive, resources.as_ref());
        let configs = match &manifest {
            Some(manifest) => self.configs(archive, manifest, resources.as_ref()),
            None => Vec::new(),
        };

        let rules = TextRules::new(self.catalogue, self.report.package.clone());
        let mut texts = TextSink::new(self.limits.max_endpoints);
        let mut code = CodeFacts::default();
        if begins_as_dex {
            self.dex(self.bytes, "the file's start", &rules, &mut code, &mut texts);
        }
        self.code(archive, manifest.as_ref(), &rules, &mut code, &mut texts);
        self.code_elsewhere(archive, &rules, &mut code, &mut texts);
        if let Some(resources) = &resources {
            self.resource_texts(resources, &rules, &mut texts);
        }
        self.conclude(&Facts {
            manifest: manifest.as_ref(),
            configs: &configs,
            code: &code,
            texts: &texts,
        });
    }

    fn bare_dex(&mut self) {
        self.report.format = FileFormat::Dex;
        self.problem(
            "code without an app around it: what an app with this code would declare is unknown",
            "the file",
        );
        self.judged_without.push(Unread::Manifest);
        let rules = TextRules::new(self.catalogue, None);
        let mut texts = TextSink::new(self.limits.max_endpoints);
        let mut code = CodeFacts::default();
        self.dex(self.bytes, "classes.dex", &rules, &mut code, &mut texts);
        self.conclude(&Facts { manifest: None, configs: &[], code: &code, texts: &texts });
    }

    fn not_an_app(&mut self, archive: &Archive<'_>) {
        let inner: Vec<&str> = archive
            .entries
            .iter()
            .map(|entry| entry.name.as_str())
            .filter(|name| name.to_ascii_lowercase().ends_with(".apk"))
            .take(5)
            .collect();
        let hint = if inner.is_empty() {
            String::new()
        } else {
            format!("; it holds apps that can be analysed one by one: {}", inner.join(", "))
        };
        self.problem(
            &format!("a ZIP without {MANIFEST} is no app: no capability could be judged{hint}"),
            "the ZIP's directory",
        );
    }

    fn note_other_manifests(&mut self, archive: &Archive<'_>) {
        let same_but_for_case = |entry: &&Entry| {
            entry.name != MANIFEST
                && entry.name.rsplit('/').next().is_some_and(|f| f.eq_ignore_ascii_case(MANIFEST))
        };
        for other in archive.entries.iter().filter(same_but_for_case).take(5) {
            self.report.anomalies.push(anomaly(
                "several_manifests",
                "a second manifest, which Android does not read".to_owned(),
                &other.name,
            ));
        }
        let count = archive.entries.iter().filter(|entry| entry.name == MANIFEST).count();
        if count > 1 {
            let what = format!("{count} manifests of the same name; the first was read");
            self.report.anomalies.push(anomaly("several_manifests", what, MANIFEST));
        }
    }

    fn manifest(
        &mut self,
        archive: &Archive<'a>,
        resources: Option<&Resources<'_>>,
    ) -> Option<Manifest> {
        let read = self.xml(archive, MANIFEST).map(|document| {
            let manifest = manifest::read(&document, resources);
            (document, manifest)
        });
        let Some((document, manifest)) = read else {
            self.judged_without.push(Unread::Manifest);
            return None;
        };
        if let Some(why) = &document.cut {
            self.problem(&format!("not all of it was read: {why}"), MANIFEST);
            self.judged_without.push(Unread::Manifest);
        }
        for missing in &manifest.missing {
            self.problem(&format!("could not be read: {missing}"), MANIFEST);
        }
        self.report.anomalies.extend(document.anomalies);
        self.report.anomalies.extend(manifest.anomalies.iter().cloned());
        self.report.package.clone_from(&manifest.package);
        self.report.label.clone_from(&manifest.label);
        self.report.version_name.clone_from(&manifest.version_name);
        self.report.version_code = manifest.version_code;
        self.report.permissions = manifest.permissions.iter().cloned().collect();
        Some(manifest)
    }

    /// The XML files that the manifest's components point to, as far as the catalogue asks.
    fn configs(
        &mut self,
        archive: &Archive<'a>,
        manifest: &Manifest,
        resources: Option<&Resources<'_>>,
    ) -> Vec<Config> {
        let mut configs: Vec<Config> = Vec::new();
        let pointers = manifest.components.iter().flat_map(|component| &component.meta_data);
        for pointer in pointers.take(MAX_CONFIGS) {
            let Some(id) = pointer.resource.filter(|_| self.asks_for_config(&pointer.name)) else {
                continue;
            };
            let Some(path) = resources.and_then(|resources| resources.text(id)) else {
                let what = format!("the settings that {} points to were not found", pointer.name);
                self.problem(&what, MANIFEST);
                continue;
            };
            if configs.iter().all(|known| *known.path != *path)
                && let Some(document) = self.xml(archive, &path)
            {
                let meta_data = pointer.name.clone();
                configs.push(Config { meta_data, path: path.to_string(), document });
            }
        }
        configs
    }

    fn asks_for_config(&self, meta_data: &str) -> bool {
        use crate::catalogue::Declaration;
        let mut asked = self.catalogue.rules.iter().flat_map(|rule| {
            rule.beside.iter().chain(rule.declared.iter().flat_map(|need| &need.any))
        });
        asked.any(
            |item| matches!(item, Declaration::Config(config) if config.meta_data == meta_data),
        )
    }

    fn xml(&mut self, archive: &Archive<'a>, path: &str) -> Option<axml::Document> {
        let data = self.entry(archive, path)?;
        if data.len() > self.limits.max_xml_bytes {
            let what = format!("{} bytes of XML are more than this analysis reads", data.len());
            self.problem(&what, path);
            return None;
        }
        match guarded(|| axml::read(&data, path)) {
            Some(Ok(document)) => Some(document),
            Some(Err(why)) => {
                self.problem(&format!("could not be read: {why}"), path);
                None
            }
            None => {
                self.problem("could not be read: the reader stopped unexpectedly", path);
                None
            }
        }
    }

    fn code(
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
    fn code_elsewhere(
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

    fn dex(
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

    fn resource_texts(
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

    fn conclude(&mut self, facts: &Facts<'_>) {
        for judged in judge(self.catalogue, facts, self.limits.max_evidence) {
            if judged.left_out > 0 {
                let what = format!("{} more pieces of evidence are not listed", judged.left_out);
                self.problem(&what, &format!("capability {}", judged.capability.id));
            }
            self.report.capabilities.push(judged.capability);
        }
        self.report.endpoints = facts.texts.endpoints();
        if facts.texts.endpoints_left_out > 0 {
            let what = format!("{} more addresses are not listed", facts.texts.endpoints_left_out);
            self.problem(&what, "addresses");
        }
        self.say_what_was_not_judged();
    }

    /// What failed must never look like an app without capabilities.
    fn say_what_was_not_judged(&mut self) {
        for (part, unread) in [("the manifest", Unread::Manifest), ("the code", Unread::Code)] {
            if !self.judged_without.contains(&unread) {
                continue;
            }
            let needs = |rule: &&crate::catalogue::Rule| match unread {
                Unread::Manifest => !rule.declared.is_empty(),
                Unread::Code => !rule.code.is_empty(),
            };
            let supported = |id: &str| {
                self.report.capabilities.iter().any(|known| {
                    known.id == id && known.support == unwatched_model::report::Support::Supported
                })
            };
            let ids: Vec<&str> = self
                .catalogue
                .rules
                .iter()
                .filter(needs)
                .map(|rule| rule.id.as_str())
                .filter(|id| !supported(id))
                .collect();
            let what = format!(
                "{part} could not be read, or not wholly; what is not listed may still be there. Not judged: {}",
                ids.join(", ")
            );
            self.problem(&what, "capabilities");
        }
    }

    fn entry(&mut self, archive: &Archive<'a>, name: &str) -> Option<Cow<'a, [u8]>> {
        let entry = archive.find(name)?.clone();
        self.read_entry(archive, &entry, self.limits.max_entry_bytes)
    }

    /// An entry's bytes, as far as they are there; what is missing becomes a problem.
    fn read_entry(
        &mut self,
        archive: &Archive<'a>,
        entry: &Entry,
        limit: usize,
    ) -> Option<Cow<'a, [u8]>> {
        let left = self.limits.max_total_inflated_bytes.saturating_sub(self.inflated_bytes);
        let limit = limit.min(self.limits.max_entry_bytes).min(left);
        match guarded(|| archive.read(entry, limit)) {
            Some(Ok(contents)) => {
                self.report.anomalies.extend(contents.anomalies);
                if let Cow::Owned(inflated) = &contents.data {
                    self.inflated_bytes += inflated.len();
                }
                if let Some(why) = contents.cut {
                    let what =
                        format!("only its first {} bytes were read: {why}", contents.data.len());
                    self.problem(&what, &entry.name);
                    if is_code(&entry.name) {
                        self.judged_without.push(Unread::Code);
                    }
                }
                Some(contents.data)
            }
            Some(Err(why)) => {
                self.problem(&format!("could not be read: {why}"), &entry.name);
                None
            }
            None => {
                self.problem("could not be read: the reader stopped unexpectedly", &entry.name);
                None
            }
        }
    }

    fn problem(&mut self, what: &str, place: &str) {
        let problem = problem(what, place);
        if !self.report.problems.contains(&problem) {
            self.report.problems.push(problem);
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
fn is_code(name: &str) -> bool {
    name.strip_prefix("classes")
        .and_then(|rest| rest.strip_suffix(".dex"))
        .is_some_and(|number| number.len() <= 4 && number.bytes().all(|byte| byte.is_ascii_digit()))
}
