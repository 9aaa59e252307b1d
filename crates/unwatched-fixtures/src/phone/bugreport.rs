//! The text of a bugreport: properties, a log, and the services' dumps in the forms Android
//! prints.

use std::fmt::Write;

use super::{App, Launcher, PhoneBuilder};

/// What stands between two dumps.
const DASHES: usize = 79;

pub(super) fn text(phone: &PhoneBuilder) -> String {
    let mut out = String::new();
    out.push_str("========================================================\n");
    out.push_str("== dumpstate: 2026-01-05 10:00:00\n");
    out.push_str("========================================================\n\nBuild: X.1\n");
    out.push_str("------ SYSTEM PROPERTIES (getprop) ------\n");
    out.push_str(&getprop(phone));
    out.push_str("------ 0.010s was the duration of 'SYSTEM PROPERTIES' ------\n");
    out.push_str("------ SYSTEM LOG (logcat -v threadtime) ------\n");
    log(&mut out, phone);
    out.push_str("------ 3.100s was the duration of 'SYSTEM LOG' ------\n");
    out.push_str(&services(phone));
    out.push_str("========================================================\n");
    out.push_str("== dumpstate: done (id 1)\n");
    out
}

/// The dumps of all services, which is also what AndroidQF's `dumpsys.txt` holds.
pub(super) fn services(phone: &PhoneBuilder) -> String {
    let mut sections = vec![
        ("accessibility", accessibility(phone)),
        ("battery", "Current Battery Service state:\n  level: 80\n".to_owned()),
        ("device_policy", device_policy(phone)),
        ("notification", notification(phone)),
        ("package", package(phone)),
        ("settings", settings(phone)),
        ("user", user(phone)),
    ];
    for (name, dump) in &phone.services {
        sections.retain(|(known, _)| known != name);
        sections.push((name.as_str(), dump.clone()));
    }
    let mut out = String::new();
    for (name, body) in sections {
        let dashes = "-".repeat(DASHES);
        let _ = write!(
            out,
            "{dashes}\nDUMP OF SERVICE {name}:\n{body}--------- 0.053s was the duration of dumpsys {name}, ending at: 2026-01-05 10:00:01\n"
        );
    }
    let _ = writeln!(out, "{}", "-".repeat(DASHES));
    out
}

pub(super) fn getprop(phone: &PhoneBuilder) -> String {
    [
        ("ro.build.fingerprint", "testco/tc1/tc1:14/X/1:user/release-keys"),
        ("ro.build.version.release", phone.os_version.as_str()),
        ("ro.product.manufacturer", phone.maker.as_str()),
        ("ro.product.model", phone.model.as_str()),
        ("ro.serialno", "MADEUPSERIAL0001"),
    ]
    .into_iter()
    .chain(phone.properties.iter().map(|(key, value)| (key.as_str(), value.as_str())))
    .fold(String::new(), |mut out, (key, value)| {
        let _ = writeln!(out, "[{key}]: [{value}]");
        out
    })
}

/// The log, with what was said beside the made-up lines at its end.
pub(super) fn log(out: &mut String, phone: &PhoneBuilder) {
    out.push_str("--------- beginning of main\n");
    let start = out.len();
    let mut number = 0u32;
    while out.len() - start < phone.log_bytes {
        let _ = writeln!(
            out,
            "01-05 09:{:02}:{:02}.{:03}  1000  1234  1300 I ActivityManager: made-up line {number} ------ not a mark",
            number / 60 % 60,
            number % 60,
            number % 1000
        );
        number += 1;
    }
    for line in &phone.log_lines {
        let _ = writeln!(out, "{line}");
    }
}

fn names<'p>(phone: &'p PhoneBuilder, wanted: impl Fn(&App) -> bool, class: &str) -> Vec<String> {
    let wanted = |app: &&'p App| wanted(app);
    phone.apps.iter().filter(wanted).map(|a| format!("{0}/{0}.{class}", a.package)).collect()
}

pub(super) fn accessibility_services(phone: &PhoneBuilder) -> Vec<String> {
    names(phone, |app| app.accessibility, "AccessService")
}

pub(super) fn listeners(phone: &PhoneBuilder) -> Vec<String> {
    names(phone, |app| app.listener, "NotifListener")
}

fn accessibility(phone: &PhoneBuilder) -> String {
    let braced: Vec<_> =
        accessibility_services(phone).iter().map(|name| format!("{{{name}}}")).collect();
    format!(
        "ACCESSIBILITY MANAGER (dumpsys accessibility)\n\nUser state[\n     attributes:{{id=0, touchExplorationEnabled=false, installedServiceCount=4}}\n     Bound services:{{}}\n     Enabled services:{{{}}}\n     Binding services:{{}}\n     Crashed services:{{}}\n]\n",
        braced.join(", ")
    )
}

fn device_policy(phone: &PhoneBuilder) -> String {
    let mut out = "Current Device Policy Manager state:\n".to_owned();
    for app in phone.apps.iter().filter(|app| app.device_owner) {
        let name = &app.package;
        let _ = write!(
            out,
            "  Device Owner: \n    admin=ComponentInfo{{{name}/{name}.AdminReceiver}}\n    name=\n    package={name}\n    User ID: 0\n\n"
        );
    }
    for app in &phone.apps {
        let Some(user) = app.profile_owner else { continue };
        let name = &app.package;
        let _ = write!(
            out,
            "  Profile Owner (User {user}): \n    admin=ComponentInfo{{{name}/{name}.AdminReceiver}}\n    name=\n    package={name}\n\n"
        );
    }
    out.push_str("  Enabled Device Admins (User 0, provisioningState: 0):\n");
    for app in phone.apps.iter().filter(|app| app.admin) {
        let _ = write!(
            out,
            "    {}/.AdminReceiver:\n      uid=10123\n      testOnlyAdmin=false\n      policies:\n        force-lock\n        wipe-data\n",
            app.package
        );
    }
    out
}

fn notification(phone: &PhoneBuilder) -> String {
    let listeners = listeners(phone);
    let mut out = format!(
        "Current Notification Manager state:\n  Notification listeners:\n    All notification listeners ({}) enabled for current profiles:\n",
        listeners.len()
    );
    for name in &listeners {
        let _ = writeln!(out, "      ComponentInfo{{{name}}}");
    }
    let _ = writeln!(out, "    Live notification listeners ({}):", listeners.len());
    for name in &listeners {
        let _ = writeln!(out, "      ComponentInfo{{{name}}} (user 0): made-up");
    }
    out.push_str("  Notification assistant services:\n    All notification assistants (1) enabled for current profiles:\n      ComponentInfo{com.android.sys1/com.android.sys1.Assistant}\n");
    out
}

fn settings(phone: &PhoneBuilder) -> String {
    let mut out = String::new();
    let mut secure = phone.secure.clone();
    secure.extend(switched_on(phone));
    for (title, pairs) in [("GLOBAL", &phone.global), ("SECURE", &secure)] {
        let _ = writeln!(out, "{title} SETTINGS (user 0)");
        for (number, (key, value)) in pairs.iter().enumerate() {
            let _ = writeln!(
                out,
                "_id:{number} name:{key} pkg:android value:{value} default:{value} defaultSystemSet:true"
            );
        }
        out.push('\n');
    }
    out
}

/// The two settings that list what is switched on.
pub(super) fn switched_on(phone: &PhoneBuilder) -> [(String, String); 2] {
    let pair = |key: &str, names: Vec<String>| (key.to_owned(), names.join(":"));
    [
        pair("enabled_accessibility_services", accessibility_services(phone)),
        pair("enabled_notification_listeners", listeners(phone)),
    ]
}

fn user(phone: &PhoneBuilder) -> String {
    let mut out = "Current user: 0\nUsers:\n  UserInfo{0:Owner:4c13} serialNo=0 isPrimary=true\n    Type: android.os.usertype.full.SYSTEM\n".to_owned();
    if let Some(user) = phone.private_user {
        let _ = write!(
            out,
            "  UserInfo{{{user}:Private:1090}} serialNo={user} isPrimary=false parentId=0\n    Type: android.os.usertype.profile.PRIVATE\n"
        );
    }
    out
}

fn package(phone: &PhoneBuilder) -> String {
    let mut out = "Database versions:\n  Internal:\n    sdkVersion=34 databaseVersion=3\n\nVerifiers:\n  Required: com.android.vending (uid=10019)\n\nActivity Resolver Table:\n  Non-Data Actions:\n      android.intent.action.MAIN:\n".to_owned();
    for app in phone.apps.iter().filter(|app| app.launcher != Launcher::Absent) {
        let _ = writeln!(out, "        1a2b3c4 {}/.MainActivity", app.package);
    }
    out.push_str("\nReceiver Resolver Table:\n  Non-Data Actions:\n      android.intent.action.BOOT_COMPLETED:\n");
    for app in phone.apps.iter().filter(|app| app.admin || app.listener) {
        let _ = writeln!(out, "        2b3c4d5 {}/.BootReceiver", app.package);
    }
    out.push_str("\nService Resolver Table:\n  Non-Data Actions:\n      android.accessibilityservice.AccessibilityService:\n");
    for app in phone.apps.iter().filter(|app| app.accessibility) {
        let _ = writeln!(out, "        3c4d5e6 {}/.AccessService", app.package);
    }
    out.push_str("\nPermissions:\n  Permission [android.permission.INTERNET] (4d5e6f7):\n    sourcePackage=android\n\nPackages:\n");
    for (number, app) in phone.apps.iter().enumerate() {
        block(&mut out, number, app);
    }
    out.push_str("\nHidden system packages:\n\nShared users:\n");
    out
}

fn block(out: &mut String, number: usize, app: &App) {
    let name = &app.package;
    let system = if app.system { "SYSTEM " } else { "" };
    let folder = if app.system { "/system/app/" } else { "/data/app/~~AAAA==/" };
    let _ = write!(
        out,
        "  Package [{name}] (5e6f708):\n    userId={uid}\n    pkg=Package{{5e6f708 {name}}}\n    codePath={folder}{name}-BBBB==\n    versionCode=7 minSdk=24 targetSdk=34\n    versionName=1.0\n    flags=[ {system}HAS_CODE ALLOW_CLEAR_USER_DATA ]\n    timeStamp=2026-01-02 10:00:00\n    lastUpdateTime=2026-01-02 10:00:00\n",
        uid = 10_000 + number
    );
    for (key, value) in [
        ("installerPackageName", &app.installer),
        ("installInitiatingPackageName", &app.initiating),
        ("installOriginatingPackageName", &app.originating),
    ] {
        if let Some(value) = value {
            let _ = writeln!(out, "    {key}={value}");
        }
    }
    let _ = write!(
        out,
        "    signatures=PackageSignatures{{6f70819 version:3, signatures:[0badc0de], past signatures:[]}}\n    pkgFlags=[ {system}HAS_CODE ]\n    requested permissions:\n"
    );
    for permission in &app.granted {
        let _ = writeln!(out, "      {permission}");
    }
    out.push_str("      android.permission.INTERNET\n    install permissions:\n      android.permission.INTERNET: granted=true\n");
    let installed = app.installed;
    if app.user != 0 {
        let _ = writeln!(
            out,
            "    User 0: ceDataInode=0 installed=false hidden=false suspended=false stopped=true notLaunched=true enabled=0"
        );
    }
    let _ = write!(
        out,
        "    User {}: ceDataInode={number} installed={installed} hidden=false suspended=false distractionFlags=0 stopped=false notLaunched=false enabled=0 instant=false virtual=false\n      firstInstallTime=2025-12-01 09:30:00\n      runtime permissions:\n",
        app.user
    );
    for permission in &app.granted {
        let _ = writeln!(out, "        {permission}: granted=true, flags=[ USER_SET]");
    }
    if app.launcher == Launcher::SwitchedOff {
        let _ = write!(out, "      disabledComponents:\n        {name}.MainActivity\n");
    }
    let _ = write!(out, "      enabledComponents:\n        {name}.SomeReceiver\n");
}
