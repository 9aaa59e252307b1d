//! How an app shows itself.

use unwatched_fixtures::apk::ApkBuilder;
use unwatched_fixtures::axml::{Element, Value};

use super::report;

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

#[test]
fn a_picture_of_layers_is_blank_where_every_layer_is() {
    let invisible = |drawing: Element| {
        let report = report(&ApkBuilder::new("com.example.plain").icon(drawing).build());
        report.icon.expect("an icon is told").invisible
    };
    assert!(invisible(layers([TRANSPARENT, TRANSPARENT])));
    // What is not known to be blank is not said to be.
    assert!(!invisible(layers([TRANSPARENT, GEAR])));
    assert!(!invisible(layers([0x7f01_0009, TRANSPARENT])));
    assert!(!invisible(Element::new("vector").child(Element::new("path"))));
    assert!(invisible(Element::new("vector")));
}

#[test]
fn layers_that_are_made_of_themselves_come_to_an_end() {
    // The icon is the first file of the app's own.
    let app = ApkBuilder::new("com.example.plain").icon(layers([0x7f01_0000, 0x7f01_0000]));
    let report = report(&app.build());
    assert!(!report.icon.unwrap().invisible);
}
