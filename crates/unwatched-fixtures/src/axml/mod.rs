//! Android's binary XML, written: the form of a manifest and of `res/xml` files inside an app.
//!
//! Holds the tree that callers build; `encode` lays it out. Nothing here reads binary XML.

mod encode;
mod ids;

pub(crate) use encode::string_pool;
pub use encode::{StringEncoding, encode};
pub use ids::attribute_id;

/// A typed attribute value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Text, kept in the string pool.
    Text(String),
    /// A number that tools print in decimal.
    Integer(i32),
    /// Flags, which tools print in hexadecimal.
    Flags(u32),
    /// True or false.
    Boolean(bool),
    /// A resource of this app (`0x7f......`) or of the platform (`0x01......`).
    Reference(u32),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i32> for Value {
    fn from(number: i32) -> Self {
        Self::Integer(number)
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Boolean(truth)
    }
}

/// One attribute; `android` says whether its name is in Android's namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Attribute {
    pub(crate) android: bool,
    pub(crate) name: String,
    pub(crate) value: Value,
}

/// An element with its attributes and children, in writing order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    pub(crate) name: String,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) children: Vec<Element>,
}

impl Element {
    /// An element without attributes or children.
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), attributes: Vec::new(), children: Vec::new() }
    }

    /// Adds an attribute in Android's namespace, such as `android:name`.
    #[must_use]
    pub fn android(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.attributes.push(Attribute {
            android: true,
            name: name.to_owned(),
            value: value.into(),
        });
        self
    }

    /// Adds an attribute without a namespace, such as `package`.
    #[must_use]
    pub fn plain(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.attributes.push(Attribute {
            android: false,
            name: name.to_owned(),
            value: value.into(),
        });
        self
    }

    /// The text of an attribute in Android's namespace.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        let mut attributes = self.attributes.iter();
        let found = attributes.find(|attribute| attribute.android && attribute.name == name)?;
        if let Value::Text(text) = &found.value { Some(text) } else { None }
    }

    /// Adds a child after those it has.
    #[must_use]
    pub fn child(mut self, child: Element) -> Self {
        self.children.push(child);
        self
    }

    /// Adds children after those it has.
    #[must_use]
    pub fn children(mut self, children: impl IntoIterator<Item = Element>) -> Self {
        self.children.extend(children);
        self
    }
}
