//! The days on which a phone's own apps were first there. Makers put apps beside the system, without
//! the system's mark and without an installer; these bear the same days. Whether that matters is
//! decided in `judge/`.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::Facts;
use crate::android::moments::date_time;

/// Clocks of phones that are being built stand at days like 2009-01-01 or 1970-01-01.
const FIRST_YEAR_OF_USE: i16 = 2011;
/// So many apps make a day one of the phone's own.
const AT_LEAST: usize = 3;

/// A day among a phone's first ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FirstDay {
    /// Before such phones were in use: the day of the build.
    OfTheBuild,
    /// Somebody could have had the phone in hand on it.
    Plausible(Date),
}

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct FirstDays {
    days: BTreeSet<Date>,
}

impl FirstDays {
    /// The days on which several apps that came with the phone were first there.
    pub(crate) fn of(facts: &Facts) -> Self {
        let mut apps: BTreeMap<Date, usize> = BTreeMap::new();
        for (block, _) in facts.apps.values().filter_map(|app| app.block.as_ref()) {
            if block.system != Some(true) {
                continue;
            }
            let users = block.users.values().filter_map(|user| user.first_installed.as_ref());
            let printed = users.chain(&block.first_installed);
            if let Some(at) = printed.filter_map(|text| date_time(text)).min() {
                *apps.entry(at.date()).or_default() += 1;
            }
        }
        Self {
            days: apps.into_iter().filter(|(_, n)| *n >= AT_LEAST).map(|(day, _)| day).collect(),
        }
    }

    /// What the day is to this phone, where it is one of them.
    pub(crate) fn holds(&self, day: Date) -> Option<FirstDay> {
        let first = if day.year() < FIRST_YEAR_OF_USE {
            FirstDay::OfTheBuild
        } else {
            FirstDay::Plausible(day)
        };
        self.days.contains(&day).then_some(first)
    }
}
