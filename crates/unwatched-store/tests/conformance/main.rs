//! What the store promises, on both engines: every case runs on SQLite and on PostgreSQL.
//!
//! Where PostgreSQL is missing its half says so and is left out; with `CI` set that is a failure.
//! With the feature `s3` and `UNWATCHED_TEST_S3` set to an endpoint that has a bucket `watch` (a
//! moto server does), every case runs once more on each engine with its blobs in S3; the keys of
//! that come from the environment.

mod accounts;
mod audit;
mod blobs;
mod bulk;
mod changes;
mod community;
mod families;
mod hostile;
mod integrity;
mod jobs;
mod jobs_board;
mod kept_held;
mod native;
mod opening;
mod opinions;
mod places;
mod reanalysis;
mod release_log;
mod releases;
mod retention;
mod samples;
mod search;
mod shared_reviews;
mod sorting;
mod stand;
mod strays;
mod taxii;
mod tickets;
mod values;
mod visible;

/// Stamps cases on both engines: `both!(a, b)` makes `sqlite::a`, `postgres::a`, ..., and with the
/// feature `s3` also `sqlite_s3::a`, `postgres_s3::a`, ...
macro_rules! both {
    ($($case:ident),* $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    let stand = crate::stand::Stand::sqlite().await;
                    super::$case(&stand).await;
                    stand.remove().await;
                }
            )*
        }
        mod postgres {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    let Some(stand) = crate::stand::Stand::postgres().await else { return };
                    super::$case(&stand).await;
                    stand.remove().await;
                }
            )*
        }
        #[cfg(feature = "s3")]
        mod sqlite_s3 {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    let Some(blobs) = crate::stand::Blobs::in_s3() else { return };
                    let stand = crate::stand::Stand::sqlite_with(blobs).await;
                    super::$case(&stand).await;
                    stand.remove().await;
                }
            )*
        }
        #[cfg(feature = "s3")]
        mod postgres_s3 {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    let Some(blobs) = crate::stand::Blobs::in_s3() else { return };
                    let stand = crate::stand::Stand::postgres_with(blobs).await;
                    let Some(stand) = stand else { return };
                    super::$case(&stand).await;
                    stand.remove().await;
                }
            )*
        }
    };
}
pub(crate) use both;
