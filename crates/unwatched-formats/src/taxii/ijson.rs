//! JSON that every reader reads alike (RFC 7493, which STIX asks for): no key twice in one object,
//! no text that is no Unicode, no number beyond what a reader holds, and no bottomless nesting.

use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// Any value that is so. Nothing of it is kept.
pub(super) struct Alike;

impl<'de> Deserialize<'de> for Alike {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Alike;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Alike, E> {
        Ok(Alike)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Alike, E> {
        Ok(Alike)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Alike, E> {
        Ok(Alike)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Alike, E> {
        Ok(Alike)
    }

    fn visit_str<E>(self, _: &str) -> Result<Alike, E> {
        Ok(Alike)
    }

    fn visit_unit<E>(self) -> Result<Alike, E> {
        Ok(Alike)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Alike, A::Error> {
        while items.next_element::<Alike>()?.is_some() {}
        Ok(Alike)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Alike, A::Error> {
        let mut keys = HashSet::new();
        while let Some(key) = entries.next_key::<String>()? {
            once(&mut keys, key)?;
            entries.next_value::<Alike>()?;
        }
        Ok(Alike)
    }
}

fn once<E: Error>(keys: &mut HashSet<String>, key: String) -> Result<(), E> {
    match keys.replace(key) {
        Some(key) => Err(E::custom(format_args!("the key {key:?} stands twice in one object"))),
        None => Ok(()),
    }
}

/// An object's own entries, those of these names as values.
pub(super) struct Entries<const N: usize>(pub(super) [Option<Value>; N]);

/// Reads an object whose every part is so.
pub(super) fn entries<const N: usize>(
    json: &str,
    names: [&'static str; N],
) -> Result<Entries<N>, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let found = deserializer.deserialize_any(Named(names))?;
    deserializer.end()?;
    Ok(found)
}

struct Named<const N: usize>([&'static str; N]);

impl<'de, const N: usize> Visitor<'de> for Named<N> {
    type Value = Entries<N>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut keys = HashSet::new();
        let mut found = [const { None }; N];
        while let Some(key) = entries.next_key::<String>()? {
            match self.0.iter().position(|name| *name == key) {
                Some(at) => found[at] = Some(entries.next_value::<Value>()?),
                None => {
                    entries.next_value::<Alike>()?;
                }
            }
            once(&mut keys, key)?;
        }
        Ok(Entries(found))
    }
}
