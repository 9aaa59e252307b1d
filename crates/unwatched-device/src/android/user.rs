//! `dumpsys user`: which users and profiles there are, and of what kind. Names of users are never
//! kept.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{LineParser, Parsed};

/// What a user of the phone is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserKind {
    /// Whoever set the phone up.
    Main,
    /// Another person, or the same one twice, with a home screen of its own.
    Second,
    /// A guest.
    Guest,
    /// A work profile, or one made by an app in the same way.
    Managed,
    /// A space that holds second copies of apps.
    Clone,
    /// A space that its owner hides: Android's private space, a maker's secure folder.
    Private,
    /// Another profile beside the main user.
    OtherProfile,
}

/// What the dump lists.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Users {
    /// Every user's number, kind and line.
    pub users: BTreeMap<u32, (UserKind, u64)>,
    /// Whether the dump has its list.
    pub lists_users: bool,
}

/// The parser.
#[derive(Debug, Default)]
pub struct UserParser {
    found: Users,
    current: Option<u32>,
}

const MAX_USERS: usize = 1_000;

/// Flags of `UserInfo`, the same since Android 5 (`FULL`, `PROFILE`: since 10).
mod flag {
    pub(super) const PRIMARY: u32 = 0x1;
    pub(super) const GUEST: u32 = 0x4;
    pub(super) const MANAGED_PROFILE: u32 = 0x20;
    pub(super) const DEMO: u32 = 0x200;
    pub(super) const PROFILE: u32 = 0x1000;
}

/// Numbers that makers keep for spaces of their own, where no type is printed.
const SAMSUNG_DUAL_MESSENGER: u32 = 95;
const HUAWEI_TWIN: u32 = 128;
const SAMSUNG_SECURE_FOLDER: std::ops::RangeInclusive<u32> = 150..=160;
const CLONES_OF_SEVERAL_MAKERS: u32 = 999;

fn by_number_and_flags(user: u32, flags: u32) -> UserKind {
    let has = |wanted| flags & wanted != 0;
    match user {
        0 => UserKind::Main,
        SAMSUNG_DUAL_MESSENGER | HUAWEI_TWIN | CLONES_OF_SEVERAL_MAKERS => UserKind::Clone,
        user if SAMSUNG_SECURE_FOLDER.contains(&user) => UserKind::Private,
        _ if has(flag::MANAGED_PROFILE) => UserKind::Managed,
        _ if has(flag::GUEST) => UserKind::Guest,
        _ if has(flag::PROFILE) => UserKind::OtherProfile,
        _ if has(flag::PRIMARY) || has(flag::DEMO) => UserKind::Main,
        _ => UserKind::Second,
    }
}

/// What Android 11 and later print behind `Type:`.
fn by_type(user: u32, text: &str, known: UserKind) -> UserKind {
    // A maker's space is printed with a type of Android's that says something else of it.
    if matches!(known, UserKind::Private | UserKind::Clone) {
        return known;
    }
    let kind = text.rsplit("usertype.").next().unwrap_or(text).trim();
    match kind {
        _ if user == 0 => UserKind::Main,
        kind if kind.starts_with("profile.PRIVATE") => UserKind::Private,
        kind if kind.starts_with("profile.CLONE") => UserKind::Clone,
        kind if kind.starts_with("profile.MANAGED") => UserKind::Managed,
        kind if kind.starts_with("profile.") => UserKind::OtherProfile,
        kind if kind.starts_with("full.GUEST") => UserKind::Guest,
        kind if kind.starts_with("full.") => UserKind::Second,
        _ => known,
    }
}

/// Number and flags in `UserInfo{10:a name:1030}`; the name may hold colons itself.
fn user_info(text: &str) -> Option<(u32, u32)> {
    let inner = &text[text.find("UserInfo{")? + 9..];
    let (number, rest) = inner.split_once(':')?;
    let inner = rest.split('}').next().unwrap_or(rest);
    let flags = inner.rsplit(':').next().and_then(|flags| u32::from_str_radix(flags, 16).ok());
    Some((number.parse().ok()?, flags.unwrap_or(0)))
}

impl LineParser for UserParser {
    type Value = Users;

    fn line(&mut self, number: u64, line: &str) {
        let text = line.trim();
        if text.starts_with("Users:") {
            self.found.lists_users = true;
        } else if text.starts_with("UserInfo{") {
            self.found.lists_users = true;
            let Some((user, flags)) = user_info(text) else { return };
            self.current = Some(user);
            if self.found.users.len() < MAX_USERS {
                let kind = by_number_and_flags(user, flags);
                self.found.users.entry(user).or_insert((kind, number));
            }
        } else if let (Some(kind), Some(user)) = (text.strip_prefix("Type:"), self.current)
            && let Some((known, _)) = self.found.users.get_mut(&user)
        {
            *known = by_type(user, kind, *known);
        }
    }

    fn end(self, whole: bool) -> Parsed<Users> {
        let mut problems = Vec::new();
        if !self.found.lists_users {
            problems.push("it has no list of users".to_owned());
        }
        if !whole {
            problems.push("it ends before its end".to_owned());
        }
        Parsed { value: self.found, problems }
    }
}
