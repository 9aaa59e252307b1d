//! The checker on a bugreport of 60 MB and on the AndroidQF acquisition of the same made-up phone,
//! beside the field's own tool on the same files with the same indicators.

mod mvt;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use serde_json::Value;

use super::cost::{self, Cost};
use super::release::Programs;
use super::table::Table;
use super::{Arguments, feed};
use crate::{cargo, house};

/// One kind of evidence, and how much less than the peer is the goal.
struct Input {
    what: &'static str,
    path: &'static str,
    peer_command: &'static str,
    goal: &'static str,
    times: &'static str,
}

const INPUTS: [Input; 2] = [
    Input {
        what: "a bugreport.zip, 60 MB of text, 300 packages",
        path: "phone/bugreport.zip",
        peer_command: "check-bugreport",
        goal: "1 CPU s, 64 MiB",
        times: "30 times",
    },
    Input {
        what: "the AndroidQF folder of the same phone",
        path: "phone/androidqf",
        peer_command: "check-androidqf",
        goal: "0.5 CPU s",
        times: "10 times",
    },
];

/// A run of few milliseconds is too short for the kernel's account: it is repeated.
const REPEATED: i64 = 10;

pub(super) fn measure(arguments: &Arguments) -> Result<Table> {
    let programs = Programs::of(arguments.programs.as_deref())?;
    let folder = tempfile::tempdir()?;
    let at = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let mut rig = Command::new("python3");
    rig.arg(house::root().join("rigs/gen_android_bugreport.py"));
    rig.args([&at("phone"), "--mb", "60", "--packages", "300"]).stdout(Stdio::null());
    cargo::run(&mut rig)?;
    let bundle = feed::bundle(&programs, folder.path())?;
    let bundle = bundle.to_str().context("the temporary folder has a name in UTF-8")?;
    let indicators = feed::file(&programs, folder.path(), "stalkerware.stix2")?;
    let peer = mvt::install()?;

    let mut table = Table::new();
    for input in INPUTS {
        let evidence = at(input.path);
        let words = ["check", &evidence, "--json", "--indicators", bundle, "--home", &at("home")];
        let ours = mean(&programs.checker(&words))?;
        table.cost(&format!("`unwatched check` of {}", input.what), ours, input.goal);
        let out = at(input.peer_command);
        let theirs = peer.check(input.peer_command, Path::new(&evidence), &indicators, &out);
        let theirs = cost::of(&theirs).with_context(|| format!("{} on {evidence}", mvt::NAME))?;
        table.cost(&format!("{}, `{}` of the same", mvt::NAME, input.peer_command), theirs, "");
        let times = theirs.cpu_ms / ours.cpu_ms.max(1);
        table.row("its CPU against ours", format!("{times} times"), input.times);
    }
    loading(&programs, &at("tiny.txt"), bundle, &at("home"), &mut table)?;
    Ok(table)
}

/// The whole program on evidence that holds nothing: what is left is its start and the loading.
fn loading(
    programs: &Programs,
    tiny: &str,
    bundle: &str,
    home: &str,
    table: &mut Table,
) -> Result<()> {
    fs::write(tiny, "== dumpstate: 2026-01-05 10:00:00\n")?;
    let words = ["check", tiny, "--json", "--indicators", bundle, "--home", home];
    let result: Value = serde_json::from_str(&cargo::output(&mut programs.checker(&words))?)?;
    let count = &result["indicators"]["count"];
    let what = format!("`unwatched check` of nothing: its start, and loading {count} indicators");
    table.cost(&what, mean(&programs.checker(&words))?, "0.02 CPU s");
    Ok(())
}

/// The mean of several runs, and the highest peak.
fn mean(command: &Command) -> Result<Cost> {
    let mut sum = Cost { cpu_ms: 0, peak_kib: 0, wall_ms: 0 };
    for _ in 0..REPEATED {
        let one = cost::of(command)?;
        sum.cpu_ms += one.cpu_ms;
        sum.wall_ms += one.wall_ms;
        sum.peak_kib = sum.peak_kib.max(one.peak_kib);
    }
    sum.cpu_ms /= REPEATED;
    sum.wall_ms /= u128::try_from(REPEATED).expect("a few runs");
    Ok(sum)
}
