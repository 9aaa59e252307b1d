//! Who else can get into a phone, what its text says of listed addresses, and what no output may
//! give away.

use unwatched_device::result::{Band, CheckResult, FindingKind, Outcome, Subject};
use unwatched_fixtures::phone::{App, Launcher, PhoneBuilder, ordinary};
use unwatched_model::class::Class;
use unwatched_model::indicator::IndicatorKind::Package;

use super::{about, check_android_qf, check_bugreport, outcome, rules, set, why};

/// Every output of one check, in one text.
pub(crate) fn everything(result: &CheckResult) -> String {
    format!(
        "{}{}{}",
        serde_json::to_string(result).unwrap(),
        unwatched_device::report::html(result),
        unwatched_device::report::text(result)
    )
}

/// By both kinds of evidence: the finding of kind `access` with this id, and what it says.
#[track_caller]
fn found(phone: &PhoneBuilder, id: &str, check: &str, fact: &str) {
    for result in [check_bugreport(phone, None), check_android_qf(phone, None)] {
        let ids: Vec<_> = result.findings.iter().map(|finding| finding.id.as_str()).collect();
        let finding = result.findings.iter().find(|finding| finding.id == id);
        let finding = finding.unwrap_or_else(|| panic!("{id} is not among {ids:?}"));
        assert_eq!((finding.kind, finding.band), (FindingKind::Access, None), "{id}");
        assert!(finding.signals[0].fact.contains(fact), "{}", finding.signals[0].fact);
        assert_eq!(outcome(&result, check), Outcome::Found, "{check}: {}", why(&result, check));
    }
}

/// That an ordinary phone with this section says `not_found`, by both kinds of evidence.
#[track_caller]
fn quiet(phone: &PhoneBuilder, check: &str) {
    for result in [check_bugreport(phone, None), check_android_qf(phone, None)] {
        assert_eq!(result.findings, []);
        assert_eq!(outcome(&result, check), Outcome::NotFound, "{}", why(&result, check));
    }
}

#[test]
fn a_second_finger_or_face_is_a_question() {
    let prints = |count: u32| {
        format!("{{\"service\":\"x\",\"prints\":[{{\"id\":0,\"count\":{count},\"accept\":7}}]}}\n")
    };
    let with = |service: &str, count| ordinary().service(service, &prints(count));
    found(&with("fingerprint", 2), "access:second_fingerprint:0", "second_fingerprint", "2 finger");
    found(&with("face", 2), "access:second_face:0", "second_face", "2 faces");
    quiet(&with("fingerprint", 1), "second_fingerprint");
    let nothing = check_bugreport(&ordinary(), None);
    assert_eq!(outcome(&nothing, "second_fingerprint"), Outcome::CouldNotCheck);
}

#[test]
fn a_linked_device_is_a_question_and_its_name_is_not_kept() {
    let dump = "Companion Device Associations: \n  Association{mId=1, mUserId=0, mPackageName='com.example.mirror', mDeviceMacAddress=00:00:00:00:00:01, mDisplayName='Kims-Computer', mDeviceProfile='android.app.role.COMPANION_DEVICE_COMPUTER', mSelfManaged=true, mRevoked=false}\n";
    let phone = ordinary().service("companiondevice", dump);
    found(&phone, "access:companion:com.example.mirror", "companion", "a computer");
    let text = everything(&check_bugreport(&phone, None));
    assert!(!text.contains("Kims") && !text.contains("00:00:00"));
    quiet(
        &ordinary().service("companiondevice", "Companion Device Associations: <empty>\n"),
        "companion",
    );
}

#[test]
fn a_link_that_was_taken_back_hides_no_other_of_the_app() {
    let link = |name: &str, profile: &str, revoked: bool| {
        format!(
            "  Association{{mId=1, mUserId=0, mPackageName='com.example.mirror', mDeviceMacAddress=null, mDisplayName='{name}', mDeviceProfile='android.app.role.COMPANION_DEVICE_{profile}', mSelfManaged=true, mRevoked={revoked}}}\n"
        )
    };
    let id = "access:companion:com.example.mirror";
    let with = |links: &[String]| {
        let dump = format!("Companion Device Associations: \n{}", links.concat());
        ordinary().service("companiondevice", &dump)
    };
    let gone_watch = link("w", "WATCH", true);
    let computer = link("mRevoked=true", "COMPUTER", false);
    found(&with(&[gone_watch.clone(), computer.clone()]), id, "companion", "a computer");
    let both = with(&[link("w", "WATCH", false), computer]);
    found(&both, id, "companion", "a watch");
    let result = check_bugreport(&both, None);
    let finding = result.findings.iter().find(|finding| finding.id == id).unwrap();
    assert_eq!(finding.signals.len(), 2);
    quiet(&with(&[gone_watch]), "companion");
}

#[test]
fn what_keeps_a_phone_unlocked_is_told_once_somebody_set_it_up() {
    let dump = |manages: u8| {
        format!(
            "Trust manager state:\n User \"Owner\" (id=0, flags=0xc13) (current): trusted=0\n   Enabled agents:\n    com.google.android.gms/.auth.trustagent.GoogleTrustAgent\n     bound=1, connected=1, managingTrust={manages}, trusted=0\n"
        )
    };
    let id = "access:trust_agent:com.google.android.gms";
    found(&ordinary().service("trust", &dump(1)), id, "trust_agent", "stays unlocked");
    quiet(&ordinary().service("trust", &dump(0)), "trust_agent");
}

#[test]
fn a_vpn_is_told_and_an_unknown_one_counts_for_its_app() {
    let vpn = |package: &str| {
        let on = "VPNs:\n  0: com.example.vpn\n     Active package name: com.example.vpn\n     Active vpn type: 1\n";
        ordinary()
            .app(App::new(package))
            .service("vpn_management", &on.replace("com.example.vpn", package))
    };
    found(&vpn("com.example.vpn"), "access:vpn:com.example.vpn", "vpn", "that was on");
    let result = check_bugreport(&vpn("com.example.vpn"), None);
    assert_eq!(rules(about(&result, "com.example.vpn")), ["P7"]);
    let known = check_bugreport(&vpn("ch.protonvpn.android"), None);
    assert_eq!(known.findings.len(), 1, "known VPNs are a question, not points");
    let always = ordinary()
        .app(App::new("com.example.vpn"))
        .secure_setting("always_on_vpn_app", "com.example.vpn");
    found(&always, "access:vpn:com.example.vpn", "vpn_always_on", "always on");
}

#[test]
fn proxies_and_private_dns_are_told_with_their_host() {
    let proxy = ordinary().global_setting("http_proxy", "proxy.example:8080");
    found(&proxy, "setting:http_proxy:proxy.example", "proxy", "proxy.example:8080");
    quiet(&ordinary().global_setting("http_proxy", ":0"), "proxy");
    let dns = ordinary()
        .global_setting("private_dns_mode", "hostname")
        .global_setting("private_dns_specifier", "dns.example");
    found(&dns, "setting:private_dns_specifier", "private_dns", "dns.example");
    quiet(&ordinary().global_setting("private_dns_mode", "opportunistic"), "private_dns");
    let wifi = ordinary().service(
        "wifi",
        "Proxy settings: PAC\nHTTP proxy: PAC Script: http://script.example/p.pac[localhost] -1\n",
    );
    let id = "setting:network_proxy:script.example";
    found(&wifi, id, "network_proxy", "script.example");
}

#[test]
fn what_opens_an_account_or_names_its_owner_stands_in_no_output() {
    let phone = ordinary()
        .global_setting("http_proxy", "kim.doe:secret77@proxy.example:8080")
        .global_setting("global_proxy_pac_url", "https://kim.doe:secret77@pac.example/kimdoe.pac?k=secret77")
        .global_setting("private_dns_mode", "hostname")
        .global_setting("private_dns_specifier", "kim-does-phone-4f2a91.dns.nextdns.io")
        .service(
            "wifi",
            "HTTP proxy: [kim.doe:secret77@wifi.example] 8080\nHTTP proxy: PAC Script: http://kim.doe:secret77@script.example/kimdoe.pac[localhost] -1\n",
        );
    found(&phone, "setting:http_proxy:proxy.example", "proxy", "through proxy.example:8080");
    found(&phone, "setting:global_proxy_pac_url:pac.example", "proxy", "script at pac.example");
    found(&phone, "setting:network_proxy:wifi.example", "network_proxy", "wifi.example");
    found(&phone, "setting:network_proxy:script.example", "network_proxy", "script.example");
    found(&phone, "setting:private_dns_specifier", "private_dns", "a name below dns.nextdns.io");
    for result in [check_bugreport(&phone, None), check_android_qf(&phone, None)] {
        let text = everything(&result).to_lowercase();
        for private in ["kim", "secret77", "4f2a91"] {
            assert!(!text.contains(private), "{private}");
        }
    }
}

#[test]
fn a_keyboard_that_did_not_come_with_the_phone_is_told() {
    let phone = |app: App, component: &str| {
        ordinary().app(app).secure_setting("default_input_method", component)
    };
    let strange = phone(App::new("com.example.keys"), "com.example.keys/.Keyboard");
    found(&strange, "access:keyboard:com.example.keys", "keyboard", "did not come with it");
    let result = check_bugreport(&strange, None);
    assert_eq!(rules(about(&result, "com.example.keys")), ["P6_keyboard"]);
    let own = App::new("com.samsung.android.honeyboard").preinstalled();
    quiet(&phone(own, "com.samsung.android.honeyboard/.service.HoneyBoardService"), "keyboard");
}

#[test]
fn whoever_can_reach_the_phone_from_afar_is_told_beside_what_the_app_is_for() {
    let host = App::new("com.teamviewer.host.market").accessibility();
    let phone = ordinary().app(host);
    let id = "access:remote_support:com.teamviewer.host.market";
    found(&phone, id, "remote_support", "it is made for that, its accessibility service is on");
    let result = check_bugreport(&phone, None);
    let app = about(&result, "com.teamviewer.host.market");
    assert_eq!((app.kind, app.band), (FindingKind::DualUse, Some(Band::NeedsExpertLook)));

    let attended = ordinary().app(App::new("com.teamviewer.quicksupport.market"));
    for result in [check_bugreport(&attended, None), check_android_qf(&attended, None)] {
        assert_eq!(result.findings.len(), 1);
        let app = about(&result, "com.teamviewer.quicksupport.market");
        assert_eq!((app.kind, app.band), (FindingKind::DualUse, Some(Band::Notable)));
        assert!(app.signals[0].innocent.contains("dispute"), "{}", app.signals[0].innocent);
    }
}

#[test]
fn what_passes_messages_on_is_told_whatever_list_knows_it() {
    let macros = App::new("com.arlosoft.macrodroid").notification_listener();
    let id = "access:forwarding:com.arlosoft.macrodroid";
    found(&ordinary().app(macros), id, "forwarding", "it may read every notification");
    let unlisted = App::new("com.example.smsforwarder").sideloaded();
    let id = "access:forwarding:com.example.smsforwarder";
    found(&ordinary().app(unlisted), id, "forwarding", "by what its name says");
    quiet(&ordinary(), "forwarding");
}

#[test]
fn a_name_alone_makes_no_app_one_with_a_legitimate_purpose() {
    let phone = ordinary().app(
        App::new("com.life360.android.safetymapd")
            .sideloaded()
            .launcher(Launcher::Absent)
            .device_admin()
            .accessibility(),
    );
    let result = check_bugreport(&phone, None);
    let app = about(&result, "com.life360.android.safetymapd");
    assert_eq!((app.kind, app.band), (FindingKind::Installed, Some(Band::StrongSigns)));
    assert!(app.signals[0].fact.contains("by its name only"), "{}", app.signals[0].fact);
}

#[test]
fn a_manager_is_named_and_never_excused() {
    const CLOUDDPC: &str = "com.google.android.apps.work.clouddpc";
    const OWN: &str = "23962f4b43b9857638ea66f4d419518eae282491acda4b94707bd59003c45e58";
    let phone = ordinary().app(App::new(CLOUDDPC).certificate_sha256(OWN).device_owner());
    let says = |result: &CheckResult| {
        let subject = Subject::Profile("device_owner".to_owned());
        let found = result.findings.iter().find(|finding| finding.subject == subject).unwrap();
        found.signals[0].fact.clone()
    };
    let verified = says(&check_android_qf(&phone, None));
    assert!(verified.contains("Android Device Policy"), "{verified}");
    assert!(verified.contains("by its name and its verified certificate"), "{verified}");
    let named = says(&check_bugreport(&phone, None));
    assert!(named.contains("by its name only"), "{named}");
    let test = ordinary().app(App::new("com.afwsamples.testdpc").device_owner());
    let test = says(&check_bugreport(&test, None));
    assert!(test.contains("no employer or school"), "{test}");
}

#[test]
fn other_users_and_spaces_are_told_and_a_hidden_one_never() {
    let users = "Users:\n  UserInfo{0:Owner:c13} serialNo=0\n  UserInfo{10:Kim:410} serialNo=10\n    Type: android.os.usertype.full.SECONDARY\n  UserInfo{11:Hidden:1090} serialNo=11\n    Type: android.os.usertype.profile.PRIVATE\n  UserInfo{999:Copies:1010} serialNo=999\n";
    let locks = "Current lock settings service state:\n  User 11\n    CredentialType: PIN\n";
    let phone = ordinary().service("user", users).service("lock_settings", locks);
    found(&phone, "access:second_user:10", "other_users", "a second user");
    found(&phone, "access:clone_space:999", "other_users", "second copies");
    let result = check_bugreport(&phone, None);
    assert_eq!(result.findings.len(), 2, "{:?}", result.findings);
    let text = everything(&result);
    assert!(!text.contains("Kim") && !text.contains("user 11") && !text.contains("rivate space"));
}

#[test]
fn how_the_phone_starts_and_who_may_debug_it_is_told() {
    let orange = ordinary().property("ro.boot.verifiedbootstate", "orange");
    found(&orange, "setting:unlocked_boot", "boot", "orange");
    quiet(&ordinary().property("ro.boot.verifiedbootstate", "green"), "boot");
    let nothing = check_bugreport(&ordinary(), None);
    assert_eq!(outcome(&nothing, "boot"), Outcome::CouldNotCheck);
    found(
        &ordinary().app(App::new("com.topjohnwu.magisk").sideloaded()),
        "setting:full_rights",
        "full_rights",
        "magisk",
    );
    let network = ordinary().property("service.adb.tcp.port", "5555");
    found(&network, "setting:debugging_by_network", "accepted_computers", "5555");
    let sideloaded = orange.app(App::new("com.quiet.omega").sideloaded().device_admin());
    let result = check_bugreport(&sideloaded, None);
    assert_eq!(rules(about(&result, "com.quiet.omega")), ["P2", "O1", "S1"]);
}

#[test]
fn forwarded_calls_and_an_added_authority_are_told() {
    let calls =
        ordinary().service("telephony.registry", "last known state:\n  mCallForwarding=true\n");
    found(&calls, "access:call_forwarding", "call_forwarding", "every call is forwarded");
    let warned = "Current Notification Manager state:\n  Notification List:\n    NotificationRecord(0x0: pkg=android user=UserHandle{0} id=33 tag=null importance=2)\n  Notification listeners:\n    All notification listeners (0) enabled for current profiles:\n";
    let phone = ordinary().service("notification", warned);
    found(&phone, "access:user_certificate", "user_certificate", "certificate authority");
}

#[test]
fn what_no_file_shows_is_a_question() {
    let result = check_bugreport(&ordinary(), None);
    for id in
        ["account_access", "linked_messengers", "shared_location_and_family", "mobile_contract"]
    {
        assert_eq!(outcome(&result, id), Outcome::CouldNotCheck, "{id}");
        assert!(why(&result, id).ends_with('?'), "{}", why(&result, id));
    }
}

#[test]
fn a_private_app_that_is_a_way_in_stays_unnamed() {
    let phone = ordinary()
        .app(App::new("net.typeblog.shelter").profile_owner(10))
        .app(App::new("com.clue.android"))
        .service("companiondevice", "Companion Device Associations: \n  Association{mId=1, mUserId=0, mPackageName='com.clue.android', mDeviceProfile='null'}\n");
    let result = check_bugreport(&phone, None);
    let access = result.findings.iter().filter(|finding| finding.kind == FindingKind::Access);
    assert_eq!(access.count(), 2);
    let text = everything(&result);
    assert!(text.contains("whose name stays private"));
    assert!(!text.contains("typeblog") && !text.contains("clue"));
}

#[test]
fn one_computer_that_may_debug_the_phone_is_a_question() {
    let key = |n: u32| format!("QAAAA{n:0<80}AQAB somebody@somewhere");
    let dump = |keys: &str| {
        format!(
            "ADB MANAGER STATE (dumpsys adb):\n{{\n  debugging_manager={{\n    user_keys={keys}\n  }}\n}}\n"
        )
    };
    let id = "setting:accepted_computers";
    found(&ordinary().service("adb", &dump(&key(1))), id, "accepted_computers", "One computer");
    let two = format!("{}\n{}", key(1), key(2));
    found(&ordinary().service("adb", &dump(&two)), id, "accepted_computers", "2 different");
    let result = check_bugreport(&ordinary().service("adb", &dump(&key(1))), None);
    let finding = result.findings.iter().find(|finding| finding.id == id).unwrap();
    assert!(finding.signals[0].innocent.contains("the one this check was made with"));
    assert!(finding.signals[0].innocent.contains("somebody's way in"));
    quiet(&ordinary().service("adb", &dump("")), "accepted_computers");
}

#[test]
fn what_one_person_manages_by_hand_is_no_question_about_an_employer() {
    let of = |package: &str| {
        let phone = ordinary().app(App::new(package).device_owner());
        let result = check_bugreport(&phone, None);
        let finding = result.findings.iter().find(|finding| finding.kind == FindingKind::Access);
        assert_eq!(outcome(&result, "device_owner"), Outcome::Found);
        finding.unwrap().signals[0].innocent.clone()
    };
    assert!(!of("com.afwsamples.testdpc").contains("mployer"));
    assert!(of("com.example.emm").contains("Does an employer or a school manage this phone?"));
}

#[test]
fn what_came_with_the_phone_and_is_switched_on_is_counted() {
    let result = check_bugreport(&ordinary(), None);
    // A widely known screen reader that somebody added is no finding, and it is on.
    for (id, ended) in [("device_admin", Outcome::NotFound), ("accessibility", Outcome::Found)] {
        let check = result.checks.iter().find(|check| check.id == id).unwrap();
        assert_eq!(check.outcome, ended, "{}", check.why);
        assert_eq!(check.why.contains("counted and not named"), ended == Outcome::Found);
        assert!(check.title.contains("did not come with the phone"), "{}", check.title);
        assert!(check.why.contains("one app that came with the phone holds this"), "{}", check.why);
    }
}

/// Apps of kinds that give somebody away, by what they are for.
const SENSITIVE: [&str; 40] = [
    "com.tinder",
    "com.bumble.app",
    "com.grindrapp.android",
    "co.hinge.app",
    "com.feeld.app",
    "com.okcupid.okcupid",
    "com.weareher.her",
    "mobi.jackd.android",
    "com.scruffapp",
    "com.adult.lesbian.chat",
    "com.clue.android",
    "org.iggymedia.periodtracker",
    "com.glow.android",
    "com.ovuline.pregnancy",
    "com.example.abortionpill",
    "com.drip",
    "com.bloodyhealth.drip",
    "com.example.hivcare",
    "com.betterhelp",
    "com.talktala",
    "com.moodtools.depressionaid",
    "com.sanvello.anxiety",
    "com.example.suicideprevention",
    "com.example.sobriety.recovery",
    "com.calm.therapy",
    "org.thoughtcrime.securesms",
    "org.telegram.messenger",
    "ch.threema.app",
    "org.briarproject.briar.android",
    "network.loki.messenger",
    "com.lbe.parallel.intl",
    "com.hld.anzenbokusucal",
    "com.example.calculatorvault",
    "com.smartmob.applock.hidephotos",
    "net.typeblog.shelter",
    "com.brightsky.bsapp",
    "com.newtonmobile.hestia",
    "org.example.womensaid",
    "com.example.refugehelp",
    "com.example.domesticabuse.help",
];

#[test]
fn forty_sensitive_apps_and_a_second_account_stand_in_no_output() {
    let mut phone = ordinary().service(
        "account",
        "User UserInfo{0:Kim Example:c13}:\n  Accounts: 2\n    Account {name=kim@first.example, type=com.google}\n    Account {name=hidden@second.example, type=com.google}\n",
    );
    for (number, package) in SENSITIVE.into_iter().enumerate() {
        let app = App::new(package).granted(&[
            "ACCESS_BACKGROUND_LOCATION",
            "RECORD_AUDIO",
            "CAMERA",
            "READ_CONTACTS",
        ]);
        phone = phone.app(match number % 5 {
            0 => app.notification_listener(),
            1 => app.accessibility(),
            2 => app.device_admin(),
            3 => app.accessibility().notification_listener(),
            _ => app,
        });
    }
    let set = set(&[("Watch Alpha", Class::Stalkerware, &[(Package, "com.watch.alpha")])]);
    for result in [check_bugreport(&phone, Some(&set)), check_android_qf(&phone, Some(&set))] {
        let text = everything(&result);
        for package in SENSITIVE {
            assert!(!text.contains(package), "{package} is named");
        }
        for account in ["hidden@", "second.example", "kim@", "Kim Example"] {
            assert!(!text.contains(account), "{account}");
        }
        assert!(result.background_count >= SENSITIVE.len());
    }
}
