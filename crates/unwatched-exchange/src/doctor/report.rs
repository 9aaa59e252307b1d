//! What an examination found, as text and as JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};

/// One thing found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What is wrong.
    pub what: String,
    /// Where.
    pub place: String,
    /// What to do.
    pub todo: String,
    /// Whether something is not as it should be, and not only worth knowing.
    pub grave: bool,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Its name.
    pub id: &'static str,
    /// What was looked at.
    pub looked_at: String,
    /// What was found.
    pub findings: Vec<Finding>,
    /// What could not be looked at, and why.
    pub not_seen: Vec<String>,
    /// What was left out because somebody asked so, or another tool does it.
    pub left_out: Vec<String>,
}

/// Everything that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// In the order they ran.
    pub checks: Vec<Check>,
}

/// What it comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Everything is as it should be, as far as was asked.
    AsItShouldBe,
    /// Nothing was found, and not everything could be looked at.
    NotAllSeen,
    /// Something is not as it should be.
    Found,
}

/// More of the same kind is counted and not told.
const TOLD: usize = 20;

impl Check {
    pub(crate) fn new(id: &'static str) -> Self {
        Self {
            id,
            looked_at: String::new(),
            findings: Vec::new(),
            not_seen: Vec::new(),
            left_out: Vec::new(),
        }
    }

    /// Something is not as it should be.
    pub(crate) fn found(
        &mut self,
        what: impl Into<String>,
        place: impl Into<String>,
        todo: impl Into<String>,
    ) {
        self.add(what.into(), place.into(), todo.into(), true);
    }

    /// Something is worth knowing.
    pub(crate) fn mind(
        &mut self,
        what: impl Into<String>,
        place: impl Into<String>,
        todo: impl Into<String>,
    ) {
        self.add(what.into(), place.into(), todo.into(), false);
    }

    fn add(&mut self, what: String, place: String, todo: String, grave: bool) {
        self.findings.push(Finding { what, place, todo, grave });
    }

    /// Part of it could not be looked at.
    pub(crate) fn could_not(&mut self, why: impl Into<String>) {
        self.not_seen.push(why.into());
    }

    /// The word for how it ended.
    pub fn result(&self) -> &'static str {
        if self.findings.iter().any(|finding| finding.grave) {
            "found"
        } else if !self.not_seen.is_empty() {
            "could_not_check"
        } else if self.looked_at.is_empty() {
            "left_out"
        } else if !self.findings.is_empty() {
            "mind"
        } else {
            "ok"
        }
    }

    fn text(&self) -> String {
        let mut text = format!("{:<14} {:<16} {}", self.id, self.result(), self.looked_at);
        text.truncate(text.trim_end().len());
        text.push('\n');
        for finding in self.findings.iter().take(TOLD) {
            let Finding { what, place, todo, grave } = finding;
            let mark = if *grave { "!" } else { "-" };
            let _ = write!(text, "  {mark} {what}\n    where: {place}\n    do:    {todo}\n");
        }
        if self.findings.len() > TOLD {
            let _ = writeln!(text, "  and {} more; --json tells all", self.findings.len() - TOLD);
        }
        for why in &self.not_seen {
            let _ = writeln!(text, "  ? not looked at: {why}");
        }
        for why in &self.left_out {
            let _ = writeln!(text, "    left out: {why}");
        }
        text
    }

    fn json(&self) -> Value {
        let findings: Vec<_> = self
            .findings
            .iter()
            .map(|Finding { what, place, todo, grave }| {
                json!({ "what": what, "where": place, "do": todo, "grave": grave })
            })
            .collect();
        json!({
            "id": self.id,
            "result": self.result(),
            "looked_at": self.looked_at,
            "findings": findings,
            "not_seen": self.not_seen,
            "left_out": self.left_out,
        })
    }
}

impl Report {
    /// What it comes to.
    pub fn result(&self) -> Outcome {
        let of = |check: &Check| match check.result() {
            "found" => Outcome::Found,
            "could_not_check" => Outcome::NotAllSeen,
            _ => Outcome::AsItShouldBe,
        };
        self.checks.iter().map(of).max().unwrap_or(Outcome::NotAllSeen)
    }

    /// Everything grave, in the order found.
    pub fn grave(&self) -> impl Iterator<Item = &Finding> {
        self.checks.iter().flat_map(|check| &check.findings).filter(|finding| finding.grave)
    }

    /// For people.
    pub fn text(&self) -> String {
        let mut text: String = self.checks.iter().map(Check::text).collect();
        let grave = self.grave().count();
        let end = match self.result() {
            Outcome::Found if grave == 1 => "1 thing is not as it should be".to_owned(),
            Outcome::Found => format!("{grave} things are not as they should be"),
            Outcome::NotAllSeen => {
                "nothing was found, and not everything could be looked at".into()
            }
            Outcome::AsItShouldBe => "everything that was looked at is as it should be".to_owned(),
        };
        let _ = write!(text, "\n{end}\n");
        text
    }

    /// For programs.
    pub fn json(&self) -> Value {
        let result = match self.result() {
            Outcome::Found => "found",
            Outcome::NotAllSeen => "could_not_check",
            Outcome::AsItShouldBe => "ok",
        };
        let checks: Vec<_> = self.checks.iter().map(Check::json).collect();
        json!({ "result": result, "checks": checks })
    }
}
