//! What an app's manifest declares that a rule may ask about, told by the actions its parts
//! answer to. Whether any of it is switched on stands elsewhere.

use serde::{Deserialize, Serialize};

/// What an app's manifest declares that a rule may ask about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Declares {
    /// A service for accessibility.
    AccessibilityService,
    /// A listener for notifications.
    NotificationListener,
    /// A device administrator.
    DeviceAdmin,
    /// A VPN.
    Vpn,
    /// Starts with the phone.
    BootReceiver,
    /// Hears of text messages.
    SmsReceiver,
    /// Hears of calls.
    OutgoingCallReceiver,
    /// Hears when the SIM card changes.
    SimReceiver,
}

/// What answering to this action declares.
pub(super) fn declared_by(action: &str) -> Option<Declares> {
    Some(match action {
        "android.accessibilityservice.AccessibilityService" => Declares::AccessibilityService,
        "android.service.notification.NotificationListenerService" => {
            Declares::NotificationListener
        }
        "android.app.action.DEVICE_ADMIN_ENABLED" => Declares::DeviceAdmin,
        "android.net.VpnService" => Declares::Vpn,
        "android.intent.action.BOOT_COMPLETED"
        | "android.intent.action.LOCKED_BOOT_COMPLETED"
        | "android.intent.action.QUICKBOOT_POWERON"
        | "com.htc.intent.action.QUICKBOOT_POWERON" => Declares::BootReceiver,
        "android.provider.Telephony.SMS_RECEIVED"
        | "android.provider.Telephony.SMS_DELIVER"
        | "android.intent.action.DATA_SMS_RECEIVED" => Declares::SmsReceiver,
        "android.intent.action.NEW_OUTGOING_CALL" | "android.intent.action.PHONE_STATE" => {
            Declares::OutgoingCallReceiver
        }
        "android.intent.action.SIM_STATE_CHANGED"
        | "android.telephony.action.SIM_CARD_STATE_CHANGED"
        | "android.telephony.action.SIM_APPLICATION_STATE_CHANGED" => Declares::SimReceiver,
        _ => return None,
    })
}
