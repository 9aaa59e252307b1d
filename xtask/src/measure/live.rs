//! A phone of 300 apps on a cable, acquired through an adb server and by our own connection, and
//! checked: the program as a helper starts it, against the real `adb` and `adbd` with a made-up phone
//! behind them (`rigs/android/`). What the phone's side costs is not counted.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::Path;

use anyhow::{Result, bail, ensure};
use unwatched_acquire::live::commands::ReadOnly;
use unwatched_testkit::rig::state::Which;
use unwatched_testkit::rig::{AdbServer, Rig};

use super::Arguments;
use super::cost;
use super::release::Programs;
use super::table::Table;
use crate::clients;
use crate::needs::{self, Need};

/// How often each is done; the median of what is waited is told.
const TIMES: usize = 5;
const GOAL: &str = "10 s to wait";
const APPS: usize = 300;

pub(super) fn measure(arguments: &Arguments) -> Result<Table> {
    let missing = needs::ensure(&[Need::Adb]);
    ensure!(missing.is_empty(), "install adb and a C compiler first");
    let programs = Programs::of(arguments.programs.as_deref())?;
    // Where it is unpacked the rig finds it.
    if std::env::var_os(clients::ADBD_VARIABLE).is_none() {
        clients::adbd()?;
    }
    let rig = Rig::start(&Which { seed: 11, label: "watcher-00".to_owned(), apps: APPS });
    rig.record(ReadOnly::of_an_acquisition().iter().flat_map(ReadOnly::wordings));
    let server = AdbServer::start();
    let serial = server.connect(&rig);
    let folder = tempfile::tempdir()?;
    let words = folder.path().join("words");
    fs::write(&words, "seven blue doors\n")?;

    let mut table = Table::new();
    let (port, address) = (server.port().to_string(), rig.address().to_string());
    for (way, options) in [
        ("through an adb server", ["--serial", &serial, "--adb-port", &port].as_slice()),
        ("by our own connection", ["--address", &address].as_slice()),
    ] {
        let before = rig.calls().len();
        let desk = Desk { programs: &programs, folder: folder.path(), words: &words };
        let (cost, case) = desk.acquired(way, options)?;
        let asked = (rig.calls().len() - before) / TIMES;
        let what = format!("`unwatched acquire` {way}, {APPS} apps, {asked} questions");
        table.cost(&what, cost, GOAL);
        let cost = desk.median(|_| vec!["check".into(), case.clone(), "--json".into()])?;
        table.cost("`unwatched check` of that case", cost, "");
    }
    Ok(table)
}

/// Where cases are kept.
struct Desk<'a> {
    programs: &'a Programs,
    folder: &'a Path,
    words: &'a Path,
}

impl Desk<'_> {
    /// What an acquisition in this way costs, and one of its cases.
    fn acquired(&self, way: &str, options: &[&str]) -> Result<(cost::Cost, OsString)> {
        let case = |number: usize| {
            self.folder.join(format!("{}-{number}", way.replace(' ', "-"))).into_os_string()
        };
        let cost = self.median(|number| {
            let mut words = vec![
                "acquire".into(),
                "--safety-questions-answered".into(),
                "--no-app-files".into(),
                "--out".into(),
                case(number),
            ];
            words.extend(options.iter().map(OsString::from));
            words
        })?;
        Ok((cost, case(0)))
    }

    /// The run whose wait is in the middle.
    fn median(&self, words: impl Fn(usize) -> Vec<OsString>) -> Result<cost::Cost> {
        let mut costs = Vec::new();
        for number in 0..TIMES {
            let mut command = self.programs.checker(&[]);
            command.args(words(number)).arg("--passphrase-file").arg(self.words);
            command.env("UNWATCHED_HOME", self.folder.join("home"));
            command.env_remove("UNWATCHED_PASSPHRASE").env("LC_ALL", OsStr::new("C.UTF-8"));
            costs.push(cost::of(&command)?);
        }
        costs.sort_by_key(|cost| cost.wall_ms);
        match costs.get(TIMES / 2) {
            Some(cost) => Ok(*cost),
            None => bail!("nothing was run"),
        }
    }
}
