//! `cargo xtask evade --seed N --budget N`: looks for variants of a watcher that keep at least
//! three groups of abilities and of which a check says nothing, and prints the cheapest.
//!
//! The committed frontier (`xtask/src/evade/frontier.json`) holds, for every number of abilities
//! kept, the cheapest variant known to pass. CI fails when a cheaper one is found. A variant is a
//! record of features; nothing is built.

mod judged;
mod variant;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use unwatched_fixtures::Random;

use crate::house;
use judged::{TARGETS, Target};
use variant::{ABILITIES, Variant};

/// How long to look.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Where chance begins
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many variants are tried on each phone
    #[arg(long, default_value_t = 5_000)]
    budget: usize,
    /// Write what was found as the new frontier
    #[arg(long)]
    record: bool,
}

/// A variant that passes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Passing {
    /// How many abilities it keeps.
    abilities: usize,
    cost: u32,
    variant: Variant,
}

/// By phone, the cheapest for every number of abilities, fewest first.
type Frontier = BTreeMap<String, Vec<Passing>>;

/// The seed and the budget of CI.
const GUARD: (u64, usize) = (1, 5_000);

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let committed = read()?;
    let mut found = Frontier::new();
    for target in TARGETS {
        let known = committed.get(target.name).map(Vec::as_slice).unwrap_or_default();
        let passing = search(target, known, arguments.seed, arguments.budget);
        print(target, &passing, arguments.budget);
        found.insert(target.name.to_owned(), passing);
    }
    if arguments.record {
        let text = serde_json::to_string_pretty(&found)? + "\n";
        return fs::write(path(), text).context("the frontier cannot be written");
    }
    compare(&committed, &found)
}

/// What CI does: nothing cheaper than the committed frontier, and every variant on it as it says.
pub(crate) fn guard() -> Result<()> {
    let (seed, budget) = GUARD;
    run(&Arguments { seed, budget, record: false })
}

fn path() -> PathBuf {
    house::root().join("xtask/src/evade/frontier.json")
}

fn read() -> Result<Frontier> {
    let text = fs::read_to_string(path()).context("the committed frontier cannot be read")?;
    serde_json::from_str(&text).context("the committed frontier is not what --record writes")
}

/// Chance, and changes to what passes already: half of the tries each.
fn search(target: Target, known: &[Passing], seed: u64, budget: usize) -> Vec<Passing> {
    let mut random = Random::new(seed);
    let mut best: BTreeMap<usize, Passing> = BTreeMap::new();
    let mut tries = known.iter().map(|passing| passing.variant.clone());
    for _ in 0..budget {
        let variant = match (tries.next(), best.len()) {
            (Some(known), _) => known,
            (None, 0) => Variant::by_chance(&mut random),
            (None, count) if random.below(2) == 0 => {
                let at = random.below(count);
                let from = best.values().nth(at).expect("one of as many as there are");
                from.variant.changed(&mut random)
            }
            (None, _) => Variant::by_chance(&mut random),
        };
        let (abilities, cost) = (variant.abilities(), variant.cost());
        // What keeps as many abilities for less is known already.
        let beaten = best.range(abilities..).any(|(_, known)| known.cost <= cost);
        if !beaten && target.misses(&variant) {
            best.retain(|kept, known| *kept > abilities || known.cost < cost);
            best.insert(abilities, Passing { abilities, cost, variant });
        }
    }
    best.into_values().collect()
}

fn print(target: Target, passing: &[Passing], budget: usize) {
    println!("{}: {budget} variants with at least 3 of {ABILITIES} abilities", target.name);
    if passing.is_empty() {
        println!("  none passes unsaid");
    }
    for Passing { abilities, cost, variant } in passing {
        println!("  cost {cost:>2}, {abilities} abilities: {variant}");
    }
}

fn compare(committed: &Frontier, found: &Frontier) -> Result<()> {
    for (target, passing) in found {
        let known = committed.get(target).map(Vec::as_slice).unwrap_or_default();
        for new in passing {
            let as_cheap = |old: &Passing| old.abilities >= new.abilities && old.cost <= new.cost;
            if !known.iter().any(as_cheap) {
                bail!(
                    "on {target} a variant with {} abilities passes unsaid for {}, less than the frontier says: {}",
                    new.abilities,
                    new.cost,
                    new.variant
                );
            }
        }
        if let Some(gone) = known.iter().find(|old| !passing.contains(old)) {
            bail!(
                "on {target} the variant of cost {} no longer passes, which is good: write the frontier anew with `cargo xtask evade --record`",
                gone.cost
            );
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_frontier_holds_what_it_says() {
        for (target, passing) in read().unwrap() {
            assert!(TARGETS.iter().any(|known| known.name == target), "{target}");
            for Passing { abilities, cost, variant } in passing {
                assert_eq!((variant.abilities(), variant.cost()), (abilities, cost), "{variant}");
                assert!(abilities >= 3);
            }
        }
    }

    #[test]
    fn an_ordinary_watcher_does_not_pass() {
        let mut random = Random::new(3);
        let mut seen = 0;
        for _ in 0..40 {
            let variant = Variant::by_chance(&mut random);
            seen += TARGETS.iter().filter(|target| !target.misses(&variant)).count();
        }
        assert!(seen > 70, "of 80 tries {seen} were seen");
    }
}
