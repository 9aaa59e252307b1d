//! Manifests made from the catalogue's own declarations, what is nearly one, and which evidence
//! tells of which.

use unwatched_analysis::catalogue::{
    ComponentPattern, ConfigPattern, Declaration, IconLook, LabelList, Launcher, SdkRange,
};
use unwatched_fixtures::apk::{ApkBuilder, Component, IntentFilter};
use unwatched_fixtures::axml::{Element, Value};
use unwatched_model::report::Evidence;

/// `android:drawable/ic_menu_preferences`
const GEAR: u32 = 0x0108_0049;
const WIDGET: &str = "android.appwidget.action.APPWIDGET_UPDATE";
const NO_DISPLAY: u32 = 0x0103_0055;

/// What a declaration asks, every entry of its list once.
pub(super) fn forms(item: &Declaration) -> Vec<Declaration> {
    match item {
        Declaration::Package(prefixes) => {
            prefixes.iter().map(|one| Declaration::Package(vec![one.clone()])).collect()
        }
        Declaration::ComponentNamed(prefixes) => {
            prefixes.iter().map(|one| Declaration::ComponentNamed(vec![one.clone()])).collect()
        }
        other => vec![other.clone()],
    }
}

/// What is nearly the declaration, and is not; nothing where only leaving it out is near.
pub(super) fn nears(item: &Declaration) -> Vec<Option<Declaration>> {
    let near = |declaration: Declaration| vec![Some(declaration)];
    match item {
        Declaration::Permission(name) => near(Declaration::Permission(format!("{name}_NOT"))),
        Declaration::Feature(name) => near(Declaration::Feature(format!("{name}.not"))),
        Declaration::MetaData(name) => vec![
            Some(Declaration::MetaData(format!("{name}Not"))),
            Some(Declaration::MetaData(format!("{name}=false"))),
        ],
        Declaration::Service(pattern) => all(pattern, Declaration::Service),
        Declaration::Receiver(pattern) => all(pattern, Declaration::Receiver),
        Declaration::Activity(pattern) => all(pattern, Declaration::Activity),
        Declaration::Provider(pattern) => all(pattern, Declaration::Provider),
        Declaration::Launcher(Launcher::Present) => near(Declaration::Launcher(Launcher::None)),
        Declaration::Launcher(_) => near(Declaration::Launcher(Launcher::Present)),
        Declaration::Config(pattern) => near_configs(pattern),
        Declaration::TargetSdk(range) => {
            let at_least = range.at_least.map(|least| least - 1).or(range.below);
            near(Declaration::TargetSdk(SdkRange { at_least, below: None }))
        }
        Declaration::Package(prefixes) => {
            near(Declaration::Package(vec![format!("org.{}", prefixes[0])]))
        }
        Declaration::ComponentNamed(prefixes) => vec![
            Some(Declaration::ComponentNamed(vec![format!("org.{}", prefixes[0])])),
            Some(Declaration::ComponentNamed(vec!["com.google.android.gms.location.".to_owned()])),
        ],
        Declaration::Label(_) | Declaration::Icon(_) | Declaration::CleartextTraffic(_) => {
            vec![None]
        }
    }
}

/// One property after the other is another one.
fn all(
    pattern: &ComponentPattern,
    of: fn(ComponentPattern) -> Declaration,
) -> Vec<Option<Declaration>> {
    let mut nears = Vec::new();
    let mut vary = |change: &dyn Fn(&mut ComponentPattern)| {
        let mut near = pattern.clone();
        change(&mut near);
        if near != *pattern {
            nears.push(Some(of(near)));
        }
    };
    let other = |name: &mut Option<String>| {
        if let Some(name) = name {
            name.push_str(".NOT");
        }
    };
    vary(&|near| other(&mut near.permission));
    vary(&|near| other(&mut near.action));
    vary(&|near| other(&mut near.scheme));
    vary(&|near| other(&mut near.category));
    vary(&|near| {
        near.foreground_type = near.foreground_type.as_deref().and_then(|name| match name {
            "any" => None,
            "dataSync" => Some("mediaPlayback".to_owned()),
            _ => Some("dataSync".to_owned()),
        });
    });
    vary(&|near| near.hidden_from_recents = near.hidden_from_recents.map(|hidden| !hidden));
    vary(&|near| near.no_history = near.no_history.map(|gone| !gone));
    vary(&|near| near.invisible = near.invisible.map(|invisible| !invisible));
    vary(&|near| near.direct_boot = near.direct_boot.map(|early| !early));
    vary(&|near| near.priority_at_least = near.priority_at_least.map(|least| least - 1));
    nears
}

fn near_configs(pattern: &ConfigPattern) -> Vec<Option<Declaration>> {
    let mut nears = Vec::new();
    let mut vary = |change: &dyn Fn(&mut ConfigPattern)| {
        let mut near = pattern.clone();
        change(&mut near);
        if near != *pattern {
            nears.push(Some(Declaration::Config(near)));
        }
    };
    vary(&|near| near.element.push_str("-not"));
    vary(&|near| (near.attribute, near.bit, near.value) = (None, None, None));
    vary(&|near| near.bit = near.bit.map(|bit| if bit == 1 { 2 } else { 1 }));
    vary(&|near| near.value = near.value.as_ref().map(|value| format!("{value}-not")));
    vary(&|near| {
        if let Some(outside) = &pattern.outside {
            near.element = format!("{outside}/{}", pattern.element);
        }
    });
    // The element alone is as much as it asks for.
    nears.retain(|near| pattern.attribute.is_some() || is_other_element(near.as_ref(), pattern));
    nears
}

fn is_other_element(near: Option<&Declaration>, pattern: &ConfigPattern) -> bool {
    matches!(near, Some(Declaration::Config(near)) if near.element != pattern.element)
}

/// Whether a piece of evidence tells of the declaration.
pub(super) fn shows(item: &Declaration, evidence: &Evidence) -> bool {
    let (kind, value) = (evidence.kind.as_str(), evidence.value.as_str());
    match item {
        Declaration::Permission(name) => kind == "permission" && value == name,
        Declaration::Feature(name) => kind == "feature" && value == name,
        Declaration::MetaData(name) => kind == "meta_data" && value.starts_with(name.as_str()),
        Declaration::Service(pattern) => kind == "service" && names(pattern, value),
        Declaration::Receiver(pattern) => kind == "receiver" && names(pattern, value),
        Declaration::Provider(pattern) => kind == "provider" && names(pattern, value),
        Declaration::Activity(pattern) => kind.starts_with("activity") && names(pattern, value),
        Declaration::Launcher(_) => kind.starts_with("activity"),
        Declaration::Config(pattern) => {
            let attribute = pattern.attribute.as_deref().unwrap_or(&pattern.element);
            evidence.place.ends_with(&format!(": {}", pattern.element))
                && value.starts_with(attribute)
        }
        Declaration::TargetSdk(_) => value.starts_with("targetSdkVersion="),
        Declaration::CleartextTraffic(_) => value.starts_with("usesCleartextTraffic"),
        Declaration::Label(_) => kind == "label",
        Declaration::Icon(_) => kind == "icon",
        Declaration::Package(_) => kind == "package",
        Declaration::ComponentNamed(prefixes) => {
            kind == "service" && prefixes.iter().any(|prefix| value.starts_with(prefix.as_str()))
        }
    }
}

fn names(pattern: &ComponentPattern, value: &str) -> bool {
    let asked = [
        &pattern.permission,
        &pattern.action,
        &pattern.scheme,
        &pattern.category,
        &pattern.foreground_type,
    ];
    let parts: Vec<&str> = value.split(" (").flat_map(|part| part.split(", ")).collect();
    asked.into_iter().flatten().all(|name| match name.as_str() {
        // Of any type: the one that the made app's service says is told.
        "any" => parts.contains(&"dataSync"),
        name => parts.contains(&name),
    })
}

/// The beginning of the descriptor of a component's class that is declared first.
pub(super) fn component_class(item: &Declaration) -> String {
    let kind = match item {
        Declaration::Service(_) => "S",
        Declaration::Receiver(_) => "R",
        other => panic!("{other:?} is no component that has a class of its own"),
    };
    format!("Lcom/example/made/{kind}0")
}

/// An app that declares all of these and, but where they say otherwise, has an icon.
pub(super) fn declaring(items: &[&Declaration]) -> ApkBuilder {
    let package = items.iter().find_map(|item| match item {
        Declaration::Package(prefixes) => Some(format!("{}made.app", prefixes[0])),
        _ => None,
    });
    let apk = ApkBuilder::new(package.as_deref().unwrap_or("com.example.made")).label("Plain");
    let launcher = items.iter().find_map(|item| match item {
        Declaration::Launcher(launcher) => Some(*launcher),
        _ => None,
    });
    let entry = Component::activity("com.example.made.MainActivity").exported(true);
    let apk = match launcher {
        Some(Launcher::None) => apk.component(entry),
        Some(Launcher::OpenedElsewhere) => apk
            .component(entry)
            .android_permissions(&["READ_SMS"])
            .component(Component::receiver(".Widget").action(WIDGET)),
        Some(Launcher::OutOfRecents) => apk.component(entry.launcher().exclude_from_recents()),
        Some(Launcher::Several) => apk
            .component(entry.launcher())
            .component(Component::alias(".Another", "com.example.made.MainActivity").launcher()),
        Some(Launcher::Present) | None => apk.component(entry.launcher()),
    };
    items.iter().enumerate().fold(apk, |apk, (place, item)| declare(apk, place, item))
}

fn declare(apk: ApkBuilder, place: usize, item: &Declaration) -> ApkBuilder {
    match item {
        Declaration::Permission(name) => apk.permission(name),
        Declaration::Feature(name) => apk.feature(name, false),
        Declaration::MetaData(name) => {
            let (name, value) = name.split_once('=').unwrap_or((name, "true"));
            apk.meta_data(name, value)
        }
        Declaration::Service(pattern) => {
            apk.component(component(Component::service(&format!(".S{place}")), pattern))
        }
        Declaration::Receiver(pattern) => {
            apk.component(component(Component::receiver(&format!(".R{place}")), pattern))
        }
        Declaration::Activity(pattern) => {
            apk.component(component(Component::activity(&format!(".A{place}")), pattern))
        }
        Declaration::Provider(pattern) => {
            let provider = Component::provider(&format!(".P{place}"), "com.example.made.files");
            apk.component(component(provider, pattern))
        }
        Declaration::Config(pattern) => config(apk, place, pattern),
        Declaration::TargetSdk(range) => {
            let target = range.at_least.or(range.below.map(|below| below - 1)).unwrap_or(34);
            apk.sdk(24, i32::try_from(target).expect("an API level"))
        }
        Declaration::Label(LabelList::SystemParts) => apk.label("System Service"),
        Declaration::Label(LabelList::LikeSystemParts) => apk.label("Systern Service"),
        Declaration::Label(LabelList::Blank) => apk.label("\u{3164}"),
        Declaration::ComponentNamed(prefixes) => {
            apk.component(Component::service(&format!("{}made.Part", prefixes[0])))
        }
        Declaration::Icon(IconLook::Invisible) => apk.icon(Element::new("vector")),
        Declaration::Icon(IconLook::OfTheSystem) => apk
            .string_resource("hello", "Hello")
            .application_attribute("icon", Value::Reference(GEAR)),
        Declaration::CleartextTraffic(_) => apk.application_attribute("usesCleartextTraffic", true),
        Declaration::Package(_) | Declaration::Launcher(_) => apk,
    }
}

fn component(component: Component, pattern: &ComponentPattern) -> Component {
    let mut component = component.exported(true);
    if let Some(permission) = &pattern.permission {
        component = component.permission(permission);
    }
    let filtered = pattern.action.is_some()
        || pattern.scheme.is_some()
        || pattern.category.is_some()
        || pattern.priority_at_least.is_some();
    if filtered {
        let mut filter =
            IntentFilter::action(pattern.action.as_deref().unwrap_or("com.example.made.ACTION"));
        if let Some(scheme) = &pattern.scheme {
            filter = filter.scheme(scheme);
        }
        if let Some(category) = &pattern.category {
            filter = filter.category(category);
        }
        if let Some(priority) = pattern.priority_at_least {
            filter = filter.priority(priority);
        }
        component = component.filter(filter);
    }
    if let Some(name) = &pattern.foreground_type {
        component = component.attribute("foregroundServiceType", Value::Flags(foreground(name)));
    }
    let flags = [
        ("excludeFromRecents", pattern.hidden_from_recents),
        ("noHistory", pattern.no_history),
        ("directBootAware", pattern.direct_boot),
    ];
    for (name, flag) in flags {
        if let Some(flag) = flag {
            component = component.attribute(name, flag);
        }
    }
    if pattern.invisible == Some(true) {
        component = component.attribute("theme", Value::Reference(NO_DISPLAY));
    }
    component
}

/// The bits of `android:foregroundServiceType`, from Android's documentation.
fn foreground(name: &str) -> u32 {
    match name {
        "any" | "dataSync" => 0x1,
        "mediaPlayback" => 0x2,
        "phoneCall" => 0x4,
        "location" => 0x8,
        "connectedDevice" => 0x10,
        "mediaProjection" => 0x20,
        "camera" => 0x40,
        "microphone" => 0x80,
        "health" => 0x100,
        "remoteMessaging" => 0x200,
        "systemExempted" => 0x400,
        "specialUse" => 0x4000_0000,
        other => panic!("no bit is known of {other}"),
    }
}

fn config(apk: ApkBuilder, place: usize, pattern: &ConfigPattern) -> ApkBuilder {
    let mut path = pattern.element.rsplit('/');
    let mut element = Element::new(path.next().unwrap_or_default());
    if let Some(name) = &pattern.attribute {
        let value = match (pattern.bit, &pattern.value) {
            (Some(bit), _) => Value::Flags(bit),
            (None, Some(value)) => Value::Text(value.clone()),
            (None, None) => Value::Boolean(true),
        };
        element = element.android(name, value.clone()).plain(name, value);
    }
    let element = path.fold(element, |inner, name| Element::new(name).child(inner));
    let file = Element::new("made").child(element);
    if pattern.meta_data == "networkSecurityConfig" {
        return apk.application_file("networkSecurityConfig", file);
    }
    let pointing = Component::service(&format!(".Pointing{place}"));
    apk.component(pointing.meta_xml(&pattern.meta_data, file))
}
