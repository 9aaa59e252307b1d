//! Every path that ARCHITECTURE.md names is there. A path is whole, from the root of the
//! repository; within a row or a paragraph a later one may stand below what an earlier one named
//! (a crate counts as named by its name), as a reader takes it.

#![cfg(test)]

use std::path::PathBuf;

use crate::house;

/// Not in the repository: files of a release.
const ELSEWHERE: [&str; 1] = ["index.json"];

const ENDINGS: [&str; 4] = [".rs", ".toml", ".md", ".json"];

/// What a paragraph, a row or an item of a list holds between backticks.
fn tokens(passage: &str) -> impl Iterator<Item = &str> {
    passage.split('`').skip(1).step_by(2)
}

fn is_path(token: &str) -> bool {
    let is_plain = !token.starts_with('/') && !token.contains([' ', '<', '(']);
    is_plain && (token.contains('/') || ENDINGS.iter().any(|ending| token.ends_with(ending)))
}

/// Passages of a page, each with the number of its first line; code blocks and links are none.
fn passages(page: &str) -> Vec<(usize, String)> {
    let mut passages: Vec<(usize, String)> = Vec::new();
    let (mut is_code, mut goes_on) = (false, false);
    for (line, number) in page.lines().zip(1..) {
        if line.starts_with("```") {
            is_code = !is_code;
            goes_on = false;
            continue;
        }
        let begins = |mark: char| line.trim_start().starts_with(mark);
        let is_item = begins('|') || begins('-') || line.starts_with(|c: char| c.is_ascii_digit());
        if is_code || line.is_empty() {
            goes_on = false;
        } else if goes_on && !is_item {
            let (_, passage) = passages.last_mut().expect("it goes on");
            passage.push(' ');
            passage.push_str(line);
        } else {
            passages.push((number, line.to_owned()));
            goes_on = true;
        }
    }
    passages
}

/// Where a path leads: from the root, or below what was named before it in the same passage.
fn found(token: &str, named: &[PathBuf]) -> Option<PathBuf> {
    let root = house::root();
    let whole = [root.join(token), root.join("crates").join(token)];
    let below = named.iter().rev().flat_map(|path| path.ancestors()).filter(|base| *base != root);
    let below = below.flat_map(|base| [base.join(token), base.join("src").join(token)]);
    whole.into_iter().chain(below).find(|path| path.exists())
}

/// The paths of a page that lead nowhere.
fn lost(page: &str) -> Vec<String> {
    let mut lost = Vec::new();
    for (line, passage) in passages(page) {
        let mut named: Vec<PathBuf> = Vec::new();
        for token in tokens(&passage) {
            let crate_of_that_name = house::root().join("crates").join(token);
            if !token.is_empty() && !token.contains('/') && crate_of_that_name.is_dir() {
                named.push(crate_of_that_name);
            } else if is_path(token) && !ELSEWHERE.contains(&token) {
                match found(token, &named) {
                    Some(path) => named.push(path),
                    None => lost.push(format!("line {line}: {token}")),
                }
            }
        }
    }
    lost
}

#[test]
fn every_path_the_architecture_names_is_there() {
    let page = std::fs::read_to_string(house::root().join("ARCHITECTURE.md"));
    assert_eq!(lost(&page.expect("ARCHITECTURE.md is there")), Vec::<String>::new());
}

#[test]
fn a_path_that_is_not_there_is_seen() {
    let page = "`xtask/src/main.rs` and `house.rs`,\nthen `gone.rs`\n\n- `house.rs`\n\n`/feeds/v1`\n\
                ```\n`nothing.rs`\n```\n- `unwatched-model`: `set/`, `sets/`\n";
    assert_eq!(lost(page), ["line 1: gone.rs", "line 4: house.rs", "line 10: sets/"]);
}
