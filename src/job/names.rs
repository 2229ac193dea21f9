//! Where the keys of a job are at its source and at its destination.

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

    /// The key of the destination, with its database, that the job writes this key of the source to; `None` if it does not
    /// write it.
    #[must_use]
    pub fn target_of<'k>(&self, (db, key): (u16, &'k [u8])) -> Option<(u16, Cow<'k, [u8]>)> {
        let target = self.destination.db.of(db).filter(|_| self.selection.matches_name(key))?;
        match &self.rename {
            Some(rename) => Some((target, Cow::Owned(rename.name_of(key)?))),
            None => Some((target, Cow::Borrowed(key))),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::job::samples::job;
    use crate::job::{Databases, Glob, LogMode, Rename, Source, TargetDatabases};

    #[test]
    fn a_key_of_the_destination_is_that_of_the_source_and_back() {
        let mut job = job("a", Path::new("errors.log"), LogMode::Append);
        job.selection.matches = vec![Glob::new("a:*")];
        job.selection.exclude = vec![Glob::new("a:x*")];
        job.rename = Some(Rename { strip_prefix: "a:".to_owned(), add_prefix: "b:".to_owned() });
        if let Source::Server(server) = &mut job.source {
            server.db = Databases::of(vec![0, 3]);
        }
        job.destination.db = TargetDatabases::Map([(0, 5), (3, 0)].into());
        let target = |db, key: &str| job.target_of((db, key.as_bytes())).map(|(db, key)| (db, key.into_owned()));
        let source = |db, key: &str| job.source_of((db, key.as_bytes())).map(|(db, key)| (db, key.into_owned()));
        assert_eq!((target(3, "a:1"), source(0, "b:1")), (Some((0, b"b:1".to_vec())), Some((3, b"a:1".to_vec()))));
        for (db, key) in [(3, "a:x"), (3, "b:1"), (7, "a:1")] {
            assert_eq!(target(db, key), None, "{db} {key}");
        }
        for (db, key) in [(0, "b:x"), (0, "a:1"), (7, "b:1")] {
            assert_eq!(source(db, key), None, "{db} {key}");
        }
    }
}
