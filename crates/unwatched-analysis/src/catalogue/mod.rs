//! The catalogue of capabilities as data: `catalogue/capabilities/` and the lists beside it.
//!
//! Rules are read and checked here; they are applied in `capabilities`.

mod check;
mod code;
mod company;
mod files;
mod names;
mod page;
mod pattern;
mod signal;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use sha2::{Digest as _, Sha256 as Hasher};
use unwatched_model::criterion::Criterion;
use unwatched_model::digest::Sha256;
use unwatched_model::report::Support;

use crate::texts::Needles;

pub use check::CatalogueError;
pub(crate) use code::{About, CodeIndex, CodeItem, Conditions, Interest, Period, PeriodUnit};
pub use company::Company;
use files::{CAPABILITIES, ENDPOINTS, LIBRARY_PREFIXES, LISTS, PLATFORM_CLASSES, RULES_JSON};
pub(crate) use files::{FRAMEWORKS, PACKERS, SERVICES, SHARED_HOSTS};
pub(crate) use names::{disguises, is_blank};
pub use page::reference_page;
pub use pattern::{CodePattern, CodeTable, Listed};
pub(crate) use signal::{Observables, REPORTS};
pub use signal::{Signal, Soon, Switching, Way};

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
    Interference,
    Persistence,
    RemovalResistance,
    Root,
    AntiAnalysis,
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
            Self::Interference => "interference",
            Self::Persistence => "persistence",
            Self::RemovalResistance => "removal_resistance",
            Self::Root => "root",
            Self::AntiAnalysis => "anti_analysis",
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
    /// What it means for the person who carries the phone, in whole sentences for a helper.
    pub sentence: String,
    /// Why it matters to the person who carries the device.
    pub why: String,
    /// Which harmless apps show the same.
    pub innocent: String,
    /// What the manifest must declare: every requirement, by any of its items.
    #[serde(default)]
    pub declared: Vec<Requirement<Declaration>>,
    /// Declarations that make it something else: with one of them nothing counts as declared.
    #[serde(default)]
    pub unless: Vec<Declaration>,
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
    /// Phrases of `catalogue/covert_words.toml` count like `words`.
    #[serde(default)]
    pub covert_words: bool,
    /// Without a declaration nothing is reported: the code alone is in too many apps.
    #[serde(default)]
    pub needs_declaration: bool,
    /// Without code nothing is reported: the declaration alone is in too many apps.
    #[serde(default)]
    pub needs_code: bool,
    /// Code that comes with libraries counts for nothing, also beside a declaration.
    #[serde(default)]
    pub own_code_only: bool,
    /// Its evidence makes it possible, never more.
    #[serde(default)]
    pub at_most_possible: bool,
    /// What must be supported as well before this one is; else it stays possible.
    pub only_with: Option<Company>,
}

impl Rule {
    /// The strongest that its evidence can be.
    pub fn strongest(&self) -> Support {
        match (self.declared.is_empty(), self.code.is_empty()) {
            (false, false) if !self.at_most_possible => Support::Supported,
            (false, _) => Support::Possible,
            (true, _) => Support::Weak,
        }
    }

    /// What a helper reads, no stronger than the evidence.
    pub fn sentence_for(&self, support: Support) -> String {
        let caution = match support {
            _ if support <= self.strongest() => "",
            // Nothing is stronger than that.
            Support::Supported => "",
            Support::Possible => {
                "It declares what this needs, but no code of its own that does it was seen. What it would allow: "
            }
            Support::Weak => {
                "Its code or its texts mention this, as harmless apps do; what Android asks for it is not declared. What it is about: "
            }
        };
        format!("{caution}{}", self.sentence)
    }
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
    /// A content provider.
    Provider(ComponentPattern),
    /// A named value of the app or a component, in either case.
    MetaData(String),
    /// Whether the app has an entry among the phone's apps.
    Launcher(Launcher),
    /// A setting in an XML file that a component points to.
    Config(ConfigPattern),
    /// The Android version it is made for.
    TargetSdk(SdkRange),
    /// A feature of the hardware that it uses.
    Feature(String),
    /// The name under its icon, as one of a list.
    Label(LabelList),
    /// The picture beside its name.
    Icon(IconLook),
    /// The package name begins with one of these.
    Package(Vec<String>),
    /// A component's does, which belongs to no known library; the package name does not.
    ComponentNamed(Vec<String>),
    /// It lets every connection go without encryption, and no settings of the network say otherwise.
    CleartextTraffic(bool),
}

/// Which Android versions an app is made for, as API levels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SdkRange {
    /// This one or later.
    pub at_least: Option<u32>,
    /// An earlier one.
    pub below: Option<u32>,
}

/// How an app's picture looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IconLook {
    /// Nothing of it can be seen.
    Invisible,
    /// It is one of the system's own, or looks like it.
    OfTheSystem,
}

/// A list of `catalogue/disguises.toml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LabelList {
    /// Names of parts of the system.
    SystemParts,
    /// Not such a name, but letters that look like one.
    LikeSystemParts,
    /// Not the list: letters of which nothing is seen, or hardly anything.
    Blank,
}

/// Whether an app can be opened from the phone's list of apps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Launcher {
    /// Neither an activity nor an alias offers it, and nothing says what else opens it.
    None,
    /// Neither does; it says that a widget, a keyboard, a test or the like opens it. It could watch.
    OpenedElsewhere,
    /// One offers it, or several.
    Present,
    /// Several offer it, among which the app can choose.
    Several,
    /// What offers it keeps out of the list of recent apps; without an offer, every activity.
    OutOfRecents,
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
    /// A category it answers to.
    pub category: Option<String>,
    /// What it says it does in the foreground, such as `microphone`; `any` for anything.
    pub foreground_type: Option<String>,
    /// Whether it keeps out of the list of recent apps.
    pub hidden_from_recents: Option<bool>,
    /// Whether it leaves nothing behind once it is left.
    pub no_history: Option<bool>,
    /// Whether its theme shows nothing.
    pub invisible: Option<bool>,
    /// Whether it runs before the phone is unlocked for the first time.
    pub direct_boot: Option<bool>,
    /// How early among others it asks to be told.
    pub priority_at_least: Option<i32>,
}

/// A setting in an XML file that a component's meta-data points to, or the application's attribute
/// `networkSecurityConfig`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigPattern {
    /// The meta-data's name, or `networkSecurityConfig`.
    pub meta_data: String,
    /// The element in the file.
    pub element: String,
    /// The element's attribute; without one, the element itself is what counts.
    pub attribute: Option<String>,
    /// A bit that must be set in the attribute; without one, it must be `true`.
    pub bit: Option<u32>,
    /// The text that the attribute must hold instead.
    pub value: Option<String>,
    /// Elements in one of this name do not count.
    pub outside: Option<String>,
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
    /// Classes that only pass on what they are asked.
    #[serde(default)]
    wrappers: Vec<String>,
    /// The same, by the class of the platform that they pass it on to.
    #[serde(default)]
    wrapping: BTreeMap<String, Vec<String>>,
    /// Their components, by full names.
    #[serde(default)]
    components: Vec<String>,
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
    pub(crate) file_endings: Vec<String>,
    pub(crate) file_names: Vec<String>,
    pub(crate) package_roots: Vec<String>,
}

/// The rules, and what is compiled from them for quick matching.
#[derive(Debug)]
pub struct Catalogue {
    /// In the order in which capabilities are reported.
    pub rules: Vec<Rule>,
    /// By what the other side would notice an action.
    pub signals: Vec<Signal>,
    /// Names for several classes that calls come from, or stand in.
    pub places: BTreeMap<String, Vec<String>>,
    /// How code switches components on that are off at first.
    pub switching: Switching,
    pub(crate) endpoints: EndpointRules,
    pub(crate) code: CodeIndex,
    pub(crate) needles: Needles,
}

impl Catalogue {
    /// Reads and checks the catalogue's files; those that are not given are this build's.
    pub fn parse(rules: &str, libraries: &str, endpoints: &str) -> Result<Self, CatalogueError> {
        let rules =
            toml::from_str(rules).map_err(|e| CatalogueError::file("capabilities.toml", &e))?;
        let libraries = toml::from_str(libraries)
            .map_err(|e| CatalogueError::file("library_prefixes.toml", &e))?;
        let endpoints =
            toml::from_str(endpoints).map_err(|e| CatalogueError::file("endpoints.toml", &e))?;
        Self::of(rules, &libraries, endpoints)
    }

    /// The catalogue this build carries.
    fn built_in() -> Result<Self, CatalogueError> {
        let rules = serde_json::from_str(RULES_JSON)
            .map_err(|e| CatalogueError::file("capabilities.toml", &e))?;
        Self::of(rules, &LIBRARY_PREFIXES.read()?, ENDPOINTS.read()?)
    }

    fn of(
        rules: RuleFile,
        libraries: &LibraryFile,
        endpoints: EndpointRules,
    ) -> Result<Self, CatalogueError> {
        let mut rules = rules.capability;
        for rule in rules.iter_mut().filter(|rule| rule.covert_words) {
            rule.words.extend(names::covert_words()?);
        }
        check::check(&rules)?;
        let platform: PlatformFile = PLATFORM_CLASSES.read()?;
        let observables = signal::read(&rules)?;
        let code = CodeIndex::build(&rules, &observables, libraries, &platform.pairs())?;
        let Observables { places, switching, signals } = observables;
        let needles = Needles::new(&rules);
        Ok(Self { rules, signals, places, switching, endpoints, code, needles })
    }

    /// The rule of this id.
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }

    /// What evidence of a code item says; a `*` at its end stands for what was found.
    pub fn evidence_of(&self, item: &CodePattern) -> Option<&str> {
        Some(self.code.items[self.code.item(item)?].value.as_str())
    }
}

/// The catalogue this build carries.
pub fn catalogue() -> &'static Catalogue {
    static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
        Catalogue::built_in()
            .unwrap_or_else(|error| panic!("a test holds the catalogue readable: {error}"))
    });
    &CATALOGUE
}

/// A digest of the files that the catalogue is read from: with other rules, an analysis says
/// something else of the same app.
pub fn digest() -> Sha256 {
    let mut hasher = Hasher::new();
    for file in CAPABILITIES.into_iter().chain(LISTS.map(|list| list.written)) {
        hasher.update((file.len() as u64).to_le_bytes());
        hasher.update(file);
    }
    Sha256(hasher.finalize().into())
}
