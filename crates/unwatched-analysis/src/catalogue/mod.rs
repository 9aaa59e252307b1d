//! The catalogue of capabilities as data: `catalogue/capabilities.toml` and the lists beside it.
//!
//! Rules are read and checked here; they are applied in `capabilities`.

mod check;
mod code;
mod page;
mod pattern;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use sha2::{Digest as _, Sha256 as Hasher};
use unwatched_model::criterion::Criterion;
use unwatched_model::digest::Sha256;

use crate::texts::Needles;

pub use check::CatalogueError;
pub(crate) use code::{CodeIndex, CodeItem, Conditions, Interest};
pub use page::reference_page;
pub use pattern::{CodePattern, CodeTable, Listed};

/// What a capability belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it; the reference page explains each")]
pub enum Group {
    Keys,
    Messages,
    Calls,
    Audio,
    Camera,
    Screen,
    Location,
    Files,
    Contacts,
    Usage,
    Traffic,
    RemoteControl,
    Exfiltration,
    Stealth,
    Persistence,
    RemovalResistance,
    Root,
    SelfDescription,
}

impl Group {
    /// The word used in files and interfaces.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Keys => "keys",
            Self::Messages => "messages",
            Self::Calls => "calls",
            Self::Audio => "audio",
            Self::Camera => "camera",
            Self::Screen => "screen",
            Self::Location => "location",
            Self::Files => "files",
            Self::Contacts => "contacts",
            Self::Usage => "usage",
            Self::Traffic => "traffic",
            Self::RemoteControl => "remote_control",
            Self::Exfiltration => "exfiltration",
            Self::Stealth => "stealth",
            Self::Persistence => "persistence",
            Self::RemovalResistance => "removal_resistance",
            Self::Root => "root",
            Self::SelfDescription => "self_description",
        }
    }
}

/// One capability and what counts as evidence for it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// A stable id; it never changes its meaning.
    pub id: String,
    /// The row of the design's table, such as `K1`.
    pub reference: String,
    /// Plain words that continue "This app ...".
    pub name: String,
    /// What it belongs to.
    pub group: Group,
    /// The criteria it bears on.
    #[serde(default)]
    pub criteria: Vec<Criterion>,
    /// Why it matters to the person who carries the device.
    pub why: String,
    /// What the manifest must declare: every requirement, by any of its items.
    #[serde(default)]
    pub declared: Vec<Requirement<Declaration>>,
    /// What the code must refer to: every requirement, by any of its items.
    #[serde(default)]
    pub code: Vec<Requirement<CodePattern>>,
    /// Declarations that are listed beside, and prove nothing alone.
    #[serde(default)]
    pub beside: Vec<Declaration>,
    /// Texts that contain one of these, letter by letter.
    #[serde(default)]
    pub strings: Vec<String>,
    /// Texts that contain one of these as whole words, in either case.
    #[serde(default)]
    pub words: Vec<String>,
    /// Without a declaration nothing is reported: the code alone is in too many apps.
    #[serde(default)]
    pub needs_declaration: bool,
}

/// Met by any of its items.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requirement<T> {
    /// One of these is enough.
    pub any: Vec<T>,
}

/// Something a manifest declares.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Declaration {
    /// A requested permission, by its full name.
    Permission(String),
    /// A service.
    Service(ComponentPattern),
    /// A broadcast receiver.
    Receiver(ComponentPattern),
    /// An activity or an alias of one.
    Activity(ComponentPattern),
    /// A named value of the app or a component, in either case.
    MetaData(String),
    /// Whether the app has an entry among the phone's apps.
    Launcher(Launcher),
    /// A setting in an XML file that a component points to.
    Config(ConfigPattern),
}

/// Whether an app can be opened from the phone's list of apps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Launcher {
    /// Neither an activity nor an alias offers it.
    None,
}

/// A component that has all of what is named.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComponentPattern {
    /// The permission a caller must hold.
    pub permission: Option<String>,
    /// An action it answers to.
    pub action: Option<String>,
    /// A scheme it answers to.
    pub scheme: Option<String>,
    /// What it says it does in the foreground, such as `microphone`.
    pub foreground_type: Option<String>,
    /// Whether it keeps out of the list of recent apps.
    pub hidden_from_recents: Option<bool>,
}

/// A setting in an XML file that a component's meta-data points to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigPattern {
    /// The meta-data's name.
    pub meta_data: String,
    /// The element in the file.
    pub element: String,
    /// The element's attribute; without one, the element itself is what counts.
    pub attribute: Option<String>,
    /// A bit that must be set in the attribute; without one, it must be `true`.
    pub bit: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleFile {
    capability: Vec<Rule>,
}

/// Prefixes of classes that come with libraries, not from the app's maker.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LibraryFile {
    prefixes: Vec<String>,
}

/// What classes of the platform extend: no DEX says it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlatformFile {
    /// By the class that is extended.
    extended: BTreeMap<String, Vec<String>>,
}

impl PlatformFile {
    /// Each class with what it extends.
    fn pairs(&self) -> Vec<(String, String)> {
        let each = self.extended.iter();
        each.flat_map(|(parent, classes)| {
            classes.iter().map(move |class| (class.clone(), parent.clone()))
        })
        .collect()
    }
}

/// What counts as an address in a text.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EndpointRules {
    pub(crate) schemes: Vec<String>,
    pub(crate) ignored_hosts: Vec<String>,
    pub(crate) ignored_urls: Vec<String>,
    pub(crate) top_level: Vec<String>,
    pub(crate) ambiguous_top_level: Vec<String>,
    pub(crate) package_roots: Vec<String>,
}

/// The rules, and what is compiled from them for quick matching.
#[derive(Debug)]
pub struct Catalogue {
    /// In the order in which capabilities are reported.
    pub rules: Vec<Rule>,
    pub(crate) endpoints: EndpointRules,
    pub(crate) code: CodeIndex,
    pub(crate) needles: Needles,
}

impl Catalogue {
    /// Reads and checks the catalogue's files.
    pub fn parse(rules: &str, libraries: &str, endpoints: &str) -> Result<Self, CatalogueError> {
        let rules: RuleFile =
            toml::from_str(rules).map_err(|e| CatalogueError::file("capabilities.toml", &e))?;
        let libraries: LibraryFile = toml::from_str(libraries)
            .map_err(|e| CatalogueError::file("library_prefixes.toml", &e))?;
        let endpoints: EndpointRules =
            toml::from_str(endpoints).map_err(|e| CatalogueError::file("endpoints.toml", &e))?;
        let rules = rules.capability;
        check::check(&rules)?;
        let platform: PlatformFile = toml::from_str(PLATFORM_CLASSES)
            .map_err(|e| CatalogueError::file("platform_classes.toml", &e))?;
        let code = CodeIndex::build(&rules, &libraries.prefixes, &platform.pairs())?;
        let needles = Needles::new(&rules);
        Ok(Self { rules, endpoints, code, needles })
    }

    /// The rule of this id.
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }
}

const CAPABILITIES: &str = include_str!("../../../../catalogue/capabilities.toml");
const LIBRARY_PREFIXES: &str = include_str!("../../../../catalogue/library_prefixes.toml");
const PLATFORM_CLASSES: &str = include_str!("../../../../catalogue/platform_classes.toml");
const ENDPOINTS: &str = include_str!("../../../../catalogue/endpoints.toml");

/// The catalogue this build carries.
pub fn catalogue() -> &'static Catalogue {
    static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
        Catalogue::parse(CAPABILITIES, LIBRARY_PREFIXES, ENDPOINTS)
            .unwrap_or_else(|error| panic!("a test holds the catalogue readable: {error}"))
    });
    &CATALOGUE
}

/// A digest of the files that the catalogue is read from: with other rules, an analysis says
/// something else of the same app.
pub fn digest() -> Sha256 {
    let mut hasher = Hasher::new();
    for file in [CAPABILITIES, LIBRARY_PREFIXES, PLATFORM_CLASSES, ENDPOINTS] {
        hasher.update((file.len() as u64).to_le_bytes());
        hasher.update(file);
    }
    Sha256(hasher.finalize().into())
}
