//! Work in the background while a test does something else.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// Whether the background work has to end.
pub struct Ended(AtomicBool);

impl Ended {
    /// Whether it has to end.
    pub fn is_so(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// Does `work` while `going_on` runs on a thread of its own, which must check whether it has [`Ended`].
pub fn meanwhile<G: Send, W>(going_on: impl FnOnce(&Ended) -> G + Send, work: impl FnOnce() -> W) -> (G, W) {
    let ended = Ended(AtomicBool::new(false));
    thread::scope(|scope| {
        let going_on = scope.spawn(|| going_on(&ended));
        let worked = {
            let _guard = EndsIt(&ended);
            work()
        };
        (going_on.join().expect("what goes on has no fault"), worked)
    })
}

/// Ends the background work, even if the test fails meanwhile: no test waits for a thread that never ends.
struct EndsIt<'a>(&'a Ended);

impl Drop for EndsIt<'_> {
    fn drop(&mut self) {
        self.0.0.store(true, Ordering::SeqCst);
    }
}
