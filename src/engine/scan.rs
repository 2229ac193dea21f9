//! The walk over the source's keyspace, one page ahead of the work on it.

use std::collections::VecDeque;

use tokio::sync::mpsc::{Receiver, Sender};

use super::walk::Walk;
use crate::entry::Key;
use crate::source::Page;

/// Scans to the end, or until the job is told to stop, or nobody takes the pages any more.
pub async fn scan(walk: &Walk<'_>, pages: Sender<Page>) {
    let mut cursor = 0;
    loop {
        let step = walk.source.scan(cursor, &walk.job.selection, walk.job.scan_batch_size);
        let page = match walk.halt.cut_short(step).await {
            None => return,
            Some(Ok(page)) => page,
            Some(Err(error)) => return walk.halt.stop(error.into()),
        };
        cursor = page.cursor;
        if pages.send(page).await.is_err() || cursor == 0 {
            return;
        }
    }
}

/// Pages, handed on in pieces of the size that is wanted at the time.
pub struct Pieces<'w, 'a> {
    walk: &'w Walk<'a>,
    pages: Receiver<Page>,
    rest: VecDeque<Key>,
    /// How much is walked when the rest is gone.
    share: Option<f64>,
    handed_out: u64,
}

impl<'w, 'a> Pieces<'w, 'a> {
    /// Over the pages that [`scan`] sends.
    pub fn new(walk: &'w Walk<'a>, pages: Receiver<Page>) -> Self {
        Self { walk, pages, rest: VecDeque::new(), share: None, handed_out: 0 }
    }

    /// The next keys, between one and `at_most`, taken up; `None` at the end, and when the job is told to stop.
    pub async fn next(&mut self, at_most: usize) -> Option<Vec<Key>> {
        loop {
            while self.rest.is_empty() {
                self.walk.ledger.walked(self.share);
                let page = self.walk.halt.cut_short(self.pages.recv()).await??;
                self.handed_out += page.keys.len() as u64;
                self.share = self.walk.share(page.cursor, self.handed_out);
                self.rest = page.keys.into();
            }
            if self.walk.halt.is_told() {
                return None;
            }
            let mut piece: Vec<Key> = self.rest.drain(..at_most.min(self.rest.len())).collect();
            self.walk.ledger.take_up(&mut piece);
            if !piece.is_empty() {
                return Some(piece);
            }
        }
    }
}
