//! `dumpsys connectivity`, `vpn_management` and `wifi`: which VPN is on, and whether a network
//! sends everything through a proxy. Names of networks and addresses of the phone are never kept.

use serde::{Deserialize, Serialize};

use super::component::is_name;
use super::{LineParser, Parsed};

/// A VPN that an app holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vpn {
    /// The app; `None` for the phone's own, and where the dump does not say whose it is.
    pub package: Option<String>,
    /// For which user.
    pub user: Option<u32>,
    /// Where.
    pub line: u64,
}

/// A proxy of one network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proxy {
    /// The host, or the address of the script that says which.
    pub host: String,
    /// It is such a script.
    pub script: bool,
    /// Where.
    pub line: u64,
}

/// What the dumps list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Network {
    /// VPNs that are on.
    pub vpns: Vec<Vpn>,
    /// Proxies.
    pub proxies: Vec<Proxy>,
    /// Lines that speak of networks at all, so that none means that the dump held nothing.
    pub lines: u64,
}

const MAX_ENTRIES: usize = 500;
const MAX_HOST_BYTES: usize = 2_048;

/// The parser.
#[derive(Debug, Default)]
pub struct NetworkParser {
    found: Network,
    /// The user of the block in `vpn_management` being read.
    user: Option<u32>,
}

impl NetworkParser {
    fn vpn(&mut self, package: &str, user: Option<u32>, line: u64) {
        // What Android itself puts there for its own VPN and for none.
        let own = package.starts_with("[Legacy VPN]") || package == "[Legacy";
        if !own && !is_name(package) {
            return;
        }
        let package = (!own).then(|| package.to_owned());
        let vpn = Vpn { package, user, line };
        let same = |known: &Vpn| known.package == vpn.package;
        if self.found.vpns.len() < MAX_ENTRIES && !self.found.vpns.iter().any(same) {
            self.found.vpns.push(vpn);
        }
    }

    /// `[host] 8080`, `PAC Script: http://..`, and both of them.
    fn proxy(&mut self, text: &str, line: u64) {
        let (script, rest) = match text.strip_prefix("PAC Script: ") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let host = if script {
            rest.split(['[', ' ']).next().unwrap_or_default()
        } else {
            let Some((host, _)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']'))
            else {
                return;
            };
            host
        };
        let is_host = !host.is_empty()
            && host.len() <= MAX_HOST_BYTES
            && !host.contains(char::is_whitespace)
            && !host.starts_with("ProxyProperties");
        if is_host && self.found.proxies.len() < MAX_ENTRIES {
            let proxy = Proxy { host: host.to_owned(), script, line };
            let same = |known: &Proxy| (&known.host, known.script) == (&proxy.host, script);
            if !self.found.proxies.iter().any(same) {
                self.found.proxies.push(proxy);
            }
        }
    }
}

impl LineParser for NetworkParser {
    type Value = Network;

    fn line(&mut self, number: u64, line: &str) {
        let text = line.trim();
        self.found.lines += u64::from(!text.is_empty());
        // vpn_management: `0: a.b` and, in newer versions, what of it is on. The first of them
        // only says who was allowed.
        if let Some((user, rest)) = text.split_once(": ")
            && let Ok(user) = user.parse()
            && !rest.contains(' ')
        {
            self.user = Some(user);
        } else if let Some(package) = text.strip_prefix("Active package name: ") {
            self.vpn(package, self.user, number);
        } else if text.starts_with("Active vpn type: -1") {
            let line = number.saturating_sub(1);
            self.found.vpns.retain(|vpn| vpn.line != line);
        }
        if let Some(at) = text.find("VPN CONNECTED extra: VPN:") {
            let rest = &text[at + "VPN CONNECTED extra: VPN:".len()..];
            let end = rest.find(['}', ' ', ',']).unwrap_or(rest.len());
            self.vpn(&rest[..end], None, number);
        }
        // Android 8 and earlier do not say whose it is.
        if text.contains("type: VPN[") && text.contains("state: CONNECTED/CONNECTED") {
            self.vpn("[Legacy VPN]", None, number);
        }
        for mark in ["HttpProxy: ", "HTTP proxy: "] {
            if let Some(at) = text.find(mark) {
                self.proxy(&text[at + mark.len()..], number);
            }
        }
    }

    fn end(self, whole: bool) -> Parsed<Network> {
        let mut problems = Vec::new();
        if self.found.lines == 0 {
            problems.push("it is empty".to_owned());
        }
        if !whole {
            problems.push("it ends before its end".to_owned());
        }
        Parsed { value: self.found, problems }
    }
}
