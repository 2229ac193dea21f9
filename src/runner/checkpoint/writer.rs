//! Writes records without keeping the job waiting.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use crate::outputs::CheckpointFile;

/// Writes records in a thread of its own. A newer record replaces one that waits.
#[derive(Debug)]
pub struct Writer {
    mailbox: Arc<Mailbox>,
    thread: JoinHandle<CheckpointFile>,
}

#[derive(Debug, Default)]
struct Mailbox {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: Option<Vec<u8>>,
    is_closed: bool,
    /// Why the last record could not be written, if it could not.
    failure: Option<String>,
    /// The first failure, until it is reported.
    news: Option<String>,
    has_failed: bool,
}

/// The end of a writer.
pub struct Closed {
    pub file: Option<CheckpointFile>,
    /// Why the last record could not be written, if it could not.
    pub failure: Option<String>,
    /// See [`Writer::news`].
    pub news: Option<String>,
}

impl State {
    fn written(&mut self, result: io::Result<()>) {
        self.failure = result.err().map(|error| error.to_string());
        if !self.has_failed {
            self.news.clone_from(&self.failure);
            self.has_failed = self.failure.is_some();
        }
    }
}

impl Writer {
    /// `first` is the result of the first record, which was written before.
    ///
    /// # Errors
    ///
    /// The system provides no thread.
    pub fn start(mut file: CheckpointFile, first: io::Result<()>) -> io::Result<Self> {
        let mailbox = Arc::new(Mailbox::default());
        mailbox.state().written(first);
        let of_thread = Arc::clone(&mailbox);
        let thread = thread::Builder::new().name("checkpoint".to_owned()).spawn(move || {
            while let Some(record) = of_thread.next() {
                let result = file.write(&record);
                of_thread.state().written(result);
            }
            file
        })?;
        Ok(Self { mailbox, thread })
    }

    /// Writes a record soon. Never waits.
    pub fn put(&self, record: Vec<u8>) {
        self.mailbox.state().waiting = Some(record);
        self.mailbox.changed.notify_one();
    }

    /// Why a record could not be written: once, for the first one.
    pub fn news(&self) -> Option<String> {
        self.mailbox.state().news.take()
    }

    /// Waits until the last record is written.
    pub fn close(self) -> Closed {
        self.mailbox.state().is_closed = true;
        self.mailbox.changed.notify_one();
        if let Ok(file) = self.thread.join() {
            let mut state = self.mailbox.state();
            Closed { file: Some(file), failure: state.failure.take(), news: state.news.take() }
        } else {
            let failure = Some("the thread that writes it has panicked".to_owned());
            Closed { file: None, failure, news: None }
        }
    }
}

impl Mailbox {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a record; `None` if there will be no more.
    fn next(&self) -> Option<Vec<u8>> {
        let has_news = |state: &mut State| state.waiting.is_none() && !state.is_closed;
        let mut state = self.changed.wait_while(self.state(), has_news).unwrap_or_else(PoisonError::into_inner);
        state.waiting.take()
    }
}
