//! Every sentence that the program's own code holds, of the plan, a removal, the close and all the
//! rest, whether a test makes the program say it or not.

use std::fs;
use std::path::{Path, PathBuf};

use unwatched_fixtures::never_said::found_in;

/// Where sentences for helpers stand, below `crates/`.
const CODE: [&str; 4] = [
    "unwatched/src",
    "unwatched-acquire/src/live",
    "unwatched-acquire/src/case",
    "unwatched-device/src",
];

fn crates() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(path);
        }
    }
}

/// The sentences among the texts in quotes of a file, and its help texts, without its tests.
fn sentences(code: &str) -> Vec<String> {
    let code = code.split("#[cfg(test)]").next().unwrap();
    // What clap shows of a command is written as its comment.
    let is_help = code.contains("clap::");
    let mut all = Vec::new();
    let mut quoted = String::new();
    let mut inside = false;
    for line in code.lines() {
        let line = line.trim();
        if let Some(help) = line.strip_prefix("///").filter(|_| !inside && is_help) {
            all.push(help.to_owned());
        }
        if !inside && line.starts_with("//") {
            continue;
        }
        // An apostrophe or a quote mark by itself stands before no sentence.
        let line = if inside { line.to_owned() } else { line.replace("'\"'", "") };
        let mut characters = line.chars();
        while let Some(character) = characters.next() {
            match character {
                '"' => {
                    if inside {
                        all.push(std::mem::take(&mut quoted));
                    }
                    inside = !inside;
                }
                '\\' if inside => quoted.extend(characters.next().filter(|c| *c == '"')),
                other if inside => quoted.push(other),
                _ => {}
            }
        }
        if inside {
            quoted.push(' ');
        }
    }
    all.retain(|text| text.contains(' '));
    all
}

#[test]
fn sentences_are_found_wherever_they_break() {
    let code = "/// Not a sentence.\nlet a = '\"'; say(\"One \\\"of\\\"\\n\\\n  them\", \"two more\");\n// \"not one\"\n#[cfg(test)]\n\"nor this\"";
    assert_eq!(sentences(code), ["One \"of\" them", "two more"]);
    assert!(sentences("use clap::Args;\n/// Shown as help").contains(&" Shown as help".to_owned()));
}

#[test]
fn no_sentence_of_the_program_says_what_is_never_said() {
    let (mut counted, mut said) = (0, Vec::new());
    for folder in CODE {
        let mut all = Vec::new();
        files(&crates().join(folder), &mut all);
        for path in all {
            for sentence in sentences(&fs::read_to_string(&path).unwrap()) {
                counted += 1;
                let found = found_in(&sentence, "en");
                said.extend(found.map(|found| format!("{}: {found}", path.display())));
            }
        }
    }
    assert!(said.is_empty(), "{}", said.join("\n"));
    let page = crates().join("unwatched-device/templates/report.html");
    assert_eq!(found_in(&fs::read_to_string(page).unwrap(), "en"), None);
    assert!(counted > 1_000, "only {counted} sentences were found");
}
