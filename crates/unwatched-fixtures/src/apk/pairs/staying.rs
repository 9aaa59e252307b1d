//! Making removal hard, staying on, root, and what an app says of itself.

use super::{
    Pair, RECEIVER, SERVICE, Sketch, accessibility, administrator, never_does, pair, visible,
};
use crate::apk::{Component, IntentFilter};

pub(super) fn pairs() -> Vec<Pair> {
    let mut all = removal();
    all.extend(persistence());
    all.extend(other());
    all
}

fn removal() -> Vec<Pair> {
    const ACT: &str = "android.accessibilityservice.AccessibilityService->performGlobalAction";
    const CHECK: &str = "android.provider.Settings$Global->putInt";
    let secure = |name: &str| visible(name).asks(&["WRITE_SECURE_SETTINGS"]).class("Switches");
    vec![
        never_does(
            "device_admin",
            &administrator("admin").calls("android.app.admin.DevicePolicyManager->lockNow"),
        ),
        pair(
            "admin_refusal",
            &administrator("admin.refuse")
                .overrides("android.app.admin.DeviceAdminReceiver->onDisableRequested"),
            &administrator("admin.greet")
                .overrides("android.app.admin.DeviceAdminReceiver->onEnabled"),
            "an employer's app that says hello and lets itself be switched off",
        ),
        pair(
            "removal_forbidden",
            &administrator("owner")
                .calls("android.app.admin.DevicePolicyManager->setUninstallBlocked"),
            &administrator("mail.rules")
                .calls("android.app.admin.DevicePolicyManager->setPasswordMinimumLength"),
            "a mail app of an employer that asks for a longer password",
        ),
        pair(
            "removal_page_left",
            &accessibility("leave.page").calls_with(ACT, &[1]).says("com.android.packageinstaller"),
            &accessibility("back.button")
                .calls_with(ACT, &[1])
                .class("Help")
                .says("com.android.packageinstaller"),
            "a large back button, whose help opens the installer of another app",
        ),
        pair(
            "protection_tampering",
            &visible("ask.off").class("Guide").says("Please switch Play Protect off."),
            &visible("chess").class("Guide").says("Please play. Protect the king."),
            "a game of chess",
        ),
        pair(
            "package_check_off",
            &secure("check.off").calls_text(CHECK, "package_verifier_enable"),
            &secure("animation.off").calls_text(CHECK, "window_animation_scale"),
            "an app that switches animations off",
        ),
    ]
}

fn persistence() -> Vec<Pair> {
    const RECEIVE: &str = "android.content.BroadcastReceiver->onReceive";
    const START: &str = "android.content.Context->startForegroundService";
    let boot = |name: &str| visible(name).asks(&["RECEIVE_BOOT_COMPLETED"]);
    let early = IntentFilter::action("android.intent.action.LOCKED_BOOT_COMPLETED");
    let receiver = |direct: bool| {
        Component::receiver(".Early")
            .exported(true)
            .filter(early.clone())
            .attribute("directBootAware", direct)
    };
    let idle = visible("idle")
        .asks(&["REQUEST_IGNORE_BATTERY_OPTIMIZATIONS"])
        .class("Idle")
        .calls("android.os.PowerManager->isIgnoringBatteryOptimizations");
    vec![
        pair(
            "boot_persistence",
            &boot("boot")
                .hears("Boot", &["android.intent.action.BOOT_COMPLETED"])
                .class("Boot")
                .overrides(RECEIVE),
            &boot("boot.unused").class("Boot").overrides(RECEIVE),
            "an app that asks for the right and starts nothing",
        ),
        pair(
            "starts_before_unlock",
            &visible("early").declares(receiver(true)).class("Early").overrides(RECEIVE),
            &visible("late").declares(receiver(false)).class("Early").overrides(RECEIVE),
            "an app that waits until the phone is unlocked",
        ),
        pair(
            "restarts_itself",
            &visible("again")
                .asks(&["FOREGROUND_SERVICE"])
                .class("Again")
                .overrides("android.app.Service->onTaskRemoved"),
            &visible("once").asks(&["FOREGROUND_SERVICE"]).class("Once").extends(SERVICE),
            "an app that copies a file and ends",
        ),
        pair(
            "wakes_with_use",
            &visible("wakes")
                .hears("Wake", &["android.intent.action.USER_PRESENT"])
                .class("Wake")
                .calls(START),
            &visible("clock.face")
                .hears("Wake", &["android.intent.action.TIME_SET"])
                .class("Wake")
                .calls(START),
            "a clock that notices when the time is changed",
        ),
        never_does("battery_exemption", &idle),
        pair(
            "vendor_autostart",
            &boot("autostart").class("Guide").says("com.miui.securitycenter"),
            &boot("autostart.none").class("Guide").says("com.miui.gallery"),
            "an app that opens the maker's gallery",
        ),
        never_does(
            "installs_packages",
            &visible("installer")
                .asks(&["REQUEST_INSTALL_PACKAGES"])
                .class("Install")
                .calls("android.content.pm.PackageInstaller$Session->commit"),
        ),
        pair(
            "app_installing",
            &visible("update").asks(&["REQUEST_INSTALL_PACKAGES"]).class("Install").calls_text(
                "android.content.Intent->setType",
                "application/vnd.android.package-archive",
            ),
            &visible("reader")
                .asks(&["REQUEST_INSTALL_PACKAGES"])
                .class("Open")
                .calls_text("android.content.Intent->setType", "application/pdf"),
            "a reader of documents",
        ),
        pair(
            "code_loading",
            &visible("loader").class("Loader").calls("dalvik.system.DexClassLoader-><init>"),
            &visible("plugin.none")
                .library("com.google.android.gms.dynamite.Loader")
                .calls("dalvik.system.DexClassLoader-><init>"),
            "an app whose library loads code",
        ),
    ]
}

fn other() -> Vec<Pair> {
    const EXEC: &str = "java.lang.Runtime->exec";
    let root = |name: &str| {
        visible(name)
            .with(|apk| apk.permission("android.permission.ACCESS_SUPERUSER"))
            .class("Root")
    };
    let says = |name: &str, text: &str| visible(name).class("About").says(text);
    let monitors = |name: &str, mark: &str| -> Sketch {
        visible(name).with(|apk| apk.meta_data(mark, "child_monitoring"))
    };
    vec![
        never_does("root_use", &root("root").calls(EXEC)),
        pair(
            "root_commands",
            &root("root.command").calls_text(EXEC, "su -c id"),
            &root("root.none").calls_text(EXEC, "getprop ro.product.model"),
            "an app that asks for the phone's model",
        ),
        pair(
            "analysis_evasion",
            &visible("evasive")
                .class("Look")
                .calls("android.os.Debug->isDebuggerConnected")
                .says("goldfish"),
            &visible("developer").class("Look").calls("android.os.Debug->isDebuggerConnected"),
            "an app that writes more into its log for its developers",
        ),
        pair(
            "says_monitoring_tool",
            &monitors("family.watch", "IsMonitoringTool"),
            &monitors("family.bar", "isMonitoringToolbar"),
            "an app with a toolbar",
        ),
        pair(
            "covert_wording",
            &says("advert", "Spy on a phone, without them knowing"),
            &says("cooking", "Crispy toast, one target").class("Boot").extends(RECEIVER),
            "a cookery book",
        ),
    ]
}
