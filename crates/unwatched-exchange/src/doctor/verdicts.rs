//! Every verdict ever saved, computed again from the opinions it names by the rule it names.

use std::collections::HashMap;

use unwatched_model::consensus;
use unwatched_model::opinion::{Opinion, OpinionId};
use unwatched_model::verdict::Verdict;
use unwatched_store::KeptVerdict;

use super::{Check, Exam};

const PAGE: u32 = 2_000;
const WHAT_NOW: &str = "find out who changed the database, and restore a backup";

pub(super) async fn check(exam: &Exam<'_>) -> Check {
    let mut check = Check::new("verdicts");
    let store = &exam.state.store;
    let opinions = match store.kept_opinions().await {
        Ok(kept) => kept.into_iter().filter_map(|kept| kept.opinion.ok()),
        Err(error) => {
            check.could_not(format!("the opinions do not read: {error}"));
            return check;
        }
    };
    let opinions: HashMap<OpinionId, Opinion> =
        opinions.map(|opinion| (opinion.id, opinion)).collect();
    let (mut after, mut count) = (0, 0usize);
    loop {
        let kept = match store.kept_verdicts(after, PAGE).await {
            Ok(kept) => kept,
            Err(error) => {
                check.found(format!("the verdicts do not read: {error}"), "verdicts", WHAT_NOW);
                break;
            }
        };
        let Some(last) = kept.last() else { break };
        after = last.id;
        for kept in &kept {
            count += 1;
            if let Err(why) = recomputed(kept, &opinions) {
                let place = format!("verdict {} on {}", kept.id, kept.family);
                check.found(why, place, WHAT_NOW);
            }
        }
    }
    check.looked_at = format!("{count} verdicts computed again");
    check
}

fn recomputed(kept: &KeptVerdict, opinions: &HashMap<OpinionId, Opinion>) -> Result<(), String> {
    let verdict: Verdict = serde_json::from_str(&kept.verdict)
        .map_err(|error| format!("it does not read: {error}"))?;
    let written = serde_json::to_string(&verdict).map_err(|error| error.to_string())?;
    if written != kept.verdict || verdict.family.as_str() != kept.family {
        return Err("it is not as it was written".to_owned());
    }
    let named: Option<Vec<_>> =
        verdict.opinions.iter().map(|id| opinions.get(id).cloned()).collect();
    let named = named.ok_or("an opinion that it names is gone or does not read")?;
    let again = consensus::recompute(&verdict, &named).ok_or_else(|| {
        format!("this program does not know its rule, version {}", verdict.rule_version)
    })?;
    if again != verdict {
        return Err(format!(
            "the opinions it names make another verdict: {} and not {}",
            again.class, verdict.class
        ));
    }
    Ok(())
}
