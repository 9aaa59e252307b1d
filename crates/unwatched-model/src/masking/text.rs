//! What is found in a text by its form, and by the word beside it.

use std::borrow::Cow;
use std::sync::{LazyLock, OnceLock};

use regex::{Captures, Regex};

use super::marks::Marks;
use super::url::{mask_path, mask_urls};
use super::{Found, Masked, encoded, services};

/// The text with what belongs to one installation replaced; `found` counts it.
pub fn mask<'t>(text: &'t str, found: &mut Found) -> Cow<'t, str> {
    let mut text = Cow::Borrowed(text);
    let is_path = !text.contains(char::is_whitespace);
    if text.contains("://") {
        replace(&mut text, |text| mask_urls(text, found));
    } else if is_path && (text.contains('?') || text.starts_with('/')) {
        replace(&mut text, |text| mask_path(text, found));
    }
    replace(&mut text, |text| encoded::mask_runs(text, found));
    // Most texts of an app hold none of the marks that a value could hang on.
    let is_mark = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'@' | b'=' | b':');
    if !text.bytes().any(is_mark) && !text.contains(".me/") {
        return text;
    }
    // Taken once: a rule takes letters away and adds none that another one needs.
    let whole = text.clone();
    let marks = Marks::of(&whole);
    for rule in RULES.iter().filter(|rule| (rule.needs)(&marks)) {
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

/// Whom a text names, by an e-mail address, a number of a device or a telephone number in it.
pub(super) fn named_in(text: &str) -> Option<Masked> {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let is_of_number = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '-' | '(' | ')' | '/');
    let number = text.trim().strip_prefix(['+', '0']);
    if number.is_some_and(|number| number.chars().all(is_of_number)) && (9..=15).contains(&digits) {
        return Some(Masked::Phone);
    }
    let marks = Marks::of(text);
    let names = |rule: &&Rule| {
        matches!(rule.kind, Masked::Email | Masked::Phone | Masked::DeviceNumber)
            && (rule.needs)(&marks)
            && rule.apply(text, &mut Found::default()).is_some()
    };
    RULES.iter().find(names).map(|rule| rule.kind)
}

/// A form, and whether what has it is what it looks like.
struct Rule {
    kind: Masked,
    written: String,
    /// Compiled when a text has what it needs: compiling all takes longer than reading a small app.
    pattern: OnceLock<Regex>,
    /// What a text must have for the form to be in it.
    needs: fn(&Marks<'_>) -> bool,
    is_one: fn(&str) -> bool,
    /// Whether it is whole, by what stands right before and behind it.
    stands: fn(&str, &str) -> bool,
}

impl Rule {
    fn new(
        kind: Masked,
        needs: fn(&Marks<'_>) -> bool,
        pattern: &str,
        is_one: fn(&str) -> bool,
    ) -> Self {
        let (written, pattern) = (pattern.to_owned(), OnceLock::new());
        Self { kind, written, pattern, needs, is_one, stands: |_, _| true }
    }

    fn pattern(&self) -> &Regex {
        self.pattern.get_or_init(|| Regex::new(&self.written).expect("a test compiles every rule"))
    }

    fn standing(self, stands: fn(&str, &str) -> bool) -> Self {
        Self { stands, ..self }
    }

    /// The text with the group `v` of every match replaced; `None` when there is none.
    fn apply(&self, text: &str, found: &mut Found) -> Option<String> {
        let mut changed = false;
        let masked = self.pattern().replace_all(text, |all: &Captures<'_>| {
            let (whole, value) = (&all[0], &all["v"]);
            let place = all.name("v").map_or(0..0, |value| value.range());
            if !(self.is_one)(value) || !(self.stands)(&text[..place.start], &text[place.end..]) {
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
    let devices = "imei[12]?|meid|iccid|imsi|serial(?:[ _-]?(?:no|number))?|android[ _-]?id|device[ _-]?id|gsf[ _-]?id|advertising[ _-]?id|(?:hw|ud|install(?:ation)?|instance)[ _-]?id";
    let accounts = "(?:user|account|member|client|owner|child|parent)[ _-]?(?:id|no|number|name)|username|login";
    let phones = "(?:(?:tele)?phone|mobile|handy|whatsapp)(?:[ _-]?(?:no|nr|number))?|msisdn|(?:owner|sim|line)[ _-]?(?:phone|number)";
    let secrets = "password|passwd|pwd|secret|token|(?:access|auth|api|session|refresh)[ _-]?(?:token|key)|bearer";
    vec![
        Rule::new(
            Masked::Token,
            |text| text.holds("eyJ"),
            r"(?<v>eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*)",
            |_| true,
        ),
        Rule::new(
            Masked::Email,
            |text| text.holds("@"),
            r"(?i)(?<v>[a-z0-9._%+-]{1,64}@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,24})\b",
            is_email,
        ),
        Rule::new(
            Masked::Account,
            |text| text.holds_in_any_case(".me/") || text.holds_in_any_case(".dog/"),
            r"(?i)(?:^|[^a-z0-9.-])(?:www\.)?(?:t|telegram)\.(?:me|dog)/(?:(?:s|c|k|a|joinchat|contact|addlist)/)?@?(?<v>\+?[a-z0-9_-]{2,64})",
            |word| !services::is_telegrams_own(&word.to_ascii_lowercase()),
        ),
        Rule::new(
            Masked::Account,
            |text| text.holds_in_any_case(".t.me"),
            r"(?i)(?:^|//)(?<v>[a-z0-9_]{4,32})\.t\.me(?:$|[/:?#])",
            |_| true,
        ),
        Rule::new(
            Masked::Account,
            |text| text.holds_in_any_case("tg://resolve?"),
            r"(?i)tg://resolve\?(?:\S*&)?domain=(?<v>[a-z0-9_]{3,64})",
            |_| true,
        ),
        Rule::new(
            Masked::Phone,
            |text| text.digits >= 7 && text.holds_in_any_case("wa.me/"),
            r"(?i)(?:^|[^a-z0-9.-])wa\.me/(?<v>\+?[0-9]{7,15})",
            is_phone,
        )
        .standing(is_no_part),
        Rule::new(
            Masked::Token,
            |text| text.digits >= 6 && text.holds(":AA"),
            "(?<v>[0-9]{6,12}:AA[A-Za-z0-9_-]{20,60})",
            |_| true,
        )
        .standing(is_no_part),
        Rule::new(
            Masked::Place,
            |text| text.digits >= 4 && text.holds_in_any_case("geo:"),
            r"(?i)\bgeo:(?<v>-?[0-9]{1,3}\.[0-9]{2,},-?[0-9]{1,3}\.[0-9]{2,})",
            is_somewhere,
        ),
        Rule::new(
            Masked::Place,
            |text| {
                let named = ["lat", "lon", "lng"].map(|word| text.holds_in_any_case(word));
                text.digits >= 4 && named.contains(&true) && text.parts_word("teng")
            },
            &beside("lat(?:itude)?|l(?:on|ng)|long(?:itude)?", r"-?[0-9]{1,3}\.[0-9]{3,}"),
            is_somewhere,
        ),
        Rule::new(
            Masked::Uuid,
            |text| text.hyphens >= 4,
            r"(?i)\b(?<v>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\b",
            is_own_uuid,
        ),
        Rule::new(
            Masked::DeviceNumber,
            |text| text.digits >= 2 && text.parts_word("i12dlor"),
            &beside(devices, "[A-Z0-9-]{6,40}"),
            has_two_digits,
        ),
        // Whole runs of digits, so that two numbers side by side are both found.
        Rule::new(Masked::DeviceNumber, |text| text.digits >= 15, "(?<v>[0-9]+)", is_device_number)
            .standing(stands_alone),
        Rule::new(
            Masked::DeviceNumber,
            |text| text.digits >= 15 && text.hyphens >= 3,
            "(?<v>[0-9]{2}-[0-9]{6}-[0-9]{6}-[0-9])",
            is_imei,
        )
        .standing(is_no_part),
        Rule::new(
            Masked::DeviceNumber,
            |text| text.colons >= 5,
            r"(?i)(?:^|[^0-9a-z:-]|[a-z]{3,}[:=]\s?)(?<v>[0-9a-f]{2}(?::[0-9a-f]{2})+)",
            is_hardware_address,
        )
        .standing(is_no_part),
        Rule::new(
            Masked::Token,
            |text| text.holds(":APA91b"),
            "(?<v>[A-Za-z0-9_-]{8,64}:APA91b[A-Za-z0-9_-]{60,400})",
            has_two_digits,
        ),
        Rule::new(
            Masked::Code,
            |text| (text.digits >= 2 || text.hyphens >= 2) && text.parts_word("eydorn"),
            &beside(codes, "[A-Z0-9-]{4,60}"),
            is_code,
        ),
        Rule::new(
            Masked::Code,
            |text| text.digits >= 4 && text.has_space(),
            &format!(r"(?i)(?:^|[^a-z])(?:{codes})\s(?:is\s)?(?<v>[0-9]{{4,12}})"),
            has_two_digits,
        )
        .standing(is_no_part),
        Rule::new(
            Masked::Code,
            |text| text.digits >= 3 && text.hyphens >= 3,
            "(?<v>[A-Z0-9]{4,6}(?:-[A-Z0-9]{4,6}){3,7})",
            is_keyed,
        )
        .standing(is_no_part),
        Rule::new(
            Masked::Account,
            |text| text.digits >= 2 && text.parts_word("doren"),
            &beside(accounts, "[A-Z0-9._-]{2,60}"),
            has_two_digits,
        ),
        Rule::new(
            Masked::Token,
            |text| text.digits >= 2 && text.parts_word("dtnyr"),
            &beside(secrets, "[A-Z0-9._~+/=-]{8,}"),
            has_two_digits,
        ),
        Rule::new(
            Masked::Phone,
            |text| text.digits >= 7 && text.holds("+"),
            r"(?:^|[\s:=,;(/])(?<v>\+[1-9][0-9]{0,2}[ -]?(?:\([0-9]{1,5}\)[ -]?)?[0-9][0-9 -]{4,14}[0-9])(?:$|[^0-9A-Za-z])",
            is_phone,
        ),
        Rule::new(
            Masked::Phone,
            |text| text.digits >= 7 && text.parts_word("eyporn"),
            &beside(phones, r"\+?\(?[0-9][0-9 ()/-]{5,20}[0-9]"),
            is_phone,
        ),
        Rule::new(
            Masked::Phone,
            |text| text.digits >= 10 && text.holds("("),
            r"(?<v>\([2-9][0-9]{2}\) ?[2-9][0-9]{2}-[0-9]{4})",
            is_phone,
        )
        .standing(is_no_part),
        Rule::new(
            Masked::Phone,
            |text| text.digits >= 7 && text.colons >= 1,
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

/// The middle of the map is nobody's place.
fn is_somewhere(text: &str) -> bool {
    text.bytes().any(|byte| (b'1'..=b'9').contains(&byte))
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

/// An IMEI, or the number of a SIM.
fn is_device_number(text: &str) -> bool {
    match text.len() {
        15 => is_imei(text),
        19 | 20 => text.starts_with("89") && passes_luhn(text),
        _ => false,
    }
}

/// Not a part of a number with a point, and not in the middle of a digest.
fn stands_alone(before: &str, after: &str) -> bool {
    let has_digit_behind = |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit());
    let ends_in_digit = |text: &str| text.ends_with(|c: char| c.is_ascii_digit());
    let is_part = before.strip_suffix('.').is_some_and(ends_in_digit)
        || after.strip_prefix('.').is_some_and(has_digit_behind);
    // A word may end in letters that digests are made of (`device`); they are not all of it.
    let word = before.trim_end_matches(|c: char| c.is_ascii_hexdigit());
    let run = &before[word.len()..];
    let in_digest = !run.is_empty()
        && (run.contains(|c: char| c.is_ascii_digit())
            || !word.ends_with(|c: char| c.is_ascii_alphabetic()));
    !is_part && !in_digest && !after.starts_with(|c: char| c.is_ascii_hexdigit())
}

/// Nothing of the same kind goes on before or behind it.
fn is_no_part(before: &str, after: &str) -> bool {
    let goes_on = |c: char| c.is_ascii_alphanumeric() || c == '-';
    !before.ends_with(goes_on) && !after.starts_with(goes_on)
}

/// Six pairs; not one that Android or the standards put in its place.
fn is_hardware_address(text: &str) -> bool {
    let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b':').collect();
    text.len() == 17
        && digits.windows(2).any(|pair| pair[0] != pair[1])
        && text != "02:00:00:00:00:00"
}

/// With digits, or groups of capitals as licence keys have them.
fn is_code(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let is_group = |group: &&str| {
        group.len() >= 4 && group.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
    };
    has_two_digits(text) || (groups.len() >= 3 && groups.iter().all(is_group))
}

/// Groups of one length, of capitals and digits mixed: a licence key, whatever stands beside it.
fn is_keyed(text: &str) -> bool {
    let mut groups = text.split('-').map(str::len);
    let first = groups.next();
    let letters = text.bytes().filter(u8::is_ascii_uppercase).count();
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    groups.all(|length| Some(length) == first) && letters >= 3 && digits >= 3
}

fn has_two_digits(text: &str) -> bool {
    text.bytes().filter(u8::is_ascii_digit).count() >= 2
}

fn is_phone(text: &str) -> bool {
    (7..=15).contains(&text.bytes().filter(u8::is_ascii_digit).count())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Parts of which texts are made that are masked, or nearly.
    const PARTS: [&str; 66] = [
        "t.me/",
        "telegram.ME/s/",
        "https://",
        "wa.me/",
        ":AA",
        "geo:",
        "Latitude",
        "52.5200,13.4049",
        "imei",
        "IMEI1",
        "iccid",
        "serial no",
        "android_id",
        "device-id",
        "licence key",
        "pairing",
        "activation-code",
        "pin",
        "user_id",
        "login",
        "userName",
        "phone",
        "handy",
        "msisdn",
        "line number",
        "password",
        "auth key",
        "token",
        "Bearer",
        "tel",
        "smsto",
        "\"",
        "'",
        " ",
        "\u{a0}",
        ":",
        "=",
        "#",
        ": ",
        "-",
        "+",
        "(",
        ") ",
        "@",
        ".",
        "/",
        "{",
        "eyJ",
        "APA91b",
        "+49 ",
        "a",
        "Ab",
        "WXYZ",
        "12",
        "7",
        "4711",
        "89",
        "490154203237518",
        "49-015420-323751-8",
        "5551234567",
        "(555) 234-5678",
        "00:1a:2b:3c:4d:5e",
        "550e8400-e29b-41d4-a716-446655440000",
        "AB12-CD34-EF56-GH78",
        "abcdefghijklmnop",
        "watch.example",
    ];

    fn search_all(text: &str, found: &mut Found) -> String {
        let mut text = Cow::Borrowed(text);
        for rule in RULES.iter() {
            replace(&mut text, |text| rule.apply(text, found));
        }
        text.into_owned()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3000))]

        /// Every rule is compiled, and none finds what its needs would have kept it from.
        #[test]
        fn a_rule_is_left_out_only_where_it_finds_nothing(
            parts in proptest::collection::vec(proptest::sample::select(&PARTS[..]), 1..10),
        ) {
            let text = parts.concat();
            let marks = Marks::of(&text);
            let mut now = Cow::Borrowed(text.as_str());
            let mut found = Found::default();
            for rule in RULES.iter().filter(|rule| (rule.needs)(&marks)) {
                replace(&mut now, |text| rule.apply(text, &mut found));
            }
            let mut found_by_all = Found::default();
            prop_assert_eq!(now.as_ref(), search_all(&text, &mut found_by_all));
            prop_assert_eq!(found.0, found_by_all.0);
        }
    }
}
