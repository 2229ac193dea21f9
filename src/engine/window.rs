//! How many payload bytes may be on their way at once: asked for, held here, or being written.
//!
//! A server keeps the replies that we have not read, so what is asked for is bounded before it is
//! asked for, by what it is expected to be.

use std::cell::Cell;

use tokio::sync::Notify;

/// A number of bytes that may be in flight.
#[derive(Debug)]
pub struct Window {
    limit: usize,
    used: Cell<usize>,
    released: Notify,
    waiting: Cell<bool>,
    contended: Notify,
}

impl Window {
    /// A window of `limit` bytes.
    pub fn new(limit: usize) -> Self {
        Self { limit, used: Cell::new(0), released: Notify::new(), waiting: Cell::new(false), contended: Notify::new() }
    }

    /// Waits until `bytes` fit, and takes them. What is larger than the window passes when nothing else is on its way.
    pub async fn reserve(&self, bytes: usize) {
        while self.used.get() > 0 && self.used.get() + bytes > self.limit {
            self.waiting.set(true);
            self.contended.notify_waiters();
            self.released.notified().await;
        }
        self.waiting.set(false);
        self.used.set(self.used.get() + bytes);
    }

    /// Takes `bytes`, whether they fit or not.
    pub fn take(&self, bytes: usize) {
        self.used.set(self.used.get() + bytes);
    }

    /// Puts what it was in the place of what it was expected to be.
    pub fn correct(&self, expected: usize, actual: usize) {
        self.used.set(self.used.get() + actual);
        self.release(expected);
    }

    /// Gives `bytes` back.
    pub fn release(&self, bytes: usize) {
        self.used.set(self.used.get().saturating_sub(bytes));
        self.released.notify_one();
    }

    /// Waits until somebody waits for bytes: whoever holds some back had better let go of them.
    pub async fn contended(&self) {
        let contended = self.contended.notified();
        if !self.waiting.get() {
            contended.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_does_not_fit_waits_until_it_does() {
        let window = Window::new(10);
        window.reserve(8).await;
        let (second, ()) = tokio::join!(
            async {
                window.reserve(5).await;
                window.used.get()
            },
            async {
                window.contended().await;
                window.release(8);
            }
        );
        assert_eq!(second, 5);
    }

    #[tokio::test]
    async fn what_is_larger_than_the_window_passes_alone() {
        let window = Window::new(10);
        window.reserve(50).await;
        window.correct(50, 40);
        assert_eq!(window.used.get(), 40);
    }
}
