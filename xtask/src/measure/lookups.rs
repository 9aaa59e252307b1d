//! Loading a compiled indicator set and looking values up, timed inside one process.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use unwatched_formats::release::{Limits, open_bundle};
use unwatched_model::indicator::IndicatorKind;
use unwatched_model::set::IndicatorSet;

use super::cost::now;

/// How many values are looked up: every listed one in turn, and between them as many unlisted.
const LOOKUPS: usize = 100_000;

/// The release whose set is loaded.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A release's bundle
    bundle: PathBuf,
}

/// What was timed.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Timed {
    pub(crate) pairs: usize,
    pub(crate) load_us: u128,
    pub(crate) lookups: usize,
    pub(crate) lookups_us: u128,
}

/// The hidden chore: prints [`Timed`] as JSON.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let bundle = fs::read(&arguments.bundle).context("the bundle cannot be read")?;
    let (_, indicators) = open_bundle(&bundle, &Limits::default())?.into_unverified();
    let started = now();
    let set = IndicatorSet::from_bytes(&indicators)?;
    let load_us = started.elapsed().as_micros();

    let asked = asked(&set);
    let started = now();
    let hits = asked.iter().filter(|(kind, value)| !set.lookup(*kind, value).is_empty()).count();
    let lookups_us = started.elapsed().as_micros();
    if hits < LOOKUPS / 2 {
        bail!("only {hits} of {LOOKUPS} lookups found something, and half ask for listed values");
    }
    let timed = Timed { pairs: set.len(), load_us, lookups: asked.len(), lookups_us };
    println!("{}", serde_json::to_string(&timed)?);
    Ok(())
}

fn asked(set: &IndicatorSet) -> Vec<(IndicatorKind, String)> {
    let listed: Vec<_> = set
        .iter()
        .filter(|entry| entry.kind != IndicatorKind::CertificateCommonNamePattern)
        .map(|entry| (entry.kind, entry.value.to_owned()))
        .collect();
    let mut asked = Vec::with_capacity(LOOKUPS);
    for (number, (kind, value)) in listed.iter().cycle().take(LOOKUPS / 2).enumerate() {
        asked.push((*kind, value.clone()));
        asked.push((IndicatorKind::Package, format!("com.example.unlisted{number}")));
    }
    asked
}
