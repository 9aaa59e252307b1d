//! The sorted ids of a DEX: strings, types, prototypes, fields, methods.

use std::collections::{BTreeMap, BTreeSet};

use super::code::Dead;
use super::descriptor::{parameters, shorty};
use super::{Argument, DexBuilder, FieldRef, MethodRef};

/// Everything that has an id, in the order that the format asks for, and the way back to the id.
#[derive(Debug)]
pub(super) struct Pool {
    pub(super) strings: Vec<String>,
    pub(super) types: Vec<usize>,
    pub(super) protos: Vec<Proto>,
    /// Class, type and name, as ids.
    pub(super) fields: Vec<(usize, usize, usize)>,
    /// Class, prototype and name, as ids.
    pub(super) methods: Vec<(usize, usize, usize)>,
    string_index: BTreeMap<String, usize>,
    type_index: BTreeMap<String, usize>,
    proto_index: BTreeMap<String, usize>,
    method_index: BTreeMap<MethodRef, usize>,
}

/// A prototype, by ids.
#[derive(Debug)]
pub(super) struct Proto {
    pub(super) shorty: usize,
    pub(super) returns: usize,
    pub(super) parameters: Vec<usize>,
}

impl Pool {
    pub(super) fn of(dex: &DexBuilder) -> Self {
        let methods = all_methods(dex);
        let protos: BTreeSet<&str> = methods.iter().map(|method| method.proto.as_str()).collect();
        let types = all_types(dex, &methods, &protos);
        let mut strings = all_strings(dex, &methods, &protos, &types);
        // The format orders strings by UTF-16 units, which differs from Rust's order beyond U+FFFF.
        strings.sort_by(|a, b| a.encode_utf16().cmp(b.encode_utf16()));
        let string_index = indexed(&strings);

        let mut type_ids: Vec<usize> = types.iter().map(|name| string_index[name]).collect();
        type_ids.sort_unstable();
        let type_index: BTreeMap<String, usize> = type_ids
            .iter()
            .enumerate()
            .map(|(id, string)| (strings[*string].clone(), id))
            .collect();

        let (protos, proto_index) = sorted_protos(&protos, &string_index, &type_index);

        let mut pool = Self {
            strings,
            types: type_ids,
            protos,
            fields: Vec::new(),
            methods: Vec::new(),
            string_index,
            type_index,
            proto_index,
            method_index: BTreeMap::new(),
        };
        pool.fields = pool.sorted_fields(&dex.fields);
        pool.number_methods(methods);
        pool
    }

    pub(super) fn string(&self, text: &str) -> usize {
        self.string_index[text]
    }

    pub(super) fn type_id(&self, descriptor: &str) -> usize {
        self.type_index[descriptor]
    }

    pub(super) fn method(&self, method: &MethodRef) -> usize {
        self.method_index[method]
    }

    fn sorted_fields(&self, fields: &[FieldRef]) -> Vec<(usize, usize, usize)> {
        let ids: BTreeSet<_> = fields
            .iter()
            .map(|field| {
                (self.type_id(&field.class), self.string(&field.name), self.type_id(&field.kind))
            })
            .collect();
        ids.into_iter().map(|(class, name, kind)| (class, kind, name)).collect()
    }

    fn number_methods(&mut self, methods: BTreeSet<MethodRef>) {
        let mut sorted: Vec<_> = methods
            .into_iter()
            .map(|method| {
                let ids = (
                    self.type_id(&method.class),
                    self.string(&method.name),
                    self.proto_index[&method.proto],
                );
                (ids, method)
            })
            .collect();
        sorted.sort();
        for (index, ((class, name, proto), method)) in sorted.into_iter().enumerate() {
            self.methods.push((class, proto, name));
            self.method_index.insert(method, index);
        }
    }
}

fn indexed(strings: &[String]) -> BTreeMap<String, usize> {
    strings.iter().enumerate().map(|(index, text)| (text.clone(), index)).collect()
}

fn all_methods(dex: &DexBuilder) -> BTreeSet<MethodRef> {
    let mut methods: BTreeSet<MethodRef> = dex.references.iter().cloned().collect();
    for class in &dex.classes {
        methods.extend(class.overrides.iter().cloned());
        methods.extend(class.handed.iter().map(|handed| handed.target.clone()));
        methods.extend(class.inert_method());
        for dead in &class.dead {
            if let Dead::Call { method, .. } = dead {
                methods.insert(method.clone());
            }
        }
    }
    methods
}

fn all_types(
    dex: &DexBuilder,
    methods: &BTreeSet<MethodRef>,
    protos: &BTreeSet<&str>,
) -> BTreeSet<String> {
    let mut types: BTreeSet<String> = methods.iter().map(|method| method.class.clone()).collect();
    for proto in protos {
        let (parameters, returns) = parameters(proto);
        types.extend(parameters.into_iter().chain([returns]).map(str::to_owned));
    }
    for field in &dex.fields {
        types.extend([field.class.clone(), field.kind.clone()]);
    }
    for class in &dex.classes {
        types.extend([class.name.clone(), class.superclass.clone()]);
        types.extend(class.interfaces.iter().cloned());
    }
    types
}

fn all_strings(
    dex: &DexBuilder,
    methods: &BTreeSet<MethodRef>,
    protos: &BTreeSet<&str>,
    types: &BTreeSet<String>,
) -> Vec<String> {
    let mut strings: BTreeSet<String> = dex.strings.iter().cloned().collect();
    strings.extend(types.iter().cloned());
    strings.extend(methods.iter().map(|method| method.name.clone()));
    strings.extend(protos.iter().map(|proto| shorty(proto)));
    strings.extend(dex.fields.iter().map(|field| field.name.clone()));
    for dead in dex.classes.iter().flat_map(|class| &class.dead) {
        match dead {
            Dead::Text(text) => drop(strings.insert(text.clone())),
            Dead::Call { arguments, .. } => {
                let texts = arguments.iter().filter_map(|argument| match argument {
                    Argument::Text(text) => Some(text.clone()),
                    Argument::Int(_) | Argument::Long(_) => None,
                });
                strings.extend(texts);
            }
        }
    }
    strings.into_iter().collect()
}

/// Sorted by return type, then by parameters.
fn sorted_protos(
    protos: &BTreeSet<&str>,
    strings: &BTreeMap<String, usize>,
    types: &BTreeMap<String, usize>,
) -> (Vec<Proto>, BTreeMap<String, usize>) {
    let mut sorted: Vec<(usize, Vec<usize>, &str)> = protos
        .iter()
        .map(|proto| {
            let (parameters, returns) = parameters(proto);
            (types[returns], parameters.iter().map(|one| types[*one]).collect(), *proto)
        })
        .collect();
    sorted.sort();
    let index =
        sorted.iter().enumerate().map(|(id, (_, _, proto))| ((*proto).to_owned(), id)).collect();
    let protos = sorted
        .into_iter()
        .map(|(returns, parameters, proto)| Proto {
            shorty: strings[&shorty(proto)],
            returns,
            parameters,
        })
        .collect();
    (protos, index)
}
