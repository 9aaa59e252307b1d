//! `suricata.rules`: one rule for each host that stalkerware talks to and for each address.
//!
//! A rule's number (`sid`) follows from the indicator's identity: rules that come and go shift no
//! other. It lies in 1,100,000,000 to 2,147,483,646, which no published rule set uses and which
//! fits what stores numbers with a sign. Of two identities that meet on one number, the one known
//! here longer has it and the other the next.

use std::collections::HashSet;
use std::fmt::Write as _;

use unwatched_model::indicator::{IndicatorKind, Role};

use super::{Feed, FeedRow};

/// The file's name.
pub const FILE_NAME: &str = "suricata.rules";

const FIRST_SID: u64 = 1_100_000_000;
const SIDS: u64 = 1_047_483_647;

/// The file.
pub fn render(feed: &Feed<'_>) -> Vec<u8> {
    let mut text = String::new();
    for line in feed.notice_lines() {
        let _ = writeln!(text, "# {line}");
    }
    let rows: Vec<_> = feed.rows.iter().filter(|row| is_in(feed, row)).collect();
    for (row, sid) in rows.iter().zip(sids(&rows)) {
        let _ = writeln!(text, "{}", rule(feed, row, sid));
    }
    text.into_bytes()
}

fn is_in(feed: &Feed<'_>, row: &FeedRow<'_>) -> bool {
    matches!(row.kind, IndicatorKind::Domain | IndicatorKind::Address)
        && row.role == Role::C2
        && row.may_be_blocked()
        && feed.family_of(row).is_alarmed_about()
}

/// A number for each, in their order.
fn sids(rows: &[&FeedRow<'_>]) -> Vec<u64> {
    let mut by_age: Vec<usize> = (0..rows.len()).collect();
    by_age.sort_by_key(|&at| (rows[at].added, rows[at].id));
    let mut taken = HashSet::with_capacity(rows.len());
    let mut sids = vec![0; rows.len()];
    for at in by_age {
        let mut sid = FIRST_SID + rows[at].id.as_u64_pair().1 % SIDS;
        while !taken.insert(sid) {
            sid = if sid + 1 == FIRST_SID + SIDS { FIRST_SID } else { sid + 1 };
        }
        sids[at] = sid;
    }
    sids
}

fn rule(feed: &Feed<'_>, row: &FeedRow<'_>, sid: u64) -> String {
    let family = feed.family_of(row);
    let class = family.class.as_str();
    let name = quoted(&family.family.name);
    let defanged = row.value.replace('.', "[.]").replace(':', "[:]");
    let role = row.role.as_str();
    let msg = format!("UNWATCHED {class} {name} {role} {defanged}");
    let sources: Vec<_> = row.sources.iter().map(|source| word(source)).collect();
    let metadata = format!(
        "family {}, class {class}, role {role}, tlp {}, source {}, indicator {}, created_at {}",
        family.family.id,
        row.tlp.to_string().to_lowercase(),
        sources.join("+"),
        row.id,
        row.added.strftime("%Y_%m_%d"),
    );
    let ending = format!("classtype:targeted-activity; metadata:{metadata}; sid:{sid}; rev:1;");
    match row.kind {
        IndicatorKind::Address => {
            format!("alert ip $HOME_NET any -> [{}] any (msg:\"{msg}\"; {ending})", row.value)
        }
        // With the dot before it, the host itself and every name below it match, and no other.
        _ => format!(
            "alert dns $HOME_NET any -> any any (msg:\"{msg}\"; dns.query; dotprefix; \
             content:\".{}\"; nocase; endswith; fast_pattern; {ending})",
            row.value
        ),
    }
}

/// What may stand between quotation marks of a rule.
fn quoted(text: &str) -> String {
    let allowed = |c: char| !c.is_control() && !matches!(c, '"' | ';' | '\\' | '|' | ':');
    let text: String = text.chars().map(|c| if allowed(c) { c } else { ' ' }).collect();
    text.trim().to_owned()
}

/// One word of a rule's metadata.
fn word(text: &str) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/');
    text.chars().map(|c| if allowed(c) { c } else { '_' }).collect()
}
