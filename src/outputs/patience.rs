//! How long a write waits for a reader.

use std::io::{self, ErrorKind, Write};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

/// A pipe that can be written to accepts this many bytes at once.
const CHUNK: usize = 4096;
/// How often a write that waits looks for a signal.
const LOOK: Duration = Duration::from_millis(50);
/// After a signal, the longest wait in which a reader takes nothing.
const GRACE: Duration = Duration::from_secs(1);

/// How long a write waits for the reader of a pipe, a FIFO or a terminal: as long as it takes, but after a signal only as
/// long as the reader takes something. So the first signal ends a run whose outputs are not read. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Patience(Arc<AtomicBool>);

impl Patience {
    /// A signal has arrived.
    pub fn end(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// A writer whose writes wait like this.
    pub fn writer<F: AsFd>(&self, file: F) -> impl Write + use<F> {
        PatientWriter { file, patience: self.clone() }
    }

    /// Writes everything, in order.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::TimedOut`], if the reader took nothing after a signal, and every other error of the system.
    pub fn write_all(&self, file: impl AsFd, bytes: &[u8]) -> io::Result<()> {
        let mut left = bytes;
        while !left.is_empty() {
            self.wait(&file)?;
            match rustix::io::write(&file, &left[..left.len().min(CHUNK)]) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(written) => left = &left[written..],
                // Another process has filled the pipe meanwhile.
                Err(Errno::AGAIN) => std::thread::sleep(Duration::from_millis(1)),
                Err(Errno::INTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        Ok(())
    }

    /// Waits until the file can be written to. A regular file always can, and so can one that returns an error.
    fn wait(&self, file: &impl AsFd) -> io::Result<()> {
        let timeout = Timespec::try_from(LOOK).expect("50 ms are representable");
        let mut deadline = None;
        loop {
            match poll(&mut [PollFd::new(file, PollFlags::OUT)], Some(&timeout)) {
                Ok(0) | Err(Errno::INTR) => {}
                Ok(_) => return Ok(()),
                Err(errno) => return Err(errno.into()),
            }
            if self.0.load(Ordering::Relaxed)
                && Instant::now() > *deadline.get_or_insert_with(|| Instant::now() + GRACE)
            {
                return Err(io::Error::new(
                    ErrorKind::TimedOut,
                    "its reader takes nothing, and a signal ended the wait",
                ));
            }
        }
    }
}

struct PatientWriter<F> {
    file: F,
    patience: Patience,
}

impl<F: AsFd> Write for PatientWriter<F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.patience.write_all(&self.file, bytes).map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::thread;

    use super::*;

    #[test]
    fn a_write_waits_for_its_reader_until_a_signal_ends_the_wait() {
        let (mut reader, writer) = io::pipe().unwrap();
        let (patience, bytes) = (Patience::default(), vec![b'x'; 300_000]);
        let writing = {
            let (patience, bytes) = (patience.clone(), bytes.clone());
            thread::spawn(move || patience.write_all(&writer, &bytes).map(|()| writer))
        };
        thread::sleep(Duration::from_millis(200));
        assert!(!writing.is_finished());
        let mut read = vec![0; bytes.len()];
        reader.read_exact(&mut read).unwrap();
        let writer = writing.join().unwrap().unwrap();
        assert_eq!(read, bytes);

        patience.end();
        let error = patience.write_all(&writer, &bytes).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        // A reader that takes something is waited for after a signal, too.
        reader.read_exact(&mut [0; 8192]).unwrap();
        patience.write_all(&writer, b"more").unwrap();
    }

    #[test]
    fn a_pipe_without_a_reader_is_an_error_and_no_wait() {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let error = Patience::default().write_all(&writer, b"lost").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);
    }
}
