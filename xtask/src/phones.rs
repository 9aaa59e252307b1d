//! `cargo xtask phones FOLDER --seed N`: a seed's population of made-up phones as files, each as a
//! bugreport and as an AndroidQF folder, with what a check should say of it in `expected.json`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::{Value, json};
use unwatched_fixtures::phone::population::{Expected, Kind, Phone, population};

/// Which, and where to.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Where the phones go; made where it is absent
    folder: PathBuf,
    /// Which population
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    for phone in population(arguments.seed) {
        write(&phone, &arguments.folder.join(&phone.label))?;
    }
    println!("46 phones of seed {} are in {}", arguments.seed, arguments.folder.display());
    Ok(())
}

fn write(phone: &Phone, folder: &Path) -> Result<()> {
    let acquisition = folder.join("androidqf");
    fs::create_dir_all(&acquisition)
        .with_context(|| format!("cannot make {}", folder.display()))?;
    fs::write(folder.join("bugreport.zip"), phone.bugreport_zip())?;
    for (name, bytes) in phone.android_qf() {
        fs::write(acquisition.join(name), bytes)?;
    }
    let text = serde_json::to_string_pretty(&expected(phone))? + "\n";
    fs::write(folder.join("expected.json"), text)?;
    Ok(())
}

fn expected(phone: &Phone) -> Value {
    let kind = match phone.kind {
        Kind::Clean => "nobody watches: no app above notable",
        Kind::DualUse => "an open app of two uses",
        Kind::Watcher => "a hidden watcher",
        Kind::Engineer => "access by somebody who knows phones",
    };
    let planted: Vec<_> = phone
        .planted
        .iter()
        .map(|planted| {
            let expected = match planted.expected {
                Expected::StrongSigns => "strong_signs",
                Expected::DualUse => "kind dual_use, at most needs_expert_look",
                Expected::Access => "a finding of kind access",
            };
            json!({ "package": planted.package, "expected": expected })
        })
        .collect();
    json!({
        "kind": kind,
        "handset": format!("{} {}", phone.handset.maker, phone.handset.model),
        "android": phone.handset.release,
        "planted": planted,
    })
}
