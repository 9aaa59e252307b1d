//! Android byte code that names much and does nothing.
//!
//! Every call that a [`DexBuilder`] writes stands after a `return-void`, in a private method that
//! nothing calls: an analyser that looks for calls finds it, and no device can reach it. Methods
//! that override something of the platform return at once. There are no fields, no exception
//! handlers, no debug information.

mod code;
mod descriptor;
mod pool;
mod write;

pub(crate) use write::seal;

use code::{Dead, Invoke};

/// The format's version, which a file's first bytes say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DexVersion {
    /// `035`, what apps for older Android hold.
    #[default]
    V035,
    /// `039`, since Android 9.
    V039,
}

/// A value loaded for a call's parameter; each goes to the next parameter of its kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Argument {
    /// For the next `int`, `boolean`, `short`, `byte` or `char` parameter.
    Int(i32),
    /// For the next `long` parameter.
    Long(i64),
    /// For the next `String` parameter.
    Text(String),
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct MethodRef {
    pub(crate) class: String,
    pub(crate) name: String,
    pub(crate) proto: String,
}

impl MethodRef {
    fn new(class: &str, name: &str, proto: &str) -> Self {
        descriptor::check_type(class);
        descriptor::parameters(proto);
        Self { class: class.to_owned(), name: name.to_owned(), proto: proto.to_owned() }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct FieldRef {
    pub(crate) class: String,
    pub(crate) name: String,
    pub(crate) kind: String,
}

#[derive(Debug, Clone)]
pub(crate) struct Class {
    pub(crate) name: String,
    pub(crate) superclass: String,
    pub(crate) interfaces: Vec<String>,
    /// Methods that return at once.
    pub(crate) overrides: Vec<MethodRef>,
    /// The numbers that some of them return.
    pub(crate) returned: Vec<(MethodRef, i32)>,
    /// Methods that hand a parameter on, behind their return.
    pub(crate) handed: Vec<Handed>,
    /// What the never-called method holds after its `return-void`.
    pub(crate) dead: Vec<Dead>,
    /// Another name for the never-called method.
    pub(crate) inert_name: Option<String>,
    /// Whether a branch leads from its end back to behind its `return-void`.
    pub(crate) loops: bool,
}

impl Class {
    /// The never-called method, if there is dead code.
    pub(crate) fn inert_method(&self) -> Option<MethodRef> {
        let name = self.inert_name.as_deref().unwrap_or(INERT_METHOD.0);
        (!self.dead.is_empty()).then(|| MethodRef::new(&self.name, name, INERT_METHOD.1))
    }
}

/// A method's parameter as the argument of a call; places count from 1, without `this`.
#[derive(Debug, Clone)]
pub(crate) struct Handed {
    pub(crate) method: MethodRef,
    pub(crate) target: MethodRef,
    pub(crate) from: usize,
    pub(crate) to: usize,
}

/// The never-called method of each class that has dead code.
pub(crate) const INERT_METHOD: (&str, &str) = ("inert", "()V");

/// Collects classes, references and strings, then writes a DEX file.
///
/// Classes are descriptors (`Lcom/example/Main;`), methods have a name and a prototype
/// (`(ILjava/lang/String;)V`). A malformed one panics.
#[derive(Debug, Clone, Default)]
pub struct DexBuilder {
    pub(crate) version: DexVersion,
    pub(crate) strings: Vec<String>,
    pub(crate) references: Vec<MethodRef>,
    pub(crate) fields: Vec<FieldRef>,
    pub(crate) classes: Vec<Class>,
}

impl DexBuilder {
    /// An empty DEX, version 035.
    pub fn new() -> Self {
        Self::default()
    }

    /// Says another version of the format.
    #[must_use]
    pub fn version(mut self, version: DexVersion) -> Self {
        self.version = version;
        self
    }

    /// A string that no code loads.
    #[must_use]
    pub fn string(mut self, text: &str) -> Self {
        self.strings.push(text.to_owned());
        self
    }

    /// Strings that no code loads.
    #[must_use]
    pub fn strings(self, texts: &[&str]) -> Self {
        texts.iter().fold(self, |dex, text| dex.string(text))
    }

    /// A method that is named in the ids and called nowhere.
    #[must_use]
    pub fn reference(mut self, class: &str, method: &str, proto: &str) -> Self {
        self.references.push(MethodRef::new(class, method, proto));
        self
    }

    /// A field that is named in the ids and used nowhere.
    #[must_use]
    pub fn field(mut self, class: &str, field: &str, kind: &str) -> Self {
        descriptor::check_type(class);
        descriptor::check_type(kind);
        self.fields.push(FieldRef {
            class: class.to_owned(),
            name: field.to_owned(),
            kind: kind.to_owned(),
        });
        self
    }

    /// Declares a class, or gives one that a call already declared its superclass.
    #[must_use]
    pub fn class(mut self, name: &str, superclass: &str) -> Self {
        descriptor::check_type(superclass);
        superclass.clone_into(&mut self.class_mut(name).superclass);
        self
    }

    /// Says that a class implements an interface.
    #[must_use]
    pub fn implements(mut self, class: &str, interface: &str) -> Self {
        descriptor::check_type(interface);
        self.class_mut(class).interfaces.push(interface.to_owned());
        self
    }

    /// Gives a class a public method that returns at once: an empty `onNotificationPosted`, say.
    #[must_use]
    pub fn overrides(mut self, class: &str, method: &str, proto: &str) -> Self {
        let method = MethodRef::new(class, method, proto);
        let overrides = &mut self.class_mut(class).overrides;
        if !overrides.contains(&method) {
            overrides.push(method);
        }
        self
    }

    /// Gives a class a public method that returns a number at once: the `START_STICKY` of a
    /// service, say.
    #[must_use]
    pub fn overrides_returning(self, class: &str, method: &str, proto: &str, number: i32) -> Self {
        let mut dex = self.overrides(class, method, proto);
        dex.class_mut(class).returned.push((MethodRef::new(class, method, proto), number));
        dex
    }

    /// A method (name and prototype) of a class that returns at once; behind that it hands the
    /// parameter of the first place on as the argument of the second place of a call.
    #[must_use]
    pub fn passes_on(
        self,
        class: &str,
        (method, proto): (&str, &str),
        (of, name, of_proto): (String, &str, &str),
        (from, to): (usize, usize),
    ) -> Self {
        let mut dex = self.overrides(class, method, proto);
        let method = MethodRef::new(class, method, proto);
        let target = MethodRef::new(&of, name, of_proto);
        dex.class_mut(class).handed.push(Handed { method, target, from, to });
        dex
    }

    /// A call of an instance method (or constructor), in code of `in_class` that cannot run.
    #[must_use]
    pub fn call(self, in_class: &str, class: &str, method: &str, proto: &str) -> Self {
        self.call_with(in_class, class, method, proto, &[])
    }

    /// The same, with constants loaded into the parameters first.
    #[must_use]
    pub fn call_with(
        self,
        in_class: &str,
        class: &str,
        method: &str,
        proto: &str,
        arguments: &[Argument],
    ) -> Self {
        let invoke = if method == "<init>" { Invoke::Direct } else { Invoke::Virtual };
        self.dead_call(invoke, in_class, MethodRef::new(class, method, proto), arguments)
    }

    /// A call of a static method, in code of `in_class` that cannot run.
    #[must_use]
    pub fn call_static(
        self,
        in_class: &str,
        class: &str,
        method: &str,
        proto: &str,
        arguments: &[Argument],
    ) -> Self {
        let method = MethodRef::new(class, method, proto);
        self.dead_call(Invoke::Static, in_class, method, arguments)
    }

    /// A call of an interface's method, in code of `in_class` that cannot run.
    #[must_use]
    pub fn call_interface(self, in_class: &str, class: &str, method: &str, proto: &str) -> Self {
        self.dead_call(Invoke::Interface, in_class, MethodRef::new(class, method, proto), &[])
    }

    /// A string loaded in code of `in_class` that cannot run.
    #[must_use]
    pub fn string_in(mut self, in_class: &str, text: &str) -> Self {
        self.class_mut(in_class).dead.push(Dead::Text(text.to_owned()));
        self
    }

    /// Gives the never-called method of a class this name. It stays private and static, so that
    /// nothing calls it for an interface's method of that name.
    #[must_use]
    pub fn inert_name(mut self, class: &str, name: &str) -> Self {
        self.class_mut(class).inert_name = Some(name.to_owned());
        self
    }

    /// What stands where nothing runs in a class is a loop.
    #[must_use]
    pub fn looping(mut self, class: &str) -> Self {
        self.class_mut(class).loops = true;
        self
    }

    /// The file's bytes.
    pub fn build(&self) -> Vec<u8> {
        write::write(self)
    }

    /// A container of version 041 with these in it, whatever version each says.
    pub fn container(dexes: &[Self]) -> Vec<u8> {
        write::write_container(dexes)
    }

    fn dead_call(
        mut self,
        invoke: Invoke,
        in_class: &str,
        method: MethodRef,
        arguments: &[Argument],
    ) -> Self {
        let call = Dead::Call { invoke, method, arguments: arguments.to_vec() };
        self.class_mut(in_class).dead.push(call);
        self
    }

    fn class_mut(&mut self, name: &str) -> &mut Class {
        descriptor::check_type(name);
        let known = self.classes.iter().position(|class| class.name == name);
        let at = known.unwrap_or_else(|| {
            self.classes.push(Class {
                name: name.to_owned(),
                superclass: "Ljava/lang/Object;".to_owned(),
                interfaces: Vec::new(),
                overrides: Vec::new(),
                returned: Vec::new(),
                handed: Vec::new(),
                dead: Vec::new(),
                inert_name: None,
                loops: false,
            });
            self.classes.len() - 1
        });
        &mut self.classes[at]
    }
}
