//! The computer on the desk: what of it decides whether a phone can be reached. It is looked at here
//! and judged by `doctor`. No name of a file or of a person is looked at.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use unwatched_acquire::live::{Clock, Desk, USUAL_PORT};

/// What was seen.
#[derive(Debug, Clone, Default)]
pub struct Computer {
    /// The names of the programs that run, as the system lists them; `None` where it would not.
    pub running: Option<Vec<String>>,
    /// The adb server and the cables; `None` where nobody looked.
    pub desk: Option<Desk>,
}

impl Computer {
    /// Looks.
    pub fn look(variable: &dyn Fn(&str) -> Option<OsString>, clock: Clock) -> Self {
        let running = if cfg!(windows) {
            variable("SystemRoot").and_then(|root| listed_by_windows(&PathBuf::from(root)))
        } else {
            listed_by_linux(Path::new("/proc"))
        };
        let port =
            variable("ANDROID_ADB_SERVER_PORT").and_then(|port| port.to_str()?.trim().parse().ok());
        let desk = Desk::look(port.unwrap_or(USUAL_PORT), clock);
        Self { running: running.filter(|names| !names.is_empty()), desk: Some(desk) }
    }
}

/// By its whole path: a program of the same name beside ours, on a stick say, is never started.
fn listed_by_windows(root: &Path) -> Option<Vec<String>> {
    let mut command = Command::new(root.join("System32").join("tasklist.exe"));
    command.args(["/fo", "csv", "/nh"]).stdin(Stdio::null()).stderr(Stdio::null());
    Some(names_in(&String::from_utf8_lossy(&command.output().ok()?.stdout)))
}

/// The first column of `tasklist /fo csv /nh`.
fn names_in(rows: &str) -> Vec<String> {
    let name = |row: &str| Some(row.strip_prefix('"')?.split_once('"')?.0.to_owned());
    rows.lines().filter_map(name).collect()
}

fn listed_by_linux(proc: &Path) -> Option<Vec<String>> {
    let names = fs::read_dir(proc).ok()?.flatten().filter_map(|entry| {
        let is_process = entry.file_name().to_str()?.bytes().all(|b| b.is_ascii_digit());
        let name = is_process.then(|| fs::read_to_string(entry.path().join("comm")).ok())??;
        Some(name.trim_end().to_owned())
    });
    Some(names.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_in_the_first_column_whatever_language_the_others_are_in() {
        let rows = "\"System Idle Process\",\"0\",\"Services\",\"0\",\"8 K\"\r\n\
                    \"adb.exe\",\"4312\",\"Console\",\"1\",\"11.284 K\"\r\n\
                    INFO: No tasks are running\r\n";
        assert_eq!(names_in(rows), ["System Idle Process", "adb.exe"]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_very_test_is_among_what_runs() {
        let own = fs::read_to_string("/proc/self/comm").unwrap();
        let running = listed_by_linux(Path::new("/proc")).unwrap();
        assert!(running.contains(&own.trim_end().to_owned()), "{running:?}");
    }
}
