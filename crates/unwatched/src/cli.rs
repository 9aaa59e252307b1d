//! What can be typed: `unwatched check`, `plan`, `update`, `doctor`, and their options.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use unwatched_device::facts::Window;

/// Checks a phone's evidence for stalkerware. Nothing leaves this computer.
///
/// Talk away from the phone first: it may be listening, and it may show where it is.
#[derive(Debug, Parser)]
#[command(name = "unwatched", version, max_term_width = 100)]
pub struct Arguments {
    /// Where the indicators and the pinned key are kept
    ///
    /// Without it: the folder `unwatched-data` beside the program, if somebody made one there, as on
    /// a stick; else XDG_DATA_HOME/unwatched, or ~/.local/share/unwatched; on Windows
    /// %LOCALAPPDATA%\unwatched.
    #[arg(long, global = true, env = "UNWATCHED_HOME", value_name = "DIR", hide_env_values = true)]
    pub home: Option<PathBuf>,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Look at a phone's evidence and say what stands out
    ///
    /// The evidence is a bugreport (the ZIP, or the text in it), a folder or archive made by
    /// AndroidQF, an Android backup (.ab), what dumpsys and the like printed, or an app's file;
    /// which of them it is, is seen by itself. It is only read, never changed. The exit code is 0
    /// when the check ran, whatever it found.
    Check(Check),
    /// Say what can be done, who would notice it and how soon
    ///
    /// The choices stand side by side: leave it, limit what it sees, a new phone beside the old one,
    /// remove, reset. It is locked behind questions that are answered with an advocate, on this
    /// terminal and each time anew. Nothing on the phone is changed, or even reached: what it is made
    /// from is an acquisition, a case, or anything else that `check` reads.
    ///
    /// What the person who installed the app may notice: nothing of this command itself happens on
    /// the phone; what each action would tell them is what it says.
    Plan(Plan),
    /// Install a release of indicators from a file
    ///
    /// Download the file `bundle` of a release with a browser. It is installed only when as many
    /// have signed it as must, with keys that this computer knows or that those have signed, when it
    /// is unchanged, stands in the exchange's public log, is newer than what is installed, and
    /// neither expired nor held back. A release that is refused changes nothing.
    Update(Update),
    /// Say what is installed, how old it is, and what is missing
    Doctor,
}

/// What `check` can be told.
#[derive(Debug, Args)]
pub struct Check {
    /// A bugreport, an AndroidQF folder or archive, a backup, or the output of commands
    pub path: PathBuf,
    /// An earlier acquisition of the same phone: say what differs between the two
    #[arg(long, value_name = "EARLIER")]
    pub compare: Option<PathBuf>,
    /// The days on which somebody else could have had the phone, the first and the last
    ///
    /// Apps that were installed then are told apart from the others.
    #[arg(long, value_name = "FROM..TO")]
    pub window: Option<Window>,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
    /// Write a report to print as well
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Replace the report when it is already there
    #[arg(long, requires = "html")]
    pub force: bool,
    /// Use the indicators of this release without installing it
    #[arg(long, value_name = "BUNDLE")]
    pub indicators: Option<PathBuf>,
    /// The public key that this release must be signed with; without it, the pinned one
    #[arg(long, value_name = "FILE", requires = "indicators")]
    pub key: Option<PathBuf>,
    /// What opens it where it is encrypted
    #[command(flatten)]
    pub opens: Opens,
}

/// What opens evidence that is encrypted.
#[derive(Debug, Args)]
pub struct Opens {
    /// The key that the evidence was encrypted to with age, as age-keygen wrote it
    #[arg(long, value_name = "FILE")]
    pub age_key: Option<PathBuf>,
    /// A file whose first line is the passphrase of a backup, or of a file of age
    ///
    /// Without it: the variable UNWATCHED_PASSPHRASE. A passphrase is never typed as an option:
    /// the shell would keep it.
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
}

/// What `plan` can be told.
#[derive(Debug, Args)]
pub struct Plan {
    /// A case, a bugreport, an AndroidQF folder or archive, a backup, the output of commands, or an
    /// app's file
    pub path: PathBuf,
    /// Show what each action would tell, and no plan: asks nothing, and needs no phone
    #[arg(long)]
    pub simulate: bool,
    /// Print it as JSON
    #[arg(long)]
    pub json: bool,
    /// Use the indicators of this release without installing it
    #[arg(long, value_name = "BUNDLE")]
    pub indicators: Option<PathBuf>,
    /// The public key that this release must be signed with; without it, the pinned one
    #[arg(long, value_name = "FILE", requires = "indicators")]
    pub key: Option<PathBuf>,
    /// What opens it where it is encrypted
    #[command(flatten)]
    pub opens: Opens,
}

/// What `update` can be told.
#[derive(Debug, Args)]
pub struct Update {
    /// The release: the file `bundle`
    pub file: PathBuf,
    /// Whose releases these are (`key.pub`); needed the first time, and remembered
    ///
    /// When the exchange changes its keys, this computer follows without it.
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,
}
