//! Twenty phones with a hidden app that no list knows, each made of another combination of how it
//! came, how it hides, what it may do and what it was seen doing. Feature records only.

use super::everyday::made_up_name;
use super::record::{PLAY, Record, Source};
use super::{Expected, Phone};
use crate::phone::{Certificate, Launcher};
use crate::random::Random;

const BOOT: &str = "android.intent.action.BOOT_COMPLETED";
const SMS: &str = "android.provider.Telephony.SMS_RECEIVED";
const OUTGOING: &str = "android.intent.action.NEW_OUTGOING_CALL";
const SIM: &str = "android.intent.action.SIM_STATE_CHANGED";

/// What a watcher may hold in its hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Power {
    Admin,
    Accessibility,
    Listener,
    UsageAndOverlay,
    ScreenCapture,
    Keyboard,
    SmsApp,
    Vpn,
    NeverSleeps,
}

/// How it hides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cover {
    NoIcon,
    IconSwitchedOff,
    SystemName,
    SystemNameWithoutIcon,
}

/// How it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Browser,
    FileManager,
    Cable,
    ClaimsPlay,
    UnknownStore,
}

/// What it reads, and was seen doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sight {
    ManyPermissions,
    UsedAtNight,
    Uploads,
    HearsEverything,
    OldTarget,
}

type Recipe = (Way, Cover, &'static [Power], &'static [Sight]);

/// Twelve that are drawn from what is known of such products; the rest is dealt by chance.
const RECIPES: [Recipe; 12] = {
    use {Cover as C, Power as P, Sight as S, Way as W};
    [
        (W::Browser, C::NoIcon, &[P::Admin, P::Accessibility, P::Listener], &[S::ManyPermissions]),
        (
            W::Browser,
            C::IconSwitchedOff,
            &[P::Accessibility, P::NeverSleeps],
            &[S::ManyPermissions, S::UsedAtNight],
        ),
        (
            W::Cable,
            C::SystemName,
            &[P::Listener, P::UsageAndOverlay],
            &[S::ManyPermissions, S::HearsEverything],
        ),
        (W::ClaimsPlay, C::NoIcon, &[P::Accessibility], &[S::UsedAtNight, S::ManyPermissions]),
        (W::Cable, C::NoIcon, &[P::Admin], &[S::OldTarget, S::HearsEverything, S::ManyPermissions]),
        (
            W::FileManager,
            C::NoIcon,
            &[P::Keyboard, P::NeverSleeps],
            &[S::Uploads, S::ManyPermissions],
        ),
        (W::Browser, C::IconSwitchedOff, &[P::Vpn, P::Admin], &[S::Uploads]),
        (
            W::FileManager,
            C::SystemName,
            &[P::ScreenCapture, P::UsageAndOverlay, P::Accessibility],
            &[S::Uploads],
        ),
        (W::UnknownStore, C::NoIcon, &[P::Listener], &[S::UsedAtNight, S::ManyPermissions]),
        (
            W::Browser,
            C::SystemNameWithoutIcon,
            &[P::NeverSleeps, P::UsageAndOverlay],
            &[S::ManyPermissions],
        ),
        (W::FileManager, C::IconSwitchedOff, &[P::SmsApp, P::Listener], &[S::HearsEverything]),
        (
            W::Cable,
            C::SystemNameWithoutIcon,
            &[P::Accessibility, P::ScreenCapture],
            &[S::UsedAtNight],
        ),
    ]
};

pub(super) fn furnish(phone: &mut Phone, number: usize, random: &mut Random) {
    let (way, cover, powers, sights) = match RECIPES.get(number) {
        Some((way, cover, powers, sights)) => (*way, *cover, powers.to_vec(), sights.to_vec()),
        None => dealt(random),
    };
    let mut app = Record::new(&package_name(cover, random));
    came(&mut app, way, phone, random);
    hides(&mut app, cover);
    for power in powers {
        holds(&mut app, power, phone);
    }
    for sight in sights {
        seen(&mut app, sight, random);
    }
    if random.below(3) == 0 {
        phone.set_global("package_verifier_user_consent", "-1");
    }
    phone.plant(app, Expected::StrongSigns);
}

fn dealt(random: &mut Random) -> (Way, Cover, Vec<Power>, Vec<Sight>) {
    use {Cover as C, Power as P, Sight as S, Way as W};
    let way = *random.pick(&[W::Browser, W::FileManager, W::Cable, W::ClaimsPlay, W::UnknownStore]);
    let cover = *random.pick(&[C::NoIcon, C::IconSwitchedOff, C::SystemNameWithoutIcon]);
    let first = *random.pick(&[P::Admin, P::Accessibility, P::Listener, P::Accessibility]);
    let second = *random.pick(&[
        P::UsageAndOverlay,
        P::ScreenCapture,
        P::Keyboard,
        P::SmsApp,
        P::Vpn,
        P::NeverSleeps,
    ]);
    let sight = *random.pick(&[S::UsedAtNight, S::Uploads, S::HearsEverything, S::OldTarget]);
    (way, cover, vec![first, second], vec![S::ManyPermissions, sight])
}

fn package_name(cover: Cover, random: &mut Random) -> String {
    if !matches!(cover, Cover::SystemName | Cover::SystemNameWithoutIcon) {
        return made_up_name(random);
    }
    let number = random.below(90);
    let first = *random.pick(&["com.android", "com.google.android.system", "org.device"]);
    let second = if first.starts_with("com.") {
        *random.pick(&["update", "sync", "wifi", "battery"])
    } else {
        *random.pick(&["sysservice", "systemservice", "wifiservice", "systemupdate"])
    };
    let tail = if first.starts_with("com.") { format!("core{number}") } else { "app".to_owned() };
    format!("{first}.{second}.{tail}")
}

fn came(app: &mut Record, way: Way, phone: &Phone, random: &mut Random) {
    let installer = phone.handset.package_installer();
    app.source = match way {
        Way::Browser => Source::file(installer, "com.android.chrome"),
        Way::FileManager => Source::file(installer, "com.google.android.apps.nbu.files"),
        Way::Cable => Source::Cable,
        Way::ClaimsPlay => {
            Source::Claims { installer: PLAY.to_owned(), by: "com.android.shell".to_owned() }
        }
        Way::UnknownStore => Source::Store(made_up_name(random)),
    };
    app.certificate = Certificate::made_up(&format!("made for {}", app.package));
    app.certified_since = 2025;
    app.installed_hours_ago = 24 * u32::try_from(1 + random.below(60)).unwrap_or(1) + 3;
    app.updated_hours_ago = app.installed_hours_ago;
    app.screen_minutes = 0;
    app.target_sdk = [28, 29, 30, 33, 23][random.below(5)];
}

fn hides(app: &mut Record, cover: Cover) {
    app.launcher = match cover {
        Cover::NoIcon | Cover::SystemNameWithoutIcon => Launcher::Absent,
        Cover::IconSwitchedOff => Launcher::SwitchedOff,
        Cover::SystemName => Launcher::Shown,
    };
}

fn holds(app: &mut Record, power: Power, phone: &mut Phone) {
    match power {
        Power::Admin => app.admin = true,
        Power::Accessibility => {
            app.accessibility = true;
            app.offers.push("android.accessibilityservice.AccessibilityService");
        }
        Power::Listener => {
            app.listener = true;
            app.offers.push("android.service.notification.NotificationListenerService");
        }
        Power::UsageAndOverlay => {
            app.allow("GET_USAGE_STATS");
            app.allow("SYSTEM_ALERT_WINDOW");
        }
        Power::ScreenCapture => {
            app.used("PROJECT_MEDIA", "fgsvc", 50, 900);
            app.foreground_service = true;
        }
        Power::Keyboard => {
            for other in &mut phone.apps {
                other.keyboard = false;
            }
            app.keyboard = true;
            app.offers.push("android.view.InputMethod");
        }
        Power::SmsApp => {
            for other in &mut phone.apps {
                other.roles.retain(|role| *role != "android.app.role.SMS");
            }
            app.roles.push("android.app.role.SMS");
            app.grant_all(&["READ_SMS", "RECEIVE_SMS"]);
        }
        Power::Vpn => {
            app.offers.push("android.net.VpnService");
            app.allow("ACTIVATE_VPN");
            phone.always_on_vpn = Some(app.package.clone());
        }
        Power::NeverSleeps => {
            app.unoptimised = true;
            app.foreground_service = true;
            app.receives.push(BOOT);
        }
    }
}

fn seen(app: &mut Record, sight: Sight, random: &mut Random) {
    match sight {
        Sight::ManyPermissions => {
            const ALL: [&str; 7] = [
                "ACCESS_BACKGROUND_LOCATION",
                "RECORD_AUDIO",
                "CAMERA",
                "READ_SMS",
                "READ_CALL_LOG",
                "READ_CONTACTS",
                "PROCESS_OUTGOING_CALLS",
            ];
            let left_out = random.below(ALL.len());
            app.grant_all(&["ACCESS_FINE_LOCATION"]);
            for (number, permission) in ALL.into_iter().enumerate() {
                if number != left_out {
                    app.grant_all(&[permission]);
                }
            }
        }
        Sight::UsedAtNight => {
            app.grant_all(&["RECORD_AUDIO", "ACCESS_BACKGROUND_LOCATION"]);
            app.used("RECORD_AUDIO", "bg", 7 * 60 + 10, 600);
            app.used("FINE_LOCATION", "cch", 6 * 60 + 40, 2);
        }
        Sight::Uploads => {
            app.traffic.back_sent = 480_000_000;
            app.traffic.back_received = 6_000_000;
            app.traffic.front_sent = 0;
            app.traffic.front_received = 0;
        }
        Sight::HearsEverything => app.receives = vec![BOOT, SMS, OUTGOING, SIM],
        Sight::OldTarget => app.target_sdk = 22,
    }
}
