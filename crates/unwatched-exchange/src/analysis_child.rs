//! Analysing a file in a process of its own, under limits: a hostile file may end that process,
//! never the server.
//!
//! Both sides stand here: [`Analyser`] starts the child and reads what it says; [`ChildArgs::run`]
//! is the child, the hidden command `analyze-child`. The child reads the file from its stdin, and
//! behind it the `.idsig` file where one lies beside it: a sample never lies plain on a disk for it.
//! What it may do is the business of [`crate::sandbox`], what a report says that of
//! `unwatched-analysis`.

use std::io::{BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use clap::Args;
use futures_util::TryStreamExt as _;
use serde::Serialize;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStdin, Command};
use unwatched_model::report::Report;
use unwatched_store::{Blob, BlobStream};

use crate::config;
use crate::sandbox::{self, Held, Limits};
use crate::state::MAX_SAMPLE_BYTES;

/// No report is longer.
const MAX_REPORT_BYTES: u64 = 64 << 20;
/// No `.idsig` file of an app that is analysed is longer; of one that is, so much is read, which is
/// not whole and told as that.
const MAX_IDSIG_BYTES: u64 = 16 << 20;
/// Of what the child says in trouble, this much is read.
const MAX_TALK_BYTES: u64 = 64 << 10;
/// So much of a file is in memory at once on its way to the child.
const PIECE_BYTES: usize = 64 << 10;
/// How long the child may take to be gone once its output has ended.
const END_LASTS: Duration = Duration::from_secs(10);

/// The hidden command `analyze-child`: one file on stdin, one report on stdout.
#[derive(Debug, Args)]
pub struct ChildArgs {
    /// The name for the report
    #[arg(long)]
    name: Option<String>,
    /// Address space
    #[arg(long)]
    memory_mib: u64,
    /// Processor time
    #[arg(long)]
    cpu_s: u64,
    /// The length of the file
    #[arg(long)]
    size_bytes: u64,
    /// The process that started this one, with which it ends
    #[arg(long)]
    started_by: Option<u32>,
    /// Whether nothing is read where the filter of system calls does not hold
    #[arg(long)]
    sandbox_required: bool,
    /// The length of the .idsig file that follows it
    #[arg(long)]
    idsig_bytes: Option<u64>,
}

/// What the child was given to read.
#[derive(Debug)]
pub struct Given {
    /// The file.
    pub bytes: Vec<u8>,
    /// The `.idsig` file beside it.
    pub idsig: Option<Vec<u8>>,
}

impl ChildArgs {
    /// Gives up what it does not need, reads stdin, writes the report.
    pub fn run(&self) -> anyhow::Result<()> {
        self.run_with(|name, given| {
            let limits = unwatched_analysis::Limits::default();
            let (bytes, idsig) = (&given.bytes, given.idsig.as_deref());
            Ok(unwatched_analysis::analyze_with_idsig(name, bytes, idsig, &limits))
        })
    }

    /// With something else in place of the analysis; tests of the sandbox put something hostile.
    pub fn run_with(
        &self,
        analyse: impl FnOnce(Option<&str>, &Given) -> anyhow::Result<Report>,
    ) -> anyhow::Result<()> {
        let limits = Limits { memory_mib: self.memory_mib, cpu_s: self.cpu_s };
        if let Some(parent) = self.started_by {
            sandbox::end_with_parent(parent).context("enter the sandbox")?;
        }
        let held = sandbox::enter(limits).context("enter the sandbox")?;
        // Before a byte of the file is read: nobody else has a say in it.
        say(&held).context("say what holds")?;
        if let Some(why) = held.lacks_filter().filter(|_| self.sandbox_required) {
            anyhow::bail!("the filter of system calls does not hold: {why}");
        }
        let given = self.read()?;
        let report = analyse(self.name.as_deref(), &given)?;
        say(&report).context("write the report")
    }
}

/// One line on stdout, in few pieces: whoever reads it is woken by each.
fn say(line: &impl Serialize) -> anyhow::Result<()> {
    let mut stdout = BufWriter::with_capacity(PIECE_BYTES, std::io::stdout().lock());
    serde_json::to_writer(&mut stdout, line)?;
    stdout.write_all(b"\n")?;
    Ok(stdout.flush()?)
}

impl ChildArgs {
    fn read(&self) -> anyhow::Result<Given> {
        let bytes = read_of(self.size_bytes, MAX_SAMPLE_BYTES).context("read the file")?;
        let idsig = self.idsig_bytes.map(|size_bytes| read_of(size_bytes, MAX_IDSIG_BYTES));
        Ok(Given { bytes, idsig: idsig.transpose().context("read the .idsig file")? })
    }
}

/// So many bytes of stdin, in memory that is asked for once: growing would take twice as much.
fn read_of(size_bytes: u64, most_bytes: u64) -> anyhow::Result<Vec<u8>> {
    let most = size_bytes.min(most_bytes);
    let mut bytes = Vec::with_capacity(usize::try_from(most)?);
    std::io::stdin().lock().take(most).read_to_end(&mut bytes)?;
    anyhow::ensure!(bytes.len() as u64 == size_bytes, "it ended before its length");
    Ok(bytes)
}

/// Starts children and reads their reports.
#[derive(Debug, Clone)]
pub struct Analyser {
    program: PathBuf,
    timeout: Duration,
    memory_mib: u64,
    sandbox_required: bool,
    /// Whether it was said what this machine's kernel lacks.
    has_told: Arc<AtomicBool>,
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum NoReport {
    /// The file is not one that an analysis takes.
    #[error("{0}")]
    NotTaken(String),
    /// The child hit a limit or broke down on this file: it would again.
    #[error("{0}")]
    Ended(String),
    /// The machine is in trouble, not the file.
    #[error("the analysis could not be started: {0:#}")]
    Machine(anyhow::Error),
}

// Not a source: the words hold the whole chain already.
impl From<anyhow::Error> for NoReport {
    fn from(error: anyhow::Error) -> Self {
        Self::Machine(error)
    }
}

impl Analyser {
    /// With this program as the child, under the configured limits.
    pub fn new(config: &config::Analysis) -> anyhow::Result<Self> {
        let program = std::env::current_exe().context("find this program")?;
        Ok(Self::of(program, config))
    }

    /// With another build of this program as the child.
    pub fn of(program: PathBuf, config: &config::Analysis) -> Self {
        let timeout = Duration::from_secs(config.timeout_s);
        let config::Analysis { memory_mib, sandbox_required, .. } = *config;
        Self { program, timeout, memory_mib, sandbox_required, has_told: Arc::default() }
    }

    /// How long one analysis may take.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Analyses a file of this machine, with the `.idsig` file that lies beside it.
    pub async fn analyse(&self, file: &Path, name: Option<&str>) -> Result<Report, NoReport> {
        if let Some(bytes) = piped(file).await? {
            return self.analyse_bytes(bytes, name).await;
        }
        check_file(file)?;
        let opened = Opened::of(file)?;
        let size_bytes = opened.before.0;
        let idsig = idsig_beside(file).map_err(|error| {
            NoReport::NotTaken(format!("has an .idsig file that cannot be read: {error}"))
        })?;
        let file = opened.file.try_clone().map_err(|error| not_read(&error))?;
        let ended = if let Some(idsig) = idsig {
            let idsig_bytes = Some(idsig.len() as u64);
            let child = self.command(size_bytes, idsig_bytes, name).stdin(Stdio::piped()).spawn();
            let mut child = child.context("start the child process")?;
            let stdin = child.stdin.take().context("write to the child process")?;
            self.follow(child, feed_both(stdin, file, size_bytes, idsig)).await
        } else {
            let child = self.command(size_bytes, None, name).stdin(file).spawn();
            self.follow(child.context("start the child process")?, async { Ok(()) }).await
        };
        opened.check_unchanged()?;
        ended
    }

    /// Analyses bytes that are in memory.
    async fn analyse_bytes(&self, bytes: Vec<u8>, name: Option<&str>) -> Result<Report, NoReport> {
        let child = self.command(bytes.len() as u64, None, name).stdin(Stdio::piped()).spawn();
        let mut child = child.context("start the child process")?;
        let mut stdin = child.stdin.take().context("write to the child process")?;
        let feeding = async move {
            // A child that reads no further has ended, and says why by itself.
            let _ = stdin.write_all(&bytes).await;
            Ok(())
        };
        self.follow(child, feeding).await
    }

    /// Analyses a sample's bytes as they come.
    pub async fn analyse_blob(&self, blob: Blob) -> Result<Report, NoReport> {
        check_size(blob.size_bytes)?;
        let child = self.command(blob.size_bytes, None, None).stdin(Stdio::piped()).spawn();
        let mut child = child.context("start the child process")?;
        let stdin = child.stdin.take().context("write to the child process")?;
        self.follow(child, feed(stdin, blob.bytes)).await
    }

    /// Feeds a child and reads what it says, until it ends.
    async fn follow(
        &self,
        mut child: Child,
        feeding: impl Future<Output = anyhow::Result<()>>,
    ) -> Result<Report, NoReport> {
        let stdout = child.stdout.take().context("read from the child process")?;
        let stderr = child.stderr.take().context("read from the child process")?;
        let talk = async {
            tokio::join!(feeding, all(stdout, MAX_REPORT_BYTES), all(stderr, MAX_TALK_BYTES))
        };
        let Ok((fed, said, talked)) = tokio::time::timeout(self.timeout, talk).await else {
            let _ = child.kill().await;
            let seconds = self.timeout.as_secs();
            return Err(NoReport::Ended(format!("the analysis took longer than {seconds} s")));
        };
        let Ok(status) = tokio::time::timeout(END_LASTS, child.wait()).await else {
            let _ = child.kill().await;
            return Err(NoReport::Ended("the analysis did not end".to_owned()));
        };
        let status = status.context("wait for the child process")?;
        fed.context("read the sample")?;
        let end = said.iter().position(|byte| *byte == b'\n').map_or(said.len(), |at| at + 1);
        let (first, said) = said.split_at(end);
        if let Ok(held) = serde_json::from_slice::<Held>(first) {
            self.judge(&held)?;
        }
        if !status.success() {
            return Err(NoReport::Ended(self.why(status, &String::from_utf8_lossy(&talked))));
        }
        serde_json::from_slice(said)
            .map_err(|_| NoReport::Ended("the analysis wrote no whole report".to_owned()))
    }

    /// Says once what the child was not held by, and whether that is too little.
    fn judge(&self, held: &Held) -> Result<(), NoReport> {
        if let Some(lacking) = held.lacking()
            && !self.has_told.swap(true, Ordering::Relaxed)
        {
            tracing::warn!(
                "what reads files on this machine is held by {lacking}; `doctor` says what to do"
            );
        }
        match held.lacks_filter().filter(|_| self.sandbox_required) {
            None => Ok(()),
            Some(why) => Err(NoReport::Machine(anyhow::anyhow!(
                "the filter of system calls does not hold here ({why}), and \
                 `analysis.sandbox_required` asks for it: see `doctor`"
            ))),
        }
    }

    fn command(&self, size_bytes: u64, idsig_bytes: Option<u64>, name: Option<&str>) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("analyze-child");
        command.arg("--memory-mib").arg(self.memory_mib.to_string());
        command.arg("--cpu-s").arg(self.timeout.as_secs().to_string());
        command.arg("--size-bytes").arg(size_bytes.to_string());
        command.arg("--started-by").arg(std::process::id().to_string());
        if self.sandbox_required {
            command.arg("--sandbox-required");
        }
        if let Some(idsig_bytes) = idsig_bytes {
            command.arg("--idsig-bytes").arg(idsig_bytes.to_string());
        }
        if let Some(name) = name {
            // One argument, so that no name is ever read as an option.
            command.arg(format!("--name={name}"));
        }
        // Nothing that the server was told in its environment is the child's business.
        command.env_clear();
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.kill_on_drop(true);
        command
    }

    fn why(&self, status: ExitStatus, talked: &str) -> String {
        use std::os::unix::process::ExitStatusExt as _;
        let is_out_of_memory = OUT_OF_MEMORY.iter().any(|words| talked.contains(words));
        match status.signal() {
            _ if is_out_of_memory => {
                format!("the analysis needed more than {} MiB of memory", self.memory_mib)
            }
            Some(libc::SIGSYS) => {
                "the analysis asked the system for what no analysis needs, and was ended for it: \
                 this file may attack its readers (signal 31)"
                    .to_owned()
            }
            Some(libc::SIGXCPU) => {
                let seconds = self.timeout.as_secs();
                format!("the analysis used more than {seconds} s of processor time")
            }
            Some(signal) => format!("the analysis broke down (signal {signal})"),
            None => {
                let last = talked.lines().rev().find(|line| !line.trim().is_empty());
                format!("the analysis broke down: {}", last.unwrap_or("it did not say why"))
            }
        }
    }
}

/// How the allocator, the standard library and the system say it.
const OUT_OF_MEMORY: [&str; 3] =
    ["memory allocation of", "out of memory", "Cannot allocate memory"];

/// Hands the bytes to the child. One that reads no further has ended, and says why by itself.
async fn feed(mut stdin: ChildStdin, mut bytes: BlobStream) -> anyhow::Result<()> {
    while let Some(piece) = bytes.try_next().await? {
        if stdin.write_all(&piece).await.is_err() {
            break;
        }
    }
    Ok(())
}

/// As [`feed`], with a file and what lies beside it.
async fn feed_both(
    mut stdin: ChildStdin,
    file: std::fs::File,
    size_bytes: u64,
    idsig: Vec<u8>,
) -> anyhow::Result<()> {
    let mut file = tokio::fs::File::from_std(file).take(size_bytes);
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        let length = file.read(&mut piece).await?;
        if length == 0 {
            break;
        }
        if stdin.write_all(&piece[..length]).await.is_err() {
            return Ok(());
        }
    }
    // What is lost here is missed by the child, which says so.
    let _ = stdin.write_all(&idsig).await;
    Ok(())
}

/// The file of signature scheme 4, where one lies beside an app by the name that it has there.
fn idsig_beside(file: &Path) -> std::io::Result<Option<Vec<u8>>> {
    let mut beside = file.as_os_str().to_owned();
    beside.push(".idsig");
    let beside = Path::new(&beside);
    match std::fs::metadata(beside) {
        Ok(metadata) if metadata.is_file() => {}
        Ok(_) => return Ok(None),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    }
    let mut idsig = Vec::new();
    std::fs::File::open(beside)?.take(MAX_IDSIG_BYTES).read_to_end(&mut idsig)?;
    Ok(Some(idsig))
}

/// Whether a file's name stands for what comes on stdin.
pub fn is_stdin(file: &Path) -> bool {
    file.as_os_str() == "-"
}

/// What comes through stdin or a pipe, whose length is told by its end; `None` for a file.
async fn piped(file: &Path) -> Result<Option<Vec<u8>>, NoReport> {
    use std::io::IsTerminal as _;
    use std::os::unix::fs::FileTypeExt as _;
    if is_stdin(file) {
        if std::io::stdin().is_terminal() {
            let why = "is a terminal: send a file there, as in `analyze - < FILE`";
            return Err(NoReport::NotTaken(why.to_owned()));
        }
        let all = tokio::task::spawn_blocking(|| {
            let mut bytes = Vec::new();
            std::io::stdin().lock().take(MAX_SAMPLE_BYTES + 1).read_to_end(&mut bytes)?;
            Ok(bytes)
        });
        let all = all.await.context("read stdin")?;
        return of_stream(all).map(Some);
    }
    let kind = std::fs::metadata(file).map_err(|error| not_read(&error))?.file_type();
    if !kind.is_fifo() {
        return Ok(None);
    }
    let pipe = tokio::net::unix::pipe::OpenOptions::new().open_receiver(file);
    let mut bytes = Vec::new();
    let read = pipe
        .map_err(|error| not_read(&error))?
        .take(MAX_SAMPLE_BYTES + 1)
        .read_to_end(&mut bytes)
        .await;
    of_stream(read.map(|_| bytes)).map(Some)
}

/// All that came, if it is no more than what is analysed.
fn of_stream(all: std::io::Result<Vec<u8>>) -> Result<Vec<u8>, NoReport> {
    let bytes = all.map_err(|error| not_read(&error))?;
    if bytes.is_empty() {
        return Err(NoReport::NotTaken("is a pipe through which nothing came".to_owned()));
    }
    if bytes.len() as u64 > MAX_SAMPLE_BYTES {
        let most = MAX_SAMPLE_BYTES >> 20;
        let why = format!("is longer than {most} MiB, and no more is analysed");
        return Err(NoReport::NotTaken(why));
    }
    Ok(bytes)
}

/// An open file, and what it was when it was opened.
struct Opened {
    file: std::fs::File,
    before: (u64, Option<SystemTime>),
}

impl Opened {
    fn of(path: &Path) -> Result<Self, NoReport> {
        let file = std::fs::File::open(path).map_err(|error| not_read(&error))?;
        let before = Self::state(&file)?;
        Ok(Self { file, before })
    }

    fn state(file: &std::fs::File) -> Result<(u64, Option<SystemTime>), NoReport> {
        let metadata = file.metadata().map_err(|error| not_read(&error))?;
        Ok((metadata.len(), metadata.modified().ok()))
    }

    /// What was read of a file that somebody writes to is no file that ever was.
    fn check_unchanged(&self) -> Result<(), NoReport> {
        if Self::state(&self.file)? == self.before {
            return Ok(());
        }
        let why = "changed while it was read: analyse it again when nothing writes to it";
        Err(NoReport::NotTaken(why.to_owned()))
    }
}

fn not_read(error: &std::io::Error) -> NoReport {
    NoReport::NotTaken(format!("cannot be read: {error}"))
}

/// Whether it is a file that is analysed.
fn check_file(file: &Path) -> Result<(), NoReport> {
    let metadata = std::fs::metadata(file).map_err(|error| not_read(&error))?;
    if !metadata.is_file() {
        let is = if metadata.is_dir() { "a folder" } else { "a device" };
        return Err(NoReport::NotTaken(format!("is {is}, not a file")));
    }
    check_size(metadata.len())
}

fn check_size(size_bytes: u64) -> Result<(), NoReport> {
    if size_bytes > MAX_SAMPLE_BYTES {
        let (is, most) = (size_bytes >> 20, MAX_SAMPLE_BYTES >> 20);
        return Err(NoReport::NotTaken(format!(
            "is {is} MiB long, and at most {most} MiB are analysed"
        )));
    }
    Ok(())
}

/// What a stream says, to its end, of which at most `most` bytes are kept.
async fn all(stream: impl AsyncRead + Unpin, most: u64) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(PIECE_BYTES);
    let mut stream = stream.take(most);
    // A stream that breaks off gives a report that is not whole, which is noticed.
    let _ = stream.read_to_end(&mut bytes).await;
    // Read on, so that a child that says more than is kept can still end.
    let _ = tokio::io::copy(&mut stream.into_inner(), &mut tokio::io::sink()).await;
    bytes
}
