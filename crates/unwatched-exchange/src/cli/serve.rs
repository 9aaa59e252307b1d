//! `serve`: the server, with its workers beside it unless they run elsewhere.

use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::Place;
use crate::clock::{Clock, Randomness};
use crate::http;
use crate::state::AppState;

/// After this long, what still runs is cut off.
const DRAIN_LASTS: Duration = Duration::from_secs(20);

/// Run the server
#[derive(Debug, Args)]
pub struct Serve {
    /// Start with a made-up coalition, in a temporary folder unless --data is given, and print
    /// how to sign in
    #[arg(long)]
    demo: bool,
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
        let config = place.config()?;
        let listen = self.listen.clone().unwrap_or_else(|| config.server.listen.clone());
        let data = place.data()?;
        let state = AppState::open(config, data, Clock::system(), Randomness::system()).await?;
        serve(state, &listen).await
    }
}

async fn serve(state: AppState, listen: &str) -> anyhow::Result<()> {
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("listen on {listen}: is another server running there?"))?;
    let address = listener.local_addr().context("read the address listened on")?;
    let app = http::router(state.clone());
    let drained = {
        let shutdown = state.shutdown.clone();
        async move { shutdown.cancelled().await }
    };
    let server = axum::serve(listener, app).with_graceful_shutdown(drained);
    eprintln!("listening on http://{address}");
    tokio::spawn(drain_on_signal(state.clone()));
    tokio::select! {
        ended = server.into_future() => ended.context("serve")?,
        () = cut_off(&state) => tracing::warn!("some connections were cut off"),
    }
    state.store.close().await;
    Ok(())
}

async fn drain_on_signal(state: AppState) {
    let (Ok(mut terminate), Ok(mut interrupt)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        tracing::error!("cannot listen for signals: end the server with SIGKILL");
        return;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("draining");
    state.shutdown.cancel();
}

async fn cut_off(state: &AppState) {
    state.shutdown.cancelled().await;
    tokio::time::sleep(DRAIN_LASTS).await;
}
