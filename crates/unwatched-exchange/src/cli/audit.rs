//! `audit`: the audit log as a file, and whether its chain holds.

use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use unwatched_store::Store;

use super::Place;
use crate::audit_log::{self, Followed, Link};
use crate::refusal::{Refusal, refused};

/// How many lines are read at a time.
const PAGE: u32 = 5_000;

/// Export the audit log, or verify that no line of it was changed
#[derive(Debug, Args)]
pub struct Audit {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Write the log as JSON lines, with the digest its chain ends with
    Export {
        /// The file to write, which must not exist; without it, the log goes to stdout
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Follow the chain of an exported file, or of the data folder's log
    Verify {
        /// A file that `audit export` wrote; no data folder is needed then
        file: Option<PathBuf>,
    },
}

impl Audit {
    /// Does it.
    pub async fn run(self, place: &Place) -> anyhow::Result<()> {
        match self.what {
            What::Export { out } => {
                let state = place.open_existing().await?;
                let done = export(&state.store, out.as_deref()).await;
                state.store.close().await;
                done
            }
            What::Verify { file: Some(file) } => said(verify_file(&file)),
            What::Verify { file: None } => {
                let state = place.open_existing().await?;
                let done = verify_store(&state.store).await;
                state.store.close().await;
                said(done)
            }
        }
    }
}

async fn export(store: &Store, out: Option<&Path>) -> anyhow::Result<()> {
    let Some(path) = out else {
        write(store, &mut BufWriter::new(std::io::stdout())).await.context("write to stdout")?;
        return Ok(());
    };
    let name = path.display();
    if path.exists() {
        return Err(refused(format!("{name} is there already: name another file")));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let file = tempfile::NamedTempFile::new_in(folder.unwrap_or_else(|| Path::new(".")))
        .with_context(|| format!("write beside {name}"))?;
    let mut out = BufWriter::new(file);
    let head = write(store, &mut out).await?;
    let file = out.into_inner().with_context(|| format!("write {name}"))?;
    file.persist_noclobber(path).with_context(|| format!("write {name}"))?;
    eprintln!("wrote {name}: it ends with line {} and digest {}", head.seq, head.sha256);
    Ok(())
}

/// Writes the whole log as it is when its end is reached.
async fn write(store: &Store, out: &mut impl Write) -> anyhow::Result<Link> {
    let (seq, sha256) = store.audit_start().await?;
    let mut at = Link { seq, sha256 };
    audit_log::write_header(out, &at)?;
    loop {
        let lines = store.audit_after(at.seq, PAGE).await?;
        let Some(last) = lines.last() else { break };
        at = Link { seq: last.seq, sha256: last.sha256.clone() };
        for line in &lines {
            audit_log::write_line(out, line)?;
        }
    }
    audit_log::write_footer(out, &at)?;
    out.flush()?;
    Ok(at)
}

fn verify_file(path: &Path) -> anyhow::Result<Followed> {
    let name = path.display();
    let file = File::open(path).map_err(|error| refused(format!("read {name}: {error}")))?;
    audit_log::verify(BufReader::new(file), |lines| eprintln!("{lines} lines followed"))
        .map_err(|error| not_as_written(format!("{name}: {error:#}")))
}

async fn verify_store(store: &Store) -> anyhow::Result<Followed> {
    let (seq, sha256) = store.audit_start().await?;
    let mut at = Link { seq, sha256 };
    let mut lines = 0;
    loop {
        let read = store.audit_after(at.seq, PAGE).await.map_err(|error| {
            not_as_written(format!("the log does not read after line {}: {error}", at.seq))
        })?;
        if read.is_empty() {
            break;
        }
        for line in &read {
            at.follow(line)
                .map_err(|why| not_as_written(format!("line {} of the log: {why}", line.seq)))?;
            lines += 1;
        }
        eprintln!("{lines} lines followed");
    }
    let head = store.audit_head().await?;
    if head.counted != at.seq {
        return Err(not_as_written(format!(
            "{} lines were counted and the log ends with line {}: lines at its end are gone",
            head.counted, at.seq
        )));
    }
    Ok(Followed { lines, head: at })
}

fn not_as_written(why: String) -> anyhow::Error {
    Refusal::NotAsItShouldBe(why).into()
}

fn said(followed: anyhow::Result<Followed>) -> anyhow::Result<()> {
    let Followed { lines, head } = followed?;
    let what = if lines == 1 { "line follows" } else { "lines follow" };
    println!(
        "{lines} {what} each other; the last is line {} with digest {}",
        head.seq, head.sha256
    );
    Ok(())
}
