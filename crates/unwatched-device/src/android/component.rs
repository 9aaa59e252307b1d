//! `package/class`, as Android prints a component, in its several spellings.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

const MAX_BYTES: usize = 512;

/// A component of an app.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Component {
    /// The app.
    pub package: String,
    /// The class with its package spelt out.
    pub class: String,
}

impl Component {
    /// Reads `pkg/cls`, `pkg/.Cls`, `{pkg/cls}` and `ComponentInfo{pkg/cls}`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_prefix("ComponentInfo").unwrap_or(text);
        let text = text.trim_start_matches('{').trim_end_matches('}').trim();
        let (package, class) = text.split_once('/')?;
        if text.len() > MAX_BYTES || !is_name(package) || !is_name(class) {
            return None;
        }
        let class =
            if class.starts_with('.') { format!("{package}{class}") } else { class.to_owned() };
        Some(Self { package: package.to_owned(), class })
    }
}

/// Whether the text can be a package or class name: no spaces, no punctuation of dumps.
pub fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 255
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '$'))
}

impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.package, self.class)
    }
}

impl Serialize for Component {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Component {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom("no component of an app"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_gives_the_same_component() {
        let check = |text: &str| {
            let component = Component::parse(text).expect(text);
            assert_eq!(component.to_string(), "com.watch.alpha/com.watch.alpha.Service");
        };
        check("com.watch.alpha/.Service");
        check("com.watch.alpha/com.watch.alpha.Service");
        check("{com.watch.alpha/.Service}");
        check("ComponentInfo{com.watch.alpha/com.watch.alpha.Service}");
    }

    #[test]
    fn what_is_no_component_gives_nothing() {
        for text in ["", "com.watch.alpha", "a b/c", "/x", "x/", "{}", "path=/data/app"] {
            assert_eq!(Component::parse(text), None, "{text:?}");
        }
    }
}
