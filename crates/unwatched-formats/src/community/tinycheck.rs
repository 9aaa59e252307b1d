//! `indicators-for-tinycheck.json`: hosts and addresses of stalkerware, as TinyCheck reads them. One
//! line, a space after each comma and colon, nothing but ASCII and no newline, as the community's
//! own file is written.

use std::fmt::Write as _;

use super::dataset::{Entry, Field};

/// C2 hosts, websites and download places as `domain`, then addresses, per entry.
pub(super) fn write<'a>(entries: impl Iterator<Item = &'a Entry>) -> Vec<u8> {
    let mut text = String::from("{\"iocs\": [");
    let mut is_first = true;
    for entry in entries {
        let hosts = [Field::C2Domains, Field::Websites, Field::Distribution];
        let hosts = hosts.into_iter().flat_map(|field| entry.values(field));
        let addresses = [Field::C2Ips, Field::C2Ip];
        let addresses = addresses.into_iter().flat_map(|field| entry.values(field));
        let typed = hosts
            .map(|host| ("domain", host))
            .chain(addresses.map(|address| (address_type(address), address)));
        for (kind, value) in typed {
            let comma = if is_first { "" } else { ", " };
            is_first = false;
            let _ = write!(
                text,
                "{comma}{{\"type\": \"{kind}\", \"tag\": \"stalkerware\", \"tlp\": \"white\", \
                 \"value\": {}}}",
                quoted(value)
            );
        }
    }
    text.push_str("]}");
    text.into_bytes()
}

fn address_type(value: &str) -> &'static str {
    if value.contains(':') { "ip6addr" } else { "ip4addr" }
}

/// A JSON string of ASCII alone.
fn quoted(value: &str) -> String {
    let json = serde_json::to_string(value).expect("a string serialises");
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        if c.is_ascii() {
            text.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(text, "\\u{unit:04x}");
            }
        }
    }
    text
}
