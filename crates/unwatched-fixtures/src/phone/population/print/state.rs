//! The smaller services: users, roles, locks and fingers, links to other devices, networks,
//! exemptions, and what runs.

use super::super::{Phone, Record};
use super::{line, moment, uid};

pub(super) fn getprop(phone: &Phone) -> String {
    let handset = phone.handset;
    let (boot, locked, verity) =
        if phone.unlocked { ("orange", "0", "disabled") } else { ("green", "1", "enforcing") };
    let fingerprint = handset.fingerprint();
    let sdk = handset.sdk.to_string();
    let serial = &format!("MADEUPSERIAL{:04}", phone.seed % 10_000);
    let mut out = String::new();
    for (key, value) in [
        ("dalvik.vm.heapsize", "512m"),
        ("persist.sys.locale", "en-GB"),
        ("persist.sys.timezone", "UTC"),
        ("ro.boot.flash.locked", locked),
        ("ro.boot.verifiedbootstate", boot),
        ("ro.boot.veritymode", verity),
        ("ro.build.fingerprint", &fingerprint),
        ("ro.build.tags", "release-keys"),
        ("ro.build.type", "user"),
        ("ro.build.version.release", handset.release),
        ("ro.build.version.sdk", &sdk),
        ("ro.build.version.security_patch", "2025-06-01"),
        ("ro.debuggable", "0"),
        ("ro.product.device", handset.device),
        ("ro.product.manufacturer", handset.maker),
        ("ro.product.model", handset.model),
        ("ro.secure", "1"),
        ("ro.serialno", serial),
        ("sys.usb.state", "mtp,adb"),
    ] {
        line!(out, "[{key}]: [{value}]");
    }
    out
}

fn running(phone: &Phone) -> impl Iterator<Item = (usize, &Record)> {
    phone.apps.iter().enumerate().filter(|(_, app)| {
        !app.removed
            && (app.source.is_system()
                || app.foreground_service
                || app.accessibility
                || app.listener)
    })
}

/// `ps -A`.
pub(super) fn processes(phone: &Phone) -> String {
    let mut out =
        String::from("USER            PID   PPID     VSZ    RSS WCHAN            ADDR S NAME\n");
    line!(out, "root              1      0 10783428  12032 do_epoll_wait       0 S init");
    line!(out, "system         1490    700 17654321 351234 do_epoll_wait       0 S system_server");
    for (number, app) in running(phone) {
        line!(
            out,
            "u0_a{:<10} {:>5}    700 15000000  90000 do_epoll_wait       0 S {}",
            uid(number) - 10_000,
            2_000 + number,
            app.package
        );
    }
    out
}

/// `dumpsys activity`, its services part (`ActiveServices.dumpServicesLocked`).
pub(super) fn activity(phone: &Phone) -> String {
    let mut out = String::from(
        "ACTIVITY MANAGER SERVICES (dumpsys activity services)\n  User 0 active services:\n",
    );
    for (number, app) in running(phone).filter(|(_, app)| app.foreground_service) {
        let name = &app.package;
        line!(out, "  * ServiceRecord{{1a2b3c4 u0 {name}/.WorkService}}");
        line!(out, "    intent={{cmp={name}/.WorkService}}");
        line!(out, "    packageName={name}");
        line!(out, "    processName={name}");
        line!(
            out,
            "    app=ProcessRecord{{2b3c4d5 {}:{name}/u0a{}}}",
            2_000 + number,
            uid(number) - 10_000
        );
        if phone.handset.sdk >= 29 {
            line!(
                out,
                "    isForeground=true foregroundId=17 types=00000000 foregroundNoti=Notification(channel=service shortcut=null contentView=null vibrate=null sound=null defaults=0x0 flags=0x62 color=0x00000000 vis=PRIVATE)"
            );
        } else {
            line!(
                out,
                "    isForeground=true foregroundId=17 foregroundNoti=Notification(channel=service pri=-1 contentView=null vibrate=null sound=null defaults=0x0 flags=0x62 color=0x00000000 vis=PRIVATE)"
            );
        }
        line!(out, "    createTime=-1d4h31m lastActivity=-1d4h31m");
        line!(
            out,
            "    startRequested=true delayedStop=false stopIfKilled=false callStart=true lastStartId=1"
        );
        line!(out);
    }
    out
}

pub(super) fn adb(phone: &Phone) -> String {
    let mut out = String::from(
        "ADB MANAGER STATE (dumpsys adb):\n{\n  debugging_manager={\n    connected_to_adb=true\n",
    );
    if phone.computers == 0 {
        line!(out, "    user_keys=AAAAmadeup tester@desk");
    }
    for number in 0..phone.computers {
        // Of the length and beginning of a key, and none.
        let key = format!("QAAAA{}", format!("made{number:02}up").repeat(40));
        line!(out, "    user_keys={key} tester@desk{number}");
    }
    if phone.handset.sdk >= 30 {
        line!(out, "    keystore=<keyStore version=\"1\" />");
    }
    line!(out, "  }}");
    line!(out, "}}");
    out
}

pub(super) fn battery() -> String {
    "Current Battery Service state:\n  AC powered: false\n  USB powered: true\n  level: 80\n"
        .to_owned()
}

/// `TelephonyRegistry.dump`, of one SIM.
pub(super) fn telephony(phone: &Phone) -> String {
    let forwards = if phone.forwards_calls { "true" } else { "false" };
    let mut out = String::from("last known state:\n");
    line!(out, "  Phone Id=0");
    for (key, value) in [
        ("mCallState", "0"),
        ("mCallIncomingNumber", ""),
        ("mMessageWaiting", "false"),
        ("mCallForwarding", forwards),
        ("mDataConnectionState", "2"),
    ] {
        line!(out, "    {key}={value}");
    }
    line!(out, "registrations: count=0");
    out
}

/// The exempt apps (`DeviceIdleController.dump`).
pub(super) fn deviceidle(phone: &Phone) -> String {
    let mut out = String::from(
        "  Settings:\n    light_after_inactive_to=+4m0s0ms\n    inactive_to=+30m0s0ms\n",
    );
    line!(out, "  Whitelist (except idle) system apps:");
    line!(out, "    com.google.android.gms");
    line!(out, "    com.android.providers.downloads");
    line!(out, "  Whitelist system apps:");
    line!(out, "    com.google.android.gms");
    let exempt: Vec<_> = phone
        .apps
        .iter()
        .enumerate()
        .filter(|(_, app)| app.unoptimised && !app.source.is_system() && !app.removed)
        .collect();
    if !exempt.is_empty() {
        line!(out, "  Whitelist user apps:");
        for (_, app) in &exempt {
            line!(out, "    {}", app.package);
        }
    }
    line!(out, "  Whitelist (except idle) all app ids:");
    line!(out, "    1001");
    line!(out, "    2000");
    for (number, _) in &exempt {
        line!(out, "    {}", uid(*number));
    }
    line!(out, "  mLightEnabled=true  mDeepEnabled=true");
    line!(out, "  mState=ACTIVE mLightState=ACTIVE");
    out
}

/// `FingerprintService`: one JSON object, from Android 12 on below the sensor's lines.
pub(super) fn fingerprint(phone: &Phone) -> String {
    biometric(phone, "Fingerprint", phone.fingers)
}

pub(super) fn face(phone: &Phone) -> String {
    biometric(phone, "Face", phone.faces)
}

fn biometric(phone: &Phone, what: &str, count: u32) -> String {
    let sets: Vec<_> = phone
        .users
        .iter()
        .map(|user| {
            let count = if user.id == 0 { count } else { 0 };
            format!("{{\"id\":{},\"count\":{count},\"accept\":214,\"reject\":9,\"acquire\":512,\"lockout\":0,\"permanentLockout\":0,\"acceptCrypto\":3,\"rejectCrypto\":0,\"acquireCrypto\":3}}", user.id)
        })
        .collect();
    let json = format!("{{\"service\":\"{what} Manager\",\"prints\":[{}]}}\n", sets.join(","));
    if phone.handset.sdk < 31 {
        return json;
    }
    let tag = format!("{what}Provider/default");
    format!(
        "Dumping for sensorId: 0, provider: {what}Provider\n{}HAL deaths since last reboot: 0\nScheduler: BiometricScheduler\nType: SENSOR_FP_OTHER\nCurrent operation: null\n",
        json.replace(&format!("{what} Manager"), &tag)
    )
}

pub(super) fn lock_settings(phone: &Phone) -> String {
    let mut out = String::from("Current lock settings service state:\n");
    for user in &phone.users {
        line!(out, "  User {}", user.id);
        if phone.handset.sdk >= 30 {
            line!(out, "    SP Handle: 4f5e6d7c8b9a0000");
            line!(out, "    Last changed: {} (last week)", moment(phone.now - 86_400 * 90));
            line!(out, "    CredentialType: {}", if user.id == 0 { "PIN" } else { "None" });
            line!(out, "    SeparateChallenge: false");
        }
    }
    out
}

pub(super) fn trust(phone: &Phone) -> String {
    let mut out = String::from("Trust manager state:\n");
    line!(
        out,
        " User \"Owner\" (id=0, flags=0x4c13) (current): trusted=0, trustManaged=1, deviceLocked=0, strongAuthRequired=0x0"
    );
    line!(out, "   Enabled agents:");
    for app in phone.apps.iter().filter(|app| app.trust_agent && !app.removed) {
        line!(out, "    {}/.TrustAgent", app.package);
        line!(out, "     bound=1, connected=1, managingTrust=0, trusted=0");
    }
    line!(out, "   Events:");
    line!(out);
    out
}

/// `AssociationInfo.toString`, which grew with every release since Android 12.
pub(super) fn companiondevice(phone: &Phone) -> String {
    let sdk = phone.handset.sdk;
    if phone.companions.is_empty() && sdk >= 33 {
        return "Companion Device Associations: <empty>\n".to_owned();
    }
    let mut out = String::from("Companion Device Associations:\n");
    for (number, link) in phone.companions.iter().enumerate() {
        let id = number + 1;
        let profile = link.profile.unwrap_or("null");
        let mac = if link.self_managed { "null" } else { "02:00:00:00:00:01" };
        let package = &link.package;
        let approved = "Fri Nov 07 10:21:33 GMT 2025";
        let never = if link.self_managed { "None" } else { approved };
        if sdk <= 32 {
            line!(
                out,
                "  Association {{ userId = 0, deviceMacAddress = {mac}, packageName = {package}, deviceProfile = {profile}, notifyOnDeviceNearby = false, timeApprovedMs = {approved} }}"
            );
        } else {
            let tag = if sdk >= 34 { ", mTag='null'" } else { "" };
            let device = if sdk >= 34 { ", mAssociatedDevice=null" } else { "" };
            let sync = if sdk >= 34 { ", mSystemDataSyncFlags=0" } else { "" };
            line!(
                out,
                "  Association{{mId={id}, mUserId=0, mPackageName='{package}'{tag}, mDeviceMacAddress={mac}, mDisplayName='{}', mDeviceProfile='{profile}', mSelfManaged={}{device}, mNotifyOnDeviceNearby=false, mRevoked=false, mTimeApprovedMs={approved}, mLastTimeConnectedMs={never}{sync}}}",
                link.name,
                link.self_managed
            );
        }
    }
    line!(out, "Currently Connected Devices:");
    line!(out, "Devices Last Nearby:");
    out
}

/// Role holders as `DualDumpOutputStream` prints them: one value bare, several in brackets.
pub(super) fn role(phone: &Phone) -> String {
    let mut out = String::from(
        "ROLE STATE (dumpsys role):\n{\n  user_states={\n    user_id=0\n    version=1\n    packages_hash=0A1B2C3D\n    roles=[\n",
    );
    for (name, fallback) in [
        ("android.app.role.ASSISTANT", "com.google.android.googlequicksearchbox"),
        ("android.app.role.BROWSER", "com.android.chrome"),
        ("android.app.role.CALL_SCREENING", ""),
        ("android.app.role.DIALER", "com.google.android.dialer"),
        ("android.app.role.HOME", ""),
        ("android.app.role.SMS", "com.google.android.apps.messaging"),
    ] {
        let holder = phone.apps.iter().find(|app| !app.removed && app.roles.contains(&name));
        let home = phone.apps.iter().rfind(|app| app.home);
        let holder = match holder {
            None if name == "android.app.role.HOME" => home,
            other => other,
        };
        let holder = holder.map_or(fallback, |app| app.package.as_str());
        line!(out, "      {{");
        line!(out, "        name={name}");
        if phone.handset.sdk >= 33 {
            line!(out, "        fallback_enabled=true");
        }
        if !holder.is_empty() {
            line!(out, "        holders={holder}");
        }
        line!(out, "      }}");
    }
    line!(out, "    ]");
    line!(out, "  }}");
    line!(out, "}}");
    out
}

/// A projection shows only while it runs.
pub(super) fn media_projection(phone: &Phone) -> String {
    let mut out =
        String::from("MEDIA PROJECTION MANAGER (dumpsys media_projection)\nMedia Projection: \n");
    let now = phone.apps.iter().enumerate().find(|(_, app)| {
        app.ops.iter().any(|op| {
            op.op == "PROJECT_MEDIA"
                && op.last.is_some_and(|last| last.minutes_ago * 60 <= last.seconds)
        })
    });
    if let Some((number, app)) = now {
        line!(out, "(uid={}, {}): TYPE_SCREEN_CAPTURE", uid(number), app.package);
    } else {
        line!(out, "null");
    }
    out
}

fn vpn_uid(phone: &Phone) -> Option<(usize, &str)> {
    let package = phone.always_on_vpn.as_deref()?;
    let number = phone.apps.iter().position(|app| app.package == package)?;
    Some((uid(number), package))
}

/// Networks, and until Android 11 the VPNs among them (`Vpn` of `ConnectivityService`).
pub(super) fn connectivity(phone: &Phone) -> String {
    let mut out =
        String::from("NetworkProviders for:\nActive default network: 101\n\nCurrent Networks:\n");
    line!(
        out,
        "  NetworkAgentInfo{{network{{101}}  handle{{437}}  ni{{WIFI CONNECTED extra: }} lp{{{{InterfaceName: wlan0 LinkAddresses: [ 192.168.1.7/24 ] DnsAddresses: [ /192.168.1.1 ] Domains: null MTU: 0 Routes: [ 0.0.0.0/0 -> 192.168.1.1 wlan0 ] }}}} nc{{[ Transports: WIFI Capabilities: NOT_METERED&INTERNET&TRUSTED&NOT_VPN&VALIDATED ]}} }}"
    );
    if let Some((uid, package)) = vpn_uid(phone) {
        line!(
            out,
            "  NetworkAgentInfo{{network{{102}}  handle{{438}}  ni{{VPN CONNECTED extra: VPN:{package}}} lp{{{{InterfaceName: tun0 LinkAddresses: [ 10.8.0.2/32 ] }}}} nc{{[ Transports: WIFI|VPN Capabilities: INTERNET&TRUSTED OwnerUid: {uid} AdminUids: [{uid}] ]}} }}"
        );
        if phone.handset.sdk <= 30 {
            line!(out);
            line!(out, "VPNs:");
            line!(out, "  0: {package}");
        }
    }
    line!(out);
    out
}

pub(super) fn vpn_management(phone: &Phone) -> String {
    let mut out = String::from("VPNs:\n");
    if let Some((_, package)) = vpn_uid(phone) {
        line!(out, "  0: {package}");
        line!(out, "    Active package name: {package}");
        line!(out, "    Active vpn type: 1");
        line!(out, "    NetworkCapabilities: [ Transports: VPN ]");
    } else {
        line!(out, "  0: [Legacy VPN]");
    }
    line!(out);
    out
}

pub(super) fn wifi(phone: &Phone) -> String {
    let mut out = String::from("Wi-Fi is enabled\nDump of WifiConfigManager\n");
    line!(out, "WifiConfigManager - Configured networks Begin ----");
    line!(
        out,
        "* ID: 0 SSID: \"made-up network\" PROVIDER-NAME: null BSSID: null FQDN: null PRIO: 0 HIDDEN: false"
    );
    line!(out, " IP config:");
    line!(out, " IP assignment: DHCP");
    line!(out, " Proxy settings: NONE");
    line!(out, "WifiConfigManager - Configured networks End ----");
    line!(out, "made up for {}", phone.handset.model);
    out
}

/// `UserManagerService.dump`: the type since Android 11, flags in words since 10.
pub(super) fn user(phone: &Phone) -> String {
    let sdk = phone.handset.sdk;
    let mut out = String::new();
    if sdk >= 30 {
        line!(out, "Current user: 0");
    }
    line!(out, "Users:");
    for (number, user) in phone.users.iter().enumerate() {
        let primary =
            if sdk >= 29 { format!(" isPrimary={}", user.id == 0) } else { String::new() };
        let parent = if sdk >= 30 && user.id != 0 { " parentId=0" } else { "" };
        let serial = number * 10;
        line!(
            out,
            "  UserInfo{{{}:{}:{:x}}} serialNo={serial}{primary}{parent}",
            user.id,
            user.name,
            user.flags
        );
        if sdk >= 30 {
            line!(out, "    Type: {}", user.usertype);
            line!(out, "    Flags: {} (INITIALIZED)", user.flags);
        }
        line!(out, "    State: RUNNING_UNLOCKED");
        line!(out, "    Created: <unknown>");
        line!(out, "    Last logged in: +3d2h11m ago");
        line!(
            out,
            "    Has profile owner: {}",
            phone.owners.iter().any(|owner| owner.profile == Some(user.id))
        );
        line!(out, "    Restrictions:");
        line!(out, "      none");
    }
    line!(out);
    line!(
        out,
        "  Device owner id:{}",
        if phone.owners.iter().any(|o| o.profile.is_none()) { "0" } else { "-10000" }
    );
    out
}
