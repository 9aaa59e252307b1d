//! Activities, services, receivers, providers and aliases as an app's manifest declares them.

use crate::axml::{Element, Value};

const MAIN: &str = "android.intent.action.MAIN";
const LAUNCHER: &str = "android.intent.category.LAUNCHER";

/// What a service says it does in the foreground (`android:foregroundServiceType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum ForegroundType {
    /// `dataSync`
    DataSync = 0x1,
    /// `phoneCall`
    PhoneCall = 0x4,
    /// `location`
    Location = 0x8,
    /// `mediaProjection`
    MediaProjection = 0x20,
    /// `camera`
    Camera = 0x40,
    /// `microphone`
    Microphone = 0x80,
    /// `specialUse`
    SpecialUse = 0x4000_0000,
}

/// What a component answers to.
#[derive(Debug, Clone, Default)]
pub struct IntentFilter {
    actions: Vec<String>,
    categories: Vec<String>,
    schemes: Vec<String>,
    priority: Option<i32>,
}

impl IntentFilter {
    /// A filter for one action.
    pub fn action(action: &str) -> Self {
        Self { actions: vec![action.to_owned()], ..Self::default() }
    }

    /// The filter that puts an activity among the app icons.
    pub fn launcher() -> Self {
        Self::action(MAIN).category(LAUNCHER)
    }

    /// One more action.
    #[must_use]
    pub fn and_action(mut self, action: &str) -> Self {
        self.actions.push(action.to_owned());
        self
    }

    /// One more category.
    #[must_use]
    pub fn category(mut self, category: &str) -> Self {
        self.categories.push(category.to_owned());
        self
    }

    /// One more URI scheme, such as `android_secret_code`.
    #[must_use]
    pub fn scheme(mut self, scheme: &str) -> Self {
        self.schemes.push(scheme.to_owned());
        self
    }

    /// Who is asked first.
    #[must_use]
    pub fn priority(mut self, priority: i32) -> Self {
        self.priority = Some(priority);
        self
    }

    fn element(&self) -> Element {
        let mut filter = Element::new("intent-filter");
        if let Some(priority) = self.priority {
            filter = filter.android("priority", priority);
        }
        let named = |tag: &'static str| {
            move |name: &String| Element::new(tag).android("name", name.as_str())
        };
        let schemes = self
            .schemes
            .iter()
            .map(|scheme| Element::new("data").android("scheme", scheme.as_str()));
        filter
            .children(self.actions.iter().map(named("action")))
            .children(self.categories.iter().map(named("category")))
            .children(schemes)
    }
}

/// What a `meta-data` element says.
#[derive(Debug, Clone)]
pub(crate) enum MetaValue {
    Value(Value),
    /// A binary XML file under `res/xml/`, which the app's builder writes and refers to.
    XmlFile(Element),
}

#[derive(Debug, Clone)]
pub(crate) struct MetaData {
    pub(crate) name: String,
    pub(crate) value: MetaValue,
}

/// One component of an app.
#[derive(Debug, Clone)]
pub struct Component {
    element: Element,
    filters: Vec<IntentFilter>,
    pub(crate) meta_data: Vec<MetaData>,
}

impl Component {
    fn new(tag: &str, name: &str) -> Self {
        Self {
            element: Element::new(tag).android("name", name),
            filters: Vec::new(),
            meta_data: Vec::new(),
        }
    }

    /// An activity by its class name; one that starts with a dot is under the package.
    pub fn activity(name: &str) -> Self {
        Self::new("activity", name)
    }

    /// A service by its class name.
    pub fn service(name: &str) -> Self {
        Self::new("service", name)
    }

    /// A broadcast receiver by its class name.
    pub fn receiver(name: &str) -> Self {
        Self::new("receiver", name)
    }

    /// A content provider by its class name, with its authority.
    pub fn provider(name: &str, authority: &str) -> Self {
        Self::new("provider", name).attribute("authorities", authority)
    }

    /// Another name for an activity, often one with another icon.
    pub fn alias(name: &str, target_activity: &str) -> Self {
        Self::new("activity-alias", name).attribute("targetActivity", target_activity)
    }

    /// The class that it names as its own; an alias has none.
    pub(crate) fn class(&self) -> Option<&str> {
        let is_alias = self.element.name == "activity-alias";
        self.element.text("name").filter(|_| !is_alias)
    }

    /// Who may call it: the permission that marks an accessibility service, say.
    #[must_use]
    pub fn permission(self, permission: &str) -> Self {
        self.attribute("permission", permission)
    }

    /// Adds a filter with one action.
    #[must_use]
    pub fn action(self, action: &str) -> Self {
        self.filter(IntentFilter::action(action))
    }

    /// Adds a filter.
    #[must_use]
    pub fn filter(mut self, filter: IntentFilter) -> Self {
        self.filters.push(filter);
        self
    }

    /// Puts an activity or alias among the app icons.
    #[must_use]
    pub fn launcher(self) -> Self {
        self.filter(IntentFilter::launcher())
    }

    /// Keeps an activity out of the list of recent apps.
    #[must_use]
    pub fn exclude_from_recents(self) -> Self {
        self.attribute("excludeFromRecents", true).attribute("noHistory", true)
    }

    /// What a service does in the foreground.
    #[must_use]
    pub fn foreground(self, types: &[ForegroundType]) -> Self {
        let flags = types.iter().fold(0, |flags, one| flags | *one as u32);
        self.attribute("foregroundServiceType", Value::Flags(flags))
    }

    /// Whether other apps may call it.
    #[must_use]
    pub fn exported(self, exported: bool) -> Self {
        self.attribute("exported", exported)
    }

    /// Any other attribute in Android's namespace.
    #[must_use]
    pub fn attribute(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.element = self.element.android(name, value);
        self
    }

    /// A name and a value.
    #[must_use]
    pub fn meta_data(mut self, name: &str, value: impl Into<Value>) -> Self {
        let value = MetaValue::Value(value.into());
        self.meta_data.push(MetaData { name: name.to_owned(), value });
        self
    }

    /// A name and a configuration file: `android.accessibilityservice` and what it asks for, say.
    #[must_use]
    pub fn meta_xml(mut self, name: &str, file: Element) -> Self {
        let value = MetaValue::XmlFile(file);
        self.meta_data.push(MetaData { name: name.to_owned(), value });
        self
    }

    /// The declaration, with its `meta-data` already resolved to elements.
    pub(crate) fn element(&self, meta_data: Vec<Element>) -> Element {
        let filters = self.filters.iter().map(IntentFilter::element);
        self.element.clone().children(filters).children(meta_data)
    }
}
