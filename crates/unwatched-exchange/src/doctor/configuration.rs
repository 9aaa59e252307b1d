//! The configuration, and who may read the data folder. That its keys are known was found out
//! when it was read.

use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::{Check, Exam};

pub(super) fn new() -> Check {
    Check::new("configuration")
}

pub(super) fn check(exam: &Exam<'_>) -> Check {
    let mut check = new();
    let server = &exam.state.config.server;
    check.looked_at = format!("listens on {}", server.listen);
    let is_local = is_loopback(&server.listen);
    match server.public_url.as_deref() {
        Some(url) if url.starts_with("https://") => {}
        Some(url) => check.mind(
            format!("the public address {url} is not https: sessions and keys travel readable"),
            "server.public_url",
            "put a proxy with TLS in front and name its https:// address",
        ),
        None if is_local => {}
        None => check.mind(
            "it listens beyond this machine and has no public address: cookies are sent without TLS",
            "server.listen, server.public_url",
            "set server.public_url to the https:// address that partners use, or listen on \
             127.0.0.1",
        ),
    }
    let keys = exam.state.data.keys();
    readable_by_others(&mut check, &keys);
    for file in std::fs::read_dir(&keys).into_iter().flatten().flatten() {
        readable_by_others(&mut check, &file.path());
    }
    check
}

/// A name that is no address is taken for one that others reach.
fn is_loopback(listen: &str) -> bool {
    let ip = listen.parse::<SocketAddr>().map(|address| address.ip());
    ip.as_ref().is_ok_and(IpAddr::is_loopback) || listen.starts_with("localhost:")
}

fn readable_by_others(check: &mut Check, path: &Path) {
    match std::fs::metadata(path) {
        Ok(found) => {
            let mode = found.permissions().mode() & 0o777;
            if mode & 0o077 != 0 {
                check.found(
                    format!("other people of this machine may open it (mode {mode:o})"),
                    path.display().to_string(),
                    format!("chmod go-rwx {}", path.display()),
                );
            }
        }
        Err(error) => check.could_not(format!("{}: {error}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_this_machine_reaches() {
        for (listen, local) in [
            ("127.0.0.1:8080", true),
            ("[::1]:80", true),
            ("localhost:80", true),
            ("0.0.0.0:80", false),
            ("exchange.example:80", false),
        ] {
            assert_eq!(is_loopback(listen), local, "{listen}");
        }
    }
}
