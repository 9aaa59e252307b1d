//! What a process gives up before it reads strangers' bytes.
//!
//! [`enter`] is called by a process of one thread that has all it needs: the three standard streams
//! and memory to ask for. Afterwards it opens nothing, reaches nobody, starts nothing and cannot go
//! back. Several layers say no to the same thing, each by itself, because no kernel has all of them:
//! limits (every Unix), Landlock and the filter of system calls (Linux, where built in). A layer
//! that is lacking is told, never silently missed: `doctor` starts a child that tries.
//!
//! What the process then reads, and what becomes of it, is the business of whoever starts it.

#[cfg(target_os = "linux")]
mod calls;
mod check;
#[cfg(target_os = "linux")]
mod files;

use std::io;

use nix::errno::Errno;
use rlimit::Resource;
use serde::{Deserialize, Serialize};

pub use check::{CheckArgs, Probe, Tried, try_out};

/// How much a process may use.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Address space.
    pub memory_mib: u64,
    /// Processor time.
    pub cpu_s: u64,
}

/// One layer, as this kernel has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// It holds as a whole.
    Holds,
    /// This kernel has a part of it.
    Partly(String),
    /// It does not hold, and why.
    Lacks(String),
}

/// What holds beside the limits, without which nothing is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// No view of the file system and the network.
    pub landlock: Layer,
    /// The list of system calls that an analysis needs.
    pub calls: Layer,
}

impl Held {
    /// Why the wall that counts does not hold; the other one only stands behind it.
    pub fn lacks_filter(&self) -> Option<&str> {
        match &self.calls {
            Layer::Lacks(why) => Some(why),
            Layer::Holds | Layer::Partly(_) => None,
        }
    }

    /// What this machine lacks, as a sentence goes on; `None` when nothing.
    pub fn lacking(&self) -> Option<String> {
        let layers = [("the filter of system calls", &self.calls), ("Landlock", &self.landlock)];
        let lacking = layers.into_iter().filter_map(|(name, layer)| match layer {
            Layer::Holds => None,
            Layer::Partly(how) => Some(format!("{name} in part only ({how})")),
            Layer::Lacks(why) => Some(format!("{name} not at all ({why})")),
        });
        let lacking: Vec<_> = lacking.collect();
        (!lacking.is_empty()).then(|| lacking.join(", "))
    }
}

/// From here on this process ends when the one that started it does, however that ends; an error
/// when it has ended already.
pub fn end_with_parent(parent: u32) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    nix::sys::prctl::set_pdeathsig(nix::sys::signal::Signal::SIGKILL).map_err(of_errno)?;
    // It may have ended before the kernel was asked.
    if std::os::unix::process::parent_id() == parent {
        Ok(())
    } else {
        Err(io::Error::other("whoever started this analysis has ended"))
    }
}

/// No other process of the same user may look into this one: a child that was taken over where the
/// filter does not hold reads neither the server's memory nor its keys. It can still send it
/// signals; only another user could not.
pub fn close_to_others() -> io::Result<()> {
    #[cfg(target_os = "linux")]
    nix::sys::prctl::set_dumpable(false).map_err(of_errno)?;
    Ok(())
}

/// The descriptors that are kept.
const STANDARD_STREAMS: i32 = 3;
/// Where the open descriptors cannot be listed, this many are closed.
const DESCRIPTORS: i32 = 1024;

/// Gives everything up. An error means that a limit could not be set: then nothing may be read.
pub fn enter(limits: Limits) -> io::Result<Held> {
    close_descriptors();
    limit(limits)?;
    hide_memory()?;
    let landlock = files_layer();
    // Landlock needed a descriptor for itself. From here on there is never a new one: no file, no
    // socket, no ring, whatever the kernel's other layers say.
    Resource::NOFILE.set(0, 0)?;
    Ok(Held { landlock, calls: calls_layer() })
}

/// Closes what the starting process left open by mistake.
fn close_descriptors() {
    // Collected first: the listing has a descriptor of its own, which is gone by then.
    let listed: Option<Vec<i32>> = std::fs::read_dir("/proc/self/fd").ok().map(|entries| {
        let names = entries.flatten().map(|entry| entry.file_name());
        names.filter_map(|name| name.to_str()?.parse().ok()).collect()
    });
    let open = listed.unwrap_or_else(|| (0..DESCRIPTORS).collect());
    for descriptor in open.into_iter().filter(|descriptor| *descriptor >= STANDARD_STREAMS) {
        // What is closed already is what was wanted.
        let _ = nix::unistd::close(descriptor);
    }
}

/// A limit that was set cannot be raised again.
fn limit(limits: Limits) -> io::Result<()> {
    let memory_bytes = limits.memory_mib.saturating_mul(1 << 20);
    Resource::AS.set(memory_bytes, memory_bytes)?;
    // A second between the two, so that the signal says which limit it was.
    Resource::CPU.set(limits.cpu_s, limits.cpu_s.saturating_add(1))?;
    Resource::CORE.set(0, 0)?;
    // It writes to a pipe, which no file size counts.
    Resource::FSIZE.set(0, 0)?;
    // The kernel does not count for root; there the filter says no.
    Resource::NPROC.set(0, 0)
}

/// No other process of the same user may look into this one, and no program gives it rights.
fn hide_memory() -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        nix::sys::prctl::set_no_new_privs().map_err(of_errno)?;
        nix::sys::prctl::set_dumpable(false).map_err(of_errno)?;
    }
    Ok(())
}

fn of_errno(errno: Errno) -> io::Error {
    io::Error::from_raw_os_error(errno as i32)
}

#[cfg(target_os = "linux")]
use calls::layer as calls_layer;
#[cfg(target_os = "linux")]
use files::layer as files_layer;

#[cfg(not(target_os = "linux"))]
fn calls_layer() -> Layer {
    Layer::Lacks("only Linux has it".to_owned())
}

#[cfg(not(target_os = "linux"))]
fn files_layer() -> Layer {
    Layer::Lacks("only Linux has it".to_owned())
}
