//! SIGINT, SIGTERM and SIGHUP: the first signal stops the run in good order, the second one ends the process.

use std::io;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::Exit;
use crate::error::{Signal, Stop};
use crate::outputs::Patience;
use crate::runner::Shutdown;

/// How long the first signal waits until its log line is accepted.
const LOGGED_WITHIN: Duration = Duration::from_secs(1);

/// Handles signals in a separate thread, so that a second signal ends the process even if the run is blocked. The first
/// signal also ends `patience`, and so does the end of the run's time.
///
/// # Errors
///
/// The system provides no thread or no signals.
pub fn listen(patience: Patience, limit: Option<Duration>) -> io::Result<Shutdown> {
    let (sender, receiver) = watch::channel(None);
    let runtime = Builder::new_current_thread().enable_io().enable_time().build()?;
    let mut next = {
        let _entered = runtime.enter();
        signals()?
    };
    thread::Builder::new().name("signals".into()).spawn(move || {
        runtime.block_on(async {
            let first = tokio::select! {
                biased;
                signal = next() => signal,
                limit = over(limit) => {
                    patience.end();
                    log_limit(limit);
                    sender.send(Some(Stop::TimeLimit(limit))).ok();
                    next().await
                }
            };
            patience.end();
            log(first);
            sender.send(Some(Stop::Interrupted(first))).ok();
            let second = next().await;
            std::process::exit(i32::from(Exit::of_signal(second).code()));
        });
    })?;
    Ok(Shutdown::new(receiver))
}

/// Waits until the run has lasted for this long.
async fn over(limit: Option<Duration>) -> Duration {
    match limit {
        Some(limit) => {
            tokio::time::sleep(limit).await;
            limit
        }
        None => std::future::pending().await,
    }
}

/// Returns one signal after the other.
fn signals() -> io::Result<impl AsyncFnMut() -> Signal> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let mut hangup = if is_hangup_ignored() { None } else { Some(signal(SignalKind::hangup())?) };
    Ok(async move || {
        let hung_up = async {
            match &mut hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = interrupt.recv() => Signal::Interrupt,
            _ = terminate.recv() => Signal::Terminate,
            _ = hung_up => Signal::Hangup,
        }
    })
}

/// Whether the process was started with SIGHUP ignored, as `nohup` does, so that the run survives its terminal.
fn is_hangup_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    // SIGHUP is signal 1, and the first bit.
    ignored.is_some_and(|mask| mask & 1 == 1)
}

/// Logs a signal in a thread of its own: a log without a reader must not delay the signal, or the next one.
fn log(signal: Signal) {
    log_by(move || {
        let text = format!("received {signal}: finishing in-flight work; send it again to exit immediately");
        tracing::warn!(%text, %signal, "signal received");
    });
}

/// The same for the end of the run's time.
fn log_limit(limit: Duration) {
    log_by(move || {
        let (limit, seconds) = (humantime::format_duration(limit), limit.as_secs_f64());
        let text = format!("the run has lasted for {limit} (`--max-duration`): finishing in-flight work");
        tracing::warn!(%text, seconds, "time limit reached");
    });
}

fn log_by(log: impl FnOnce() + Send + 'static) {
    let (logged, done) = mpsc::channel();
    let spawned = thread::Builder::new().name("signal log".into()).spawn(move || {
        log();
        logged.send(()).ok();
    });
    if spawned.is_ok() {
        done.recv_timeout(LOGGED_WITHIN).ok();
    }
}
