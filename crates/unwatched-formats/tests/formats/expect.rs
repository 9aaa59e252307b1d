//! Golden files, updated by `UPDATE_EXPECT=1`, and the fixture in the community's form.

use std::fmt::{Display, Write};
use std::fs;
use std::path::{Path, PathBuf};

use unwatched_formats::community::{Parsed, Sources, parse};

pub(crate) fn under_tests(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(path)
}

pub(crate) fn golden(path: &str, found: &[u8]) {
    let path = under_tests("golden").join(path);
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&path, found).unwrap();
    }
    let expected = fs::read(&path).unwrap_or_default();
    assert!(
        found == expected,
        "{} differs (UPDATE_EXPECT=1 to accept):\n{}",
        path.display(),
        String::from_utf8_lossy(found)
    );
}

pub(crate) struct Files {
    pub(crate) ioc: Vec<u8>,
    pub(crate) watchware: Vec<u8>,
    pub(crate) samples: Vec<u8>,
}

impl Files {
    pub(crate) fn read(folder: &Path) -> Self {
        let file = |name: &str| {
            let path = folder.join(name);
            fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        };
        Self {
            ioc: file("ioc.yaml"),
            watchware: file("watchware.yaml"),
            samples: file("samples.csv"),
        }
    }

    pub(crate) fn fixture() -> Self {
        Self::read(&under_tests("fixture"))
    }

    /// The community's own data where the environment names it.
    pub(crate) fn community() -> Option<Self> {
        let Some(folder) = std::env::var_os("UNWATCHED_COMMUNITY_DATA") else {
            eprintln!(
                "notice: UNWATCHED_COMMUNITY_DATA is not set: the figures of the community's own data are not checked, the made-up fixture stands in for it elsewhere"
            );
            return None;
        };
        Some(Self::read(Path::new(&folder)))
    }

    pub(crate) fn parse(&self) -> Parsed {
        let sources = Sources {
            ioc: Some(&self.ioc),
            watchware: Some(&self.watchware),
            samples: Some(&self.samples),
        };
        parse(&sources).expect("the community's files")
    }
}

/// Each item on a line of its own.
pub(crate) fn lines(items: impl IntoIterator<Item = impl Display>) -> String {
    items.into_iter().fold(String::new(), |mut text, item| {
        writeln!(text, "{item}").unwrap();
        text
    })
}
