//! Six phones into which somebody got who knows phones well, with nothing that a list of
//! stalkerware would name.

use super::record::{Record, Source};
use super::{Companion, Expected, Owner, Phone, Planted};
use crate::random::Random;

const BOOT: &str = "android.intent.action.BOOT_COMPLETED";
const SMS: &str = "android.provider.Telephony.SMS_RECEIVED";

pub(super) fn furnish(phone: &mut Phone, number: usize, random: &mut Random) {
    match number {
        0 => personal_tenant(phone, random),
        1 => test_of_device_policy(phone),
        2 => unattended_support(phone, random),
        3 => second_finger(phone),
        4 => linked_computer(phone, random),
        _ => forwards_messages(phone, random),
    }
}

/// A management product that every employer uses, in a tenant of one's own.
fn personal_tenant(phone: &mut Phone, random: &mut Random) {
    let (package, receiver) = *random.pick(&[
        ("com.google.android.apps.work.clouddpc", "receivers.CloudDeviceAdminReceiver"),
        ("com.hmdm.launcher", "AdminReceiver"),
        ("com.manageengine.mdm.android", "core.DeviceAdminMonitor"),
    ]);
    phone.plant(
        Record::new(package).with(|app| {
            app.admin = true;
            app.receives = vec![BOOT];
            app.unoptimised = true;
        }),
        Expected::Access,
    );
    phone.owners.push(Owner {
        package: package.to_owned(),
        receiver: receiver.to_owned(),
        profile: None,
        organisation: Some("Home".to_owned()),
    });
}

fn test_of_device_policy(phone: &mut Phone) {
    let package = "com.afwsamples.testdpc";
    phone.plant(
        Record::new(package).with(|app| {
            app.source = Source::Cable;
            app.admin = true;
            app.debuggable = true;
        }),
        Expected::Access,
    );
    phone.owners.push(Owner {
        package: package.to_owned(),
        receiver: "DeviceAdminReceiver".to_owned(),
        profile: None,
        organisation: None,
    });
}

fn unattended_support(phone: &mut Phone, random: &mut Random) {
    let package = *random.pick(&[
        "com.teamviewer.host.market",
        "com.anydesk.anydeskandroid",
        "com.splashtop.streamer.csrs",
    ]);
    phone.plant(
        Record::new(package).with(|app| {
            app.accessibility = true;
            app.offers = vec!["android.accessibilityservice.AccessibilityService"];
            app.receives = vec![BOOT];
            app.unoptimised = true;
            app.foreground_service = true;
            app.allow("SYSTEM_ALERT_WINDOW");
            app.used("PROJECT_MEDIA", "fgsvc", 700, 1_800);
            app.screen_minutes = 0;
        }),
        Expected::Access,
    );
    phone.set_global("stay_on_while_plugged_in", "7");
}

fn second_finger(phone: &mut Phone) {
    phone.fingers = 2;
    phone.faces = u32::from(phone.handset.sdk >= 29);
    phone.planted.push(Planted { package: None, expected: Expected::Access });
}

/// The phone's messages and calls on somebody's computer.
fn linked_computer(phone: &mut Phone, random: &mut Random) {
    let (package, profile) = *random.pick(&[
        ("com.microsoft.appmanager", "android.app.role.COMPANION_DEVICE_APP_STREAMING"),
        ("com.google.android.apps.crossdevice", "android.app.role.COMPANION_DEVICE_COMPUTER"),
    ]);
    phone.plant(
        Record::new(package).with(|app| {
            app.listener = true;
            app.unoptimised = true;
            app.grant_all(&["READ_CONTACTS", "READ_CALL_LOG", "READ_SMS"]);
        }),
        Expected::Access,
    );
    phone.companions.push(Companion {
        package: package.to_owned(),
        profile: Some(profile),
        name: "DESKTOP-4F7K2",
        self_managed: true,
    });
}

fn forwards_messages(phone: &mut Phone, random: &mut Random) {
    let package = *random.pick(&[
        "com.frzinapps.smsforward",
        "com.gawk.smsforwarder",
        "com.arlosoft.macrodroid",
    ]);
    phone.plant(
        Record::new(package).with(|app| {
            app.listener = true;
            app.offers = vec!["android.service.notification.NotificationListenerService"];
            app.receives = vec![BOOT, SMS];
            app.unoptimised = true;
            app.foreground_service = true;
            app.grant_all(&["RECEIVE_SMS", "READ_SMS", "SEND_SMS", "READ_CONTACTS"]);
            app.used("RECEIVE_SMS", "bg", 42, 0);
        }),
        Expected::Access,
    );
}
