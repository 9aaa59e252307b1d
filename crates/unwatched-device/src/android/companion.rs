//! `dumpsys companiondevice`: which apps are linked to another device (a watch, a computer, a
//! second phone). The device's address and name are never kept.

use serde::{Deserialize, Serialize};

use super::component::is_name;
use super::{LineParser, Parsed};

/// One link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Association {
    /// The app that holds it.
    pub package: String,
    /// For which user.
    pub user: Option<u32>,
    /// What the other device is, for example `WATCH`, `APP_STREAMING`, `COMPUTER`.
    pub profile: Option<String>,
    /// It was taken back.
    pub revoked: bool,
    /// Which of several that say the same of different devices, from 1.
    pub nth: u32,
    /// Where.
    pub line: u64,
}

impl Association {
    fn says_the_same(&self, other: &Self) -> bool {
        self.package == other.package && self.profile == other.profile
    }

    /// Whether both say the same, but for where it stands.
    pub(crate) fn is_same_link(&self, other: &Self) -> bool {
        let told = |link: &Self| (link.user, link.revoked, link.nth);
        self.says_the_same(other) && told(self) == told(other)
    }
}

/// What the dump lists.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Companions {
    /// Every link.
    pub associations: Vec<Association>,
    /// Whether the dump has its heading, so that an empty list means "none".
    pub recognised: bool,
}

const MAX_ASSOCIATIONS: usize = 500;

/// The parser.
#[derive(Debug, Default)]
pub struct CompanionParser {
    found: Companions,
    /// The device of each link, to tell two of them apart: never handed on.
    devices: Vec<String>,
    /// In the list of links that were removed, of which the last is kept.
    in_removed: bool,
}

/// The value of a field, in each version's spelling: `mPackageName='a.b'`, `packageName = a.b`.
fn field<'t>(text: &'t str, names: [&str; 2]) -> Option<&'t str> {
    let (at, name) = names.iter().find_map(|name| Some((text.find(name)?, *name)))?;
    let rest = text[at + name.len()..].trim_start().strip_prefix('=')?.trim_start();
    let rest = rest.trim_start_matches(['\'', '"']);
    // Without an end it is half a value.
    let end = rest.find(['\'', '"', ',', '}', ' '])?;
    Some(&rest[..end]).filter(|value| !value.is_empty() && *value != "null")
}

/// What tells one link from another: its number, or the device's address.
fn device(text: &str) -> String {
    let number = text.split_once("mId=").or_else(|| text.split_once("Association "));
    let number = number.map(|(_, rest)| rest.chars().take_while(char::is_ascii_digit).collect());
    let number = number.filter(|digits: &String| !digits.is_empty());
    let address = || field(text, ["mDeviceMacAddress", "deviceMacAddress"]).map(str::to_owned);
    number.or_else(address).unwrap_or_default()
}

/// Android 13 and later may print `pkg=u0/a.b` instead of the fields.
fn short_form(text: &str) -> Option<(Option<u32>, &str)> {
    let rest = &text[text.find("pkg=u")? + 5..];
    let (user, package) = rest.split_once('/')?;
    let end = package.find([',', '}', ' ']).unwrap_or(package.len());
    Some((user.parse().ok(), &package[..end]))
}

impl LineParser for CompanionParser {
    type Value = Companions;

    fn line(&mut self, number: u64, line: &str) {
        let text = line.trim();
        let of_links = text.starts_with("Companion Device Associations");
        self.found.recognised |= of_links;
        self.in_removed |= text.starts_with("Last Removed Association");
        self.in_removed &= !of_links;
        if !text.contains("ssociation") || self.found.associations.len() >= MAX_ASSOCIATIONS {
            return;
        }
        let long = field(text, ["mPackageName", "packageName"])
            .map(|name| (field(text, ["mUserId", "userId"]).and_then(|u| u.parse().ok()), name));
        let Some((user, package)) = long.or_else(|| short_form(text)) else { return };
        if !is_name(package) {
            return;
        }
        let profile = field(text, ["mDeviceProfile", "deviceProfile"])
            .map(|role| role.rsplit("COMPANION_DEVICE_").next().unwrap_or(role))
            .filter(|role| is_name(role))
            .map(|role| role.rsplit('.').next().unwrap_or(role).to_owned());
        let mut association = Association {
            package: package.to_owned(),
            user,
            profile,
            // The other device's name stands before it, and may say anything.
            revoked: self.in_removed
                || text.rsplit_once("mRevoked=").is_some_and(|(_, is)| is.starts_with("true")),
            nth: 1,
            line: number,
        };
        let device = device(text);
        let alike = |known: &Association| {
            let told = |link: &Association| (link.user, link.revoked);
            known.says_the_same(&association) && told(known) == told(&association)
        };
        let known = self.found.associations.iter().zip(&self.devices);
        let (mut others, mut is_known) = (0, false);
        for (_, other) in known.filter(|(known, _)| alike(known)) {
            others += 1;
            is_known |= *other == device;
        }
        if !is_known {
            association.nth += others;
            self.found.associations.push(association);
            self.devices.push(device);
        }
    }

    fn end(self, whole: bool) -> Parsed<Companions> {
        let mut problems = Vec::new();
        if !self.found.recognised {
            problems.push("it has no list of linked devices".to_owned());
        }
        if !whole {
            problems.push("it ends before its end".to_owned());
        }
        Parsed { value: self.found, problems }
    }
}
