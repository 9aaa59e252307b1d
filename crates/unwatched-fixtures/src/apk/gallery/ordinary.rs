//! Apps with nothing to them: a game, and one that owes all its references to its libraries.

use super::references::{self as r, add};
use super::{GalleryApp, class_of};
use crate::apk::{ApkBuilder, Component};
use crate::dex::{DexBuilder, DexVersion};
use crate::signing::Signer;

/// A small game.
pub fn plain_game() -> GalleryApp {
    let package = "com.example.marbles";
    let class = |name: &str| class_of(package, name);
    let dex = DexBuilder::new()
        .version(DexVersion::V039)
        .class(&class("GameActivity"), "Landroid/app/Activity;")
        .strings(&["Level", "Try again", "Marbles left"])
        .string_in(&class("Scores"), "https://scores.marbles.example/top");
    let dex = add(dex, &class("Board"), &[r::DRAWING]);
    let dex = add(dex, &class("Scores"), &[r::DOWNLOAD]);
    let builder = ApkBuilder::new(package)
        .resource_label("Marbles", &[("de", "Murmeln"), ("fr", "Billes")])
        .version(9, "1.9")
        .android_permissions(&["INTERNET", "VIBRATE"])
        .application_attribute("isGame", true)
        .component(Component::activity(".GameActivity").exported(true).launcher())
        .dex(&dex);
    let signer = Signer::made_up("Marbles", "Round Games", 105);
    GalleryApp::new("plain_game", "Marbles", &["scores.marbles.example"], signer, builder)
}

/// A bus timetable whose libraries reference camera, microphone, location, SMS, usage and uploads,
/// and whose own code does not.
pub fn library_only() -> GalleryApp {
    let package = "com.example.timetable";
    let class = |name: &str| class_of(package, name);
    let dex = DexBuilder::new()
        .class(&class("MainActivity"), "Landroid/app/Activity;")
        .strings(&["Next departure", "Line"])
        .string_in(&class("Departures"), "https://api.timetable.example/departures");
    let dex = add(dex, &class("Departures"), &[r::DOWNLOAD]);
    let dex = libraries(dex);
    let builder = ApkBuilder::new(package)
        .label("Timetable")
        .version(40, "4.0")
        .android_permissions(&["INTERNET", "ACCESS_COARSE_LOCATION", "CAMERA", "READ_PHONE_STATE"])
        .component(Component::activity(".MainActivity").exported(true).launcher())
        .component(
            Component::service("com.google.firebase.messaging.FirebaseMessagingService")
                .exported(false)
                .action("com.google.firebase.MESSAGING_EVENT"),
        )
        .dex(&dex);
    let signer = Signer::made_up("Timetable", "Town Transport", 106);
    GalleryApp::new("library_only", "Timetable", &["api.timetable.example"], signer, builder)
}

fn libraries(dex: DexBuilder) -> DexBuilder {
    let code = [
        ("Landroidx/camera/core/CameraX;", &[r::CAMERA, r::MICROPHONE][..]),
        ("Landroidx/core/view/accessibility/AccessibilityNodeInfoCompat;", &[r::SCREEN_TEXT]),
        ("Landroidx/core/location/LocationManagerCompat;", &[r::LOCATION]),
        ("Landroidx/work/impl/background/systemjob/SystemJobScheduler;", &[r::PERSISTENCE]),
        ("Landroidx/work/impl/utils/PackageManagerHelper;", &[r::HIDING_THE_ICON]),
        ("Lcom/google/android/gms/auth/api/phone/internal/SmsReader;", &[r::SMS]),
        ("Lcom/google/android/gms/internal/measurement/Usage;", &[r::APP_USAGE, r::DEVICE_IDS]),
        ("Lcom/google/firebase/messaging/FirebaseMessagingService;", &[r::PUSH]),
        ("Lcom/facebook/react/modules/network/NetworkingModule;", &[r::UPLOAD, r::SCREEN_CAPTURE]),
        ("Lio/sentry/android/core/DeviceInfo;", &[r::CALLS, r::ACCOUNTS]),
    ];
    code.into_iter().fold(dex, |dex, (class, groups)| add(dex, class, groups))
}
