//! Every fixture there is, to be damaged: the gallery, the pairs of every rule and signal, apps in
//! pieces and in each other, each signature scheme, resources and code that is not Dalvik's.

use unwatched_fixtures::apk::pairs::{self, Pair, SignalPair};
use unwatched_fixtures::apk::{ApkBuilder, Component, bundle, gallery};
use unwatched_fixtures::axml::Element;
use unwatched_fixtures::dex::DexBuilder;
use unwatched_fixtures::signing::Signer;

/// A file to damage.
pub(crate) struct Fixture {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

fn fixture(name: impl Into<String>, bytes: Vec<u8>) -> Fixture {
    Fixture { name: name.into(), bytes }
}

/// Every one.
pub(crate) fn all() -> Vec<Fixture> {
    let mut all: Vec<Fixture> =
        gallery::all(3).iter().map(|app| fixture(app.name, app.bytes())).collect();
    let families = gallery::families(3);
    let shapes = gallery::shapes(3).into_iter().map(|(name, _, app)| (name, app));
    let attached = gallery::attached().into_iter().map(|(name, _, app)| (name, app));
    let named = gallery::everyday().into_iter().chain(families).chain(shapes).chain(attached);
    all.extend(named.map(|(name, app)| fixture(name, app.build())));
    for Pair { rule, has, near, .. } in pairs::all() {
        all.push(fixture(format!("{rule}, has it"), has.build()));
        all.push(fixture(format!("{rule}, nearly"), near.build()));
    }
    for SignalPair { signal, way, has, near, .. } in pairs::signals() {
        all.push(fixture(format!("{signal} by {way}, has it"), has.build()));
        all.push(fixture(format!("{signal} by {way}, nearly"), near.build()));
    }
    all.extend(signed());
    all.extend(in_pieces());
    all.push(fixture("resources and settings", with_resources().build()));
    all.push(fixture("code that is not Dalvik's", with_native_code().build()));
    all.push(fixture("several DEX files in one", with_container().build()));
    all
}

fn plain(package: &str) -> ApkBuilder {
    ApkBuilder::new(package)
        .component(Component::activity(".Main").launcher())
        .android_permissions(&["CAMERA", "INTERNET"])
        .dex(&filming())
}

fn filming() -> DexBuilder {
    DexBuilder::new()
        .call("Lcom/example/mutated/Film;", "Landroid/hardware/Camera;", "takePicture", "()V")
        .string_in("Lcom/example/mutated/Film;", "https://panel.mutated.example/up")
}

/// One app by every scheme that the builder knows.
fn signed() -> Vec<Fixture> {
    let signer = Signer::made_up("Mutated", "Example", 5);
    let app = || plain("com.example.mutated").signed_by(&signer);
    vec![
        fixture("scheme 2", app().build()),
        fixture("schemes 1 and 2", app().with_scheme_1().build()),
        fixture("schemes 2 and 3", app().with_scheme_3().build()),
        fixture("schemes 1, 2 and 3", app().with_scheme_1().with_scheme_3().build()),
        fixture("schemes 2, 3 and 3.1", app().with_scheme_3_1().build()),
    ]
}

fn in_pieces() -> Vec<Fixture> {
    let signer = Signer::made_up("Pieces", "Example", 6);
    let base = plain("com.example.pieces").signed_by(&signer).build();
    let split = ApkBuilder::new("com.example.pieces").split("config.de").dex(&filming());
    let split = split.signed_by(&signer).build();
    let nested = plain("com.example.outer").file("assets/inner.apk", base.clone()).build();
    let code_inside = bundle(&[("classes.dex", &filming().build())]);
    let loader = plain("com.example.loader").file("assets/more.jar", code_inside).build();
    let list =
        br#"{"package_name":"com.example.pieces","split_apks":[{"file":"base.apk","id":"base"}]}"#;
    vec![
        fixture(
            "an app in pieces",
            bundle(&[("base.apk", &base), ("split_config.de.apk", &split)]),
        ),
        fixture("a listed app in pieces", bundle(&[("base.apk", &base), ("manifest.json", list)])),
        fixture("an app in an app", nested),
        fixture("code in an archive inside", loader),
    ]
}

fn with_resources() -> ApkBuilder {
    let trusted = Element::new("base-config").plain("cleartextTrafficPermitted", true);
    plain("com.example.resources")
        .resource_label("Plain", &[("de", "Einfach"), ("ru", "Просто"), ("ar", "عادي")])
        .string_resource("address", "https://shop.mutated.example/")
        .icon(Element::new("vector").child(Element::new("path").android("pathData", "M0,0h9v9z")))
        .application_file(
            "networkSecurityConfig",
            Element::new("network-security-config").child(trusted),
        )
        .component(
            Component::service(".Read")
                .permission("android.permission.BIND_ACCESSIBILITY_SERVICE")
                .action("android.accessibilityservice.AccessibilityService")
                .meta_xml(
                    "android.accessibilityservice",
                    unwatched_fixtures::apk::accessibility_config(),
                ),
        )
}

fn with_native_code() -> ApkBuilder {
    let text = |text: &str| text.as_bytes().to_vec();
    let wide = "https://net.mutated.example".bytes().flat_map(|byte| [byte, 0]);
    plain("com.example.native")
        .file(
            "lib/arm64-v8a/libread.so",
            elf(b"\0https://native.mutated.example/up\0Java_com_example_Read_start\0"),
        )
        .file("assets/index.android.bundle", text("var a=\"https://script.mutated.example/x\";"))
        .file("assemblies/Read.dll", wide.collect::<Vec<u8>>())
}

fn with_container() -> ApkBuilder {
    let container = DexBuilder::container(&[filming(), DexBuilder::new().string("a text")]);
    ApkBuilder::new("com.example.container")
        .component(Component::activity(".Main").launcher())
        .android_permissions(&["CAMERA"])
        .dex_bytes(container)
}

/// A shared library with these bytes to read and no code.
fn elf(read_only: &[u8]) -> Vec<u8> {
    const NAMES: &[u8] = b"\0.rodata\0.shstrtab\0";
    const HEADER_BYTES: usize = 64;
    let names_at = HEADER_BYTES + read_only.len();
    let sections_at = (names_at + NAMES.len()).next_multiple_of(8);
    let mut out = b"\x7fELF\x02\x01\x01".to_vec();
    out.resize(16, 0);
    out.extend([3, 0, 183, 0, 1, 0, 0, 0]); // a shared library for 64-bit ARM, version 1
    out.extend([0; 16]); // no entry, no segments
    out.extend((sections_at as u64).to_le_bytes());
    out.extend([0, 0, 0, 0, 64, 0, 0, 0, 0, 0, 64, 0, 3, 0, 2, 0]);
    out.extend(read_only);
    out.extend(NAMES);
    out.resize(sections_at, 0);
    out.extend([0; 64]);
    for (name, kind, at, bytes) in
        [(1u32, 1u32, HEADER_BYTES, read_only.len()), (9, 3, names_at, NAMES.len())]
    {
        out.extend(name.to_le_bytes());
        out.extend(kind.to_le_bytes());
        out.extend([0; 16]); // flags, address
        out.extend((at as u64).to_le_bytes());
        out.extend((bytes as u64).to_le_bytes());
        out.extend([0; 8]); // link, info
        out.extend(1u64.to_le_bytes());
        out.extend([0; 8]);
    }
    out
}
