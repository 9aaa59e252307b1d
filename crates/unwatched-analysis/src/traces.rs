//! What an app was made and packed with, by the names of its files: `catalogue/frameworks.toml`
//! and `catalogue/packers.toml`.

use std::collections::{BTreeSet, HashSet};
use std::sync::LazyLock;

use serde::Deserialize;
use unwatched_model::report::Trace;

use crate::catalogue::{FRAMEWORKS, PACKERS};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PackersFile {
    packer: Vec<Maker>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FrameworksFile {
    framework: Vec<Maker>,
    library_files: LibraryFiles,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LibraryFiles {
    names: HashSet<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Maker {
    name: String,
    files: Vec<String>,
}

struct Lists {
    packers: Vec<Maker>,
    frameworks: FrameworksFile,
}

static LISTS: LazyLock<Lists> = LazyLock::new(|| {
    let packers: PackersFile =
        PACKERS.read().unwrap_or_else(|error| panic!("a test holds it readable: {error}"));
    let frameworks =
        FRAMEWORKS.read().unwrap_or_else(|error| panic!("a test holds it readable: {error}"));
    Lists { packers: packers.packer, frameworks }
});

/// The traces in these paths, each once with the first place.
pub(crate) fn traces<'n>(paths: impl Iterator<Item = &'n str>) -> Vec<Trace> {
    let mut seen = HashSet::new();
    let mut found = BTreeSet::new();
    let lists = &*LISTS;
    let makers = || {
        let packers = lists.packers.iter().map(|maker| ("packer", maker));
        packers.chain(lists.frameworks.framework.iter().map(|maker| ("framework", maker)))
    };
    for path in paths.filter(|path| may_be_trace(path)) {
        for (kind, maker) in makers() {
            if maker.files.iter().any(|pattern| fits(path, pattern))
                && seen.insert((kind, maker.name.as_str()))
            {
                let (name, place) = (maker.name.clone(), path.to_owned());
                found.insert(Trace { kind: kind.to_owned(), name, place });
            }
        }
    }
    found.into_iter().collect()
}

/// Whether a native library comes with a framework or a well-known component.
pub(crate) fn is_library_file(name: &str) -> bool {
    LISTS.frameworks.library_files.names.contains(name)
}

fn may_be_trace(path: &str) -> bool {
    ["lib/", "assets/", "assemblies/"].iter().any(|folder| path.starts_with(folder))
}

/// Whether the path has the pattern's parts in their order, the first at its start and the last at
/// its end.
fn fits(path: &str, pattern: &str) -> bool {
    let Some((first, mut rest)) = pattern.split_once('*') else { return path == pattern };
    let Some(mut path) = path.strip_prefix(first) else { return false };
    while let Some((part, after)) = rest.split_once('*') {
        let Some(at) = path.find(part) else { return false };
        path = &path[at + part.len()..];
        rest = after;
    }
    path.ends_with(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_in_order_and_whole() {
        assert!(fits("lib/arm64-v8a/libjiagu_a64.so", "lib/*/libjiagu*.so"));
        assert!(fits("assets/app_acf", "assets/app_acf"));
        assert!(fits("assets/flutter_assets/x/y", "assets/flutter_assets/*"));
        assert!(!fits("lib/arm64-v8a/libjiagu.so.txt", "lib/*/libjiagu*.so"));
        assert!(!fits("x/lib/a/libjiagu.so", "lib/*/libjiagu*.so"));
    }

    #[test]
    fn each_maker_is_named_once() {
        let paths = [
            "lib/x86/libflutter.so",
            "lib/arm64-v8a/libflutter.so",
            "lib/x86/libjiagu.so",
            "res/libjiagu.so",
        ];
        let found = traces(paths.into_iter());
        let named: Vec<_> = found.iter().map(|one| (&*one.kind, &*one.name, &*one.place)).collect();
        assert_eq!(
            named,
            [
                ("framework", "Flutter", "lib/x86/libflutter.so"),
                ("packer", "360 Jiagu", "lib/x86/libjiagu.so"),
            ]
        );
    }
}
