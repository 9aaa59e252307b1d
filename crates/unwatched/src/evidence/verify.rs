//! `unwatched evidence verify`: whether a package is as it was sealed, and what it says of itself.

use std::fmt::Write as _;

use jiff::Timestamp;
use unwatched_acquire::sealed::{Link, Package};
use unwatched_model::text::shown;

use super::package::{open, opens_with, refuse_changed};
use crate::cli::Verify;
use crate::exit::Failure;
use crate::words::{counted, day};
use crate::{Surroundings, print};

pub(super) fn run(arguments: &Verify, surroundings: &mut Surroundings<'_>) -> Result<(), Failure> {
    let (package, _) = open(&arguments.file, &arguments.opens, surroundings)?;
    let mut text = about(&package);
    text.push_str(&custody(&package));
    print(surroundings, &text)?;
    refuse_changed(&arguments.file, &package, surroundings)?;
    let files = counted(package.manifest().files.len(), "file", "files");
    print(
        surroundings,
        &format!(
            "as it was sealed: {files} and the signature. It is the package that was sealed where the\n\
             words above are the ones that were written down then.\n"
        ),
    )?;
    Ok(())
}

/// A time in words, always in the same zone.
fn moment(at: Timestamp) -> String {
    format!("{at:.0} (UTC)")
}

fn about(package: &Package) -> String {
    let manifest = package.manifest();
    let mut text = String::new();
    let words = package.words().unwrap_or_else(|| "none: its key cannot be read".to_owned());
    let _ = writeln!(text, "words: {words}");
    let _ = writeln!(text, "sealed: {} with {}", moment(manifest.sealed_at), shown(&manifest.tool));
    let _ = writeln!(text, "{}", opens_with(manifest));
    let indicators = match &manifest.indicators {
        Some(indicators) => {
            let unknown =
                if indicators.signature_checked { "" } else { ", without knowing who signed it" };
            format!("release {} of {}{unknown}", indicators.sequence, day(indicators.published))
        }
        None => "none".to_owned(),
    };
    let _ = writeln!(text, "indicators: {indicators}");
    for look in &manifest.acquisitions {
        let ended = match look.ended {
            Some(ended) => format!("ended {}", moment(ended)),
            None => "was cut off".to_owned(),
        };
        let _ = writeln!(
            text,
            "look {}: began {}, {ended}; findings {}",
            look.number,
            moment(look.began),
            shown(&look.findings_sha256)
        );
    }
    for problem in &manifest.problems {
        let _ = writeln!(text, "of the case: {}", shown(problem));
    }
    // What was asked of the phone may name apps: it stands in the package, not on a screen.
    let damaged = manifest.files.iter().filter(|file| file.problem.is_some());
    for file in damaged {
        let what = file.problem.as_deref().unwrap_or_default();
        let _ = writeln!(text, "{}: {}", shown(&file.path), shown(what));
    }
    if !manifest.left_out.is_empty() {
        let left_out = counted(manifest.left_out.len(), "answer", "answers");
        let _ = writeln!(text, "could not be sealed: {left_out}, named in the manifest");
    }
    text
}

/// The custody entries, and the words for the last.
pub(super) fn custody(package: &Package) -> String {
    let mut text = String::from("custody:\n");
    for Link { number, at, by, what, .. } in package.custody() {
        let _ = writeln!(text, "  {number}. {}, {}: {}", moment(*at), by.as_str(), shown(what));
    }
    let _ = writeln!(text, "words of custody: {}", package.words_of_custody());
    text
}
