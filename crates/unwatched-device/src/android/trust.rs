//! `dumpsys trust`: which apps may keep the phone unlocked, and whether they do. Messages that an
//! agent shows are never kept: they name places and devices.

use serde::{Deserialize, Serialize};

use super::component::Component;
use super::{LineParser, Parsed};

/// An app that may tell the phone to stay unlocked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustAgent {
    /// Its service.
    pub component: Component,
    /// For which user.
    pub user: Option<u32>,
    /// Somebody set it up: it decides when the phone stays unlocked.
    pub manages: bool,
    /// It keeps the phone unlocked at this moment.
    pub trusted: bool,
    /// Where.
    pub line: u64,
}

/// What the dump lists.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Trust {
    /// Agents that are on.
    pub agents: Vec<TrustAgent>,
    /// Whether the dump has its heading, so that an empty list means "none".
    pub recognised: bool,
}

const MAX_AGENTS: usize = 200;

/// The parser.
#[derive(Debug, Default)]
pub struct TrustParser {
    found: Trust,
    user: Option<u32>,
    in_agents: bool,
    /// The agent whose flags come on the next line.
    open: bool,
}

impl TrustParser {
    fn user_heading(&mut self, text: &str) {
        // A user's name may hold anything; its number stands behind the last ` (id=`.
        self.user = text.rsplit(" (id=").next().and_then(|rest| {
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            rest[..end].parse().ok()
        });
        self.in_agents = false;
    }
}

impl LineParser for TrustParser {
    type Value = Trust;

    fn line(&mut self, number: u64, line: &str) {
        let text = line.trim();
        if text.starts_with("Trust manager state:") || text.starts_with("disabled because") {
            self.found.recognised = true;
        } else if text.starts_with("User \"") {
            self.user_heading(text);
        } else if text.starts_with("Enabled agents:") {
            self.in_agents = true;
            self.open = false;
        } else if text.starts_with("Events:") {
            self.in_agents = false;
        } else if self.in_agents && text.starts_with("bound=") {
            if self.open
                && let Some(agent) = self.found.agents.last_mut()
            {
                agent.manages = text.contains("managingTrust=1");
                agent.trusted = text.contains(", trusted=1");
            }
            self.open = false;
        } else if self.in_agents
            && let Some(component) = Component::parse(text)
            && self.found.agents.len() < MAX_AGENTS
        {
            let user = self.user;
            let agent =
                TrustAgent { component, user, manages: false, trusted: false, line: number };
            self.found.agents.push(agent);
            self.open = true;
        }
    }

    fn end(self, whole: bool) -> Parsed<Trust> {
        let mut problems = Vec::new();
        if !self.found.recognised {
            problems.push("it does not look like the state of the trust manager".to_owned());
        }
        if !whole {
            problems.push("it ends before its end".to_owned());
        }
        Parsed { value: self.found, problems }
    }
}
