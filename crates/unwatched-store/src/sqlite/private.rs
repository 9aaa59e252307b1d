//! A database's files are for the user who runs the program: they hold password hashes, and what
//! partners told each other. Elsewhere than on Unix the folder alone decides.

use std::io;
use std::path::Path;

#[cfg(unix)]
pub(crate) use unix::{create, restrict};

#[cfg(unix)]
mod unix {
    use std::fs::{self, OpenOptions, Permissions};
    use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
    use std::sync::{Mutex, PoisonError};

    use super::{Path, io};

    /// Creates an empty database, where there is none; SQLite gives its other files the same
    /// permissions.
    pub(crate) fn create(path: &Path) -> io::Result<()> {
        // Closing a file gives up every lock that this process holds on it: none is taken before.
        static CREATING: Mutex<()> = Mutex::new(());
        let _alone = CREATING.lock().unwrap_or_else(PoisonError::into_inner);
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            _ => Ok(()),
        }
    }

    /// Takes a database that was there already from everybody else.
    pub(crate) fn restrict(path: &Path) {
        for ending in ["", "-wal", "-shm"] {
            let mut file = path.as_os_str().to_owned();
            file.push(ending);
            let file = Path::new(&file);
            let Ok(found) = fs::metadata(file) else { continue };
            if found.permissions().mode() & 0o777 == 0o600 {
                continue;
            }
            if let Err(error) = fs::set_permissions(file, Permissions::from_mode(0o600)) {
                let file = file.display();
                tracing::warn!("{file} can be read by other users of this machine: {error}");
            }
        }
    }
}

#[cfg(not(unix))]
pub(crate) fn create(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
pub(crate) fn restrict(_: &Path) {}
