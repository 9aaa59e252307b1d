//! An app in a few words: what it declares, and which of its classes names what. Everything it
//! calls stands where nothing runs, as in all of this crate.

use crate::apk::{ApkBuilder, Component, IntentFilter};
use crate::axml::Element;
use crate::dex::{Argument, DexBuilder};

const LAUNCHED: &str = "MainActivity";

/// A small app, taken further by what is said of it.
#[derive(Clone)]
pub struct Sketch {
    package: String,
    apk: ApkBuilder,
    dex: DexBuilder,
    /// The class that the next words are about.
    class: String,
}

impl Sketch {
    /// An app with an icon among the apps, and nothing else.
    pub fn visible(name: &str) -> Self {
        let sketch = Self::without_icon(name);
        sketch.with(|apk| {
            apk.component(Component::activity(".MainActivity").exported(true).launcher())
        })
    }

    /// An app that nothing opens from the list of apps.
    pub fn without_icon(name: &str) -> Self {
        let package = format!("com.example.{name}");
        Self::packaged(&package)
    }

    /// The same, by its whole package name.
    pub fn packaged(package: &str) -> Self {
        let sketch = Self {
            package: package.to_owned(),
            apk: ApkBuilder::new(package).label("Plain"),
            dex: DexBuilder::new(),
            class: String::new(),
        };
        sketch.class(LAUNCHED).extends("android.app.Activity")
    }

    /// Anything that the app's builder can do.
    #[must_use]
    pub fn with(mut self, change: impl FnOnce(ApkBuilder) -> ApkBuilder) -> Self {
        self.apk = change(self.apk);
        self
    }

    /// The name under its icon.
    #[must_use]
    pub fn label(self, label: &str) -> Self {
        self.with(|apk| apk.label(label))
    }

    /// Asks for permissions of the platform, by their short names.
    #[must_use]
    pub fn asks(self, permissions: &[&str]) -> Self {
        self.with(|apk| apk.android_permissions(permissions))
    }

    /// Declares a component.
    #[must_use]
    pub fn declares(self, component: Component) -> Self {
        self.with(|apk| apk.component(component))
    }

    /// Declares a service that only a part of the system may call.
    #[must_use]
    pub fn bound(self, class: &str, permission: &str, action: &str) -> Self {
        self.declares(bound_service(class, permission, action))
    }

    /// The same, with its settings.
    #[must_use]
    pub fn bound_with(self, class: &str, permission: &str, action: &str, file: Element) -> Self {
        let name = if permission.contains("ACCESSIBILITY") {
            "android.accessibilityservice"
        } else {
            "android.app.device_admin"
        };
        self.declares(bound_service(class, permission, action).meta_xml(name, file))
    }

    /// Declares a receiver of these broadcasts.
    #[must_use]
    pub fn hears(self, class: &str, actions: &[&str]) -> Self {
        let filter = actions
            .iter()
            .fold(IntentFilter::default(), |filter, action| filter.and_action(action));
        let receiver = Component::receiver(&format!(".{class}")).exported(true).filter(filter);
        self.declares(receiver)
    }

    /// What follows is said of this class of the app's own.
    #[must_use]
    pub fn class(mut self, name: &str) -> Self {
        self.class = format!("L{}/{name};", self.package.replace('.', "/"));
        self
    }

    /// What follows is said of a class that came with a library.
    #[must_use]
    pub fn library(mut self, class: &str) -> Self {
        self.class = descriptor(class);
        self
    }

    /// The class extends this one.
    #[must_use]
    pub fn extends(mut self, parent: &str) -> Self {
        self.dex = self.dex.class(&self.class, &descriptor(parent));
        self
    }

    /// The class extends another one of the app's own.
    #[must_use]
    pub fn extends_own(mut self, parent: &str) -> Self {
        let parent = format!("L{}/{parent};", self.package.replace('.', "/"));
        self.dex = self.dex.class(&self.class, &parent);
        self
    }

    /// The class extends this one and has a method of it that returns at once.
    #[must_use]
    pub fn overrides(self, method: &str) -> Self {
        let (parent, name) = method.split_once("->").expect("a method is Class->name");
        let proto = match name {
            "onStartCommand" => "(Landroid/content/Intent;II)I",
            "onKeyEvent" => "(Landroid/view/KeyEvent;)Z",
            "onReceive" => "(Landroid/content/Context;Landroid/content/Intent;)V",
            "onDisableRequested" => {
                "(Landroid/content/Context;Landroid/content/Intent;)Ljava/lang/CharSequence;"
            }
            _ => "()V",
        };
        let mut sketch = self.extends(parent);
        sketch.dex = sketch.dex.overrides(&sketch.class, name, proto);
        sketch
    }

    /// The class implements an interface and has this method of it, which returns at once.
    #[must_use]
    pub fn implements(mut self, interface: &str, method: &str, proto: &str) -> Self {
        self.dex = self.dex.implements(&self.class, &descriptor(interface));
        self.dex = self.dex.overrides(&self.class, method, proto);
        self
    }

    /// The class has this method of what it extends, which returns at once.
    #[must_use]
    pub fn overrides_own(mut self, method: &str) -> Self {
        self.dex = self.dex.overrides(&self.class, method, "()V");
        self
    }

    /// The class calls a method.
    #[must_use]
    pub fn calls(self, method: &str) -> Self {
        self.calls_with(method, &[])
    }

    /// The class calls a method with these numbers.
    #[must_use]
    pub fn calls_with(mut self, method: &str, numbers: &[i32]) -> Self {
        let (class, name) = method.split_once("->").expect("a method is Class->name");
        let proto = format!("({})V", "I".repeat(numbers.len()));
        let numbers: Vec<Argument> = numbers.iter().copied().map(Argument::Int).collect();
        self.dex = self.dex.call_with(&self.class, &descriptor(class), name, &proto, &numbers);
        self
    }

    /// The class calls a method whose prototype matters, with these values.
    #[must_use]
    pub fn calls_as(mut self, method: &str, proto: &str, values: &[Argument]) -> Self {
        let (class, name) = method.split_once("->").expect("a method is Class->name");
        self.dex = self.dex.call_with(&self.class, &descriptor(class), name, proto, values);
        self
    }

    /// The class calls a method with this text.
    #[must_use]
    pub fn calls_text(mut self, method: &str, text: &str) -> Self {
        let (class, name) = method.split_once("->").expect("a method is Class->name");
        let text = [Argument::Text(text.to_owned())];
        self.dex = self.dex.call_with(
            &self.class,
            &descriptor(class),
            name,
            "(Ljava/lang/String;)V",
            &text,
        );
        self
    }

    /// The class calls a method of another class of the app's own.
    #[must_use]
    pub fn calls_own(mut self, class: &str, method: &str) -> Self {
        let class = format!("L{}/{class};", self.package.replace('.', "/"));
        self.dex = self.dex.call(&self.class, &class, method, "()V");
        self
    }

    /// The class calls a method of another class of the app's own, with these values.
    #[must_use]
    pub fn calls_own_as(self, class: &str, method: &str, proto: &str, values: &[Argument]) -> Self {
        let class = format!("{}.{class}", self.package);
        self.calls_as(&format!("{class}->{method}"), proto, values)
    }

    /// The class has a method `passed` of this prototype, which hands on the parameter of one place
    /// as the argument of another place of a call with three (places count from 1).
    #[must_use]
    pub fn passes_on(mut self, method: &str, proto: &str, from: usize, to: usize) -> Self {
        let (class, name) = method.split_once("->").expect("a method is Class->name");
        let of = (descriptor(class), name, "(Landroid/content/ComponentName;II)V");
        self.dex = self.dex.passes_on(&self.class, ("passed", proto), of, (from, to));
        self
    }

    /// The same, to the method `passed` of another class of the app's own.
    #[must_use]
    pub fn passes_on_own(mut self, class: &str, proto: &str) -> Self {
        let class = format!("L{}/{class};", self.package.replace('.', "/"));
        self.dex =
            self.dex.passes_on(&self.class, ("passed", proto), (class, "passed", proto), (1, 1));
        self
    }

    /// What the class calls stands in a method of this name, which nothing calls either.
    #[must_use]
    pub fn inside(mut self, method: &str) -> Self {
        self.dex = self.dex.inert_name(&self.class, method);
        self
    }

    /// What the class calls stands in a loop.
    #[must_use]
    pub fn in_a_loop(mut self) -> Self {
        self.dex = self.dex.looping(&self.class);
        self
    }

    /// The class loads a text.
    #[must_use]
    pub fn says(mut self, text: &str) -> Self {
        self.dex = self.dex.string_in(&self.class, text);
        self
    }

    /// The class loads several texts.
    #[must_use]
    pub fn says_all(self, texts: &[&str]) -> Self {
        texts.iter().fold(self, |sketch, text| sketch.says(text))
    }

    /// The code names a field of a class.
    #[must_use]
    pub fn uses(mut self, class: &str) -> Self {
        self.dex = self.dex.field(&descriptor(class), "CONTENT_URI", "Landroid/net/Uri;");
        self
    }

    /// The app, with its code.
    pub fn apk(&self) -> ApkBuilder {
        self.apk.clone().dex(&self.dex)
    }

    /// The same app, whose code does nothing of what was said.
    pub fn without_code(&self) -> ApkBuilder {
        self.apk.clone().dex(&DexBuilder::new())
    }

    /// Its code alone.
    pub fn code(&self) -> &DexBuilder {
        &self.dex
    }
}

fn bound_service(class: &str, permission: &str, action: &str) -> Component {
    let name = format!(".{class}");
    let component = if permission == "BIND_DEVICE_ADMIN" {
        Component::receiver(&name)
    } else {
        Component::service(&name)
    };
    component.permission(&format!("android.permission.{permission}")).exported(true).action(action)
}

fn descriptor(class: &str) -> String {
    format!("L{};", class.replace('.', "/"))
}
