//! Phones and apps that tests ask for again and again.

use super::{App, Launcher, PhoneBuilder};

/// An app that nobody lists: put there from a file, without an icon, with every power switched
/// on.
pub fn unlisted_watcher(package: &str) -> App {
    App::new(package)
        .sideloaded()
        .launcher(Launcher::Absent)
        .device_admin()
        .accessibility()
        .notification_listener()
        .granted(&[
            "ACCESS_BACKGROUND_LOCATION",
            "RECORD_AUDIO",
            "CAMERA",
            "READ_SMS",
            "READ_CALL_LOG",
            "READ_CONTACTS",
        ])
}

/// What an ordinary phone holds: apps that came with it, apps from the Play Store, a screen
/// reader, a password manager, the companion of a watch.
pub fn ordinary_apps() -> Vec<App> {
    let mut apps = vec![
        App::new("com.android.vending").preinstalled(),
        App::new("com.google.android.gms").preinstalled().device_admin().launcher(Launcher::Absent),
        App::new("com.android.settings").preinstalled(),
        App::new("com.android.systemui").preinstalled().launcher(Launcher::Absent),
        App::new("com.google.android.packageinstaller").preinstalled().launcher(Launcher::Absent),
        App::new("com.google.android.marvin.talkback")
            .preinstalled()
            .accessibility()
            .launcher(Launcher::Absent),
        App::new("com.x8bit.bitwarden").accessibility(),
        App::new("com.garmin.android.apps.connectmobile").notification_listener().granted(&[
            "READ_CONTACTS",
            "READ_CALL_LOG",
            "READ_SMS",
        ]),
        App::new("com.whatsapp").granted(&["RECORD_AUDIO", "CAMERA", "READ_CONTACTS"]),
        App::new("com.example.maps").granted(&["ACCESS_FINE_LOCATION"]),
    ];
    apps.extend((0..20).map(|n| App::new(&format!("com.android.sys{n}")).preinstalled()));
    apps.extend((0..20).map(|n| App::new(&format!("com.vendor{n}.app{n}")).granted(&["CAMERA"])));
    apps
}

/// An ordinary phone.
pub fn ordinary() -> PhoneBuilder {
    PhoneBuilder::new().apps(ordinary_apps())
}
