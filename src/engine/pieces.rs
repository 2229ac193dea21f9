//! Scanned keys, handed on in pieces of the size that is wanted at the time.

use std::collections::VecDeque;

use tokio::sync::mpsc::Receiver;

use super::scan::Scanned;
use super::walk::Walk;
use crate::source::Found;

/// Pages, handed on in pieces.
pub struct Pieces<'w, 'a> {
    walk: &'w Walk<'a>,
    pages: Receiver<Scanned>,
    rest: VecDeque<Found>,
    /// Keys that the page had.
    page: usize,
    /// How much was walked before the page.
    before: Option<f64>,
    /// How much is walked when the rest is gone.
    after: Option<f64>,
}

impl<'w, 'a> Pieces<'w, 'a> {
    /// Over the pages that [`scan`](super::scan::scan) or [`unload`](super::unload::unload) sends.
    pub fn new(walk: &'w Walk<'a>, pages: Receiver<Scanned>) -> Self {
        Self { walk, pages, rest: VecDeque::new(), page: 0, before: Some(0.0), after: Some(0.0) }
    }

    /// The next keys, between one and `at_most`, taken up; `None` at the end, and when the job is told to stop.
    pub async fn next(&mut self, at_most: usize) -> Option<Vec<Found>> {
        loop {
            while self.rest.is_empty() {
                self.walk.ledger.walked(self.after);
                let page = self.walk.halt.cut_short(self.pages.recv()).await??;
                (self.before, self.after) = (self.after, page.share);
                self.rest = page.found.into();
                self.page = self.rest.len();
            }
            self.walk.ledger.walked(self.share());
            if self.walk.halt.is_told() {
                return None;
            }
            let mut piece: Vec<Found> = self.rest.drain(..at_most.min(self.rest.len())).collect();
            self.walk.ledger.take_up(&mut piece);
            if !piece.is_empty() {
                return Some(piece);
            }
        }
    }

    /// How much is walked with what of the page has been handed on.
    #[expect(clippy::cast_precision_loss, reason = "a share is for people to look at")]
    fn share(&self) -> Option<f64> {
        let left = self.rest.len() as f64 / self.page as f64;
        Some(self.after? - (self.after? - self.before?) * left)
    }
}
