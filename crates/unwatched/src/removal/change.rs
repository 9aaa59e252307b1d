//! Which commands a step of a plan is made of, and which take it back. What the closed list has no
//! command for is done by hand.

use std::collections::BTreeMap;

use unwatched_acquire::live::commands::{
    Access, Component, PackageName, Permission, Removing, ServiceList, Switch, UserId,
};
use unwatched_device::evidence::SettingsTable;
use unwatched_device::facts::Facts;
use unwatched_device::plan::{Done, PlannedStep};

/// A step, over the cable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) run: Vec<Removing>,
    /// What is kept in the journal, so that it can be taken back by a later run.
    pub(crate) before: BTreeMap<String, String>,
}

/// The commands of a step, by how the phone stands now; `None` where it is done by hand.
pub(crate) fn change(step: &PlannedStep, facts: &Facts) -> Option<Change> {
    if step.done != Done::Cable {
        return None;
    }
    let mut before = BTreeMap::new();
    let run = match step.action {
        "switch_off_accessibility" | "switch_off_notification_access" => {
            let list = list_of(step.action);
            let on = listed(facts, list);
            before.insert("before".to_owned(), on.join(":"));
            let stay = on.iter().filter(|one| !is_of(one, step.app.as_deref()));
            let services: Option<Vec<Component>> = stay.map(|one| one.parse().ok()).collect();
            // A service that cannot be written back would be switched off with it.
            vec![Removing::SetServices { list, services: services?, user: only_user(step)? }]
        }
        "switch_play_protect_on" => {
            let known = setting(facts, SettingsTable::Global, Switch::VerifyApps.setting().1);
            before.insert("before".to_owned(), known.unwrap_or("unset").to_owned());
            vec![Removing::SetSwitch { switch: Switch::VerifyApps, on: Some(true) }]
        }
        _ => of_an_app(step)?,
    };
    Some(Change { run, before })
}

/// The commands that take a step back, from what the journal keeps of it; empty where there are none.
pub(crate) fn back(
    action: &str,
    names: &[String],
    users: &[u32],
    package: Option<&str>,
    before: Option<&str>,
    facts: &Facts,
) -> Vec<Removing> {
    let package: Option<PackageName> = package.and_then(|name| name.parse().ok());
    let each = |make: &dyn Fn(PackageName, UserId) -> Removing| -> Vec<Removing> {
        let Some(package) = &package else { return Vec::new() };
        users_of(users).into_iter().map(|user| make(package.clone(), user)).collect()
    };
    match action {
        "disable_app" => each(&|package, user| Removing::Enable { package, user }),
        "take_back_permission" => names
            .iter()
            .filter_map(|name| permission(name))
            .flat_map(|permission| {
                each(&|package, user| Removing::Grant { package, permission, user })
            })
            .collect(),
        "take_back_special_access" => names
            .iter()
            .filter_map(|name| access(name))
            .flat_map(|access| {
                each(&|package, user| Removing::SetAccess { package, access, allowed: true, user })
            })
            .collect(),
        "switch_off_accessibility" | "switch_off_notification_access" => {
            let list = list_of(action);
            let mut on = listed(facts, list);
            on.extend(names.iter().filter(|name| !on.contains(name)).cloned().collect::<Vec<_>>());
            let services: Option<Vec<Component>> = on.iter().map(|one| one.parse().ok()).collect();
            let user = users_of(users)[0];
            services
                .into_iter()
                .map(|services| Removing::SetServices { list, services, user })
                .collect()
        }
        "switch_play_protect_on" => {
            let on = match before {
                Some("unset") | None => None,
                Some("-1") => Some(false),
                Some(_) => Some(true),
            };
            vec![Removing::SetSwitch { switch: Switch::VerifyApps, on }]
        }
        _ => Vec::new(),
    }
}

fn of_an_app(step: &PlannedStep) -> Option<Vec<Removing>> {
    let package: PackageName = step.app.as_deref()?.parse().ok()?;
    let users = users_of(&step.users);
    let each = |make: &dyn Fn(UserId) -> Removing| users.iter().map(|user| make(*user)).collect();
    let all: Vec<Removing> = match step.action {
        "uninstall" => each(&|user| Removing::Uninstall { package: package.clone(), user }),
        "disable_app" => each(&|user| Removing::Disable { package: package.clone(), user }),
        "take_back_permission" => {
            // One that the closed list does not hold would stay: then all is done by hand.
            let known: Option<Vec<_>> = step.names.iter().map(|name| permission(name)).collect();
            let revoke = |permission| {
                let package = package.clone();
                users.iter().map(move |user| Removing::Revoke {
                    package: package.clone(),
                    permission,
                    user: *user,
                })
            };
            known?.into_iter().flat_map(revoke).collect()
        }
        "take_back_special_access" => {
            let known: Option<Vec<_>> = step.names.iter().map(|name| access(name)).collect();
            let take = |access| {
                let package = package.clone();
                users.iter().map(move |user| Removing::SetAccess {
                    package: package.clone(),
                    access,
                    allowed: false,
                    user: *user,
                })
            };
            known?.into_iter().flat_map(take).collect()
        }
        _ => return None,
    };
    (!all.is_empty()).then_some(all)
}

fn list_of(action: &str) -> ServiceList {
    if action == "switch_off_accessibility" {
        ServiceList::Accessibility
    } else {
        ServiceList::Notifications
    }
}

/// The services that are on, as the phone's settings write them.
fn listed(facts: &Facts, list: ServiceList) -> Vec<String> {
    let value = setting(facts, SettingsTable::Secure, list.key()).unwrap_or_default();
    value
        .split(':')
        .map(str::trim)
        .filter(|one| !one.is_empty() && *one != "null")
        .map(ToOwned::to_owned)
        .collect()
}

fn setting<'f>(facts: &'f Facts, table: SettingsTable, key: &str) -> Option<&'f str> {
    facts.settings.get(&(table, key.to_owned())).map(|(value, _)| value.as_str())
}

fn is_of(component: &str, package: Option<&str>) -> bool {
    component.split('/').next() == package
}

/// The lists of services belong to one user: with more than the first it is done by hand.
fn only_user(step: &PlannedStep) -> Option<UserId> {
    match users_of(&step.users).as_slice() {
        [only] => Some(*only),
        several => several.contains(&UserId::OWNER).then_some(UserId::OWNER),
    }
}

fn users_of(users: &[u32]) -> Vec<UserId> {
    let known: Vec<UserId> =
        users.iter().filter_map(|user| UserId::new(u16::try_from(*user).ok()?)).collect();
    if known.is_empty() { vec![UserId::OWNER] } else { known }
}

fn permission(name: &str) -> Option<Permission> {
    let short = name.strip_prefix("android.permission.")?;
    Permission::ALL.into_iter().find(|known| known.as_str() == short)
}

fn access(name: &str) -> Option<Access> {
    let all = [
        Access::UsageStats,
        Access::Overlay,
        Access::InstallApps,
        Access::AllFiles,
        Access::ProjectMedia,
    ];
    all.into_iter().find(|known| known.as_str() == name)
}

#[cfg(test)]
mod tests {
    use unwatched_device::plan::taken_back;

    use super::*;

    #[test]
    fn the_closed_list_holds_every_permission_that_a_plan_takes_back() {
        let unknown: Vec<_> = taken_back().filter(|name| permission(name).is_none()).collect();
        assert_eq!(unknown, Vec::<String>::new());
    }
}
