//! The steps of a long chore: each runs whatever became of the one before, and the summary at the
//! end says how each went, how long it took, and what was left out.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

enum Outcome {
    Passed,
    Failed(String),
    LeftOut(String),
}

/// What was done so far.
#[derive(Default)]
pub(crate) struct Steps {
    done: Vec<(String, Outcome, Duration)>,
    notices: Vec<String>,
}

impl Steps {
    /// Runs one step and notes how it went.
    pub(crate) fn step(&mut self, name: &str, step: impl FnOnce() -> Result<()>) {
        self.done.push(taken(name, step));
    }

    /// Runs two steps side by side, for neither fills a machine of two cores alone.
    pub(crate) fn side_by_side<Aside>(
        &mut self,
        (aside_name, aside): (&str, Aside),
        rest: impl FnOnce(&mut Self),
    ) where
        Aside: FnOnce() -> Result<()> + Send,
    {
        std::thread::scope(|scope| {
            let aside = scope.spawn(move || taken(aside_name, aside));
            rest(self);
            let done = aside.join().unwrap_or_else(|_| {
                let panicked = Outcome::Failed("it panicked; its words stand above".to_owned());
                (aside_name.to_owned(), panicked, Duration::ZERO)
            });
            self.done.push(done);
        });
    }

    /// Notes a step that could not run here, and why.
    pub(crate) fn left_out(&mut self, name: &str, why: &str) {
        eprintln!("\n== {name}: left out: {why}");
        self.done.push((name.to_owned(), Outcome::LeftOut(why.to_owned()), Duration::ZERO));
    }

    /// Something the reader of the summary must know.
    pub(crate) fn notice(&mut self, notice: impl Into<String>) {
        self.notices.push(notice.into());
    }

    /// The summary on stderr; an error when a step failed, or when one was left out and
    /// `left_out_fails`.
    pub(crate) fn finish(self, left_out_fails: bool) -> Result<()> {
        eprint!("\n{}", self.summary());
        let (mut failed, mut left_out) = (0, 0);
        for (_, outcome, _) in &self.done {
            match outcome {
                Outcome::Passed => {}
                Outcome::Failed(_) => failed += 1,
                Outcome::LeftOut(_) => left_out += 1,
            }
        }
        if failed > 0 {
            bail!("{failed} of {} steps failed", self.done.len());
        }
        if left_out > 0 && left_out_fails {
            bail!("{left_out} steps were left out, and CI is set: nothing may be left out there");
        }
        Ok(())
    }

    fn summary(&self) -> String {
        let mut text = String::new();
        for (name, outcome, took) in &self.done {
            let (word, why) = match outcome {
                Outcome::Passed => ("passed", ""),
                Outcome::Failed(why) => ("FAILED", why.as_str()),
                Outcome::LeftOut(why) => ("left out", why.as_str()),
            };
            let seconds = took.as_secs();
            let line = format!("{word:<8}  {:>3} min {:02} s  {name}", seconds / 60, seconds % 60);
            let colon = if why.is_empty() { "" } else { ": " };
            let _ = writeln!(text, "{line}{colon}{why}");
        }
        for notice in &self.notices {
            let _ = writeln!(text, "notice: {notice}");
        }
        text
    }
}

/// Takes a step, and says how it went.
fn taken(name: &str, step: impl FnOnce() -> Result<()>) -> (String, Outcome, Duration) {
    eprintln!("\n== {name}");
    let started = now();
    let outcome = match step() {
        Ok(()) => Outcome::Passed,
        Err(error) => {
            eprintln!("{name} failed: {error:#}");
            Outcome::Failed(format!("{error:#}"))
        }
    };
    (name.to_owned(), outcome, started.elapsed())
}

#[expect(clippy::disallowed_methods, reason = "a stopwatch for the people who wait")]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(outcomes: &[&str]) -> Steps {
        let mut steps = Steps::default();
        for outcome in outcomes {
            match *outcome {
                "passed" => steps.step("one", || Ok(())),
                "failed" => steps.step("two", || bail!("it rained")),
                _ => steps.left_out("three", "no umbrella"),
            }
        }
        steps
    }

    #[test]
    fn a_step_left_out_fails_only_where_nothing_may_be() {
        assert!(steps(&["passed", "left out"]).finish(false).is_ok());
        assert!(steps(&["passed", "left out"]).finish(true).is_err());
    }

    #[test]
    fn a_failed_step_fails_the_whole_and_the_rest_still_runs() {
        let steps = steps(&["failed", "passed"]);
        assert!(steps.summary().contains("two: it rained"), "{}", steps.summary());
        assert!(steps.summary().contains("passed"), "{}", steps.summary());
        assert!(steps.finish(false).is_err());
    }

    #[test]
    fn of_two_steps_side_by_side_each_is_told_apart() {
        let mut both = Steps::default();
        both.side_by_side(("aside", || bail!("it snowed")), |steps| {
            steps.step("beside it", || Ok(()));
        });
        let summary = both.summary();
        assert!(summary.contains("aside: it snowed"), "{summary}");
        assert!(summary.contains("beside it"), "{summary}");
        let mut broken = Steps::default();
        broken.side_by_side(("broken", || panic!("a step that breaks")), |_| {});
        assert!(broken.finish(false).is_err());
    }
}
