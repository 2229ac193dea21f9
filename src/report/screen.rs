//! Standard error, shared by log lines and progress bars.

use std::io::{self, ErrorKind, Write};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};

use indicatif::{MultiProgress, ProgressBar};
use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::fmt::MakeWriter;

use super::Colours;
use crate::outputs::Patience;

/// The number of log lines that may wait for standard error. If there are more, the threads that log wait too.
const LINES_WAITING: usize = 1024;
/// Marks the end of the lines that a flush waits for. No log line looks like this, because control characters are
/// escaped.
const MARK: &[u8] = b"\0";

/// Standard error, shared by log lines and progress bars. Bars are hidden while a line is written, so that neither
/// garbles the other. If standard error is closed, lines are dropped.
///
/// A separate thread writes the lines: if the reader of standard error stops reading, keys are still moved, and the first
/// signal is still handled. No line is lost: [`Screen::flush`] waits until the last one is written, without a time limit.
/// After a signal, it only waits while the reader takes something.
#[derive(Clone, Debug)]
pub struct Screen {
    bars: MultiProgress,
    lines: NonBlocking,
    patience: Patience,
    colours: Colours,
    marks: Arc<Mutex<Receiver<()>>>,
    /// Ends the thread when it is dropped. It waits at most a second, so `flush` must have been called before.
    _thread: Arc<WorkerGuard>,
}

impl Screen {
    /// Writes to standard error, without bars.
    pub fn new(colours: Colours) -> Self {
        let patience = Patience::default();
        let out = patience.writer(io::stderr());
        Self::over(UntilBlocked { out, is_blocked: false }, patience, colours)
    }

    /// When to use colours.
    pub(super) fn colours(&self) -> &Colours {
        &self.colours
    }

    /// How long writes wait for their readers. A signal ends it.
    pub fn patience(&self) -> &Patience {
        &self.patience
    }

    fn over(out: impl Write + Send + 'static, patience: Patience, colours: Colours) -> Self {
        let (bars, (sender, marks)) = (MultiProgress::new(), mpsc::channel());
        let writer = LineWriter { out, bars: bars.clone(), marks: sender };
        let builder = NonBlockingBuilder::default().lossy(false).buffered_lines_limit(LINES_WAITING);
        let (lines, thread) = builder.thread_name("log").finish(writer);
        Self { bars, lines, patience, colours, marks: Arc::new(Mutex::new(marks)), _thread: Arc::new(thread) }
    }

    /// Shows a bar, if there is a terminal.
    pub(super) fn show(&self, bar: ProgressBar) -> ProgressBar {
        self.bars.add(bar)
    }

    /// Waits until all log lines so far are written: before anything else is printed, and before the process exits.
    pub fn flush(&self) {
        let marks = self.marks.lock().unwrap_or_else(PoisonError::into_inner);
        if self.lines.clone().write_all(MARK).is_ok() {
            // An error means that the thread has ended, so there is nothing to wait for.
            let _ = marks.recv();
        }
    }
}

impl<'a> MakeWriter<'a> for Screen {
    type Writer = NonBlocking;

    fn make_writer(&'a self) -> NonBlocking {
        self.lines.clone()
    }
}

/// Drops all lines after the first one that its reader did not take in time.
struct UntilBlocked<W> {
    out: W,
    is_blocked: bool,
}

impl<W: Write> Write for UntilBlocked<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if !self.is_blocked {
            let written = self.out.write_all(line);
            self.is_blocked = written.is_err_and(|error| error.kind() == ErrorKind::TimedOut);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes the lines in the thread.
struct LineWriter<W> {
    out: W,
    bars: MultiProgress,
    marks: Sender<()>,
}

impl<W: Write> Write for LineWriter<W> {
    /// Never fails: nothing could report it.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if line == MARK {
            let _ = self.marks.send(());
        } else {
            let _ = self.bars.suspend(|| self.out.write_all(line));
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::Duration;

    use super::*;

    /// Accepts one line for each message of `permits`.
    struct Gate {
        permits: Receiver<()>,
        accepted: Arc<Mutex<Vec<u8>>>,
    }

    impl Write for Gate {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            self.permits.recv().map_err(io::Error::other)?;
            self.accepted.lock().unwrap().extend_from_slice(line);
            Ok(line.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_blocked_standard_error_blocks_no_thread_and_loses_no_line() {
        let (permit, permits) = mpsc::channel();
        let accepted = Arc::new(Mutex::new(Vec::new()));
        let screen =
            Screen::over(Gate { permits, accepted: Arc::clone(&accepted) }, Patience::default(), Colours::default());
        for number in 0..1000 {
            // One write a line, as the logger does.
            screen.make_writer().write_all(format!("line {number}\n").as_bytes()).unwrap();
        }
        assert_eq!(accepted.lock().unwrap().len(), 0);
        let reader = thread::spawn(move || {
            // Longer than the guard of the thread waits.
            thread::sleep(Duration::from_millis(1300));
            (0..3000).try_for_each(|_| permit.send(()))
        });
        screen.flush();
        let text = String::from_utf8(accepted.lock().unwrap().clone()).unwrap();
        assert!(text.starts_with("line 0\nline 1\n") && text.ends_with("\nline 999\n"), "{text}");
        drop(screen);
        reader.join().unwrap().ok();
    }

    #[test]
    fn a_closed_standard_error_is_no_problem() {
        let (_, permits) = mpsc::channel();
        let screen = Screen::over(Gate { permits, accepted: Arc::default() }, Patience::default(), Colours::default());
        writeln!(screen.make_writer(), "lost").unwrap();
        screen.flush();
    }
}
