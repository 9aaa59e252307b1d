//! `unwatched.rpz`: a response policy zone of what stalkerware talks to, for the resolvers of a
//! shelter or an organisation. Only families whose class is stalkerware are in it: a name that is
//! disputed is nobody's to block.

use std::fmt::Write as _;
use std::net::IpAddr;

use unwatched_model::class::Class;
use unwatched_model::indicator::{IndicatorKind, Role};

use super::{Feed, FeedRow};

/// The file's name.
pub const FILE_NAME: &str = "unwatched.rpz";

/// A name in the zone has the zone's own behind it: longer ones would not load.
const MAX_NAME_BYTES: usize = 200;

/// What whoever loads it must know first.
const CAUTION: [&str; 4] = [
    "Blocking is noticed: whoever watches sees that the phone has gone silent, and may ask why.",
    "On a network that somebody at risk uses, log first, and block nothing without a plan made with",
    "them: in BIND, response-policy { zone \"unwatched.rpz\" policy passthru log yes; };",
    "Hosts on shared infrastructure are in it only after somebody looked at each.",
];

/// The file. Its serial is the release's number.
pub fn render(feed: &Feed<'_>) -> Vec<u8> {
    let mut text = format!("; Release {} of {}.\n", feed.head.sequence, feed.head.published);
    for line in feed.notice_lines().iter().map(String::as_str).chain(CAUTION) {
        let _ = writeln!(text, "; {line}");
    }
    // 2^32 releases are a long time away.
    let serial = feed.head.sequence & 0xffff_ffff;
    let _ = write!(
        text,
        "$TTL 3600\n@ IN SOA localhost. nobody.localhost. ( {serial} 3600 900 2592000 300 )\n\
         @ IN NS localhost.\n"
    );
    let mut last = None;
    let mut rows: Vec<_> = feed.rows.iter().filter(|row| is_in(feed, row)).collect();
    rows.sort_by_key(|row| (row.kind, row.value, row.family));
    for row in rows {
        let family = feed.family_of(row);
        let sources = row.sources.join(", ");
        let about = format!(
            "; {}: {}, {}, TLP:{}, {}, from {sources}",
            family.family.id, family.class, row.role, row.tlp, row.id
        );
        let _ = writeln!(text, "{}", super::printable(&about));
        // Two families of one host: a name stands in a zone once.
        if last == Some((row.kind, row.value)) {
            continue;
        }
        last = Some((row.kind, row.value));
        match row.value.parse::<IpAddr>() {
            Ok(address) => {
                let _ = writeln!(text, "{} CNAME .", trigger(address));
            }
            Err(_) => {
                let _ = write!(text, "{0} CNAME .\n*.{0} CNAME .\n", row.value);
            }
        }
    }
    text.into_bytes()
}

fn is_in(feed: &Feed<'_>, row: &FeedRow<'_>) -> bool {
    let fits = row.kind == IndicatorKind::Domain && row.value.len() <= MAX_NAME_BYTES;
    (fits || row.kind == IndicatorKind::Address)
        && row.role == Role::C2
        && row.may_be_blocked()
        && feed.family_of(row).class == Class::Stalkerware
}

/// How a zone names an address: its parts backwards behind the length of the network, and the
/// longest run of zeroes of an IPv6 one as `zz`.
fn trigger(address: IpAddr) -> String {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, c, d] = v4.octets();
            format!("32.{d}.{c}.{b}.{a}.rpz-ip")
        }
        IpAddr::V6(v6) => {
            let segments = v6.segments();
            let zeroes = longest_zeroes(&segments);
            let mut parts = Vec::new();
            let mut at = segments.len();
            while at > 0 {
                at -= 1;
                if zeroes.is_some_and(|(_, end)| at + 1 == end) {
                    parts.push("zz".to_owned());
                    at = zeroes.map_or(at, |(start, _)| start);
                } else {
                    parts.push(format!("{:x}", segments[at]));
                }
            }
            format!("128.{}.rpz-ip", parts.join("."))
        }
    }
}

/// The first longest run of at least two zeroes: from, and up to.
fn longest_zeroes(segments: &[u16]) -> Option<(usize, usize)> {
    let mut best: Option<(usize, usize)> = None;
    let mut start = 0;
    for at in 0..=segments.len() {
        if segments.get(at) != Some(&0) {
            if at - start >= 2 && best.is_none_or(|(from, to)| at - start > to - from) {
                best = Some((start, at));
            }
            start = at + 1;
        }
    }
    best
}
