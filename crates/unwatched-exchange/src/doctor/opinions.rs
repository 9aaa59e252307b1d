//! Every opinion, compared with the digest that the audit log kept when it was given.

use std::collections::HashMap;

use serde_json::Value;
use unwatched_model::verdict::opinions_sha256;

use super::{Check, Exam};

const WHAT_NOW: &str = "find out who changed the database, and restore the opinion from a backup";

pub(super) async fn check(exam: &Exam<'_>) -> Check {
    let mut check = Check::new("opinions");
    let store = &exam.state.store;
    let (kept, lines) = match (store.kept_opinions().await, store.opinion_lines().await) {
        (Ok(kept), Ok(lines)) => (kept, lines),
        (Err(error), _) | (_, Err(error)) => {
            check.found(format!("the opinions do not read: {error}"), "opinions", WHAT_NOW);
            return check;
        }
    };
    check.looked_at = format!("{} opinions", kept.len());
    let mut told: HashMap<String, String> = lines
        .into_iter()
        .filter_map(|(id, detail)| {
            let detail: Value = serde_json::from_str(&detail).ok()?;
            Some((id, detail["sha256"].as_str()?.to_owned()))
        })
        .collect();
    for kept in &kept {
        let place = format!("opinion {}", kept.id);
        let told = told.remove(&kept.id);
        let opinion = match &kept.opinion {
            Ok(opinion) => opinion,
            Err(why) => {
                check.found(format!("it does not read: {why}"), place, WHAT_NOW);
                continue;
            }
        };
        for column in &kept.rewritten {
            check.found(format!("{column} is not as it was written"), place.clone(), WHAT_NOW);
        }
        match told {
            None => check.found("the audit log has no line for it", place, WHAT_NOW),
            Some(told) if told != opinions_sha256([opinion]).to_string() => {
                check.found("it is not what was given: its digest is another", place, WHAT_NOW);
            }
            Some(_) => {}
        }
    }
    let mut gone: Vec<_> = told.into_keys().collect();
    gone.sort_unstable();
    for id in gone {
        check.found("it was given and is gone", format!("opinion {id}"), WHAT_NOW);
    }
    check
}
