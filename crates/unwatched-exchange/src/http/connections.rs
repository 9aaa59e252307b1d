//! Connections: how many at once, how long one may take to say what it wants, and how they end.
//!
//! What is answered is the router's business.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use rlimit::Resource;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

/// So many at once, where the system lets us open twice as many files.
const MAX_CONNECTIONS: u64 = 1024;

/// Out of files or memory: some are given back soon.
const TRY_AGAIN: Duration = Duration::from_secs(1);

/// What a connection may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How many at once; the next one waits in the system's queue.
    pub connections: usize,
    /// How long a request's head may take, and how long a connection may stay without one.
    pub head_lasts: Duration,
}

impl Limits {
    /// What this process can bear: half of its open files are left to the store and to children.
    pub fn of_process() -> Self {
        let files = Resource::NOFILE.get_soft().unwrap_or(MAX_CONNECTIONS);
        let connections = (files / 2).clamp(16, MAX_CONNECTIONS);
        Self {
            connections: usize::try_from(connections).unwrap_or(16),
            head_lasts: Duration::from_secs(30),
        }
    }
}

/// Answers until `shutdown`; then ends once everything that was begun has been answered.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    shutdown: CancellationToken,
) {
    let places = Arc::new(Semaphore::new(limits.connections));
    let open = GracefulShutdown::new();
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(limits.head_lasts);
    loop {
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (place, accept(&listener).await)
        };
        let (place, (stream, peer)) = tokio::select! {
            next = next => next,
            () = shutdown.cancelled() => break,
        };
        let router = router.clone();
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            router.clone().oneshot(request.map(Body::new))
        });
        let connection = open.watch(http.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!("a connection broke off: {error}");
            }
            drop(place);
        });
    }
    drop(listener);
    open.shutdown().await;
}

async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) if is_the_callers(&error) => {}
            Err(error) => {
                tracing::error!("no connection can be taken: {error}");
                tokio::time::sleep(TRY_AGAIN).await;
            }
        }
    }
}

/// Whoever called has gone already.
fn is_the_callers(error: &std::io::Error) -> bool {
    use std::io::ErrorKind as K;
    matches!(error.kind(), K::ConnectionAborted | K::ConnectionRefused | K::ConnectionReset)
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpStream as Stream;

    use axum::routing::get;

    use super::*;

    fn ask(address: SocketAddr) -> String {
        let mut stream = Stream::connect(address).unwrap();
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn half_said(address: SocketAddr) -> Stream {
        let mut stream = Stream::connect(address).unwrap();
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: ").unwrap();
        stream
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn half_said_requests_keep_nobody_out_and_are_ended() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let limits = Limits { connections: 4, head_lasts: Duration::from_millis(200) };
        let shutdown = CancellationToken::new();
        let router = Router::new().route("/healthz", get(|| async { "ok" }));
        let serving = tokio::spawn(serve(listener, router, limits, shutdown.clone()));
        let asking = tokio::task::spawn_blocking(move || {
            // More than there are places for.
            let half: Vec<_> = (0..9).map(|_| half_said(address)).collect();
            assert!(ask(address).starts_with("HTTP/1.1 200 "));
            for mut stream in half {
                stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
                let mut rest = Vec::new();
                // An answer that nothing was understood, or none: the end is what matters.
                let ended = stream.read_to_end(&mut rest);
                assert!(!ended.is_err_and(|error| {
                    matches!(error.kind(), std::io::ErrorKind::WouldBlock)
                }));
            }
        });
        asking.await.unwrap();
        shutdown.cancel();
        serving.await.unwrap();
    }
}
