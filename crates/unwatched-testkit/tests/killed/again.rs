//! A new engine has everything analysed again, and is killed over and over in the middle of it.

use std::collections::BTreeSet;

use rand::RngExt as _;
use rand::rngs::StdRng;
use unwatched_testkit::exchange::Operator;
use unwatched_testkit::patience::until_none;

use crate::afterwards;
use crate::database::Database;
use crate::deeds::UPLOADS;

const KILLS: usize = 6;
const NEW_REPORTS: &str = "SELECT sample FROM reports WHERE engine <> 'the engine before'";

pub(crate) fn killed_while_everything_is_analysed_again(
    operator: &Operator,
    database: &Database,
    random: &mut StdRng,
) {
    // As if all that is there were another version's: its reports, and that it was seen here.
    database.rows("UPDATE reports SET engine = 'the engine before'");
    database.rows("UPDATE jobs SET subject = 'the engine before' WHERE kind = 'reanalyze'");
    let mut in_the_middle = 0;
    for kill in 0..KILLS {
        let step = UPLOADS / (KILLS + 1);
        let wanted = kill * step + random.random_range(1..step);
        let server = operator.serve();
        let worker = operator.work();
        let missing = || (database.rows(NEW_REPORTS).len() < wanted).then_some(wanted);
        let missing = until_none(|| missing().into_iter().collect());
        assert!(missing.is_empty(), "nothing goes on after {kill} kills");
        server.kill();
        drop(worker);
        let done = database.rows(NEW_REPORTS).len();
        in_the_middle += usize::from((1..UPLOADS).contains(&done));
    }
    assert!(in_the_middle > 2, "killed in the middle {in_the_middle} times only");

    let _server = operator.serve();
    let _workers = [operator.work(), operator.work()];
    afterwards::no_job_is_stuck(database);
    let again = database.rows(NEW_REPORTS);
    assert_eq!(again.len(), UPLOADS, "every sample has its new report");
    assert_eq!(again.into_iter().collect::<BTreeSet<_>>().len(), UPLOADS, "and one only");
    let jobs = database.rows("SELECT subject FROM jobs WHERE kind = 'analyze_sample'");
    assert_eq!(jobs.len(), 2 * UPLOADS, "one analysis by the engine before, and one by the new");
    let other = "SELECT sha256 FROM samples WHERE state <> 'analysed'";
    assert!(database.rows(other).is_empty(), "every sample is still analysed");
    let asked = database.rows("SELECT subject FROM jobs WHERE kind = 'reanalyze'");
    assert_eq!(asked.len(), 2, "it was asked for once: {asked:?}");
    eprintln!("killed {in_the_middle} times while everything was analysed again");
}
