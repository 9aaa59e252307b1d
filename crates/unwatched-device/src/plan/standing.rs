//! How a step stands on the phone, by what the phone answers when it is asked again. It is never
//! taken for done because nothing was seen: what could not be read is unknown.

use super::PlannedStep;
use super::actions::There;
use super::phone::{FoundApp, Held};
use crate::evidence::SettingsTable;
use crate::facts::{Facts, Part};

/// Something to ask the phone, to see how a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asks {
    /// `dumpsys` of this service.
    Service(&'static str),
    /// One table of settings.
    Settings(SettingsTable),
}

/// How a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// What it takes away is there.
    Open,
    /// It is done.
    Done,
    /// The answers do not tell.
    Unknown,
    /// Nothing that a phone answers tells it: only whoever does it knows.
    Untold,
}

/// What must be asked to see how a step stands, and which part must be whole for it.
fn looks_at(step: &PlannedStep) -> Option<(&'static [Asks], &'static [Part])> {
    const SECURE: Asks = Asks::Settings(SettingsTable::Secure);
    const SECURE_PART: Part = Part::Settings(SettingsTable::Secure);
    const GLOBAL: Asks = Asks::Settings(SettingsTable::Global);
    Some(match (step.there, step.action) {
        (There::Admin, _) => (&[Asks::Service("device_policy")], &[Part::DevicePolicy]),
        (There::Accessibility, _) => (&[SECURE, Asks::Service("accessibility")], &[SECURE_PART]),
        (There::NotificationAccess, _) => {
            (&[SECURE, Asks::Service("notification")], &[SECURE_PART])
        }
        (There::Permission | There::App, _) | (_, "disable_app") => {
            (&[Asks::Service("package")], &[Part::Packages])
        }
        (There::SpecialAccess, _) => (&[Asks::Service("appops")], &[Part::Appops]),
        (There::SmsApp | There::PhoneApp | There::Assistant, _) => {
            (&[SECURE, Asks::Service("role")], &[Part::Role])
        }
        (There::Keyboard, _) => (&[SECURE], &[SECURE_PART]),
        (There::Exempt, _) => (&[Asks::Service("deviceidle")], &[Part::DeviceIdle]),
        (There::Companion, _) => (&[Asks::Service("companiondevice")], &[Part::Companions]),
        (There::Vpn, _) => (
            &[SECURE, Asks::Service("vpn_management"), Asks::Service("connectivity")],
            &[SECURE_PART],
        ),
        (_, "switch_play_protect_on") => (&[GLOBAL], &[Part::Settings(SettingsTable::Global)]),
        _ => return None,
    })
}

/// What must be asked to see how a step stands; empty where nothing tells.
pub fn asks(step: &PlannedStep) -> &'static [Asks] {
    looks_at(step).map_or(&[], |(asks, _)| asks)
}

/// How a step stands, by these answers.
pub fn standing(facts: &Facts, step: &PlannedStep) -> Standing {
    let Some((_, parts)) = looks_at(step) else { return Standing::Untold };
    if !parts.iter().all(|part| facts.is_whole(*part)) {
        return Standing::Unknown;
    }
    let done = |is_done: bool| if is_done { Standing::Done } else { Standing::Open };
    if step.action == "switch_play_protect_on" {
        return done(is_play_protect_on(facts));
    }
    let Some(package) = &step.app else { return Standing::Untold };
    let Some(app) = FoundApp::now(facts, package) else { return Standing::Done };
    let users = |user: &u32| step.users.is_empty() || step.users.contains(user);
    match step.action {
        "disable_app" => done(!app.switched_on.iter().any(users)),
        "uninstall" => done(!app.users.iter().any(users)),
        _ => done(!app.held.iter().any(|held| is_taken(held, step))),
    }
}

/// Whether this is what the step takes away, or a part of it.
fn is_taken(held: &Held, step: &PlannedStep) -> bool {
    let same = held.there == step.there && held.detail == step.detail;
    same && (step.names.is_empty() || held.names.iter().any(|name| step.names.contains(name)))
}

/// A setting that was never set stands for on.
fn is_play_protect_on(facts: &Facts) -> bool {
    let value = |key: &str| {
        let setting = facts.settings.get(&(SettingsTable::Global, key.to_owned()));
        setting.map(|(value, _)| value.as_str())
    };
    value("package_verifier_user_consent") != Some("-1")
        && value("package_verifier_enable") != Some("0")
}
