//! Work in the background while a test does something else.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// Set when the background work has to stop.
pub struct StopFlag(AtomicBool);

impl StopFlag {
    /// Whether the background work has to stop.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// Runs `work` while `background` runs on its own thread. `background` must return when its [`StopFlag`] is set.
pub fn meanwhile<B: Send, W>(background: impl FnOnce(&StopFlag) -> B + Send, work: impl FnOnce() -> W) -> (B, W) {
    let stop = StopFlag(AtomicBool::new(false));
    thread::scope(|scope| {
        let background = scope.spawn(|| background(&stop));
        let worked = {
            let _guard = StopOnDrop(&stop);
            work()
        };
        (background.join().expect("the background work does not panic"), worked)
    })
}

/// Stops the background work even if the test fails, so that no test waits forever.
struct StopOnDrop<'a>(&'a StopFlag);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.0.store(true, Ordering::SeqCst);
    }
}

/// Runs a test for several cases at the same time, because most of it is waiting.
pub fn at_once<C: Copy + Sync>(cases: &[C], test: impl Fn(C) + Sync) {
    thread::scope(|scope| {
        for case in cases {
            scope.spawn(|| test(*case));
        }
    });
}
