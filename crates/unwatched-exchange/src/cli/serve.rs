//! `serve`: the server, with its workers beside it unless they run elsewhere.

use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::Place;
use crate::analysis_child::Analyser;
use crate::clock::{Clock, Randomness};
use crate::demo::{self, Size, WayIn};
use crate::http::connections::{self, Limits};
use crate::http::router;
use crate::jobs;
use crate::reads;
use crate::sandbox;
use crate::state::{AppState, DataFolder};
use crate::uses;

/// After this long, what still runs is cut off.
const DRAIN_LASTS: Duration = Duration::from_secs(20);

/// Run the server
///
/// On stderr, `listening on http://ADDR` says that it is ready. SIGTERM and SIGINT drain it: what
/// was begun is ended first. RUST_LOG sets what is logged, UNWATCHED_LOG=json how.
#[derive(Debug, Args)]
pub struct Serve {
    /// Start with a made-up coalition, in a temporary folder unless --data is given, and print
    /// how to sign in
    #[arg(long)]
    demo: bool,
    /// Make the demo's coalition larger: so many samples that have reports and no bytes
    #[arg(long, value_name = "N", requires = "demo")]
    demo_samples: Option<usize>,
    /// Where to listen; port 0 picks a free one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// Leave analyses to `worker` processes
    #[arg(long)]
    no_worker: bool,
}

impl Serve {
    /// Runs until SIGTERM or SIGINT.
    pub async fn run(self, place: &Place) -> anyhow::Result<()> {
        let mut config = place.config()?;
        if self.no_worker {
            config.analysis.workers = 0;
        }
        let listen = self.listen.clone().unwrap_or_else(|| config.server.listen.clone());
        // Taken before anything is written: a second server on the same address stops here.
        let listener = TcpListener::bind(&listen).await.with_context(|| {
            format!("listen on {listen}; --listen 127.0.0.1:0 picks a free port")
        })?;
        let demo_folder = self.demo_folder(place)?;
        let data = match &demo_folder {
            Some(folder) => DataFolder::at(folder.path())?,
            None => place.data()?,
        };
        let state = AppState::open(config, data, Clock::system(), Randomness::system()).await?;
        state.data.sweep(state.clock.now())?;
        if self.demo {
            let made_up = match self.demo_samples {
                None => demo::seed(&state).await,
                Some(samples) => demo::fill(&state, Size::of_samples(samples)).await,
            };
            let ways_in = made_up.context("make up the demo")?;
            print_ways_in(&ways_in)?;
        }
        let demo = self.demo.then(|| Demo { is_temporary: demo_folder.is_some() });
        serve(state, listener, demo).await
    }

    /// The demo's own folder, deleted at the end; none where --data names one.
    fn demo_folder(&self, place: &Place) -> anyhow::Result<Option<TempDir>> {
        if !self.demo || place.data.is_some() {
            return Ok(None);
        }
        let folder = tempfile::Builder::new().prefix("unwatched-demo-").tempdir();
        folder.map(Some).context("create a temporary folder")
    }
}

/// One line each, for programs as well as for people.
pub(super) fn print_ways_in(ways_in: &[WayIn]) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    for WayIn { partner, token, email, password } in ways_in {
        if let Some(token) = token {
            writeln!(out, "token {partner} {token}")?;
        }
        writeln!(out, "login {partner} {email} {password}")?;
    }
    out.flush().context("write to stdout")
}

/// What is said of a made-up coalition.
struct Demo {
    /// Whether its folder goes with the server.
    is_temporary: bool,
}

fn first_look(base: &str, data: &Path, demo: &Demo) -> String {
    let lasts = if demo.is_temporary { ", deleted when the server ends" } else { "" };
    let data = data.display();
    format!(
        "
This is a made-up coalition; nothing in it is real and no app in it works.
Sign in at {base}/portal/ with a `login` line from above. Look first at
  {base}/portal/samples               what each app can do, and why we say so
  {base}/portal/families/watch-alpha  a verdict, by whom and on what evidence
  {base}/portal/families/watch-beta   a dispute
  {base}/feeds/v1/index.json          the signed release, without an account
Its data folder, as commands take it: --data {data}{lasts}
"
    )
}

async fn serve(state: AppState, listener: TcpListener, demo: Option<Demo>) -> anyhow::Result<()> {
    let address = listener.local_addr().context("read the address listened on")?;
    let analyser = Analyser::new(&state.config.analysis)?;
    sandbox::close_to_others().context("close this process to others")?;
    let shutdown = state.shutdown.clone();
    let limits = Limits::of_process();
    let server = connections::serve(listener, router(state.clone()), limits, shutdown);
    // Before the address is told: whoever reads it may end the server at once.
    drain_on_signal(state.clone())?;
    let workers = tokio::spawn(work(state.clone(), analyser));
    let reading = tokio::spawn(reads::keep_writing(state.clone()));
    let counting = tokio::spawn(uses::keep_writing(state.clone()));
    eprintln!("listening on http://{address}");
    if let Some(demo) = demo {
        eprint!("{}", first_look(&format!("http://{address}"), state.data.path(), &demo));
    }
    tokio::select! {
        () = server => {}
        () = cut_off(&state) => tracing::warn!("some connections were cut off"),
    }
    // Jobs that were begun end; what does not is claimed again after its lease.
    if tokio::time::timeout(DRAIN_LASTS, workers).await.is_err() {
        tracing::warn!("an analysis was cut off; it is begun again at the next start");
    }
    reading.abort();
    counting.abort();
    if let Err(error) = uses::write(&state).await {
        tracing::error!("what partners used at the end could not be written: {error}");
    }
    if let Err(error) = reads::write(&state, true).await {
        tracing::error!("who read what at the end could not be written: {error}");
    }
    state.store.close().await;
    Ok(())
}

/// The workers beside the server, unless they run elsewhere.
async fn work(state: AppState, analyser: Analyser) {
    if state.config.analysis.workers > 0 {
        jobs::run(state, analyser, jobs::KINDS.iter().collect()).await;
    }
}

/// Drains when SIGTERM or SIGINT comes, from the moment this returns.
pub(super) fn drain_on_signal(state: AppState) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("listen for SIGINT")?;
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        state.shutdown.cancel();
        tracing::info!("draining");
    });
    Ok(())
}

async fn cut_off(state: &AppState) {
    state.shutdown.cancelled().await;
    tokio::time::sleep(DRAIN_LASTS).await;
}
