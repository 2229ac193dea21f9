//! Which key of the source a key of the destination would be.

use std::borrow::Cow;

use super::Job;

impl Job {
    /// The key of the source, with its database, that the job writes to this key of the destination; `None` if it writes no
    /// key there, because of its databases, its names, `match` or `exclude`.
    #[must_use]
    pub fn source_of<'k>(&self, (db, key): (u16, &'k [u8])) -> Option<(u16, Cow<'k, [u8]>)> {
        let db = self.destination.db.source_of(db, self.source.databases())?;
        let key = match &self.rename {
            Some(rename) => Cow::Owned(rename.origin_of(key)?),
            None => Cow::Borrowed(key),
        };
        self.selection.matches_name(&key).then_some((db, key))
    }
}
