//! `cargo xtask measure NAME`: release builds, measured as whole processes.
//!
//! A measurement prints a table and writes it, with its command and the machine, between the marks
//! of its name in `docs/benchmarks.md`. The date is an argument, as every date here is.

mod analysis;
mod checker;
pub(crate) mod cost;
mod exchange;
mod feed;
mod feeds;
mod live;
pub(crate) mod lookups;
mod release;
mod table;
mod the_loop;
mod windows;

use std::path::PathBuf;

use anyhow::{Result, bail};

use table::Table;

/// What to measure.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The measurement; without one, all are listed
    name: Option<String>,
    /// Today's date, noted beside the figures; without one, docs/benchmarks.md stays as it is
    #[arg(long, value_name = "YYYY-MM-DD")]
    date: Option<String>,
    /// For `exchange` and `feeds`: how many samples, or objects, the larger size has [default: 1000000]
    #[arg(long, value_name = "N")]
    samples: Option<usize>,
    /// For `exchange`: only the start, uploads, lookups and memory, which takes a minute
    #[arg(long)]
    without_pages: bool,
    /// For `exchange`: where the coalition of its pages is kept; made up there when there is none,
    /// and taken as it is when there is
    #[arg(long, value_name = "FOLDER")]
    coalition: Option<PathBuf>,
    /// For `feeds`: not the field's own servers, which are installed and take minutes
    #[arg(long)]
    without_peers: bool,
    /// Programs that were built already, release builds of this tree; without, they are built. For
    /// `windows`: `unwatched.exe` and `unwatched`
    #[arg(long, value_name = "FOLDER")]
    programs: Option<PathBuf>,
}

struct Measurement {
    name: &'static str,
    about: &'static str,
    run: fn(&Arguments) -> Result<Table>,
}

const MEASUREMENTS: &[Measurement] = &[
    Measurement {
        name: "loop",
        about: "import, release, the compiled set, the time until the demo answers",
        run: |_| the_loop::measure(),
    },
    Measurement {
        name: "checker",
        about: "the checker on a bugreport of 60 MB and on an AndroidQF folder, beside MVT",
        run: checker::measure,
    },
    Measurement {
        name: "analysis",
        about: "the analysis of real apps beside androguard and quark-engine, and of small ones",
        run: analysis::measure,
    },
    Measurement {
        name: "exchange",
        about: "uploads, lookups, memory, and every page with a large coalition",
        run: exchange::measure,
    },
    Measurement {
        name: "feeds",
        about: "the TAXII server: a page, a full copy, adding; OpenTAXII and medallion beside it",
        run: feeds::measure,
    },
    Measurement {
        name: "live",
        about: "a phone of 300 apps on a cable, acquired through an adb server and by our own connection",
        run: live::measure,
    },
    Measurement {
        name: "windows",
        about: "the checker for Windows under wine: its list, item by item, and its memory",
        run: windows::measure,
    },
];

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let Some(name) = &arguments.name else {
        for measurement in MEASUREMENTS {
            println!("{:<10}  {}", measurement.name, measurement.about);
        }
        return Ok(());
    };
    let Some(measurement) = MEASUREMENTS.iter().find(|known| known.name == name) else {
        bail!("no measurement {name:?}; `cargo xtask measure` lists them");
    };
    let table = (measurement.run)(arguments)?;
    print!("{}", table.text());
    if let Some(date) = &arguments.date {
        table.note(measurement.name, date)?;
    }
    Ok(())
}
