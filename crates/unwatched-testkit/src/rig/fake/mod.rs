//! A fake of both protocols, an adb server's and a phone's own, for what the real ones cannot give:
//! questions on the screen, phones that may not be opened, cables that come off at a given byte,
//! answers without end, and lengths that are not true. It runs in threads of the test.

mod mischief;
mod phone;
mod server;

use std::collections::HashMap;
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use unwatched_fixtures::phone::population::{Answer, Phone};

pub use mischief::{Lie, Mischief};
pub use phone::Lock;

/// What a fake answers with.
#[derive(Clone)]
pub struct Answers {
    phone: Arc<Mutex<Phone>>,
    said: Arc<Mutex<HashMap<String, Answer>>>,
    calls: Arc<Mutex<Vec<String>>>,
    files: Arc<HashMap<String, Vec<u8>>>,
}

impl Answers {
    /// Those of a made-up phone.
    pub fn of(phone: Phone) -> Self {
        Self {
            phone: Arc::new(Mutex::new(phone)),
            said: Arc::default(),
            calls: Arc::default(),
            files: Arc::default(),
        }
    }

    /// The same with files of apps, by their paths.
    #[must_use]
    pub fn with_files(self, files: HashMap<String, Vec<u8>>) -> Self {
        Self { files: Arc::new(files), ..self }
    }

    /// What was asked so far.
    pub fn calls(&self) -> Vec<String> {
        held(&self.calls).clone()
    }

    /// The phone as it is now.
    pub fn phone(&self) -> Phone {
        held(&self.phone).clone()
    }

    /// What somebody does by hand, on the phone's own screen.
    pub fn by_hand(&self, words: &[&str]) {
        let answer = held(&self.phone).answer(words).expect("something that hands can do");
        assert!(answer.changed, "{words:?}: {}", answer.aside);
        held(&self.said).clear();
    }

    fn answer(&self, line: &str) -> Answer {
        held(&self.calls).push(line.to_owned());
        if let Some(known) = held(&self.said).get(line) {
            return known.clone();
        }
        let words: Vec<_> = line.split(' ').collect();
        let answer = held(&self.phone).answer(&words).unwrap_or_else(|| Answer {
            out: String::new(),
            aside: format!("/system/bin/sh: {}: inaccessible or not found\n", words[0]),
            code: 127,
            changed: false,
        });
        // Whatever changes the phone changes later answers.
        if answer.changed {
            held(&self.said).clear();
        } else {
            held(&self.said).insert(line.to_owned(), answer.clone());
        }
        answer
    }

    fn file(&self, path: &str) -> Option<&[u8]> {
        self.files.get(path).map(Vec::as_slice)
    }
}

fn held<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Something that listens until it is dropped.
struct Listening {
    address: SocketAddr,
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Listening {
    /// Hands each connection to `serve`, in a thread of its own.
    fn start(serve: impl Fn(TcpStream) -> io::Result<()> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let address = listener.local_addr().expect("it has an address");
        let ends = Arc::new(AtomicBool::new(false));
        let (serve, ended) = (Arc::new(serve), Arc::clone(&ends));
        let thread = thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if ended.load(Ordering::Relaxed) {
                    break;
                }
                let serve = Arc::clone(&serve);
                // It ends with its connection; what went wrong is the client's to say.
                thread::spawn(move || drop(serve(stream)));
            }
        });
        Self { address, ends, thread: Some(thread) }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A phone's debugging service.
pub struct FakePhone(Listening);

impl FakePhone {
    /// Starts one.
    pub fn start(answers: Answers, lock: Lock, mischief: Mischief) -> Self {
        Self(Listening::start(move |stream| phone::serve(stream, &answers, lock, &mischief)))
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.0.address
    }
}

/// An adb server.
pub struct FakeServer(Listening);

impl FakeServer {
    /// Starts one that lists these phones, in the words of `adb devices -l`; every one of them
    /// answers alike.
    pub fn start(list: &str, answers: Answers, mischief: Mischief) -> Self {
        let list = list.to_owned();
        Self(Listening::start(move |stream| server::serve(stream, &list, &answers, &mischief)))
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.0.address.port()
    }
}
