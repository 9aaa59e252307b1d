//! Methods of the platform and of libraries, in groups by what an app that named them would be for.
//!
//! A list of names, as an app's DEX lists them; [`Reference::add`] puts one into code that cannot
//! run.

use crate::dex::{Argument, DexBuilder};

/// A method, and the integer constants that tell what it would be used for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reference {
    class: &'static str,
    method: &'static str,
    proto: &'static str,
    constants: &'static [i32],
    is_static: bool,
}

const fn instance(class: &'static str, method: &'static str, proto: &'static str) -> Reference {
    Reference { class, method, proto, constants: &[], is_static: false }
}

impl Reference {
    const fn with(mut self, constants: &'static [i32]) -> Self {
        self.constants = constants;
        self
    }

    const fn of_class(mut self) -> Self {
        self.is_static = true;
        self
    }

    fn add(self, dex: DexBuilder, in_class: &str) -> DexBuilder {
        let constants: Vec<Argument> = self.constants.iter().copied().map(Argument::Int).collect();
        let Self { class, method, proto, .. } = self;
        if self.is_static {
            dex.call_static(in_class, class, method, proto, &constants)
        } else {
            dex.call_with(in_class, class, method, proto, &constants)
        }
    }
}

/// The groups' methods, in code of one class that cannot run.
pub(super) fn add(dex: DexBuilder, in_class: &str, groups: &[&[Reference]]) -> DexBuilder {
    groups.iter().copied().flatten().fold(dex, |dex, reference| reference.add(dex, in_class))
}

pub(super) const SCREEN_TEXT: &[Reference] = &[
    instance("Landroid/view/accessibility/AccessibilityEvent;", "getEventType", "()I"),
    instance("Landroid/view/accessibility/AccessibilityEvent;", "getText", "()Ljava/util/List;"),
    instance(
        "Landroid/view/accessibility/AccessibilityEvent;",
        "getBeforeText",
        "()Ljava/lang/CharSequence;",
    ),
    instance(
        "Landroid/view/accessibility/AccessibilityNodeInfo;",
        "getText",
        "()Ljava/lang/CharSequence;",
    ),
    instance(
        "Landroid/view/accessibility/AccessibilityNodeInfo;",
        "getViewIdResourceName",
        "()Ljava/lang/String;",
    ),
    instance(
        "Landroid/view/accessibility/AccessibilityNodeInfo;",
        "findAccessibilityNodeInfosByViewId",
        "(Ljava/lang/String;)Ljava/util/List;",
    ),
];

pub(super) const SCREEN_ACTIONS: &[Reference] = &[
    instance("Landroid/view/accessibility/AccessibilityNodeInfo;", "performAction", "(I)Z")
        .with(&[16]),
    instance("Landroid/accessibilityservice/AccessibilityService;", "performGlobalAction", "(I)Z")
        .with(&[1]),
];

pub(super) const GOING_BACK: &[Reference] = &[
    instance("Landroid/accessibilityservice/AccessibilityService;", "performGlobalAction", "(I)Z")
        .with(&[1]),
    instance("Landroid/accessibilityservice/AccessibilityService;", "performGlobalAction", "(I)Z")
        .with(&[2]),
];

pub(super) const NOTIFICATIONS: &[Reference] = &[
    instance(
        "Landroid/service/notification/StatusBarNotification;",
        "getNotification",
        "()Landroid/app/Notification;",
    ),
    instance(
        "Landroid/service/notification/StatusBarNotification;",
        "getPackageName",
        "()Ljava/lang/String;",
    ),
    instance(
        "Landroid/service/notification/NotificationListenerService;",
        "getActiveNotifications",
        "()[Landroid/service/notification/StatusBarNotification;",
    ),
];

pub(super) const CANCELLING_NOTIFICATIONS: &[Reference] = &[instance(
    "Landroid/service/notification/NotificationListenerService;",
    "cancelNotification",
    "(Ljava/lang/String;)V",
)];

pub(super) const SMS: &[Reference] = &[
    instance(
        "Landroid/telephony/SmsMessage;",
        "createFromPdu",
        "([BLjava/lang/String;)Landroid/telephony/SmsMessage;",
    )
    .of_class(),
    instance("Landroid/telephony/SmsMessage;", "getMessageBody", "()Ljava/lang/String;"),
    instance("Landroid/telephony/SmsMessage;", "getOriginatingAddress", "()Ljava/lang/String;"),
    instance(
        "Landroid/content/ContentResolver;",
        "registerContentObserver",
        "(Landroid/net/Uri;ZLandroid/database/ContentObserver;)V",
    ),
];

pub(super) const CALLS: &[Reference] = &[
    instance(
        "Landroid/telephony/TelephonyManager;",
        "listen",
        "(Landroid/telephony/PhoneStateListener;I)V",
    )
    .with(&[32]),
    instance(
        "Landroid/content/ContentResolver;",
        "query",
        "(Landroid/net/Uri;[Ljava/lang/String;Ljava/lang/String;[Ljava/lang/String;Ljava/lang/String;)Landroid/database/Cursor;",
    ),
];

pub(super) const CALL_RECORDING: &[Reference] = &[
    instance("Landroid/media/MediaRecorder;", "setAudioSource", "(I)V").with(&[4]),
    instance("Landroid/media/MediaRecorder;", "setAudioSource", "(I)V").with(&[7]),
    instance("Landroid/media/AudioManager;", "setSpeakerphoneOn", "(Z)V").with(&[0]),
];

pub(super) const MICROPHONE: &[Reference] = &[
    instance("Landroid/media/MediaRecorder;", "<init>", "()V"),
    instance("Landroid/media/MediaRecorder;", "setAudioSource", "(I)V").with(&[1]),
    instance("Landroid/media/MediaRecorder;", "start", "()V"),
    instance("Landroid/media/AudioRecord;", "startRecording", "()V"),
];

pub(super) const CAMERA: &[Reference] = &[
    instance(
        "Landroid/hardware/camera2/CameraManager;",
        "openCamera",
        "(Ljava/lang/String;Landroid/hardware/camera2/CameraDevice$StateCallback;Landroid/os/Handler;)V",
    ),
    instance("Landroid/graphics/SurfaceTexture;", "<init>", "(I)V").with(&[0]),
    instance("Landroid/hardware/Camera;", "enableShutterSound", "(Z)Z").with(&[0]),
    instance(
        "Landroid/hardware/Camera;",
        "takePicture",
        "(Landroid/hardware/Camera$ShutterCallback;Landroid/hardware/Camera$PictureCallback;Landroid/hardware/Camera$PictureCallback;)V",
    ),
];

pub(super) const SCREEN_CAPTURE: &[Reference] = &[
    instance(
        "Landroid/media/projection/MediaProjectionManager;",
        "createScreenCaptureIntent",
        "()Landroid/content/Intent;",
    ),
    instance(
        "Landroid/media/projection/MediaProjection;",
        "createVirtualDisplay",
        "(Ljava/lang/String;IIIILandroid/view/Surface;Landroid/hardware/display/VirtualDisplay$Callback;Landroid/os/Handler;)Landroid/hardware/display/VirtualDisplay;",
    ),
    instance("Landroid/media/ImageReader;", "acquireLatestImage", "()Landroid/media/Image;"),
];

pub(super) const LOCATION: &[Reference] = &[
    instance(
        "Landroid/location/LocationManager;",
        "requestLocationUpdates",
        "(Ljava/lang/String;JFLandroid/location/LocationListener;)V",
    ),
    instance(
        "Landroid/location/LocationManager;",
        "getLastKnownLocation",
        "(Ljava/lang/String;)Landroid/location/Location;",
    ),
    instance("Landroid/telephony/TelephonyManager;", "getAllCellInfo", "()Ljava/util/List;"),
];

pub(super) const FILES: &[Reference] = &[
    instance("Landroid/os/FileObserver;", "<init>", "(Ljava/lang/String;)V"),
    instance("Landroid/os/FileObserver;", "startWatching", "()V"),
];

pub(super) const ACCOUNTS: &[Reference] = &[instance(
    "Landroid/accounts/AccountManager;",
    "getAccounts",
    "()[Landroid/accounts/Account;",
)];

pub(super) const APP_USAGE: &[Reference] = &[
    instance("Landroid/app/usage/UsageStatsManager;", "queryUsageStats", "(IJJ)Ljava/util/List;")
        .with(&[0]),
    instance("Landroid/content/pm/PackageManager;", "getInstalledPackages", "(I)Ljava/util/List;")
        .with(&[0]),
];

pub(super) const DEVICE_IDS: &[Reference] = &[
    instance("Landroid/telephony/TelephonyManager;", "getImei", "()Ljava/lang/String;"),
    instance("Landroid/telephony/TelephonyManager;", "getSimSerialNumber", "()Ljava/lang/String;"),
    instance("Landroid/telephony/TelephonyManager;", "getLine1Number", "()Ljava/lang/String;"),
];

pub(super) const PUSH: &[Reference] =
    &[instance("Lcom/google/firebase/messaging/RemoteMessage;", "getData", "()Ljava/util/Map;")];

pub(super) const UPLOAD: &[Reference] = &[
    instance(
        "Lokhttp3/MultipartBody$Builder;",
        "addFormDataPart",
        "(Ljava/lang/String;Ljava/lang/String;Lokhttp3/RequestBody;)Lokhttp3/MultipartBody$Builder;",
    ),
    instance("Lokhttp3/Request$Builder;", "url", "(Ljava/lang/String;)Lokhttp3/Request$Builder;"),
    instance("Lokhttp3/OkHttpClient;", "newCall", "(Lokhttp3/Request;)Lokhttp3/Call;"),
    instance("Ljava/net/HttpURLConnection;", "getOutputStream", "()Ljava/io/OutputStream;"),
];

pub(super) const DOWNLOAD: &[Reference] = &[
    instance("Ljava/net/URL;", "openConnection", "()Ljava/net/URLConnection;"),
    instance("Ljava/net/HttpURLConnection;", "getInputStream", "()Ljava/io/InputStream;"),
];

/// Disabling its own launcher entry without being stopped for it.
pub(super) const HIDING_THE_ICON: &[Reference] = &[instance(
    "Landroid/content/pm/PackageManager;",
    "setComponentEnabledSetting",
    "(Landroid/content/ComponentName;II)V",
)
.with(&[2, 1])];

pub(super) const DEVICE_ADMIN: &[Reference] = &[
    instance("Landroid/app/admin/DevicePolicyManager;", "lockNow", "()V"),
    instance("Landroid/app/admin/DevicePolicyManager;", "wipeData", "(I)V").with(&[0]),
];

pub(super) const PERSISTENCE: &[Reference] = &[
    instance(
        "Landroid/app/AlarmManager;",
        "setExactAndAllowWhileIdle",
        "(IJLandroid/app/PendingIntent;)V",
    )
    .with(&[0]),
    instance("Landroid/app/job/JobScheduler;", "schedule", "(Landroid/app/job/JobInfo;)I"),
    instance(
        "Landroid/os/PowerManager;",
        "isIgnoringBatteryOptimizations",
        "(Ljava/lang/String;)Z",
    ),
];

/// A notification channel that nobody notices (importance 1) or everybody does (3).
pub(super) const QUIET_CHANNEL: &[Reference] = &[instance(
    "Landroid/app/NotificationChannel;",
    "<init>",
    "(Ljava/lang/String;Ljava/lang/CharSequence;I)V",
)
.with(&[1])];

pub(super) const VISIBLE_CHANNEL: &[Reference] = &[instance(
    "Landroid/app/NotificationChannel;",
    "<init>",
    "(Ljava/lang/String;Ljava/lang/CharSequence;I)V",
)
.with(&[3])];

pub(super) const SPEECH: &[Reference] = &[instance(
    "Landroid/speech/tts/TextToSpeech;",
    "speak",
    "(Ljava/lang/CharSequence;ILandroid/os/Bundle;Ljava/lang/String;)I",
)
.with(&[0])];

pub(super) const DRAWING: &[Reference] = &[
    instance(
        "Landroid/graphics/Canvas;",
        "drawBitmap",
        "(Landroid/graphics/Bitmap;FFLandroid/graphics/Paint;)V",
    ),
    instance("Landroid/media/SoundPool;", "play", "(IFFIIF)I"),
    instance("Landroid/os/Vibrator;", "vibrate", "(J)V"),
];

pub(super) const SECURE_SETTINGS: &[Reference] = &[instance(
    "Landroid/provider/Settings$Secure;",
    "putString",
    "(Landroid/content/ContentResolver;Ljava/lang/String;Ljava/lang/String;)Z",
)
.of_class()];
