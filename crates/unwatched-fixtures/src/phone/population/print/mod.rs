//! What a phone of the population prints: the parts of a bugreport in their order, and an
//! AndroidQF acquisition. The forms follow Android's public sources (`frameworks/base`,
//! `frameworks/native/cmds/dumpstate`), release by release.

mod android_qf;
mod appops;
mod history;
mod live;
mod packages;
mod powers;
mod resolvers;
mod state;

use std::fmt::Write as _;

use super::Phone;
use crate::phone::zip_of;
use crate::random::Random;

pub(super) use android_qf::files as android_qf;
pub(super) use live::{
    code_paths, dump, getprop, processes, service_list, settings_list, settings_pairs,
};

/// One line.
macro_rules! line {
    ($out:expr) => { $out.push('\n') };
    ($out:expr, $($words:tt)*) => {{
        use std::fmt::Write as _;
        let _ = writeln!($out, $($words)*);
    }};
}
use line;

const DASHES: &str =
    "-------------------------------------------------------------------------------";

/// `2026-01-05 10:00:00`.
fn moment(seconds: i64) -> String {
    let moment = jiff::Timestamp::from_second(seconds).expect("a phone lives in this century");
    moment.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// So many hexadecimal digits.
fn hash(random: &mut Random, digits: usize) -> String {
    format!("{:016x}", random.next())[..digits].to_owned()
}

fn random(phone: &Phone, salt: u64) -> Random {
    Random::new(phone.seed ^ salt.wrapping_mul(0x9e37_79b9))
}

/// A uid by its place on the phone.
pub(super) fn uid(number: usize) -> usize {
    10_000 + 40 + number
}

/// `+1d2h3m4s5ms`, as `TimeUtils.formatDuration` has it.
fn duration(seconds: u64) -> String {
    let (days, hours) = (seconds / 86_400, seconds / 3_600 % 24);
    let (minutes, rest) = (seconds / 60 % 60, seconds % 60);
    let mut out = String::new();
    for (count, unit) in [(days, "d"), (hours, "h"), (minutes, "m"), (rest, "s")] {
        if count > 0 || !out.is_empty() {
            let _ = write!(out, "{count}{unit}");
        }
    }
    format!("+{out}{}ms", seconds * 37 % 1000)
}

/// The dumps of all services, in the order of their names: `dumpsys` alone.
fn services(phone: &Phone) -> Vec<(&'static str, String)> {
    let sdk = phone.handset.sdk;
    let mut sections = vec![
        ("accessibility", powers::accessibility(phone)),
        ("activity", state::activity(phone)),
        ("adb", state::adb(phone)),
        ("appops", appops::text(phone)),
        ("battery", state::battery()),
        ("batterystats", history::batterystats(phone)),
        ("connectivity", state::connectivity(phone)),
        ("device_policy", powers::device_policy(phone)),
        ("deviceidle", state::deviceidle(phone)),
        ("input_method", powers::input_method(phone)),
        ("lock_settings", state::lock_settings(phone)),
        ("media_projection", state::media_projection(phone)),
        ("netstats", history::netstats(phone)),
        ("notification", powers::notification(phone)),
        ("package", packages::text(phone)),
        ("settings", powers::settings(phone)),
        ("telephony.registry", state::telephony(phone)),
        ("trust", state::trust(phone)),
        ("usagestats", history::usagestats(phone)),
        ("user", state::user(phone)),
        ("wifi", state::wifi(phone)),
    ];
    // Without a sensor there is no such service.
    if sdk >= 26 {
        sections.push(("fingerprint", state::fingerprint(phone)));
    }
    if sdk >= 29 {
        sections.push(("role", state::role(phone)));
        sections.push(("face", state::face(phone)));
    }
    if sdk >= 31 {
        sections.push(("companiondevice", state::companiondevice(phone)));
    }
    if sdk >= 31 {
        sections.push(("vpn_management", state::vpn_management(phone)));
    }
    sections.sort_by_key(|(name, _)| *name);
    sections
}

fn dump_of(out: &mut String, phone: &Phone, name: &str, priority: &str, body: &str) {
    line!(out, "{DASHES}");
    line!(out, "DUMP OF SERVICE {priority}{name}:");
    out.push_str(body);
    let end = moment(phone.now + 1);
    line!(out, "--------- 0.053s was the duration of dumpsys {name}, ending at: {end}");
}

/// AndroidQF's `dumpsys.txt`: the list of services, then each of them.
fn dumpsys(phone: &Phone) -> String {
    let sections = services(phone);
    let mut out = String::from("Currently running services:\n");
    for (name, _) in &sections {
        line!(out, "  {name}");
    }
    for (name, body) in &sections {
        dump_of(&mut out, phone, name, "", body);
    }
    out
}

pub(super) fn bugreport(phone: &Phone) -> String {
    let mut out = String::new();
    header(&mut out, phone);
    line!(out, "------ DUMPSYS CRITICAL (/system/bin/dumpsys) ------");
    let critical = "Build configuration: [sf HAS_CONTEXT_PRIORITY=1]\n";
    dump_of(&mut out, phone, "SurfaceFlinger", "CRITICAL ", critical);
    line!(out, "------ 0.251s was the duration of 'DUMPSYS CRITICAL' ------");
    heading(
        &mut out,
        "UPTIME (uptime)",
        " 10:00:00 up 3 days,  2:11,  0 users,  load average: 3.1\n",
    );
    heading(&mut out, "SYSTEM PROPERTIES (getprop)", &state::getprop(phone));
    heading(&mut out, "PROCESSES AND THREADS (ps -A -T)", &state::processes(phone));
    heading(
        &mut out,
        "SYSTEM LOG (logcat -v threadtime -v printable -v uid -d *:v)",
        &history::log(phone),
    );
    heading(&mut out, "EVENT LOG (logcat -b events -v threadtime -d *:v)", &history::events(phone));
    line!(out, "------ DUMPSYS HIGH (/system/bin/dumpsys) ------");
    dump_of(&mut out, phone, "meminfo", "HIGH ", "Applications Memory Usage (in Kilobytes):\n");
    line!(out, "------ 1.200s was the duration of 'DUMPSYS HIGH' ------");
    line!(out, "========================================================");
    line!(out, "== Android Framework Services");
    line!(out, "========================================================");
    line!(out, "------ DUMPSYS (/system/bin/dumpsys) ------");
    for (name, body) in services(phone) {
        dump_of(&mut out, phone, name, "", &body);
    }
    line!(out, "------ 41.021s was the duration of 'DUMPSYS' ------");
    line!(out, "========================================================");
    line!(out, "== Final progress (pid 4711): 5012/5000 (estimated 5000)");
    line!(out, "========================================================");
    line!(out, "== dumpstate: done (id 1)");
    line!(out, "========================================================");
    out
}

fn header(out: &mut String, phone: &Phone) {
    let handset = phone.handset;
    line!(out, "========================================================");
    line!(out, "== dumpstate: {}", moment(phone.now));
    line!(out, "========================================================");
    line!(out);
    line!(out, "Build: {}.4711", handset.device);
    line!(out, "Build fingerprint: '{}'", handset.fingerprint());
    line!(out, "Bootloader: unknown");
    line!(out, "Radio: unknown");
    line!(out, "Network: (unknown)");
    line!(out, "Kernel: Linux version 5.10.149 (build@host) #1 SMP PREEMPT");
    line!(out, "Command line: androidboot.hardware={}", handset.device);
    line!(out, "Bugreport format version: {}", if handset.sdk >= 28 { "2.0" } else { "1.0" });
    line!(
        out,
        "Dumpstate info: id=1 pid=4711 dry_run=0 args=/system/bin/dumpstate -S extra_options="
    );
    line!(out);
}

fn heading(out: &mut String, title: &str, body: &str) {
    line!(out, "------ {title} ------");
    out.push_str(body);
    let name = title.split(" (").next().unwrap_or(title);
    line!(out, "------ 0.071s was the duration of '{name}' ------");
    line!(out);
}

pub(super) fn bugreport_zip(phone: &Phone) -> Vec<u8> {
    let stamp = moment(phone.now).replace([' ', ':'], "-");
    let name = format!("bugreport-{}-4711-{stamp}.txt", phone.handset.device);
    let text = bugreport(phone);
    let log = format!("Begin: {stamp}\nFinished dumpsys services\n");
    let version = if phone.handset.sdk >= 28 { "2.0" } else { "1.0" };
    let tombstone = history::tombstone(phone);
    let mut files: Vec<(&str, &[u8])> = vec![
        ("version.txt", version.as_bytes()),
        ("main_entry.txt", name.as_bytes()),
        (&name, text.as_bytes()),
        ("dumpstate_log.txt", log.as_bytes()),
        ("FS/data/tombstones/tombstone_00", tombstone.as_bytes()),
    ];
    let samsung = format!("FS/data/log/dumpState_{}.log", phone.handset.model);
    if phone.handset.is_samsung() {
        files.push((&samsung, b"made-up log of the maker\n"));
    }
    zip_of(&files)
}
