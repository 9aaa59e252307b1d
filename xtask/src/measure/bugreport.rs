//! The checker on a bugreport of 60 MB and on the AndroidQF folder of the same made-up phone.

use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use super::release::Programs;
use super::table::Table;
use super::{cost, feed};
use crate::{cargo, house};

pub(super) fn measure() -> Result<Table> {
    let programs = Programs::build()?;
    let folder = tempfile::tempdir()?;
    let at = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let mut rig = Command::new("python3");
    rig.arg(house::root().join("rigs/gen_android_bugreport.py"));
    rig.args([&at("phone"), "--mb", "60", "--packages", "300"]).stdout(Stdio::null());
    cargo::run(&mut rig)?;
    let bundle = feed::bundle(&programs, folder.path())?;
    let bundle = bundle.to_str().context("the temporary folder has a name in UTF-8")?;

    let mut table = Table::new();
    let checks = [
        (
            "check of a bugreport.zip, 60 MB of text, 300 packages",
            "phone/bugreport.zip",
            "2 CPU s, 100 MiB",
        ),
        ("check of an AndroidQF folder of the same phone", "phone/androidqf", "0.5 CPU s"),
    ];
    for (what, evidence, goal) in checks {
        let words =
            ["check", &at(evidence), "--json", "--indicators", bundle, "--home", &at("home")];
        table.cost(what, cost::of(&programs.checker(&words))?, goal);
    }
    Ok(table)
}
