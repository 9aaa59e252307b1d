//! What every handler and job is given: the store, the configuration, the clock, the randomness.
//!
//! Nothing here answers requests; the data folder's layout is in [`DataFolder`].

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;
use unwatched_store::Store;

use crate::clock::{Clock, Randomness};
use crate::config::Config;
use crate::http::bodies::Bodies;
use crate::http::streams::Streams;
use crate::http::taxii::{self, Passwords};
use crate::reads::Reads;
use crate::release::lookup::Lookups;
use crate::uses::Uses;
use crate::webhook_secrets;

/// The largest file that is taken as a sample, or analysed.
pub const MAX_SAMPLE_BYTES: u64 = 500 * 1024 * 1024;

/// Cheap to clone; shared by the server and its workers.
#[derive(Debug, Clone)]
pub struct AppState {
    /// Rows, blobs, jobs.
    pub store: Store,
    /// What was configured.
    pub config: Arc<Config>,
    /// Where keys and half-received uploads lie.
    pub data: Arc<DataFolder>,
    /// The time.
    pub clock: Clock,
    /// Unguessable bytes.
    pub randomness: Randomness,
    /// Wakes whoever waits for something to change in this process.
    pub changes: Arc<Changes>,
    /// Streams of events that are open.
    pub streams: Streams,
    /// Bodies that are being sent.
    pub bodies: Bodies,
    /// Set when the server drains; streams that would never end watch it.
    pub shutdown: CancellationToken,
    /// Who read what, on its way to the audit log.
    pub reads: Arc<Reads>,
    /// What partners' programs use, on its way to their counts.
    pub uses: Arc<Uses>,
    /// What `/api/v1/lookup/` answers from.
    pub lookups: Lookups,
    /// Somebody waits for each ping: a few at a time.
    pub pings: Arc<Semaphore>,
    /// Looking at what would be released reads everything: one at a time does.
    pub previews: Arc<Semaphore>,
    /// Sightings are looked at and kept one request after the other: each is held against those
    /// before it.
    pub sightings: Arc<tokio::sync::Mutex<()>>,
    /// What was found out about passwords of the TAXII server's users.
    pub passwords: Arc<Passwords>,
    /// The largest sample taken; [`MAX_SAMPLE_BYTES`] but in tests.
    pub max_sample_bytes: u64,
}

/// What a process tells itself; other processes are found by looking again now and then.
#[derive(Debug, Default)]
pub struct Changes {
    /// A job was put in the queue.
    pub job: Notify,
    /// A sample changed its state.
    pub sample: Notify,
    /// A job has come further, or to its end.
    pub progress: Notify,
}

impl AppState {
    /// Opens the store and creates the data folder where it is absent.
    pub async fn open(
        config: Config,
        data: DataFolder,
        clock: Clock,
        randomness: Randomness,
    ) -> anyhow::Result<Self> {
        data.create()?;
        let store = Store::open(&config.store(data.path())).await.context("open the store")?;
        let kept = taxii::own::keep(&store, &config, &randomness);
        kept.await.context("set the TAXII server up")?;
        webhook_secrets::seal_plain_ones(&store, &data, &randomness).await?;
        Ok(Self {
            store,
            passwords: Arc::new(Passwords::new(&randomness)),
            config: Arc::new(config),
            data: Arc::new(data),
            clock,
            randomness,
            changes: Arc::default(),
            streams: Streams::default(),
            bodies: Bodies::default(),
            shutdown: CancellationToken::new(),
            reads: Arc::default(),
            uses: Arc::default(),
            lookups: Lookups::default(),
            pings: Arc::new(Semaphore::new(4)),
            previews: Arc::new(Semaphore::new(1)),
            sightings: Arc::default(),
            max_sample_bytes: MAX_SAMPLE_BYTES,
        })
    }

    /// Whether partners reach us over TLS, as far as the configuration knows.
    pub fn is_behind_tls(&self) -> bool {
        self.config.server.public_url.as_deref().is_some_and(|url| url.starts_with("https://"))
    }
}

/// No upload takes longer.
const LEFT_BEHIND: SignedDuration = SignedDuration::from_hours(24);

/// The data folder: `exchange.sqlite`, `blobs/`, `keys/`, `tmp/`.
#[derive(Debug, Clone)]
pub struct DataFolder {
    path: PathBuf,
}

impl DataFolder {
    /// The folder at `path`, which need not exist yet. An address in a configuration has to be
    /// absolute, so the path becomes so here.
    pub fn at(path: &Path) -> anyhow::Result<Self> {
        let path = std::path::absolute(path)
            .with_context(|| format!("find the folder {}", path.display()))?;
        Ok(Self { path })
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Uploads on their way in. What lies here after a crash may be deleted.
    pub fn tmp(&self) -> PathBuf {
        self.path.join("tmp")
    }

    /// The keys that sign releases.
    pub fn keys(&self) -> PathBuf {
        self.path.join("keys")
    }

    /// Removes uploads that a process which was killed left behind. A younger file may be one
    /// that another process is receiving.
    pub fn sweep(&self, now: Timestamp) -> anyhow::Result<()> {
        self.sweep_older(LEFT_BEHIND, now).map(drop)
    }

    /// Removes uploads to which nothing was added for so long; says how many.
    pub fn sweep_older(&self, than: SignedDuration, now: Timestamp) -> anyhow::Result<u64> {
        let mut swept = 0;
        let tmp = self.tmp();
        let files = std::fs::read_dir(&tmp).with_context(|| format!("read {}", tmp.display()))?;
        for file in files.flatten() {
            let changed = file.metadata().and_then(|file| file.modified());
            let changed = changed.ok().and_then(|time| Timestamp::try_from(time).ok());
            if changed.is_some_and(|changed| now.duration_since(changed) > than) {
                // Whoever else swept it first has done the same.
                swept += u64::from(std::fs::remove_file(file.path()).is_ok());
            }
        }
        Ok(swept)
    }

    /// Creates what is absent, for this user only.
    fn create(&self) -> anyhow::Result<()> {
        for folder in [self.path.clone(), self.path.join("blobs"), self.tmp(), self.keys()] {
            create_private(&folder)
                .with_context(|| format!("create the folder {}", folder.display()))?;
        }
        Ok(())
    }
}

fn create_private(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}
