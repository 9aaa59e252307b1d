//! The layers: a crate uses only crates of a lower number. Read from cargo's own metadata.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use serde::Deserialize;

use crate::cargo;

/// Where a crate stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Layer {
    /// What ships, from the ground up.
    Number(u8),
    /// For tests and chores; nothing that ships may use it.
    Workshop,
}

/// The table of the house. A crate that is not in it belongs nowhere yet: decide, then add it.
const LAYERS: &[(&str, Layer)] = &[
    ("unwatched-model", Layer::Number(0)),
    ("unwatched-formats", Layer::Number(1)),
    ("unwatched-analysis", Layer::Number(1)),
    ("unwatched-device", Layer::Number(1)),
    ("unwatched-fixtures", Layer::Number(1)),
    ("unwatched-statistics", Layer::Number(1)),
    ("unwatched-store", Layer::Number(2)),
    ("unwatched-acquire", Layer::Number(2)),
    ("unwatched-exchange", Layer::Number(3)),
    ("unwatched", Layer::Number(3)),
    ("unwatched-testkit", Layer::Workshop),
    ("xtask", Layer::Workshop),
];

/// Pairs that lie in the right layers and must not meet all the same: trust and machine differ.
const NEVER: &[(&str, &str)] = &[
    ("unwatched", "unwatched-store"),
    ("unwatched-exchange", "unwatched-device"),
    ("unwatched-exchange", "unwatched-acquire"),
];

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    /// `null` for ordinary ones, else `dev` or `build`.
    kind: Option<String>,
}

/// `cargo xtask layers`.
pub(crate) fn run() -> Result<()> {
    let problems = problems(&metadata()?);
    if !problems.is_empty() {
        bail!("the layers do not hold:\n  {}", problems.join("\n  "));
    }
    println!("{} crates, every one uses only what lies below it", LAYERS.len());
    Ok(())
}

fn metadata() -> Result<Metadata> {
    let mut command = cargo::cargo();
    command.args(["metadata", "--format-version", "1", "--no-deps", "--locked"]);
    Ok(serde_json::from_str(&cargo::output(&mut command)?)?)
}

fn problems(metadata: &Metadata) -> Vec<String> {
    let layers: BTreeMap<_, _> = LAYERS.iter().copied().collect();
    let mut problems = Vec::new();
    for package in &metadata.packages {
        let Some(&own) = layers.get(package.name.as_str()) else {
            problems.push(format!("{} stands in no layer", package.name));
            continue;
        };
        // Tests may use what they like: only what ships is held.
        let shipped =
            package.dependencies.iter().filter(|used| used.kind.as_deref() != Some("dev"));
        for used in shipped {
            let Some(&below) = layers.get(used.name.as_str()) else { continue };
            let fits = own == Layer::Workshop || below < own;
            if !fits || NEVER.contains(&(package.name.as_str(), used.name.as_str())) {
                problems.push(format!("{} must not use {}", package.name, used.name));
            }
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(package: &str, kind: Option<&str>, uses: &str, expected: &[&str]) {
        let dependency = Dependency { name: uses.to_owned(), kind: kind.map(str::to_owned) };
        let package = Package { name: package.to_owned(), dependencies: vec![dependency] };
        assert_eq!(problems(&Metadata { packages: vec![package] }), expected);
    }

    #[test]
    fn the_house_holds() {
        let problems = problems(&metadata().expect("cargo gives its metadata"));
        assert!(problems.is_empty(), "{problems:#?}");
    }

    #[test]
    fn what_does_not_fit_is_named() {
        check("unwatched-device", None, "unwatched-model", &[]);
        check("unwatched-device", None, "serde", &[]);
        let sideways = "unwatched-device must not use unwatched-formats";
        check("unwatched-device", None, "unwatched-formats", &[sideways]);
        check("unwatched-device", Some("dev"), "unwatched-formats", &[]);
        check("unwatched", None, "unwatched-store", &["unwatched must not use unwatched-store"]);
        check(
            "unwatched",
            None,
            "unwatched-testkit",
            &["unwatched must not use unwatched-testkit"],
        );
        check("unwatched-new", None, "serde", &["unwatched-new stands in no layer"]);
    }
}
