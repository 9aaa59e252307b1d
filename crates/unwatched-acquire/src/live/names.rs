//! What may stand in a command beside its own words: names of apps, files, users and components, each
//! a type of its own that holds nothing a shell could take for anything else.

use std::fmt;
use std::str::FromStr;

/// What was given is no such name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is not {0}")]
pub struct NotAName(&'static str);

/// An app's package name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackageName(String);

impl PackageName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Letters, digits, underscores; dots between; as Android's package manager has it.
fn is_dotted(text: &str, longest: usize) -> bool {
    let part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    text.len() <= longest && text.split('.').all(part)
}

impl FromStr for PackageName {
    type Err = NotAName;

    fn from_str(text: &str) -> Result<Self, NotAName> {
        let is_name = is_dotted(text, 223) && (text.contains('.') || text == "android");
        is_name.then(|| Self(text.to_owned())).ok_or(NotAName("a package name"))
    }
}

impl fmt::Display for PackageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The file of an app, by its path on the phone: nothing else is ever fetched.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AppFile(String);

impl AppFile {
    /// The path.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AppFile {
    type Err = NotAName;

    fn from_str(text: &str) -> Result<Self, NotAName> {
        // What a path of an app holds on every Android: `~~`, `==`, `-`, and names.
        let fits = |c: char| c.is_ascii_alphanumeric() || "/._-~=+@".contains(c);
        let is_path = text.starts_with('/')
            && text.len() <= 512
            && text.strip_suffix(".apk").is_some()
            && text.chars().all(fits)
            && text[1..].split('/').all(|part| !part.is_empty() && part != "." && part != "..");
        is_path.then(|| Self(text.to_owned())).ok_or(NotAName("the path of an app's file"))
    }
}

impl fmt::Display for AppFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A user or profile of the phone, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserId(u16);

impl UserId {
    /// The one that every phone has.
    pub const OWNER: Self = Self(0);

    /// A number that a phone gives: they begin at 0, and makers' own lie around 100 and 1000.
    pub fn new(number: u16) -> Option<Self> {
        (number < 10_000).then_some(Self(number))
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A part of an app: `com.example.watch/.Receiver`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Component {
    package: PackageName,
    class: String,
}

impl Component {
    /// Whose it is.
    pub fn package(&self) -> &PackageName {
        &self.package
    }
}

impl FromStr for Component {
    type Err = NotAName;

    fn from_str(text: &str) -> Result<Self, NotAName> {
        let wrong = NotAName("a part of an app");
        let (package, class) = text.split_once('/').ok_or(wrong)?;
        let package = package.parse().map_err(|_| wrong)?;
        // An inner class has a dollar sign in its name: quoted, it is one to no shell.
        let plain = class.strip_prefix('.').unwrap_or(class).replace('$', "_");
        let is_class = is_dotted(&plain, 400);
        is_class.then(|| Self { package, class: class.to_owned() }).ok_or(wrong)
    }
}

impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.package, self.class)
    }
}

/// A serial number by which the adb server knows a phone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Serial(String);

impl Serial {
    /// The number.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Serial {
    type Err = NotAName;

    fn from_str(text: &str) -> Result<Self, NotAName> {
        let is_serial =
            !text.is_empty() && text.len() <= 128 && text.chars().all(|c| c.is_ascii_graphic());
        is_serial.then(|| Self(text.to_owned())).ok_or(NotAName("a serial number"))
    }
}

impl fmt::Display for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_name_is_nothing_that_a_shell_reads() {
        for good in ["android", "com.example", "com.Example_2.a1", "a.b._c"] {
            assert!(good.parse::<PackageName>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "com",
            "com.example;reboot",
            "com.example reboot",
            "com..example",
            ".com.example",
            "com.example.",
            "com.1example",
            "com.exämple",
            "com.example\n",
            "$(id).a",
            "-f.a",
        ] {
            assert!(bad.parse::<PackageName>().is_err(), "{bad:?}");
        }
        assert!(format!("a.{}", "b".repeat(222)).parse::<PackageName>().is_err());
    }

    #[test]
    fn only_files_of_apps_can_be_fetched() {
        for good in [
            "/data/app/~~AbC_-1==/com.example-xY==/base.apk",
            "/system/priv-app/A+B/split_config.en.apk",
        ] {
            assert!(good.parse::<AppFile>().is_ok(), "{good}");
        }
        for bad in [
            "base.apk",
            "/data/app/../base.apk",
            "/data//base.apk",
            "/data/app/base.apk/",
            "/sdcard/DCIM/holiday.jpg",
            "/data/app/a b.apk",
            "/data/`id`.apk",
            "/data/$x.apk",
            "/data/a'.apk",
            "/data/a\n.apk",
            "/./base.apk",
        ] {
            assert!(bad.parse::<AppFile>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_component_keeps_its_inner_class() {
        let name = "com.example.watch/.Admin$Receiver";
        assert_eq!(name.parse::<Component>().unwrap().to_string(), name);
        for bad in ["com.example", "com.example/", "com.example/a b", "com.example/.A;b", "a/b/c"] {
            assert!(bad.parse::<Component>().is_err(), "{bad:?}");
        }
    }
}
