//! What is switched on: accessibility, administrators and owners, listeners, keyboards, settings.

use super::super::{Owner, Phone, Record};
use super::{line, uid};

const ACCESSIBILITY: &str = "AccessService";
const LISTENER: &str = "NotifListener";
const KEYBOARD: &str = "KeyboardService";

fn on<'p>(
    phone: &'p Phone,
    wanted: impl Fn(&Record) -> bool + 'p,
) -> impl Iterator<Item = &'p Record> {
    phone.apps.iter().filter(move |app| !app.removed && wanted(app))
}

fn components(phone: &Phone, wanted: impl Fn(&Record) -> bool, class: &str) -> Vec<String> {
    on(phone, wanted).map(|app| app.component(class)).collect()
}

/// Up to Android 9 only what is there and what is bound, by label; later what is enabled, too.
pub(super) fn accessibility(phone: &Phone) -> String {
    let sdk = phone.handset.sdk;
    let enabled = components(phone, |app| app.accessibility, ACCESSIBILITY);
    let labels: Vec<_> = on(phone, |app| app.accessibility)
        .map(|app| {
            let label = app.package.rsplit('.').next().unwrap_or_default();
            format!("Service[label={label}, feedbackType[FEEDBACK_GENERIC], capabilities=1, eventTypes=TYPES_ALL_MASK, notificationTimeout=100]")
        })
        .collect();
    let mut out = String::from("ACCESSIBILITY MANAGER (dumpsys accessibility)\n\n");
    if sdk >= 31 {
        line!(out, "currentUserId=0");
    }
    line!(out, "User state[");
    line!(out, "     attributes:{{id=0, currentUser=true");
    line!(out, "                , touchExplorationEnabled=false");
    line!(out, "                , displayMagnificationEnabled=false}}");
    let installed = components(
        phone,
        |app| {
            app.accessibility
                || app.offers.contains(&"android.accessibilityservice.AccessibilityService")
        },
        ACCESSIBILITY,
    );
    if sdk <= 28 {
        let numbered: Vec<_> =
            installed.iter().enumerate().map(|(n, name)| format!("{n} : {name}")).collect();
        line!(
            out,
            "     installed services: {{{}}}",
            numbered.join("\n                          ")
        );
    }
    line!(out, "     Bound services:{{{}}}", labels.join("\n                     "));
    if sdk >= 28 {
        let braced: Vec<_> = enabled.iter().map(|name| format!("{{{}}}", short(name))).collect();
        line!(out, "     Enabled services:{{{}}}", braced.join(", "));
        line!(out, "     Binding services:{{}}");
        line!(out, "     Crashed services:{{}}");
    }
    line!(out, "]");
    line!(out);
    out
}

/// `ComponentName.toShortString`: a class of the package's own loses the package.
fn short(component: &str) -> String {
    let Some((package, class)) = component.split_once('/') else { return component.to_owned() };
    format!("{package}/{}", class.strip_prefix(package).unwrap_or(class))
}

pub(super) fn device_policy(phone: &Phone) -> String {
    let sdk = phone.handset.sdk;
    let mut out = String::from("Current Device Policy Manager state:\n");
    if sdk >= 29 {
        line!(out, "  Immutable state:");
        line!(out, "    mHasFeature=true");
        line!(out, "    mIsWatch=false");
    }
    for owner in &phone.owners {
        self::owner(&mut out, owner, sdk);
    }
    for user in &phone.users {
        let state = if phone.owners.is_empty() { 0 } else { 3 };
        let provisioned =
            if sdk >= 26 { format!(", provisioningState: {state}") } else { String::new() };
        line!(out, "  Enabled Device Admins (User {}{provisioned}):", user.id);
        for (number, app) in phone.apps.iter().enumerate().filter(|(_, app)| app.admin) {
            let for_user =
                if app.source.is_system() { user.id == 0 } else { app.users.contains(&user.id) };
            if for_user {
                admin(&mut out, phone, number, app);
            }
        }
        line!(out);
    }
    line!(out, "  Encryption Status: per-user");
    line!(out);
    if sdk >= 30 {
        line!(out, "  Device policy cache:");
        line!(out, "    Screen capture disallowed users: []");
    }
    out
}

fn owner(out: &mut String, owner: &Owner, sdk: u32) {
    match owner.profile {
        None => line!(out, "  Device Owner: "),
        Some(profile) => line!(out, "  Profile Owner (User {profile}): "),
    }
    let component = format!("{0}/{0}.{1}", owner.package, owner.receiver);
    line!(out, "    admin=ComponentInfo{{{component}}}");
    line!(out, "    name={}", owner.organisation.as_deref().unwrap_or_default());
    line!(out, "    package={}", owner.package);
    if sdk >= 30 {
        line!(out, "    isOrganizationOwnedDevice={}", owner.profile.is_none());
    }
    if owner.profile.is_none() {
        line!(out, "    User ID: 0");
    }
    line!(out);
}

/// The receiver's name is short; Samsung indents its policies further.
fn admin(out: &mut String, phone: &Phone, number: usize, app: &Record) {
    let owner = phone.owners.iter().find(|owner| owner.package == app.package);
    let receiver = owner.map_or("AdminReceiver", |owner| owner.receiver.as_str());
    let indent = if phone.handset.is_samsung() { "      " } else { "    " };
    line!(out, "{indent}{}/.{receiver}:", app.package);
    line!(out, "{indent}  uid={}", uid(number));
    if phone.handset.sdk >= 26 {
        line!(out, "{indent}  testOnlyAdmin={}", app.debuggable);
    }
    line!(out, "{indent}  policies:");
    for policy in ["wipe-data", "reset-password", "force-lock"] {
        line!(out, "{indent}    {policy}");
    }
    line!(out, "{indent}  passwordQuality=0x0");
    line!(out, "{indent}  minimumPasswordLength=0");
    line!(out, "{indent}  disableCamera=false");
    if let Some(name) = owner.and_then(|owner| owner.organisation.as_deref()) {
        line!(out, "{indent}  organizationName={name}");
    }
}

pub(super) fn notification(phone: &Phone) -> String {
    let listeners = components(phone, |app| app.listener, LISTENER);
    let sdk = phone.handset.sdk;
    let mut out = String::from("Current Notification Manager state:\n");
    line!(out, "  Notification attention state:");
    line!(out, "    mSoundNotificationKey=null");
    line!(out);
    line!(out, "  Notification listeners:");
    if sdk >= 28 {
        line!(out, "    Allowed notification listeners:");
        line!(out, "      {} (user: 0 isPrimary: true)", listeners.join(":"));
    }
    line!(
        out,
        "    All notification listeners ({}) enabled for current profiles:",
        listeners.len()
    );
    for name in &listeners {
        line!(out, "      ComponentInfo{{{name}}}");
    }
    line!(out, "    Live notification listeners ({}):", listeners.len());
    for name in &listeners {
        line!(
            out,
            "      ComponentInfo{{{name}}} (user 0): android.service.notification.INotificationListener$Stub$Proxy@1a2b3c4"
        );
    }
    line!(out, "    Snoozed notification listeners (0):");
    line!(out, "  Notification assistant services:");
    line!(out, "    All notification assistants (1) enabled for current profiles:");
    line!(
        out,
        "      ComponentInfo{{com.google.android.ext.services/android.ext.services.notification.Assistant}}"
    );
    line!(out);
    line!(out, "  Policy access:");
    line!(out, "    Usage Event Receivers");
    out
}

fn keyboards(phone: &Phone) -> Vec<String> {
    let offers = |app: &Record| app.keyboard || app.offers.contains(&"android.view.InputMethod");
    let mut all = components(phone, offers, KEYBOARD);
    all.push(
        "com.google.android.inputmethod.latin/com.android.inputmethod.latin.LatinIME".to_owned(),
    );
    all
}

fn default_keyboard(phone: &Phone) -> String {
    let own = on(phone, |app| app.keyboard && !app.source.is_system()).next();
    own.or_else(|| on(phone, |app| app.keyboard).next()).map_or_else(
        || keyboards(phone).pop().expect("one is always there"),
        |app| app.component(KEYBOARD),
    )
}

pub(super) fn input_method(phone: &Phone) -> String {
    let mut out = String::from(
        "Current Input Method Manager state:\n  Input Methods: mMethodMapUpdateCount=3\n",
    );
    for (number, name) in keyboards(phone).iter().enumerate() {
        let name = short(name);
        line!(out, "  InputMethod #{number}:");
        line!(
            out,
            "    mId={name} mSettingsActivityName=null mIsVrOnly=false mSupportsSwitchingToNextInputMethod=true"
        );
        line!(out, "    mIsDefaultResId=0x0");
    }
    line!(out, "  mCurMethodId={}", short(&default_keyboard(phone)));
    line!(out, "  mCurSeq=7 mShowRequested=false");
    out
}

/// `settings list secure`, beside what the phone was given.
pub(super) fn secure(phone: &Phone) -> Vec<(String, String)> {
    let accessibility = components(phone, |app| app.accessibility, ACCESSIBILITY);
    let on = u8::from(!accessibility.is_empty());
    let sms = phone.apps.iter().find(|app| app.roles.contains(&"android.app.role.SMS"));
    let sms = sms.map_or("com.google.android.apps.messaging", |app| app.package.as_str());
    let mut pairs: Vec<(String, String)> = [
        ("accessibility_enabled", on.to_string()),
        ("android_id", "0123456789abcdef".to_owned()),
        ("default_input_method", default_keyboard(phone)),
        ("enabled_accessibility_services", accessibility.join(":")),
        ("enabled_input_methods", keyboards(phone).join(":")),
        (
            "enabled_notification_listeners",
            components(phone, |app| app.listener, LISTENER).join(":"),
        ),
        ("install_non_market_apps", u8::from(phone.handset.sdk >= 26).to_string()),
        ("location_mode", "3".to_owned()),
        ("lock_screen_owner_info_enabled", "0".to_owned()),
        ("sms_default_application", sms.to_owned()),
        ("user_setup_complete", "1".to_owned()),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .to_vec();
    if let Some(vpn) = &phone.always_on_vpn {
        pairs.push(("always_on_vpn_app".to_owned(), vpn.clone()));
        pairs.push(("always_on_vpn_lockdown".to_owned(), "1".to_owned()));
    }
    overlay(&mut pairs, &phone.secure);
    without(pairs, phone, "secure")
}

/// `settings list global`, beside what the phone was given.
pub(super) fn global(phone: &Phone) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> = [
        ("adb_enabled", "1"),
        ("airplane_mode_on", "0"),
        ("bluetooth_on", "1"),
        ("development_settings_enabled", "1"),
        ("device_name", phone.handset.model),
        ("package_verifier_user_consent", "1"),
        ("wifi_on", "1"),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .to_vec();
    overlay(&mut pairs, &phone.global);
    without(pairs, phone, "global")
}

pub(super) fn system() -> Vec<(String, String)> {
    [("screen_off_timeout", "60000"), ("screen_brightness", "102"), ("ringtone", "a=b\nc")]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .to_vec()
}

/// What was deleted is not there.
fn without(mut pairs: Vec<(String, String)>, phone: &Phone, table: &str) -> Vec<(String, String)> {
    let unset = |key: &str| phone.unset.iter().any(|(of, known)| of == table && known == key);
    pairs.retain(|(key, _)| !unset(key));
    pairs
}

fn overlay(pairs: &mut Vec<(String, String)>, given: &[(String, String)]) {
    pairs.retain(|(known, _)| !given.iter().any(|(key, _)| key == known));
    pairs.extend(given.iter().cloned());
    pairs.sort();
}

/// `dumpsys settings` (`SettingsProvider.dumpForUserLocked`).
pub(super) fn settings(phone: &Phone) -> String {
    let mut out = String::new();
    for (title, pairs) in [
        ("GLOBAL SETTINGS (user 0)", global(phone)),
        ("SECURE SETTINGS (user 0)", secure(phone)),
        ("SYSTEM SETTINGS (user 0)", system()),
    ] {
        line!(out, "{title}");
        line!(out, "version: 183");
        for (number, (key, value)) in pairs.iter().enumerate() {
            let default = if number % 3 == 0 {
                format!(" default:{value} defaultSystemSet:true")
            } else {
                String::new()
            };
            line!(out, "_id:{} name:{key} pkg:android value:{value}{default}", number + 1);
        }
        line!(out);
    }
    out
}
