//! Pages while others add: over HTTP on both engines, with clients that stop and go on.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

/// Reads everything page by page, each page twice; `stop_after` pages it begins anew where it was.
fn read(
    taken: &Asker,
    limit: u32,
    seen: &mut BTreeMap<String, u32>,
    mut after: Option<String>,
) -> String {
    let mut next: Option<String> = None;
    let mut last = String::new();
    loop {
        let mut path = format!("{MAIN}objects/?limit={limit}");
        if let Some(after) = &after {
            path.push_str("&added_after=");
            path.push_str(after);
        }
        if let Some(next) = &next {
            path.push_str("&next=");
            path.push_str(next);
        }
        let page = taken.get(&path).expect(200);
        if next.is_some() {
            assert_eq!(page.ids(), taken.get(&path).expect(200).ids(), "one token, one page");
        }
        for id in page.ids() {
            *seen.entry(id).or_default() += 1;
        }
        last = page.header("x-taxii-date-added-last").map_or(last, str::to_owned);
        let envelope = page.json();
        if envelope["more"] != true {
            return last;
        }
        next = envelope["next"].as_str().map(str::to_owned);
        // Every other client goes by the moment alone.
        if limit.is_multiple_of(2) {
            (next, after) = (None, Some(last.clone()));
        }
    }
}

#[test]
fn everybody_gets_every_object_once_while_others_add() {
    for engine in Engine::here() {
        while_others_add(&Taken::on(&engine));
    }
}

fn while_others_add(taken: &Taken) {
    let all_added = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let adding: Vec<_> = (0..2_u32)
            .map(|who| {
                let taken: &Asker = taken;
                scope.spawn(move || {
                    for turn in 0..12 {
                        let batch: Vec<_> =
                            (0..3).map(|n| object(1_000 + who * 100 + turn * 3 + n, 1)).collect();
                        taken.add(MAIN, &batch);
                    }
                })
            })
            .collect();
        let reading: Vec<_> = [3_u32, 4]
            .into_iter()
            .map(|limit| {
                let (taken, all_added): (&Asker, _) = (taken, &all_added);
                scope.spawn(move || {
                    let mut seen = BTreeMap::new();
                    let mut last = read(taken, limit, &mut seen, None);
                    // Three, and 72 that come while it reads: once more after all of them came.
                    let mut is_over = false;
                    while !is_over {
                        is_over = all_added.load(Ordering::SeqCst);
                        last = read(taken, limit, &mut seen, Some(last));
                    }
                    seen
                })
            })
            .collect();
        for one in adding {
            one.join().unwrap();
        }
        all_added.store(true, Ordering::SeqCst);
        for one in reading {
            let seen = one.join().unwrap();
            assert_eq!(seen.len(), 75);
            assert!(seen.values().all(|times| *times == 1), "something came twice");
        }
    });
}
