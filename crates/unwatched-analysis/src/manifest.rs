//! The manifest as facts: what the app is called, asks for and consists of.
//!
//! Nothing here judges; which declarations matter is the catalogue's business.

use std::collections::BTreeSet;

use unwatched_model::report::{Anomaly, Icon};

use crate::axml::{Document, Element, Value};
use crate::dex::facts::Components;
use crate::findings::{anomaly, shortened};
use crate::resources::Resources;

/// A longer name or label is cut: one long text may be meant by thousands of elements.
const MAX_TEXT_CHARS: usize = 500;

/// Where the manifest stands in an app.
pub(crate) const PLACE: &str = "AndroidManifest.xml";

/// What kind of component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ComponentKind {
    Activity,
    Alias,
    Service,
    Receiver,
    Provider,
}

impl ComponentKind {
    /// The word used in places.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Activity => "activity",
            Self::Alias => "activity-alias",
            Self::Service => "service",
            Self::Receiver => "receiver",
            Self::Provider => "provider",
        }
    }
}

/// A name and pictures, as far as they are given.
#[derive(Debug, Default, Clone)]
pub(crate) struct Look {
    label: Option<String>,
    /// The resource of the name.
    label_id: Option<u32>,
    icon_id: Option<u32>,
    /// What some home screens take instead.
    round_id: Option<u32>,
}

impl Look {
    /// What is not given is taken from what stands behind it.
    fn or(self, other: &Self) -> Self {
        let labelled = self.label.is_some() || self.label_id.is_some();
        let named = if labelled { &self } else { other };
        Self {
            label: named.label.clone(),
            label_id: named.label_id,
            icon_id: self.icon_id.or(other.icon_id),
            // A round picture belongs to the other one.
            round_id: if self.icon_id.is_some() { self.round_id } else { other.round_id },
        }
    }
}

/// How the app shows itself in one place: the icon that opens it, or the list in the settings.
#[derive(Debug, Clone)]
pub(crate) struct Face {
    /// Where it is written.
    pub(crate) place: String,
    /// Whether it is among the apps from the beginning.
    pub(crate) shown: bool,
    pub(crate) label: Option<String>,
    pub(crate) label_id: Option<u32>,
    pub(crate) icon_id: Option<u32>,
    pub(crate) round_id: Option<u32>,
}

/// A name with its place; one in another language has the same place.
#[derive(Debug)]
pub(crate) struct Name {
    pub(crate) label: String,
    pub(crate) place: String,
}

/// What a component answers to.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    /// By which some home screens name the entry.
    look: Look,
    pub(crate) actions: Vec<String>,
    pub(crate) categories: Vec<String>,
    pub(crate) schemes: Vec<String>,
    /// Whether it fits only where something is opened: an address, a file.
    pub(crate) asks_for_data: bool,
    pub(crate) priority: Option<i32>,
}

impl Filter {
    /// Whether a home screen finds it; it asks for entries without any data.
    fn is_launcher_entry(&self) -> bool {
        let has = |list: &[String], wanted: &str| list.iter().any(|have| have == wanted);
        !self.asks_for_data
            && has(&self.actions, "android.intent.action.MAIN")
            && has(&self.categories, "android.intent.category.LAUNCHER")
    }
}

/// A named value beside a component or the app.
#[derive(Debug)]
pub(crate) struct MetaData {
    pub(crate) name: String,
    pub(crate) value: Option<String>,
    /// The resource it points to.
    pub(crate) resource: Option<u32>,
}

/// An activity, service, receiver or provider.
#[derive(Debug)]
pub(crate) struct Component {
    pub(crate) kind: ComponentKind,
    /// The full class name.
    pub(crate) name: String,
    /// How it shows itself, where that differs from the app.
    look: Look,
    pub(crate) permission: Option<String>,
    pub(crate) enabled: bool,
    /// Whether it keeps out of the list of recent apps.
    pub(crate) hidden_from_recents: bool,
    /// Whether it leaves nothing behind once it is left.
    pub(crate) no_history: bool,
    /// Whether it runs before the phone is unlocked for the first time.
    pub(crate) direct_boot: bool,
    theme: Option<u32>,
    /// Of an alias: the activity it stands for.
    pub(crate) target_activity: Option<String>,
    pub(crate) foreground_types: u32,
    pub(crate) filters: Vec<Filter>,
    pub(crate) meta_data: Vec<MetaData>,
}

impl Component {
    /// Its place for people.
    pub(crate) fn place(&self) -> String {
        format!("{PLACE}: {} {}", self.kind.as_str(), self.name)
    }

    /// Whether it offers itself among the phone's apps, when it is switched on.
    pub(crate) fn is_launcher_entry(&self) -> bool {
        matches!(self.kind, ComponentKind::Activity | ComponentKind::Alias)
            && self.filters.iter().any(Filter::is_launcher_entry)
    }

    /// Whether its theme is one of the platform's that show nothing: `NoDisplay`, `Translucent`.
    pub(crate) fn is_invisible(&self) -> bool {
        matches!(self.theme, Some(0x0103_0055 | 0x0103_000f..=0x0103_0011))
    }

    /// Whether one of its filters has this category.
    pub(crate) fn has_category(&self, category: &str) -> bool {
        let mut categories = self.filters.iter().flat_map(|filter| &filter.categories);
        categories.any(|have| have == category)
    }

    /// Whether one of its filters has this action.
    pub(crate) fn has_action(&self, action: &str) -> bool {
        self.filters.iter().any(|filter| filter.actions.iter().any(|have| have == action))
    }
}

/// A picture beside a name.
#[derive(Debug)]
pub(crate) struct Picture {
    pub(crate) icon: Icon,
    /// Whether it is among the apps from the beginning.
    pub(crate) shown: bool,
}

/// What the manifest says.
#[derive(Debug, Default)]
pub(crate) struct Manifest {
    pub(crate) package: Option<String>,
    /// How it shows itself, where no component says otherwise.
    look: Look,
    /// The resource of the file with the settings of the network.
    pub(crate) network_config_id: Option<u32>,
    /// Whether it lets every connection go without encryption.
    pub(crate) cleartext_traffic: bool,
    pub(crate) version_name: Option<String>,
    pub(crate) version_code: Option<u64>,
    pub(crate) permissions: BTreeSet<String>,
    pub(crate) features: BTreeSet<String>,
    /// Features without which it cannot be installed.
    pub(crate) required_features: BTreeSet<String>,
    /// The Android version it is made for, as an API level.
    pub(crate) target_sdk: Option<u32>,
    pub(crate) components: Vec<Component>,
    pub(crate) meta_data: Vec<MetaData>,
    /// A part of an app that is never installed alone.
    pub(crate) is_split: bool,
    pub(crate) has_application: bool,
    /// The class that runs before all others, by its full name.
    pub(crate) application: Option<String>,
    pub(crate) has_code: bool,
    pub(crate) is_overlay: bool,
    pub(crate) is_test: bool,
    /// Its names in every language, and the pictures beside them; read after the rest.
    pub(crate) names: Vec<Name>,
    pub(crate) icons: Vec<Picture>,
    pub(crate) anomalies: Vec<Anomaly>,
    /// What could not be read out of it.
    pub(crate) missing: Vec<String>,
}

impl Manifest {
    /// How it shows itself: what is seen among the apps from the beginning comes first, how the
    /// settings show it comes last.
    pub(crate) fn faces(&self) -> Vec<Face> {
        let entries = self.components.iter().filter(|one| one.is_launcher_entry());
        let mut faces: Vec<Face> = entries.flat_map(|entry| self.faces_of(entry)).collect();
        let without_entry = !faces.iter().any(|face| face.shown);
        let place = format!("{PLACE}: application");
        faces.push(Face { shown: without_entry, ..face(self.look.clone(), place) });
        faces.sort_by_key(|face| !face.shown);
        faces
    }

    /// An entry's own face, and those that its filters give it.
    fn faces_of(&self, entry: &Component) -> Vec<Face> {
        let target = entry.target_activity.as_ref();
        let target = target.and_then(|name| self.components.iter().find(|one| one.name == *name));
        let nothing = Look::default();
        let behind = target.map_or(&nothing, |target| &target.look).clone().or(&self.look);
        let own = entry.look.clone().or(&behind);
        let filters = entry.filters.iter().filter(|filter| filter.is_launcher_entry());
        let by_filters = filters.map(|filter| filter.look.clone().or(&own));
        let all = std::iter::once(own.clone()).chain(by_filters);
        let written = |look: &Look| {
            let of_app = (&look.label, look.label_id) == (&self.look.label, self.look.label_id);
            if of_app { format!("{PLACE}: application") } else { entry.place() }
        };
        let of = |look: Look| {
            let place = written(&look);
            Face { shown: entry.enabled, ..face(look, place) }
        };
        all.map(of).collect()
    }

    /// The classes that it names, which its code must define.
    pub(crate) fn own_classes(&self) -> impl Iterator<Item = &str> {
        let components = self.components.iter().filter(|one| one.kind != ComponentKind::Alias);
        components.map(|one| one.name.as_str()).chain(self.application.as_deref())
    }

    /// Its components by their classes, aliases and what they stand for included.
    pub(crate) fn classes(&self) -> Components {
        let of = |one: &Component| [Some(one.name.clone()), one.target_activity.clone()];
        let entries = self.components.iter().filter(|one| one.is_launcher_entry());
        Components {
            package: self.package.clone().unwrap_or_default(),
            entries: entries.flat_map(of).flatten().collect(),
            all: self.components.iter().flat_map(of).flatten().collect(),
        }
    }
}

fn face(look: Look, place: String) -> Face {
    let Look { label, label_id, icon_id, round_id } = look;
    Face { place, shown: true, label, label_id, icon_id, round_id }
}

/// Reads the facts out of the manifest's elements.
pub(crate) fn read(document: &Document, resources: Option<&Resources<'_>>) -> Manifest {
    let reader = Reader { resources };
    let mut manifest = Manifest { has_code: true, ..Manifest::default() };
    let mut components: Vec<Option<usize>> = vec![None; document.elements.len()];
    let mut filters: Vec<Option<usize>> = vec![None; document.elements.len()];

    for (index, element) in document.elements.iter().enumerate() {
        let parent = element.parent.unwrap_or(usize::MAX);
        let owner = components.get(parent).copied().flatten();
        match &*element.name {
            "manifest" if index == 0 => reader.root(element, &mut manifest),
            "application" => reader.application(element, &mut manifest),
            "overlay" => manifest.is_overlay = true,
            "instrumentation" => manifest.is_test = true,
            "uses-permission" | "uses-permission-sdk-23" | "uses-permission-sdk-m" => {
                manifest.permissions.extend(reader.text(element, "name"));
            }
            "uses-sdk" => {
                let target = reader.number(element, "targetSdkVersion");
                manifest.target_sdk = target.or(reader.number(element, "minSdkVersion"));
            }
            "uses-feature" => {
                let Some(name) = reader.text(element, "name") else { continue };
                if reader.flag(element, "required").unwrap_or(true) {
                    manifest.required_features.insert(name.clone());
                }
                manifest.features.insert(name);
            }
            "meta-data" => {
                let Some(found) = reader.meta_data(element) else { continue };
                match owner {
                    Some(owner) => manifest.components[owner].meta_data.push(found),
                    None => manifest.meta_data.push(found),
                }
            }
            "intent-filter" => {
                let Some(owner) = owner else { continue };
                let priority = reader.number(element, "priority").map(u32::cast_signed);
                let found = &mut manifest.components[owner].filters;
                let look = reader.look(element);
                found.push(Filter { look, priority, ..Filter::default() });
                components[index] = Some(owner);
                filters[index] = Some(found.len() - 1);
            }
            "action" | "category" | "data" => {
                let (Some(owner), Some(filter)) = (owner, filters.get(parent).copied().flatten())
                else {
                    continue;
                };
                let filter = &mut manifest.components[owner].filters[filter];
                match &*element.name {
                    "action" => filter.actions.extend(reader.text(element, "name")),
                    "category" => filter.categories.extend(reader.text(element, "name")),
                    _ => {
                        filter.schemes.extend(reader.text(element, "scheme"));
                        let asks = ["scheme", "mimeType"];
                        filter.asks_for_data |=
                            asks.iter().any(|name| element.attribute(name).is_some());
                    }
                }
            }
            name => {
                if let Some(kind) = component_kind(name) {
                    let found = reader.component(element, kind, &manifest);
                    components[index] = Some(manifest.components.len());
                    manifest.components.push(found);
                }
            }
        }
    }
    note_missing_name(&mut manifest);
    note_oddities(document, &mut manifest);
    manifest
}

fn component_kind(element: &str) -> Option<ComponentKind> {
    Some(match element {
        "activity" => ComponentKind::Activity,
        "activity-alias" => ComponentKind::Alias,
        "service" => ComponentKind::Service,
        "receiver" => ComponentKind::Receiver,
        "provider" => ComponentKind::Provider,
        _ => return None,
    })
}

fn note_missing_name(manifest: &mut Manifest) {
    let first = manifest.faces().into_iter().next();
    if let Some(Face { label: None, label_id: Some(id), .. }) = first {
        manifest.missing.push(format!(
            "the name under the icon: resource {id:#010x} stands in no readable table"
        ));
    }
}

fn note_oddities(document: &Document, manifest: &mut Manifest) {
    let mut odd = |id, what: &str| manifest.anomalies.push(anomaly(id, what.to_owned(), PLACE));
    if document.elements.first().is_none_or(|root| &*root.name != "manifest") {
        odd("manifest_odd_root", "its first element is not `manifest`");
    }
    if manifest.package.as_deref().is_none_or(str::is_empty) {
        odd("manifest_no_package", "it names no package");
    }
    let applications =
        document.elements.iter().filter(|element| &*element.name == "application").count();
    if applications > 1 {
        odd("manifest_several_applications", "it has more than one `application`");
    }
}

struct Reader<'a> {
    resources: Option<&'a Resources<'a>>,
}

impl Reader<'_> {
    fn root(&self, element: &Element, manifest: &mut Manifest) {
        manifest.package = self.text(element, "package");
        manifest.version_name = self.text(element, "versionName");
        let major = u64::from(self.number(element, "versionCodeMajor").unwrap_or(0));
        manifest.version_code =
            self.number(element, "versionCode").map(|minor| major << 32 | u64::from(minor));
        manifest.is_split = element.attribute("split").is_some();
    }

    fn application(&self, element: &Element, manifest: &mut Manifest) {
        if manifest.has_application {
            return;
        }
        manifest.has_application = true;
        let package = manifest.package.as_deref().unwrap_or_default();
        manifest.application = self.text(element, "name").map(|name| full_name(&name, package));
        manifest.has_code = self.flag(element, "hasCode").unwrap_or(true);
        manifest.look = self.look(element);
        manifest.network_config_id = resource(element, "networkSecurityConfig");
        manifest.cleartext_traffic = self.flag(element, "usesCleartextTraffic").unwrap_or(false);
    }

    /// A name and pictures of the element's own.
    fn look(&self, element: &Element) -> Look {
        Look {
            label: self.text(element, "label"),
            label_id: resource(element, "label"),
            icon_id: resource(element, "icon"),
            round_id: resource(element, "roundIcon"),
        }
    }

    fn component(&self, element: &Element, kind: ComponentKind, manifest: &Manifest) -> Component {
        let package = manifest.package.as_deref().unwrap_or_default();
        let name = self.text(element, "name").unwrap_or_default();
        Component {
            kind,
            name: full_name(&name, package),
            look: self.look(element),
            permission: self.text(element, "permission"),
            enabled: self.flag(element, "enabled").unwrap_or(true),
            hidden_from_recents: self.flag(element, "excludeFromRecents").unwrap_or(false),
            no_history: self.flag(element, "noHistory").unwrap_or(false),
            direct_boot: self.flag(element, "directBootAware").unwrap_or(false),
            theme: resource(element, "theme"),
            target_activity: self.text(element, "targetActivity").map(|n| full_name(&n, package)),
            foreground_types: self.number(element, "foregroundServiceType").unwrap_or(0),
            filters: Vec::new(),
            meta_data: Vec::new(),
        }
    }

    fn meta_data(&self, element: &Element) -> Option<MetaData> {
        let resource = resource(element, "resource").or_else(|| resource(element, "value"));
        let value = self.text(element, "value").or_else(|| {
            Some(match element.attribute("value")? {
                Value::Flag(flag) => flag.to_string(),
                Value::Number(number) => number.to_string(),
                _ => return None,
            })
        });
        Some(MetaData { name: self.text(element, "name")?, value, resource })
    }

    fn text(&self, element: &Element, name: &str) -> Option<String> {
        match element.attribute(name)? {
            Value::Text(text) => Some(shortened(text, MAX_TEXT_CHARS)),
            Value::Resource(id) => Some(shortened(&self.resources?.text(*id)?, MAX_TEXT_CHARS)),
            _ => None,
        }
    }

    fn number(&self, element: &Element, name: &str) -> Option<u32> {
        match element.attribute(name)? {
            Value::Number(number) => Some(*number),
            Value::Text(text) => text.trim().parse().ok(),
            Value::Resource(id) => self.resources?.number(*id),
            _ => None,
        }
    }

    fn flag(&self, element: &Element, name: &str) -> Option<bool> {
        match element.attribute(name)? {
            Value::Flag(flag) => Some(*flag),
            Value::Text(text) => text.trim().parse().ok(),
            Value::Resource(id) => self.resources?.number(*id).map(|number| number != 0),
            _ => None,
        }
    }
}

/// The resource that an attribute points to.
fn resource(element: &Element, name: &str) -> Option<u32> {
    match element.attribute(name) {
        Some(Value::Resource(id)) => Some(*id),
        _ => None,
    }
}

/// A class name as the manifest may shorten it, in full.
fn full_name(name: &str, package: &str) -> String {
    if name.starts_with('.') {
        format!("{package}{name}")
    } else if name.contains('.') || name.is_empty() {
        name.to_owned()
    } else {
        format!("{package}.{name}")
    }
}
