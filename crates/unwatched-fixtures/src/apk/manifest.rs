//! An app's manifest as a tree of elements, with the resources that it refers to.

use super::component::{MetaData, MetaValue};
use super::resources::Resources;
use super::{ApkBuilder, LABEL_RESOURCE, Label};
use crate::axml::{Element, Value};

pub(super) struct Manifest {
    pub(super) element: Element,
    /// The `res/xml` files, one for each path of the resources.
    pub(super) xml_files: Vec<Element>,
    pub(super) resources: Resources,
}

impl Manifest {
    pub(super) fn of(apk: &ApkBuilder) -> Self {
        let mut refers = Refers {
            xml_files: Vec::new(),
            resources: Resources { xml_files: Vec::new(), texts: apk.texts.clone() },
        };
        let application = refers.application(apk);
        let root = Element::new("manifest")
            .android("versionCode", apk.version_code)
            .android("versionName", apk.version_name.as_str())
            .plain("package", apk.package.as_str());
        let root = match &apk.split {
            Some(split) => root.plain("split", split.as_str()),
            None => root,
        };
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
        let element = root
            .child(sdk)
            .children(permissions)
            .children(features)
            .children(apk.extra_elements.iter().cloned())
            .child(application);
        Self { element, xml_files: refers.xml_files, resources: refers.resources }
    }
}

/// Collects what elements refer to while they are made.
struct Refers {
    xml_files: Vec<Element>,
    resources: Resources,
}

impl Refers {
    fn application(&mut self, apk: &ApkBuilder) -> Element {
        let mut element = Element::new("application");
        match &apk.label {
            Label::Text(label) => element = element.android("label", label.as_str()),
            Label::Resource => {
                let id = self.resources.text_id(LABEL_RESOURCE).expect("the label is a resource");
                element = element.android("label", Value::Reference(id));
            }
            Label::Absent => {}
        }
        if apk.dexes.is_empty() {
            element = element.android("hasCode", false);
        }
        if let Some(drawing) = &apk.icon {
            element = element.android("icon", Value::Reference(self.file(drawing)));
        }
        for (name, file) in &apk.application_files {
            element = element.android(name, Value::Reference(self.file(file)));
        }
        for (name, value) in &apk.application_attributes {
            element = element.android(name, value.clone());
        }
        for component in &apk.components {
            let meta = self.meta_elements(&component.meta_data);
            element = element.child(component.element(meta));
        }
        element.children(self.meta_elements(&apk.meta_data))
    }

    /// The id of a file that is added.
    fn file(&mut self, file: &Element) -> u32 {
        let id = self.resources.next_xml_id();
        self.resources.xml_files.push(format!("res/xml/config_{}.xml", self.xml_files.len()));
        self.xml_files.push(file.clone());
        id
    }

    fn meta_elements(&mut self, meta: &[MetaData]) -> Vec<Element> {
        let mut elements = Vec::new();
        for MetaData { name, value } in meta {
            let element = Element::new("meta-data").android("name", name.as_str());
            elements.push(match value {
                MetaValue::Value(value) => element.android("value", value.clone()),
                MetaValue::XmlFile(file) => {
                    element.android("resource", Value::Reference(self.file(file)))
                }
            });
        }
        elements
    }
}
