//! `filter.bin`: the whole set as truncated hashes, so that a laptop or a product matches offline
//! what it has without holding the list itself.
//!
//! The bytes, integers in big-endian order:
//!
//! | at | length | what |
//! |---|---|---|
//! | 0 | 8 | `UNWFLT` and the version as two digits: `UNWFLT01` |
//! | 8 | 4 | *n*, how many entries |
//! | 12 | 8 *n* | the first 8 bytes of SHA-256(`kind:value`) of each entry, ascending, each once |
//! | 12 + 8 *n* | *n* | for each, in the same order, its roles: 1 C2, 2 website, 4 distribution, 8 app, 16 sample |
//! | 12 + 9 *n* | *n* | for each, its families' classes: 1 stalkerware, 2 watchware, 4 dual use, 8 disputed |
//!
//! `kind` and `value` are as in `indicators.jsonl`, the value in the form compared. A host is asked
//! with every name above it. One question about something unlisted is answered wrongly with
//! probability *n* / 2^64: below one in 10^14 at 100,000 entries. Patterns over certificates' names
//! cannot be asked by a hash and are not in it.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};
use unwatched_model::class::Class;
use unwatched_model::indicator::{IndicatorKind, Role};

use super::Feed;

/// The file's name.
pub const FILE_NAME: &str = "filter.bin";

const MAGIC: &[u8; 8] = b"UNWFLT01";
const HEAD_BYTES: usize = 12;
const ENTRY_BYTES: usize = 10;

/// The file.
pub fn render(feed: &Feed<'_>) -> Vec<u8> {
    let mut entries: BTreeMap<u64, (u8, u8)> = BTreeMap::new();
    for row in feed.rows.iter().filter(|row| is_asked_by_hash(row.kind)) {
        let (roles, classes) = entries.entry(key(row.kind, row.value)).or_default();
        *roles |= role_bit(row.role);
        *classes |= class_bit(feed.family_of(row).class);
    }
    let count = u32::try_from(entries.len()).expect("a release holds below 2^32 indicators");
    let mut bytes = Vec::with_capacity(HEAD_BYTES + entries.len() * ENTRY_BYTES);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&count.to_be_bytes());
    bytes.extend(entries.keys().flat_map(|key| key.to_be_bytes()));
    bytes.extend(entries.values().map(|(roles, _)| roles));
    bytes.extend(entries.values().map(|(_, classes)| classes));
    bytes
}

/// What a value is asked by.
pub fn key(kind: IndicatorKind, value: &str) -> u64 {
    let digest = Sha256::digest(format!("{kind}:{value}"));
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    u64::from_be_bytes(first)
}

fn is_asked_by_hash(kind: IndicatorKind) -> bool {
    kind != IndicatorKind::CertificateCommonNamePattern
}

fn role_bit(role: Role) -> u8 {
    match role {
        Role::C2 => 1,
        Role::Website => 2,
        Role::Distribution => 4,
        Role::App => 8,
        Role::Sample => 16,
    }
}

fn class_bit(class: Class) -> u8 {
    match class {
        Class::Stalkerware => 1,
        Class::Watchware => 2,
        Class::DualUse => 4,
        Class::Disputed | Class::Undecided => 8,
    }
}

/// Bytes that are no filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAFilter {
    /// They begin otherwise.
    #[error("not a filter of this version: it does not begin with UNWFLT01")]
    OtherForm,
    /// They are cut, or have something behind them.
    #[error("the filter's length does not fit its count: download it again")]
    Length,
    /// They were not written by this program.
    #[error("the filter's entries are not in order: download it again")]
    Order,
}

/// A filter, read in place.
#[derive(Debug, Clone, Copy)]
pub struct Filter<'a> {
    keys: &'a [u8],
    roles: &'a [u8],
    classes: &'a [u8],
}

/// What the filter says of a value that it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// What it does, for one family or several.
    pub roles: Vec<Role>,
    /// The classes of those families.
    pub classes: Vec<Class>,
}

impl<'a> Filter<'a> {
    /// Reads a filter.
    ///
    /// # Errors
    /// [`NotAFilter`] when the bytes are something else.
    pub fn from_bytes(bytes: &'a [u8]) -> Result<Self, NotAFilter> {
        let rest = bytes.strip_prefix(MAGIC).ok_or(NotAFilter::OtherForm)?;
        let (count, rest) = rest.split_first_chunk::<4>().ok_or(NotAFilter::Length)?;
        let count = usize::try_from(u32::from_be_bytes(*count)).map_err(|_| NotAFilter::Length)?;
        if count.checked_mul(ENTRY_BYTES) != Some(rest.len()) {
            return Err(NotAFilter::Length);
        }
        let (keys, rest) = rest.split_at(count * 8);
        let (roles, classes) = rest.split_at(count);
        let filter = Self { keys, roles, classes };
        let ascends = (1..count).all(|at| filter.key_at(at - 1) < filter.key_at(at));
        if ascends { Ok(filter) } else { Err(NotAFilter::Order) }
    }

    /// How many entries it has.
    pub fn len(&self) -> usize {
        self.roles.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.roles.is_empty()
    }

    /// What it says of a value in any form; a host also meets the names above it.
    pub fn look_up(&self, kind: IndicatorKind, value: &str) -> Option<Hit> {
        let value = kind.normalise(value).ok()?;
        if kind != IndicatorKind::Domain {
            return self.exact(kind, &value);
        }
        let mut name = value.as_str();
        while name.contains('.') {
            if let Some(hit) = self.exact(kind, name) {
                return Some(hit);
            }
            name = name.split_once('.').map_or("", |(_, above)| above);
        }
        None
    }

    fn exact(&self, kind: IndicatorKind, value: &str) -> Option<Hit> {
        let wanted = key(kind, value);
        let (mut from, mut to) = (0, self.len());
        while from < to {
            let middle = usize::midpoint(from, to);
            match self.key_at(middle).cmp(&wanted) {
                std::cmp::Ordering::Equal => return Some(self.hit(middle)),
                std::cmp::Ordering::Less => from = middle + 1,
                std::cmp::Ordering::Greater => to = middle,
            }
        }
        None
    }

    fn key_at(&self, at: usize) -> u64 {
        let mut key = [0; 8];
        key.copy_from_slice(&self.keys[at * 8..at * 8 + 8]);
        u64::from_be_bytes(key)
    }

    fn hit(&self, at: usize) -> Hit {
        let classes =
            [Class::Stalkerware, Class::Watchware, Class::DualUse, Class::Disputed].into_iter();
        Hit {
            roles: Role::ALL
                .into_iter()
                .filter(|role| self.roles[at] & role_bit(*role) != 0)
                .collect(),
            classes: classes.filter(|class| self.classes[at] & class_bit(*class) != 0).collect(),
        }
    }
}
