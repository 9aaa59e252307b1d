//! A process that is gone when its owner is.

use std::process::{Child, Command, Stdio};

/// A running process.
pub(super) struct Process(Child);

impl Process {
    pub(super) fn start(command: &mut Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let name = command.get_program().to_os_string();
        Self(command.spawn().unwrap_or_else(|error| panic!("{}: {error}", name.display())))
    }

    pub(super) fn end(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}
