//! The sections of a dump that tell who else can get into the phone, each with its parser and
//! with what of it goes among the facts.

use super::adb_keys::AdbKeysParser;
use super::biometrics::BiometricsParser;
use super::companion::CompanionParser;
use super::dump::{SectionState, note};
use super::lock_settings::LockSettingsParser;
use super::network::NetworkParser;
use super::telephony::TelephonyParser;
use super::trust::TrustParser;
use super::{LineParser, Parsed};
use crate::facts::{Facts, Part};

/// The parser of the section being read.
pub(super) enum WayIn {
    Trust(TrustParser),
    Biometrics(Part, BiometricsParser),
    Locks(LockSettingsParser),
    Companions(CompanionParser),
    Network(Part, NetworkParser),
    Adb(AdbKeysParser),
    Telephony(TelephonyParser),
}

impl WayIn {
    pub(super) fn of_service(name: &str) -> Option<Self> {
        Some(match name {
            "trust" => Self::Trust(TrustParser::default()),
            "fingerprint" => Self::Biometrics(Part::Fingerprint, BiometricsParser::default()),
            "face" => Self::Biometrics(Part::Face, BiometricsParser::default()),
            "lock_settings" => Self::Locks(LockSettingsParser::default()),
            "companiondevice" => Self::Companions(CompanionParser::default()),
            "connectivity" => Self::Network(Part::Connectivity, NetworkParser::default()),
            "vpn_management" => Self::Network(Part::VpnManagement, NetworkParser::default()),
            "wifi" => Self::Network(Part::Wifi, NetworkParser::default()),
            "adb" => Self::Adb(AdbKeysParser::default()),
            "telephony.registry" => Self::Telephony(TelephonyParser::default()),
            _ => return None,
        })
    }

    pub(super) fn line(&mut self, number: u64, line: &str) {
        match self {
            Self::Trust(parser) => parser.line(number, line),
            Self::Biometrics(_, parser) => parser.line(number, line),
            Self::Locks(parser) => parser.line(number, line),
            Self::Companions(parser) => parser.line(number, line),
            Self::Network(_, parser) => parser.line(number, line),
            Self::Adb(parser) => parser.line(number, line),
            Self::Telephony(parser) => parser.line(number, line),
        }
    }

    /// Puts what was read among the facts.
    pub(super) fn end(self, facts: &mut Facts, place: usize, state: &SectionState) {
        let whole = state.is_whole();
        match self {
            Self::Trust(parser) => {
                let found = noted(facts, place, Part::Trust, parser.end(whole));
                covered(facts, state, Part::Trust, found.recognised);
                facts.access.add_trust(place, found);
            }
            Self::Biometrics(part, parser) => {
                let found = noted(facts, place, part, parser.end(whole));
                covered(facts, state, part, found.counts);
                facts.access.add_enrolled(place, part, &found);
            }
            Self::Locks(parser) => {
                let found = noted(facts, place, Part::LockSettings, parser.end(whole));
                covered(facts, state, Part::LockSettings, found.recognised);
                facts.access.add_locks(place, &found);
            }
            Self::Companions(parser) => {
                let found = noted(facts, place, Part::Companions, parser.end(whole));
                covered(facts, state, Part::Companions, found.recognised);
                facts.access.add_companions(place, found);
            }
            Self::Network(part, parser) => {
                let found = noted(facts, place, part, parser.end(whole));
                covered(facts, state, part, found.lines > 0);
                facts.access.add_network(place, part, found);
            }
            Self::Adb(parser) => {
                let found = noted(facts, place, Part::Adb, parser.end(whole));
                covered(facts, state, Part::Adb, found.recognised);
                facts.access.add_adb_keys(place, found);
            }
            Self::Telephony(parser) => {
                let found = noted(facts, place, Part::Telephony, parser.end(whole));
                covered(facts, state, Part::Telephony, found.tells);
                facts.access.add_telephony(place, found);
            }
        }
    }
}

fn noted<T>(facts: &mut Facts, place: usize, part: Part, parsed: Parsed<T>) -> T {
    note(facts, place, part.as_str(), parsed)
}

fn covered(facts: &mut Facts, state: &SectionState, part: Part, recognised: bool) {
    let coverage = if recognised {
        state.coverage()
    } else {
        state.unreadable("it does not hold what it should")
    };
    facts.cover(part, coverage);
}
