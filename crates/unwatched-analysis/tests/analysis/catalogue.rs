//! The catalogue as somebody edits it: the page that shows it, and what a mistake says.

use std::fs;
use std::path::Path;

use unwatched_analysis::catalogue::{Catalogue, catalogue, reference_page};

const LIBRARIES: &str = "prefixes = []\ncomponents = []";
const ENDPOINTS: &str = "schemes = []\nignored_hosts = []\nignored_urls = []\ntop_level = []\nambiguous_top_level = []\nfile_endings = []\nfile_names = []\npackage_roots = []";

const GOOD: &str = r#"
[[capability]]
id = "camera"
reference = "V1"
name = "can film"
group = "camera"
sentence = "It can film."
why = "It matters."
innocent = "Cameras."
[[capability.code]]
any = ["android.hardware.Camera->open"]
"#;

fn check(rules: &str, expected: &str) {
    let error = Catalogue::parse(rules, LIBRARIES, ENDPOINTS).unwrap_err().to_string();
    assert!(error.contains(expected), "expected {expected:?} in {error:?}");
}

#[test]
fn the_reference_page_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/capabilities.md");
    let page = reference_page(catalogue());
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == page,
        "run again with UPDATE_EXPECT=1 and commit docs/reference/capabilities.md"
    );
}

#[test]
fn a_good_rule_is_taken() {
    let parsed = Catalogue::parse(GOOD, LIBRARIES, ENDPOINTS).unwrap();
    assert_eq!(parsed.rule("camera").unwrap().name, "can film");
}

#[test]
fn mistakes_say_where_and_what() {
    check(&GOOD.replace("why", "wyh"), "unknown field `wyh`");
    check(&GOOD.replace("group = \"camera\"", "group = \"cameras\""), "unknown variant `cameras`");
    check(&GOOD.replace("\"camera\"\nreference", "\"Camera!\"\nreference"), "small letters");
    check(&GOOD.repeat(2), "capability \"camera\": this id is used twice");
    check(&GOOD.replace("[\"android.hardware.Camera->open\"]", "[]"), "can never be met");
    check(
        &GOOD.replace("android.hardware.Camera->open", "Landroid/hardware/Camera;->open"),
        "a class is written as",
    );
    check(&GOOD.replace("Camera->open", "Camera->open()V"), "without arguments");
    check(
        &GOOD.replace("\"android.hardware", "\"implements android.hardware"),
        "write `Class->method`",
    );
    check(
        &GOOD
            .replace("[[capability.code]]", "[[capability.declared]]")
            .replace("\"android.hardware.Camera->open\"", "{ permission = \"CAMERA\" }"),
        "must be a full name",
    );
    check(
        &GOOD.replace("[[capability.code]]", "[[capability.declared]]").replace(
            "\"android.hardware.Camera->open\"",
            "{ service = { foreground_type = \"spying\" } }",
        ),
        "foreground type \"spying\" is unknown",
    );
}
