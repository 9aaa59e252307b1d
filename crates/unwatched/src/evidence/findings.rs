//! From facts to the bytes of findings, the same at the sealing and at every replay.

use jiff::Timestamp;
use unwatched_device::evidence::Evidence;
use unwatched_device::facts::{Facts, Window};
use unwatched_device::result::{CheckResult, Tool};
use unwatched_device::{Indicators, check_facts, observe};

use crate::check::{json, signature_not_checked};
use crate::exit::Failure;
use crate::indicators::Release;

/// What facts are judged with, and when.
pub(crate) struct Judging<'a> {
    pub(crate) indicators: Option<Indicators<'a>>,
    /// Whether it is known who signed them.
    pub(crate) signature_checked: bool,
    pub(crate) at: Timestamp,
    pub(crate) tool: Tool,
}

impl<'a> Judging<'a> {
    /// With this release, or with none.
    pub(crate) fn with(release: Option<&'a Release>, at: Timestamp, tool: Tool) -> Self {
        let signature_checked = release.is_none_or(|release| release.signature_checked);
        Self { indicators: release.map(Release::indicators), signature_checked, at, tool }
    }

    pub(crate) fn result(&self, facts: Facts) -> CheckResult {
        let mut result = check_facts(facts, self.indicators.as_ref(), self.at, self.tool.clone());
        if !self.signature_checked {
            result.checks.push(signature_not_checked());
        }
        result
    }

    /// The findings as they are sealed, out of facts as they are sealed.
    pub(super) fn findings(&self, facts: &[u8]) -> Result<(CheckResult, Vec<u8>), Failure> {
        let facts = serde_json::from_slice(facts).map_err(anyhow::Error::new)?;
        let result = self.result(facts);
        let bytes = json(&result)?.into_bytes();
        Ok((result, bytes))
    }

    /// Facts as they are sealed.
    pub(super) fn facts(
        &self,
        evidence: &mut dyn Evidence,
        window: Option<Window>,
    ) -> Result<Vec<u8>, Failure> {
        let facts = observe(evidence, self.indicators.as_ref(), window, &mut |_| {});
        let mut bytes = serde_json::to_vec(&facts).map_err(anyhow::Error::new)?;
        bytes.push(b'\n');
        Ok(bytes)
    }
}

/// Reads evidence and judges it.
pub(crate) fn look(evidence: &mut dyn Evidence, judging: &Judging<'_>) -> CheckResult {
    judging.result(observe(evidence, judging.indicators.as_ref(), None, &mut |_| {}))
}
