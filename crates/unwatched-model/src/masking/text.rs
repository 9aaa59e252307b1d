//! What is found in a text by its form, and by the word beside it.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::url::mask_urls;
use super::{Found, Masked};

/// The text with what belongs to one installation replaced; `found` counts it.
pub fn mask<'t>(text: &'t str, found: &mut Found) -> Cow<'t, str> {
    // Most texts of an app hold none of the marks that a value could hang on.
    if !text.bytes().any(|byte| byte.is_ascii_digit() || matches!(byte, b'@' | b'=' | b':')) {
        return Cow::Borrowed(text);
    }
    let mut text = Cow::Borrowed(text);
    if text.contains("://") {
        replace(&mut text, |text| mask_urls(text, found));
    }
    for rule in RULES.iter() {
        replace(&mut text, |text| rule.apply(text, found));
    }
    text
}

/// Replaces the text where there is something to replace.
fn replace(text: &mut Cow<'_, str>, masked: impl FnOnce(&str) -> Option<String>) {
    if let Some(new) = masked(text) {
        *text = Cow::Owned(new);
    }
}

/// A form, and whether what has it is what it looks like.
struct Rule {
    kind: Masked,
    pattern: Regex,
    is_one: fn(&str) -> bool,
}

impl Rule {
    fn new(kind: Masked, pattern: &str, is_one: fn(&str) -> bool) -> Self {
        Self { kind, pattern: Regex::new(pattern).expect("a test compiles every rule"), is_one }
    }

    /// The text with the group `v` of every match replaced; `None` when there is none.
    fn apply(&self, text: &str, found: &mut Found) -> Option<String> {
        let mut changed = false;
        let masked = self.pattern.replace_all(text, |all: &Captures<'_>| {
            let (whole, value) = (&all[0], &all["v"]);
            if !(self.is_one)(value) {
                return whole.to_owned();
            }
            changed = true;
            found.add(self.kind, value);
            let at = all.name("v").map_or(0, |value| value.start())
                - all.get(0).map_or(0, |whole| whole.start());
            let (before, after) = (&whole[..at], &whole[at + value.len()..]);
            format!("{before}{}{after}", self.kind.placeholder())
        });
        changed.then(|| masked.into_owned())
    }
}

static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    // A word, what parts it from its value, and the value.
    let beside = |words: &str, value: &str| {
        format!(r#"(?i)(?:^|[^a-z])(?:{words})["']?\s?[:=#]\s?["']?(?<v>{value})"#)
    };
    let codes = "(?:licen[cs]e|pairing|pair|activation|registration|invite|invitation|enrol?l?ment|link|access|unlock|customer|subscriber|connect)[ _-]?(?:code|key|id|no|nr|number|pin)";
    let devices = "imei[12]?|meid|iccid|imsi|serial(?:[ _-]?(?:no|number))?|android[ _-]?id|device[ _-]?id|gsf[ _-]?id|advertising[ _-]?id";
    let accounts = "(?:user|account|member|client|owner|child|parent)[ _-]?(?:id|no|number|name)|username|login";
    let secrets = "password|passwd|pwd|secret|token|(?:access|auth|api|session|refresh)[ _-]?(?:token|key)|bearer";
    vec![
        Rule::new(
            Masked::Token,
            r"(?<v>eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*)",
            |_| true,
        ),
        Rule::new(
            Masked::Email,
            r"(?i)(?<v>[a-z0-9._%+-]{1,64}@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,24})\b",
            is_email,
        ),
        Rule::new(
            Masked::Uuid,
            r"(?i)\b(?<v>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\b",
            is_own_uuid,
        ),
        Rule::new(Masked::DeviceNumber, &beside(devices, "[A-Z0-9-]{6,40}"), has_two_digits),
        Rule::new(Masked::DeviceNumber, r"\b(?<v>[0-9]{15})\b", is_imei),
        Rule::new(Masked::DeviceNumber, r"\b(?<v>89[0-9]{17,18})\b", passes_luhn),
        Rule::new(Masked::Code, &beside(codes, "[A-Z0-9-]{4,60}"), has_two_digits),
        Rule::new(Masked::Account, &beside(accounts, "[A-Z0-9._-]{2,60}"), has_two_digits),
        Rule::new(Masked::Token, &beside(secrets, "[A-Z0-9._~+/=-]{8,}"), has_two_digits),
        Rule::new(
            Masked::Phone,
            r"(?:^|[\s:=,;(/])(?<v>\+[1-9][0-9]{0,2}[ -]?(?:\([0-9]{1,5}\)[ -]?)?[0-9][0-9 -]{4,14}[0-9])(?:$|[^0-9A-Za-z])",
            is_phone,
        ),
        Rule::new(
            Masked::Phone,
            r"(?i)\b(?:tel|sms|smsto|callto):(?<v>\+?[0-9][0-9-]{6,20})",
            is_phone,
        ),
    ]
});

/// `icon@2x.png` is a picture for a screen of twice the density.
fn is_email(text: &str) -> bool {
    let host = text.split_once('@').map_or("", |(_, host)| host);
    let density = host.split('.').next().unwrap_or_default().strip_suffix(['x', 'X']);
    let is_picture = density.is_some_and(|n| n.bytes().all(|byte| byte.is_ascii_digit()));
    !is_picture && !text.starts_with(['.', '-', '%'])
}

/// Not one that standards define: Bluetooth's, no UUID at all, the copy protections'.
fn is_own_uuid(text: &str) -> bool {
    const KNOWN: [&str; 5] = [
        "edef8ba9-79d6-4ace-a3c8-27dcd51d21ed",
        "9a04f079-9840-4286-ab92-e65be0885f95",
        "e2719d58-a985-b3c9-781a-b030af78d30e",
        "1077efec-c0b2-4d02-ace3-3c1e52e2fb4b",
        "6e400001-b5a3-f393-e0a9-e50e24dcca9e",
    ];
    let text = text.to_ascii_lowercase();
    let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b'-').collect();
    let is_one_digit = digits.windows(2).all(|pair| pair[0] == pair[1]);
    !is_one_digit && !text.ends_with("-0000-1000-8000-00805f9b34fb") && !KNOWN.contains(&&*text)
}

/// The first two digits are those of a body that gives such numbers out.
fn is_imei(text: &str) -> bool {
    const BODIES: [&str; 12] =
        ["01", "33", "35", "44", "45", "49", "51", "52", "53", "86", "91", "99"];
    BODIES.contains(&&text[..2]) && passes_luhn(text)
}

fn passes_luhn(text: &str) -> bool {
    let digits = text.bytes().rev().filter(u8::is_ascii_digit).map(|byte| u32::from(byte - b'0'));
    let sum: u32 = digits
        .enumerate()
        .map(|(at, digit)| match (at % 2, digit * 2) {
            (0, _) => digit,
            (_, double @ 10..) => double - 9,
            (_, double) => double,
        })
        .sum();
    sum.is_multiple_of(10) && text.bytes().any(|byte| byte != b'0')
}

fn has_two_digits(text: &str) -> bool {
    text.bytes().filter(u8::is_ascii_digit).count() >= 2
}

fn is_phone(text: &str) -> bool {
    (7..=15).contains(&text.bytes().filter(u8::is_ascii_digit).count())
}
