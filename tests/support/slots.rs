//! How many tests may have servers at the same time.

use std::cell::RefCell;
use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak};

/// The most tests that may have servers at the same time: few enough for a laptop with many test threads.
const TESTS: usize = 6;

static TAKEN: Mutex<usize> = Mutex::new(0);
static FREED: Condvar = Condvar::new();

thread_local! {
    static MINE: RefCell<Weak<Slot>> = const { RefCell::new(Weak::new()) };
}

/// The right to have servers, for as long as any server of this thread lives.
pub struct Slot(());

impl Slot {
    /// Waits for a slot; a thread that holds one shares it, so that no test can wait for itself.
    pub fn take() -> Arc<Self> {
        MINE.with_borrow_mut(|mine| {
            mine.upgrade().unwrap_or_else(|| {
                let taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
                let mut taken =
                    FREED.wait_while(taken, |taken| *taken >= TESTS).unwrap_or_else(PoisonError::into_inner);
                *taken += 1;
                let slot = Arc::new(Self(()));
                *mine = Arc::downgrade(&slot);
                slot
            })
        })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        *TAKEN.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        FREED.notify_one();
    }
}
