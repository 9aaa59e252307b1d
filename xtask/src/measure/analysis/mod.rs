//! What an analysis costs: the whole program on real apps, beside what peers take for the same
//! files in the same run, and on files as small as most are.

mod apps;
mod peers;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use unwatched_fixtures::apk::{gallery, pairs};

use super::Arguments;
use super::cost::{self, Cost};
use super::release::Programs;
use super::table::Table;
use apps::App;

/// Below this a file is small.
const SMALL_BYTES: u64 = 1_000_000;
/// So many runs over the set are compared.
const RUNS: usize = 5;
/// One run over the set is too short to tell two processors from one.
const REPEATED: usize = 10;

pub(super) fn measure(arguments: &Arguments) -> Result<Table> {
    let programs = Programs::of(arguments.programs.as_deref())?;
    let apps = apps::download()?;
    let bytes: u64 = apps.iter().map(|app| app.bytes).sum();
    let mut table = Table::new();
    for app in &apps {
        let what = format!("{}, {}", app.source, app.name);
        let figure = format!("{} bytes, SHA-256 `{}`", app.bytes, app.sha256);
        table.row(&what, figure, "");
    }
    let ours = usual(&programs, &apps)?;
    let set = format!("{} files, {} MB", apps.len(), bytes / 1_000_000);
    table.cost(&format!("`unwatched-exchange analyze --json`, {set}"), ours, "150 MiB peak");
    table.row("its speed", speed(bytes, ours), "25 MB per CPU s");
    against_peers(&apps, &set, ours, &mut table)?;
    small(&programs, &apps, &mut table)?;
    two_at_once(&programs, &apps, &mut table)?;
    Ok(table)
}

/// What the set costs in the middle one of several runs: one lasts half a second, in which whatever
/// else the machine does counts for much.
fn usual(programs: &Programs, apps: &[App]) -> Result<Cost> {
    let run = |_| cost::of(&analyze(programs, paths(apps), 1));
    let mut costs = (0..RUNS).map(run).collect::<Result<Vec<_>>>()?;
    costs.sort_unstable_by_key(|cost| cost.cpu_ms);
    Ok(costs[RUNS / 2])
}

fn paths(apps: &[App]) -> impl Iterator<Item = &Path> {
    apps.iter().map(|app| app.path.as_path())
}

fn analyze<'p>(
    programs: &Programs,
    files: impl Iterator<Item = &'p Path>,
    jobs: usize,
) -> std::process::Command {
    let mut command = programs.exchange(&["analyze", "--json", "--jobs", &jobs.to_string()]);
    command.args(files);
    command
}

fn speed(bytes: u64, cost: Cost) -> String {
    let ms = cost.cpu_ms.max(1).unsigned_abs();
    format!("{} MB per CPU s", bytes / 1000 / ms)
}

fn against_peers(apps: &[App], set: &str, ours: Cost, table: &mut Table) -> Result<()> {
    for peer in peers::install()? {
        let mut total = Cost { cpu_ms: 0, peak_kib: 0, wall_ms: 0 };
        for app in apps {
            let took = cost::of(&peer.command(&app.path))
                .with_context(|| format!("{} on {}", peer.name, app.name))?;
            total.cpu_ms += took.cpu_ms;
            total.wall_ms += took.wall_ms;
            total.peak_kib = total.peak_kib.max(took.peak_kib);
        }
        table.cost(&format!("{}, {set}", peer.name), total, "");
        let times = total.cpu_ms / ours.cpu_ms.max(1);
        table.row("its CPU against ours", format!("{times} times"), peer.goal);
    }
    Ok(())
}

/// Each small file in a run of its own, as an upload is.
fn small(programs: &Programs, apps: &[App], table: &mut Table) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut files: Vec<PathBuf> =
        apps.iter().filter(|app| app.bytes < SMALL_BYTES).map(|app| app.path.clone()).collect();
    for app in gallery::all(1) {
        let path = folder.path().join(format!("{}.apk", app.name));
        fs::write(&path, app.bytes())?;
        files.push(path);
    }
    for pair in pairs::all() {
        for (kind, app) in [("has", &pair.has), ("near", &pair.near)] {
            let path = folder.path().join(format!("{}-{kind}.apk", pair.rule));
            fs::write(&path, app.build())?;
            files.push(path);
        }
    }
    let mut cpu_ms = Vec::new();
    for file in &files {
        cpu_ms.push(cost::of(&analyze(programs, [file.as_path()].into_iter(), 1))?.cpu_ms);
    }
    cpu_ms.sort_unstable();
    let median = cpu_ms.get(cpu_ms.len() / 2).context("no small file")?;
    let what = format!("median of {} files under 1 MB, the program's start included", files.len());
    table.row(&what, format!("{median} CPU ms"), "25 CPU ms");
    Ok(())
}

fn two_at_once(programs: &Programs, apps: &[App], table: &mut Table) -> Result<()> {
    let repeated = || (0..REPEATED).flat_map(|_| paths(apps));
    let one = cost::of(&analyze(programs, repeated(), 1))?;
    let two = cost::of(&analyze(programs, repeated(), 2))?;
    table.cost(&format!("the set {REPEATED} times, one file after the other"), one, "");
    table.cost(&format!("the set {REPEATED} times, two files at once"), two, "");
    let hundredths = one.wall_ms * 100 / two.wall_ms.max(1);
    let times = format!("{}.{:02} times", hundredths / 100, hundredths % 100);
    table.row("two at once against one", times, "1.8 times");
    Ok(())
}
