//! What is masked, and what must come through as it is.

use base64::engine::{Engine as _, general_purpose};
use proptest::prelude::*;
use unwatched_model::digest::{Md5, Sha1, Sha256};
use unwatched_model::masking::{self, Found, mask, mask_label, mask_version};
use unwatched_model::report::{Capability, Endpoint, Evidence, Report, Support, Tier};

#[track_caller]
fn check(text: &str, expected: &str) {
    let mut found = Found::default();
    assert_eq!(mask(text, &mut found), expected);
    assert_eq!(found.counts().is_empty(), text == expected, "{text}");
}

#[test]
fn what_belongs_to_one_installation_is_masked() {
    check("owner: kim.reed+watch@mail.example", "owner: {e-mail}");
    check("CN=Watch, EMAILADDRESS=kim@mail.example", "CN=Watch, EMAILADDRESS={e-mail}");
    check("assets/kim@mail.example.json", "assets/{e-mail}");
    check("mailto:a@b.example?subject=x", "mailto:{e-mail}?subject=x");
    check("install 6f9619ff-8b86-d011-b42d-00cf4fc964ff", "install {uuid}");
    check("490154203237518", "{device}");
    check("imei=490154203237518;v=2", "imei={device};v=2");
    check("serial no: RF8N-30ABCDE", "serial no: {device}");
    check("\"android_id\":\"9774d56d682e549c\"", "\"android_id\":\"{device}\"");
    check("8931440400000000009", "8931440400000000009");
    check("8944110068956270008", "{device}");
    check("pairing code: 482913", "pairing code: {code}");
    check("LICENSE_KEY=ABCD-1234-EFGH", "LICENSE_KEY={code}");
    check("call +49 151 5550 1234 now", "call {phone} now");
    check("tel:+4915155501234", "tel:{phone}");
    check("user_id=88213", "user_id={account}");
    check("password: hunter2-4711", "password: {token}");
    check("Bearer: abcd1234efgh", "Bearer: {token}");
    check("IMEI490154203237518", "IMEI{device}");
    check("device_490154203237518_log", "device_{device}_log");
    check("490154203237518,490154203237526", "{device},{device}");
    check("imei:49-015420-323751-8", "imei:{device}");
    check("mac:a4:83:e7:12:34:56 wlan", "mac:{device} wlan");
    check("a4:83:e7:12:34:56", "{device}");
    check("install_id=7fc2ab9910", "install_id={device}");
    check("Your pairing code is 482913.", "Your pairing code is {code}.");
    check("Pairing code 482913", "Pairing code {code}");
    check("license key: ABCD-EFGH-IJKL", "license key: {code}");
    check("X7K2-9QPL-M3ZD-8RTA", "{code}");
    check("phone: 0151 55501234", "phone: {phone}");
    check("sim_number=015155501234", "sim_number={phone}");
    check("call (555) 555-0134", "call {phone}");
    check("/api/sync?userId=88213&lang=en", "/api/sync?userId={account}&lang=en");
    check("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-def", "{token}");
}

#[test]
fn urls_keep_their_host_and_their_shape() {
    check(
        "https://panel.watch.example/api/users/88213/sms?v=3",
        "https://panel.watch.example/api/users/{account}/sms?v=3",
    );
    check(
        "https://panel.watch.example/up?token=abc&lang=en",
        "https://panel.watch.example/up?token={token}&lang=en",
    );
    check("https://kim:secret@ftp.watch.example/in", "https://{token}@ftp.watch.example/in");
    check(
        "https://api.watch.example/bot123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw/send",
        "https://api.watch.example/{token}/send",
    );
    check(
        "see http://a.example/u/7 and http://b.example/?id=9",
        "see http://a.example/u/{account} and http://b.example/?id={account}",
    );
    check(
        "https://watch.example/d/9774d56d682e549c/up?s=9774d56d682e549d",
        "https://watch.example/d/{token}/up?s={token}",
    );
    check(
        "https://watch.example/pair/482913?X-Auth-Token=abc&ownerPhoneNumber=0151",
        "https://watch.example/pair/{account}?X-Auth-Token={token}&ownerPhoneNumber={account}",
    );
    check(
        "https://watch.example/i/6f9619ff-8b86-d011-b42d-00cf4fc964ff",
        "https://watch.example/i/{token}",
    );
}

#[test]
fn names_and_places_in_addresses_are_masked() {
    for (address, expected) in [
        ("https://maps.example/?q=52.520008,13.404954", "https://maps.example/?q={place}"),
        ("https://maps.example/?ll=52.52%2C-13.40&z=9", "https://maps.example/?ll={place}&z=9"),
        ("https://maps.example/@52.520008,13.404954,15z", "https://maps.example/{place}"),
        ("https://maps.example/?q=loc:52.5200,13.4049(home)", "https://maps.example/?q={place}"),
        ("https://a.example/l?lat=52.520008&lon=13.4", "https://a.example/l?lat={place}&lon=13.4"),
        ("geo:52.520008,13.404954?z=3", "geo:{place}?z=3"),
        ("latitude: 52.520008", "latitude: {place}"),
        (
            "https://a.example/reg?name=Jane+Doe&phone=07700900123&v=2",
            "https://a.example/reg?name={name}&phone={account}&v=2",
        ),
        ("https://a.example/reg?name=%4Aane", "https://a.example/reg?name={name}"),
        ("https://a.example/x?to=%2B447700900123", "https://a.example/x?to={phone}"),
        ("https://a.example/x?to=07700900123", "https://a.example/x?to={phone}"),
        ("https://a.example/x?r=jane%40mail.example", "https://a.example/x?r={e-mail}"),
        ("https://a.example/victim?child=emma", "https://a.example/victim?child={name}"),
        ("https://a.example/target/JaneDoe", "https://a.example/target/{name}"),
        ("https://a.example/kid/emma/calls", "https://a.example/kid/{name}/calls"),
        ("https://a.example/users/JaneDoe/sms", "https://a.example/users/{name}/sms"),
        ("https://a.example/user/jane.doe", "https://a.example/user/{name}"),
        ("https://a.example/Anna%20Meyer/photos", "https://a.example/{name}/photos"),
        ("/victim/emma/sms", "/victim/{name}/sms"),
        (
            "https://a.example/go?next=https://b.example/u/88213",
            "https://a.example/go?next=https://b.example/u/{account}",
        ),
        (
            "https://api.telegram.org/bot1234567:AbC/sendMessage?chat_id=987654321&text=Jane",
            "https://api.telegram.org/{token}/sendMessage?chat_id={account}&text={message}",
        ),
        ("1234567890:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw", "{token}"),
        (
            "https://hooks.slack.com/services/T0000/B0000/XXYY",
            "https://hooks.slack.com/services/T0000/B0000/{token}",
        ),
        (
            "https://discord.com/api/v10/webhooks/1234/abcdef",
            "https://discord.com/api/v10/webhooks/1234/{token}",
        ),
        (
            "https://maker.ifttt.com/trigger/x/with/key/abc",
            "https://maker.ifttt.com/trigger/x/with/key/{token}",
        ),
        ("https://t.me/janedoe1987", "https://t.me/{account}"),
        ("t.me/janedoe", "t.me/{account}"),
        ("https://t.me/joinchat/AbCdEf", "https://t.me/joinchat/{account}"),
        ("https://telegram.me/s/janedoe?before=2", "https://telegram.me/s/{account}?before=2"),
        ("https://janedoe.t.me/", "https://{account}.t.me/"),
        ("tg://resolve?domain=janedoe", "tg://resolve?domain={account}"),
        ("https://wa.me/4915155501234", "https://wa.me/{phone}"),
        (
            "https://a.example/x?e=amFuZUBleGFtcGxlLmNvbQ==&v=2",
            "https://a.example/x?e={e-mail}&v=2",
        ),
        ("https://a.example/amFuZUBleGFtcGxlLmNvbQ/in", "https://a.example/{e-mail}/in"),
        ("key amFuZUBleGFtcGxlLmNvbQ==", "key {e-mail}"),
        ("KzQ0NzcwMDkwMDEyMw==", "{phone}"),
    ] {
        check(address, expected);
    }
}

#[test]
fn pages_and_accounts_of_people_are_masked() {
    check("https://c2.example/52.520008/13.404954/up", "https://c2.example/{place}/{place}/up");
    check("https://c2.example/users/emma", "https://c2.example/users/{name}");
    check("https://c2.example/~jdoe/up.php", "https://c2.example/{name}/up.php");
    check("https://c2.example/#jane.doe", "https://c2.example/#{name}");
    check("https://www.facebook.com/jane.doe.12", "https://www.facebook.com/{account}");
    check("https://instagram.com/janedoe", "https://instagram.com/{account}");
    check("https://twitter.com/janedoe", "https://twitter.com/{account}");
    check("https://www.snapchat.com/add/janedoe", "https://www.snapchat.com/add/{account}");
    check("https://www.tiktok.com/@janedoe", "https://www.tiktok.com/{account}");
    let hidden = base64(br#"{"name":"Jane Doe"}"#, false);
    check(&format!("https://c2.example/?d={hidden}"), "https://c2.example/?d={name}");
    for ordinary in [
        "https://c2.example/1.2.0/3.4.1/up",
        "https://c2.example/52.5/13.4/up",
        "https://c2.example/users/all",
        "https://c2.example/users/premium",
        "https://c2.example/#getting.started",
        "https://c2.example/#section-two",
        "https://www.facebook.com/sharer/sharer.php?u=%s",
        "https://m.facebook.com/v3.2/dialog/oauth",
        "https://twitter.com/intent/tweet",
        "https://www.instagram.com/accounts/login",
        "https://www.youtube.com/watch",
        "https://x.com/search?q=%s",
    ] {
        check(ordinary, ordinary);
    }
}

#[test]
fn labels_and_versions_do_not_say_for_whom() {
    let label = |text: &str, expected: &str| {
        let masked = mask_label(text, &mut Found::default());
        assert_eq!(masked.as_deref().unwrap_or(text), expected);
    };
    label("Tracker for Jane Doe", "Tracker for {name}");
    label("Anna's phone", "{name}'s phone");
    label("for emma", "for {name}");
    label("Für Emma", "Für {name}");
    label("Para Maria", "Para {name}");
    label("Emma's location", "{name}'s location");
    label("Emmas Handy", "{name}s Handy");
    label("Telefon von Emma", "Telefon von {name}");
    label("Tracking Jane Doe", "Tracking {name}");
    label("Emma tracker", "{name} tracker");
    label("Watch 0170-1234567", "Watch {phone}");
    for ordinary in [
        "Backup for WhatsApp",
        "Cell Tracker for Wife",
        "Spy for Husband",
        "Tracker for Girlfriend",
        "Weather for Norway",
        "Radio for Berlin",
        "Unicode IME for Automator",
        "Ask Emma",
        "Emma Watson Fans",
        "Wetter für Zuhause",
        "Tracker für Frauen",
        "Música para dormir",
        "Radio de Madrid",
        "YouTube Kids",
        "Chrome for Android",
        "Maps for Kids and Teens",
        "Children's books",
        "Domino's Pizza",
        "Watch 24",
        "Family Locator 2026-01-02",
        "For you",
        "Remote for TV",
        "Sound 5.0 for iPhone",
        "Search for people",
        "Radio 1 (89.3)",
    ] {
        label(ordinary, ordinary);
    }
    let version = |text: &str, expected: &str| {
        let masked = mask_version(text, &mut Found::default());
        assert_eq!(masked.as_deref().unwrap_or(text), expected);
    };
    version("1.0 for Jane Doe 0170-1234567", "1.0 for {name} {phone}");
    version("1.0 (Jane Doe)", "1.0 ({name})");
    version("2.1 JaneDoe beta", "2.1 {name} beta");
    version("1.0-for-jane", "1.0-for-{name}");
    version("1.0-JaneDoe", "1.0-{name}");
    version("Jane's 1.0", "{name} 1.0");
    version("2.3.1-janedoe", "2.3.1-{name}");
    version("1.4_anna_meyer", "1.4_{name}");
    version("5.0-emma", "5.0-{name}");
    for ordinary in [
        "1.0",
        "v2.1.3",
        "14.2.7 (4711)",
        "1.0.3-beta+20260101",
        "2.0 Build 77",
        "1.0 for Android",
        "Varies with device",
        "4.4.4-KTU84Q",
        "5.0.0-appium",
        "2024.01.02-googlePlay-release",
        "8.4.0.512 (2.2.1-12345)",
        "1.0 RC 2",
        "2.19.1 arm64-v8a",
        "R2024-1",
        "debug",
        "1.0_oss",
        "@string/version",
        "1.0.0-SNAPSHOT",
        "2.0 (x86_64)",
        "10.0.0 [0] [PR] 123456789",
        "3.1 for Android 14",
        "1.2 - 2026-01-02",
        "1.0-Oreo",
        "Lollipop",
        "Iguana 2.1",
        "1.0-Hedgehog-Koala",
        "1.2-mariner",
        "2.0-annual",
        "3.1-marketing",
        "",
    ] {
        version(ordinary, ordinary);
    }
}

#[test]
fn what_an_app_is_comes_through() {
    for ordinary in [
        "com.example.watch.alpha2",
        "com.example.heron.pebble6346.ScreenService",
        "Lcom/example/watch/Main$1;",
        "android.view.accessibility.AccessibilityEvent->getText",
        "android.permission.BIND_ACCESSIBILITY_SERVICE",
        "android.provider.Telephony.SMS_RECEIVED (priority 999)",
        "classes2.dex: Lcom/example/Watch; and 12 more classes",
        "res/xml/config_0.xml: accessibility-service",
        "accessibilityEventTypes=0xffffffff",
        "1.0.3-beta+20260101",
        "14.2.7 (4711)",
        "icon@2x.png",
        "res/drawable-xxhdpi-v4/logo@3x.webp",
        "kotlin@1.9.22",
        "https://panel.watch.example/api/v2/upload",
        "https://panel.watch.example:8443/api/v12/devices/register",
        "https://panel.watch.example/users/v2/list",
        "https://panel.watch.example/a?lang=en&page=2&v=3.1",
        "https://panel.watch.example/user/%s/sms?token=%s&id={id}",
        "https://192.0.2.7:8080/upload.php",
        "wss://push.watch.example/socket",
        "https://cdn.watch.example/js/main.8f3ab2c1.chunk.js",
        "https://github.com/watch-alpha/some-library/blob/main/README.md",
        "License: Apache-2.0",
        "Licence: GPL-3.0-or-later",
        "SPDX-License-Identifier: MIT",
        "error code: 404",
        "versionCode=48291300",
        "timestamp: 1767225600000",
        "0000180d-0000-1000-8000-00805f9b34fb",
        "00000000-0000-0000-0000-000000000000",
        "edef8ba9-79d6-4ace-a3c8-27dcd51d21ed",
        "content://sms",
        "content://call_log/calls",
        "2026-01-01T00:00:00+01:00",
        "UTC+0200",
        "a+12",
        "tel:112",
        "SELECT id, user_id FROM messages WHERE id = ?",
        "deviceId=",
        "token=",
        "password: ",
        "#ff00ff00",
        "9f86d081884c7d65",
        "#490154",
        "0.490154203237518",
        "490154203237518.25",
        "ab490154203237518cd",
        "c490154203237518",
        "AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01",
        "SHA1:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01",
        "02:00:00:00:00:00",
        "ff:ff:ff:ff:ff:ff",
        "10:20:30",
        "ISO-8859-1",
        "2026-0101-2026-0102",
        "WIFI-MODE-SCAN-ONLY",
        "licence key: none",
        "error code 404",
        "link code 7",
        "phone: 5.0",
        "phone number",
        "what?ask=yes&n=2",
        "https://panel.watch.example/v1/a?v=8f3ab2c1",
        "https://panel.watch.example/link/to/page2",
        "https://panel.watch.example/code/main.js",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "CN=Watch Alpha Ltd, O=Watch 24 GmbH, C=DE",
        "123456789012345",
        "10.0.2.2",
        "2001:db8::1",
        "M12 2a10 10 0 1 0 20 20",
        "AES/CBC/PKCS5Padding",
        "/target/list",
        "/data/user/0/com.example.watch/files",
        "/child/location/update",
        "https://panel.watch.example/target/add?page=2",
        "https://panel.watch.example/user/getProfile",
        "https://panel.watch.example/Account/ResetPassword",
        "https://panel.watch.example/name/{name}/sms?name=%s&text=%1$s&lat=%f",
        "https://panel.watch.example/child/main.js",
        "https://panel.watch.example/a?bbox=1,2,3&size=10,20&t=0.5",
        "https://play.google.com/store/apps/details?id=com.example.watch",
        "market://details?id=com.example.watch",
        "https://t.me/",
        "https://t.me/share/url?url=https://watch.example",
        "https://hooks.slack.com/services/",
        "https://fonts.example/css?family=Roboto",
        "geo:0,0?q=%s",
        "latitude: 0.000000",
        "text/plain",
        "image/jpeg",
        "application/x-www-form-urlencoded",
        "QWNjZXNzaWJpbGl0eVNlcnZpY2U=",
        "aHR0cHM6Ly9wYW5lbC53YXRjaC5leGFtcGxlL3Vw",
        "TLSv1.2",
        "utf-8",
        "عائلة 2",
        "",
    ] {
        check(ordinary, ordinary);
    }
}

fn base64(bytes: &[u8], is_url_safe: bool) -> String {
    let engine = if is_url_safe { general_purpose::URL_SAFE } else { general_purpose::STANDARD };
    engine.encode(bytes)
}

fn a_report(value: &str) -> Report {
    let mut report =
        Report::of_digests(Sha256([1; 32]), Sha1([2; 20]), Md5([3; 16]), value.len() as u64);
    report.package = Some("com.example.watch".to_owned());
    report.label = Some(format!("Watch {value}"));
    report.endpoints = ["1", "2"]
        .map(|id| Endpoint {
            kind: "url".to_owned(),
            value: format!("https://panel.watch.example/u/{id}"),
            place: "classes.dex: strings".to_owned(),
            ..Endpoint::default()
        })
        .to_vec();
    report.native = vec![unwatched_model::report::NativeLibrary {
        path: format!("lib/{value}/libx.so"),
        abi: "arm64-v8a".to_owned(),
        implements: vec![format!("com.example.Native.of {value}")],
        implements_left_out: 0,
    }];
    report.traces = vec![unwatched_model::report::Trace {
        kind: "packer".to_owned(),
        name: "made up".to_owned(),
        place: format!("assets/{value}"),
    }];
    report.capabilities = vec![Capability {
        id: "location".to_owned(),
        name: "knows where the phone is".to_owned(),
        group: "location".to_owned(),
        support: Support::Weak,
        evidence: vec![Evidence {
            tier: Tier::String,
            kind: "string".to_owned(),
            value: value.to_owned(),
            place: format!("assets/settings.json: {value}"),
        }],
        ..Capability::default()
    }];
    report
}

#[test]
fn a_report_says_how_much_was_masked_and_not_what() {
    let mut report = a_report("kim@mail.example");
    masking::report(&mut report);
    assert_eq!(report.label.as_deref(), Some("Watch {e-mail}"));
    assert_eq!(report.endpoints.len(), 1);
    assert_eq!(report.endpoints[0].value, "https://panel.watch.example/u/{account}");
    let problem = report.left_out.last().unwrap();
    assert_eq!(problem.place, masking::PLACE);
    assert_eq!(
        problem.what,
        "masked, for it may belong to one installation: 1 e-mail address, 2 accounts"
    );
    assert!(!serde_json::to_string(&report).unwrap().contains("kim"));
    let once = report.clone();
    masking::report(&mut report);
    assert_eq!(report, once, "masking again changes nothing");
    let mut ordinary = a_report("ordinary");
    ordinary.endpoints.clear();
    let before = ordinary.clone();
    masking::report(&mut ordinary);
    assert_eq!(ordinary, before);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn names_versions_and_hosts_are_never_masked(
        package in "[a-z]{2,10}(\\.[a-z][a-z0-9_]{1,12}){1,4}",
        class in "[A-Z][A-Za-z]{1,28}[0-9]{0,3}",
        version in "[0-9]{1,3}(\\.[0-9]{1,4}){1,3}(-(alpha|beta|rc)[0-9]{0,2})?",
        host in "[a-z][a-z0-9-]{0,18}[a-z0-9](\\.[a-z][a-z0-9-]{0,10}[a-z0-9]){0,2}\\.example",
        port in 1u16..,
    ) {
        for text in [
            package.clone(),
            format!("{package}.{class}"),
            format!("L{}/{class};", package.replace('.', "/")),
            format!("{package}.{class}->onCreate"),
            version.clone(),
            format!("{package} {version}"),
            host.clone(),
            format!("https://{host}:{port}/"),
            format!("https://{host}/api/{class}"),
        ] {
            let mut found = Found::default();
            prop_assert_eq!(mask(&text, &mut found), text.as_str());
        }
    }

    #[test]
    fn an_account_never_stays(
        user in "[a-z]{3,12}[0-9]{0,4}",
        around in "[ -~]{0,20}",
        digits in prop::collection::vec(0u32..10, 12),
    ) {
        let email = format!("{user}@mail.example");
        let mut imei: Vec<u32> = [3, 5].into_iter().chain(digits).collect();
        let sum: u32 = imei.iter().rev().enumerate()
            .map(|(at, digit)| match (at % 2, digit * 2) {
                (1, _) => *digit,
                (_, double @ 10..) => double - 9,
                (_, double) => double,
            })
            .sum();
        imei.push((10 - sum % 10) % 10);
        let imei: String = imei.iter().map(u32::to_string).collect();
        for value in [email, imei] {
            let text = format!("{around} {value} ");
            let mut found = Found::default();
            let masked = mask(&text, &mut found).into_owned();
            prop_assert!(!masked.contains(&value), "{}", masked);
        }
    }

    #[test]
    fn digests_colours_and_fractions_come_through(
        digest in "[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{32}",
        fingerprint in "[0-9A-F]{2}(:[0-9A-F]{2}){19}",
        colour in "#[0-9a-fA-F]{6}([0-9a-fA-F]{2})?",
        fraction in "[0-9]{1,3}\\.[0-9]{15}",
        code in 1u32..,
    ) {
        // Digits alone are no digest, and may be a number that somebody was given.
        prop_assume!(digest.bytes().any(|byte| byte.is_ascii_alphabetic()));
        for text in [
            digest.clone(),
            format!("classes.dex: {digest}"),
            fingerprint.clone(),
            format!("SHA1: {fingerprint}"),
            colour,
            fraction,
            format!("versionCode={code}"),
        ] {
            let mut found = Found::default();
            prop_assert_eq!(mask(&text, &mut found), text.as_str());
        }
    }

    #[test]
    fn a_code_or_number_of_somebody_never_stays(
        key in "[A-Z][0-9][A-Z][0-9](-[A-Z][0-9][A-Z]{2}){3}",
        pairing in "[0-9]{6}",
        phone in "\\+49 15[0-9] [0-9]{7}",
        mark in "[a-f]{2}[0-9a-f]{10}[0-9]{4}",
        address in "a4(:[0-9a-f]{2}){5}",
    ) {
        for (text, value) in [
            (format!("bought with {key} by"), &key),
            (format!("pairing code: {pairing}"), &pairing),
            (format!("Pairing code {pairing}"), &pairing),
            (format!("https://watch.example/pair/{pairing}"), &pairing),
            (format!("https://watch.example/x?device_id={mark}"), &mark),
            (format!("https://watch.example/x/{mark}/log"), &mark),
            (format!("android_id={mark}"), &mark),
            (format!("call {phone} now"), &phone),
            (format!("wlan0 {address}"), &address),
        ] {
            let masked = mask(&text, &mut Found::default()).into_owned();
            prop_assert!(!masked.contains(value.as_str()), "{}", masked);
        }
    }

    #[test]
    fn whoever_an_address_names_does_not_stay(
        key in prop::sample::select(&[
            "name", "child", "target", "user", "chat_id", "text", "nick", "email", "owner", "victim",
            "kid", "label", "childName", "first_name",
        ][..]),
        word in prop::sample::select(&["child", "target", "victim", "kid", "owner", "nick", "name"][..]),
        name in "X[a-z]{2,8}q((\\+|%20|_|\\.)?X[a-z]{2,8}q)?|x[a-z]{3,10}q[0-9]{0,4}",
        host in "[a-z]{3,10}\\.example",
        verb in prop::sample::select(&["sms", "calls", "upload", "list"][..]),
    ) {
        for (text, expected_start, expected_end) in [
            (format!("https://{host}/{verb}?{key}={name}&v=2"), format!("https://{host}/{verb}?{key}={{"), "}&v=2".to_owned()),
            (format!("/{verb}?v=2&{key}={name}"), format!("/{verb}?v=2&{key}={{"), "}".to_owned()),
            (format!("https://{host}/api/{word}/{name}/{verb}"), format!("https://{host}/api/{word}/{{"), format!("}}/{verb}")),
        ] {
            let masked = mask(&text, &mut Found::default()).into_owned();
            prop_assert!(!masked.contains(&name), "{}", masked);
            prop_assert!(masked.starts_with(&expected_start) && masked.ends_with(&expected_end), "{}", masked);
        }
    }

    #[test]
    fn a_secret_of_any_length_and_a_handle_never_stay(
        secret in "[A-Za-z0-9_-]{0,30}Qx",
        handle in "[a-z][a-z0-9_]{3,20}q",
        number in 1_000u64..,
        north in 0.01f64..89.0,
        east in 0.01f64..179.0,
    ) {
        for (text, value) in [
            (format!("https://hooks.slack.com/services/T1/B1/{secret}"), &secret),
            (format!("https://discordapp.com/api/webhooks/{number}/{secret}"), &secret),
            (format!("https://api.telegram.org/bot{number}:{secret}/getMe"), &secret),
            (format!("https://ntfy.sh/{secret}"), &secret),
            (format!("https://t.me/{handle}"), &handle),
            (format!("see t.me/{handle}/12"), &handle),
            (format!("https://m.example/?q={north:.6},-{east:.6}"), &format!("{north:.6}")),
            (format!("https://m.example/?q={north:.6}%2C{east:.6}"), &format!("{east:.6}")),
        ] {
            let masked = mask(&text, &mut Found::default()).into_owned();
            prop_assert!(!masked.contains(value.as_str()), "{}", masked);
            let host = text.split('/').nth(2).unwrap_or_default();
            prop_assert!(masked.contains(host), "{}", masked);
        }
    }

    #[test]
    fn base_64_hides_nobody(
        user in "[a-z]{3,12}",
        phone in "\\+49 ?15[0-9] ?[0-9]{7}",
        is_url_safe in any::<bool>(),
        is_padded in any::<bool>(),
    ) {
        for value in [format!("{user}@mail.example"), phone, format!("{{\"to\":\"{user}@mail.example\"}}")] {
            let mut written = base64(value.as_bytes(), is_url_safe);
            if !is_padded {
                written.truncate(written.trim_end_matches('=').len());
            }
            for text in [
                format!("https://a.example/x?e={written}&v=2"),
                format!("const {written} here"),
                written.clone(),
            ] {
                let masked = mask(&text, &mut Found::default()).into_owned();
                prop_assert!(!masked.contains(&written), "{}", masked);
            }
        }
    }

    #[test]
    fn a_version_is_of_numbers_and_words_of_versions(
        number in "[0-9]{1,3}(\\.[0-9]{1,4}){1,3}",
        first in "X[a-z]{2,9}q",
        last in "X[a-z]{2,9}q",
        phone in "0[1-9][0-9]{2}[-/ ][0-9]{7}",
    ) {
        for text in [
            format!("{number} for {first} {last} {phone}"),
            format!("{number} ({first} {last}, {phone})"),
            format!("{first} {number} {phone}"),
        ] {
            let masked = mask_version(&text, &mut Found::default()).unwrap_or_default();
            prop_assert!(masked.contains(&number), "{}", masked);
            for value in [&first, &last, &phone] {
                prop_assert!(!masked.contains(value.as_str()), "{}", masked);
            }
            prop_assert_eq!(mask_version(&masked, &mut Found::default()), None, "{}", masked);
        }
    }

    #[test]
    fn static_paths_stay(
        words in prop::collection::vec(prop::sample::select(&[
            "api", "v2", "upload", "list", "users", "target", "child", "device", "register", "sms",
            "index.php", "get_location", "call-log", "Account", "GetList", "settings", "victim",
        ][..]), 1..6),
    ) {
        for text in [
            format!("https://panel.watch.example/{}", words.join("/")),
            format!("/{}?lang=en&page=2", words.join("/")),
        ] {
            prop_assert_eq!(mask(&text, &mut Found::default()), text.as_str());
        }
    }

    #[test]
    fn no_text_stops_it_and_masking_twice_is_masking_once(text in "\\PC{0,200}") {
        let mut found = Found::default();
        let once = mask(&text, &mut found).into_owned();
        prop_assert_eq!(mask(&once, &mut Found::default()), once.as_str());
    }
}
