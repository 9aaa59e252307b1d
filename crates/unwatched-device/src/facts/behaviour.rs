//! What apps may do and did, and what is left of apps that are gone. Observed, not judged.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Facts, Part, Seen, Trace, TraceKind};
use crate::android::activity::RunningServices;
use crate::android::appops::{Appops, Op, OpRecord};
use crate::android::component::{Component, is_name};
use crate::android::deviceidle::DeviceIdle;
use crate::android::install_sessions::InstallSession;
use crate::android::media_projection::MediaProjection;
use crate::android::role::{Role, Roles};
use crate::android::usage_stats::AppUsage;

/// What one app may do and did.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Behaviour {
    /// Sensitive operations.
    pub ops: BTreeMap<Op, (OpRecord, Seen)>,
    /// A setting remembers that it was switched on as an accessibility service.
    pub once_accessibility: Option<Seen>,
    /// Somebody exempted it from battery optimisation.
    pub exempt: Option<Seen>,
    /// It keeps a service in the foreground.
    pub foreground_service: Option<(Component, Seen)>,
    /// It records the screen.
    pub recording: Option<Seen>,
    /// It is the phone's app for this.
    pub roles: BTreeMap<Role, Seen>,
    /// How long it was on the screen, and when last.
    pub usage: Option<(AppUsage, Seen)>,
    /// Its installations of the last weeks.
    pub installations: Vec<(InstallSession, Seen)>,
    /// What else remembers it.
    pub traces: Vec<Trace>,
}

impl Behaviour {
    /// Where the evidence speaks of the app as it is now.
    pub fn seen_now(&self) -> Option<Seen> {
        let ops = self.ops.values().map(|(_, seen)| *seen);
        let service = self.foreground_service.iter().map(|(_, seen)| *seen);
        let roles = self.roles.values().copied();
        ops.chain(self.exempt).chain(service).chain(self.recording).chain(roles).next()
    }

    /// Whether any of it is about now.
    pub fn is_current(&self) -> bool {
        self.seen_now().is_some()
    }

    /// Whether something that keeps a list of apps remembers it. A process that ran may have a
    /// name of its own, which is no app's.
    pub fn was_listed(&self) -> bool {
        let of_apps = [TraceKind::Removed, TraceKind::Installed, TraceKind::Used];
        self.traces.iter().any(|trace| of_apps.contains(&trace.kind))
    }

    /// Where the evidence speaks of the app at all.
    pub fn seen(&self) -> Option<Seen> {
        self.seen_now().or_else(|| self.traces.first().map(|trace| trace.seen))
    }
}

impl Facts {
    pub(crate) fn add_appops(&mut self, place: usize, read: Appops) {
        for (name, ops) in read.apps {
            let known = &mut self.app(&name).behaviour.ops;
            for (op, record) in ops {
                let seen = Seen { place, part: Part::Appops, line: record.line };
                match known.get_mut(&op) {
                    None => drop(known.insert(op, (record, seen))),
                    // The dump stands twice in the evidence: what any of them allows is allowed.
                    Some((first, _)) => first.allowed |= record.allowed,
                }
            }
        }
    }

    pub(crate) fn add_exempt(&mut self, place: usize, read: DeviceIdle) {
        for (name, line) in read.exempt {
            let seen = Seen { place, part: Part::DeviceIdle, line };
            self.app(&name).behaviour.exempt.get_or_insert(seen);
        }
    }

    pub(crate) fn add_roles(&mut self, place: usize, read: Roles) {
        for (role, name, line) in read.holders {
            let seen = Seen { place, part: Part::Role, line };
            self.app(&name).behaviour.roles.entry(role).or_insert(seen);
        }
    }

    /// Services that were allowed to explore by touch stay in this list when they are switched off.
    pub(crate) fn add_once_accessibility(&mut self, key: &str, value: &str, seen: Seen) {
        if key != "touch_exploration_granted_accessibility_services" {
            return;
        }
        for component in value.split(':').take(2_000).filter_map(Component::parse) {
            let app = self.app(&component.package);
            app.behaviour.once_accessibility.get_or_insert(seen);
        }
    }

    /// Before Android 10 the phone's apps for messages and calls stand in the settings.
    pub(crate) fn add_phone_app(&mut self, key: &str, value: &str, seen: Seen) {
        let role = match key {
            "sms_default_application" => Role::Sms,
            "dialer_default_application" => Role::Dialer,
            _ => return,
        };
        if is_name(value.trim()) && value.contains('.') {
            self.app(value.trim()).behaviour.roles.entry(role).or_insert(seen);
        }
    }

    pub(crate) fn add_recording(&mut self, place: usize, read: MediaProjection) {
        for (name, line) in read.recording {
            let seen = Seen { place, part: Part::MediaProjection, line };
            self.app(&name).behaviour.recording.get_or_insert(seen);
        }
    }

    pub(crate) fn add_running_services(&mut self, place: usize, read: RunningServices) {
        for (name, (component, line)) in read.foreground {
            let seen = Seen { place, part: Part::RunningServices, line };
            self.app(&name).behaviour.foreground_service.get_or_insert((component, seen));
        }
    }
}
