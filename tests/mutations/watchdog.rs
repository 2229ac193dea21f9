//! A thread that notices when a case does not end.

use std::io::Write as _;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use std::{fs, io, process, thread};

/// The longest time that a case may take. Most take some microseconds.
const DEADLINE: Duration = Duration::from_secs(10);

/// Aborts the program if a case takes too long, because a thread cannot be ended from outside.
pub struct Watchdog {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    watched: Mutex<Watched>,
    ended: Condvar,
}

#[derive(Default)]
struct Watched {
    /// The start of the current case.
    since: Option<Instant>,
    name: String,
    input: Vec<u8>,
    is_over: bool,
}

impl Watchdog {
    /// Starts the thread.
    pub fn start() -> Self {
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        Self { shared, thread: Some(thread::spawn(move || theirs.watch())) }
    }

    /// Reports that a case with this name and input begins.
    pub fn begin(&self, name: String, input: &[u8]) {
        let mut watched = self.shared.lock();
        watched.name = name;
        watched.input.clear();
        watched.input.extend_from_slice(input);
        watched.since = Some(Instant::now());
    }

    /// Reports that the case has ended.
    pub fn end(&self) {
        self.shared.lock().since = None;
    }

    /// How to run the current case again.
    pub fn case(&self) -> String {
        self.shared.lock().case()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Watched> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn watch(&self) {
        let mut watched = self.lock();
        while !watched.is_over {
            if watched.since.is_some_and(|since| since.elapsed() > DEADLINE) {
                // `eprintln!` would be captured by libtest.
                let _ = writeln!(io::stderr(), "it hangs: {}", watched.case());
                process::abort();
            }
            let waited = self.ended.wait_timeout(watched, Duration::from_secs(1));
            watched = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Watched {
    fn case(&self) -> String {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}.bin", self.name.replace(' ', "-")));
        match fs::write(&path, &self.input) {
            Ok(()) => format!("{}, whose input is in {}", self.name, path.display()),
            Err(error) => format!("{}, whose input cannot be kept: {error}", self.name),
        }
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.shared.lock().is_over = true;
        self.shared.ended.notify_one();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
