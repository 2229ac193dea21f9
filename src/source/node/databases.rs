//! The databases of one server: their sizes, and a session for each.

use std::rc::Rc;

use super::Node;
use crate::entry::DbKey;
use crate::error::{Answers, EndpointError, EndpointProblem};
use crate::job::Databases;
use crate::server::Session;
use crate::source::DatabaseSize;

impl Node {
    /// The databases that are walked, in order.
    pub async fn sizes(&self) -> Result<Vec<DatabaseSize>, EndpointError> {
        if let Databases::One(db) = self.databases {
            return Ok(vec![DatabaseSize { db, keys: self.control().key_count().await? }]);
        }
        let keys = self.control().keys_by_db().await?;
        if let Some(listed) = self.databases.listed() {
            let keys_of = |db: &u16| keys.as_ref().map(|keys| keys.get(&u64::from(*db)).copied().unwrap_or_default());
            return Ok(listed.iter().map(|db| DatabaseSize { db: *db, keys: keys_of(db) }).collect());
        }
        let Some(keys) = keys else { return Err(self.control().address().problem(EndpointProblem::HiddenDatabases)) };
        let size = |(db, keys): (u64, u64)| Some(DatabaseSize { db: u16::try_from(db).ok()?, keys: Some(keys) });
        Ok(keys.into_iter().filter_map(size).collect())
    }

    /// Checks that the server has the databases that are read.
    pub async fn check_databases(&self) -> Result<(), EndpointError> {
        for db in self.databases.listed().unwrap_or_default() {
            self.sessions.session(*db).await?;
        }
        Ok(())
    }

    /// The session that scans a database: another one than that of values, unless memory is scarce. Databases are scanned
    /// one after the other, so only the session of the last one is open.
    pub async fn scan_session(&self, db: u16) -> Result<Rc<Session>, EndpointError> {
        if Rc::ptr_eq(&self.scan, &self.data) {
            return self.sessions.session(db).await;
        }
        if db == self.control().contact().endpoint().db {
            return Ok(Rc::clone(&self.scan));
        }
        self.scan.close().await;
        let session = Rc::new(Session::to_database(self.control().contact(), db, false));
        session.ready().await?;
        Ok(session)
    }

    /// Requests keys, those of each database through its session. With `asks`, the server imports their slots.
    pub(super) async fn in_each_database<T>(
        &self,
        (keys, asks): (&[DbKey<'_>], bool),
        open: impl Fn() -> T,
        ask: impl AsyncFn(&Session, &[DbKey<'_>]) -> Answers<T>,
    ) -> Answers<T> {
        let mut answers = Answers { each: Vec::new(), error: None };
        for of_one in keys.chunk_by(|one, next| one.db == next.db) {
            let sessions = if asks { &self.asking } else { &self.sessions };
            let asked = match sessions.session(of_one[0].db).await {
                Ok(session) if answers.error.is_none() => ask(&session, of_one).await,
                session => Answers { each: of_one.iter().map(|_| open()).collect(), error: session.err() },
            };
            answers = answers.and(asked);
        }
        answers
    }
}
