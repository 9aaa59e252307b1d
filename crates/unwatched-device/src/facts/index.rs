//! What rules ask of all apps together, counted once: asked for each app again it would take the
//! square of their number.

use std::collections::BTreeMap;

use super::first_days::FirstDays;
use super::{Facts, Seen};

/// What an app sent and received behind other apps, for all users together.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Background {
    pub(crate) sent: u64,
    pub(crate) received: u64,
    /// Where the first of it stands.
    pub(crate) seen: Seen,
}

/// Over all apps.
#[derive(Debug, Default)]
pub(crate) struct Index {
    /// How many apps the system accounts for under one number.
    sharing: BTreeMap<u32, usize>,
    background: BTreeMap<u32, Background>,
    /// Whether any app at all has a main activity.
    pub(crate) names_main_activities: bool,
    /// Whether the table says of main activities whether they ask for an icon.
    pub(crate) tells_icons: bool,
    /// The days on which the phone's own apps were first there.
    pub(crate) first_days: FirstDays,
}

impl Index {
    pub(super) fn of(facts: &Facts) -> Self {
        let mut index = Self { first_days: FirstDays::of(facts), ..Self::default() };
        let (mut telling, mut silent) = (0, 0);
        for app in facts.apps.values() {
            if let Some(id) = app.block.as_ref().and_then(|(block, _)| block.app_id) {
                *index.sharing.entry(id).or_default() += 1;
            }
            index.names_main_activities |= !app.main_activities.is_empty();
            let says = app.main_activities.iter().filter(|main| main.launcher.is_some()).count();
            telling += says;
            silent += app.main_activities.len() - says;
        }
        // A table prints the categories of all or of none; one entry more or less proves nothing.
        index.tells_icons = telling > silent;
        for (uid, (traffic, seen)) in &facts.traffic {
            let new = Background { sent: 0, received: 0, seen: *seen };
            let of_app = index.background.entry(uid % 100_000).or_insert(new);
            of_app.sent = of_app.sent.saturating_add(traffic.background_sent);
            of_app.received = of_app.received.saturating_add(traffic.background_received);
        }
        index
    }

    /// Whether the system's number is this app's alone.
    pub(crate) fn is_of_one_app(&self, app_id: u32) -> bool {
        self.sharing.get(&app_id).is_none_or(|count| *count <= 1)
    }

    /// What went over the network under this number, whoever's app it is.
    pub(crate) fn background(&self, app_id: u32) -> Option<Background> {
        self.background.get(&app_id).copied()
    }
}
