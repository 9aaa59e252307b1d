//! Whoever sees what the phone sends: VPN, proxies, private DNS, added certificate authorities.

use std::collections::BTreeSet;

use super::hosts::{NOT_READ, Server, service_of};
use super::{Names, access, way_in};
use crate::android::component::is_name;
use crate::catalogue::catalogue;
use crate::evidence::SettingsTable;
use crate::facts::{Facts, Part, Seen};
use crate::judge::view::View;
use crate::result::{Finding, Signal, Subject};

/// One finding per VPN, proxy and the like.
pub(super) fn findings(facts: &Facts, names: &Names<'_>) -> Vec<Finding> {
    let mut findings = vpns(facts, names);
    findings.extend(proxies(facts).into_iter().map(|proxy| {
        let words = [("what", proxy.what), ("host", &proxy.shown), ("setting", proxy.setting)];
        let signal = catalogue().rule(proxy.rule).signal(&words, facts.place(proxy.seen));
        access(proxy.id(), Subject::Setting(proxy.setting.to_owned()), signal)
    }));
    if let Some((host, seen)) = private_dns(facts) {
        let shown = service_of(host);
        let words = [("host", shown.as_str()), ("setting", "private_dns_specifier")];
        let signal = catalogue().rule("A_private_dns").signal(&words, facts.place(seen));
        let subject = Subject::Setting("private_dns_specifier".to_owned());
        findings.push(access("setting:private_dns_specifier".to_owned(), subject, signal));
    }
    if let Some(seen) = facts.access.certificate_warning {
        let what = match seen.part {
            Part::AqfFiles => "its file lies among the phone's",
            _ => "the phone itself warns of it",
        };
        let rule = catalogue().rule("A_user_certificate");
        let signal = rule.signal(&[("what", what)], facts.place(seen));
        findings.push(way_in("user_certificate", "", signal));
    }
    findings
}

/// The VPN that is always on, of every user.
fn always_on(facts: &Facts) -> impl Iterator<Item = (&str, Seen)> {
    const KEY: &str = "always_on_vpn_app";
    let first = facts.settings.get(&(SettingsTable::Secure, KEY.to_owned()));
    let first = first.map(|(value, seen)| (value.trim(), *seen));
    let others = facts.access.other_users_settings.iter().filter(|(_, key, _)| key == KEY);
    let others = others.map(|(_, _, at)| (at.what.trim(), at.seen));
    first.into_iter().chain(others).filter(|(name, _)| !name.is_empty() && *name != "null")
}

const ALWAYS_ON: &str = "is set as the VPN that is always on";
const ON_NOW: &str = "held the VPN that was on when this was recorded";

/// How this app holds the phone's VPN.
pub(crate) fn vpn_of(facts: &Facts, app: &View<'_>) -> Option<(&'static str, Seen)> {
    let always = always_on(facts).find(|(name, _)| *name == app.name);
    let always = always.map(|(_, seen)| (ALWAYS_ON, seen));
    always.or_else(|| {
        let on = facts.access.vpns.iter().find(|at| at.what.package.as_deref() == Some(app.name));
        on.map(|at| (ON_NOW, at.seen))
    })
}

fn vpns(facts: &Facts, names: &Names<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    // What is no app's name is nothing to print.
    let always =
        always_on(facts).map(|(name, seen)| (is_name(name).then_some(name), ALWAYS_ON, seen));
    let vpns = facts.access.vpns.iter();
    let on = vpns.map(|at| (at.what.package.as_deref(), ON_NOW, at.seen));
    for (package, what, seen) in always.chain(on) {
        let shown = package.map_or("The phone itself, or an app it does not name,", |package| {
            names.shown(package)
        });
        let whose = package.map_or_else(String::new, |package| names.id(package));
        let words = [("package", shown), ("what", what)];
        let rule = if what == ALWAYS_ON { "A_vpn_always_on" } else { "A_vpn" };
        let signal = catalogue().rule(rule).signal(&words, facts.place(seen));
        add(&mut findings, way_in("vpn", &whose, signal));
    }
    findings
}

/// One finding per app: what else is said of it is one more fact.
fn add(findings: &mut Vec<Finding>, finding: Finding) {
    let Some(same) = findings.iter_mut().find(|other| other.id == finding.id) else {
        return findings.push(finding);
    };
    let new = |signal: &Signal| !same.signals.iter().any(|known| known.fact == signal.fact);
    let more: Vec<_> = finding.signals.into_iter().filter(new).collect();
    same.signals.extend(more);
}

/// A proxy, of all networks or of one.
pub(crate) struct ProxySeen<'f> {
    /// The host alone; empty where none can be told from the setting.
    pub(crate) host: &'f str,
    shown: String,
    what: &'static str,
    rule: &'static str,
    setting: &'static str,
    pub(crate) seen: Seen,
}

impl<'f> ProxySeen<'f> {
    fn new(setting: &'static str, value: &'f str, script: bool, seen: Seen) -> Self {
        let server = Server::of(value);
        let shown = server.map_or_else(|| NOT_READ.to_owned(), Server::shown);
        let shown = if script { format!("what the script at {shown} says") } else { shown };
        let (what, rule) = if setting == OF_ONE {
            ("A setting of one network", "A_network_proxy")
        } else {
            ("A setting for all networks", "A_proxy")
        };
        let host = server.map_or("", |server| server.host);
        Self { host, shown, what, rule, setting, seen }
    }

    fn id(&self) -> String {
        let host = if self.host.is_empty() { String::new() } else { format!(":{}", self.host) };
        format!("setting:{}{host}", self.setting)
    }
}

const OF_ONE: &str = "network_proxy";

/// Every proxy that is set.
pub(crate) fn proxies(facts: &Facts) -> Vec<ProxySeen<'_>> {
    let mut proxies: Vec<ProxySeen<'_>> = Vec::new();
    let set =
        [("http_proxy", false), ("global_http_proxy_host", false), ("global_proxy_pac_url", true)];
    for (setting, script) in set {
        let Some((value, seen)) = facts.settings.get(&(SettingsTable::Global, setting.to_owned()))
        else {
            continue;
        };
        let value = value.trim();
        // What Android writes for none.
        let none = value.starts_with(':') || matches!(value, "" | "null" | "0");
        if !none {
            proxies.push(ProxySeen::new(setting, value, script, *seen));
        }
    }
    for at in &facts.access.proxies {
        proxies.push(ProxySeen::new(OF_ONE, &at.what.host, at.what.script, at.seen));
    }
    // Two settings may tell of one proxy; the first of them counts.
    let mut hosts = BTreeSet::new();
    proxies.retain(|proxy| hosts.insert(proxy.host));
    proxies
}

/// The host that is asked for every name, where somebody set one.
pub(crate) fn private_dns(facts: &Facts) -> Option<(&str, Seen)> {
    let setting = |key: &str| facts.settings.get(&(SettingsTable::Global, key.to_owned()));
    let (mode, _) = setting("private_dns_mode")?;
    let (host, seen) = setting("private_dns_specifier")?;
    let set = mode.trim() == "hostname" && !matches!(host.trim(), "" | "null");
    set.then_some((host.trim(), *seen))
}
