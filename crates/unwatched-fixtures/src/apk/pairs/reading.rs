//! Sound, camera, screen, places and what is kept on the phone.

use super::{
    NODE_PRESS, NODE_TEXT, PHOTOGRAPH, Pair, RECORD, SERVICE, accessibility, never_does, pair,
    visible,
};
use crate::apk::{Component, ForegroundType};
use crate::axml::Element;

pub(super) fn pairs() -> Vec<Pair> {
    let mut all = recording();
    all.extend(places());
    all.extend(belongings());
    all
}

const PROJECT: &str = "android.media.projection.MediaProjection->createVirtualDisplay";

fn recording() -> Vec<Pair> {
    let service = |name: &str, right: &str| {
        visible(name)
            .asks(&[right])
            .declares(Component::service(".Background"))
            .class("Background")
            .extends(SERVICE)
    };
    let projection = |name: &str| {
        visible(name)
            .declares(Component::service(".Screen").foreground(&[ForegroundType::MediaProjection]))
    };
    let pictures = accessibility_taking_pictures();
    vec![
        never_does(
            "audio_recording",
            &visible("voice").asks(&["RECORD_AUDIO"]).class("Voice").calls(RECORD),
        ),
        pair(
            "audio_unseen",
            &service("room.sound", "RECORD_AUDIO").calls(RECORD),
            &visible("voice.memo")
                .asks(&["RECORD_AUDIO"])
                .class("MainActivity")
                .calls_own("Recorder", "begin")
                .class("Recorder")
                .calls(RECORD),
            "a voice memo that records while its screen is open",
        ),
        never_does("camera", &visible("camera").asks(&["CAMERA"]).class("Shot").calls(PHOTOGRAPH)),
        pair(
            "camera_unseen",
            &service("back.camera", "CAMERA").calls(PHOTOGRAPH),
            &visible("code.scanner")
                .asks(&["CAMERA"])
                .class("ScanActivity")
                .extends("android.app.Activity")
                .calls("android.hardware.Camera->open"),
            "a scanner of codes with its picture on the screen",
        ),
        pair(
            "camera_without_preview",
            &visible("dot.camera")
                .asks(&["CAMERA"])
                .class("Shot")
                .calls(PHOTOGRAPH)
                .calls_with("android.hardware.Camera->enableShutterSound", &[0]),
            &visible("wide.camera")
                .asks(&["CAMERA"])
                .class("Shot")
                .calls(PHOTOGRAPH)
                .calls_with("android.hardware.Camera->enableShutterSound", &[1]),
            "a camera with its shutter's sound on",
        ),
        never_does("screen_capture", &projection("screen.film").class("Film").calls(PROJECT)),
        pair(
            "screen_pictures_by_accessibility",
            &pictures
                .clone()
                .calls("android.accessibilityservice.AccessibilityService->takeScreenshot"),
            &accessibility("screen.loupe")
                .calls("android.accessibilityservice.AccessibilityService->takeScreenshot"),
            "a loupe whose settings do not ask for pictures of the screen",
        ),
        pair(
            "screen_consent_pressed",
            &accessibility("screen.press")
                .calls(NODE_PRESS)
                .says("com.android.systemui:id/button1")
                .class("Film")
                .calls(PROJECT),
            &accessibility("screen.teacher")
                .calls(NODE_PRESS)
                .says("com.example.lesson:id/next")
                .class("Film")
                .calls(PROJECT),
            "a teacher's app that records lessons and presses in its own pages",
        ),
    ]
}

fn accessibility_taking_pictures() -> super::Sketch {
    let config = Element::new("accessibility-service")
        .android("canRetrieveWindowContent", true)
        .android("canTakeScreenshot", true);
    visible("screen.pictures")
        .bound_with("ScreenService", "BIND_ACCESSIBILITY_SERVICE", super::ACCESSIBILITY, config)
        .class("ScreenService")
        .extends(super::ACCESSIBILITY)
}

fn places() -> Vec<Pair> {
    const FOLLOW: &str = "android.location.LocationManager->requestLocationUpdates";
    let fine = |name: &str| visible(name).asks(&["ACCESS_FINE_LOCATION"]).class("Places");
    let secure = |name: &str| visible(name).asks(&["WRITE_SECURE_SETTINGS"]).class("Switches");
    vec![
        never_does("location", &fine("where").calls(FOLLOW)),
        pair(
            "location_background",
            &visible("where.always")
                .asks(&["ACCESS_BACKGROUND_LOCATION"])
                .class("Places")
                .calls(FOLLOW),
            &fine("map").calls(FOLLOW),
            "a map that asks only while it is open",
        ),
        pair(
            "location_fences",
            &fine("fences")
                .calls("com.google.android.gms.location.Geofence$Builder->setCircularRegion"),
            &fine("weather").calls("android.location.LocationManager->getLastKnownLocation"),
            "a weather app",
        ),
        pair(
            "location_from_networks",
            &fine("towers").calls("android.telephony.TelephonyManager->getAllCellInfo"),
            &fine("network.type").calls("android.telephony.TelephonyManager->getNetworkType"),
            "an app that shows how fast the network is",
        ),
        never_does(
            "settings_change",
            &secure("switches").calls("android.provider.Settings$Secure->putString"),
        ),
        pair(
            "location_switching",
            &secure("place.switch")
                .calls_text("android.provider.Settings$Secure->putInt", "location_mode"),
            &secure("font.switch").calls_text(
                "android.provider.Settings$Secure->putInt",
                "high_text_contrast_enabled",
            ),
            "an app that switches contrast",
        ),
    ]
}

fn belongings() -> Vec<Pair> {
    const READ_PLACE: &str = "android.media.ExifInterface->getLatLong";
    let images = |name: &str| visible(name).asks(&["READ_MEDIA_IMAGES"]).class("Pictures");
    let telephony = |name: &str| visible(name).asks(&["READ_PHONE_STATE"]);
    let vpn = visible("tunnel")
        .bound("Tunnel", "BIND_VPN_SERVICE", "android.net.VpnService")
        .class("Tunnel")
        .calls("android.net.VpnService$Builder->establish");
    let sim = |name: &str| {
        telephony(name)
            .hears("SimReceiver", &["android.intent.action.SIM_STATE_CHANGED"])
            .class("SimReceiver")
            .overrides("android.content.BroadcastReceiver->onReceive")
    };
    let bookmarks = "com.android.browser.permission.READ_HISTORY_BOOKMARKS";
    let mut all = vec![
        never_does("files", &images("pictures").uses("android.provider.MediaStore$Images$Media")),
        pair(
            "files_of_messengers",
            &images("messenger.pictures").says("/WhatsApp/Media/WhatsApp Voice Notes"),
            &images("holiday.pictures").says("/DCIM/Camera"),
            "a gallery that looks into the camera's folder",
        ),
        pair(
            "files_watched",
            &images("new.pictures").calls("android.os.FileObserver->startWatching"),
            &images("frame").calls("android.content.ContentResolver->openInputStream"),
            "a picture frame",
        ),
        pair(
            "photo_places",
            &visible("picture.map").asks(&["ACCESS_MEDIA_LOCATION"]).class("Map").calls(READ_PLACE),
            &images("turning").calls("android.media.ExifInterface->getAttributeInt"),
            "an app that turns pictures the right way up",
        ),
        never_does(
            "contacts",
            &visible("people")
                .asks(&["READ_CONTACTS"])
                .uses("android.provider.ContactsContract$Contacts"),
        ),
        pair(
            "calendar",
            &visible("dates")
                .asks(&["READ_CALENDAR"])
                .uses("android.provider.CalendarContract$Events"),
            &visible("add.date").class("Add").uses("android.provider.CalendarContract$Events"),
            "an app that opens the calendar to enter a date",
        ),
        never_does(
            "accounts",
            &visible("sign.in")
                .asks(&["GET_ACCOUNTS"])
                .class("Choose")
                .calls("android.accounts.AccountManager->getAccounts"),
        ),
        never_does(
            "app_usage",
            &visible("use")
                .asks(&["PACKAGE_USAGE_STATS"])
                .class("Use")
                .calls("android.app.usage.UsageStatsManager->queryUsageStats"),
        ),
        pair(
            "app_usage_times",
            &visible("use.times")
                .asks(&["PACKAGE_USAGE_STATS"])
                .class("Use")
                .calls("android.app.usage.UsageStatsManager->queryEvents"),
            &visible("use.storage")
                .asks(&["PACKAGE_USAGE_STATS"])
                .class("Use")
                .calls("android.app.usage.StorageStatsManager->queryStatsForUid"),
            "an app that shows which apps take room",
        ),
    ];
    all.extend(vec![
        pair(
            "installed_apps",
            &visible("app.list")
                .asks(&["QUERY_ALL_PACKAGES"])
                .class("Apps")
                .calls("android.content.pm.PackageManager->getInstalledPackages"),
            &visible("opener")
                .asks(&["QUERY_ALL_PACKAGES"])
                .class("Apps")
                .calls("android.content.pm.PackageManager->resolveActivity"),
            "an app that asks which one opens a page",
        ),
        never_does(
            "device_numbers",
            &telephony("numbers")
                .class("Numbers")
                .calls("android.telephony.TelephonyManager->getImei"),
        ),
        pair(
            "sim_change",
            &sim("card.watch").calls("android.telephony.TelephonyManager->getSimSerialNumber"),
            &sim("card.tariff").calls("android.content.SharedPreferences$Editor->clear"),
            "an app about tariffs that forgets its prices when the card changes",
        ),
        pair(
            "clipboard",
            &visible("copied")
                .class("Copied")
                .calls("android.content.ClipboardManager->addPrimaryClipChangedListener"),
            &visible("copier")
                .class("Copied")
                .calls("android.content.ClipboardManager->setPrimaryClip"),
            "an app that copies an address for somebody",
        ),
        never_does("traffic_vpn", &vpn),
        pair(
            "browser_pages",
            &accessibility("page.watch").calls(NODE_TEXT).says("com.android.chrome:id/url_bar"),
            &accessibility("page.open").calls(NODE_TEXT).says("com.android.chrome"),
            "a switch for people who cannot touch, which can open the browser",
        ),
        pair(
            "browser_history",
            &visible("page.history")
                .with(|apk| apk.permission(bookmarks))
                .class("History")
                .calls("android.provider.Browser->getAllVisitedUrls"),
            &visible("browser")
                .class("History")
                .calls("com.example.browser.Browser->getAllVisitedUrls"),
            "a browser with a history of its own",
        ),
    ]);
    all
}
