//! Products that a finding can name: apps that can be turned against somebody, by class, and
//! products that manage phones. Read once from `catalogue/dual_use.toml` and `managers.toml`.
//! That a product is named here never excuses it and never accuses it.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::Deserialize;

/// What of an app of a class makes it a way in of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reach {
    /// Being there.
    Always,
    /// Its accessibility service is on.
    Accessibility,
    /// It is a device administrator.
    Admin,
    /// It may read notifications.
    Listener,
    /// It may read or receive text messages.
    Sms,
}

/// A class of apps with a legitimate purpose.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DualUseClass {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) purpose: String,
    pub(crate) turned: String,
    pub(crate) question: String,
    packages: BTreeSet<String>,
    words: Vec<String>,
    pub(crate) reaches: Vec<Reach>,
    #[serde(default)]
    always: BTreeSet<String>,
}

impl DualUseClass {
    /// Whether it can be reached with nobody at the phone, once it is set up.
    pub(crate) fn is_always_reachable(&self, package: &str) -> bool {
        self.reaches.contains(&Reach::Always) || self.always.contains(package)
    }
}

/// A product that manages phones.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manager {
    pub(crate) name: String,
    packages: BTreeSet<String>,
    #[serde(default)]
    certificates: BTreeSet<String>,
    pub(crate) who: String,
    /// One person holds its powers; no organisation manages phones with it.
    #[serde(default)]
    pub(crate) by_hand: bool,
}

impl Manager {
    /// Whether the certificate, in hexadecimal, is the product's.
    pub(crate) fn is_signed_by(&self, sha256: &str) -> bool {
        self.certificates.contains(&sha256.to_ascii_lowercase())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DualUseFile {
    class: Vec<DualUseClass>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ManagersFile {
    manager: Vec<Manager>,
}

fn classes() -> &'static [DualUseClass] {
    static CLASSES: LazyLock<Vec<DualUseClass>> = LazyLock::new(|| {
        let file: DualUseFile = toml::from_str(include_str!("../../../catalogue/dual_use.toml"))
            .expect("catalogue/dual_use.toml is well-formed");
        file.class
    });
    &CLASSES
}

/// The class that lists the name itself.
pub(crate) fn class_of(package: &str) -> Option<&'static DualUseClass> {
    classes().iter().find(|class| class.packages.contains(package))
}

/// The class whose words the name holds: a weaker mark, for an app that no list knows.
pub(crate) fn class_by_word(package: &str) -> Option<&'static DualUseClass> {
    let joined: String =
        package.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    classes().iter().find(|class| class.words.iter().any(|word| joined.contains(word.as_str())))
}

/// The product that uses the name.
pub(crate) fn manager(package: &str) -> Option<&'static Manager> {
    static MANAGERS: LazyLock<Vec<Manager>> = LazyLock::new(|| {
        let file: ManagersFile = toml::from_str(include_str!("../../../catalogue/managers.toml"))
            .expect("catalogue/managers.toml is well-formed");
        file.manager
    });
    MANAGERS.iter().find(|manager| manager.packages.contains(package))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_finding_says_of_a_product_is_whole() {
        for class in classes() {
            for sentence in [&class.purpose, &class.turned] {
                assert!(sentence.ends_with('.'), "{}: {sentence}", class.id);
            }
            assert!(class.question.ends_with('?'), "{}: {}", class.id, class.question);
            assert!(class.always.is_subset(&class.packages), "{}", class.id);
            assert!(class.words.iter().all(|word| word.chars().all(char::is_alphanumeric)));
        }
        assert_eq!(manager("com.afwsamples.testdpc").unwrap().name, "Test DPC");
    }

    #[test]
    fn a_name_belongs_to_one_class() {
        let mut seen = BTreeSet::new();
        for package in classes().iter().flat_map(|class| &class.packages) {
            assert!(seen.insert(package), "{package} stands in two classes");
        }
    }

    #[test]
    fn words_are_found_across_dots() {
        let id = |package| class_by_word(package).map(|class| class.id.as_str());
        assert_eq!(id("com.example.family.locator"), Some("location_sharing"));
        assert_eq!(id("org.example.sms_forwarder"), Some("message_forwarding"));
        assert_eq!(id("com.automattic.notes"), None);
    }
}
