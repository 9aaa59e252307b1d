//! The passphrase of a case: from a file, from the environment, or typed where nobody sees it; never
//! from the command line, which a shell keeps. In memory it is overwritten when it is dropped.

use std::io;
use std::path::Path;

use unwatched_acquire::case::Secret;
use unwatched_acquire::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use crate::Surroundings;
use crate::exit::{Exit, Failure};

/// Asks at a terminal for what must not be shown.
pub type AskHidden<'a> = &'a dyn Fn(&str) -> io::Result<String>;

/// The variable that holds it where nobody types.
const VARIABLE: &str = "UNWATCHED_PASSPHRASE";
/// How often it is asked for.
pub(crate) const TRIES: usize = 3;
/// A shorter one is tried out in no time.
const LEAST_CHARACTERS: usize = 8;

/// What a file or the environment gives; `None` where neither was named.
pub(crate) fn given(
    file: Option<&Path>,
    surroundings: &Surroundings<'_>,
) -> Result<Option<SecretString>, Failure> {
    if let Some(path) = file {
        return of_file(path).map(Some);
    }
    let variable = (surroundings.variable)(VARIABLE);
    Ok(variable.map(|passphrase| passphrase.to_string_lossy().into_owned().into()))
}

fn of_file(path: &Path) -> Result<SecretString, Failure> {
    let file = Zeroizing::new(crate::opening::read(path)?);
    let text = String::from_utf8_lossy(&file);
    let first = text.trim_start_matches('\u{feff}').lines().next().unwrap_or_default();
    Ok(first.to_owned().into())
}

/// What somebody types; `None` where there is nobody to ask.
pub(crate) fn typed(
    prompt: &str,
    surroundings: &Surroundings<'_>,
) -> Result<Option<SecretString>, Failure> {
    let Some(ask) = surroundings.ask_hidden else { return Ok(None) };
    Ok(Some(ask(prompt)?.into()))
}

/// What opens a case that is there.
pub(crate) fn of_case(
    file: Option<&Path>,
    surroundings: &Surroundings<'_>,
) -> Result<Secret, Failure> {
    let given = match given(file, surroundings)? {
        Some(given) => Some(given),
        None => typed("Passphrase of the case: ", surroundings)?,
    };
    given.map(Secret::new).ok_or_else(nobody_to_ask)
}

/// What a new case is made with: typed twice, for one that was mistyped opens nothing.
pub(crate) fn of_new_case(
    file: Option<&Path>,
    surroundings: &Surroundings<'_>,
) -> Result<Secret, Failure> {
    if let Some(given) = given(file, surroundings)? {
        long_enough(&given).map_err(|what| Failure::said(Exit::Refused, what))?;
        return Ok(Secret::new(given));
    }
    let prompt = "A passphrase for the case; without it nobody can read it: ";
    chosen(prompt, "The two differ. A passphrase for the case: ", "case", surroundings)
        .map(Secret::new)
}

/// What a package, or a folder that it is opened into, is made with: the survivor's, typed twice. The
/// environment's is the case's, and the helper knows it.
pub(crate) fn of_new_package(
    file: Option<&Path>,
    surroundings: &Surroundings<'_>,
) -> Result<SecretString, Failure> {
    if let Some(file) = file {
        let given = of_file(file)?;
        long_enough(&given).map_err(|what| Failure::said(Exit::Refused, what))?;
        return Ok(given);
    }
    let prompt = "A new passphrase, which the person whose phone it is chooses and types; without it nobody can read the package: ";
    let chosen = chosen(prompt, "The two differ. A new passphrase: ", "package", surroundings);
    chosen.map_err(|failure| {
        if surroundings.ask_hidden.is_some() {
            return failure;
        }
        failure.with_hint(
            "Write it into a file of one line and name it: --new-passphrase-file FILE. Or seal to a key: --recipient age1...",
        )
    })
}

/// Typed twice.
fn chosen(
    first_prompt: &str,
    differ: &str,
    what: &str,
    surroundings: &Surroundings<'_>,
) -> Result<SecretString, Failure> {
    let mut prompt = first_prompt.to_owned();
    for _ in 0..TRIES {
        let first = typed(&prompt, surroundings)?.ok_or_else(nobody_to_ask)?;
        if let Err(what) = long_enough(&first) {
            prompt = format!("{what}. Another: ");
            continue;
        }
        let second = typed("The same again: ", surroundings)?.ok_or_else(nobody_to_ask)?;
        if first.expose_secret() == second.expose_secret() {
            return Ok(first);
        }
        differ.clone_into(&mut prompt);
    }
    Err(Failure::said(Exit::Refused, format!("no passphrase was chosen, so no {what} was made")))
}

fn long_enough(passphrase: &SecretString) -> Result<(), String> {
    if passphrase.expose_secret().chars().count() >= LEAST_CHARACTERS {
        return Ok(());
    }
    Err(format!("the passphrase is shorter than {LEAST_CHARACTERS} characters"))
}

fn nobody_to_ask() -> Failure {
    Failure::said(Exit::Refused, "there is no terminal to ask for the passphrase at").with_hint(
        "Write it into a file of one line and name it: --passphrase-file FILE. Or set the variable UNWATCHED_PASSPHRASE.",
    )
}
