//! A temporary PostgreSQL server: started for a test run, gone with it, whatever ends the run.
//!
//! PostgreSQL refuses to run as root, so root runs it as `postgres` or `nobody`. It listens on a
//! socket in its own folder and on no port. A small shell keeps it: when this process is gone,
//! dropped or killed, the shell's input ends, and it stops the server and removes the folder.

use std::fs::Permissions;
use std::io::ErrorKind;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

/// A URL of a server to be used instead of a temporary one. One database of each run stays there.
pub const SERVER_VARIABLE: &str = "UNWATCHED_TEST_POSTGRES";

const USER: &str = "unwatched";
/// A socket's path has 107 bytes at most: the folder does not follow a long `TMPDIR`.
const PARENT: &str = "/tmp";
const ATTEMPTS: u32 = 600;
const PAUSE: Duration = Duration::from_millis(50);

/// A server that stops, and whose folder goes, when this is dropped or the process ends.
#[derive(Debug)]
pub struct TemporaryPostgres {
    programs: PathBuf,
    place: Place,
}

#[derive(Debug)]
enum Place {
    /// Ours: its folder, the shell that keeps it, and the input that holds the shell.
    Folder { folder: PathBuf, keeper: Child, hold: Option<ChildStdin> },
    /// Somebody else's, by its URL.
    Url(String),
}

/// Whether tests on PostgreSQL can run here; why not, where they cannot. With `CI` set it is a
/// failure to leave them out.
pub fn available() -> Result<(), String> {
    let Err(error) = programs() else { return Ok(()) };
    let notice = format!("tests on PostgreSQL are left out: {error:#}");
    assert!(std::env::var_os("CI").is_none(), "CI is set, and {notice}");
    Err(notice)
}

impl TemporaryPostgres {
    /// Starts a server, or takes the one that `UNWATCHED_TEST_POSTGRES` names.
    pub fn start() -> Result<Self> {
        let programs = programs()?;
        if let Ok(url) = std::env::var(SERVER_VARIABLE) {
            return Ok(Self { programs, place: Place::Url(url) });
        }
        let account = Account::for_server()?;
        let folder = folder(&account)?;
        let mut keeper = account
            .command()
            .args(["sh", "-c", KEEPER, "sh"])
            .args([&programs, &folder])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("could not start a shell for PostgreSQL")?;
        let hold = keeper.stdin.take();
        let mut server = Self { programs, place: Place::Folder { folder, keeper, hold } };
        server.wait()?;
        Ok(server)
    }

    /// The URL of a database on this server.
    pub fn url(&self, database: &str) -> String {
        match &self.place {
            Place::Folder { folder, .. } => {
                format!("postgres://{USER}@localhost/{database}?host={}", folder.display())
            }
            Place::Url(url) => with_database(url, database),
        }
    }

    /// Creates an empty database, as `template0` has it: UTF-8, and the plainest collation.
    pub fn create_database(&self, name: &str) -> Result<()> {
        let collation = ["--template=template0", "--encoding=UTF8", "--locale=C"];
        self.program("createdb", &collation, name)
    }

    /// Removes a database, whoever is still connected.
    pub fn drop_database(&self, name: &str) -> Result<()> {
        self.program("dropdb", &["--force", "--if-exists"], name)
    }

    fn program(&self, program: &str, arguments: &[&str], database: &str) -> Result<()> {
        let output = Command::new(self.programs.join(program))
            .arg(format!("--maintenance-db={}", self.url("postgres")))
            .args(arguments)
            .arg(database)
            .stdin(Stdio::null())
            .output()
            .with_context(|| format!("could not run {program}"))?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{program} {database} failed: {said}");
        Ok(())
    }

    /// Waits until the server answers, or says why it never will.
    fn wait(&mut self) -> Result<()> {
        let url = self.url("postgres");
        let Place::Folder { folder, keeper, .. } = &mut self.place else { return Ok(()) };
        for _ in 0..ATTEMPTS {
            if let Some(status) = keeper.try_wait()? {
                bail!("PostgreSQL ended with {status} before it answered: {}", log(folder));
            }
            let ready = Command::new(self.programs.join("pg_isready"))
                .args(["--quiet", "--dbname", &url])
                .status()
                .context("could not run pg_isready")?;
            if ready.success() {
                return Ok(());
            }
            thread::sleep(PAUSE);
        }
        bail!("PostgreSQL did not answer in time: {}", log(folder))
    }
}

impl Drop for TemporaryPostgres {
    fn drop(&mut self) {
        if let Place::Folder { keeper, hold, .. } = &mut self.place {
            drop(hold.take());
            // The shell ends by itself now; there is nobody to tell if it does not.
            let _ = keeper.wait();
        }
    }
}

/// `$1` the programs, `$2` the folder. The server's settings give up what only matters after a
/// loss of power.
const KEEPER: &str = r#"
trap '' INT TERM HUP
cd "$2" || exit 1
{
    "$1/initdb" --pgdata="$2/data" --username=unwatched --auth=trust --encoding=UTF8 \
        --locale=C --no-sync || { cat >/dev/null; rm -rf "$2"; exit 1; }
    "$1/postgres" -D "$2/data" -c listen_addresses= -c unix_socket_directories="$2" \
        -c fsync=off -c synchronous_commit=off -c full_page_writes=off \
        -c shared_buffers=32MB -c max_connections=100 </dev/null &
    server=$!
} >"$2/log" 2>&1
cat >/dev/null
kill -INT "$server"
wait "$server"
cd /
rm -rf "$2"
"#;

/// Under which account a server runs.
struct Account {
    /// `None`: our own.
    other: Option<(&'static str, u32, u32)>,
}

impl Account {
    fn for_server() -> Result<Self> {
        if !nix::unistd::geteuid().is_root() {
            return Ok(Self { other: None });
        }
        for name in ["postgres", "nobody"] {
            if let Some(user) = nix::unistd::User::from_name(name)? {
                return Ok(Self { other: Some((name, user.uid.as_raw(), user.gid.as_raw())) });
            }
        }
        bail!("PostgreSQL does not run as root, and there is no account postgres or nobody")
    }

    fn command(&self) -> Command {
        match self.other {
            None => Command::new("env"),
            Some((name, ..)) => {
                let mut command = Command::new("runuser");
                command.args(["-u", name, "--"]);
                command
            }
        }
    }
}

/// A new folder that only the server's account may enter.
fn folder(account: &Account) -> Result<PathBuf> {
    let folder = tempfile::Builder::new()
        .prefix("unwatched-postgres-")
        .permissions(Permissions::from_mode(0o700))
        .tempdir_in(PARENT)
        .context("could not make a folder for PostgreSQL")?;
    if let Some((_, uid, gid)) = account.other {
        chown(folder.path(), Some(uid), Some(gid)).context("could not give the folder away")?;
    }
    Ok(folder.keep())
}

fn log(folder: &Path) -> String {
    match std::fs::read_to_string(folder.join("log")) {
        Ok(log) => log,
        Err(error) if error.kind() == ErrorKind::NotFound => "it left no log".to_owned(),
        Err(error) => format!("its log cannot be read: {error}"),
    }
}

/// The folder of PostgreSQL's programs: Debian keeps them out of `PATH`.
pub fn programs() -> Result<PathBuf> {
    let all = ["createdb", "dropdb", "initdb", "pg_isready", "postgres"];
    // Of somebody else's server we need to make and remove databases only.
    let needed = if std::env::var_os(SERVER_VARIABLE).is_some() { &all[..2] } else { &all };
    let complete = |folder: &PathBuf| needed.iter().all(|name| folder.join(name).is_file());
    let mut versions: Vec<_> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|version| Some(version.ok()?.path().join("bin")))
        .collect();
    versions.sort();
    versions.reverse();
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(versions)
        .chain([PathBuf::from("/usr/local/bin")])
        .find(complete)
        .context("its programs are not here: install Debian's package postgresql")
}

/// A server's URL with another database.
fn with_database(url: &str, database: &str) -> String {
    let (server, options) = url.split_once('?').unwrap_or((url, ""));
    let start = server.find("://").map_or(0, |at| at + 3);
    let end = server[start..].find('/').map_or(server.len(), |at| start + at);
    let separator = if options.is_empty() { "" } else { "?" };
    format!("{}/{database}{separator}{options}", &server[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_put_into_a_url() {
        let check = |url: &str, expected: &str| assert_eq!(with_database(url, "d"), expected);
        check("postgres://u:p@host:5433", "postgres://u:p@host:5433/d");
        check("postgres://host/other?sslmode=disable", "postgres://host/d?sslmode=disable");
    }

    #[test]
    fn a_server_leaves_nothing_behind() {
        if let Err(notice) = available() {
            eprintln!("{notice}");
            return;
        }
        let server = TemporaryPostgres::start().unwrap();
        server.create_database("watch_alpha").unwrap();
        assert!(server.create_database("watch_alpha").is_err(), "it is there");
        server.drop_database("watch_alpha").unwrap();
        let Place::Folder { folder, .. } = &server.place else { return };
        let folder = folder.clone();
        assert!(folder.exists());
        drop(server);
        assert!(!folder.exists());
    }
}
