//! What a phone of the population answers when it is asked live: the same words as its files, one
//! command at a time; and what a command that changes something changes. Options that its Android
//! does not know it refuses, as a real one does.

use std::collections::HashMap;
use std::fmt::Write as _;

use super::{Phone, Record, print};

/// How a command ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// What it prints.
    pub out: String,
    /// What it says on the side.
    pub aside: String,
    /// Its exit code.
    pub code: u8,
    /// Whether the phone is another one now.
    pub changed: bool,
}

impl Answer {
    fn out(out: impl Into<String>) -> Self {
        Self { out: out.into(), aside: String::new(), code: 0, changed: false }
    }

    fn refused(aside: impl Into<String>, code: u8) -> Self {
        Self { out: String::new(), aside: aside.into(), code, changed: false }
    }

    fn changed(out: &str) -> Self {
        Self { changed: true, ..Self::out(out) }
    }
}

impl Phone {
    /// Carries out one command, such as `["pm", "list", "users"]`. `None` where this phone knows no
    /// such program.
    pub fn answer(&mut self, words: &[&str]) -> Option<Answer> {
        let text = |out: String| Some(Answer::out(out));
        match words {
            ["getprop"] => text(print::getprop(self)),
            ["settings", rest @ ..] => Some(self.settings(rest)),
            ["pm" | "cmd", rest @ ..] => Some(self.package_manager(words[0], rest)),
            ["dumpsys", service, ..] => Some(self.dump(service)),
            ["service", "list"] => text(print::service_list(self)),
            ["ps", ..] => text(print::processes(self)),
            ["mount"] => text("/dev/block/dm-0 on / type ext4 (ro,seclabel,relatime)\n".to_owned()),
            ["getenforce"] => text("Enforcing\n".to_owned()),
            ["dpm", "list-owners"] if self.handset.sdk >= 31 => text(self.list_owners()),
            ["dpm", "list-owners"] => {
                Some(Answer::refused("Error: unknown command 'list-owners'\n", 255))
            }
            ["dpm", "remove-active-admin", rest @ ..] => Some(self.remove_admin(rest)),
            // No program of a phone: what a hand does on the page of device administrators.
            ["hand", "take-admin", package] => Some(self.take_admin_by_hand(package)),
            // The same, when a computer is accepted for good, and when all are forgotten.
            ["hand", "accept-computer"] => Some(self.keeps_computers(self.computers + 1)),
            ["hand", "revoke-computers"] => Some(self.keeps_computers(0)),
            ["am", "force-stop", ..] => Some(Answer::out("")),
            ["appops", rest @ ..] => Some(self.appops(rest)),
            _ => None,
        }
    }

    fn dump(&self, service: &str) -> Answer {
        match print::dump(self, service) {
            Some(text) => Answer::out(text),
            None => Answer::refused(format!("Can't find service: {service}\n"), 0),
        }
    }

    fn list_owners(&self) -> String {
        if self.owners.is_empty() {
            return "no owners\n".to_owned();
        }
        let mut out = format!(
            "{} owner{}:\n",
            self.owners.len(),
            if self.owners.len() == 1 { "" } else { "s" }
        );
        for owner in &self.owners {
            let what = if owner.profile.is_none() { "DeviceOwner" } else { "ProfileOwner" };
            let user = owner.profile.unwrap_or(0);
            let _ = writeln!(
                out,
                "User {user:>2}: admin={0}/{0}.{1},{what}",
                owner.package, owner.receiver
            );
        }
        out
    }

    fn package_manager(&mut self, program: &str, words: &[&str]) -> Answer {
        let words = match (program, words) {
            ("cmd", ["package", rest @ ..]) => rest,
            ("cmd", ["appops", rest @ ..]) => return self.appops(rest),
            ("cmd", [other, ..]) => {
                return Answer::refused(format!("cmd: Can't find service: {other}\n"), 20);
            }
            (_, words) => words,
        };
        match words {
            ["list", "packages", options @ ..] => self.list_packages(options),
            ["list", "users"] => Answer::out(self.list_users()),
            ["path", package] => self.path(package),
            ["query-activities", ..] => Answer::out(self.launchers()),
            ["uninstall", "--user", user, package] => self.uninstall(package, user),
            ["install-existing", "--user", user, package] => self.install_existing(package, user),
            ["disable-user", "--user", _, package] => self.switch(package, false),
            ["enable", "--user", _, package] => self.switch(package, true),
            ["revoke", "--user", _, package, permission] => self.permit(package, permission, false),
            ["grant", "--user", _, package, permission] => self.permit(package, permission, true),
            other => Answer::refused(format!("Unknown command: {}\n", other.join(" ")), 255),
        }
    }

    fn list_packages(&self, options: &[&str]) -> Answer {
        let sdk = self.handset.sdk;
        let (mut files, mut installers, mut uids, mut versions, mut removed) =
            (false, false, false, false, false);
        let mut user = None;
        let mut left = options.iter();
        while let Some(option) = left.next() {
            match *option {
                "-f" => files = true,
                "-i" => installers = true,
                "-U" if sdk >= 26 => uids = true,
                "--show-versioncode" if sdk >= 26 => versions = true,
                "-u" => removed = true,
                "--user" => user = left.next().and_then(|user| user.parse::<u32>().ok()),
                other => return Answer::refused(format!("Error: Unknown option: {other}\n"), 1),
            }
        }
        let paths = if files { print::code_paths(self) } else { HashMap::new() };
        let mut out = String::new();
        for (number, app) in self.apps.iter().enumerate() {
            let for_user =
                user.is_none_or(|user| app.source.is_system() || app.users.contains(&user));
            if (app.removed && !removed) || !for_user {
                continue;
            }
            out.push_str("package:");
            if files {
                let path = paths.get(&app.package).map_or("", String::as_str);
                let _ = write!(out, "{path}/base.apk=");
            }
            out.push_str(&app.package);
            if versions {
                out.push_str(" versionCode:1");
            }
            if installers {
                let _ = write!(out, "  installer={}", app.source.installer().unwrap_or("null"));
            }
            if uids {
                let _ = write!(out, " uid:{}", print::uid(number));
            }
            out.push('\n');
        }
        Answer::out(out)
    }

    fn list_users(&self) -> String {
        let mut out = String::from("Users:\n");
        for user in &self.users {
            let _ =
                writeln!(out, "\tUserInfo{{{}:{}:{:x}}} running", user.id, user.name, user.flags);
        }
        out
    }

    fn path(&self, package: &str) -> Answer {
        let here = self.apps.iter().any(|app| app.package == package && !app.removed);
        match print::code_paths(self).get(package).filter(|_| here) {
            Some(path) => Answer::out(format!("package:{path}/base.apk\n")),
            None => Answer::refused("", 1),
        }
    }

    fn launchers(&self) -> String {
        let shown = |app: &&Record| !app.removed && app.launcher == crate::phone::Launcher::Shown;
        let shown: Vec<_> = self.apps.iter().filter(shown).collect();
        let mut out = format!("{} activities found:\n", shown.len());
        for (number, app) in shown.iter().enumerate() {
            let _ = write!(
                out,
                "  Activity #{number}:\n    priority=0 preferredOrder=0 match=0x108000 specificIndex=-1 isDefault=true\n    {0}/{0}.MainActivity\n",
                app.package
            );
        }
        out
    }

    fn app(&mut self, package: &str) -> Option<&mut Record> {
        self.apps.iter_mut().find(|app| app.package == package && !app.removed)
    }

    fn uninstall(&mut self, package: &str, user: &str) -> Answer {
        let Some(app) = self.app(package) else {
            return Answer { code: 1, ..Answer::out("Failure [not installed for 0]\n") };
        };
        // What administers the phone cannot be uninstalled before that is taken from it.
        if app.admin {
            return Answer {
                code: 1,
                ..Answer::out("Failure [DELETE_FAILED_DEVICE_POLICY_MANAGER]\n")
            };
        }
        let user = user.parse().unwrap_or(0);
        app.users.retain(|known| *known != user);
        if app.users.is_empty() {
            app.removed = true;
        }
        Answer::changed("Success\n")
    }

    fn install_existing(&mut self, package: &str, user: &str) -> Answer {
        let user = user.parse().unwrap_or(0);
        match self.apps.iter_mut().find(|app| app.package == package && app.source.is_system()) {
            Some(app) => {
                app.removed = false;
                app.users.push(user);
                Answer::changed(&format!("Package {package} installed for user: {user}\n"))
            }
            None => Answer::refused(format!("Error: package {package} not found\n"), 1),
        }
    }

    fn switch(&mut self, package: &str, on: bool) -> Answer {
        let Some(app) = self.app(package) else {
            return Answer::refused(
                format!("Error: java.lang.IllegalArgumentException: Unknown package: {package}\n"),
                255,
            );
        };
        app.switched_off = !on;
        let state = if on { "enabled" } else { "disabled-user" };
        Answer::changed(&format!("Package {package} new state: {state}\n"))
    }

    fn permit(&mut self, package: &str, permission: &str, allowed: bool) -> Answer {
        let Some(app) = self.app(package) else {
            return Answer::refused(
                format!("Error: java.lang.IllegalArgumentException: Unknown package: {package}\n"),
                255,
            );
        };
        let short = permission.trim_start_matches("android.permission.");
        let (from, to) = if allowed {
            (&mut app.refused, &mut app.granted)
        } else {
            (&mut app.granted, &mut app.refused)
        };
        match from.iter().position(|known| *known == short) {
            Some(at) => {
                let name = from.remove(at);
                to.push(name);
                Answer::changed("")
            }
            None if to.contains(&short) => Answer::out(""),
            None => Answer::refused(
                format!(
                    "Error: java.lang.SecurityException: Package {package} has not requested permission {permission}\n"
                ),
                255,
            ),
        }
    }

    fn appops(&mut self, words: &[&str]) -> Answer {
        let ["set", "--user", _, package, op, mode] = words else {
            return Answer::refused("Error: unknown command\n", 255);
        };
        let mode = match *mode {
            "allow" => 0,
            "ignore" => 1,
            "deny" => 2,
            _ => 3,
        };
        let Some(app) = self.app(package) else {
            return Answer::refused(format!("Error: No UID for {package} in user 0\n"), 255);
        };
        if let Some(known) = app.ops.iter_mut().find(|known| known.op == *op) {
            known.mode = mode;
        }
        Answer::changed("")
    }

    /// Only an app that is built for tests lets the cable do this.
    fn remove_admin(&mut self, words: &[&str]) -> Answer {
        let component = words.last().copied().unwrap_or_default();
        let package = component.split('/').next().unwrap_or_default().to_owned();
        match self.app(&package) {
            Some(app) if app.admin && app.debuggable => {
                app.admin = false;
                Answer::changed(&format!("Success: Admin removed ComponentInfo{{{component}}}\n"))
            }
            Some(app) if app.admin => Answer::refused(
                format!(
                    "Error: java.lang.SecurityException: Attempt to remove non-test admin ComponentInfo{{{component}}} 0\n"
                ),
                255,
            ),
            _ => Answer::refused("Error: java.lang.IllegalArgumentException: no such admin\n", 255),
        }
    }

    fn take_admin_by_hand(&mut self, package: &str) -> Answer {
        match self.app(package) {
            Some(app) if app.admin => {
                app.admin = false;
                Answer::changed("")
            }
            _ => Answer::refused("it is no administrator", 1),
        }
    }

    fn keeps_computers(&mut self, computers: u8) -> Answer {
        self.computers = computers;
        Answer::changed("")
    }

    fn settings(&mut self, words: &[&str]) -> Answer {
        let words = if let ["--user", _, rest @ ..] = words { rest } else { words };
        match words {
            ["list", table] => match print::settings_list(self, table) {
                Some(out) => Answer::out(out),
                None => Answer::refused("Invalid namespace\n", 255),
            },
            ["get", table, key] => {
                let list = print::settings_pairs(self, table).unwrap_or_default();
                let value = list.into_iter().find(|(known, _)| known == key);
                Answer::out(value.map_or("null".to_owned(), |(_, value)| value) + "\n")
            }
            ["put", table, key, value] => {
                self.write_setting(table, key, Some(value));
                Answer::changed("")
            }
            ["delete", table, key] => {
                self.write_setting(table, key, None);
                Answer::changed("Deleted 1 rows\n")
            }
            _ => Answer::refused("Invalid command\n", 255),
        }
    }

    fn write_setting(&mut self, table: &str, key: &str, value: Option<&str>) {
        let names = |package: &str| {
            value.unwrap_or_default().split(':').any(|name| name.split('/').next() == Some(package))
        };
        match key {
            "enabled_accessibility_services" => {
                for app in &mut self.apps {
                    app.accessibility = names(&app.package);
                }
            }
            "enabled_notification_listeners" => {
                for app in &mut self.apps {
                    app.listener = names(&app.package);
                }
            }
            _ => {
                self.unset.retain(|(known, name)| (known.as_str(), name.as_str()) != (table, key));
                match (value, table) {
                    (Some(value), "global") => self.set_global(key, value),
                    (Some(value), _) => self.set_secure(key, value),
                    (None, _) => self.unset.push((table.to_owned(), key.to_owned())),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Handset, Kind};
    use super::*;

    #[test]
    fn what_is_removed_is_gone_from_every_answer() {
        let mut phone = Phone::new("x", Kind::Clean, Handset::in_turn(2), 1);
        let app = Record::new("com.example.watch").with(|app| app.accessibility = true);
        phone.put(app);
        let mut says = |words: &str| {
            let words: Vec<_> = words.split(' ').collect();
            phone.answer(&words).unwrap()
        };
        let asks = ["pm list packages", "settings list secure", "dumpsys accessibility"];
        for question in asks {
            assert!(says(question).out.contains("com.example.watch"), "{question}");
        }
        let removed = says("pm uninstall --user 0 com.example.watch");
        assert!(removed.changed && removed.out == "Success\n", "{removed:?}");
        for question in asks {
            assert!(!says(question).out.contains("com.example.watch"), "{question}");
        }
        assert_eq!(says("pm uninstall --user 0 com.example.watch").code, 1);
    }

    #[test]
    fn an_old_phone_refuses_options_that_came_later() {
        let handset = (0..30).map(Handset::in_turn).find(|handset| handset.sdk < 26).unwrap();
        let mut phone = Phone::new("x", Kind::Clean, handset, 1);
        let refused =
            phone.answer(&["pm", "list", "packages", "-f", "--show-versioncode"]).unwrap();
        assert_eq!((refused.code, refused.out.as_str()), (1, ""));
        assert!(phone.answer(&["pm", "list", "packages", "-f"]).unwrap().out.contains("package:/"));
    }
}
