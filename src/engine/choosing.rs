//! Which of the keys that are handed out are to be moved: those that the job is for, that live, and that are new.

use super::pieces::Pieces;
use super::walk::Walk;
use crate::entry::Key;
use crate::error::{EndpointError, Side};
use crate::job::OnExisting;
use crate::outcome::Outcome;
use crate::source::{Found, Held};

impl Walk<'_> {
    /// Takes up the next keys that the job is for, at most so many, as fast as its limits let it.
    pub(super) async fn take_up(&self, pieces: &mut Pieces<'_, '_>, at_most: usize) -> Option<Vec<Found>> {
        let found = pieces.next(at_most.min(self.throttle.keys())).await?;
        // What has been taken up is not put back for a limit: told to stop, it goes on without waiting.
        self.halt.cut_short(self.throttle.pass_keys(found.len())).await;
        Some(self.select(found).await)
    }

    /// Leaves out what the job is not for, by name and by type, and what is known to have expired.
    async fn select(&self, found: Vec<Found>) -> Vec<Found> {
        let selection = &self.job.selection;
        let (taken, left): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|found| self.source.takes_name(selection, found.key()));
        for found in &left {
            self.ledger.filtered(found.key());
        }
        let mut taken = if self.source.sorts_types(selection) { self.select_types(taken).await } else { taken };
        taken.retain(|found| self.is_alive(found.key(), found.expires_at()));
        taken
    }

    /// Whether the job is for a key of a file, of which all is known.
    pub(super) fn wants(&self, held: &Held) -> bool {
        let (selection, record) = (&self.job.selection, &held.record);
        selection.takes_name(record.key.as_bytes()) && selection.takes_type(&record.type_name)
    }

    async fn select_types(&self, found: Vec<Found>) -> Vec<Found> {
        let types = match self.source.types(&found).await {
            Ok(types) => types,
            Err(error) => {
                self.lose(error, &found);
                return Vec::new();
            }
        };
        let mut taken = Vec::with_capacity(found.len());
        for (found, type_name) in found.into_iter().zip(types) {
            match type_name {
                Ok(None) => self.ledger.settle(found.key(), Outcome::Vanished),
                Ok(Some(name)) if self.job.selection.takes_type(&name) => taken.push(found),
                Ok(Some(_)) => self.ledger.filtered(found.key()),
                Err(said) => self.refused(found.key(), None, Side::Source, said),
            }
        }
        taken
    }

    /// Of these keys those that are new, as far as it pays to ask which are.
    pub(super) async fn new_ones(&self, found: Vec<Found>) -> Vec<Found> {
        if !self.asking.is_on() {
            return found;
        }
        let asked = found.len();
        let (new, existing) = self.leave_existing(found).await;
        self.asking.answered(asked, existing);
        new
    }

    /// Asks the destination which of the keys it has, settles those if they are to be left alone
    /// and returns the others with how many existed.
    pub(super) async fn leave_existing(&self, mut found: Vec<Found>) -> (Vec<Found>, u64) {
        if self.job.on_existing == OnExisting::Replace || found.is_empty() {
            return (found, 0);
        }
        let have = match self.have(&found).await {
            Ok(have) => have,
            Err(error) => {
                self.lose(error, &found);
                return (Vec::new(), 0);
            }
        };
        let before = found.len();
        let mut have = have.into_iter();
        found.retain(|found| {
            let existing = have.next().unwrap_or(false);
            if existing {
                self.ledger.settle(found.key(), Outcome::Existing);
            }
            !existing
        });
        let existing = before - found.len();
        (found, existing as u64)
    }

    /// Which of some keys the destination has. They are of one page, and so of one database.
    pub(super) async fn have(&self, found: &[Found]) -> Result<Vec<bool>, EndpointError> {
        let db = found.first().and_then(Found::db);
        let keys: Vec<&Key> = found.iter().map(Found::key).collect();
        self.destination.have(db, &keys).await
    }

    /// Whether a key's time has not come yet, by the clocks of both ends; else it has vanished.
    pub(super) fn is_alive(&self, key: &Key, expires_at: Option<u64>) -> bool {
        let Some(at) = expires_at else { return true };
        let of_source = self.source.server().map_or(0, |server| server.clock().now_ms());
        let alive = at > of_source.max(self.destination.clock().now_ms());
        if !alive {
            self.ledger.settle(key, Outcome::Vanished);
        }
        alive
    }
}
