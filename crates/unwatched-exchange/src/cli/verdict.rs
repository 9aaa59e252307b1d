//! `verdict recompute`: a verdict computed again from its opinions, without a server. Reads files
//! and nothing else.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde_json::Value;
use unwatched_model::consensus::{self, RULE_VERSION};
use unwatched_model::opinion::Opinion;
use unwatched_model::verdict::Verdict;

use crate::refusal::{Refusal, refused};

/// Compute verdicts again
#[derive(Debug, Args)]
pub struct VerdictCommand {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Compute a verdict again from its opinions, offline; print it, and say what differs
    Recompute {
        /// The verdict as JSON, and its opinions as JSON lines or as the API lists them; in any
        /// order
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
}

impl VerdictCommand {
    /// Does it.
    pub fn run(self) -> anyhow::Result<()> {
        let What::Recompute { files } = self.what;
        let mut read = Read::default();
        for file in &files {
            read.file(file).with_context(|| format!("read {}", file.display()))?;
        }
        let Some(verdict) = read.verdict else {
            return Err(refused("no file holds a verdict: give the one of GET .../verdict"));
        };
        let again = again(&verdict, &read.opinions)?;
        println!("{again}");
        let differences = differences(&verdict, &again);
        if differences.is_empty() {
            eprintln!("the same: class {}, every field equal", word(&again["class"]));
            return Ok(());
        }
        for difference in &differences {
            eprintln!("{difference}");
        }
        Err(Refusal::NotAsItShouldBe(format!(
            "the verdict does not follow from these opinions: {} of its fields differ",
            differences.len()
        ))
        .into())
    }
}

/// What the files held.
#[derive(Default)]
struct Read {
    verdict: Option<Value>,
    opinions: Vec<Opinion>,
}

impl Read {
    fn file(&mut self, path: &Path) -> anyhow::Result<()> {
        let text = std::fs::read_to_string(path)?;
        // One document, or one a line: the reader of a stream takes both.
        for value in serde_json::Deserializer::from_str(&text).into_iter::<Value>() {
            let value = value.map_err(|error| refused(format!("this is no JSON: {error}")))?;
            self.value(value)?;
        }
        Ok(())
    }

    fn value(&mut self, value: Value) -> anyhow::Result<()> {
        if value.get("rule_version").is_some() {
            if self.verdict.replace(value).is_some() {
                return Err(refused("there is a verdict already: give one at a time"));
            }
        } else if let Some(Value::Array(listed)) = value.get("opinions") {
            for opinion in listed {
                self.value(opinion.clone())?;
            }
        } else {
            let opinion = serde_json::from_value(value);
            let opinion = opinion
                .map_err(|error| refused(format!("neither verdict nor opinion: {error}")))?;
            self.opinions.push(opinion);
        }
        Ok(())
    }
}

fn again(verdict: &Value, opinions: &[Opinion]) -> anyhow::Result<Value> {
    let verdict: Verdict = serde_json::from_value(verdict.clone())
        .map_err(|error| refused(format!("this is no verdict: {error}")))?;
    let again = consensus::recompute(&verdict, opinions).ok_or_else(|| {
        refused(format!(
            "rule version {} is not known here: this program knows 1 to {RULE_VERSION}",
            verdict.rule_version
        ))
    })?;
    serde_json::to_value(again).context("write the verdict")
}

/// Field by field, what was given and what was computed; also fields that no verdict has.
fn differences(given: &Value, again: &Value) -> Vec<String> {
    let none = serde_json::Map::new();
    let fields = |value: &Value| value.as_object().unwrap_or(&none).clone();
    let (given, again) = (fields(given), fields(again));
    let names: std::collections::BTreeSet<_> = given.keys().chain(again.keys()).collect();
    let differs = names.into_iter().filter(|name| given.get(*name) != again.get(*name));
    let words = |value: Option<&Value>| value.map_or("nothing".to_owned(), word);
    differs
        .map(|name| {
            let (given, again) = (words(given.get(name)), words(again.get(name)));
            format!("{name}: given {given}, computed {again}")
        })
        .collect()
}

/// Short enough for a line.
fn word(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    if text.chars().count() <= 300 {
        return text;
    }
    text.chars().take(300).chain(['…']).collect()
}
