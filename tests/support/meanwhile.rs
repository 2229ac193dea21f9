//! Something that goes on while something else is done.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// Whether what goes on is to end.
pub struct Ended(AtomicBool);

impl Ended {
    /// Whether it is to end.
    pub fn is_so(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// Does `work` while `going_on` runs on a thread of its own, which has to look whether it has [`Ended`].
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

/// Ends what goes on, also where a test fails meanwhile: nobody waits for a thread that never ends.
struct EndsIt<'a>(&'a Ended);

impl Drop for EndsIt<'_> {
    fn drop(&mut self) {
        self.0.0.store(true, Ordering::SeqCst);
    }
}
