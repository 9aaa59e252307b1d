//! `dumpsys device_policy`: device administrators, the device owner, profile owners.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::component::{Component, is_name};
use super::{LineParser, Parsed};

const MAX_ENTRIES: usize = 1_000;
/// Android knows eleven.
const MAX_POLICIES: usize = 40;

/// What an owner manages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnerKind {
    /// The whole device.
    Device,
    /// One profile, such as a work profile.
    Profile,
}

/// One owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PolicyOwner {
    /// Of what.
    pub kind: OwnerKind,
    /// Which user.
    pub user: Option<u32>,
    /// The app.
    pub package: String,
    /// Where.
    pub line: u64,
}

/// One administrator that is on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Admin {
    /// The receiver.
    pub component: Component,
    /// For which user.
    pub user: Option<u32>,
    /// What it may do, in the phone's own words, for example `wipe-data`.
    pub policies: BTreeSet<String>,
    /// Where.
    pub line: u64,
}

/// What the dump lists.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct DevicePolicy {
    /// Administrators that are on.
    pub admins: Vec<Admin>,
    /// Owners.
    pub owners: Vec<PolicyOwner>,
    /// Whether it has the heading of the administrators, which every Android prints for every
    /// user, so that empty lists mean "none".
    pub recognised: bool,
}

#[derive(Debug, Clone, Copy)]
enum Block {
    None,
    Admins(Option<u32>),
    Owner(OwnerKind, Option<u32>),
}

/// The parser.
#[derive(Debug)]
pub struct DevicePolicyParser {
    found: DevicePolicy,
    block: Block,
    /// Which administrator the lines of `policies:` belong to.
    policies_of: Option<usize>,
}

impl Default for DevicePolicyParser {
    fn default() -> Self {
        Self { found: DevicePolicy::default(), block: Block::None, policies_of: None }
    }
}

/// The number behind `User ` or `User ID: `.
fn user_of(text: &str) -> Option<u32> {
    let at = text.find("User ")? + 5;
    let digits = text[at..].trim_start_matches("ID:").trim_start();
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    digits[..end].parse().ok()
}

fn block_of(text: &str) -> Option<Block> {
    if text.starts_with("Enabled Device Admins") {
        Some(Block::Admins(user_of(text)))
    } else if text.starts_with("Device Owner:") || text.starts_with("Device Owner (") {
        Some(Block::Owner(OwnerKind::Device, user_of(text)))
    } else if text.starts_with("Profile Owner (") || text.starts_with("Profile Owner:") {
        Some(Block::Owner(OwnerKind::Profile, user_of(text)))
    } else {
        const OTHERS: [&str; 6] = [
            "Encryption Status",
            "Device policy cache",
            "Local Policies",
            "Global Policies",
            "Constants",
            "Pending System Update",
        ];
        OTHERS.iter().any(|other| text.starts_with(other)).then_some(Block::None)
    }
}

impl DevicePolicyParser {
    fn admin(&mut self, user: Option<u32>, number: u64, text: &str) {
        // `policies:` and its like end in a colon too, but hold no slash.
        let Some(name) = text.strip_suffix(':') else { return self.policy(text) };
        let last = self.found.admins.len().checked_sub(1);
        self.policies_of = last.filter(|_| name == "policies");
        let Some(component) = Component::parse(name) else { return };
        let known = |admin: &Admin| admin.component == component && admin.user == user;
        if self.found.admins.len() < MAX_ENTRIES && !self.found.admins.iter().any(known) {
            let policies = BTreeSet::new();
            self.found.admins.push(Admin { component, user, policies, line: number });
        }
    }

    /// One word a line, until a line is anything else.
    fn policy(&mut self, text: &str) {
        let is_word = !text.is_empty() && text.len() <= 40 && text.contains('-');
        let is_word = is_word && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
        let Some(at) = self.policies_of.filter(|_| is_word) else {
            self.policies_of = None;
            return;
        };
        let policies = &mut self.found.admins[at].policies;
        if policies.len() < MAX_POLICIES {
            policies.insert(text.to_owned());
        }
    }

    fn owner(&mut self, kind: OwnerKind, user: Option<u32>, number: u64, text: &str) {
        let package = text
            .strip_prefix("admin=")
            .and_then(Component::parse)
            .map(|component| component.package)
            .or_else(|| {
                let name = text.strip_prefix("package=")?.trim();
                is_name(name).then(|| name.to_owned())
            });
        if let Some(package) = package {
            let known = |owner: &PolicyOwner| {
                owner.kind == kind && owner.user == user && owner.package == package
            };
            if self.found.owners.len() < MAX_ENTRIES && !self.found.owners.iter().any(known) {
                self.found.owners.push(PolicyOwner { kind, user, package, line: number });
            }
        }
    }
}

impl LineParser for DevicePolicyParser {
    type Value = DevicePolicy;

    fn line(&mut self, number: u64, line: &str) {
        let text = line.trim();
        if let Some(block) = block_of(text) {
            self.found.recognised |= matches!(block, Block::Admins(_));
            self.block = block;
            return;
        }
        match self.block {
            Block::None => {}
            Block::Admins(user) => self.admin(user, number, text),
            Block::Owner(kind, user) => self.owner(kind, user, number, text),
        }
    }

    fn end(self, whole: bool) -> Parsed<DevicePolicy> {
        let mut problems = Vec::new();
        if !self.found.recognised {
            problems.push("it has no list of device administrators".to_owned());
        }
        if !whole {
            problems.push("it ends before its end".to_owned());
        }
        Parsed { value: self.found, problems }
    }
}
