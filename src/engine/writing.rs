//! Entries on their last stretch: what cannot be sent is left out, the rest is written and settled.

use std::rc::Rc;

use super::walk::{Walk, bytes};
use crate::destination::Written;
use crate::entry::Entry;
use crate::error::Side;
use crate::outcome::Outcome;
use crate::payload;
use crate::server::Channel;

impl Walk<'_> {
    /// Writes entries in one pipeline, and settles them all. Returns how many existed.
    pub(super) async fn write(&self, entries: Vec<Entry>) -> u64 {
        let bytes = bytes(&entries);
        let alive = self.drop_objected(self.fit(self.drop_expired(entries)));
        let mut existing = 0;
        for of_one_database in alive.chunk_by(|one, next| one.db == next.db) {
            existing += self.write_alive(of_one_database).await;
        }
        self.asking.wrote(existing);
        self.window.release(bytes);
        existing
    }

    /// A key whose time has come on its way is not sent: nobody could ever see it there.
    fn drop_expired(&self, mut entries: Vec<Entry>) -> Vec<Entry> {
        entries.retain(|entry| self.is_alive(&entry.key, entry.expires_at));
        entries
    }

    /// An entry that the destination cannot take is not sent.
    fn drop_objected(&self, mut entries: Vec<Entry>) -> Vec<Entry> {
        entries.retain(|entry| {
            let Some(objection) = self.destination.objection(entry) else { return true };
            self.not_written(entry, objection);
            false
        });
        entries
    }

    /// Writes entries of one database, and settles them. Returns how many existed.
    async fn write_alive(&self, entries: &[Entry]) -> u64 {
        let Some(channel) = self.channel_of(entries).await else { return 0 };
        let answers = match self.destination.write(&channel, entries).await {
            Ok(answers) => answers,
            Err(error) => {
                self.halt.stop(error.into());
                self.ledger.unconfirmed(entries.iter().map(|entry| &entry.key));
                return 0;
            }
        };
        let existing = answers.iter().filter(|written| **written == Written::Existing).count();
        for (entry, written) in entries.iter().zip(answers) {
            self.settle(entry, written);
        }
        existing as u64
    }

    /// The way to the database that entries go to; none where the destination is lost, or has no such database: then
    /// they are not sent.
    async fn channel_of(&self, entries: &[Entry]) -> Option<Rc<Channel>> {
        if !self.halt.is_lost() {
            match self.destination.channel(entries[0].db).await {
                Ok(channel) => return Some(channel),
                Err(error) => self.halt.stop(error.into()),
            }
        }
        self.ledger.put_back(entries.iter().map(|entry| &entry.key));
        None
    }

    fn settle(&self, entry: &Entry, written: Written) {
        match written {
            Written::Copied => self.ledger.written(entry, Outcome::Copied),
            Written::Replaced => self.ledger.written(entry, Outcome::Replaced),
            Written::Existing => self.ledger.settle(&entry.key, Outcome::Existing),
            Written::Failed(said) => self.not_written(entry, said),
            Written::Refused(problem) => self.refused_by_server(&entry.key, Side::Destination, problem),
        }
    }

    fn not_written(&self, entry: &Entry, said: String) {
        let type_name = payload::type_name(&entry.payload).into_owned();
        self.ledger.failed(&entry.key, Some(type_name), Side::Destination, said);
    }
}
