//! The table of one measurement, and its place in `docs/benchmarks.md`.

use std::fmt::Write as _;
use std::fs;
use std::thread::available_parallelism;

use anyhow::{Context, Result};

use super::cost::Cost;
use crate::house;

/// Rows of what was done and what it cost.
pub(crate) struct Table {
    rows: Vec<Row>,
}

struct Row {
    what: String,
    figure: String,
    goal: String,
}

impl Table {
    pub(super) fn new() -> Self {
        Self { rows: Vec::new() }
    }

    /// A row of one figure and the goal it is held against; no goal is an empty one.
    pub(super) fn row(&mut self, what: &str, figure: impl Into<String>, goal: &str) {
        let (what, figure, goal) = (what.to_owned(), figure.into(), goal.to_owned());
        eprintln!("{what}: {figure}");
        self.rows.push(Row { what, figure, goal });
    }

    /// A row of a whole process.
    pub(super) fn cost(&mut self, what: &str, cost: Cost, goal: &str) {
        self.row(what, figure(cost), goal);
    }

    /// As Markdown.
    pub(super) fn text(&self) -> String {
        let mut text = String::from("| what | measured | goal |\n|---|---|---|\n");
        for Row { what, figure, goal } in &self.rows {
            let _ = writeln!(text, "| {what} | {figure} | {goal} |");
        }
        text
    }

    /// Writes it between its marks in `docs/benchmarks.md`.
    pub(super) fn note(&self, name: &str, date: &str) -> Result<()> {
        let path = house::root().join("docs/benchmarks.md");
        let page = fs::read_to_string(&path).context("docs/benchmarks.md cannot be read")?;
        let section = format!(
            "`cargo xtask measure {name}`, {date}, {}, release build.\n\n{}",
            machine(),
            self.text()
        );
        fs::write(&path, replaced(&page, name, &section)?)?;
        eprintln!("docs/benchmarks.md is up to date");
        Ok(())
    }
}

fn figure(cost: Cost) -> String {
    format!(
        "{}.{:02} CPU s, {} MiB peak, {}.{:02} s to wait",
        cost.cpu_ms / 1000,
        cost.cpu_ms % 1000 / 10,
        cost.peak_kib / 1024,
        cost.wall_ms / 1000,
        cost.wall_ms % 1000 / 10,
    )
}

/// The page with what stands between the marks of `name` replaced.
fn replaced(page: &str, name: &str, section: &str) -> Result<String> {
    let (start, end) = (format!("<!-- measured: {name} -->\n"), "<!-- end -->");
    let (before, rest) = page.split_once(&start).with_context(|| format!("no mark {start:?}"))?;
    let (_, after) = rest.split_once(end).with_context(|| format!("no {end} after {start:?}"))?;
    Ok(format!("{before}{start}{section}{end}{after}"))
}

/// The machine in words that name nobody: its processor and how many cores of it.
fn machine() -> String {
    let cores = available_parallelism().map_or(1, usize::from);
    let described = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = described
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("unknown processor", |(_, model)| model.trim());
    format!("{cores} cores of {model}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_named_section_changes() {
        let page = "A\n<!-- measured: loop -->\nold\n<!-- end -->\nB\n<!-- measured: bugreport -->\nother\n<!-- end -->\n";
        let expected = page.replace("old", "new");
        assert_eq!(replaced(page, "loop", "new\n").unwrap(), expected);
        assert!(replaced(page, "unknown", "new\n").is_err());
    }
}
