//! What comes round at intervals, and what only waits once or moves on the screen.

use super::super::RECEIVER;
use super::{Of, SignalPair, Sketch, screen, service, visible};
use crate::apk::Component;
use crate::dex::Argument;

const REPEAT: &str = "android.app.AlarmManager->setRepeating";
const TIMER: &str = "java.util.Timer->schedule";
const AGAIN: &str = "(Ljava/util/TimerTask;JJ)V";
const ONCE: &str = "(Ljava/util/TimerTask;J)V";
const EXACT: &str = "android.app.AlarmManager->setExactAndAllowWhileIdle";
const AT: &str = "(IJLandroid/app/PendingIntent;)V";
const POST: &str = "android.os.Handler->postDelayed";
const LATER: &str = "(Ljava/lang/Runnable;J)Z";
const SLEEP: &str = "java.lang.Thread->sleep";
const UPDATES: &str = "android.location.LocationManager->requestLocationUpdates";
const EACH: &str = "(Ljava/lang/String;JFLandroid/location/LocationListener;)V";

/// A wait of so many milliseconds.
fn long(milliseconds: i64) -> [Argument; 1] {
    [Argument::Long(milliseconds)]
}

/// One that is waited first, and one between.
fn first_and_every(first: i64, every: i64) -> [Argument; 2] {
    [Argument::Long(first), Argument::Long(every)]
}

pub(super) fn pairs() -> Vec<SignalPair> {
    [repeating(), timers(), alarms(), waits(), jobs()].into_iter().flatten().collect()
}

const OF: Of = Of("heartbeat");

fn repeating() -> Vec<SignalPair> {
    const PROTO: &str = "(IJJLandroid/app/PendingIntent;)V";
    const SYNC: &str = "android.content.ContentResolver";
    let values = [Argument::Int(0), Argument::Long(1), Argument::Long(900_000)];
    vec![
        OF.way(
            "repeating",
            &visible("beats").class("Beat").calls_as(REPEAT, PROTO, &values),
            &visible("alarm.clock").class("Ring").calls("android.app.AlarmManager->setAlarmClock"),
            "an alarm clock",
        ),
        OF.way(
            "periodic_sync",
            &visible("syncs").class("Sync").calls_as(
                &format!("{SYNC}->addPeriodicSync"),
                "(Landroid/accounts/Account;Ljava/lang/String;Landroid/os/Bundle;J)V",
                &long(3600),
            ),
            &visible("syncs.once").class("Sync").calls(&format!("{SYNC}->requestSync")),
            "an app that syncs when it is asked to",
        ),
    ]
}

fn timers() -> Vec<SignalPair> {
    vec![
        OF.way(
            "timer",
            &service("timer").calls_as(TIMER, AGAIN, &first_and_every(0, 300_000)),
            &service("timer.once").calls_as(TIMER, ONCE, &long(300_000)),
            "a service that waits once",
        ),
        OF.way(
            "timer_elsewhere",
            &visible("timer.helper").class("Beat").calls_as(
                TIMER,
                AGAIN,
                &first_and_every(0, 300_000),
            ),
            &screen("stopwatch").calls_as(TIMER, AGAIN, &first_and_every(0, 60_000)),
            "a stopwatch on the screen",
        ),
    ]
}

fn alarms() -> Vec<SignalPair> {
    const CLOCK: &str = "android.app.AlarmManager->setAlarmClock";
    let woken = |name: &str| {
        visible(name).declares(Component::receiver(".Woken")).class("Woken").extends(RECEIVER)
    };
    vec![
        OF.way(
            "alarm_set_again",
            &woken("exact").calls_as(EXACT, AT, &[]),
            &screen("reminder").calls_as(EXACT, AT, &[]),
            "a reminder that is set on the screen",
        ),
        OF.way(
            "alarm_clock_set_again",
            &woken("clock").calls(CLOCK),
            &screen("clock.screen").calls(CLOCK),
            "an alarm clock that is set on the screen",
        ),
        OF.way(
            "alarm_elsewhere",
            &visible("exact.helper").class("Beat").calls_as(EXACT, AT, &[]),
            &visible("exact.dialog").class("Ask").extends("android.app.Dialog").calls_as(
                EXACT,
                AT,
                &[],
            ),
            "a reminder that is set in a dialog",
        ),
    ]
}

fn waits() -> Vec<SignalPair> {
    let within = |name: &str| -> Sketch { service(name).class("Worker$1") };
    vec![
        OF.way(
            "posts_itself_again",
            &within("posts").inside("run").calls_as(POST, LATER, &long(30_000)),
            &within("posts.fast").inside("run").calls_as(POST, LATER, &long(500)),
            "a bar that moves while music plays",
        ),
        OF.way(
            "waits_in_a_loop",
            &service("loops").in_a_loop().calls_as(SLEEP, "(J)V", &long(30_000)),
            &service("tries.again").calls_as(SLEEP, "(J)V", &long(30_000)),
            "a service that waits before it tries once more",
        ),
        OF.way(
            "waits_long",
            &service("waits").calls_as(SLEEP, "(J)V", &long(60_000)),
            &service("waits.short").calls_as(SLEEP, "(J)V", &long(2_000)),
            "a service that waits two seconds",
        ),
    ]
}

fn jobs() -> Vec<SignalPair> {
    const JOB: &str = "android.app.job.JobService";
    const LATENCY: &str = "android.app.job.JobInfo$Builder->setMinimumLatency";
    const SCHEDULE: &str = "android.app.job.JobScheduler->schedule";
    let job =
        |name: &str, class: &str| visible(name).bound("Job", "BIND_JOB_SERVICE", JOB).class(class);
    let stops = format!("{JOB}->onStopJob");
    vec![
        OF.way(
            "job_again",
            &visible("job.again").class("Job").extends(JOB).calls(LATENCY),
            &screen("job.once").calls(LATENCY),
            "a screen that has something done later",
        ),
        OF.way(
            "scheduled_job",
            &job("job", "Job").overrides(&stops).calls(SCHEDULE),
            &job("job.other", "Other").overrides(&stops).calls(SCHEDULE),
            "a job that is not declared",
        ),
        OF.way(
            "location_requests",
            &service("where").calls_as(UPDATES, EACH, &long(600_000)),
            &screen("map").calls_as(UPDATES, EACH, &long(600_000)),
            "a map on the screen",
        ),
    ]
}
