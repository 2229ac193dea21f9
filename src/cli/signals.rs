//! SIGINT and SIGTERM: the first signal stops the run in good order, the second one ends the process.

use std::io;
use std::thread;

use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::Exit;
use crate::error::Signal;
use crate::runner::Shutdown;

/// Handles signals in a separate thread, so that a second signal ends the process even if the run is blocked.
///
/// # Errors
///
/// The system provides no thread or no signals.
pub fn listen() -> io::Result<Shutdown> {
    let (sender, receiver) = watch::channel(None);
    let runtime = Builder::new_current_thread().enable_io().build()?;
    let (mut interrupt, mut terminate) = {
        let _entered = runtime.enter();
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?)
    };
    let mut next = async move || {
        tokio::select! {
            _ = interrupt.recv() => Signal::Interrupt,
            _ = terminate.recv() => Signal::Terminate,
        }
    };
    thread::Builder::new().name("signals".into()).spawn(move || {
        runtime.block_on(async {
            let first = next().await;
            tracing::warn!("received {first}: finishing in-flight work; send it again to exit immediately");
            sender.send(Some(first)).ok();
            let second = next().await;
            std::process::exit(i32::from(Exit::of_signal(second).code()));
        });
    })?;
    Ok(Shutdown::new(receiver))
}
