//! `dumpsys netstats detail` and its short form (`--checkin`): how much each app, by the number
//! under which the system accounts for it, sent and received on the screen and behind it.
//!
//! Names of networks stand in the dump and are never read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{LineParser, Parsed};

const MAX_UIDS: usize = 20_000;

/// Bytes of one number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traffic {
    /// Sent behind other apps.
    pub background_sent: u64,
    /// Received behind other apps.
    pub background_received: u64,
    /// Sent while on the screen.
    pub foreground_sent: u64,
    /// Received while on the screen.
    pub foreground_received: u64,
    /// Where.
    pub line: u64,
}

/// The whole dump.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct NetStats {
    /// Whether it has the traffic of apps.
    pub recognised: bool,
    /// By the system's number, the user's part included.
    pub by_uid: BTreeMap<u32, Traffic>,
}

/// The parser.
#[derive(Debug, Default)]
pub struct NetStatsParser {
    found: NetStats,
    /// The number that the buckets below belong to, and whether on the screen.
    current: Option<(u32, bool)>,
}

fn value<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    let at = text.find(key)? + key.len();
    text[at..].split([' ', ',']).next()
}

fn bytes(text: &str, keys: [&str; 2]) -> Option<u64> {
    keys.iter().find_map(|key| value(text, key)?.parse().ok())
}

fn is_foreground(set: &str) -> Option<bool> {
    match set {
        "FOREGROUND" | "fg" => Some(true),
        "DEFAULT" | "BACKGROUND" | "def" | "bg" => Some(false),
        _ => None,
    }
}

impl NetStatsParser {
    fn open(&mut self, number: u64, uid: &str, set: &str, tag: &str) {
        self.current = None;
        // Tagged traffic is counted under tag 0 as well; -1 is the whole device.
        let (Ok(uid), Some(foreground)) = (uid.parse::<u32>(), is_foreground(set)) else { return };
        if !matches!(tag, "0x0" | "0") {
            return;
        }
        self.found.recognised = true;
        if self.found.by_uid.len() < MAX_UIDS || self.found.by_uid.contains_key(&uid) {
            let new = Traffic { line: number, ..Traffic::default() };
            self.found.by_uid.entry(uid).or_insert(new);
            self.current = Some((uid, foreground));
        }
    }

    fn bucket(&mut self, received: u64, sent: u64) {
        let Some((uid, foreground)) = self.current else { return };
        let Some(traffic) = self.found.by_uid.get_mut(&uid) else { return };
        let (to_sent, to_received) = if foreground {
            (&mut traffic.foreground_sent, &mut traffic.foreground_received)
        } else {
            (&mut traffic.background_sent, &mut traffic.background_received)
        };
        *to_sent = to_sent.saturating_add(sent);
        *to_received = to_received.saturating_add(received);
    }
}

impl LineParser for NetStatsParser {
    type Value = NetStats;

    fn line(&mut self, number: u64, line: &str) {
        let text = line.trim();
        if text.starts_with("st=") || text.starts_with("bucketStart=") {
            let received = bytes(text, [" rb=", " rxBytes="]).unwrap_or_default();
            let sent = bytes(text, [" tb=", " txBytes="]).unwrap_or_default();
            self.bucket(received, sent);
        } else if text.starts_with("ident=") {
            let end = text.rfind(']').unwrap_or_default();
            let of = |key| value(&text[end..], key).unwrap_or_default();
            self.open(number, of(" uid="), of(" set="), of(" tag="));
        } else if text == "UID stats:" {
            self.found.recognised = true;
            self.current = None;
        } else if let Some(rest) = text.strip_prefix("c,") {
            // `c,NETWORK,UID,SET,TAG`
            let parts: Vec<_> = rest.split(',').take(5).collect();
            if let [_, uid, set, tag, ..] = parts[..] {
                self.open(number, uid, set, tag);
            }
        } else if let Some(rest) = text.strip_prefix("b,") {
            // `b,START,RECEIVED,PACKETS,SENT,PACKETS,..`
            let mut parts = rest.split(',').map(|part| part.parse().unwrap_or_default());
            let (received, sent) = (parts.nth(1), parts.nth(1));
            self.bucket(received.unwrap_or_default(), sent.unwrap_or_default());
        } else if text.ends_with("stats:") {
            self.current = None;
        }
    }

    fn end(self, whole: bool) -> Parsed<NetStats> {
        let mut problems = Vec::new();
        if !self.found.recognised {
            problems.push("it does not say what each app sent and received".to_owned());
        }
        if !whole {
            problems.push("it ends before its end".to_owned());
        }
        Parsed { value: self.found, problems }
    }
}
