//! What somebody whose bytes took the analyser over would try. Each goes through in a process that
//! is not in the sandbox, and hurts nobody then.

use std::fs::{self, File};
use std::hint::black_box;
use std::io;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, OFlag, OpenHow, ResolveFlag, open, openat, openat2};
use nix::sched::{CloneFlags, unshare};
use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::sys::ptrace;
use nix::sys::signal::{Signal, kill};
use nix::sys::socket::{AddressFamily, SockFlag, SockType, socket};
use nix::sys::stat::Mode;
use nix::sys::uio::{RemoteIoVec, process_vm_readv};
use nix::unistd::Pid;
use unwatched_analysis::hash_only;
use unwatched_model::report::Report;

const PASSWORDS: &str = "/etc/passwd";

/// What it knows of the world before the doors close.
pub(crate) struct Outside {
    parent: Pid,
    program: PathBuf,
}

impl Outside {
    pub(crate) fn look() -> Self {
        let parent = i32::try_from(std::os::unix::process::parent_id()).expect("a process's id");
        let program = std::env::current_exe().expect("this program");
        Self { parent: Pid::from_raw(parent), program }
    }
}

/// Does what the sample says. A report means that it went through.
pub(crate) fn attempt(outside: &Outside, sample: &[u8]) -> anyhow::Result<Report> {
    let what = String::from_utf8_lossy(sample);
    match tried(outside, what.trim()) {
        Ok(()) => Ok(hash_only(None, sample, "it went through")),
        Err(error) => anyhow::bail!("{what}: {error}"),
    }
}

fn tried(outside: &Outside, what: &str) -> io::Result<()> {
    let any_port = "127.0.0.1:0";
    match what {
        "a TCP socket that listens" => TcpListener::bind(any_port).map(drop),
        "a TCP connection" => TcpStream::connect("127.0.0.1:9").map(drop),
        "a UDP socket" => UdpSocket::bind(any_port).map(drop),
        "a UNIX socket" => UnixDatagram::unbound().map(drop),
        "a pair of sockets" => UnixStream::pair().map(drop),
        "a netlink socket" => family(AddressFamily::Netlink, SockType::Raw),
        "a packet socket" => family(AddressFamily::Packet, SockType::Raw),
        "reading a file" => fs::read(PASSWORDS).map(drop),
        "open" => Ok(open(PASSWORDS, OFlag::O_RDONLY, Mode::empty()).map(drop)?),
        "openat" => Ok(openat(AT_FDCWD, PASSWORDS, OFlag::O_RDONLY, Mode::empty()).map(drop)?),
        "openat2" => {
            let how = OpenHow::new().resolve(ResolveFlag::RESOLVE_NO_SYMLINKS);
            Ok(openat2(AT_FDCWD, PASSWORDS, how).map(drop)?)
        }
        "io_uring" => io_uring::IoUring::new(2).map(drop),
        "what a file is" => fs::metadata(PASSWORDS).map(drop),
        "what a folder holds" => fs::read_dir("/").map(drop),
        "where a link leads" => fs::read_link("/proc/self/exe").map(drop),
        "writing a file" => File::create(in_temporary("written")).map(drop),
        "making a folder" => fs::create_dir(in_temporary("folder")),
        "removing a file" => fs::remove_file(in_temporary("nothing")),
        "a file in memory" => Ok(memfd_create("unwatched", MFdFlags::empty()).map(drop)?),
        "fork" => fork::fork().map(leave),
        "a program beside it" => Command::new(&outside.program).spawn()?.wait().map(drop),
        "a program in its place" => Err(Command::new(&outside.program).exec()),
        "a thread" => std::thread::Builder::new().spawn(|| ())?.join().map_err(|_| never()),
        "a signal to the parent" => Ok(kill(outside.parent, Signal::SIGCONT)?),
        "tracing the parent" => Ok(ptrace::seize(outside.parent, ptrace::Options::empty())?),
        "the parent's memory" => memory_of(outside.parent),
        "new namespaces" => Ok(unshare(CloneFlags::CLONE_NEWUSER)?),
        "another user" => Ok(nix::unistd::setuid(nix::unistd::getuid())?),
        "another root" => Ok(nix::unistd::chroot("/")?),
        "code in memory" => memmap2::MmapMut::map_anon(4096)?.make_exec().map(drop),
        "a higher limit" => {
            let most = rlimit::Resource::NOFILE.get()?.1;
            rlimit::Resource::NOFILE.set(most.max(64), most.max(64))
        }
        "being looked into" => Ok(nix::sys::prctl::set_dumpable(true)?),
        "the environment" => nothing_of(std::env::vars_os().count(), "variables"),
        "descriptors left open" => nothing_of(descriptors(), "descriptors"),
        "all memory" => {
            let mut held = Vec::new();
            loop {
                held.push(black_box(vec![1_u8; 1 << 20]));
            }
        }
        "all time" => loop {
            black_box(());
        },
        other => panic!("nobody knows how to try {other:?}"),
    }
}

fn family(family: AddressFamily, kind: SockType) -> io::Result<()> {
    Ok(socket(family, kind, SockFlag::empty(), None).map(drop)?)
}

fn in_temporary(name: &str) -> PathBuf {
    Path::new("/tmp").join(format!("unwatched-sandbox-{name}"))
}

/// The second of the two processes goes at once.
fn leave(forked: fork::Fork) {
    if forked == fork::Fork::Child {
        std::process::exit(0);
    }
}

fn memory_of(process: Pid) -> io::Result<()> {
    let mut byte = [0_u8];
    // An address of this program; the parent is the same one.
    let base = std::ptr::from_ref(PASSWORDS).cast::<u8>().addr();
    let remote = [RemoteIoVec { base, len: 1 }];
    Ok(process_vm_readv(process, &mut [io::IoSliceMut::new(&mut byte)], &remote).map(drop)?)
}

/// How many beside the standard streams can be closed, and so were open.
fn descriptors() -> usize {
    (3..256).filter(|descriptor| nix::unistd::close(*descriptor) != Err(Errno::EBADF)).count()
}

fn nothing_of(count: usize, what: &str) -> io::Result<()> {
    if count == 0 { Err(io::Error::other(format!("there are no {what}"))) } else { Ok(()) }
}

fn never() -> io::Error {
    io::Error::other("a thread that does nothing broke down")
}
