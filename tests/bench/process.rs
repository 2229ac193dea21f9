//! A child process, and what it took.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use wait4::Wait4;

/// How often its memory is looked at. What it may grow in that time before it ends is not seen.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// What a process took from its start to its end.
#[derive(Clone, Copy, Debug)]
pub struct Taken {
    /// Seconds from start to end.
    pub seconds: f64,
    /// Seconds of CPU, of all its threads.
    pub cpu: f64,
    /// Peak of resident memory in MiB, where the system tells it.
    pub peak: Option<f64>,
}

/// Runs a command to its end.
pub fn run(command: &mut Command) -> io::Result<(ExitStatus, Taken)> {
    let started = Instant::now();
    finish(command.spawn()?, started)
}

/// The same, with a file's bytes on its standard input, as `cat FILE |` would bring them.
pub fn run_fed(command: &mut Command, path: &Path) -> io::Result<(ExitStatus, Taken)> {
    let mut file = File::open(path)?;
    let started = Instant::now();
    let mut child = command.stdin(Stdio::piped()).spawn()?;
    let mut pipe = child.stdin.take().expect("a pipe was asked for");
    thread::scope(|scope| {
        // Whether all of it was taken is told by how the process ends, and by what it has done.
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

/// Looks at a process' high-water mark while it lives. (The mark that `wait4` tells begins with
/// the memory of the process that started it, which is this one.)
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

/// In MiB; none where there is no such file, or when the process has just ended.
fn high_water_mark(process: u32) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: f64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes / 1024.0)
}
