//! What "leave nothing" keeps: how many cases a quarter had, and in how many of them the strongest
//! finding of a kind was how strong. Never a case by itself: no day, no app, no phone. From here
//! numbers leave only as an organisation's audited aggregate.

use std::collections::BTreeMap;
use std::fs::File;
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use unwatched_device::result::{Band, FindingKind};

use crate::data_folder::DataFolder;
use crate::whole_file::write_whole;

/// What one case adds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tallied {
    /// The strongest band of each kind that was found; `None` where its findings have none.
    pub(crate) bands: BTreeMap<FindingKind, Option<Band>>,
}

/// The file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tallies {
    version: u32,
    /// By quarter, such as `2026-Q4`.
    quarters: BTreeMap<String, Quarter>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Quarter {
    cases: u64,
    /// By kind, by band: in how many cases the strongest finding of this kind was this strong.
    strongest: BTreeMap<String, BTreeMap<String, u64>>,
}

const VERSION: u32 = 1;
/// Access and settings have no band.
const WITHOUT_BAND: &str = "without_band";
/// The file's own time would tell when the last case was: the first second of 2000.
const NO_TIME: Duration = Duration::from_hours(262_968);

/// Adds one case to the quarter that `now` lies in.
pub(crate) fn add(folder: &DataFolder, now: Timestamp, tallied: &Tallied) -> anyhow::Result<()> {
    let _lock = folder.lock()?;
    let path = folder.path().join("tallies.json");
    let mut all = match folder.tallies()? {
        Some(bytes) => {
            let read: Tallies = serde_json::from_slice(&bytes)
                .with_context(|| format!("{} is damaged", path.display()))?;
            anyhow::ensure!(
                read.version == VERSION,
                "{} is of a later version of this program",
                path.display()
            );
            read
        }
        None => Tallies { version: VERSION, ..Tallies::default() },
    };
    all.count(now, tallied);
    let mut bytes = serde_json::to_vec_pretty(&all)?;
    bytes.push(b'\n');
    write_whole(&path, &bytes)?;
    if let Ok(file) = File::options().write(true).open(&path) {
        let _ = file.set_modified(SystemTime::UNIX_EPOCH + NO_TIME);
    }
    Ok(())
}

impl Tallies {
    fn count(&mut self, now: Timestamp, tallied: &Tallied) {
        let day = now.to_zoned(TimeZone::UTC).date();
        let quarter = format!("{}-Q{}", day.year(), (day.month() - 1) / 3 + 1);
        let quarter = self.quarters.entry(quarter).or_default();
        quarter.cases += 1;
        for (kind, band) in &tallied.bands {
            let of_kind = quarter.strongest.entry(kind.as_str().to_owned()).or_default();
            *of_kind.entry(band.map_or(WITHOUT_BAND, Band::as_str).to_owned()).or_default() += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_of_one_quarter_are_one_line_of_numbers() {
        let mut tallies = Tallies { version: VERSION, ..Tallies::default() };
        let at = |day: &str| format!("{day}T23:59:59Z").parse().unwrap();
        let mut found = Tallied::default();
        tallies.count(at("2026-10-01"), &found);
        found.bands.insert(FindingKind::Installed, Some(Band::Known));
        tallies.count(at("2026-12-31"), &found);
        tallies.count(at("2027-01-01"), &found);
        let quarters: Vec<_> = tallies.quarters.keys().map(String::as_str).collect();
        assert_eq!(quarters, ["2026-Q4", "2027-Q1"]);
        let first = &tallies.quarters["2026-Q4"];
        assert_eq!((first.cases, first.strongest["installed"]["known"]), (2, 1));
    }
}
