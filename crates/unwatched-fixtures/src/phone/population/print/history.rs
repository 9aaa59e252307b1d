//! What the phone remembers: use of apps, traffic, battery statistics, logs, crashes.

use super::super::{Phone, Record, Source};
use super::{duration, hash, line, moment, random, uid};

/// `UserUsageStatsService.dump`: events of the last day, and totals by day, week and month.
pub(super) fn usagestats(phone: &Phone) -> String {
    let modern = phone.handset.sdk >= 29;
    let (shown, gone) = if modern {
        ("ACTIVITY_RESUMED", "ACTIVITY_PAUSED")
    } else {
        ("MOVE_TO_FOREGROUND", "MOVE_TO_BACKGROUND")
    };
    let mut out = String::from("user=0\n");
    let (from, to) = (moment(phone.now - 86_400), moment(phone.now));
    line!(out, "  Last 24 hour events (timeRange=\"{from} – {to}\" )");
    for (number, app) in on_screen(phone).enumerate() {
        let start = phone.now - 3_600 * i64::try_from(number % 20 + 1).unwrap_or(1);
        let end = start + i64::from(app.screen_minutes) * 60;
        let class = app.class("MainActivity");
        line!(
            out,
            "    time=\"{}\" type={shown} package={} class={class} instanceId={} flags=0x0",
            moment(start),
            app.package,
            1000 + number
        );
        line!(
            out,
            "    time=\"{}\" type={gone} package={} class={class} instanceId={} flags=0x0",
            moment(end),
            app.package,
            1000 + number
        );
    }
    for (name, days) in [("daily", 1i64), ("weekly", 7), ("monthly", 30)] {
        let from = moment(phone.now - 86_400 * days);
        line!(out, "  In-memory {name} stats");
        line!(out, "    timeRange=\"{from} – {to}\"");
        line!(out, "    packages");
        for app in phone.apps.iter().filter(|app| app.screen_minutes > 0) {
            let total = i64::from(app.screen_minutes) * days.min(14);
            let last = moment(phone.now - 5_400);
            let (hours, minutes) = (total / 60, total % 60);
            line!(
                out,
                "      package={} totalTimeUsed=\"{hours}:{minutes:02}:11\" lastTimeUsed=\"{last}\" totalTimeVisible=\"{hours}:{minutes:02}:12\" lastTimeVisible=\"{last}\" appLaunchCount={}",
                app.package,
                total / 3 + 1
            );
        }
        line!(out, "    configurations");
    }
    out
}

fn on_screen(phone: &Phone) -> impl Iterator<Item = &Record> {
    phone.apps.iter().filter(|app| app.screen_minutes > 0 && !app.removed)
}

/// `NetworkStatsService.dump`, `UID stats`: one block for each uid and set.
pub(super) fn netstats(phone: &Phone) -> String {
    let mut out = String::from(
        "Active interfaces:\n  iface=wlan0 ident=[{type=WIFI, metered=false, defaultNetwork=true}]\nDev stats:\n  Pending bytes: 1234\n  History since boot:\nUID stats:\n  Pending bytes: 4321\n  Complete history:\n",
    );
    let bucket = (phone.now - 86_400) / 7_200 * 7_200;
    for (number, app) in phone.apps.iter().enumerate().filter(|(_, app)| !app.source.is_system()) {
        let traffic = app.traffic;
        for (set, received, sent) in [
            ("DEFAULT", traffic.back_received, traffic.back_sent),
            ("FOREGROUND", traffic.front_received, traffic.front_sent),
        ] {
            if received + sent == 0 {
                continue;
            }
            line!(
                out,
                "  ident=[{{type=WIFI, networkId=\"made-up network\", metered=false, defaultNetwork=true}}] uid={} set={set} tag=0x0",
                uid(number)
            );
            line!(out, "    NetworkStatsHistory: bucketDuration=7200");
            for half in 0..2u64 {
                let at = bucket + i64::try_from(half).unwrap_or(0) * 7_200;
                let (rb, tb) = (received / 2, sent / 2);
                line!(out, "      st={at} rb={rb} rp={} tb={tb} tp={} op=0", rb / 900, tb / 900);
            }
        }
    }
    line!(out, "UID tag stats:");
    line!(out, "  Pending bytes: 0");
    out
}

/// `BatteryStats`: history, what was installed and removed by day, and a block for each uid.
pub(super) fn batterystats(phone: &Phone) -> String {
    let mut chance = random(phone, 31);
    let mut out =
        String::from("Battery History (3% used, 120KB used of 4096KB, 180 strings using 21KB):\n");
    line!(
        out,
        "                    0 (15) RESET:TIME: {}",
        moment(phone.now - 86_400 * 2).replace([' ', ':'], "-")
    );
    for step in 0..120u64 {
        let app = &phone.apps[chance.below(phone.apps.len())];
        line!(
            out,
            "          {} (2) 0{} +job=u0a{}:\"{}/.Job\"",
            duration(step * 700),
            60 + step % 30,
            chance.below(300),
            app.package
        );
    }
    line!(out);
    line!(out, "Per-PID Stats:");
    line!(out);
    line!(out, "Daily stats:");
    line!(out, "  Current start time: {}", moment(phone.now - 40_000).replace([' ', ':'], "-"));
    line!(out, "  Package changes:");
    for app in phone.added().filter(|app| app.updated_hours_ago < 24) {
        line!(out, "    Update {} vers=7", app.package);
    }
    for app in phone.apps.iter().filter(|app| app.removed) {
        line!(out, "    Uninstall {}", app.package);
    }
    line!(out);
    line!(out, "Statistics since last charge:");
    line!(out, "  System starts: 0, currently on battery: false");
    line!(out, "  Estimated power use (mAh):");
    line!(out, "    Capacity: 4500, Computed drain: 812, actual drain: 800");
    for (number, app) in phone.added().enumerate() {
        line!(out, "  u0a{}:", uid(number) - 10_000);
        line!(
            out,
            "    Wi-Fi network: {}KB received, {}KB sent",
            app.traffic.back_received / 1000,
            app.traffic.back_sent / 1000
        );
        if app.foreground_service {
            line!(out, "    Foreground services: 1d 4h 31m 2s 11ms realtime (1 times)");
        }
        line!(out, "    Apk {}:", app.package);
        line!(out, "      Service {}:", app.class("WorkService"));
        line!(out, "        Created for: 4h 12m 1s 3ms uptime");
    }
    out
}

/// `logcat`, made up: nothing in it is about anybody.
pub(super) fn log(phone: &Phone) -> String {
    let mut chance = random(phone, 41);
    let mut out = String::from("--------- beginning of main\n");
    let day = &moment(phone.now)[5..10];
    for number in 0..400 {
        let app = &phone.apps[chance.below(phone.apps.len())].package;
        let (minute, second) = (number / 60 % 60, number % 60);
        let tag = *chance.pick(&["ActivityManager", "WifiHAL", "GnssLocation", "JobScheduler"]);
        line!(
            out,
            "{day} 09:{minute:02}:{second:02}.{:03}  1000  1490  1500 I {tag}: {app} state {} ------ not a mark",
            number % 1000,
            hash(&mut chance, 12)
        );
    }
    line!(out, "--------- beginning of crash");
    out
}

/// The event log: processes that started, and installations.
pub(super) fn events(phone: &Phone) -> String {
    let mut out = String::from("--------- beginning of events\n");
    let day = &moment(phone.now)[5..10];
    for (number, app) in phone.apps.iter().enumerate().take(60) {
        line!(
            out,
            "{day} 09:12:{:02}.101  1000  1490  1500 I am_proc_start: [0,{},{},{},service,{{{}/.WorkService}}]",
            number % 60,
            2_000 + number,
            uid(number),
            app.package,
            app.package
        );
    }
    for app in phone.added().filter(|app| app.updated_hours_ago < 12) {
        if let Source::Store(_) = app.source {
            line!(
                out,
                "{day} 09:40:01.101  1000  1490  1500 I installer: installed {}",
                app.package
            );
        }
    }
    out
}

/// A crash of a part of the phone.
pub(super) fn tombstone(phone: &Phone) -> String {
    format!(
        "*** *** *** *** *** *** *** *** *** *** *** *** *** *** *** ***\nBuild fingerprint: '{}'\nRevision: '0'\nABI: 'arm64'\nTimestamp: {}.123456789+0000\nProcess uptime: 41s\nCmdline: com.android.systemui\npid: 2001, tid: 2017, name: RenderThread  >>> com.android.systemui <<<\nuid: 10041\nsignal 11 (SIGSEGV), code 1 (SEGV_MAPERR), fault addr 0x0\n",
        phone.handset.fingerprint(),
        moment(phone.now - 90_000)
    )
}
