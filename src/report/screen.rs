//! Standard error, shared by log lines and progress bars.

use std::io::{self, Write};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};

use indicatif::{MultiProgress, ProgressBar};
use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::fmt::MakeWriter;

/// Log lines that may wait for standard error. When there are more, those who log wait too.
const LINES_WAITING: usize = 1024;
/// Comes after all lines that a flush waits for. No log line looks like this: they have their control characters escaped.
const MARK: &[u8] = b"\0";

/// Standard error, shared by log lines and progress bars so that neither garbles the other: bars step aside for every
/// line. If standard error is closed, lines are dropped.
///
/// Lines are written by a thread of its own: a reader of standard error that stops reading stops neither the keys nor
/// the first signal. No line is lost: [`Screen::flush`] waits until the last one is written, however long that takes.
#[derive(Clone, Debug)]
pub struct Screen {
    bars: MultiProgress,
    lines: NonBlocking,
    marks: Arc<Mutex<Receiver<()>>>,
    /// Ends the thread when it is dropped, but waits for it for a second only. Nothing relies on that.
    _thread: Arc<WorkerGuard>,
}

impl Screen {
    /// Writes to standard error, without bars.
    #[must_use]
    pub fn new() -> Self {
        Self::over(io::stderr())
    }

    fn over(out: impl Write + Send + 'static) -> Self {
        let (bars, (sender, marks)) = (MultiProgress::new(), mpsc::channel());
        let paper = Paper { out, bars: bars.clone(), marks: sender };
        let builder = NonBlockingBuilder::default().lossy(false).buffered_lines_limit(LINES_WAITING);
        let (lines, thread) = builder.thread_name("log").finish(paper);
        Self { bars, lines, marks: Arc::new(Mutex::new(marks)), _thread: Arc::new(thread) }
    }

    /// Shows a bar, if there is a terminal.
    pub(super) fn show(&self, bar: ProgressBar) -> ProgressBar {
        self.bars.add(bar)
    }

    /// Waits until all log lines so far are written: before anything else is printed, and before the process exits.
    pub fn flush(&self) {
        let marks = self.marks.lock().unwrap_or_else(PoisonError::into_inner);
        if self.lines.clone().write_all(MARK).is_ok() {
            // An error means that the thread is gone, and so is what it had to write.
            let _ = marks.recv();
        }
    }
}

impl Default for Screen {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a> MakeWriter<'a> for Screen {
    type Writer = NonBlocking;

    fn make_writer(&'a self) -> NonBlocking {
        self.lines.clone()
    }
}

/// Where the thread writes to.
struct Paper<W> {
    out: W,
    bars: MultiProgress,
    marks: Sender<()>,
}

impl<W: Write> Write for Paper<W> {
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

    /// Takes a line only when it is let to.
    struct Gate {
        lets: Receiver<()>,
        taken: Arc<Mutex<Vec<u8>>>,
    }

    impl Write for Gate {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            self.lets.recv().map_err(io::Error::other)?;
            self.taken.lock().unwrap().extend_from_slice(line);
            Ok(line.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_blocked_standard_error_holds_up_no_one_and_loses_no_line() {
        let (let_one, lets) = mpsc::channel();
        let taken = Arc::new(Mutex::new(Vec::new()));
        let screen = Screen::over(Gate { lets, taken: Arc::clone(&taken) });
        for number in 0..1000 {
            // One write a line, as the logger does.
            screen.make_writer().write_all(format!("line {number}\n").as_bytes()).unwrap();
        }
        assert_eq!(taken.lock().unwrap().len(), 0);
        let reader = thread::spawn(move || {
            // Longer than the guard of the thread would wait.
            thread::sleep(Duration::from_millis(1300));
            (0..3000).try_for_each(|_| let_one.send(()))
        });
        screen.flush();
        let text = String::from_utf8(taken.lock().unwrap().clone()).unwrap();
        assert!(text.starts_with("line 0\nline 1\n") && text.ends_with("\nline 999\n"), "{text}");
        drop(screen);
        reader.join().unwrap().ok();
    }

    #[test]
    fn a_closed_standard_error_harms_no_one() {
        let (_, lets) = mpsc::channel();
        let screen = Screen::over(Gate { lets, taken: Arc::default() });
        writeln!(screen.make_writer(), "lost").unwrap();
        screen.flush();
    }
}
