//! Looking values up: exact, domains with their parents, URLs with what lies above them, and
//! patterns over certificate names.

use std::hash::{BuildHasher, Hasher};
use std::net::IpAddr;
use std::sync::OnceLock;

use foldhash::fast::FixedState;
use hashbrown::HashTable;

use super::{Entry, IndicatorSet, SetFamily};
use crate::indicator::{IndicatorKind, Role, pattern};

/// One indicator that matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Match<'s> {
    /// Whose it is.
    pub family: &'s SetFamily,
    /// What the value is.
    pub kind: IndicatorKind,
    /// The indicator's value, which for domains and URLs may be a parent of what was asked.
    pub value: &'s str,
    /// What it does for the family.
    pub role: Role,
}

fn hash(kind: IndicatorKind, value: &str) -> u64 {
    let mut hasher = FixedState::with_seed(0).build_hasher();
    hasher.write_u8(kind as u8);
    hasher.write(value.as_bytes());
    hasher.finish()
}

impl IndicatorSet {
    /// Puts the lookup table over sorted entries.
    pub(super) fn index(families: Vec<SetFamily>, text: String, entries: Vec<Entry>) -> Self {
        let mut set = Self {
            families,
            text,
            entries,
            pair_count: 0,
            first: HashTable::new(),
            patterns: OnceLock::new(),
        };
        let mut first = HashTable::with_capacity(set.entries.len());
        for position in 0..set.entries.len() {
            if position > 0 && set.same_pair(position, position - 1) {
                continue;
            }
            let at = |p: &u32| {
                let entry = &set.entries[*p as usize];
                hash(entry.kind, set.value(entry))
            };
            let position = u32::try_from(position).expect("a set holds below 2^32 entries");
            first.insert_unique(at(&position), position, at);
        }
        set.pair_count = first.len();
        set.first = first;
        set
    }

    fn same_pair(&self, left: usize, right: usize) -> bool {
        let (left, right) = (&self.entries[left], &self.entries[right]);
        left.kind == right.kind && self.value(left) == self.value(right)
    }

    /// All entries with exactly this kind and compared value.
    fn exact(&self, kind: IndicatorKind, value: &str) -> impl Iterator<Item = Match<'_>> {
        let found = self.first.find(hash(kind, value), |position| {
            let entry = &self.entries[*position as usize];
            entry.kind == kind && self.value(entry) == value
        });
        let start = found.map_or(self.entries.len(), |position| *position as usize);
        let end = (start..self.entries.len())
            .find(|position| !self.same_pair(start, *position))
            .unwrap_or(self.entries.len());
        self.entries[start..end].iter().map(|entry| self.as_match(entry))
    }

    /// Every indicator that a value of this kind matches, the nearest first.
    ///
    /// A domain matches itself and its parents (`a.b.example` matches an indicator `b.example`,
    /// never the other way round). A URL matches itself, what it lies below, and its host. A
    /// value that its kind cannot hold matches nothing.
    pub fn lookup(&self, kind: IndicatorKind, value: &str) -> Vec<Match<'_>> {
        match kind {
            IndicatorKind::Domain => self.lookup_domain(value),
            IndicatorKind::Url => self.lookup_url(value),
            IndicatorKind::CertificateCommonNamePattern => self.lookup_common_name(value),
            _ => match kind.normalise(value) {
                Ok(value) => self.exact(kind, &value).collect(),
                Err(_) => Vec::new(),
            },
        }
    }

    fn lookup_domain(&self, host: &str) -> Vec<Match<'_>> {
        match IndicatorKind::Domain.normalise(host) {
            Ok(host) => self.with_parents(&host),
            Err(_) => Vec::new(),
        }
    }

    fn with_parents(&self, host: &str) -> Vec<Match<'_>> {
        let mut found = Vec::new();
        let mut rest = host;
        // A bare top-level label is never an indicator.
        while rest.contains('.') {
            found.extend(self.exact(IndicatorKind::Domain, rest));
            rest = rest.split_once('.').map_or("", |(_, parent)| parent);
        }
        found
    }

    fn lookup_url(&self, url: &str) -> Vec<Match<'_>> {
        let Ok(url) = IndicatorKind::Url.normalise(url) else { return Vec::new() };
        let host_start = url.find("://").map_or(0, |at| at + 3);
        let host_end = url[host_start..].find(['/', '?']).map_or(url.len(), |at| host_start + at);
        let mut found = Vec::new();
        let mut rest = url.as_str();
        loop {
            found.extend(self.exact(IndicatorKind::Url, rest));
            match rest[host_end..].rfind(['/', '?']) {
                Some(cut) => rest = &rest[..host_end + cut],
                None => break,
            }
        }
        found.extend(self.lookup_authority(&url[host_start..host_end]));
        found
    }

    /// `host`, `host:port`, or an address; an IPv6 one stands in brackets.
    fn lookup_authority(&self, authority: &str) -> Vec<Match<'_>> {
        let host = match authority.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => host,
            _ => authority,
        };
        match host.trim_matches(['[', ']']).parse::<IpAddr>() {
            Ok(address) => self.exact(IndicatorKind::Address, &address.to_string()).collect(),
            Err(_) => self.with_parents(host),
        }
    }

    /// Patterns that a certificate's common name matches.
    fn lookup_common_name(&self, common_name: &str) -> Vec<Match<'_>> {
        let patterns = self.patterns.get_or_init(|| {
            let is_pattern =
                |entry: &Entry| entry.kind == IndicatorKind::CertificateCommonNamePattern;
            self.entries
                .iter()
                .enumerate()
                .filter(|(_, entry)| is_pattern(entry))
                .filter_map(|(at, entry)| Some((at, pattern(self.value(entry)).ok()?)))
                .collect()
        });
        patterns
            .iter()
            .filter(|(_, pattern)| pattern.is_match(common_name))
            .map(|(position, _)| self.as_match(&self.entries[*position]))
            .collect()
    }
}
