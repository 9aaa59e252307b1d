//! Bytes put in to learn whether somebody had put them in before: what another partner keeps to
//! itself shows in no answer, state, list, search or header, at no time.

use jiff::{SignedDuration, Timestamp};
use unwatched_analysis::{Limits, analyze};
use unwatched_exchange::clock::Clock;
use unwatched_exchange::config::Config;
use unwatched_fixtures::apk::gallery;
use unwatched_model::access::Sharing;
use unwatched_model::partner::UserRole;
use unwatched_model::report::Report;
use unwatched_model::tlp::Tlp;
use unwatched_store::{ANALYZE_SAMPLE, Actor, Job, JobId, NewSample, SampleState, Take};

use super::Browser;
use crate::rig::{Answer, Client, Server};

const ENGINE: &str = "made-up engine 1";

/// An exchange at one moment, with nobody who works but the test.
struct Scene {
    server: Server,
    now: Timestamp,
    bytes: Vec<u8>,
    report: Report,
}

impl Scene {
    fn new() -> Self {
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        let server = Server::at(Clock::by(move || now), None, &Config::default());
        let bytes = gallery::plain_game().bytes();
        let report = analyze(None, &bytes, &Limits::default());
        Self { server, now, bytes, report }
    }

    /// The shelter has them, by itself, since yesterday.
    fn held(self, state: SampleState) -> Self {
        let yesterday = self.now - SignedDuration::from_hours(24);
        let Report { sha256, sha1, md5, size_bytes, .. } = self.report.clone();
        let by = "example-shelter".parse().unwrap();
        let sharing = Sharing { tlp: Tlp::Red, ..Sharing::coalition() };
        let (file_name, declared_public) = (Some("canaryword.apk".to_owned()), false);
        let sample =
            NewSample { sha256, sha1, md5, size_bytes, file_name, by, sharing, declared_public };
        let store = &self.server.state.store;
        self.server.wait(store.add_sample(&sample, &Actor::operator(), yesterday)).unwrap();
        match state {
            SampleState::Queued => {}
            SampleState::Analysing => self.begin(yesterday),
            SampleState::Analysed => self.analysed(yesterday),
            SampleState::Failed => self.fails(yesterday),
        }
        self
    }

    fn claim(&self, at: Timestamp) -> Job {
        let (store, lease) = (&self.server.state.store, SignedDuration::from_hours(48));
        let claimed = store.claim("w", &[ANALYZE_SAMPLE], Take::Priority, at, lease);
        self.server.wait(claimed).unwrap().expect("a job")
    }

    fn set(&self, state: SampleState, why: Option<&str>, at: Timestamp) {
        let store = &self.server.state.store;
        self.server.wait(store.set_sample_state(&self.report.sha256, state, why, at)).unwrap();
    }

    fn begin(&self, at: Timestamp) {
        self.claim(at);
        self.set(SampleState::Analysing, None, at);
    }

    fn fails(&self, at: Timestamp) {
        let job = self.claim(at);
        self.set(SampleState::Failed, Some("no memory"), at);
        self.server.wait(self.server.state.store.fail(&job, "no memory", None, at)).unwrap();
    }

    fn analysed(&self, at: Timestamp) {
        let job = self.claim(at);
        self.set(SampleState::Analysing, None, at);
        self.keeps(&job, at);
    }

    fn keeps(&self, job: &Job, at: Timestamp) {
        let (store, report) = (&self.server.state.store, &self.report);
        self.server.wait(store.save_report(&report.sha256, report, ENGINE, at)).unwrap();
        self.server.wait(store.finish(job, at)).unwrap();
    }

    /// The lab puts them in, and sees everything it can at each step of the analysis.
    fn put_in(&self) -> Vec<(&'static str, Vec<String>)> {
        let lab = self.server.lab();
        let browser = Browser::of(&self.server, "example-lab", UserRole::Analyst, "a@lab.example");
        let mut seen = vec![("before", self.look(&lab, &browser))];
        let answer = lab.send("/api/v1/samples?tlp=RED", &[], &self.bytes);
        seen.push(("the answer", vec![told("upload", &answer)]));
        seen.push(("put in", self.look(&lab, &browser)));
        let again = lab.send("/api/v1/samples", &[], &self.bytes);
        seen.push(("the second answer", vec![told("upload", &again)]));
        seen.push(("put in twice", self.look(&lab, &browser)));
        let job = self.claim_the_labs();
        self.set(SampleState::Analysing, None, self.now);
        seen.push(("analysing", self.look(&lab, &browser)));
        self.keeps(&job, self.now);
        seen.push(("analysed", self.look(&lab, &browser)));
        seen
    }

    /// The analysis that the lab waits for; whatever was asked for before comes before it.
    fn claim_the_labs(&self) -> Job {
        loop {
            let job = self.claim(self.now);
            let row = self.server.wait(self.server.state.store.job(job.id)).unwrap().unwrap();
            if row.added_at == self.now {
                return job;
            }
            self.set(SampleState::Analysing, None, self.now);
            self.keeps(&job, self.now);
        }
    }

    fn look(&self, lab: &Client, browser: &Browser) -> Vec<String> {
        let sha256 = self.report.sha256;
        let package = self.report.package.as_deref().unwrap();
        let mut all = Vec::new();
        for path in ["", "/report", "/access"] {
            let path = format!("/api/v1/samples/{sha256}{path}");
            all.push(told(&path, &lab.get(&path)));
        }
        for query in [sha256.to_string(), package.to_owned(), self.report.md5.to_string()] {
            let path = format!("/api/v1/search?q={query}");
            all.push(told(&path, &lab.get(&path)));
        }
        all.push(told("list", &lab.get("/api/v1/samples")));
        all.push(told("page", &browser.get(&format!("/portal/samples/{sha256}"))));
        for query in [
            "",
            "?state=queued",
            "?state=analysing",
            "?state=analysed",
            "?state=failed",
            "?format=apk",
            "?own=1",
        ] {
            all.push(told(query, &browser.get(&format!("/portal/samples{query}"))));
        }
        all.push(told("queue", &browser.get("/portal/queue")));
        all.push(told("found", &browser.get(&format!("/portal/search?q={package}"))));
        all.push(told("audit", &lab.get("/api/v1/audit?action=sample.upload")));
        all
    }
}

/// An answer with its headers, but for what differs between any two exchanges.
fn told(what: &str, answer: &Answer) -> String {
    let varies = ["date", "content-length", "etag"];
    let headers: Vec<_> = answer.all_headers().filter(|(name, _)| !varies.contains(name)).collect();
    let mut text = String::from_utf8_lossy(&answer.body).into_owned();
    if what == "audit" {
        // Lines are numbered over all partners.
        let lines = answer.json()["lines"].as_array().cloned().unwrap_or_default();
        text = lines.iter().map(|line| line["detail"].to_string()).collect();
    }
    format!("{what}: {} {headers:?} {text}", answer.status)
}

#[test]
fn who_puts_bytes_in_does_not_learn_that_they_were_there() {
    let plain = Scene::new().put_in();
    let states: Vec<_> = plain.iter().filter_map(|(_, seen)| state_in(seen)).collect();
    assert_eq!(states, ["queued", "queued", "analysing", "analysed"], "the analysis is seen");
    for state in SampleState::ALL {
        let scene = Scene::new().held(state);
        for ((step, there), (_, plain)) in scene.put_in().into_iter().zip(&plain) {
            for (there, plain) in there.iter().zip(plain) {
                assert_eq!(there, plain, "{step}, where it was {} before", state.as_str());
            }
        }
    }
}

/// What the sample's own document says.
fn state_in(seen: &[String]) -> Option<String> {
    let document = seen.first()?.split_once("\"state\":\"")?.1;
    Some(document.split('"').next()?.to_owned())
}

#[test]
fn jobs_from_before_are_as_little_there() {
    let scene = Scene::new().held(SampleState::Analysed);
    let lab = scene.server.lab();
    lab.send("/api/v1/samples?tlp=RED", &[], &scene.bytes).expect(202);
    let (store, sha256) = (&scene.server.state.store, scene.report.sha256);
    let jobs: Vec<_> = (1..10)
        .filter_map(|id| scene.server.wait(store.job(JobId(id))).unwrap())
        .filter(|job| job.subject.as_deref() == Some(&sha256.to_string()))
        .collect();
    assert_eq!(jobs.len(), 2, "each has its own: {jobs:?}");
    lab.get(&format!("/api/v1/jobs/{}", jobs[0].id)).expect(404);
    lab.get(&format!("/api/v1/jobs/{}", jobs[1].id)).expect(200);
    scene.server.shelter().get(&format!("/api/v1/jobs/{}", jobs[0].id)).expect(200);
    scene.server.shelter().get(&format!("/api/v1/jobs/{}", jobs[1].id)).expect(404);
}

#[test]
fn whoever_had_them_before_sees_nothing_of_it() {
    let scene = Scene::new().held(SampleState::Analysed);
    let shelter = scene.server.shelter();
    let address = format!("/api/v1/samples/{}", scene.report.sha256);
    let look = || {
        let report = shelter.get(&format!("{address}/report")).expect(200).body;
        (shelter.get(&address).expect(200).body, report)
    };
    let before = look();
    let lab = scene.server.lab();
    lab.send("/api/v1/samples?tlp=RED", &[], &scene.bytes).expect(202);
    assert_eq!(look(), before, "put in");
    scene.begin(scene.now);
    assert_eq!(look(), before, "analysing");
}
