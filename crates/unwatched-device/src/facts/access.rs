//! Who else can get into the phone, as observed: users, locks, fingers, linked devices, networks.
//! Never a name, an address of a device or of a network, or a kind of lock.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Part, Seen, pairs};
use crate::android::adb_keys::AdbKeys;
use crate::android::biometrics::Enrolled;
use crate::android::companion::{Association, Companions};
use crate::android::lock_settings::LockSettings;
use crate::android::network::{Network, Proxy, Vpn};
use crate::android::telephony::Telephony;
use crate::android::trust::{Trust, TrustAgent};
use crate::android::user::{UserKind, Users};

/// Something with the place where it was observed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct At<T> {
    /// What.
    pub what: T,
    /// Where.
    pub seen: Seen,
}

/// An address that somebody watches for, found in the text of the evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressSeen {
    /// How many times it stands there.
    pub times: u64,
    /// The first of them.
    pub seen: Seen,
}

/// Everything of this kind.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct AccessFacts {
    /// Users and profiles.
    pub users: BTreeMap<u32, At<UserKind>>,
    /// Apps that may keep the phone unlocked.
    pub trust_agents: Vec<At<TrustAgent>>,
    /// How many fingers or faces, by part and user.
    #[serde(with = "pairs")]
    pub enrolled: BTreeMap<(Part, u32), At<u32>>,
    /// Which users have a lock.
    pub locks: BTreeMap<u32, At<bool>>,
    /// Profiles that are unlocked apart from their owner.
    pub separate_locks: BTreeMap<u32, Seen>,
    /// Apps linked to another device.
    pub companions: Vec<At<Association>>,
    /// VPNs that are on.
    pub vpns: Vec<At<Vpn>>,
    /// Proxies of single networks.
    pub proxies: Vec<At<Proxy>>,
    /// The computers that may debug the phone.
    pub adb_keys: Option<At<AdbKeys>>,
    /// Lines that say that calls are forwarded.
    pub forwards: Vec<Seen>,
    /// The phone's own warning that somebody added a certificate authority.
    pub certificate_warning: Option<Seen>,
    /// What the phone said of its start and of debugging, by property.
    pub boot: BTreeMap<String, At<String>>,
    /// Settings of other users than the first.
    pub other_users_settings: Vec<(u32, String, At<String>)>,
    /// Addresses that somebody watches for, in the text of the evidence.
    #[serde(with = "pairs")]
    pub addresses: BTreeMap<(String, Part), AddressSeen>,
}

/// What the parsers found, put beside what is there already.
impl AccessFacts {
    pub(crate) fn add_users(&mut self, place: usize, users: Users) {
        for (user, (kind, line)) in users.users {
            let seen = Seen { place, part: Part::User, line };
            self.users.entry(user).or_insert(At { what: kind, seen });
        }
    }

    pub(crate) fn add_trust(&mut self, place: usize, trust: Trust) {
        for agent in trust.agents {
            let seen = Seen { place, part: Part::Trust, line: agent.line };
            self.trust_agents.push(At { what: agent, seen });
        }
    }

    pub(crate) fn add_enrolled(&mut self, place: usize, part: Part, enrolled: &Enrolled) {
        for (user, (count, line)) in &enrolled.by_user {
            let seen = Seen { place, part, line: *line };
            let found = At { what: *count, seen };
            let slot = self.enrolled.entry((part, *user)).or_insert_with(|| found.clone());
            if slot.what < *count {
                *slot = found;
            }
        }
    }

    pub(crate) fn add_locks(&mut self, place: usize, locks: &LockSettings) {
        let at = |line| Seen { place, part: Part::LockSettings, line };
        for (user, (has_lock, line)) in &locks.locks {
            self.locks.entry(*user).or_insert(At { what: *has_lock, seen: at(*line) });
        }
        for (user, line) in &locks.separate {
            self.separate_locks.entry(*user).or_insert(at(*line));
        }
    }

    pub(crate) fn add_companions(&mut self, place: usize, companions: Companions) {
        for association in companions.associations {
            let seen = Seen { place, part: Part::Companions, line: association.line };
            // One link that was taken back says nothing of another that stands.
            if !self.companions.iter().any(|known| known.what.is_same_link(&association)) {
                self.companions.push(At { what: association, seen });
            }
        }
    }

    pub(crate) fn add_network(&mut self, place: usize, part: Part, network: Network) {
        for vpn in network.vpns {
            let seen = Seen { place, part, line: vpn.line };
            if !self.vpns.iter().any(|known| known.what.package == vpn.package) {
                self.vpns.push(At { what: vpn, seen });
            }
        }
        for proxy in network.proxies {
            let seen = Seen { place, part, line: proxy.line };
            if !self.proxies.iter().any(|known| known.what.host == proxy.host) {
                self.proxies.push(At { what: proxy, seen });
            }
        }
    }

    pub(crate) fn add_adb_keys(&mut self, place: usize, keys: AdbKeys) {
        let seen = Seen { place, part: Part::Adb, line: keys.line };
        let more = self.adb_keys.as_ref().is_none_or(|known| known.what.count < keys.count);
        if keys.recognised && more {
            self.adb_keys = Some(At { what: keys, seen });
        }
    }

    pub(crate) fn add_telephony(&mut self, place: usize, telephony: Telephony) {
        let at = |line| Seen { place, part: Part::Telephony, line };
        self.forwards.extend(telephony.forwards.into_iter().map(at));
    }

    /// `part`: log lines or text messages.
    pub(crate) fn add_addresses(
        &mut self,
        place: usize,
        part: Part,
        found: BTreeMap<String, (u64, u64)>,
    ) {
        for (address, (times, line)) in found {
            let seen = Seen { place, part, line };
            let slot = self.addresses.entry((address, part));
            let slot = slot.or_insert(AddressSeen { times: 0, seen });
            slot.times += times;
        }
    }

    /// Users whose apps must not be given away.
    pub(crate) fn private_users(&self) -> impl Iterator<Item = u32> {
        self.users.iter().filter(|(_, at)| at.what == UserKind::Private).map(|(user, _)| *user)
    }
}
