//! What was packed or worked out once is kept for the next asker, within bounds: a release changes
//! seldom and is asked for often. One thing is packed at a time, so that many who ask at once cost
//! what one does.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use bytes::Bytes;
use tokio::sync::Semaphore;

use super::coding::Coding;
use crate::http::problem::Problem;

/// Everything that is kept together.
const MAX_KEPT_BYTES: usize = 64 << 20;

/// What is kept, by tag, the latest used last.
#[derive(Clone)]
pub(super) struct Coded {
    kept: Arc<Mutex<VecDeque<(String, Bytes)>>>,
    one_at_a_time: Arc<Semaphore>,
}

impl Default for Coded {
    fn default() -> Self {
        Self { kept: Arc::default(), one_at_a_time: Arc::new(Semaphore::new(1)) }
    }
}

impl Coded {
    /// Bytes in a coding, packed now unless they were before.
    pub(super) async fn packed<F>(
        &self,
        tag: &str,
        coding: Coding,
        plain: impl FnOnce() -> F,
    ) -> Result<Bytes, Problem>
    where
        F: Future<Output = Result<Bytes, Problem>>,
    {
        self.made(tag, || async {
            let plain = plain().await?;
            let packed = tokio::task::spawn_blocking(move || coding.pack(&plain)).await;
            let packed = packed.context("pack a file")?.context("pack a file")?;
            Ok(Bytes::from(packed))
        })
        .await
    }

    /// Something by its tag, made now unless it was before.
    pub(super) async fn made<F>(
        &self,
        tag: &str,
        make: impl FnOnce() -> F,
    ) -> Result<Bytes, Problem>
    where
        F: Future<Output = Result<Bytes, Problem>>,
    {
        if let Some(known) = self.known(tag) {
            return Ok(known);
        }
        let _turn = self.one_at_a_time.acquire().await.context("wait for one's turn")?;
        if let Some(known) = self.known(tag) {
            return Ok(known);
        }
        let bytes = make().await?;
        self.keep(tag, &bytes);
        Ok(bytes)
    }

    fn known(&self, tag: &str) -> Option<Bytes> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().position(|(known, _)| known == tag)?;
        let found = kept.remove(at)?;
        let bytes = found.1.clone();
        kept.push_back(found);
        Some(bytes)
    }

    fn keep(&self, tag: &str, bytes: &Bytes) {
        if bytes.len() > MAX_KEPT_BYTES {
            return;
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_back((tag.to_owned(), bytes.clone()));
        let mut total: usize = kept.iter().map(|(_, bytes)| bytes.len()).sum();
        while total > MAX_KEPT_BYTES {
            let Some((_, dropped)) = kept.pop_front() else { break };
            total -= dropped.len();
        }
    }
}
