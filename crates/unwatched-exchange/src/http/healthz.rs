//! Whether the server and its database answer. No account needed, nothing told.

use axum::extract::State;

use crate::http::problem::Problem;
use crate::state::AppState;

/// `ok`, or a problem with status 503.
pub async fn healthz(State(state): State<AppState>) -> Result<&'static str, Problem> {
    match state.store.ping().await {
        Ok(()) => Ok("ok\n"),
        Err(error) => {
            tracing::error!("the database does not answer: {error}");
            Err(Problem::unavailable("the database does not answer"))
        }
    }
}
