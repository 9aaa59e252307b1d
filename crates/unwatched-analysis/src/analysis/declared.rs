//! What an app declares: its manifest, and the settings files that its components point to.

use unwatched_model::report::Unread;

use super::{Analysis, MANIFEST};
use crate::axml::{self, Value};
use crate::capabilities::Config;
use crate::catalogue::Declaration;
use crate::findings::{anomaly, guarded};
use crate::manifest::{self, Manifest};
use crate::resources::Resources;
use crate::zip::{Archive, Entry};

/// More XML files than any real app's components point to.
const MAX_CONFIGS: usize = 50;
/// The attribute of the application that points to the settings of the network.
const NETWORK_CONFIG: &str = "networkSecurityConfig";
/// More permissions than any real app asks for.
const MAX_PERMISSIONS: usize = 1000;

impl<'a> Analysis<'a> {
    pub(super) fn not_an_app(&mut self, archive: &Archive<'_>) {
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
        self.report.unread = vec![Unread::Manifest, Unread::Code];
    }

    pub(super) fn note_other_manifests(&mut self, archive: &Archive<'_>) {
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

    pub(super) fn manifest(
        &mut self,
        archive: &Archive<'a>,
        resources: Option<&Resources<'_>>,
    ) -> Option<Manifest> {
        let read = self.xml(archive, MANIFEST).map(|document| {
            let manifest = manifest::read(&document, resources);
            (document, manifest)
        });
        let Some((document, mut manifest)) = read else {
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
        self.pictured(archive, &mut manifest, resources);
        self.report.version_name.clone_from(&manifest.version_name);
        self.report.version_code = manifest.version_code;
        self.report.permissions =
            manifest.permissions.iter().take(MAX_PERMISSIONS).cloned().collect();
        if manifest.permissions.len() > MAX_PERMISSIONS {
            let all = manifest.permissions.len();
            self.left_out(
                &format!("{all} permissions, of which {MAX_PERMISSIONS} are listed"),
                MANIFEST,
            );
        }
        Some(manifest)
    }

    /// The XML files that the manifest points to, as far as the catalogue asks.
    pub(super) fn configs(
        &mut self,
        archive: &Archive<'a>,
        manifest: &Manifest,
        resources: Option<&Resources<'_>>,
    ) -> Vec<Config> {
        let mut configs: Vec<Config> = Vec::new();
        let of_components = manifest.components.iter().flat_map(|component| &component.meta_data);
        let of_components =
            of_components.filter_map(|pointer| Some((pointer.name.as_str(), pointer.resource?)));
        let of_the_network = manifest.network_config_id.map(|id| (NETWORK_CONFIG, id));
        for (name, id) in of_the_network.into_iter().chain(of_components).take(MAX_CONFIGS) {
            if !self.asks_for_config(name) {
                continue;
            }
            let Some(path) = resources.and_then(|resources| resources.text(id)) else {
                let what = format!("the settings that {name} points to were not found");
                self.problem(&what, MANIFEST);
                continue;
            };
            if configs.iter().all(|known| *known.path != *path || known.meta_data != name)
                && let Some(mut document) = self.xml(archive, &path)
            {
                if let Some(why) = &document.cut {
                    self.problem(&format!("not all was read: {why}"), &path);
                }
                document.resolve(|id| {
                    let resources = resources?;
                    let number = resources.number(id).map(Value::Number);
                    number.or_else(|| resources.text(id).map(Value::Text))
                });
                configs.push(Config {
                    meta_data: name.to_owned(),
                    path: path.to_string(),
                    document,
                });
            }
        }
        configs
    }

    fn asks_for_config(&self, meta_data: &str) -> bool {
        let mut asked = self.catalogue.rules.iter().flat_map(|rule| {
            let aside = rule.beside.iter().chain(&rule.unless);
            aside.chain(rule.declared.iter().flat_map(|need| &need.any))
        });
        asked.any(
            |item| matches!(item, Declaration::Config(config) if config.meta_data == meta_data),
        )
    }

    fn xml(&mut self, archive: &Archive<'a>, path: &str) -> Option<axml::Document> {
        let data = self.entry(archive, path, self.limits.max_xml_bytes)?;
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
}
