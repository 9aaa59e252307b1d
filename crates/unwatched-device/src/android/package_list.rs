//! `pm list packages` with any of its options: `package:<path>=<package> versionCode:<n>
//! installer=<package> uid:<n>`. A path may hold `=` itself, so the last one before the first
//! space counts.

use serde::{Deserialize, Serialize};

use super::component::is_name;
use super::{LineParser, Parsed};

const MAX_PACKAGES: usize = 20_000;

/// One line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedPackage {
    /// Its package name.
    pub package: String,
    /// Where its file lies (`-f`).
    pub path: Option<String>,
    /// Who installed it (`-i`).
    pub installer: Option<String>,
    /// Whether the line says anything about who installed it.
    pub installer_given: bool,
    /// The line.
    pub line: u64,
}

impl ListedPackage {
    /// Whether it came with the phone, as its path tells.
    pub fn came_with_phone(&self) -> Option<bool> {
        const WITH_PHONE: [&str; 8] = [
            "/system/",
            "/system_ext/",
            "/product/",
            "/vendor/",
            "/apex/",
            "/odm/",
            "/oem/",
            "/my_",
        ];
        let path = self.path.as_deref()?;
        if WITH_PHONE.iter().any(|folder| path.starts_with(folder)) {
            return Some(true);
        }
        // An update of what came with the phone lies there as well.
        path.starts_with("/data/app/").then_some(false)
    }

    /// The same package in another list: what the first did not say.
    pub(crate) fn merge(&mut self, other: Self) {
        self.path = self.path.take().or(other.path);
        self.installer = self.installer.take().or(other.installer);
        self.installer_given |= other.installer_given;
    }
}

/// Reads the list.
#[derive(Debug, Default)]
pub struct PackageListParser {
    packages: Vec<ListedPackage>,
    other_lines: usize,
    left_out: usize,
}

fn listed(number: u64, line: &str) -> Option<ListedPackage> {
    let rest = line.trim().strip_prefix("package:")?;
    let mut words = rest.split_whitespace();
    let first = words.next()?;
    let (path, package) = match first.rsplit_once('=') {
        Some((path, package)) => (Some(path.to_owned()), package),
        None => (None, first),
    };
    let installer = words.find_map(|word| word.strip_prefix("installer="));
    is_name(package).then(|| ListedPackage {
        package: package.to_owned(),
        path,
        installer: installer.filter(|name| is_name(name) && *name != "null").map(str::to_owned),
        installer_given: installer.is_some(),
        line: number,
    })
}

impl LineParser for PackageListParser {
    type Value = Vec<ListedPackage>;

    fn line(&mut self, number: u64, line: &str) {
        match listed(number, line) {
            Some(package) if self.packages.len() < MAX_PACKAGES => self.packages.push(package),
            Some(_) => self.left_out += 1,
            None => self.other_lines += usize::from(!line.trim().is_empty()),
        }
    }

    fn end(self, _: bool) -> Parsed<Vec<ListedPackage>> {
        let mut problems = Vec::new();
        if self.left_out > 0 {
            problems.push(format!("{} packages were left out", self.left_out));
        }
        if self.other_lines > 0 {
            problems.push(format!("{} lines name no package", self.other_lines));
        }
        Parsed { value: self.packages, problems }
    }
}
