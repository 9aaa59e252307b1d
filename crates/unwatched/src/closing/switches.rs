//! Settings that stand otherwise than they were found. Those that the closed list can switch are
//! put back, towards protection only: what was found weak and is strong now was put right by
//! somebody, and no close undoes that. Of the others it is said that they differ. What a removal's
//! step changed stays.

use unwatched_acquire::case::StepState;
use unwatched_acquire::live::commands::Switch;
use unwatched_acquire::live::{self, NotDone};
use unwatched_device::evidence::SettingsTable;

use crate::Surroundings;
use crate::exit::Failure;

use super::{Closing, cut_off, setting_name, table_word};

/// What is put back by cable, with the removal's step that may have changed it on purpose, and what
/// is said then.
const BY_CABLE: [(Switch, Option<(&str, &str)>); 3] = [
    (
        Switch::VerifyApps,
        Some((
            "switch_play_protect_on",
            "Play Protect was switched on by a step of the removal, and stays on.",
        )),
    ),
    (Switch::VerifyAppsByCable, None),
    (
        Switch::WirelessDebugging,
        Some((
            "take_back_debugging",
            "Wireless debugging was switched off by a step of the removal, and stays off.",
        )),
    ),
];
/// What is compared besides, with the removal's steps that change it.
const COMPARED: [(SettingsTable, &str, &[&str]); 6] = [
    (SettingsTable::Global, "package_verifier_enable", &["switch_play_protect_on"]),
    (SettingsTable::Global, "stay_on_while_plugged_in", &[]),
    (SettingsTable::Secure, "install_non_market_apps", &["take_back_special_access"]),
    (SettingsTable::Secure, "accessibility_enabled", &["switch_off_accessibility", "uninstall"]),
    (
        SettingsTable::Secure,
        "enabled_accessibility_services",
        &["switch_off_accessibility", "uninstall"],
    ),
    (
        SettingsTable::Secure,
        "enabled_notification_listeners",
        &["switch_off_notification_access", "uninstall"],
    ),
];
/// Their values name apps.
const NAMES_APPS: [&str; 2] = ["enabled_accessibility_services", "enabled_notification_listeners"];

impl Closing<'_> {
    pub(super) fn switches(&mut self, surroundings: &mut Surroundings<'_>) -> Result<(), Failure> {
        let Some(found) = self.found.clone() else {
            self.leave(
                "how the phone was found is not in the case, so nobody can say what to put back",
            );
            return Ok(());
        };
        for table in [SettingsTable::Global, SettingsTable::Secure] {
            let was_read = found.get(&format!("{} was read", table_word(table)));
            if was_read.is_none_or(|read| read != "yes") {
                self.leave(format!("how the {} settings were found is not in the case, so none of them was put back", table_word(table)));
                continue;
            }
            let Some(now) = self.table(table).map_err(cut_off)? else {
                self.leave(format!("the {} settings could not be read again", table_word(table)));
                continue;
            };
            for (switch, on_purpose) in BY_CABLE {
                let setting = switch.setting();
                let name = setting_name(setting);
                let then = found.get(&name).map(String::as_str);
                if setting.0 != table || now.get(setting.1).map(String::as_str) == then {
                    continue;
                }
                if !is_weak(switch, now.get(setting.1).map(String::as_str)) && is_weak(switch, then)
                {
                    match on_purpose.filter(|(step, _)| self.is_by_removal(step)) {
                        Some((_, words)) => writeln!(surroundings.talk, "{words}")?,
                        None => self.leave(stays_strong(&name, then, now.get(setting.1))),
                    }
                    continue;
                }
                let on = then.map(|value| value != "0" && value != "-1");
                self.switch(&format!("put_back:{name}"), switch, on, then, surroundings)?;
            }
            for (_, key, steps) in COMPARED.iter().filter(|(of, ..)| *of == table) {
                let then = found.get(&setting_name((table, key))).map(String::as_str);
                let now = now.get(*key).map(String::as_str);
                let on_purpose = steps.iter().any(|step| self.is_by_removal(step));
                if is_empty(then) == is_empty(now) && (then == now || is_empty(now)) || on_purpose {
                    continue;
                }
                self.leave(differs(&setting_name((table, key)), then, now));
            }
        }
        Ok(())
    }

    /// One switch, noted before and after, and verified.
    pub(super) fn switch(
        &mut self,
        step: &str,
        switch: Switch,
        on: Option<bool>,
        expected: Option<&str>,
        surroundings: &mut Surroundings<'_>,
    ) -> Result<(), Failure> {
        let setting = switch.setting();
        let name = setting_name(setting);
        let words = format!("put {name} to {}", expected.unwrap_or("not set"));
        self.note(step, StepState::Intended, &words)?;
        surroundings.stop.remains(format!("\"{words}\" was under way, and whether the phone did it is not known; debugging may still be on"));
        match live::restore(&mut self.desk.connection, &self.desk.case, switch, on) {
            Ok(_) => self.note(step, StepState::Done, &words)?,
            Err(NotDone::Refused(why)) => {
                self.note(step, StepState::Failed, &words)?;
                self.leave(format!("{name}: the phone refused to put it back ({why})"));
                return Ok(());
            }
            Err(other) => return Err(cut_off(other)),
        }
        let now = self.setting(setting).map_err(cut_off)?;
        if now.as_ref().is_some_and(|now| now.as_deref() == expected) {
            self.note(step, StepState::Verified, &words)?;
            let expected = expected.unwrap_or("not set");
            writeln!(surroundings.talk, "{name} is {expected}: the phone was asked again.")?;
        } else {
            self.note(step, StepState::Failed, &words)?;
            self.leave(format!(
                "{name} is not as it should be: the phone was told, and was asked again"
            ));
        }
        Ok(())
    }
}

/// Whether a switch that stands so protects less than it could. Not set is what Android has from the
/// start: apps are looked at, and nobody debugs over the air.
fn is_weak(switch: Switch, value: Option<&str>) -> bool {
    match switch {
        Switch::VerifyApps => value == Some("-1"),
        Switch::VerifyAppsByCable => value == Some("0"),
        _ => value == Some("1"),
    }
}

fn stays_strong(name: &str, then: Option<&str>, now: Option<&String>) -> String {
    format!(
        "{name} was {} when the phone was found, and is {} now, which protects more: it stays so",
        then.unwrap_or("not set"),
        now.map_or("not set", String::as_str)
    )
}

/// `settings` writes a list without entries as nothing, as `null`, or not at all.
fn is_empty(value: Option<&str>) -> bool {
    value.is_none_or(|value| value.is_empty() || value == "null")
}

fn differs(name: &str, then: Option<&str>, now: Option<&str>) -> String {
    let said = |value: Option<&str>| value.unwrap_or("not set").to_owned();
    if NAMES_APPS.iter().any(|key| name.ends_with(key)) {
        return format!(
            "{name} is another list than it was when the phone was found; nothing here puts it back"
        );
    }
    format!(
        "{name} was {} when the phone was found, and is {} now; nothing here puts it back",
        said(then),
        said(now)
    )
}
