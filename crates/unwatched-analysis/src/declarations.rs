//! What an app declares against what a rule asks for: one declaration, and the evidence that meets
//! it.
//!
//! Which declarations make a capability is the catalogue's business, and `capabilities` puts them
//! together.

use std::fmt::Write as _;

use unwatched_model::report::{Evidence, Tier};

use crate::axml::{Element, Value};
use crate::capabilities::Config;
use crate::catalogue::{
    ComponentPattern, ConfigPattern, Declaration, IconLook, LabelList, Launcher, SdkRange,
    catalogue, disguises, is_blank,
};
use crate::findings::{evidence, shortened};
use crate::manifest::{Component, ComponentKind, Filter, Manifest, Name, PLACE, Picture};

/// What of the app meets a declaration; nothing where nothing does.
pub(crate) fn declares(
    declaration: &Declaration,
    manifest: &Manifest,
    configs: &[Config],
) -> Vec<Evidence> {
    match declaration {
        Declaration::Permission(name) => {
            let have = manifest.permissions.contains(name);
            let place = || format!("{PLACE}: uses-permission");
            have.then(|| evidence(Tier::Declared, "permission", name, &place()))
                .into_iter()
                .collect()
        }
        Declaration::Service(pattern)
        | Declaration::Receiver(pattern)
        | Declaration::Activity(pattern)
        | Declaration::Provider(pattern) => {
            let found = components(declaration, manifest).into_iter().flatten();
            found.map(|component| declares_component(component, pattern)).collect()
        }
        Declaration::MetaData(name) => meta_data(manifest, name),
        Declaration::Launcher(Launcher::None) => no_launcher(manifest, false).into_iter().collect(),
        Declaration::Launcher(Launcher::OpenedElsewhere) => {
            no_launcher(manifest, true).into_iter().collect()
        }
        Declaration::Launcher(Launcher::Present) => launcher_entries(manifest),
        Declaration::Launcher(Launcher::Several) => several_launcher_entries(manifest),
        Declaration::Launcher(Launcher::OutOfRecents) => launcher_out_of_recents(manifest),
        Declaration::TargetSdk(range) => target_sdk(manifest, *range).into_iter().collect(),
        Declaration::Feature(name) => {
            let have = manifest.features.contains(name);
            let place = format!("{PLACE}: uses-feature");
            have.then(|| evidence(Tier::Declared, "feature", name, &place)).into_iter().collect()
        }
        Declaration::Label(names) => label(manifest, *names).into_iter().collect(),
        Declaration::Icon(look) => icon(manifest, *look).into_iter().collect(),
        Declaration::Package(prefixes) => package(manifest, prefixes).into_iter().collect(),
        Declaration::ComponentNamed(prefixes) => component_named(manifest, prefixes),
        Declaration::CleartextTraffic(_) => cleartext_traffic(manifest).into_iter().collect(),
        Declaration::Config(pattern) => {
            configs.iter().filter_map(|config| setting(config, pattern)).collect()
        }
    }
}

/// The components that meet a declaration; `None` for a declaration about something else.
pub(crate) fn components<'m>(
    declaration: &Declaration,
    manifest: &'m Manifest,
) -> Option<Vec<&'m Component>> {
    use ComponentKind::{Activity, Alias, Provider, Receiver, Service};
    let (kinds, pattern): (&[ComponentKind], _) = match declaration {
        Declaration::Service(pattern) => (&[Service], pattern),
        Declaration::Receiver(pattern) => (&[Receiver], pattern),
        Declaration::Activity(pattern) => (&[Activity, Alias], pattern),
        Declaration::Provider(pattern) => (&[Provider], pattern),
        _ => return None,
    };
    let fitting =
        |component: &&Component| kinds.contains(&component.kind) && fits(component, pattern);
    Some(manifest.components.iter().filter(fitting).collect())
}

fn declares_component(component: &Component, pattern: &ComponentPattern) -> Evidence {
    let foreground = pattern.foreground_type.as_deref();
    let foreground = foreground.map(|asked| foreground_types(component, asked).join(", "));
    let asked = [
        pattern.action.as_deref(),
        pattern.permission.as_deref(),
        foreground.as_deref(),
        pattern.scheme.as_deref(),
        pattern.category.as_deref(),
        pattern.hidden_from_recents.map(|_| "excludeFromRecents"),
        pattern.no_history.map(|_| "noHistory"),
        pattern.invisible.map(|_| "a theme that shows nothing"),
        pattern.direct_boot.map(|_| "directBootAware"),
    ];
    let mut value = asked.into_iter().flatten().collect::<Vec<_>>().join(", ");
    if value.is_empty() {
        value.clone_from(&component.name);
    }
    if let Some(priority) = priority(component, pattern) {
        let _ = write!(value, " (priority {priority})");
    }
    let off = if component.enabled { "" } else { " (switched off at first)" };
    let place = format!("{}{off}", component.place());
    evidence(Tier::Declared, component.kind.as_str(), &value, &place)
}

/// How early it is asked, where it asks to come before others.
fn priority(component: &Component, pattern: &ComponentPattern) -> Option<i32> {
    let action = pattern.action.as_ref()?;
    let filters = component.filters.iter().filter(|filter| filter.actions.contains(action));
    filters.filter_map(|filter| filter.priority).max().filter(|priority| *priority > 0)
}

fn fits(component: &Component, pattern: &ComponentPattern) -> bool {
    let permission = pattern.permission.as_ref();
    let action = pattern.action.as_ref();
    let within = |wanted: &Option<String>, pick: fn(&Filter) -> &[String]| {
        wanted.as_ref().is_none_or(|wanted| {
            component.filters.iter().any(|filter| pick(filter).contains(wanted))
        })
    };
    let foreground = pattern.foreground_type.as_deref();
    let priority = || component.filters.iter().filter_map(|filter| filter.priority).max();
    permission.is_none_or(|wanted| component.permission.as_ref() == Some(wanted))
        && action.is_none_or(|wanted| component.has_action(wanted))
        && within(&pattern.scheme, |filter| &filter.schemes)
        && within(&pattern.category, |filter| &filter.categories)
        && pattern.hidden_from_recents.is_none_or(|hidden| component.hidden_from_recents == hidden)
        && pattern.no_history.is_none_or(|gone| component.no_history == gone)
        && pattern.invisible.is_none_or(|invisible| component.is_invisible() == invisible)
        && pattern.direct_boot.is_none_or(|early| component.direct_boot == early)
        && pattern.priority_at_least.is_none_or(|least| priority().is_some_and(|has| has >= least))
        && foreground.is_none_or(|name| match foreground_bit(name) {
            _ if name == "any" => component.foreground_types != 0,
            Some(bit) => component.foreground_types & bit != 0,
            None => false,
        })
}

/// What a service can say that it does in the foreground, and the bit by which a manifest says it.
const FOREGROUND_TYPES: [(&str, u32); 12] = [
    ("dataSync", 1),
    ("mediaPlayback", 1 << 1),
    ("phoneCall", 1 << 2),
    ("location", 1 << 3),
    ("connectedDevice", 1 << 4),
    ("mediaProjection", 1 << 5),
    ("camera", 1 << 6),
    ("microphone", 1 << 7),
    ("health", 1 << 8),
    ("remoteMessaging", 1 << 9),
    ("systemExempted", 1 << 10),
    ("specialUse", 1 << 30),
];

/// The bit by which a manifest writes what a service does in the foreground.
pub(crate) fn foreground_bit(name: &str) -> Option<u32> {
    if name == "any" {
        return Some(u32::MAX);
    }
    FOREGROUND_TYPES.into_iter().find(|(known, _)| *known == name).map(|(_, bit)| bit)
}

/// What is asked for as it stands in the manifest: `any` by what the service says there.
fn foreground_types<'p>(component: &Component, asked: &'p str) -> Vec<&'p str> {
    if asked != "any" {
        return vec![asked];
    }
    let said =
        FOREGROUND_TYPES.into_iter().filter(|(_, bit)| component.foreground_types & bit != 0);
    let names: Vec<_> = said.map(|(name, _)| name).collect();
    if names.is_empty() { vec!["a type of a later Android"] } else { names }
}

fn meta_data(manifest: &Manifest, name: &str) -> Vec<Evidence> {
    let of_app = manifest.meta_data.iter().map(|data| (data, format!("{PLACE}: application")));
    let of_components = manifest
        .components
        .iter()
        .flat_map(|component| component.meta_data.iter().map(|data| (data, component.place())));
    of_app
        .chain(of_components)
        .filter(|(data, _)| is_spelling_of(&data.name, name) && !says_no(data.value.as_deref()))
        .map(|(data, place)| {
            let value = match &data.value {
                Some(value) => format!("{}={}", data.name, shortened(value, 100)),
                None => data.name.clone(),
            };
            evidence(Tier::Declared, "meta_data", &value, &place)
        })
        .collect()
}

/// The same name but for case and the marks between its words: shops are not the only readers.
fn is_spelling_of(written: &str, name: &str) -> bool {
    let letters = |text: &str| -> Vec<u8> {
        let bare = text.bytes().filter(u8::is_ascii_alphanumeric);
        bare.map(|byte| byte.to_ascii_lowercase()).collect()
    };
    letters(written) == letters(name)
}

/// A value by which an app says that it is not meant.
fn says_no(value: Option<&str>) -> bool {
    let no = ["false", "no", "0", "off", "none"];
    value.is_some_and(|value| no.iter().any(|word| value.trim().eq_ignore_ascii_case(word)))
}

/// Where settings of the network stand in a file, Android 7 and later do not ask the attribute.
fn cleartext_traffic(manifest: &Manifest) -> Option<Evidence> {
    let place = || format!("{PLACE}: application");
    (manifest.cleartext_traffic && manifest.network_config_id.is_none())
        .then(|| evidence(Tier::Declared, "attribute", "usesCleartextTraffic=true", &place()))
}

/// An app that is installed alone, does something, and cannot be opened from the list of apps.
fn no_launcher(manifest: &Manifest, elsewhere: bool) -> Option<Evidence> {
    let is_whole_app = manifest.has_application
        && manifest.has_code
        && !manifest.is_split
        && !manifest.components.is_empty();
    let opened = opened_otherwise(manifest);
    if !is_whole_app || opened == Opened::Otherwise || elsewhere != (opened == Opened::AsItSays) {
        return None;
    }
    let mut entries = manifest.components.iter().filter(|component| component.is_launcher_entry());
    let place = format!("{PLACE}: application");
    match (entries.clone().find(|entry| entry.enabled), entries.next()) {
        (Some(_), _) => None,
        (None, Some(off)) => {
            let value = "the entry among the apps is switched off at first";
            Some(evidence(Tier::Declared, off.kind.as_str(), value, &off.place()))
        }
        (None, None) => {
            let value = "no activity or alias with MAIN and LAUNCHER";
            Some(evidence(Tier::Declared, "activity", value, &place))
        }
    }
}

/// Whether something else than an icon opens an app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Opened {
    /// Nothing that is known.
    ByNothing,
    /// It says so, and could watch somebody: that may be said to be overlooked.
    AsItSays,
    /// By its kind, or it says so and asks for nothing by which it could watch.
    Otherwise,
}

/// What is opened in another way has no icon either: keyboards, wallpapers, watch faces, home
/// screens, apps for televisions; tiles, widgets, tests and services for other apps. All of it is a
/// line in the manifest that anybody can write: who asks for what could watch only says so.
fn opened_otherwise(manifest: &Manifest) -> Opened {
    if !says_what_opens_it(manifest) {
        Opened::ByNothing
    } else if could_watch(manifest) {
        Opened::AsItSays
    } else {
        Opened::Otherwise
    }
}

fn says_what_opens_it(manifest: &Manifest) -> bool {
    const KINDS: [&str; 15] = [
        "android.permission.BIND_INPUT_METHOD",
        "android.permission.BIND_WALLPAPER",
        "android.permission.BIND_DREAM_SERVICE",
        "android.permission.BIND_PRINT_SERVICE",
        "android.permission.BIND_TEXT_SERVICE",
        "android.permission.BIND_VR_LISTENER_SERVICE",
        "android.permission.BIND_COMPANION_DEVICE_SERVICE",
        "android.permission.BIND_QUICK_SETTINGS_TILE",
        "android.permission.BIND_REMOTEVIEWS",
        "android.permission.BIND_CHOOSER_TARGET_SERVICE",
        "android.permission.BIND_AUTOFILL_SERVICE",
        "android.permission.BIND_CREDENTIAL_PROVIDER_SERVICE",
        "android.permission.BIND_CONDITION_PROVIDER_SERVICE",
        "android.permission.BIND_CONTROLS",
        "android.permission.MANAGE_DOCUMENTS",
    ];
    const ACTIONS: [&str; 17] = [
        "android.companion.CompanionDeviceService",
        "com.google.android.gms.wearable.BIND_LISTENER",
        "com.google.android.gms.wearable.DATA_CHANGED",
        "com.google.android.gms.wearable.MESSAGE_RECEIVED",
        "com.samsung.accessory.action.SERVICE_CONNECTION_REQUESTED",
        "com.twofortyfouram.locale.intent.action.EDIT_CONDITION",
        "com.twofortyfouram.locale.intent.action.FIRE_SETTING",
        "com.twofortyfouram.locale.intent.action.QUERY_CONDITION",
        "net.dinglisch.android.tasker.ACTION_EDIT_EVENT",
        "android.appwidget.action.APPWIDGET_UPDATE",
        "android.intent.action.TTS_SERVICE",
        "android.speech.RecognitionService",
        "android.accounts.AccountAuthenticator",
        "android.content.SyncAdapter",
        "com.novalauncher.THEME",
        "org.adw.launcher.THEMES",
        "com.twofortyfouram.locale.intent.action.EDIT_SETTING",
    ];
    const ELSEWHERE: [&str; 3] = [
        "android.hardware.type.watch",
        "android.hardware.type.automotive",
        "android.software.leanback",
    ];
    let says = |one: &Component| {
        one.permission.as_deref().is_some_and(|name| KINDS.contains(&name))
            || ACTIONS.iter().any(|action| one.has_action(action))
            || (one.enabled && one.has_category("android.intent.category.HOME"))
    };
    // What may also be missing does not say that it runs only there.
    let only_elsewhere = ELSEWHERE.iter().any(|name| manifest.required_features.contains(*name));
    only_elsewhere
        || manifest.is_overlay
        || manifest.is_test
        || manifest.components.iter().any(says)
        || is_plugin(manifest)
}

/// Whether it asks for anything by which it could watch somebody.
fn could_watch(manifest: &Manifest) -> bool {
    const PERMISSIONS: [&str; 14] = [
        "READ_SMS",
        "RECEIVE_SMS",
        "RECEIVE_MMS",
        "RECEIVE_WAP_PUSH",
        "READ_CALL_LOG",
        "PROCESS_OUTGOING_CALLS",
        "RECORD_AUDIO",
        "CAMERA",
        "ACCESS_FINE_LOCATION",
        "ACCESS_COARSE_LOCATION",
        "ACCESS_BACKGROUND_LOCATION",
        "READ_CONTACTS",
        "MANAGE_EXTERNAL_STORAGE",
        "FOREGROUND_SERVICE_MEDIA_PROJECTION",
    ];
    const SERVICES: [&str; 3] = [
        "android.permission.BIND_ACCESSIBILITY_SERVICE",
        "android.permission.BIND_NOTIFICATION_LISTENER_SERVICE",
        "android.permission.BIND_DEVICE_ADMIN",
    ];
    let bound =
        |one: &Component| one.permission.as_deref().is_some_and(|name| SERVICES.contains(&name));
    let asks = |name: &String| {
        let short = name.strip_prefix("android.permission.");
        short.is_some_and(|short| PERMISSIONS.contains(&short))
    };
    manifest.components.iter().any(bound) || manifest.permissions.iter().any(asks)
}

/// Whether one of its components answers to an action that is named for plug-ins.
fn is_plugin(manifest: &Manifest) -> bool {
    let mut actions = manifest
        .components
        .iter()
        .flat_map(|one| one.filters.iter().flat_map(|filter| &filter.actions));
    actions.any(|action| {
        let last = action.rsplit('.').next().unwrap_or_default();
        last.to_ascii_uppercase().split('_').any(|word| word == "PLUGIN")
    })
}

/// Entries that are switched off at first count as well: the app may switch to them.
fn several_launcher_entries(manifest: &Manifest) -> Vec<Evidence> {
    let entries: Vec<&Component> =
        manifest.components.iter().filter(|one| one.is_launcher_entry()).collect();
    if entries.len() < 2 {
        return Vec::new();
    }
    let of = |one: &&Component| {
        evidence(Tier::Declared, one.kind.as_str(), "MAIN, LAUNCHER", &one.place())
    };
    entries.iter().map(of).collect()
}

fn launcher_entries(manifest: &Manifest) -> Vec<Evidence> {
    let entries = manifest.components.iter().filter(|one| one.is_launcher_entry() && one.enabled);
    entries
        .map(|entry| {
            evidence(Tier::Declared, entry.kind.as_str(), "MAIN, LAUNCHER", &entry.place())
        })
        .collect()
}

/// An app whose every entry among the apps keeps out of the list of recent apps.
fn launcher_out_of_recents(manifest: &Manifest) -> Vec<Evidence> {
    let hides = |entry: &Component| {
        let target = entry.target_activity.as_ref();
        let of_target = || {
            let mut all = manifest.components.iter();
            all.any(|one| Some(&one.name) == target && one.hidden_from_recents)
        };
        entry.hidden_from_recents || of_target()
    };
    let mut entries =
        manifest.components.iter().filter(|one| one.is_launcher_entry() && one.enabled).peekable();
    let activities: Vec<&Component> =
        manifest.components.iter().filter(|one| one.kind == ComponentKind::Activity).collect();
    // Without an entry every activity counts.
    let all = match entries.peek() {
        Some(_) => entries.all(hides),
        None if opened_otherwise(manifest) != Opened::ByNothing => false,
        None => !activities.is_empty() && activities.iter().all(|one| one.hidden_from_recents),
    };
    if !all {
        return Vec::new();
    }
    let hidden = activities.into_iter().filter(|one| one.hidden_from_recents);
    let found = hidden
        .map(|one| evidence(Tier::Declared, one.kind.as_str(), "excludeFromRecents", &one.place()));
    found.collect()
}

fn target_sdk(manifest: &Manifest, range: SdkRange) -> Option<Evidence> {
    let target = manifest.target_sdk?;
    let within = range.at_least.is_none_or(|least| target >= least)
        && range.below.is_none_or(|below| target < below);
    let value = format!("targetSdkVersion={target}");
    within.then(|| evidence(Tier::Declared, "attribute", &value, &format!("{PLACE}: uses-sdk")))
}

/// A label that is, but for case and the marks between its words, one of the list, in any
/// language and wherever it is shown.
fn label(manifest: &Manifest, names: LabelList) -> Option<Evidence> {
    let told = |value: &str, place: &str| Some(evidence(Tier::Declared, "label", value, place));
    manifest.names.iter().find_map(|Name { label, place }| match names {
        LabelList::SystemParts if disguises().is_system_part(label) => told(label, place),
        LabelList::LikeSystemParts => {
            let like = disguises().imitates(label)?;
            told(&format!("{label} (looks like {like})"), place)
        }
        LabelList::Blank if is_blank(label) => told(&letters_told(label), place),
        LabelList::SystemParts | LabelList::Blank => None,
    })
}

/// Letters of which nothing is seen, by their numbers.
fn letters_told(label: &str) -> String {
    if label.is_empty() {
        return "no letter at all".to_owned();
    }
    let letters: Vec<String> =
        label.chars().take(8).map(|c| format!("U+{:04X}", u32::from(c))).collect();
    format!("nothing that is seen ({})", letters.join(" "))
}

/// A picture among the apps counts where every one that is there is so; one that may come later
/// counts by itself.
fn icon(manifest: &Manifest, look: IconLook) -> Option<Evidence> {
    let told = |picture: &Picture, value: &str| {
        let place = format!("{}: icon", picture.icon.path);
        evidence(Tier::Declared, "icon", value, &place)
    };
    let mut icons = manifest.icons.iter();
    match look {
        IconLook::OfTheSystem => {
            icons.find_map(|one| Some(told(one, one.icon.resembles.as_deref()?)))
        }
        IconLook::Invisible => {
            let mut shown = icons.clone().filter(|one| one.shown);
            let all = shown.clone().next().is_some() && shown.all(|one| one.icon.invisible);
            let counts = |one: &&Picture| one.icon.invisible && (all || !one.shown);
            icons.find(counts).map(|one| told(one, "nothing of it can be seen"))
        }
    }
}

fn package(manifest: &Manifest, prefixes: &[String]) -> Option<Evidence> {
    let package = manifest.package.as_ref()?;
    let listed = prefixes.iter().any(|prefix| package.starts_with(prefix.as_str()));
    listed.then(|| evidence(Tier::Declared, "package", package, &format!("{PLACE}: manifest")))
}

/// Components that stand under a name of the system's, in an app that does not.
fn component_named(manifest: &Manifest, prefixes: &[String]) -> Vec<Evidence> {
    let begins = |name: &str| prefixes.iter().any(|prefix| name.starts_with(prefix.as_str()));
    let package = manifest.package.as_deref().unwrap_or_default();
    if begins(&format!("{package}.")) {
        return Vec::new();
    }
    let is_library = |name: &str| {
        let descriptor = format!("L{};", name.replace('.', "/"));
        catalogue().code.is_library(descriptor.as_bytes())
    };
    let found = manifest.components.iter().filter(|one| {
        one.kind != ComponentKind::Alias && begins(&one.name) && !is_library(&one.name)
    });
    found.map(|one| evidence(Tier::Declared, one.kind.as_str(), &one.name, &one.place())).collect()
}

fn setting(config: &Config, pattern: &ConfigPattern) -> Option<Evidence> {
    if config.meta_data != pattern.meta_data {
        return None;
    }
    let within = |element: &Element| {
        let outside = pattern.outside.as_deref();
        outside.is_some_and(|name| config.document.is_within(element, name))
    };
    let named = config.document.elements.iter().filter(|element| *element.name == *pattern.element);
    let mut elements = named.filter(|element| !within(element));
    let place = format!("{}: {}", config.path, pattern.element);
    let Some(attribute) = &pattern.attribute else {
        let _ = elements.next()?;
        return Some(evidence(Tier::Declared, "attribute", &pattern.element, &place));
    };
    let holds = |element: &Element| {
        let held = element.attribute(attribute)?;
        match (held, pattern.bit, &pattern.value) {
            (Value::Text(text), None, Some(value)) if text.eq_ignore_ascii_case(value) => {
                Some(format!("{attribute}={value}"))
            }
            (Value::Number(number), Some(bit), _) if number & bit != 0 => {
                Some(format!("{attribute}={number:#x}"))
            }
            (_, None, None) if is_true(held) => Some(format!("{attribute}=true")),
            _ => None,
        }
    };
    let value = elements.find_map(holds)?;
    Some(evidence(Tier::Declared, "attribute", &value, &place))
}

/// However the file writes it.
fn is_true(value: &Value) -> bool {
    match value {
        Value::Flag(flag) => *flag,
        Value::Number(number) => *number != 0,
        Value::Text(text) => text.trim().eq_ignore_ascii_case("true"),
        Value::Resource(_) | Value::Colour(_) | Value::Fraction(_) | Value::Other => false,
    }
}
