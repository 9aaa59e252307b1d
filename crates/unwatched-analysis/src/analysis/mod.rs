//! The order of an analysis: what the file is, its parts one after the other, then the judgement.
//!
//! Each part is read under a guard; what fails becomes a problem that says what the report lacks.

mod bundle_list;
mod carried;
mod code;
mod declared;
mod elsewhere;
mod parts;
mod payload;
mod pictured;

use std::borrow::Cow;
use std::rc::Rc;

use unwatched_model::masking;
use unwatched_model::report::{Certificate, FileFormat, Problem, Report, Unread};
use unwatched_model::signature::Signature;

use crate::capabilities::{Facts, judge};
use crate::catalogue::{Catalogue, catalogue};
use crate::dex;
use crate::dex::declared::Declared;
use crate::dex::facts::Components;
use crate::findings::{anomaly, guarded, problem};
use crate::hashing::{Hashing, hash_only};
use crate::limits::Limits;
use crate::manifest::Manifest;
use crate::resources::Resources;
use crate::zip::{Archive, Entry};
use crate::{certificates, magic, signature, zip};
use crate::{expected, observable};
use carried::Carried;
use code::{Collected, is_code};

const MANIFEST: &str = "AndroidManifest.xml";
const RESOURCES: &str = "resources.arsc";

/// Reads an app file's bytes and says what the app can do and why.
///
/// It never fails: what could not be read stands in the report's `problems`. `name` is only
/// repeated in the report; what the file is follows from its bytes. What may belong to one
/// installation is masked.
pub fn analyze(name: Option<&str>, bytes: &[u8], limits: &Limits) -> Report {
    analyze_with_idsig(name, bytes, None, limits)
}

/// As [`analyze`], with the `.idsig` file that lies beside an app signed with scheme 4.
pub fn analyze_with_idsig(
    name: Option<&str>,
    bytes: &[u8],
    idsig: Option<&[u8]>,
    limits: &Limits,
) -> Report {
    if bytes.len() as u64 > limits.max_file_bytes {
        let why = format!("{} bytes are more than this analysis reads", bytes.len());
        return hash_only(name, bytes, &why);
    }
    let mut hashing = Hashing::new();
    hashing.update(bytes);
    let mut analysis = Analysis { idsig, ..Analysis::new(bytes, limits, hashing.finish(name)) };
    analysis.run();
    let mut report = analysis.report;
    masking::report(&mut report);
    report
}

/// Whether an entry of this name is read whole, however large it is.
pub(crate) fn is_read_whole(name: &str) -> bool {
    is_code(name) || name == RESOURCES
}

/// Who signed a file, and what of it could not be told.
#[derive(Default)]
struct Signed {
    signature: Option<Signature>,
    certificates: Vec<Certificate>,
    problems: Vec<Problem>,
}

/// Pieces of an app that are installed with it; they are read one at a time.
#[derive(Clone, Copy)]
struct Splits<'a> {
    archive: &'a Archive<'a>,
    entries: &'a [Entry],
}

struct Analysis<'a> {
    bytes: &'a [u8],
    idsig: Option<&'a [u8]>,
    limits: &'a Limits,
    catalogue: &'static Catalogue,
    report: Report,
    inflated_bytes: usize,
    /// Parts that could not be read, or not wholly.
    judged_without: Vec<Unread>,
    /// In how many other files this one lies.
    depth: usize,
    /// The app's other pieces, in the file that holds them all.
    splits: Option<Splits<'a>>,
    /// Whether only who it is and who signed it is asked.
    identity_only: bool,
    /// Whether it says that it is a piece of an app.
    is_split: bool,
    /// Who signed it, where that was checked before.
    signed: Option<Signed>,
    carried: Carried,
    /// How many problems found no room.
    problems_not_listed: usize,
    /// What apps and archives inside may still take, inflated: they are packed already, so that
    /// all together are not much longer than the file.
    parts_left: usize,
    /// In how many archives that are no apps the reader is now.
    archives: usize,
    /// How many apps inside the file were read.
    apps_inside: usize,
    /// How many files outside the usual places were looked at for code.
    looked_at: usize,
    /// How many DEX files outside the usual places were read.
    dex_elsewhere: usize,
    /// How many files that look encrypted were named.
    encrypted: usize,
    /// In how many wrappings the reader is now.
    wrappings: usize,
    /// The app's own classes that its manifest names.
    declared: Rc<Declared>,
    /// Those of them that are in none of its code.
    absent: Vec<String>,
    /// Whether they are all that was not read.
    all_but_absent_read: bool,
}

impl<'a> Analysis<'a> {
    fn new(bytes: &'a [u8], limits: &'a Limits, report: Report) -> Self {
        Self {
            bytes,
            idsig: None,
            limits,
            catalogue: catalogue(),
            report,
            inflated_bytes: 0,
            judged_without: Vec::new(),
            depth: 0,
            splits: None,
            identity_only: false,
            is_split: false,
            signed: None,
            carried: Carried::default(),
            problems_not_listed: 0,
            parts_left: (bytes.len().saturating_mul(8).saturating_add(64 << 20))
                .min(limits.max_total_inflated_bytes),
            archives: 0,
            apps_inside: 0,
            looked_at: 0,
            dex_elsewhere: 0,
            encrypted: 0,
            wrappings: 0,
            declared: Rc::default(),
            absent: Vec::new(),
            all_but_absent_read: false,
        }
    }

    fn run(&mut self) {
        if self.bytes.is_empty() {
            self.report.format = FileFormat::Empty;
            self.problem("the file is empty: there is nothing to judge", "the file");
            return;
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
                self.report.unread = vec![Unread::Manifest, Unread::Code];
            }
        }
        if self.problems_not_listed > 0 {
            let what = format!("{} more problems are not listed", self.problems_not_listed);
            self.left_out(&what, "problems");
        }
        let cut = self.report.anomalies.len().saturating_sub(self.limits.max_anomalies);
        if cut > 0 {
            self.report.anomalies.truncate(self.limits.max_anomalies);
            self.left_out(&format!("{cut} more anomalies are not listed"), "anomalies");
        }
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
            if self.depth == 0 && self.bundle(archive) {
                return;
            }
            self.not_an_app(archive);
            return;
        }
        self.note_other_manifests(archive);

        self.signed(archive, is_app);

        let table = self.entry(archive, RESOURCES, self.limits.max_resources_bytes);
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

        self.is_split = manifest.as_ref().is_some_and(|manifest| manifest.is_split);
        if self.identity_only {
            return;
        }
        if let Some(manifest) = &manifest {
            let index = &self.catalogue.code;
            let own = manifest.own_classes().filter(|name| !index.is_library_component(name));
            self.declared = Rc::new(Declared::new(own));
        }
        let mut collected =
            Collected::new(self.catalogue, self.report.package.clone(), self.limits);
        if begins_as_dex {
            let start = ("the file's start".to_owned(), Cow::Borrowed(self.bytes));
            self.dex_files(&[start], &mut collected);
        }
        self.code(archive, manifest.as_ref(), &mut collected);
        self.code_elsewhere(archive, "", &mut collected);
        self.payload(archive, "", &mut collected);
        self.splits(&mut collected);
        self.note_absent(&collected);
        if let Some(resources) = &resources {
            self.resource_texts(resources, &mut collected);
        }
        if let Some(manifest) = &manifest {
            Self::name_texts(manifest, &mut collected);
        }
        let Collected { mut code, texts, .. } = collected;
        let components = manifest.as_ref().map(Manifest::classes).unwrap_or_default();
        code.finish(&self.catalogue.code, &components);
        self.conclude(&Facts {
            manifest: manifest.as_ref(),
            configs: &configs,
            code: &code,
            texts: &texts,
        });
    }

    /// Who signed it: as it was found before, or else checked now.
    fn signed(&mut self, archive: &Archive<'a>, is_app: bool) {
        let known = self.signed.take();
        let signed = known.unwrap_or_else(|| self.check_signatures(archive, is_app));
        self.report.signature.clone_from(&signed.signature);
        self.report.certificates.clone_from(&signed.certificates);
        self.report.problems.extend(signed.problems.iter().cloned());
        self.signed = self.identity_only.then_some(signed);
    }

    fn check_signatures(&self, archive: &Archive<'a>, is_app: bool) -> Signed {
        let mut signed = Signed::default();
        let mut proven = Vec::new();
        if is_app {
            match guarded(|| signature::check(self.bytes, self.idsig, &archive.inflated)) {
                Some(checked) => {
                    signed.signature = Some(checked.signature);
                    proven = checked.proven;
                }
                None => {
                    signed
                        .problems
                        .push(problem("the signatures could not be checked", "the file"));
                }
            }
        }
        let found =
            guarded(|| certificates::read(self.bytes, archive, &proven, &mut signed.problems));
        match found {
            Some(found) => signed.certificates = found,
            None => {
                signed.problems.push(problem("the certificates could not be read", "the file"));
            }
        }
        signed
    }

    fn bare_dex(&mut self) {
        self.report.format = FileFormat::Dex;
        self.problem(
            "code without an app around it: what an app with this code would declare is unknown",
            "the file",
        );
        self.judged_without.push(Unread::Manifest);
        let mut collected = Collected::new(self.catalogue, None, self.limits);
        self.dex_files(&[("classes.dex".to_owned(), Cow::Borrowed(self.bytes))], &mut collected);
        let Collected { mut code, texts, .. } = collected;
        code.finish(&self.catalogue.code, &Components::default());
        self.conclude(&Facts { manifest: None, configs: &[], code: &code, texts: &texts });
    }

    fn conclude(&mut self, facts: &Facts<'_>) {
        for judged in judge(self.catalogue, facts, self.limits.max_evidence) {
            if judged.left_out > 0 {
                let what = format!("{} more pieces of evidence are not listed", judged.left_out);
                self.left_out(&what, &format!("capability {}", judged.capability.id));
            }
            self.report.capabilities.push(judged.capability);
        }
        self.report.observable_by = observable::predict(
            self.catalogue,
            facts,
            &self.report.capabilities,
            self.limits.max_evidence,
        );
        if self.judged_without.contains(&Unread::Code) {
            let seen = &self.report.observable_by;
            let most = self.limits.max_evidence;
            let only = self.all_but_absent_read.then_some(self.absent.as_slice());
            let expected = expected::expected(self.catalogue, facts, seen, only, most);
            self.report.observable_by.extend(expected);
        }
        self.report.endpoints = facts.texts.endpoints();
        if facts.texts.endpoints_left_out > 0 {
            let what = format!("{} more addresses are not listed", facts.texts.endpoints_left_out);
            self.left_out(&what, "addresses");
        }
        self.say_what_was_not_judged();
        self.tell_carried();
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
            // It is listed whatever else is.
            self.report.problems.push(problem(what, "capabilities"));
            self.report.unread.push(unread);
        }
    }

    /// The first entry of this name, as far as `limit` goes.
    fn entry(&mut self, archive: &Archive<'a>, name: &str, limit: usize) -> Option<Cow<'a, [u8]>> {
        let entry = archive.find(name)?.clone();
        self.read_entry(archive, &entry, limit)
    }

    /// An entry's bytes, as far as they are there; what is missing becomes a problem.
    fn read_entry<'b>(
        &mut self,
        archive: &Archive<'b>,
        entry: &Entry,
        limit: usize,
    ) -> Option<Cow<'b, [u8]>> {
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
                    let what = if entry.name == MANIFEST { Unread::Manifest } else { Unread::Code };
                    if entry.name == MANIFEST || is_code(&entry.name) {
                        self.judged_without.push(what);
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

    /// Code that was not read, and why.
    fn unread_code(&mut self, what: &str, place: &str) {
        self.problem(what, place);
        self.judged_without.push(Unread::Code);
    }

    /// What was read and is not listed: no reason to call the report incomplete.
    fn left_out(&mut self, what: &str, place: &str) {
        let left = problem(what, place);
        if !self.report.left_out.contains(&left) {
            self.report.left_out.push(left);
        }
    }

    fn problem(&mut self, what: &str, place: &str) {
        let problem = problem(what, place);
        if self.report.problems.contains(&problem) {
            return;
        }
        if self.report.problems.len() < self.limits.max_problems {
            self.report.problems.push(problem);
        } else {
            self.problems_not_listed += 1;
        }
    }
}
