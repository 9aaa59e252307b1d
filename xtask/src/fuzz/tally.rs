//! What a fuzzing run came to, read from what it says while it runs.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};

/// Executions and breakdowns of one target.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) seconds: u32,
    pub(super) executions: u64,
    pub(super) broken: u32,
}

impl Tally {
    /// Runs it to its end and adds what it came to.
    pub(super) fn add(&mut self, command: &mut Command) -> Result<()> {
        let started = now();
        let mut child = command.stderr(Stdio::piped()).spawn().context("start a fuzz target")?;
        let said = BufReader::new(child.stderr.take().context("read what it says")?);
        let mut executed = None;
        for line in said.lines() {
            let line = line?;
            executed = executions(&line).or(executed);
            // Every second line says how many it has tried; what is wrong is longer than that.
            if is_of_interest(&line) {
                eprintln!("{line}");
            }
        }
        let succeeded = child.wait()?.success();
        let Some(executed) = executed else {
            bail!("the target did not say how often it ran: it could not be started");
        };
        self.executions += executed;
        self.broken += u32::from(!succeeded);
        // Never nought, so that a target that breaks down at once comes to its end.
        self.seconds += u32::try_from(started.elapsed().as_secs())?.max(1);
        Ok(())
    }
}

fn executions(line: &str) -> Option<u64> {
    line.strip_prefix("stat::number_of_executed_units:")?.trim().parse().ok()
}

fn is_of_interest(line: &str) -> bool {
    !line.starts_with('#') && !line.starts_with("INFO:") && !line.starts_with("stat::")
}

#[expect(clippy::disallowed_methods, reason = "a stopwatch for the people who wait")]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(script: &str) -> Result<Tally> {
        let mut tally = Tally::default();
        tally.add(Command::new("sh").args(["-c", script])).map(|()| tally)
    }

    #[test]
    fn what_ran_is_counted_and_so_is_what_broke() {
        let told = "echo '#2 NEW' >&2; echo 'stat::number_of_executed_units: 1234' >&2";
        assert_eq!(of(told).unwrap(), Tally { seconds: 1, executions: 1234, broken: 0 });
        let broke = of(&format!("{told}; exit 77")).unwrap();
        assert_eq!(broke, Tally { seconds: 1, executions: 1234, broken: 1 });
        assert!(of("exit 1").is_err(), "a target that does not run is no target that holds");
    }
}
