//! `getprop`: `[key]: [value]`, of which only what names the kind of device is kept. Serial
//! numbers and the like are never read into memory as facts.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{LineParser, Parsed};

/// What names the kind of device.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Properties {
    /// `ro.product.manufacturer`.
    pub maker: Option<String>,
    /// `ro.product.model`.
    pub model: Option<String>,
    /// `ro.build.version.release`.
    pub os_version: Option<String>,
    /// What says how the phone was started and who may debug it, with its line.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub boot: BTreeMap<String, (String, u64)>,
}

/// Properties about the start of the phone and debugging that are kept.
const BOOT: [&str; 14] = [
    "persist.adb.tcp.port",
    "ro.boot.flash.locked",
    "ro.boot.vbmeta.device_state",
    "ro.boot.verifiedbootstate",
    "ro.boot.veritymode",
    "ro.boot.warranty_bit",
    "ro.build.tags",
    "ro.build.type",
    "ro.debuggable",
    "ro.secure",
    "ro.warranty_bit",
    "service.adb.root",
    "service.adb.tcp.port",
    "sys.oem_unlock_allowed",
];

/// The parser.
#[derive(Debug, Default)]
pub struct GetpropParser {
    found: Properties,
    properties: usize,
}

/// A value short enough to show, or nothing: `[` `]` and control characters never belong to one.
fn shown(value: &str) -> Option<String> {
    let value: String = value.chars().filter(|c| !c.is_control()).take(80).collect();
    let value = value.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

impl LineParser for GetpropParser {
    type Value = Properties;

    fn line(&mut self, number: u64, line: &str) {
        // A value over several lines opens on its first; none that is kept here has more.
        let Some((key, value)) = line.trim_start().strip_prefix('[').and_then(|rest| {
            let (key, value) = rest.split_once("]: [")?;
            Some((key, value.strip_suffix(']').unwrap_or(value)))
        }) else {
            return;
        };
        self.properties += 1;
        let slot = match key {
            "ro.product.manufacturer" => &mut self.found.maker,
            "ro.product.model" => &mut self.found.model,
            "ro.build.version.release" => &mut self.found.os_version,
            key if BOOT.binary_search(&key).is_ok() => {
                if let Some(value) = shown(value) {
                    self.found.boot.entry(key.to_owned()).or_insert((value, number));
                }
                return;
            }
            _ => return,
        };
        if slot.is_none() {
            *slot = shown(value);
        }
    }

    fn end(self, whole: bool) -> Parsed<Properties> {
        let mut problems = Vec::new();
        if self.properties == 0 {
            problems.push("it holds no properties".to_owned());
        }
        if !whole {
            problems.push("it ends before its end".to_owned());
        }
        Parsed { value: self.found, problems }
    }
}
