//! Rows to a compiled set.

use std::collections::{BTreeMap, BTreeSet};

use super::{Entry, IndicatorSet, SetFamily};
use crate::family::FamilyId;
use crate::indicator::{IndicatorKind, InvalidValue, Role};

/// Collects families and their indicators. The order of additions does not matter: the same rows
/// give the same bytes.
#[derive(Debug, Default)]
pub struct SetBuilder {
    families: BTreeMap<FamilyId, SetFamily>,
    rows: BTreeSet<(IndicatorKind, String, FamilyId, Role)>,
}

impl SetBuilder {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds or replaces a family.
    pub fn family(&mut self, family: SetFamily) {
        self.families.insert(family.id.clone(), family);
    }

    /// Adds one indicator, in its compared form. Indicators of families never added are left out
    /// of the set.
    ///
    /// # Errors
    /// [`InvalidValue`] when the kind cannot hold the value; nothing is added then.
    pub fn indicator(
        &mut self,
        family: &FamilyId,
        kind: IndicatorKind,
        value: &str,
        role: Role,
    ) -> Result<(), InvalidValue> {
        let value = kind.normalise(value)?;
        self.rows.insert((kind, value, family.clone(), role));
        Ok(())
    }

    /// The set.
    pub fn build(self) -> IndicatorSet {
        let families: Vec<_> = self.families.into_values().collect();
        let index: BTreeMap<&FamilyId, u32> =
            families.iter().zip(0u32..).map(|(family, position)| (&family.id, position)).collect();
        let mut text = String::new();
        let mut entries: Vec<Entry> = Vec::with_capacity(self.rows.len());
        let mut last: Option<(IndicatorKind, String)> = None;
        for (kind, value, family, role) in self.rows {
            let Some(&family) = index.get(&family) else { continue };
            let len =
                u16::try_from(value.len()).expect("normalised values are at most 2,048 bytes");
            let start = match &last {
                Some((last_kind, last_value)) if (*last_kind, last_value) == (kind, &value) => {
                    entries.last().expect("there was a last value").start
                }
                _ => {
                    let start = u32::try_from(text.len()).expect("a set's text is below 4 GiB");
                    text.push_str(&value);
                    last = Some((kind, value));
                    start
                }
            };
            entries.push(Entry { kind, role, family, start, len });
        }
        IndicatorSet::index(families, text, entries)
    }
}
