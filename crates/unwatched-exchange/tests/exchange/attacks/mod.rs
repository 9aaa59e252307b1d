//! Attacks that must fail, one file each, over HTTP against the real router, or against the
//! program itself where its log or its memory is what is attacked.
//!
//! What each kind of viewer may do is not here but in `access`.

mod bombs;
mod csrf;
mod holdings;
mod idor;
mod inline;
mod logs;
mod mass_assignment;
mod sessions;
mod timing;
mod xss;

use jiff::SignedDuration;
use sha2::Digest as _;
use unwatched_exchange::http::auth;
use unwatched_model::digest::Sha256;
use unwatched_model::partner::UserRole;
use unwatched_store::{Actor, NewUser, UserId};

use crate::rig::{Answer, Client, Server};

pub(super) const PASSWORD: &str = "correct horse battery";
pub(super) const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// A person at a browser that keeps one cookie.
pub(crate) struct Browser {
    client: Client,
    pub(super) cookie: String,
}

impl Browser {
    /// Signed in without a password, which would take its time.
    pub(crate) fn of(server: &Server, partner: &str, role: UserRole, email: &str) -> Self {
        let user = person(server, partner, role, email, "nothing that a password has");
        Self { client: server.nobody(), cookie: session(server, user) }
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.client.get_with(path, &[("cookie", &self.cookie)])
    }

    pub(super) fn post(&self, path: &str, form: &str) -> Answer {
        let headers = [FORM, ("cookie", self.cookie.as_str()), ("sec-fetch-site", "same-origin")];
        self.client.send(path, &headers, form.as_bytes())
    }
}

/// A partner's person.
pub(super) fn person(
    server: &Server,
    partner: &str,
    role: UserRole,
    email: &str,
    password_hash: &str,
) -> UserId {
    let user = NewUser {
        partner: partner.parse().unwrap(),
        email: email.to_owned(),
        role,
        password_hash: password_hash.to_owned(),
    };
    let now = server.state.clock.now();
    server.wait(server.state.store.add_user(&user, &Actor::operator(), now)).unwrap()
}

/// The cookie of a new session.
pub(super) fn session(server: &Server, user: UserId) -> String {
    let id = server.state.randomness.bytes::<32>();
    let now = server.state.clock.now();
    let sha256 = Sha256(sha2::Sha256::digest(id).into());
    let until = now + SignedDuration::from_hours(1);
    server.wait(server.state.store.add_session(&sha256, user, now, until)).unwrap();
    format!("{}={}", auth::SESSION_COOKIE, hex::encode(id))
}

/// A word as a form or a query carries it.
pub(super) fn quoted(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut quoted, byte| {
        write!(quoted, "%{byte:02X}").unwrap();
        quoted
    })
}

/// The last part of an address.
pub(super) fn last(address: &str) -> String {
    address.rsplit('/').next().unwrap().to_owned()
}

/// Everything that the database holds, but for what only says when something was last used, and how
/// often: a line for each table.
pub(super) fn database(server: &Server) -> Vec<String> {
    use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection};
    let url = format!("sqlite:{}", server.data().join("exchange.sqlite").display());
    server.wait(async {
        let mut db = SqliteConnection::connect(&url).await.unwrap();
        let tables = "SELECT name FROM sqlite_master \
             WHERE type = 'table' AND name <> 'uses' AND name NOT LIKE '%fts%'";
        let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&mut db).await.unwrap();
        let mut lines = Vec::new();
        for table in tables {
            let columns = "SELECT name FROM pragma_table_info($1)";
            let columns: Vec<String> =
                sqlx::query_scalar(columns).bind(&table).fetch_all(&mut db).await.unwrap();
            let columns: Vec<_> = columns
                .iter()
                .filter(|column| !column.starts_with("last_used"))
                .map(|column| format!("quote(\"{column}\")"))
                .collect();
            let row = columns.join(" || ',' || ");
            let rows = format!("SELECT coalesce(group_concat({row}, ';'), '') FROM \"{table}\"");
            let rows: String =
                sqlx::query_scalar(AssertSqlSafe(rows)).fetch_one(&mut db).await.unwrap();
            lines.push(format!("{table}: {rows}"));
        }
        lines
    })
}
