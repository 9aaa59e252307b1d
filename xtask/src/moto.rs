//! A server that speaks as S3 does, for the store's tests: moto, from the Python package index, in
//! an environment of its own below `target/`. It keeps everything in memory and ends with the run.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use crate::cargo::run;
use crate::house;

/// Where the tests look for it.
const ENDPOINT_VARIABLE: &str = "UNWATCHED_TEST_S3";
const PACKAGE: &str = "moto[server]";
/// It loads for some seconds on a busy machine.
const ATTEMPTS: u32 = 600;
const PAUSE: Duration = Duration::from_millis(100);

/// A running server with a bucket `watch`; killed when dropped.
pub(crate) struct Moto {
    server: Child,
    address: SocketAddr,
}

impl Moto {
    /// Installs it where it is not, and starts it on a free port.
    pub(crate) fn start() -> Result<Self> {
        let program = installed()?;
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("find a free port")?;
        let address = free.local_addr().context("find a free port")?;
        drop(free);
        let server = Command::new(program)
            .args(["--host", "127.0.0.1", "--port", &address.port().to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("start moto_server")?;
        let mut moto = Self { server, address };
        moto.make_bucket()?;
        Ok(moto)
    }

    /// What tests are told of it. It looks at no key, but its clients must have one.
    pub(crate) fn tell(&self, tests: &mut Command) {
        tests.env(ENDPOINT_VARIABLE, format!("http://{}", self.address));
        tests.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test");
        tests.env("AWS_REGION", "us-east-1");
    }

    /// Asks until it answers.
    fn make_bucket(&mut self) -> Result<()> {
        let mut last = None;
        for _ in 0..ATTEMPTS {
            if let Some(status) = self.server.try_wait().context("look after moto_server")? {
                bail!("moto_server ended by itself: {status}");
            }
            match put(self.address, "/watch") {
                Ok(answer) if answer.starts_with("HTTP/1.1 200") => return Ok(()),
                Ok(answer) => last = answer.lines().next().map(str::to_owned),
                Err(error) => last = Some(error.to_string()),
            }
            thread::sleep(PAUSE);
        }
        bail!("moto_server made no bucket: {}", last.unwrap_or_default())
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn put(address: SocketAddr, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    write!(
        stream,
        "PUT {path} HTTP/1.1\r\nHost: {address}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// The server's program, installed if it is not there yet.
fn installed() -> Result<PathBuf> {
    let folder = house::target().join("moto");
    let program = folder.join("bin/moto_server");
    if !program.is_file() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
        let words = ["install", "--quiet", "--disable-pip-version-check", PACKAGE];
        run(Command::new(folder.join("bin/pip")).args(words))?;
    }
    ensure!(program.is_file(), "{PACKAGE} holds no moto_server");
    Ok(program)
}
