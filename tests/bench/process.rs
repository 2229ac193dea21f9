//! A child process, and the resources that it used.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use wait4::Wait4;

/// How often its memory is read. Growth after the last reading is not noticed.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// The resources that a process used from its start to its end.
#[derive(Clone, Copy, Debug)]
pub struct Taken {
    /// Seconds from start to end.
    pub seconds: f64,
    /// Seconds of CPU, of all its threads.
    pub cpu: f64,
    /// Peak of resident memory in MiB, if the system reports it.
    pub peak: Option<f64>,
}

/// Runs a command to its end.
pub fn run(command: &mut Command) -> io::Result<(ExitStatus, Taken)> {
    let started = Instant::now();
    finish(command.spawn()?, started)
}

/// The same, with a file's bytes on its standard input, like `cat FILE |`.
pub fn run_fed(command: &mut Command, path: &Path) -> io::Result<(ExitStatus, Taken)> {
    let mut file = File::open(path)?;
    let started = Instant::now();
    let mut child = command.stdin(Stdio::piped()).spawn()?;
    let mut pipe = child.stdin.take().expect("stdin is a pipe");
    thread::scope(|scope| {
        // An error is ignored: if the process does not read all bytes, its exit code and its keys show that.
        scope.spawn(move || io::copy(&mut file, &mut pipe));
        finish(child, started)
    })
}

/// Waits for the end of a process that was started then.
pub fn finish(child: Child, started: Instant) -> io::Result<(ExitStatus, Taken)> {
    let watch = PeakWatch::of(child.id());
    let end = child.wait4()?;
    let seconds = started.elapsed().as_secs_f64();
    let cpu = (end.rusage.utime + end.rusage.stime).as_secs_f64();
    Ok((end.status, Taken { seconds, cpu, peak: watch.end() }))
}

/// Reads a process' high-water mark while it runs. (The mark that `wait4` returns includes the memory of this process,
/// which starts it.)
struct PeakWatch {
    ended: Arc<AtomicBool>,
    looker: JoinHandle<Option<f64>>,
}

impl PeakWatch {
    fn of(process: u32) -> Self {
        let ended = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&ended);
        let looker = thread::spawn(move || {
            let mut peak = None;
            while !seen.load(Ordering::Relaxed) {
                peak = high_water_mark(process).or(peak);
                thread::sleep(LOOK_EVERY);
            }
            peak
        });
        Self { ended, looker }
    }

    fn end(self) -> Option<f64> {
        self.ended.store(true, Ordering::Relaxed);
        self.looker.join().expect("looking at a file does not panic")
    }
}

/// In MiB. `None` if there is no such file or if the process has ended.
fn high_water_mark(process: u32) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: f64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes / 1024.0)
}
