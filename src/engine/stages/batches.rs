//! Cuts pages into batches of the size that the next stage requests.

use std::vec::IntoIter;

use tokio::sync::mpsc::{Receiver, Sender};

use crate::budget::BATCH_NAME_BYTES;
use crate::engine::account::{Candidate, PageId};
use crate::engine::context::JobContext;
use crate::source::{Page, SourceKey};

/// Where pages are sent: to each place of the destination, the keys that go there.
pub type Outlets = Vec<Sender<Part>>;

/// The keys of a page that go to one place of the destination.
pub struct Part {
    page: PageId,
    keys: Vec<SourceKey>,
    /// How much of the source has been walked after the page.
    share: Option<f64>,
}

impl Part {
    /// Opens a page, and divides its keys by their places at the destination. A page without keys has a part, too, because
    /// it reports how much has been walked.
    pub fn of_page(context: &JobContext<'_>, page: Page) -> Vec<(usize, Self)> {
        let (id, share) = (context.ledger.open_page(&page), page.share);
        let part = |keys| Self { page: id, keys, share };
        if context.places() == 1 || page.keys.is_empty() {
            return vec![(0, part(page.keys))];
        }
        // A little more than they have on average.
        let room = page.keys.len() / context.places() * 9 / 8 + 1;
        let mut by_place: Vec<Vec<SourceKey>> = (0..context.places()).map(|_| Vec::with_capacity(room)).collect();
        for key in page.keys {
            by_place[context.place_of(&key.key)].push(key);
        }
        let parts = by_place.into_iter().enumerate().filter(|(_, keys)| !keys.is_empty());
        parts.map(|(place, keys)| (place, part(keys))).collect()
    }
}

/// Pages, cut into batches.
pub struct Batches<'c, 'a> {
    context: &'c JobContext<'a>,
    pages: Receiver<Part>,
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
    pub fn new(context: &'c JobContext<'a>, pages: Receiver<Part>) -> Self {
        Self { context, pages, current: None, before: Some(0.0), after: Some(0.0) }
    }

    /// Takes up the next keys, between one and `at_most`; `None` at the end, and when the job is stopping. Keys of several
    /// pages are taken up together if the pages wait already.
    pub async fn next(&mut self, at_most: usize) -> Option<Vec<Candidate>> {
        let mut batch = Vec::new();
        while batch.is_empty() {
            while self.is_used_up() {
                self.next_page().await?;
            }
            self.take_up(&mut batch, at_most)?;
        }
        while batch.len() < at_most && self.is_used_up() && self.has_next_page() {
            self.take_up(&mut batch, at_most);
        }
        Some(batch)
    }

    fn is_used_up(&self) -> bool {
        self.current.as_ref().is_none_or(|current| current.rest.len() == 0)
    }

    /// Takes up keys of the current page; `None` if the job is stopping.
    fn take_up(&mut self, batch: &mut Vec<Candidate>, at_most: usize) -> Option<()> {
        self.context.ledger.walked(self.share());
        if self.context.stop.is_stopping() {
            return None;
        }
        let Some(Current { id, rest, .. }) = &mut self.current else { return Some(()) };
        let some = fitting(rest.as_slice(), batch, at_most);
        // The keys of other pages may follow.
        batch.reserve(if batch.is_empty() { at_most.min(some * 2 * self.context.places()) } else { some });
        self.context.ledger.take_up(*id, rest.by_ref().take(some), batch);
        Some(())
    }

    async fn next_page(&mut self) -> Option<()> {
        self.context.ledger.walked(self.after);
        let page = self.context.stop.until_stopped(self.pages.recv()).await??;
        self.begin(page);
        Some(())
    }

    fn has_next_page(&mut self) -> bool {
        self.pages.try_recv().map(|page| self.begin(page)).is_ok()
    }

    fn begin(&mut self, Part { page, keys, share }: Part) {
        (self.before, self.after) = (self.after, share);
        self.current = Some(Current { id: page, size: keys.len(), rest: keys.into_iter() });
    }

    /// How much of the source has been taken up, with a part of the current page.
    #[expect(clippy::cast_precision_loss, reason = "a share is only displayed")]
    fn share(&self) -> Option<f64> {
        let Some(Current { size, rest, .. }) = &self.current else { return self.after };
        let left = if *size == 0 { 0.0 } else { rest.len() as f64 / *size as f64 };
        Some(self.after? - (self.after? - self.before?) * left)
    }
}

/// How many of the first keys are taken up with a batch, by the bytes of their names; at least one if the batch is empty.
fn fitting(keys: &[SourceKey], batch: &[Candidate], at_most: usize) -> usize {
    let mut left = BATCH_NAME_BYTES.saturating_sub(batch.iter().map(Candidate::name_bytes).sum());
    let fits = |key: &&SourceKey| left.checked_sub(key.key.as_bytes().len()).inspect(|rest| left = *rest).is_some();
    let fitting = keys.iter().take(at_most - batch.len()).take_while(fits).count();
    if batch.is_empty() { fitting.max(1) } else { fitting }
}
