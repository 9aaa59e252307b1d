//! An analyser that has been taken over: whatever it tries from inside the sandbox fails with its
//! reason told, and the server goes on.
//!
//! One program with two faces, so without the usual harness. Called as `analyze-child` it is the
//! hostile analyser: it enters the very sandbox of the real one, reads the "sample" and does what it
//! says ([`attempts`]). Called otherwise it runs the tests, with itself as the child.

mod attempts;
mod cases;
#[path = "../exchange/rig.rs"]
#[allow(dead_code, reason = "the other tests use more of it")]
mod rig;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use clap::Parser;
use unwatched_exchange::analysis_child::ChildArgs;

/// The child, as the exchange calls it.
#[derive(Parser)]
enum Child {
    AnalyzeChild(ChildArgs),
}

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("analyze-child") {
        return child();
    }
    let asked: Vec<_> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let mut failed = 0;
    for (name, case) in cases::ALL {
        if !asked.is_empty() && !asked.iter().any(|word| name.contains(word)) {
            continue;
        }
        let ended = catch_unwind(AssertUnwindSafe(case));
        println!("test {name} ... {}", if ended.is_ok() { "ok" } else { "FAILED" });
        failed += usize::from(ended.is_err());
    }
    ExitCode::from(u8::from(failed > 0))
}

fn child() -> ExitCode {
    let Child::AnalyzeChild(child) = Child::parse();
    let outside = attempts::Outside::look();
    match child.run_with(|_, given| attempts::attempt(&outside, &given.bytes)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
