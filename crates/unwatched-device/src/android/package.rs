//! `dumpsys package`: every package with its flags, installer, permissions and disabled
//! components, and the resolver tables that say what answers to which intent.
//!
//! Lines are told apart by their shape, not by their indentation, which differs between makers.
//! The dump's short `signatures:[..]` is a hash code and never read.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::component::{Component, is_name};
pub use super::declares::Declares;
use super::declares::declared_by;
use super::install_log::{InstallLog, Removal};
use super::install_sessions::{self, InstallSession, SessionsReader};
use super::{LineParser, Parsed};

const MAX_PACKAGES: usize = 20_000;
/// Permissions, activities and components kept over the whole dump.
const MAX_ITEMS: usize = 300_000;

/// What the dump says of one package for one user.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserState {
    /// Whether it is installed for this user.
    pub installed: Option<bool>,
    /// Whether it is hidden from this user by whoever manages the device.
    pub hidden: Option<bool>,
    /// 0 default, 1 on, 2 and 3 off, 4 off until used.
    pub enabled: Option<u8>,
    /// When it was first installed for this user, as printed (from Android 14 on).
    pub first_installed: Option<String>,
    /// Components switched off.
    pub disabled_components: Vec<String>,
}

/// One `Package [..]` block.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageBlock {
    /// The line it begins on.
    pub line: u64,
    /// Whether its end was seen; only then does a missing line mean something.
    pub whole: bool,
    /// Whether its flags hold SYSTEM; `None` when it shows no flags.
    pub system: Option<bool>,
    /// The number under which the system accounts for it, without the user's part.
    pub app_id: Option<u32>,
    /// Where its files lie.
    pub code_path: Option<String>,
    /// The Android version it was made for.
    pub target_sdk: Option<u32>,
    /// Who the system says installed it.
    pub installer: Option<String>,
    /// Who asked for the installation.
    pub initiating: Option<String>,
    /// Where that one had it from.
    pub originating: Option<String>,
    /// When it was first installed, as printed.
    pub first_installed: Option<String>,
    /// When it was last installed over, as printed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_updated: Option<String>,
    /// Permissions it asks for.
    pub requested: BTreeSet<String>,
    /// Permissions it holds, for any user.
    pub granted: BTreeSet<String>,
    /// The name under which it shares its permissions with others of the same maker.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shares_with: Option<String>,
    /// By user.
    pub users: BTreeMap<u32, UserState>,
}

/// An activity that answers to `android.intent.action.MAIN`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MainActivity {
    /// The activity.
    pub component: Component,
    /// Whether it asks for a place among the icons; `None` when the dump shows no categories.
    pub launcher: Option<bool>,
    /// Whether it offers itself as the home screen.
    pub home: bool,
    /// Where.
    pub line: u64,
}

/// Whether a table was there, and its end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Table {
    /// Not in the dump.
    #[default]
    Absent,
    /// It begins and does not end.
    Cut,
    /// From beginning to end.
    Whole,
}

/// The whole dump.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PackageDump {
    /// Which activities answer to which intent.
    pub activities: Table,
    /// Which receivers hear of what.
    pub receivers: Table,
    /// The sessions of installation.
    pub sessions: Table,
    /// The list of packages.
    pub packages: Table,
    /// By name.
    pub blocks: BTreeMap<String, PackageBlock>,
    /// Packages whose first version came with the phone and lies under an update.
    pub hidden_system: BTreeSet<String>,
    /// By app.
    pub main_activities: BTreeMap<String, Vec<MainActivity>>,
    /// By app.
    pub declares: BTreeMap<String, BTreeSet<Declares>>,
    /// What was installed in the last weeks.
    pub installations: Vec<InstallSession>,
    /// What was removed, where the maker keeps a log of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub removals: Vec<Removal>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Section {
    Other,
    Activities,
    Receivers,
    Services,
    Sessions,
    Packages,
    HiddenPackages,
    SharedUsers,
}

/// The list that the lines of a block are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum List {
    None,
    Requested,
    /// Install and runtime permissions, which carry `granted=`.
    Granted,
    Disabled,
}

/// The parser.
#[derive(Debug)]
pub struct PackageParser {
    dump: PackageDump,
    section: Section,
    non_data: bool,
    action: String,
    /// The app whose last main activity the category lines belong to.
    main_of: Option<String>,
    block: Option<(String, PackageBlock)>,
    user: Option<u32>,
    list: List,
    sessions: SessionsReader,
    log: InstallLog,
    /// What all apps of one shared name hold together: the block of each holds none of it.
    shared: BTreeMap<String, BTreeSet<String>>,
    items: usize,
    left_out: usize,
}

impl Default for PackageParser {
    fn default() -> Self {
        Self {
            dump: PackageDump::default(),
            section: Section::Other,
            non_data: false,
            action: String::new(),
            main_of: None,
            block: None,
            user: None,
            list: List::None,
            sessions: SessionsReader::default(),
            log: InstallLog::default(),
            shared: BTreeMap::new(),
            items: 0,
            left_out: 0,
        }
    }
}

/// The section that a heading opens. Inside a resolver table only known headings count: its own
/// lines end in colons too, and a maker may forget to indent them.
fn section_of(line: &str, text: &str, in_table: bool) -> Option<Section> {
    Some(match text {
        "Activity Resolver Table:" => Section::Activities,
        "Receiver Resolver Table:" => Section::Receivers,
        "Service Resolver Table:" => Section::Services,
        "Active install sessions:"
        | "Finalized install sessions:"
        | "Historical install sessions:" => Section::Sessions,
        "Packages:" => Section::Packages,
        "Hidden system packages:" => Section::HiddenPackages,
        "Shared users:" => Section::SharedUsers,
        "Provider Resolver Table:"
        | "Permissions:"
        | "Registered ContentProviders:"
        | "ContentProvider Authorities:"
        | "Key Set Manager:"
        | "Verifiers:"
        | "Queries:"
        | "Dexopt state:"
        | "Compiler stats:"
        | "Package warning messages:" => Section::Other,
        // Any other heading at the left edge; blocks and lists that a maker forgot to indent are
        // not headings.
        _ if !in_table
            && !line.starts_with(char::is_whitespace)
            && text.ends_with(':')
            && list_of(text).is_none()
            && block_name(text).is_none()
            && !install_sessions::opens(text)
            && !text.contains('=') =>
        {
            Section::Other
        }
        _ => return None,
    })
}

fn list_of(text: &str) -> Option<List> {
    Some(match text {
        "requested permissions:" => List::Requested,
        "install permissions:" | "runtime permissions:" | "grantedPermissions:" => List::Granted,
        "disabledComponents:" => List::Disabled,
        "enabledComponents:"
        | "declared permissions:"
        | "usesLibraries:"
        | "usesLibraryFiles:"
        | "usesOptionalLibraries:"
        | "overlay paths:" => List::None,
        _ => return None,
    })
}

/// The name in `Package [name] (hex):`, or `SharedUser [name] (hex):`.
fn block_name(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("Package [").or_else(|| text.strip_prefix("SharedUser ["))?;
    let (name, rest) = rest.split_once(']')?;
    (is_name(name) && rest.trim_start().starts_with('(')).then_some(name)
}

fn named(value: &str) -> Option<String> {
    let value = value.trim();
    (value != "null" && is_name(value)).then(|| value.to_owned())
}

/// The value behind `key=`, up to the next space.
fn word_after<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    let at = text.find(key)?;
    text[at + key.len()..].split_whitespace().next()
}

/// The name in `SharedUserSetting{hex name/1000}`.
fn shared_name(value: &str) -> Option<String> {
    let name = value.trim_end_matches('}').rsplit([' ', '{']).next()?;
    named(name.split('/').next().unwrap_or(name))
}

impl PackageParser {
    /// What apps hold together stands in a table of its own, and belongs to each of them. What
    /// came with the phone is left as it is: its grants are the maker's business.
    fn share(&mut self) {
        let room = MAX_ITEMS.saturating_sub(self.items);
        let mut given = 0;
        for block in self.dump.blocks.values_mut().filter(|block| block.system != Some(true)) {
            let shared = block.shares_with.as_ref().and_then(|name| self.shared.get(name));
            let Some(shared) = shared else { continue };
            given += shared.len();
            if given > room {
                self.left_out += 1;
                continue;
            }
            block.granted.extend(shared.iter().cloned());
        }
    }

    fn room(&mut self) -> bool {
        self.items += 1;
        if self.items > MAX_ITEMS {
            self.left_out += 1;
        }
        self.items <= MAX_ITEMS
    }

    fn enter(&mut self, section: Section) {
        self.close_block(true);
        self.close_section();
        self.section = section;
        self.non_data = false;
        self.action.clear();
        self.main_of = None;
        match section {
            Section::Activities => self.dump.activities = self.dump.activities.max(Table::Cut),
            Section::Receivers => self.dump.receivers = self.dump.receivers.max(Table::Cut),
            Section::Sessions => self.dump.sessions = self.dump.sessions.max(Table::Cut),
            Section::Packages => self.dump.packages = self.dump.packages.max(Table::Cut),
            _ => {}
        }
    }

    fn close_section(&mut self) {
        match self.section {
            Section::Activities => self.dump.activities = Table::Whole,
            Section::Receivers => self.dump.receivers = Table::Whole,
            Section::Sessions => self.dump.sessions = Table::Whole,
            Section::Packages => self.dump.packages = Table::Whole,
            _ => {}
        }
    }

    fn close_block(&mut self, whole: bool) {
        self.list = List::None;
        self.user = None;
        if let Some((name, mut block)) = self.block.take() {
            block.whole = whole;
            if self.section == Section::SharedUsers {
                self.shared.entry(name).or_default().append(&mut block.granted);
            } else if self.section == Section::HiddenPackages {
                self.dump.hidden_system.insert(name);
            } else {
                // A package listed twice keeps what was said first.
                self.dump.blocks.entry(name).or_insert(block);
            }
        }
    }

    fn resolver_line(&mut self, number: u64, text: &str) {
        if let Some(category) = text.strip_prefix("Category: ") {
            self.category(category.trim_matches('"'));
        } else if text.ends_with(':') {
            if text.contains(' ') || text == "Schemes:" {
                self.non_data = text == "Non-Data Actions:";
                self.action.clear();
            } else {
                self.action.clear();
                self.action.push_str(text.trim_end_matches(':'));
            }
            self.main_of = None;
        } else if self.non_data {
            self.resolver_entry(number, text);
        }
    }

    fn resolver_entry(&mut self, number: u64, text: &str) {
        let mut words = text.split_whitespace();
        let (Some(hash), Some(name)) = (words.next(), words.next()) else { return };
        if !hash.bytes().all(|b| b.is_ascii_hexdigit()) {
            return;
        }
        let declared = declared_by(&self.action);
        let is_main = self.action == "android.intent.action.MAIN";
        if declared.is_none() && !is_main {
            return;
        }
        let Some(component) = Component::parse(name) else { return };
        if !self.room() {
            return;
        }
        if self.section == Section::Activities && is_main {
            self.main_of = Some(component.package.clone());
            let of_app = self.dump.main_activities.entry(component.package.clone()).or_default();
            of_app.push(MainActivity { component, launcher: None, home: false, line: number });
        } else if let Some(declared) = declared {
            self.dump.declares.entry(component.package).or_default().insert(declared);
        }
    }

    fn category(&mut self, category: &str) {
        let Some(app) = &self.main_of else { return };
        let Some(activity) = self.dump.main_activities.get_mut(app).and_then(|all| all.last_mut())
        else {
            return;
        };
        let is_launcher = matches!(
            category,
            "android.intent.category.LAUNCHER" | "android.intent.category.LEANBACK_LAUNCHER"
        );
        activity.launcher = Some(activity.launcher == Some(true) || is_launcher);
        activity.home |= category == "android.intent.category.HOME";
    }

    fn package_line(&mut self, number: u64, text: &str) {
        if let Some(name) = block_name(text) {
            self.close_block(true);
            let name = name.to_owned();
            let held = self.dump.blocks.len() + self.dump.hidden_system.len() + self.shared.len();
            if held < MAX_PACKAGES {
                self.block = Some((name, PackageBlock { line: number, ..PackageBlock::default() }));
            } else {
                self.left_out += 1;
            }
            return;
        }
        if self.block.is_none() {
            return;
        }
        if let Some(list) = list_of(text) {
            self.list = list;
        } else if text.starts_with("User ") && text.contains(": ") {
            self.user_line(text);
        } else if !self.list_item(text) {
            self.block_field(text);
        }
    }

    fn user_line(&mut self, text: &str) {
        self.list = List::None;
        let Some((_, block)) = &mut self.block else { return };
        let Some(id) = text["User ".len()..].split(':').next().and_then(|id| id.parse().ok())
        else {
            return;
        };
        self.user = Some(id);
        if block.users.len() >= 100 {
            return;
        }
        let state = block.users.entry(id).or_default();
        let flag = |key: &str| word_after(text, key).and_then(|word| word.parse().ok());
        state.installed = flag(" installed=").or(state.installed);
        state.hidden = flag(" hidden=").or(state.hidden);
        state.enabled =
            word_after(text, " enabled=").and_then(|word| word.parse().ok()).or(state.enabled);
    }

    /// Whether the line is an item of the open list.
    fn list_item(&mut self, text: &str) -> bool {
        match self.list {
            List::None => return false,
            List::Requested | List::Granted => {
                // Android 6 and what was made of it write a comma.
                let name = text.split([':', ',']).next().unwrap_or_default();
                if !is_name(name) || !name.contains('.') {
                    self.list = List::None;
                    return false;
                }
                let wanted = self.list == List::Requested || text.contains("granted=true");
                if wanted && self.room() {
                    let requested = self.list == List::Requested;
                    let Some((_, block)) = &mut self.block else { return true };
                    let into = if requested { &mut block.requested } else { &mut block.granted };
                    into.insert(name.to_owned());
                }
            }
            List::Disabled => {
                if !is_name(text) {
                    self.list = List::None;
                    return false;
                }
                if self.room()
                    && let Some((package, block)) = &mut self.block
                    && block.users.len() < 100
                {
                    let class = if text.starts_with('.') {
                        format!("{package}{text}")
                    } else {
                        text.to_owned()
                    };
                    let user = self.user.unwrap_or_default();
                    block.users.entry(user).or_default().disabled_components.push(class);
                }
            }
        }
        true
    }

    fn block_field(&mut self, text: &str) {
        let Some((_, block)) = &mut self.block else { return };
        let Some((key, value)) = text.split_once('=') else { return };
        match key {
            "flags" | "pkgFlags" => {
                let system = value.split([' ', '[', ']']).any(|flag| flag == "SYSTEM");
                block.system = Some(system || block.system == Some(true));
            }
            "userId" | "appId" => {
                let id = value.split_whitespace().next().and_then(|id| id.parse::<u32>().ok());
                block.app_id = block.app_id.or(id.map(|id| id % 100_000));
            }
            "sharedUser" => block.shares_with = shared_name(value),
            "codePath" => block.code_path = Some(value.chars().take(300).collect()),
            "versionCode" => {
                block.target_sdk = word_after(text, "targetSdk=").and_then(|sdk| sdk.parse().ok());
            }
            "installerPackageName" => block.installer = named(value),
            // Newer dumps print it as `installInitiatingPackageName`.
            "initiatingPackageName" | "installInitiatingPackageName" => {
                block.initiating = named(value);
            }
            "originatingPackageName" | "installOriginatingPackageName" => {
                block.originating = named(value);
            }
            "firstInstallTime" => {
                let when: String = value.chars().take(40).collect();
                if let Some(state) = self.user.and_then(|user| block.users.get_mut(&user)) {
                    state.first_installed.get_or_insert_with(|| when.clone());
                }
                block.first_installed.get_or_insert(when);
            }
            "lastUpdateTime" => {
                block.last_updated.get_or_insert_with(|| value.chars().take(40).collect());
            }
            _ => {}
        }
    }
}

impl LineParser for PackageParser {
    type Value = PackageDump;

    fn line(&mut self, number: u64, line: &str) {
        let text = line.trim();
        if text.is_empty() {
            return;
        }
        self.log.line(number, text);
        let in_table =
            matches!(self.section, Section::Activities | Section::Receivers | Section::Services);
        if let Some(section) = section_of(line, text, in_table) {
            self.enter(section);
            return;
        }
        match self.section {
            Section::Other => {}
            Section::Sessions => self.sessions.line(number, line),
            Section::Activities | Section::Receivers | Section::Services => {
                self.resolver_line(number, text);
            }
            Section::Packages | Section::HiddenPackages | Section::SharedUsers => {
                self.package_line(number, text);
            }
        }
    }

    fn end(mut self, whole: bool) -> Parsed<PackageDump> {
        let mut problems = Vec::new();
        self.close_block(whole);
        self.share();
        self.dump.installations = std::mem::take(&mut self.sessions).end();
        let (installed, removed) = std::mem::take(&mut self.log).end();
        self.dump.installations.extend(installed);
        self.dump.removals = removed;
        if whole {
            self.close_section();
        } else {
            problems.push("it ends before its end".to_owned());
        }
        if self.dump.packages == Table::Absent {
            problems.push("it has no list of packages".to_owned());
        } else if self.dump.blocks.is_empty() {
            problems.push("its list of packages is empty".to_owned());
        }
        if self.left_out > 0 {
            problems.push(format!("{} entries beyond the bounds were left out", self.left_out));
            self.dump.packages = self.dump.packages.min(Table::Cut);
        }
        Parsed { value: self.dump, problems }
    }
}
