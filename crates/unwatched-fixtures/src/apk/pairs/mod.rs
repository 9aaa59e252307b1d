//! For every rule of the catalogue an app that has what the rule asks for, and a believable other
//! app that nearly has it: it declares and never does, a library does it, or the same words stand
//! for something else. A test walks the catalogue and asks for both.

mod acting;
mod hiding;
mod reading;
mod signals;
mod sketch;
mod staying;
mod watching;

pub use signals::{SignalPair, signals};
pub use sketch::Sketch;

use super::{ApkBuilder, accessibility_config, device_admin_config};

/// One rule's two apps.
pub struct Pair {
    /// The rule's or signal's id.
    pub rule: &'static str,
    /// Has all that the rule asks for.
    pub has: ApkBuilder,
    /// Nearly has it.
    pub near: ApkBuilder,
    /// What the near miss is.
    pub near_is: &'static str,
}

/// Every rule's pair.
pub fn all() -> Vec<Pair> {
    let groups =
        [watching::pairs(), reading::pairs(), acting::pairs(), hiding::pairs(), staying::pairs()];
    groups.into_iter().flatten().collect()
}

fn pair(rule: &'static str, has: &Sketch, near: &Sketch, near_is: &'static str) -> Pair {
    Pair { rule, has: has.apk(), near: near.apk(), near_is }
}

/// The near miss declares the same, and its code does nothing of it.
fn never_does(rule: &'static str, has: &Sketch) -> Pair {
    let near_is = "the same app, whose code never does it";
    Pair { rule, has: has.apk(), near: has.without_code(), near_is }
}

const SERVICE: &str = "android.app.Service";
const RECEIVER: &str = "android.content.BroadcastReceiver";
const ACCESSIBILITY: &str = "android.accessibilityservice.AccessibilityService";
const LISTENER: &str = "android.service.notification.NotificationListenerService";
const ADMIN: &str = "android.app.admin.DeviceAdminReceiver";
const NODE_TEXT: &str = "android.view.accessibility.AccessibilityNodeInfo->getText";
const NODE_PRESS: &str = "android.view.accessibility.AccessibilityNodeInfo->performAction";
const UPLOAD: &str = "java.net.HttpURLConnection->getOutputStream";
const RECORD: &str = "android.media.MediaRecorder->start";
const PHOTOGRAPH: &str = "android.hardware.Camera->takePicture";

fn visible(name: &str) -> Sketch {
    Sketch::visible(name)
}

/// An app with an accessibility service that asks for everything.
fn accessibility(name: &str) -> Sketch {
    visible(name)
        .bound_with(
            "ScreenService",
            "BIND_ACCESSIBILITY_SERVICE",
            ACCESSIBILITY,
            accessibility_config(),
        )
        .class("ScreenService")
        .extends(ACCESSIBILITY)
}

/// An app with access to notifications.
fn listener(name: &str) -> Sketch {
    visible(name)
        .bound("NoticeService", "BIND_NOTIFICATION_LISTENER_SERVICE", LISTENER)
        .class("NoticeService")
        .extends(LISTENER)
}

/// An app that can administer the device.
fn administrator(name: &str) -> Sketch {
    visible(name)
        .bound_with(
            "Admin",
            "BIND_DEVICE_ADMIN",
            "android.app.action.DEVICE_ADMIN_ENABLED",
            device_admin_config(&["force-lock", "wipe-data"]),
        )
        .class("Admin")
        .extends(ADMIN)
}

/// Films, listens and sends, in a service.
fn watching(sketch: Sketch) -> Sketch {
    sketch
        .asks(&["CAMERA", "RECORD_AUDIO", "INTERNET", "FOREGROUND_SERVICE"])
        .declares(super::Component::service(".Collector"))
        .class("Collector")
        .extends(SERVICE)
        .calls(RECORD)
        .calls(PHOTOGRAPH)
        .calls(UPLOAD)
}

/// Opens when a secret number is dialled.
fn with_secret_code(sketch: Sketch) -> Sketch {
    let filter = super::IntentFilter::action("android.provider.Telephony.SECRET_CODE")
        .scheme("android_secret_code");
    sketch
        .declares(super::Component::receiver(".CodeReceiver").exported(true).filter(filter))
        .class("CodeReceiver")
        .overrides("android.content.BroadcastReceiver->onReceive")
}
