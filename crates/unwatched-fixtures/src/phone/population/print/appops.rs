//! `dumpsys appops`, whose form changed three times: `mode=0; time=+1d ago` up to Android 8,
//! uses by process state in Android 9 and 10, attribution tags from Android 11 on
//! (`AppOpsService.dump`).

use std::fmt::Write as _;

use super::super::{OpUse, Phone, Record};
use super::{duration, line, moment, uid};

pub(super) fn text(phone: &Phone) -> String {
    let mut out = String::from("Current AppOps Service state:\n");
    if phone.handset.sdk >= 28 {
        line!(out, "  Settings:");
        line!(out, "    top_state_settle_time=+5s0ms");
        line!(out, "    fg_service_state_settle_time=+5s0ms");
        line!(out, "    bg_state_settle_time=+1s0ms");
        line!(out);
    }
    for (number, app) in phone.apps.iter().enumerate().filter(|(_, app)| !app.removed) {
        let ops = ops(app);
        if ops.is_empty() {
            continue;
        }
        for user in app.users.iter().filter(|user| **user == 0 || !app.source.is_system()) {
            line!(out, "  Uid u{user}a{}:", uid(number) - 10_000);
            if phone.handset.sdk >= 26 {
                line!(out, "    state=cch");
            }
            line!(out, "    Package {}:", app.package);
            for op in &ops {
                one(&mut out, phone, *op);
            }
        }
    }
    out
}

/// What is noted besides: an app that runs wakes, and whoever asked for a permission was asked
/// for its operation.
fn ops(app: &Record) -> Vec<OpUse> {
    let mut ops = app.ops.clone();
    for (permission, op) in [
        ("READ_CONTACTS", "READ_CONTACTS"),
        ("CAMERA", "CAMERA"),
        ("ACCESS_FINE_LOCATION", "COARSE_LOCATION"),
        ("READ_SMS", "READ_SMS"),
        ("RECORD_AUDIO", "RECORD_AUDIO"),
    ] {
        if app.granted.contains(&permission) && !ops.iter().any(|known| known.op == op) {
            ops.push(OpUse { op, mode: 0, last: None });
        }
        if app.refused.contains(&permission) && !ops.iter().any(|known| known.op == op) {
            ops.push(OpUse { op, mode: 1, last: None });
        }
    }
    if app.foreground_service {
        ops.push(OpUse { op: "START_FOREGROUND", mode: 0, last: None });
    }
    ops
}

fn mode(number: u8) -> &'static str {
    ["allow", "ignore", "deny", "default", "foreground"][usize::from(number.min(4))]
}

fn one(out: &mut String, phone: &Phone, op: OpUse) {
    let sdk = phone.handset.sdk;
    if sdk <= 27 {
        let _ = write!(out, "      {}: mode={}", op.op, op.mode);
        if let Some(last) = op.last {
            let ago = duration(u64::from(last.minutes_ago) * 60);
            let _ = write!(out, "; time={ago} ago; duration={}", duration(u64::from(last.seconds)));
        }
        line!(out);
        return;
    }
    let mode = mode(op.mode);
    let switch = if sdk >= 29 { format!(" / switch {}={mode}", op.op) } else { String::new() };
    line!(out, "      {} ({mode}{switch}):", op.op);
    let Some(last) = op.last else { return };
    let at = phone.now - i64::from(last.minutes_ago) * 60;
    let ago = duration(u64::from(last.minutes_ago) * 60).replace('+', "-");
    let access = format!(
        "Access: [{}-s] {}.123 ({ago}) duration={}",
        last.state,
        moment(at),
        duration(u64::from(last.seconds))
    );
    if sdk >= 30 {
        line!(out, "          null=[");
        line!(out, "            {access}");
        line!(out, "          ]");
    } else {
        line!(out, "          {access}");
    }
}
