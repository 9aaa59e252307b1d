//! The command line: one file per command. Data goes to stdout, talk to stderr.

pub mod admin;
pub mod analyze;
pub mod audit;
pub mod backup;
pub mod conflict;
mod demo_fill;
pub mod doctor;
pub mod exit;
pub mod export;
pub mod import;
mod jobs;
pub mod restore;
pub mod serve;
pub mod sign;
pub mod verdict;
pub mod worker;

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};

use crate::analysis_child::ChildArgs;
use crate::clock::{Clock, Randomness};
use crate::config::Config;
use crate::refusal::refused;
use crate::sandbox::CheckArgs;
use crate::state::{AppState, DataFolder};

/// The samples exchange: partners' server and analyst's tool.
#[derive(Debug, Parser)]
#[command(name = "unwatched-exchange", version, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    place: Place,
    #[command(subcommand)]
    command: Command,
}

/// What every command that touches the store needs to know.
#[derive(Debug, Clone, Args)]
pub struct Place {
    /// The data folder: database, samples, keys [default: unwatched-data]
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// The configuration file
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Serve),
    Worker(worker::Worker),
    Admin(admin::Admin),
    Import(import::Import),
    Export(export::Export),
    Analyze(analyze::Analyze),
    Audit(audit::Audit),
    Doctor(doctor::Doctor),
    Backup(backup::Backup),
    Restore(restore::Restore),
    Sign(sign::Sign),
    Verdict(verdict::VerdictCommand),
    /// One analysis in a process of its own; started by the others
    #[command(hide = true)]
    AnalyzeChild(ChildArgs),
    /// One try from inside the sandbox of an analysis; started by `doctor`
    #[command(hide = true)]
    SandboxCheck(CheckArgs),
}

impl Cli {
    /// Does what was asked.
    pub fn run(self) -> anyhow::Result<()> {
        let Self { place, command } = self;
        match command {
            Command::Serve(serve) => with_runtime(serve.run(&place)),
            Command::Worker(worker) => with_runtime(worker.run(&place)),
            Command::Admin(admin) => with_runtime(admin.run(&place)),
            Command::Import(import) => with_runtime(import.run(&place)),
            Command::Export(export) => with_runtime(export.run(&place)),
            Command::Analyze(analyze) => with_runtime(analyze.run(&place)),
            Command::Audit(audit) => with_runtime(audit.run(&place)),
            Command::Doctor(doctor) => with_runtime(doctor.run(&place)),
            Command::Backup(backup) => with_runtime(backup.run(&place)),
            Command::Restore(restore) => with_runtime(restore.run(&place)),
            Command::Sign(sign) => sign.run(),
            Command::Verdict(verdict) => verdict.run(),
            // Without a thread beside it: the child limits itself, and threads take address space.
            Command::AnalyzeChild(child) => child.run(),
            Command::SandboxCheck(check) => check.run(),
        }
    }
}

fn with_runtime(command: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    tokio::runtime::Runtime::new().context("start")?.block_on(command)
}

const DEFAULT_DATA: &str = "unwatched-data";

impl Place {
    fn config(&self) -> anyhow::Result<Config> {
        Config::load(self.config.as_deref()).context("read the configuration")
    }

    fn data(&self) -> anyhow::Result<DataFolder> {
        DataFolder::at(self.data.as_deref().unwrap_or(DEFAULT_DATA.as_ref()))
    }

    /// The state of a command that creates what is absent.
    async fn open(&self) -> anyhow::Result<AppState> {
        self.open_with(self.config()?).await
    }

    async fn open_with(&self, config: Config) -> anyhow::Result<AppState> {
        AppState::open(config, self.data()?, Clock::system(), Randomness::system()).await
    }

    /// The state of a command that only reads: a misspelt folder is not created.
    async fn open_existing(&self) -> anyhow::Result<AppState> {
        self.require_data()?;
        self.open().await
    }

    fn require_data(&self) -> anyhow::Result<()> {
        let data = self.data()?;
        if !data.path().is_dir() {
            return Err(refused(format!(
                "no data folder {}: give the right one with --data, or create it with `import` or `admin`",
                data.path().display()
            )));
        }
        Ok(())
    }
}
