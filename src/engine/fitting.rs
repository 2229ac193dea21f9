//! Payloads on their way, made such that the destination takes them.

use super::walk::Walk;
use crate::entry::Entry;
use crate::error::Side;
use crate::payload::{self, Fitted, fit};

impl Walk<'_> {
    /// Makes the payloads of entries fit; those that cannot be made to fail, and say why.
    pub(super) fn fit(&self, entries: Vec<Entry>) -> Vec<Entry> {
        entries.into_iter().filter_map(|entry| self.fit_one(entry)).collect()
    }

    fn fit_one(&self, mut entry: Entry) -> Option<Entry> {
        let payload = std::mem::take(&mut entry.payload);
        // Shares its bytes with the entry's: kept for what is to be said of it.
        let original = payload.clone();
        let unfit = match fit(payload, self.source.origin(), self.destination.target(), self.job.on_unsupported) {
            Ok(Fitted { payload, how }) => {
                (entry.payload, entry.how) = (payload, how);
                return Some(entry);
            }
            Err(unfit) => unfit.to_string(),
        };
        let type_name = payload::type_name(&original).into_owned();
        self.ledger.failed(&entry.key, Some(type_name), Side::Destination, unfit);
        None
    }
}
