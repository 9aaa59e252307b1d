//! Whether the server and its database answer. No account needed, nothing told.

use std::time::Duration;

use axum::extract::State;
use unwatched_store::StoreError;

use crate::http::problem::Problem;
use crate::state::AppState;

/// Whoever watches the server waits no longer than this.
const ANSWER_LASTS: Duration = Duration::from_secs(2);

/// `ok`, or a problem with status 503.
pub async fn healthz(State(state): State<AppState>) -> Result<&'static str, Problem> {
    health(state.store.ping(), ANSWER_LASTS).await
}

async fn health(
    ping: impl Future<Output = Result<(), StoreError>>,
    lasts: Duration,
) -> Result<&'static str, Problem> {
    let why = match tokio::time::timeout(lasts, ping).await {
        Ok(Ok(())) => return Ok("ok\n"),
        Ok(Err(error)) => error.to_string(),
        Err(_) => format!("no answer within {lasts:?}"),
    };
    tracing::error!("the database does not answer: {why}");
    Err(Problem::unavailable("the database does not answer"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_database_that_is_silent_is_not_waited_for() {
        let silent = health(std::future::pending(), Duration::from_millis(10)).await;
        assert_eq!(silent.unwrap_err().status(), 503);
        assert_eq!(health(std::future::ready(Ok(())), ANSWER_LASTS).await.unwrap(), "ok\n");
    }
}
