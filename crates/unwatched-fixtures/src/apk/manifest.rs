//! An app's manifest as a tree of elements, with the `res/xml` files that it refers to.

use super::component::{MetaData, MetaValue};
use super::{ApkBuilder, Label};
use crate::axml::{Element, Value};

/// The first resource of type `xml` in an app's own package.
const FIRST_XML_RESOURCE: u32 = 0x7f01_0000;

pub(super) struct Manifest {
    pub(super) element: Element,
    /// Path in the archive and content, in the order of their resource ids.
    pub(super) xml_files: Vec<(String, Element)>,
}

impl Manifest {
    pub(super) fn of(apk: &ApkBuilder) -> Self {
        let mut xml_files = Vec::new();
        let application = application(apk, &mut xml_files);
        let root = Element::new("manifest")
            .android("versionCode", apk.version_code)
            .android("versionName", apk.version_name.as_str())
            .plain("package", apk.package.as_str());
        let sdk = Element::new("uses-sdk")
            .android("minSdkVersion", apk.min_sdk)
            .android("targetSdkVersion", apk.target_sdk);
        let permissions = apk
            .permissions
            .iter()
            .map(|name| Element::new("uses-permission").android("name", name.as_str()));
        let features = apk.features.iter().map(|(name, required)| {
            Element::new("uses-feature")
                .android("name", name.as_str())
                .android("required", *required)
        });
        let element = root.child(sdk).children(permissions).children(features).child(application);
        Self { element, xml_files }
    }
}

fn application(apk: &ApkBuilder, xml_files: &mut Vec<(String, Element)>) -> Element {
    let mut element = Element::new("application");
    if let Label::Text(label) = &apk.label {
        element = element.android("label", label.as_str());
    }
    if apk.dexes.is_empty() {
        element = element.android("hasCode", false);
    }
    for (name, value) in &apk.application_attributes {
        element = element.android(name, value.clone());
    }
    for component in &apk.components {
        let meta = meta_elements(&component.meta_data, xml_files);
        element = element.child(component.element(meta));
    }
    element.children(meta_elements(&apk.meta_data, xml_files))
}

fn meta_elements(meta: &[MetaData], xml_files: &mut Vec<(String, Element)>) -> Vec<Element> {
    let mut elements = Vec::new();
    for MetaData { name, value } in meta {
        let element = Element::new("meta-data").android("name", name.as_str());
        elements.push(match value {
            MetaValue::Value(value) => element.android("value", value.clone()),
            MetaValue::XmlFile(file) => {
                let index = xml_files.len();
                let id = FIRST_XML_RESOURCE + u32::try_from(index).expect("few files");
                xml_files.push((format!("res/xml/config_{index}.xml"), file.clone()));
                element.android("resource", Value::Reference(id))
            }
        });
    }
    elements
}
