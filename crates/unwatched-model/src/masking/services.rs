//! Services whose addresses hold a secret or a person in a place of their own: which segment of the
//! path that is. The host stays, and so does the part that tells one customer's from another's.

use super::Masked;

/// What the segment `segments[at]` of a path on `host` is, as far as the host says.
pub(super) fn of_segment(host: &str, segments: &[&str], at: usize) -> Option<Masked> {
    let segment = segments[at];
    if is_bot_key(segment) {
        return Some(Masked::Token);
    }
    if is_account(host, segments, at) {
        return Some(Masked::Account);
    }
    let after = |word: &str| segments[..at].iter().rposition(|before| *before == word);
    let is_secret = match host {
        // Whose it is and what for, then the secret.
        "hooks.slack.com" | "hooks.slack-gov.com" | "hooks.zapier.com" => at >= 4,
        "maker.ifttt.com" => after("key").is_some_and(|key| at == key + 1),
        // Who knows the topic reads along.
        "ntfy.sh" => at == 1,
        _ if is_or_is_under(host, "discord.com") || is_or_is_under(host, "discordapp.com") => {
            after("webhooks").is_some_and(|webhooks| at == webhooks + 2)
        }
        _ => false,
    };
    (is_secret && !segment.is_empty()).then_some(Masked::Token)
}

/// Whether it is somebody's account with a service where people have pages.
fn is_account(host: &str, segments: &[&str], at: usize) -> bool {
    let host =
        ["www.", "m.", "mobile."].iter().find_map(|start| host.strip_prefix(start)).unwrap_or(host);
    let segment = segments[at];
    let is_handle = |segment: &str| {
        let of_handle =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        segment.len() >= 3
            && segment.starts_with(|c: char| c.is_ascii_alphabetic())
            && segment.bytes().all(of_handle)
            && !is_of_service(segment)
            && !super::named::is_of_programs(segment)
    };
    match host {
        "facebook.com" | "fb.com" | "fb.me" | "instagram.com" | "twitter.com" | "x.com" => {
            at == 1 && is_handle(segment)
        }
        "snapchat.com" => at == 2 && segments[1] == "add" && is_handle(segment),
        "linkedin.com" => at == 2 && segments[1] == "in" && is_handle(segment),
        "tiktok.com" | "youtube.com" => at == 1 && segment.strip_prefix('@').is_some_and(is_handle),
        _ => false,
    }
}

/// Words that stand where such services have an account.
fn is_of_service(word: &str) -> bool {
    const OWN: [&str; 40] = [
        "about",
        "accounts",
        "ads",
        "business",
        "careers",
        "connect",
        "developer",
        "developers",
        "dialog",
        "direct",
        "embed",
        "explore",
        "groups",
        "hashtag",
        "help",
        "intent",
        "legal",
        "login.php",
        "marketplace",
        "messages",
        "nfx",
        "oauth",
        "oauth2",
        "p",
        "pages",
        "plugins",
        "policies",
        "profile.php",
        "reel",
        "reels",
        "requests",
        "sharer",
        "sharer.php",
        "stories",
        "tos",
        "tr",
        "translations",
        "tv",
        "watch",
        "widgets",
    ];
    let is_version = word.starts_with('v') && word[1..].starts_with(|c: char| c.is_ascii_digit());
    is_version || OWN.iter().any(|own| own.eq_ignore_ascii_case(word))
}

/// `bot123456:secret`, as Telegram's addresses have it.
fn is_bot_key(segment: &str) -> bool {
    let Some(key) = segment.strip_prefix("bot") else { return false };
    let parted = key.split_once(':').or_else(|| key.split_once("%3A"));
    parted.or_else(|| key.split_once("%3a")).is_some_and(|(number, secret)| {
        let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
        is_number && !number.is_empty() && !secret.is_empty()
    })
}

fn is_or_is_under(host: &str, parent: &str) -> bool {
    host.strip_suffix(parent).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Words that stand where Telegram's addresses have a handle.
pub(super) fn is_telegrams_own(word: &str) -> bool {
    const OWN: [&str; 24] = [
        "a",
        "addemoji",
        "addlist",
        "addstickers",
        "addtheme",
        "bg",
        "boost",
        "c",
        "confirmphone",
        "contact",
        "giftcode",
        "invoice",
        "iv",
        "joinchat",
        "k",
        "login",
        "proxy",
        "s",
        "setlanguage",
        "share",
        "socks",
        "telegrampassport",
        "url",
        "web",
    ];
    OWN.contains(&word)
}
