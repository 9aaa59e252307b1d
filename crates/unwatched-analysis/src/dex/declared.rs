//! The classes that an app's manifest names, against those that its code defines.

use std::collections::HashSet;

use super::facts::{bare, outer};

/// The classes that the manifest names, but for components of well-known libraries and of the
/// platform: the app's own code, whatever it is called.
#[derive(Debug, Default)]
pub(crate) struct Declared {
    /// By descriptor.
    classes: HashSet<Vec<u8>>,
    /// The outer ones, without the end.
    outer: HashSet<Vec<u8>>,
    /// By length: whether one is so long. Most classes are told by that.
    lengths: Vec<bool>,
}

impl Declared {
    /// These classes, by their full names.
    pub(crate) fn new<'n>(names: impl Iterator<Item = &'n str>) -> Self {
        let mut declared = Self::default();
        for name in names.filter(|name| !name.is_empty()) {
            let descriptor = format!("L{};", name.replace('.', "/")).into_bytes();
            if declared.lengths.len() <= descriptor.len() {
                declared.lengths.resize(descriptor.len() + 1, false);
            }
            declared.lengths[descriptor.len()] = true;
            declared.outer.insert(outer(&descriptor).to_vec());
            declared.classes.insert(descriptor);
        }
        declared
    }

    /// Whether the manifest names the class of this descriptor.
    pub(super) fn has(&self, descriptor: &[u8]) -> bool {
        self.lengths.get(descriptor.len()).copied().unwrap_or(false)
            && self.classes.contains(descriptor)
    }

    /// Whether it names the class, or the one that it was written in.
    pub(super) fn has_outer(&self, descriptor: &[u8]) -> bool {
        self.outer.contains(outer(descriptor))
    }

    /// The classes that no code defines, by their full names, in order.
    pub(crate) fn without(&self, defined: &HashSet<Box<[u8]>>) -> Vec<String> {
        let missing = self.classes.iter().filter(|class| !defined.contains(class.as_slice()));
        let name = |class: &Vec<u8>| {
            String::from_utf8_lossy(bare(class).get(1..).unwrap_or_default()).replace('/', ".")
        };
        let mut names: Vec<String> = missing.map(name).collect();
        names.sort_unstable();
        names
    }
}
