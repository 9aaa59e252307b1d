//! What can be typed: `unwatched acquire`, `check`, `plan`, `update`, `doctor`, and their options.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use unwatched_acquire::live::commands::Serial;
use unwatched_acquire::sealed::Role;
use unwatched_device::facts::Window;

/// Checks a phone's evidence for stalkerware. Nothing leaves this computer.
///
/// Talk away from the phone first: it may be listening, and it may show where it is.
#[derive(Debug, Parser)]
#[command(name = "unwatched", bin_name = "unwatched", version, max_term_width = 100)]
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
    /// Read a connected phone into a new case
    ///
    /// Before anything is connected it asks, away from the phone: whose phone this is and who agreed;
    /// where it is, and whether that place may be known; who may be listening; and whether it is
    /// agreed that a connected computer can be noticed. There is no other way to the phone.
    ///
    /// What it does to the phone: it reads, by a closed list of questions (docs/reference/live.md),
    /// each noted in the case before it is sent. Nothing is written, installed, started, stopped or
    /// switched. The files of apps that stand out are copied and compared with what the phone says of
    /// them. What comes is encrypted as it is written; names of apps stand in no file's name.
    ///
    /// What the person who installed an app may notice: a phone with debugging on shows a notice while
    /// a computer is connected, the question whether to allow it stands on the screen, and apps that
    /// read notices, settings or the screen can pass that on. Assume that they are told at once.
    ///
    /// It uses the adb server that runs on this computer, or else a connection of its own over the
    /// cable. It starts no server and leaves no key. Pulled out, the cable leaves a case that can be
    /// read as far as it goes.
    Acquire(Acquire),
    /// Look at a phone's evidence and say what stands out
    ///
    /// The evidence is a case (the folder that acquire wrote), a bugreport (the ZIP, or the text in it),
    /// a folder or archive made by
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
    /// Do what the plan says, step by step, on the phone that a case was made of
    ///
    /// Locked behind the same questions as the plan, asked each time anew. Each step is told with who
    /// would notice it, done only when you say so, noted in the case before and after, and verified
    /// by asking the phone again; anything unexpected stops it. What cannot be done by cable is told
    /// in words, and verified all the same. Killed at any moment, the next start says how things
    /// stand. It never asks for full rights over the phone.
    ///
    /// What the person who installed the app may notice: assume that each step tells them at once;
    /// what is known of it is said before it is done. Ctrl-C stops: the phone is left as it is.
    Remove(Remove),
    /// Look at the phone again, say what differs, and put it back as it was found
    ///
    /// It removes nothing: it puts switches back as they were found, has what this computer may still
    /// do taken back, switches debugging off where the person chooses so, and verifies each by asking
    /// again. Last, the case's key is kept or destroyed.
    ///
    /// What the person who installed the app may notice: the second look, as the first; and that
    /// debugging is off, where they used it.
    Close(Close),
    /// Seal a case into one file that can be checked later, on any machine
    ///
    /// A sealed package holds what the phone answered, what was asked of it and when, what was
    /// observed and what was made of it, with the indicators of that day. It is encrypted to a
    /// passphrase or key of the survivor's, signed, and notices every changed byte.
    #[command(subcommand)]
    Evidence(Evidence),
    /// Keep counts only, and destroy a case
    ///
    /// What a helper's organisation stores, it can be made to hand over. This adds to the numbers of
    /// the quarter how strong the strongest finding of each kind was, and destroys the case: its key,
    /// then its files. No app, no day and no case stand in the numbers (tallies.json in the folder
    /// that `doctor` names).
    LeaveNothing(LeaveNothing),
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

/// What `acquire` can be told.
#[derive(Debug, Args)]
pub struct Acquire {
    /// The folder of the case, which must not be there yet or be empty
    ///
    /// Without it: case-1, case-2 and so on in this folder. Where it is a case already, of the same
    /// phone, it gets another acquisition, and `check` can say what differs.
    #[arg(long, value_name = "CASE")]
    pub out: Option<PathBuf>,
    /// How the phone is reached
    #[command(flatten)]
    pub reach: Reach,
    /// Leave the files of apps on the phone
    #[arg(long)]
    pub no_app_files: bool,
    /// The safety questions were asked already, and each was answered with yes
    ///
    /// For where there is no terminal. (1) Is this the phone of the person beside you, who agrees, with
    /// nobody near who should not know? (2) Is it where it usually is at this hour, or may the place
    /// be known? (3) Is it talked about out of earshot of the phone? (4) Is it agreed that a connected
    /// computer and debugging can be noticed, and that not to check now is a choice, too?
    #[arg(long)]
    pub safety_questions_answered: bool,
    /// A file whose first line is the passphrase for the case
    ///
    /// Without it: the variable UNWATCHED_PASSPHRASE, or it is typed unseen.
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
    /// Choose by the indicators of this release which apps stand out, without installing it
    #[arg(long, value_name = "BUNDLE")]
    pub indicators: Option<PathBuf>,
    /// The public key that this release must be signed with; without it, the pinned one
    #[arg(long, value_name = "FILE", requires = "indicators")]
    pub key: Option<PathBuf>,
}

/// How a phone is reached.
#[derive(Debug, Args)]
pub struct Reach {
    /// Which phone, where several are connected
    #[arg(long, value_name = "SERIAL", conflicts_with = "address")]
    pub serial: Option<Serial>,
    /// The phone's own address in a network nearby, for a connection without a cable
    ///
    /// Only an address such as 192.168.1.7:5555, never a name. A network shows its own name and
    /// address to the phone: do not use a shelter's.
    #[arg(long, value_name = "IP:PORT")]
    pub address: Option<SocketAddr>,
    /// The port of the adb server on this computer; without it ANDROID_ADB_SERVER_PORT, or 5037
    #[arg(long, value_name = "PORT")]
    pub adb_port: Option<u16>,
}

/// What `check` can be told.
#[derive(Debug, Args)]
pub struct Check {
    /// A case, a bugreport, an AndroidQF folder or archive, a backup, or the output of commands
    ///
    /// Of a case that holds several acquisitions the newest is read; CASE/1 names the first.
    pub path: PathBuf,
    /// An earlier acquisition of the same phone: say what differs between the two
    ///
    /// The same case once more stands for the acquisition before the newest, as after a re-check.
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
    /// A file whose first line is the passphrase of a case, of a backup, or of a file of age
    ///
    /// Without it: the variable UNWATCHED_PASSPHRASE, or it is asked for at the terminal. A passphrase is never typed as an option:
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
    /// Plan for this app, among those that the check names; more than once for several
    ///
    /// Without it: those that stand out enough, and not those that are only worth a question.
    #[arg(long, value_name = "NAME")]
    pub app: Vec<String>,
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

/// What `remove` can be told.
#[derive(Debug, Args)]
pub struct Remove {
    /// The case: the folder that `acquire` wrote
    pub case: PathBuf,
    /// Show the steps in their order; nothing is sent to the phone, and nothing is written
    #[arg(long)]
    pub dry_run: bool,
    /// Take back what the apps may see, and leave them on the phone
    #[arg(long)]
    pub limit: bool,
    /// Take back what was done, the last step first, where that can be done by cable
    #[arg(long, conflicts_with_all = ["dry_run"])]
    pub undo: bool,
    /// Only this app, among those that the check names; more than once for several
    #[arg(long, value_name = "NAME")]
    pub app: Vec<String>,
    /// How the phone is reached
    #[command(flatten)]
    pub reach: Reach,
    /// Use the indicators of this release without installing it
    #[arg(long, value_name = "BUNDLE")]
    pub indicators: Option<PathBuf>,
    /// The public key that this release must be signed with; without it, the pinned one
    #[arg(long, value_name = "FILE", requires = "indicators")]
    pub key: Option<PathBuf>,
    /// A file whose first line is the case's passphrase
    ///
    /// Without it: the variable UNWATCHED_PASSPHRASE, or typed at the terminal.
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
}

/// Where debugging is at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DebuggingAtClose {
    /// On, as it was found: it may be evidence, or somebody's way in
    Keep,
    /// Off
    Off,
}

/// What happens to the case's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum KeyAtClose {
    /// The case can be read with its passphrase
    Keep,
    /// Nobody can read the case any more
    Destroy,
}

/// What `close` can be told.
#[derive(Debug, Args)]
pub struct Close {
    /// The case: the folder that `acquire` wrote
    pub case: PathBuf,
    /// Where USB debugging is at the end; without it, it is asked
    #[arg(long, value_enum, value_name = "WHAT")]
    pub debugging: Option<DebuggingAtClose>,
    /// What happens to the case's key; without it, it is asked
    #[arg(long, value_enum, value_name = "WHAT")]
    pub key_at_close: Option<KeyAtClose>,
    /// Do not look at the phone a second time
    #[arg(long)]
    pub no_check: bool,
    /// Close the case alone: the phone is not here
    #[arg(long)]
    pub without_phone: bool,
    /// How the phone is reached
    #[command(flatten)]
    pub reach: Reach,
    /// A file whose first line is the case's passphrase
    ///
    /// Without it: the variable UNWATCHED_PASSPHRASE, or typed at the terminal.
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
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

/// What can be done with a sealed package.
#[derive(Debug, Subcommand)]
pub enum Evidence {
    /// Make a package of a case
    ///
    /// The person whose phone it is chooses and types its passphrase, or names the public keys of age
    /// of those who may open it. Words are shown that tell this package from any other: they are
    /// written down by hand, apart from it.
    Seal(Seal),
    /// Say whether a package is as it was sealed, and what it holds
    ///
    /// All of it is read. What was changed is said with its place, and the exit code is 10 then.
    Verify(Verify),
    /// Take a package apart into a folder, for somebody who examines it
    ///
    /// Each file is encrypted again, to a new passphrase.
    Open(OpenPackage),
    /// Make the findings once more from the sealed facts, and compare them to the byte
    ///
    /// With --indicators, what the phone answered is read again with a newer release: the choice of
    /// the person whose phone it was, for it may name what was not known then.
    Replay(Replay),
    /// Say who had a package, or add to it
    Custody(Custody),
}

/// Who, by role: a package holds no names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ByRole {
    /// Whose phone it is
    Survivor,
    /// Who checked it
    Helper,
    /// An advocate
    Advocate,
    /// A lawyer
    Lawyer,
    /// The police
    Police,
    /// A court
    Court,
    /// Somebody who examines it
    Expert,
}

impl From<ByRole> for Role {
    fn from(by: ByRole) -> Self {
        match by {
            ByRole::Survivor => Self::Survivor,
            ByRole::Helper => Self::Helper,
            ByRole::Advocate => Self::Advocate,
            ByRole::Lawyer => Self::Lawyer,
            ByRole::Police => Self::Police,
            ByRole::Court => Self::Court,
            ByRole::Expert => Self::Expert,
        }
    }
}

/// What `evidence seal` can be told.
#[derive(Debug, Args)]
pub struct Seal {
    /// The case: the folder that `acquire` wrote
    pub case: PathBuf,
    /// The file to write, which must not be there yet
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// A file whose first line is the package's new passphrase; without it, it is typed twice
    #[arg(long, value_name = "FILE", conflicts_with = "recipient")]
    pub new_passphrase_file: Option<PathBuf>,
    /// A public key of age that opens the package, instead of a passphrase; more than once for several
    #[arg(long, value_name = "AGE1...")]
    pub recipient: Vec<String>,
    /// Who seals it, for the first custody entry
    #[arg(long, value_enum, value_name = "ROLE", default_value = "helper")]
    pub by: ByRole,
    /// The days on which somebody else could have had the phone, the first and the last
    #[arg(long, value_name = "FROM..TO")]
    pub window: Option<Window>,
    /// Use the indicators of this release without installing it
    #[arg(long, value_name = "BUNDLE")]
    pub indicators: Option<PathBuf>,
    /// The public key that this release must be signed with; without it, the pinned one
    #[arg(long, value_name = "FILE", requires = "indicators")]
    pub key: Option<PathBuf>,
    /// A file whose first line is the case's passphrase
    ///
    /// Without it: the variable UNWATCHED_PASSPHRASE, or typed at the terminal.
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
}

/// What `evidence verify` can be told.
#[derive(Debug, Args)]
pub struct Verify {
    /// The package
    pub file: PathBuf,
    /// What opens it
    #[command(flatten)]
    pub opens: Opens,
}

/// What `evidence open` can be told.
#[derive(Debug, Args)]
pub struct OpenPackage {
    /// The package
    pub file: PathBuf,
    /// The folder, which must not be there yet or be empty
    pub folder: PathBuf,
    /// Write the files as they are, for this reason, which is kept beside them
    ///
    /// Whoever reaches the disk can then read what the phone answered.
    #[arg(long, value_name = "WHY", conflicts_with = "new_passphrase_file")]
    pub plain: Option<String>,
    /// A file whose first line is the folder's new passphrase; without it, it is typed twice
    #[arg(long, value_name = "FILE")]
    pub new_passphrase_file: Option<PathBuf>,
    /// What opens the package
    #[command(flatten)]
    pub opens: Opens,
}

/// What `evidence replay` can be told.
#[derive(Debug, Args)]
pub struct Replay {
    /// The package
    pub file: PathBuf,
    /// Read what the phone answered again with the indicators of this release
    #[arg(long, value_name = "BUNDLE")]
    pub indicators: Option<PathBuf>,
    /// The public key that this release must be signed with; without it, the pinned one
    #[arg(long, value_name = "FILE", requires = "indicators")]
    pub key: Option<PathBuf>,
    /// Print the findings of the newest look as JSON
    #[arg(long)]
    pub json: bool,
    /// What opens the package
    #[command(flatten)]
    pub opens: Opens,
}

/// What `evidence custody` can be told.
#[derive(Debug, Args)]
pub struct Custody {
    /// The package
    pub file: PathBuf,
    /// Add an entry that says this: what was done with the package, in one line and without a name
    #[arg(long, value_name = "WHAT", requires = "by")]
    pub add: Option<String>,
    /// Who did it
    #[arg(long, value_enum, value_name = "ROLE", requires = "add")]
    pub by: Option<ByRole>,
    /// What opens the package
    #[command(flatten)]
    pub opens: Opens,
}

/// What `leave-nothing` can be told.
#[derive(Debug, Args)]
pub struct LeaveNothing {
    /// The case: the folder that `acquire` wrote
    pub case: PathBuf,
    /// Count nothing: the case is destroyed without being opened, and its passphrase is not needed
    #[arg(long)]
    pub without_counts: bool,
    /// Do not ask once more
    #[arg(long)]
    pub sure: bool,
    /// A file whose first line is the case's passphrase
    ///
    /// Without it: the variable UNWATCHED_PASSPHRASE, or typed at the terminal.
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
}
