//! How an app shows itself.

use unwatched_fixtures::apk::pairs::Sketch;
use unwatched_fixtures::apk::{ApkBuilder, Component};
use unwatched_fixtures::axml::{Element, Value};
use unwatched_model::report::Support;

use super::{capability, report};

#[test]
fn the_name_in_every_language_is_listed() {
    let app = ApkBuilder::new("com.example.plain")
        .resource_label("Watch", &[("de", "Wacht"), ("fr", "Montre")]);
    let report = report(&app.build());
    assert_eq!(report.label.as_deref(), Some("Watch"));
    let labels: Vec<_> =
        report.labels.iter().map(|(language, label)| (&**language, &**label)).collect();
    assert_eq!(labels, [("de", "Wacht"), ("fr", "Montre")]);
}

const TRANSPARENT: u32 = 0x0106_000d;
/// A picture of Android itself.
const GEAR: u32 = 0x0108_0049;

fn layers(ids: [u32; 2]) -> Element {
    let layer = |name: &str, id: u32| Element::new(name).android("drawable", Value::Reference(id));
    Element::new("adaptive-icon")
        .child(layer("background", ids[0]))
        .child(layer("foreground", ids[1]))
}

fn invisible(drawing: Element) -> bool {
    let report = report(&ApkBuilder::new("com.example.plain").icon(drawing).build());
    report.icon.expect("an icon is told").invisible
}

fn vector(path: Element) -> Element {
    Element::new("vector").child(path)
}

fn path(colour: &str) -> Element {
    Element::new("path").android("pathData", "M0,0h24v24h-24z").android("fillColor", colour)
}

fn shape(colour: &str) -> Element {
    Element::new("shape").child(Element::new("solid").android("color", colour))
}

#[test]
fn a_picture_of_layers_is_blank_where_every_layer_is() {
    assert!(invisible(layers([TRANSPARENT, TRANSPARENT])));
    // What is not known to be blank is not said to be.
    assert!(!invisible(layers([TRANSPARENT, GEAR])));
    assert!(!invisible(layers([0x7f01_0009, TRANSPARENT])));
    // In one colour for all icons it is shown where somebody wants that; else it is not.
    let in_one_colour = Element::new("monochrome").android("drawable", Value::Reference(GEAR));
    assert!(invisible(layers([TRANSPARENT, TRANSPARENT]).child(in_one_colour)));
}

#[test]
fn a_drawing_is_blank_where_nothing_of_it_is_painted() {
    let line = || Element::new("path").android("pathData", "M0,0h9v9z");
    for (what, blank) in [
        ("nothing in it", Element::new("vector")),
        ("no line", vector(Element::new("path").android("fillColor", "#ff336699"))),
        ("a line that goes nowhere", {
            let point = Element::new("path").android("pathData", "M0,0h0v0z");
            vector(point.android("fillColor", "#ff336699"))
        }),
        ("neither filled nor drawn", vector(line())),
        ("filled with nothing", vector(path("#00000000"))),
        ("filled with next to nothing", vector(path("#05ffffff"))),
        ("filled by a transparent resource", {
            vector(line().android("fillColor", Value::Reference(TRANSPARENT)))
        }),
        ("see-through", vector(path("#ff336699")).android("alpha", "0")),
        ("filled see-through", vector(path("#ff336699").android("fillAlpha", "0.0"))),
        ("drawn see-through", vector(line().android("strokeColor", "#00ffffff"))),
        ("in a group without size", {
            let group = Element::new("group").android("scaleX", "0");
            vector(group.child(path("#ff336699")))
        }),
        ("an empty shape", Element::new("shape")),
        ("a shape of nothing", shape("#00000000")),
        ("layers of nothing", {
            let item = || Element::new("item").child(shape("#00000000"));
            Element::new("layer-list").child(item()).child(item())
        }),
        ("a colour that is none", Element::new("color").android("color", "#0000")),
    ] {
        assert!(invisible(blank), "{what}");
    }
}

#[test]
fn a_drawing_of_which_something_is_painted_is_seen() {
    let line = || Element::new("path").android("pathData", "M0,0h9v9z");
    for (what, seen) in [
        ("filled", vector(path("#ff336699"))),
        ("filled a little", vector(path("#30336699"))),
        ("drawn", vector(line().android("strokeColor", "#336699"))),
        ("one of two", vector(path("#00000000")).child(path("#fff"))),
        (
            "filled by a gradient",
            vector(line().android("fillColor", Value::Reference(0x7f09_0001))),
        ),
        ("a little see-through", vector(path("#ff336699")).android("alpha", "0.5")),
        ("a shape", shape("#ff336699")),
        ("a layer", {
            let item = |colour| Element::new("item").child(shape(colour));
            Element::new("layer-list").child(item("#00000000")).child(item("#ffffffff"))
        }),
        // What draws itself is not known.
        ("of the app's own", Element::new("com.example.plain.Drawn")),
    ] {
        assert!(!invisible(seen), "{what}");
    }
}

/// An icon among the apps with a name of its own.
fn entry(label: &str) -> Component {
    Component::activity(".Main").exported(true).launcher().attribute("label", label)
}

fn watching(name: &str) -> Sketch {
    super::opened::watching(name).label("Photos")
}

fn supported(app: &Sketch, id: &str) -> bool {
    let report = report(&app.apk().build());
    capability(&report, id).is_some_and(|found| found.support == Support::Supported)
}

#[test]
fn the_name_under_the_icon_is_the_one_that_is_told_and_judged() {
    let app = watching("posing").declares(entry("System Service"));
    let report = report(&app.apk().build());
    assert_eq!(report.label.as_deref(), Some("System Service"));
    let found = capability(&report, "system_name").unwrap();
    assert_eq!(found.support, Support::Supported);
    assert_eq!(found.evidence[0].place, "AndroidManifest.xml: activity com.example.posing.Main");

    assert!(supported(&watching("posing.blank").declares(entry("\u{2800}")), "name_blank"));
    assert!(supported(&watching("posing.none").declares(entry("")), "name_blank"));
    assert!(!supported(&watching("honest").declares(entry("Photos")), "system_name"));
    // The name above another screen is under no icon.
    let screen = Component::activity(".Help").attribute("label", "System Service");
    let app = watching("named.screen").declares(entry("Photos")).declares(screen);
    assert!(!supported(&app, "system_name"));
}

#[test]
fn names_of_aliases_and_filters_are_judged_and_inherited() {
    let alias = |label: &str| {
        let alias = Component::alias(".Other", ".Main").exported(true).launcher();
        alias.attribute("label", label).attribute("enabled", false)
    };
    let later = watching("later").declares(entry("Photos")).declares(alias("Wi-Fi Service"));
    assert!(supported(&later, "system_name"));
    assert_eq!(report(&later.apk().build()).label.as_deref(), Some("Photos"));
    let near = watching("later.photos").declares(entry("Photos")).declares(alias("Pictures"));
    assert!(!supported(&near, "system_name"));

    // An alias without a name has that of its activity.
    let target = Component::activity(".Main").attribute("label", "Sync Service");
    let unnamed = Component::alias(".Icon", ".Main").exported(true).launcher();
    let app = watching("inherited").declares(target).declares(unnamed);
    assert_eq!(report(&app.apk().build()).label.as_deref(), Some("Sync Service"));
}

#[test]
fn the_picture_that_is_shown_is_the_one_that_is_judged() {
    let shown = |icon: u32| {
        let app = watching("pictured").with(|apk| apk.icon(vector(path("#ff336699"))));
        app.declares(entry("Photos").attribute("icon", Value::Reference(icon)))
    };
    assert!(supported(&shown(TRANSPARENT), "icon_blank"));
    assert!(!supported(&shown(GEAR), "icon_blank"));
    // One of two that can be seen is enough to be seen.
    let other = Component::alias(".Seen", ".Main").exported(true).launcher();
    let other = other.attribute("icon", Value::Reference(GEAR));
    assert!(!supported(&shown(TRANSPARENT).declares(other), "icon_blank"));
    let round = |icon: u32| {
        let app = watching("round").with(|apk| {
            let apk = apk.icon(vector(path("#ff336699")));
            apk.application_attribute("roundIcon", Value::Reference(icon))
        });
        app.declares(entry("Photos"))
    };
    assert!(supported(&round(TRANSPARENT), "icon_blank"));
    assert!(!supported(&round(GEAR), "icon_blank"));
}

#[test]
fn layers_that_are_made_of_themselves_come_to_an_end() {
    // The icon is the first file of the app's own.
    let app = ApkBuilder::new("com.example.plain").icon(layers([0x7f01_0000, 0x7f01_0000]));
    let report = report(&app.build());
    assert!(!report.icon.unwrap().invisible);
}

#[test]
fn what_a_name_says_of_watching_is_seen() {
    let says = |label: &str| {
        let report = report(&Sketch::visible("words").label(label).apk().build());
        capability(&report, "covert_wording").map(|found| found.evidence[0].place.clone())
    };
    let place = Some("AndroidManifest.xml: application".to_owned());
    assert_eq!(says("Cell Tracker for Wife"), place);
    assert_eq!(says("Cheating Spouse Finder"), place);
    assert_eq!(says("Recipes for Wife and Husband"), None);
}
