//! The field's own analysers, from the Python package index, in an environment of their own below
//! `target/`: each analyses one file in a process of its own, as ours does.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use serde_json::json;

use crate::cargo::run;
use crate::house;

const ANDROGUARD: &str = "androguard==4.1.4";
const QUARK: &str = "quark-engine==26.10.1";

/// Its logging to the terminal would cost more than its work.
const ANALYZE_APK: &str = "import sys
from loguru import logger
logger.remove()
from androguard.misc import AnalyzeAPK
AnalyzeAPK(sys.argv[1])";

/// Quark fetches its 237 rules from a repository when it is first used, which a measurement must not
/// depend on: as many of the same form are made here, each of two calls that apps make.
const RULES: usize = 237;
const CALLS: &[(&str, &str, &str)] = &[
    ("Landroid/content/Context;", "getSystemService", "(Ljava/lang/String;)Ljava/lang/Object;"),
    ("Landroid/content/Context;", "startActivity", "(Landroid/content/Intent;)V"),
    ("Landroid/content/Context;", "sendBroadcast", "(Landroid/content/Intent;)V"),
    ("Landroid/content/Context;", "getContentResolver", "()Landroid/content/ContentResolver;"),
    ("Landroid/content/Intent;", "<init>", "(Ljava/lang/String;)V"),
    ("Landroid/content/Intent;", "getAction", "()Ljava/lang/String;"),
    ("Landroid/content/Intent;", "getExtras", "()Landroid/os/Bundle;"),
    ("Landroid/database/Cursor;", "moveToNext", "()Z"),
    ("Landroid/database/Cursor;", "getString", "(I)Ljava/lang/String;"),
    (
        "Landroid/location/LocationManager;",
        "getLastKnownLocation",
        "(Ljava/lang/String;)Landroid/location/Location;",
    ),
    ("Landroid/location/Location;", "getLatitude", "()D"),
    ("Landroid/net/Uri;", "parse", "(Ljava/lang/String;)Landroid/net/Uri;"),
    ("Landroid/net/wifi/WifiManager;", "setWifiEnabled", "(Z)Z"),
    ("Landroid/os/Bundle;", "getString", "(Ljava/lang/String;)Ljava/lang/String;"),
    ("Landroid/telephony/SmsManager;", "getDefault", "()Landroid/telephony/SmsManager;"),
    ("Landroid/telephony/TelephonyManager;", "getDeviceId", "()Ljava/lang/String;"),
    ("Ljava/io/File;", "<init>", "(Ljava/lang/String;)V"),
    ("Ljava/io/File;", "delete", "()Z"),
    ("Ljava/io/InputStream;", "read", "([B)I"),
    ("Ljava/io/OutputStream;", "write", "([B)V"),
    ("Ljava/lang/Class;", "forName", "(Ljava/lang/String;)Ljava/lang/Class;"),
    ("Ljava/lang/Runtime;", "exec", "(Ljava/lang/String;)Ljava/lang/Process;"),
    (
        "Lorg/json/JSONObject;",
        "put",
        "(Ljava/lang/String; Ljava/lang/Object;)Lorg/json/JSONObject;",
    ),
];

/// One of them.
pub(super) struct Peer {
    pub(super) name: String,
    pub(super) goal: &'static str,
    program: PathBuf,
    before: Vec<String>,
    after: Vec<String>,
    /// Where it leaves its log.
    folder: PathBuf,
}

impl Peer {
    /// Its analysis of one file.
    pub(super) fn command(&self, file: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.before).arg(file).args(&self.after).current_dir(&self.folder);
        command
    }
}

/// Both, installed where they are not.
pub(super) fn install() -> Result<[Peer; 2]> {
    let folder = house::target().join("measure");
    let environment = folder.join("peers");
    let bin = environment.join("bin");
    if !bin.join("quark").is_file() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
        let mut pip = Command::new(bin.join("pip"));
        run(pip.args(["install", "--quiet", ANDROGUARD, QUARK]))?;
    }
    let rules = folder.join("quark-rules");
    write_rules(&rules)?;
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    Ok([
        Peer {
            name: format!("{ANDROGUARD} `AnalyzeAPK`"),
            goal: "50 times",
            program: bin.join("python"),
            before: words(&["-c", ANALYZE_APK]),
            after: Vec::new(),
            folder: folder.clone(),
        },
        Peer {
            name: format!("{QUARK}, {RULES} rules"),
            goal: "100 times",
            program: bin.join("quark"),
            before: words(&["-a"]),
            after: words(&["-s", "-r", &rules.to_string_lossy()]),
            folder: folder.clone(),
        },
    ])
}

fn write_rules(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    let pairs = CALLS
        .iter()
        .enumerate()
        .flat_map(|(at, first)| CALLS[at + 1..].iter().map(move |second| (first, second)));
    let api = |(class, method, descriptor): &(&str, &str, &str)| json!({ "class": class, "method": method, "descriptor": descriptor });
    for (number, (first, second)) in pairs.take(RULES).enumerate() {
        let rule = json!({
            "crime": format!("{} and {}", first.1, second.1),
            "permission": [],
            "api": [api(first), api(second)],
            "score": 1,
            "label": [],
        });
        fs::write(folder.join(format!("{number:05}.json")), rule.to_string())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_as_many_rules_as_the_name_says() {
        assert!(CALLS.len() * (CALLS.len() - 1) / 2 >= RULES);
        let folder = tempfile::tempdir().unwrap();
        write_rules(folder.path()).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), RULES);
    }
}
