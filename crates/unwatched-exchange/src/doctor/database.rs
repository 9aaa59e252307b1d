//! The database: its schema, its engine's own view of its files, and the triggers that keep
//! append-only tables as they are.

use unwatched_store::Engine;

use super::{Check, Exam};

pub(super) fn new() -> Check {
    Check::new("database")
}

pub(super) async fn check(exam: &Exam<'_>) -> Check {
    let mut check = new();
    let store = &exam.state.store;
    (exam.talk)("looking at the database");
    match store.schema_version().await {
        Ok(version) => {
            let engine = match store.engine() {
                Engine::Sqlite => "SQLite",
                Engine::Postgres => "PostgreSQL",
            };
            check.looked_at = format!("{engine}, schema {version}");
        }
        Err(error) => check.could_not(error.to_string()),
    }
    match store.database_faults(exam.quick).await {
        Ok(Some(faults)) => {
            for fault in faults {
                check.found(
                    fault,
                    "the database's file",
                    "stop the server, keep a copy of the data folder, and restore a backup",
                );
            }
            if exam.quick {
                check.left_out.push("indexes compared with their tables (--quick)".to_owned());
            }
        }
        Ok(None) => check
            .left_out
            .push("PostgreSQL's files: its own pg_amcheck and data checksums do that".to_owned()),
        Err(error) => check.could_not(format!("the engine's own check: {error}")),
    }
    check
}

pub(super) async fn guards(exam: &Exam<'_>) -> Check {
    let mut check = Check::new("append_only");
    match exam.state.store.broken_guards().await {
        Ok(broken) => {
            check.looked_at = String::from("the triggers that refuse changes");
            for name in broken {
                check.found(
                    format!("the trigger {name} is missing, off or changed"),
                    "the database's schema",
                    "find out who changed the database; then restore a backup, or create the \
                     trigger again from the migration that holds it",
                );
            }
        }
        Err(error) => check.could_not(error.to_string()),
    }
    check
}
