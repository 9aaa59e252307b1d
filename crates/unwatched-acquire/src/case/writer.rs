//! Writing a case: made once, gone on with later, by one process at a time. The key is in memory
//! while the writer lives, and overwritten there when it is dropped.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use age::x25519::Identity;
use jiff::Timestamp;

use super::CaseError;
use super::entry::{AcquisitionEnd, Entry};
use super::folder::{self, Folder, create_private, without_time};
use super::journal::{self, End, Journal};
use super::kinds::StreamKind;
use super::reader::Case;
use super::secret::{self, Secret};
use super::stream::Stream;

/// Tells the time: the clock is an argument.
pub type Clock = Box<dyn Fn() -> Timestamp + Send + Sync>;

/// Writes a case. Several streams may be open at once, from several threads.
pub struct Writer {
    inner: Arc<Inner>,
}

/// What a writer and its streams share.
pub(super) struct Inner {
    pub(super) identity: Arc<Identity>,
    folder: Folder,
    clock: Clock,
    state: Mutex<State>,
    _lock: File,
}

struct State {
    journal: Journal,
    next_stream: u32,
    acquisition: u32,
}

impl Inner {
    pub(super) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    pub(super) fn append_at(
        &self,
        at: Timestamp,
        entry: &Entry,
        durable: bool,
    ) -> Result<(), CaseError> {
        self.state().journal.append(at, entry, durable)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Writer {
    /// Makes a case in a folder that is empty or not there yet. `tool` is the program and its
    /// version.
    pub fn create(
        path: &Path,
        secret: &Secret,
        tool: &str,
        clock: Clock,
    ) -> Result<Self, CaseError> {
        let identity = Identity::generate();
        // Before anything is written, for the passphrase may be refused.
        let wrapped = secret::wrap(&identity, secret)?;
        let folder = Folder::create(path)?;
        let lock = folder.lock()?;
        let key = folder.at(folder::KEY);
        let write = || {
            let mut file = create_private(&key)?;
            file.write_all(&wrapped)?;
            without_time(&file);
            file.sync_all()
        };
        write().map_err(CaseError::io(&key))?;
        let path = folder.at(folder::JOURNAL);
        let file = create_private(&path).map_err(CaseError::io(&path))?;
        let nothing = journal::read(std::io::empty(), &identity).map_err(CaseError::io(&path))?;
        let mut journal = Journal::after(file, path, &identity, &nothing);
        journal.append(clock(), &Entry::Created { tool: tool.to_owned() }, true)?;
        folder.commit()?;
        let state = State { journal, next_stream: 1, acquisition: 0 };
        Ok(Self::of(identity, folder, clock, state, lock))
    }

    /// Goes on with a case: another acquisition of the same phone, a removal, the close. A piece of
    /// an entry at the journal's end, left by a program that was stopped, is taken away, and that is
    /// said in the journal.
    pub fn resume(path: &Path, secret: &Secret, clock: Clock) -> Result<Self, CaseError> {
        let folder = Folder::find(path)?;
        let lock = folder.lock()?;
        let identity = secret::read(&folder, secret)?;
        let path = folder.at(folder::JOURNAL);
        let file = File::options().read(true).write(true).open(&path);
        let file = file.map_err(CaseError::io(&path))?;
        let read = journal::read(&file, &identity).map_err(CaseError::io(&path))?;
        if let End::Damaged(why) = read.end {
            return Err(CaseError::JournalDamaged { read: read.records.len() as u64, why });
        }
        let (mut last_stream, mut acquisition) = (0, 0);
        for record in &read.records {
            match &record.entry {
                Entry::StreamBegan { stream, .. } => last_stream = last_stream.max(*stream),
                Entry::AcquisitionBegan { acquisition: begun, .. } => {
                    acquisition = acquisition.max(*begun);
                }
                _ => {}
            }
        }
        let there = folder.streams().map_err(CaseError::io(folder.path()))?;
        last_stream = there.last().copied().unwrap_or(0).max(last_stream);
        let mut journal = Journal::after(file, path, &identity, &read);
        if let End::Cut { length_bytes, sha256 } = read.end {
            journal.take_away_what_follows()?;
            let entry = Entry::CutPieceRemoved { length_bytes, sha256: hex::encode(sha256) };
            journal.append(clock(), &entry, true)?;
        }
        let state = State { journal, next_stream: last_stream.saturating_add(1), acquisition };
        Ok(Self::of(identity, folder, clock, state, lock))
    }

    fn of(identity: Identity, folder: Folder, clock: Clock, state: State, lock: File) -> Self {
        let (identity, state) = (Arc::new(identity), Mutex::new(state));
        Self { inner: Arc::new(Inner { identity, folder, clock, state, _lock: lock }) }
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.inner.folder.path()
    }

    /// What the case holds so far.
    pub fn case(&self) -> Result<Case, CaseError> {
        Case::read(self.inner.folder.clone(), Arc::clone(&self.inner.identity), None)
    }

    /// Begins an acquisition: the streams that follow belong to it.
    pub fn begin_acquisition(&self, tool: &str) -> Result<u32, CaseError> {
        let mut state = self.inner.state();
        let acquisition = state.acquisition + 1;
        let entry = Entry::AcquisitionBegan { acquisition, tool: tool.to_owned() };
        state.journal.append(self.inner.now(), &entry, true)?;
        state.acquisition = acquisition;
        Ok(acquisition)
    }

    /// Ends the acquisition, and makes all of it durable.
    pub fn end_acquisition(&self, end: AcquisitionEnd) -> Result<(), CaseError> {
        let mut state = self.inner.state();
        let entry = Entry::AcquisitionEnded { acquisition: state.acquisition, end };
        self.inner.folder.make_durable()?;
        state.journal.append(self.inner.now(), &entry, true)
    }

    /// Begins a stream: `name` is the command line or the file as the phone is asked for it. It
    /// stands in the journal, durable, before this returns.
    pub fn stream(&self, name: &str, what: StreamKind) -> Result<Stream, CaseError> {
        let (number, began) = {
            let mut state = self.inner.state();
            let (stream, began) = (state.next_stream, self.inner.now());
            let acquisition = state.acquisition;
            let entry = Entry::StreamBegan { stream, acquisition, name: name.to_owned(), what };
            state.journal.append(began, &entry, true)?;
            state.next_stream = stream.saturating_add(1);
            (stream, began)
        };
        Stream::begin(Arc::clone(&self.inner), number, self.inner.folder.stream(number), began)
    }

    /// Appends an entry; it is durable when this returns.
    pub fn journal(&self, entry: &Entry) -> Result<(), CaseError> {
        self.inner.append_at(self.inner.now(), entry, true)
    }

    /// Closes the case and destroys its key, for good: [`secret::DESTROYED`] is what to tell.
    pub fn close_for_good(self) -> Result<(), CaseError> {
        self.journal(&Entry::Closed { key_destroyed: true })?;
        secret::destroy(&self.inner.folder)
    }

    /// Closes the case and keeps its key: [`secret::KEPT`] is what to tell.
    pub fn close_and_keep(self) -> Result<(), CaseError> {
        self.journal(&Entry::Closed { key_destroyed: false })
    }
}
