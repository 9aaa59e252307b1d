//! `/api/v1/jobs`

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::Value;
use unwatched_exchange::config::Config;
use unwatched_exchange::jobs::reanalyze::Plan;
use unwatched_fixtures::apk::gallery;
use unwatched_model::access::Sharing;
use unwatched_model::digest::{Md5, Sha1, Sha256};
use unwatched_model::partner::UserRole;
use unwatched_model::tlp::Tlp;
use unwatched_store::{ANALYZE_SAMPLE, Actor, NewSample, Visible};

use crate::rig::{Client, Server, program};

/// Breaks down until there is a file `mended` beside it; from then on the real one.
fn child_until_mended(folder: &Path) -> PathBuf {
    let (path, mended) = (folder.join("child"), folder.join("mended"));
    let (mended, program) = (mended.display(), program());
    let program = program.display();
    let script = format!("#!/bin/sh\n[ -e {mended} ] || kill -9 $$\nexec {program} \"$@\"\n");
    fs::write(&path, script).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// What a job's stream of events told, to its end.
fn follow(client: &Client, job: i64) -> Vec<Value> {
    let answer = client.get(&format!("/api/v1/jobs/{job}/events")).expect(200);
    let text = String::from_utf8(answer.body).unwrap();
    let data = text.lines().filter_map(|line| line.strip_prefix("data:"));
    data.map(|data| serde_json::from_str(data).unwrap()).collect()
}

#[test]
fn what_failed_is_listed_with_its_reason_and_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let child = child_until_mended(folder.path());
    let server = Server::with(Some(child), &Config::default());
    let (lab, reader) = (server.lab(), server.client("example-lab", UserRole::Uploader));
    let sample = lab.upload(&gallery::plain_game().bytes());
    assert_eq!(lab.follow(&sample).last().unwrap()["state"], "failed");

    let job = loop {
        // The sample says so first; the job is set aside in the moment after.
        let jobs = lab.get("/api/v1/jobs").expect(200).json();
        if let Some(job) = jobs["failed"].as_array().unwrap().first() {
            break job.clone();
        }
    };
    assert_eq!(job["kind"], "analyze_sample");
    assert_eq!(job["why"], "the analysis broke down (signal 9)");
    assert!(sample.ends_with(job["subject"].as_str().unwrap()));
    let id = job["id"].as_i64().unwrap();
    let address = format!("/api/v1/jobs/{id}");
    assert_eq!(lab.get(&address).expect(200).json()["reasons"].as_array().unwrap().len(), 2);
    assert_eq!(follow(&lab, id).last().unwrap()["state"], "dead");

    reader.get("/api/v1/jobs").expect(403);
    reader.send(&format!("{address}/retry"), &[], b"").expect(403);
    fs::write(folder.path().join("mended"), "").unwrap();
    lab.send(&format!("{address}/retry"), &[], b"").expect(202);
    assert_eq!(follow(&lab, id).last().unwrap()["state"], "done");
    assert_eq!(lab.follow(&sample).last().unwrap()["state"], "analysed");
    let after = lab.get(&address).expect(200).json();
    assert_eq!(after["reasons"].as_array().unwrap().len(), 2, "the history stays: {after}");
    lab.send(&format!("{address}/retry"), &[], b"").problem(409);
    let jobs = lab.get("/api/v1/jobs").expect(200).json();
    assert_eq!(jobs["failed"].as_array().unwrap().len(), 0);
}

#[test]
fn a_job_about_what_is_not_shared_is_not_there() {
    let server = Server::without_worker();
    let (lab, shelter) = (server.lab(), server.shelter());
    let sample = NewSample {
        sha256: Sha256([7; 32]),
        sha1: Sha1([7; 20]),
        md5: Md5([7; 16]),
        size_bytes: 7,
        file_name: None,
        by: "example-shelter".parse().unwrap(),
        sharing: Sharing { tlp: Tlp::Red, ..Sharing::coalition() },
        declared_public: false,
    };
    let (store, now) = (&server.state.store, server.state.clock.now());
    let added =
        server.wait(store.add_sample(&sample, &unwatched_store::Actor::operator(), now)).unwrap();
    let minute = jiff::SignedDuration::from_mins(1);
    let take = unwatched_store::Take::Priority;
    let job = server.wait(store.claim("w", &[ANALYZE_SAMPLE], take, now, minute));
    server.wait(store.fail(&job.unwrap().unwrap(), "no memory", None, now)).unwrap();

    let failed = |client: &Client| client.get("/api/v1/jobs").expect(200).json()["failed"].clone();
    assert_eq!(failed(&shelter).as_array().unwrap().len(), 1);
    assert_eq!(failed(&lab).as_array().unwrap().len(), 0);
    let address = format!("/api/v1/jobs/{}", added.job);
    shelter.get(&address).expect(200);
    let hidden = lab.get(&address).problem(404);
    assert_eq!(hidden, lab.get("/api/v1/jobs/987654321").problem(404), "as if it were not there");
    lab.get(&format!("{address}/events")).expect(404);
    lab.send(&format!("{address}/retry"), &[], b"").expect(404);
    shelter.send(&format!("{address}/retry"), &[], b"").expect(202);
}

#[test]
fn a_sample_is_read_while_it_is_analysed_again() {
    let server = Server::start();
    let lab = server.lab();
    let sample = lab.upload(&gallery::plain_game().bytes());
    lab.follow(&sample);
    let report = lab.get(&format!("{sample}/report")).expect(200).json();
    let sha256: Sha256 = report["sha256"].as_str().unwrap().parse().unwrap();
    let (store, clock) = (&server.state.store, &server.state.clock);
    let everything = Visible::everything_for_a_job();
    let mut older = server.wait(store.report(&sha256, &everything)).unwrap().unwrap();
    older.label = Some("As another engine read it".to_owned());
    server.wait(store.save_report(&sha256, &older, "another engine", clock.now())).unwrap();

    let job = server.wait(Plan::outdated().ask(&server.state, &Actor::operator())).unwrap();
    assert_eq!(lab.follow(&sample).len(), 1, "it stays analysed");
    let ended = follow(&lab, job.0);
    assert_eq!(ended.last().unwrap()["state"], "done");
    let subject = sha256.to_string();
    let analysis = server.wait(store.job_about(ANALYZE_SAMPLE, &subject)).unwrap().unwrap();
    assert_eq!(follow(&lab, analysis.id.0).last().unwrap()["state"], "done");
    let again = lab.get(&format!("{sample}/report")).expect(200).json();
    assert_eq!(again, report, "the new report is read now");
}
