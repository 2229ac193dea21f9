//! Cuts pages into batches of the size that the next stage requests.

use std::vec::IntoIter;

use tokio::sync::mpsc::Receiver;

use crate::budget::BATCH_NAME_BYTES;
use crate::engine::account::{Candidate, PageId};
use crate::engine::context::JobContext;
use crate::source::{Page, SourceKey};

/// Pages, cut into batches.
pub struct Batches<'c, 'a> {
    context: &'c JobContext<'a>,
    pages: Receiver<Page>,
    current: Option<Current>,
    /// How much of the source was walked before the current page, and with it.
    before: Option<f64>,
    after: Option<f64>,
}

/// The page that is cut into batches.
struct Current {
    id: PageId,
    /// The number of keys of the page.
    size: usize,
    rest: IntoIter<SourceKey>,
}

impl<'c, 'a> Batches<'c, 'a> {
    /// `pages` are sent by [`walk`](super::walk::walk).
    pub fn new(context: &'c JobContext<'a>, pages: Receiver<Page>) -> Self {
        Self { context, pages, current: None, before: Some(0.0), after: Some(0.0) }
    }

    /// Takes up the next keys, between one and `at_most`; `None` at the end, and when the job is stopping.
    pub async fn next(&mut self, at_most: usize) -> Option<Vec<Candidate>> {
        loop {
            while self.current.as_ref().is_none_or(|current| current.rest.len() == 0) {
                self.next_page().await?;
            }
            self.context.ledger.walked(self.share());
            if self.context.stop.is_stopping() {
                return None;
            }
            let Some(Current { id, rest, .. }) = &mut self.current else { continue };
            let some = fitting(rest.as_slice(), at_most);
            let batch = self.context.ledger.take_up(*id, rest.by_ref().take(some));
            if !batch.is_empty() {
                return Some(batch);
            }
        }
    }

    async fn next_page(&mut self) -> Option<()> {
        self.context.ledger.walked(self.after);
        let page = self.context.stop.until_stopped(self.pages.recv()).await??;
        (self.before, self.after) = (self.after, page.share);
        let id = self.context.ledger.open_page(&page);
        self.current = Some(Current { id, size: page.keys.len(), rest: page.keys.into_iter() });
        Some(())
    }

    /// How much of the source has been taken up, with a part of the current page.
    #[expect(clippy::cast_precision_loss, reason = "a share is only displayed")]
    fn share(&self) -> Option<f64> {
        let Some(Current { size, rest, .. }) = &self.current else { return self.after };
        let left = rest.len() as f64 / *size as f64;
        Some(self.after? - (self.after? - self.before?) * left)
    }
}

/// How many of the first keys are taken up at once, by the bytes of their names; at least one.
fn fitting(keys: &[SourceKey], at_most: usize) -> usize {
    let mut left = BATCH_NAME_BYTES;
    let fits = |key: &&SourceKey| left.checked_sub(key.key.as_bytes().len()).inspect(|rest| left = *rest).is_some();
    keys.iter().take(at_most).take_while(fits).count().max(1)
}
