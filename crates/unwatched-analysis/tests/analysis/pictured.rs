//! How an app shows itself.

use unwatched_fixtures::apk::ApkBuilder;

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
