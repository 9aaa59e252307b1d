//! Other programs on the desk that talk to phones, by the list in `catalogue/phone_programs.toml`.

use std::sync::OnceLock;

use serde::Deserialize;

use super::Line;

#[derive(Debug, Deserialize)]
struct List {
    program: Vec<Program>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Program {
    name: String,
    runs_as: Vec<String>,
    note: Option<String>,
}

fn list() -> &'static [Program] {
    static LIST: OnceLock<List> = OnceLock::new();
    let read = || {
        toml::from_str(include_str!("../../../../catalogue/phone_programs.toml"))
            .expect("catalogue/phone_programs.toml is well formed, which a test proves")
    };
    &LIST.get_or_init(read).program
}

/// What runs that may hold a phone.
pub(super) fn judge(running: Option<&[String]>) -> Vec<Line> {
    let Some(running) = running else {
        let said = "which programs run could not be listed".to_owned();
        let next = "close what else talks to phones before connecting one".to_owned();
        return vec![Line { about: "programs", said, next: vec![next] }];
    };
    let runs = |program: &&Program| {
        running.iter().any(|name| {
            let name = name.to_lowercase();
            let name = name.strip_suffix(".exe").unwrap_or(&name);
            program.runs_as.iter().any(|known| known == name)
        })
    };
    let line = |program: &Program| {
        let mut next: Vec<_> = program.note.iter().cloned().collect();
        if program.note.is_none() {
            next.push(
                "While it holds a phone nobody else can read it: close it before connecting."
                    .to_owned(),
            );
        }
        Line { about: "programs", said: format!("{} runs", program.name), next }
    };
    let lines: Vec<_> = list().iter().filter(runs).map(line).collect();
    if !lines.is_empty() {
        return lines;
    }
    let said = "none runs of those known to hold phones".to_owned();
    vec![Line { about: "programs", said, next: Vec::new() }]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(running: &[&str], expected: &[&str]) {
        let running: Vec<_> = running.iter().map(|&name| name.to_owned()).collect();
        let said: Vec<_> = judge(Some(&running)).into_iter().map(|line| line.said).collect();
        assert_eq!(said, expected);
    }

    #[test]
    fn programs_are_known_by_their_names_on_either_system() {
        check(&["System", "HiSuite.exe"], &["HiSuite (Huawei) runs"]);
        check(
            &["ADB.EXE", "scrcpy.exe"],
            &["an adb server runs", "scrcpy, which shows and controls a phone's screen runs"],
        );
        check(&["systemd", "adb"], &["an adb server runs"]);
        check(&["adbd", "explorer.exe"], &["none runs of those known to hold phones"]);
    }

    #[test]
    fn names_in_the_list_are_written_as_they_are_compared() {
        for name in list().iter().flat_map(|program| &program.runs_as) {
            assert!(*name == name.to_lowercase() && !name.contains('.'), "{name}");
        }
    }
}
