//! Inert Android apps: an [`ApkBuilder`] takes what an app declares and references, and gives a file.
//!
//! Nothing built here does anything: see [`crate::dex`] for why its code cannot run. Damage is in
//! [`malformed`], whole apps in [`gallery`]. Damage is in

pub(crate) mod archive;
mod bundle;
mod component;
pub mod gallery;
mod jar_signing;
pub mod malformed;
mod manifest;
pub mod pairs;
mod resources;
mod signing_block;

pub use bundle::bundle;
pub use component::{Component, ForegroundType, IntentFilter};

use std::ops::RangeInclusive;

use crate::axml::{Element, StringEncoding, Value, encode};
use crate::dex::DexBuilder;
use crate::signing::Signer;
use archive::Entry;
use component::{MetaData, MetaValue};
use resources::Text;

const LABEL_RESOURCE: &str = "app_name";

/// An app's name among the icons.
#[derive(Debug, Clone)]
enum Label {
    Text(String),
    /// The string resource of the name [`LABEL_RESOURCE`].
    Resource,
    Absent,
}

/// By whom an app is signed, and with which of the platform's schemes.
#[derive(Clone)]
struct Signature {
    signer: Signer,
    scheme_1: bool,
    /// With the range of API levels that it is for.
    scheme_3: Option<RangeInclusive<u32>>,
    /// Scheme 3 for older Android, 3.1 for newer.
    scheme_3_1: bool,
}

/// A DEX of the app.
#[derive(Debug, Clone)]
enum Code {
    Built(DexBuilder),
    Bytes(Vec<u8>),
}

/// Collects what an app declares, then writes it.
#[derive(Clone)]
pub struct ApkBuilder {
    package: String,
    split: Option<String>,
    label: Label,
    version_code: i32,
    version_name: String,
    min_sdk: i32,
    target_sdk: i32,
    permissions: Vec<String>,
    features: Vec<(String, bool)>,
    application_attributes: Vec<(String, Value)>,
    icon: Option<Element>,
    application_files: Vec<(String, Element)>,
    components: Vec<Component>,
    meta_data: Vec<MetaData>,
    texts: Vec<Text>,
    extra_elements: Vec<Element>,
    dexes: Vec<Code>,
    /// Whether its components' classes come from elsewhere: packed, or later.
    code_elsewhere: bool,
    files: Vec<Entry>,
    encoding: StringEncoding,
    deflated: bool,
    signature: Option<Signature>,
}

impl ApkBuilder {
    /// An app with a package name and nothing else: version 1 ("1.0"), for Android 7 to 14.
    pub fn new(package: &str) -> Self {
        Self {
            package: package.to_owned(),
            split: None,
            label: Label::Absent,
            version_code: 1,
            version_name: "1.0".to_owned(),
            min_sdk: 24,
            target_sdk: 34,
            permissions: Vec::new(),
            features: Vec::new(),
            application_attributes: Vec::new(),
            icon: None,
            application_files: Vec::new(),
            components: Vec::new(),
            meta_data: Vec::new(),
            texts: Vec::new(),
            extra_elements: Vec::new(),
            dexes: Vec::new(),
            code_elsewhere: false,
            files: Vec::new(),
            encoding: StringEncoding::default(),
            deflated: true,
            signature: None,
        }
    }

    /// Says that this is a piece of an app, of this name.
    #[must_use]
    pub fn split(mut self, name: &str) -> Self {
        self.split = Some(name.to_owned());
        self
    }

    /// The name shown under the icon.
    #[must_use]
    pub fn label(mut self, label: &str) -> Self {
        self.label = Label::Text(label.to_owned());
        self
    }

    /// The name as most apps give it: a string resource, with its text in other languages
    /// (two letters each).
    #[must_use]
    pub fn resource_label(mut self, label: &str, translated: &[(&str, &str)]) -> Self {
        self.label = Label::Resource;
        self.texts.retain(|text| text.name != LABEL_RESOURCE);
        let mut texts = vec![(None, label.to_owned())];
        for (language, text) in translated {
            let letters = language.as_bytes().try_into().expect("a language has two letters");
            texts.push((Some(letters), (*text).to_owned()));
        }
        self.texts.push(Text { name: LABEL_RESOURCE.to_owned(), texts });
        self
    }

    /// A string resource that nothing refers to.
    #[must_use]
    pub fn string_resource(mut self, name: &str, text: &str) -> Self {
        let texts = vec![(None, text.to_owned())];
        self.texts.push(Text { name: name.to_owned(), texts });
        self
    }

    /// The version as a number and as people read it.
    #[must_use]
    pub fn version(mut self, code: i32, name: &str) -> Self {
        self.version_code = code;
        name.clone_into(&mut self.version_name);
        self
    }

    /// The oldest Android it runs on and the one it is made for, as API levels.
    #[must_use]
    pub fn sdk(mut self, min: i32, target: i32) -> Self {
        self.min_sdk = min;
        self.target_sdk = target;
        self
    }

    /// Asks for a permission, by its whole name.
    #[must_use]
    pub fn permission(mut self, name: &str) -> Self {
        self.permissions.push(name.to_owned());
        self
    }

    /// Asks for permissions of the platform, by their short names (`READ_SMS`).
    #[must_use]
    pub fn android_permissions(mut self, short_names: &[&str]) -> Self {
        let whole = short_names.iter().map(|name| format!("android.permission.{name}"));
        self.permissions.extend(whole);
        self
    }

    /// Uses a feature of the hardware.
    #[must_use]
    pub fn feature(mut self, name: &str, required: bool) -> Self {
        self.features.push((name.to_owned(), required));
        self
    }

    /// Any other attribute of `application` in Android's namespace.
    #[must_use]
    pub fn application_attribute(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.application_attributes.push((name.to_owned(), value.into()));
        self
    }

    /// The picture beside its name, as a drawing in XML.
    #[must_use]
    pub fn icon(mut self, drawing: Element) -> Self {
        self.icon = Some(drawing);
        self
    }

    /// An attribute of `application` that points to an XML file: `networkSecurityConfig`, say.
    #[must_use]
    pub fn application_file(mut self, name: &str, file: Element) -> Self {
        self.application_files.push((name.to_owned(), file));
        self
    }

    /// Any other child of the manifest, before `application`: `queries`, say.
    #[must_use]
    pub fn manifest_element(mut self, element: Element) -> Self {
        self.extra_elements.push(element);
        self
    }

    /// Adds a component; those of one kind keep their order.
    #[must_use]
    pub fn component(mut self, component: Component) -> Self {
        self.components.push(component);
        self
    }

    /// A name and value on the application itself: `isMonitoringTool`, say.
    #[must_use]
    pub fn meta_data(mut self, name: &str, value: impl Into<Value>) -> Self {
        let value = MetaValue::Value(value.into());
        self.meta_data.push(MetaData { name: name.to_owned(), value });
        self
    }

    /// Adds a DEX: the first is `classes.dex`, the next `classes2.dex`. Classes of the app's package
    /// that the manifest names and none of them has stand empty in the first.
    #[must_use]
    pub fn dex(mut self, dex: &DexBuilder) -> Self {
        self.dexes.push(Code::Built(dex.clone()));
        self
    }

    /// Leaves out what the manifest names and no DEX has, as packed apps do.
    #[must_use]
    pub fn code_elsewhere(mut self) -> Self {
        self.code_elsewhere = true;
        self
    }

    /// Adds the bytes of a DEX, damaged ones included.
    #[must_use]
    pub fn dex_bytes(mut self, dex: Vec<u8>) -> Self {
        self.dexes.push(Code::Bytes(dex));
        self
    }

    /// Adds a file, deflated.
    #[must_use]
    pub fn file(mut self, name: &str, data: impl Into<Vec<u8>>) -> Self {
        self.files.push(Entry::new(name, data.into(), true));
        self
    }

    /// Adds a file as it is.
    #[must_use]
    pub fn stored_file(mut self, name: &str, data: impl Into<Vec<u8>>) -> Self {
        self.files.push(Entry::new(name, data.into(), false));
        self
    }

    /// How the manifest keeps its text; UTF-16 where nothing is said.
    #[must_use]
    pub fn manifest_strings(mut self, encoding: StringEncoding) -> Self {
        self.encoding = encoding;
        self
    }

    /// Stores the manifest and the DEX files instead of deflating them.
    #[must_use]
    pub fn stored(mut self) -> Self {
        self.deflated = false;
        self
    }

    /// The binary `AndroidManifest.xml` alone.
    pub fn manifest(&self) -> Vec<u8> {
        encode(&manifest::Manifest::of(self).element, self.encoding)
    }

    /// Signs the app with signature scheme 2, what Android 7 and later ask for.
    #[must_use]
    pub fn signed_by(mut self, signer: &Signer) -> Self {
        self.signature = Some(Signature {
            signer: signer.clone(),
            scheme_1: false,
            scheme_3: None,
            scheme_3_1: false,
        });
        self
    }

    /// Signs with scheme 1 (`META-INF`) too; a signer must be set.
    #[must_use]
    pub fn with_scheme_1(mut self) -> Self {
        self.signature.as_mut().expect("a signer is set first").scheme_1 = true;
        self
    }

    /// Signs with scheme 3 too; a signer must be set.
    #[must_use]
    pub fn with_scheme_3(mut self) -> Self {
        let from = u32::try_from(self.min_sdk).expect("API levels are positive").max(28);
        let all = from..=i32::MAX.cast_unsigned();
        self.signature.as_mut().expect("a signer is set first").scheme_3 = Some(all);
        self
    }

    /// Signs with schemes 3 and 3.1 too, by the same key; a signer must be set.
    #[must_use]
    pub fn with_scheme_3_1(self) -> Self {
        let mut apk = self.with_scheme_3();
        apk.signature.as_mut().expect("a signer is set first").scheme_3_1 = true;
        apk
    }

    /// The app's file, signed where a signer was given.
    pub fn build(&self) -> Vec<u8> {
        self.build_from(self.entries())
    }

    /// The app's file with its entries already made; they are signed as they are.
    fn build_from(&self, mut entries: Vec<Entry>) -> Vec<u8> {
        let Some(Signature { signer, scheme_1, scheme_3, scheme_3_1 }) = &self.signature else {
            return archive::write(&entries).bytes;
        };
        if *scheme_1 {
            let newer = if scheme_3.is_some() { "2, 3" } else { "2" };
            entries.extend(jar_signing::files(&entries, signer, newer));
        }
        signing_block::insert(&archive::write(&entries), signer, scheme_3.as_ref(), *scheme_3_1)
    }

    /// Its DEX files, the first with what the manifest names and none has.
    fn code(&self) -> Vec<Vec<u8>> {
        let mut missing = if self.code_elsewhere { Vec::new() } else { self.without_class() };
        let mut whole = |dex: &DexBuilder| {
            let empty = std::mem::take(&mut missing).into_iter();
            empty.fold(dex.clone(), |dex, class| dex.class(&class, "Ljava/lang/Object;")).build()
        };
        let bytes = |code: &Code| match code {
            Code::Built(dex) => whole(dex),
            Code::Bytes(bytes) => bytes.clone(),
        };
        self.dexes.iter().map(bytes).collect()
    }

    /// The classes of the package that the manifest names and no DEX has, as descriptors.
    fn without_class(&self) -> Vec<String> {
        let package = format!("L{}/", self.package.replace('.', "/"));
        let of_application =
            self.application_attributes.iter().filter_map(|attribute| match attribute {
                (name, Value::Text(class)) if name == "name" => Some(class.as_str()),
                _ => None,
            });
        let mut classes: Vec<String> = (self.components.iter().filter_map(Component::class))
            .chain(of_application)
            .map(|name| match name.strip_prefix('.') {
                Some(name) => format!("L{}/{name};", self.package),
                None if name.contains('.') => format!("L{name};"),
                None => format!("L{}/{name};", self.package),
            })
            .map(|class| class.replace('.', "/"))
            .filter(|class| class.starts_with(&package) && is_class_name(class))
            .collect();
        for dex in &self.dexes {
            if let Code::Built(dex) = dex {
                classes.retain(|class| dex.classes.iter().all(|known| known.name != *class));
            }
        }
        classes.sort_unstable();
        classes.dedup();
        classes
    }

    /// The files of the app, manifest first.
    fn entries(&self) -> Vec<Entry> {
        let manifest = manifest::Manifest::of(self);
        let binary = encode(&manifest.element, self.encoding);
        let mut entries = vec![Entry::new("AndroidManifest.xml", binary, self.deflated)];
        for (index, dex) in self.code().into_iter().enumerate() {
            let name = match index {
                0 => "classes.dex".to_owned(),
                later => format!("classes{}.dex", later + 1),
            };
            entries.push(Entry::new(&name, dex, self.deflated));
        }
        for (name, file) in manifest.resources.xml_files.iter().zip(&manifest.xml_files) {
            entries.push(Entry::new(name, encode(file, StringEncoding::Utf8), self.deflated));
        }
        if !manifest.resources.is_empty() {
            // Android 11 and later ask that the table is stored.
            let table = manifest.resources.encode(&self.package);
            entries.push(Entry::new("resources.arsc", table, false));
        }
        entries.extend(self.files.iter().cloned());
        entries
    }
}

/// Whether a descriptor holds only what a class name can.
fn is_class_name(descriptor: &str) -> bool {
    let name = descriptor.trim_start_matches('L').trim_end_matches(';');
    let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '/' | '_' | '$');
    name.chars().all(plain) && name.split('/').all(|part| !part.is_empty())
}

/// An accessibility service's configuration file: every event, window contents and key presses.
pub fn accessibility_config() -> Element {
    const ALL_EVENTS: u32 = 0xffff_ffff;
    const GENERIC_FEEDBACK: u32 = 0x10;
    const VIEW_IDS_AND_KEY_EVENTS: u32 = 0x10 | 0x20;
    Element::new("accessibility-service")
        .android("accessibilityEventTypes", Value::Flags(ALL_EVENTS))
        .android("accessibilityFeedbackType", Value::Flags(GENERIC_FEEDBACK))
        .android("accessibilityFlags", Value::Flags(VIEW_IDS_AND_KEY_EVENTS))
        .android("canRetrieveWindowContent", true)
        .android("canRequestFilterKeyEvents", true)
        .android("notificationTimeout", 100)
}

/// A device admin's configuration file with the given policies (`force-lock`, `wipe-data`).
pub fn device_admin_config(policies: &[&str]) -> Element {
    let uses =
        Element::new("uses-policies").children(policies.iter().map(|policy| Element::new(policy)));
    Element::new("device-admin").child(uses)
}
