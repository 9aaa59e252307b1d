//! The command line: one file per command. Data goes to stdout, talk to stderr.

pub mod exit;
pub mod serve;

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};

use crate::clock::{Clock, Randomness};
use crate::config::Config;
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
    /// The data folder: database, samples, keys. Created where it is absent [default:
    /// unwatched-data]
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// The configuration file
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server
    Serve(serve::Serve),
}

impl Cli {
    /// Does what was asked.
    pub async fn run(self) -> anyhow::Result<()> {
        let Self { place, command } = self;
        match command {
            Command::Serve(serve) => serve.run(&place).await,
        }
    }
}

const DEFAULT_DATA: &str = "unwatched-data";

impl Place {
    fn config(&self) -> anyhow::Result<Config> {
        Config::load(self.config.as_deref()).context("read the configuration")
    }

    fn data(&self) -> anyhow::Result<DataFolder> {
        DataFolder::at(self.data.as_deref().unwrap_or(DEFAULT_DATA.as_ref()))
    }

    /// The state of a command that is no server.
    pub async fn open(&self) -> anyhow::Result<AppState> {
        AppState::open(self.config()?, self.data()?, Clock::system(), Randomness::system()).await
    }
}
