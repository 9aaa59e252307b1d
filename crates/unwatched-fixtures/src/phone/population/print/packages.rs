//! `dumpsys package`: resolver tables, permissions, and a block for every package, in the forms
//! of `Settings.dumpPackageLPr` from Android 7 to 16.

use std::fmt::Write as _;

use super::super::{Phone, Record, Source};
use super::{hash, line, moment, random, resolvers, uid};
use crate::phone::Launcher;
use crate::random::Random;

pub(super) fn text(phone: &Phone) -> String {
    let sdk = phone.handset.sdk;
    let mut chance = random(phone, 7);
    let mut out = String::new();
    line!(out, "Database versions:");
    line!(out, "  Internal:");
    line!(out, "    sdkVersion={sdk} databaseVersion=3");
    line!(out, "    fingerprint={}", phone.handset.fingerprint());
    line!(out);
    line!(out, "Verifiers:");
    line!(out, "  Required: com.android.vending (uid=10040)");
    line!(out);
    line!(out, "Features:");
    line!(out, "  android.hardware.camera");
    line!(out, "  android.hardware.fingerprint");
    line!(out);
    out.push_str(&resolvers::text(phone));
    permissions(&mut out, &mut chance);
    line!(out);
    line!(out, "Key Set Manager:");
    line!(out, "  [com.android.settings]");
    line!(out, "      Signing KeySets: 1");
    line!(out);
    line!(out, "Packages:");
    for (number, app) in phone.apps.iter().enumerate() {
        block(&mut out, phone, number, app, &mut chance);
    }
    line!(out);
    hidden(&mut out, phone, &mut chance);
    line!(out, "Shared users:");
    line!(out, "  SharedUser [android.uid.system] ({}):", hash(&mut chance, 7));
    line!(out, "    userId=1000");
    line!(out);
    if sdk >= 30 {
        line!(out, "Queries:");
        line!(out, "  system apps queryable: false");
        line!(out);
    }
    line!(out, "Package Changes:");
    line!(out, "  Sequence number=17");
    line!(out);
    sessions(&mut out, phone);
    out
}

fn permissions(out: &mut String, chance: &mut Random) {
    line!(out);
    line!(out, "Permissions:");
    for name in ["android.permission.INTERNET", "android.permission.READ_SMS"] {
        line!(out, "  Permission [{name}] ({}):", hash(chance, 7));
        line!(out, "    sourcePackage=android");
        line!(out, "    uid=1000 gids=[] type=0 prot=normal");
        line!(out, "    perm=Permission{{{} {name}}}", hash(chance, 7));
    }
}

fn block(out: &mut String, phone: &Phone, number: usize, app: &Record, chance: &mut Random) {
    let (name, sdk) = (&app.package, phone.handset.sdk);
    let id = if name == "android" { 1000 } else { uid(number) };
    line!(out, "  Package [{name}] ({}):", hash(chance, 7));
    line!(out, "    {}={id}", if sdk >= 33 { "appId" } else { "userId" });
    line!(out, "    pkg=Package{{{} {name}}}", hash(chance, 7));
    let path = code_path(phone, app, chance);
    line!(out, "    codePath={path}");
    if sdk < 36 {
        line!(out, "    resourcePath={path}");
        line!(out, "    legacyNativeLibraryDir={path}/lib");
    }
    line!(out, "    primaryCpuAbi=arm64-v8a");
    line!(out, "    secondaryCpuAbi=null");
    if sdk >= 33 {
        line!(out, "    cpuAbiOverride=null");
    }
    let code = chance.below(90_000_000);
    line!(out, "    versionCode={code} minSdk=21 targetSdk={}", app.target_sdk);
    if sdk >= 30 {
        line!(out, "    minExtensionVersions=[]");
    }
    line!(out, "    versionName={}.{}", chance.below(20), chance.below(40));
    if sdk >= 31 {
        line!(out, "    usesNonSdkApi=false");
    }
    line!(out, "    splits=[base]");
    line!(out, "    apkSigningVersion=3");
    if sdk < 34 {
        line!(out, "    applicationInfo=ApplicationInfo{{{} {name}}}", hash(chance, 7));
    }
    let flags = flags(app);
    line!(out, "    flags=[ {flags}]");
    line!(
        out,
        "    privateFlags=[ PRIVATE_FLAG_ACTIVITIES_RESIZE_MODE_RESIZEABLE_VIA_SDK_VERSION ]"
    );
    if sdk >= 30 {
        line!(out, "    forceQueryable=false");
    }
    if sdk < 34 {
        line!(out, "    dataDir=/data/user/0/{name}");
    }
    line!(out, "    supportsScreens=[small, medium, large, xlarge, resizeable, anyDensity]");
    line!(out, "    timeStamp={}", moment(installed(phone, app)));
    if sdk < 34 {
        line!(out, "    firstInstallTime={}", moment(installed(phone, app)));
    }
    line!(
        out,
        "    lastUpdateTime={}",
        moment(phone.now - i64::from(app.updated_hours_ago) * 3600)
    );
    source(out, sdk, &app.source);
    line!(
        out,
        "    signatures=PackageSignatures{{{} version:3, signatures:[{}], past signatures:[]}}",
        hash(chance, 7),
        &app.certificate.sha1[..8]
    );
    line!(out, "    installPermissionsFixed=true");
    line!(out, "    pkgFlags=[ {flags}]");
    held(out, phone, app);
    for user in &phone.users {
        state(out, phone, app, user.id, chance);
    }
}

fn installed(phone: &Phone, app: &Record) -> i64 {
    phone.now - i64::from(app.installed_hours_ago) * 3600
}

fn code_path(phone: &Phone, app: &Record, chance: &mut Random) -> String {
    let name = &app.package;
    match app.source {
        Source::Preinstalled { updated: false } if app.launcher == Launcher::Absent => {
            format!("/system/priv-app/{}", name.rsplit('.').next().unwrap_or(name))
        }
        Source::Preinstalled { updated: false } => {
            format!("/system/app/{}", name.rsplit('.').next().unwrap_or(name))
        }
        // From Android 11 on two folders with names made by chance.
        _ if phone.handset.sdk >= 30 => {
            format!("/data/app/~~{}==/{name}-{}==", hash(chance, 14), hash(chance, 14))
        }
        _ if phone.handset.sdk >= 26 => format!("/data/app/{name}-{}==", hash(chance, 14)),
        _ => format!("/data/app/{name}-{}", 1 + chance.below(2)),
    }
}

fn flags(app: &Record) -> String {
    let mut flags = String::new();
    for (is, flag) in [
        (app.source.is_system(), "SYSTEM"),
        (app.debuggable, "DEBUGGABLE"),
        (true, "HAS_CODE"),
        (true, "ALLOW_CLEAR_USER_DATA"),
        (app.source == Source::Preinstalled { updated: true }, "UPDATED_SYSTEM_APP"),
        (!app.debuggable, "ALLOW_BACKUP"),
    ] {
        if is {
            let _ = write!(flags, "{flag} ");
        }
    }
    flags
}

/// Up to Android 13 only the installer is printed, and only where there is one; from 14 on all
/// four, with `null` written out.
fn source(out: &mut String, sdk: u32, source: &Source) {
    if sdk < 34 {
        if let Some(installer) = source.installer() {
            line!(out, "    installerPackageName={installer}");
        }
        return;
    }
    let shown = |name: Option<&str>| name.unwrap_or("null").to_owned();
    line!(out, "    installerPackageName={}", shown(source.installer()));
    let by = if source.installer().is_some() { 10_040 } else { -1 };
    line!(out, "    installerPackageUid={by}");
    line!(out, "    initiatingPackageName={}", shown(source.initiating()));
    line!(out, "    originatingPackageName={}", shown(source.originating()));
    line!(out, "    packageSource={}", source.package_source());
    line!(out, "    appMetadataFilePath=null");
}

/// Permissions that this Android has.
pub(super) fn exists(permission: &str, sdk: u32) -> bool {
    let since = match permission {
        "ACCESS_BACKGROUND_LOCATION" | "ACTIVITY_RECOGNITION" => 29,
        "BLUETOOTH_CONNECT" => 31,
        "POST_NOTIFICATIONS" => 33,
        _ => 21,
    };
    sdk >= since
}

/// Until Android 9 an app made for Android 5 holds at installation what it asks for.
fn at_install(phone: &Phone, app: &Record) -> Vec<&'static str> {
    let mut all = app.at_install.clone();
    if app.target_sdk <= 22 && phone.handset.sdk < 29 {
        all.extend(&app.granted);
    }
    if !app.receives.is_empty() {
        all.push("RECEIVE_BOOT_COMPLETED");
    }
    if app.foreground_service && phone.handset.sdk >= 28 {
        all.push("FOREGROUND_SERVICE");
    }
    all
}

fn held(out: &mut String, phone: &Phone, app: &Record) {
    let sdk = phone.handset.sdk;
    let exists = |name: &&&str| exists(name, sdk);
    let at_install = at_install(phone, app);
    line!(out, "    requested permissions:");
    let mut requested: Vec<_> =
        app.granted.iter().chain(&app.refused).chain(&at_install).filter(exists).collect();
    requested.sort_unstable();
    requested.dedup();
    for name in requested {
        line!(out, "      android.permission.{name}");
    }
    line!(out, "    install permissions:");
    for name in at_install.iter().filter(exists) {
        line!(out, "      android.permission.{name}: granted=true");
    }
}

fn state(out: &mut String, phone: &Phone, app: &Record, user: u32, chance: &mut Random) {
    let sdk = phone.handset.sdk;
    let here = !app.removed && (app.source.is_system() || app.users.contains(&user));
    let inode = chance.below(900_000);
    let newer = if sdk >= 29 { " distractionFlags=0" } else { "" };
    let launched = app.screen_minutes > 0 || app.foreground_service;
    let _ = write!(
        out,
        "    User {user}: ceDataInode={inode} installed={here} hidden=false suspended=false{newer} stopped={stopped} notLaunched={stopped} enabled={enabled}",
        // COMPONENT_ENABLED_STATE_DISABLED_USER
        enabled = if app.switched_off { 3 } else { 0 },
        stopped = !here || !launched && app.launcher == Launcher::Shown && inode.is_multiple_of(5),
    );
    if sdk >= 26 {
        out.push_str(" instant=false virtual=false");
    }
    if sdk >= 34 {
        out.push_str(" quarantined=false");
    }
    line!(out);
    if sdk >= 33 {
        line!(out, "      installReason=0");
    }
    if sdk >= 34 {
        line!(out, "      dataDir=/data/user/{user}/{}", app.package);
        line!(out, "      firstInstallTime={}", moment(installed(phone, app)));
        line!(out, "      uninstallReason=0");
    }
    line!(out, "      gids=[3002, 3003]");
    line!(out, "      runtime permissions:");
    if here {
        runtime(out, phone, app);
    }
    if app.launcher == Launcher::SwitchedOff && here {
        line!(out, "      disabledComponents:");
        line!(out, "        {}", app.class("MainActivity"));
    }
    if chance.below(4) == 0 {
        line!(out, "      enabledComponents:");
        line!(out, "        {}", app.class("work.RescheduleReceiver"));
    }
}

fn runtime(out: &mut String, phone: &Phone, app: &Record) {
    let sdk = phone.handset.sdk;
    if app.target_sdk <= 22 && sdk < 29 {
        return;
    }
    let flags = if app.source.is_system() { "SYSTEM_FIXED|GRANTED_BY_DEFAULT" } else { "USER_SET" };
    for name in app.granted.iter().filter(|name| exists(name, sdk)) {
        line!(out, "        android.permission.{name}: granted=true, flags=[ {flags}]");
    }
    for name in app.refused.iter().filter(|name| exists(name, sdk)) {
        line!(out, "        android.permission.{name}: granted=false, flags=[ USER_SET]");
    }
}

fn hidden(out: &mut String, phone: &Phone, chance: &mut Random) {
    line!(out, "Hidden system packages:");
    for (number, app) in phone.apps.iter().enumerate() {
        if app.source == (Source::Preinstalled { updated: true }) {
            line!(out, "  Package [{}] ({}):", app.package, hash(chance, 7));
            line!(out, "    userId={}", uid(number));
            line!(out, "    codePath=/system/app/Base");
            line!(out, "    versionCode=1 minSdk=21 targetSdk=28");
            line!(out, "    flags=[ SYSTEM HAS_CODE ]");
        }
    }
    line!(out);
}

/// Finished installations that the phone still remembers, which Android 14 and later print.
fn sessions(out: &mut String, phone: &Phone) {
    line!(out, "Active install sessions:");
    line!(out);
    line!(out, "Finalized install sessions:");
    line!(out);
    line!(out, "Historical install sessions:");
    if phone.handset.sdk < 34 {
        return;
    }
    for (number, app) in
        phone.added().enumerate().filter(|(_, app)| app.installed_hours_ago < 24 * 7)
    {
        let millis = installed(phone, app) * 1000;
        let shown = |name: Option<&str>| name.unwrap_or("null").to_owned();
        let installer = shown(app.source.installer());
        line!(out, "  Session {}:", 1_000_000 + number);
        line!(
            out,
            "    userId=0 mOriginalInstallerUid=10040 mOriginalInstallerPackageName={installer}"
        );
        line!(
            out,
            "    installerPackageName={installer} installInitiatingPackageName={}",
            shown(app.source.initiating())
        );
        line!(
            out,
            "    installOriginatingPackageName={} mInstallerUid=10040 createdMillis={millis} updatedMillis={millis}",
            shown(app.source.originating())
        );
        line!(
            out,
            "    committedMillis={millis} stageDir=/data/app/vmdl{number}.tmp stageCid=null"
        );
        line!(
            out,
            "    mode=1 installFlags=0x404012 installLocation=1 installReason=4 sizeBytes=42928 appPackageName={}",
            app.package
        );
    }
}
