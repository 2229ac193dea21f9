//! Checks the permissions of the source's user before the first key is read.

use super::Node;
use crate::error::EndpointError;
use crate::job::Selection;
use crate::resp::Request;

impl Node {
    /// Checks that the server runs the commands that every key needs: with a key that no user has. A source that is not
    /// scanned is asked for the type of each key.
    pub async fn check_permissions(&self, selection: &Selection, is_scanned: bool) -> Result<(), EndpointError> {
        let mut request = self.probe();
        if self.needs_types(selection) || (!is_scanned && !selection.types.is_empty()) {
            request.command(&[b"TYPE", &self.contact().probe_key]);
        }
        let scan = async { if is_scanned { self.check_scan().await } else { Ok(()) } };
        tokio::try_join!(scan, self.data.try_out(request, self.contact().replies_about_a_slot())).map(drop)
    }

    /// Checks that the server returns the types of keys.
    pub async fn check_types(&self) -> Result<(), EndpointError> {
        let mut request = Request::default();
        request.command(&[b"TYPE", &self.contact().probe_key]);
        self.data.try_out(request, self.contact().replies_about_a_slot()).await.map(drop)
    }

    /// Tries an invalid cursor, because its reply contains no keys. A server that names no cursor in its reply may mean
    /// something else: then a valid one is tried.
    async fn check_scan(&self) -> Result<(), EndpointError> {
        let mut invalid = Request::default();
        invalid.command(&[b"SCAN", &self.contact().probe_key]);
        if self.data.try_out(invalid, &["ERR "]).await?.iter().all(|message| message.contains("cursor")) {
            return Ok(());
        }
        let mut valid = Request::default();
        valid.command(&[b"SCAN", b"0", b"COUNT", b"1"]);
        self.data.try_out(valid, &[]).await.map(drop)
    }

    /// The commands that read a key, for a key that no user has.
    pub(super) fn probe(&self) -> Request {
        let when: &[u8] = if self.is_absolute { b"PEXPIRETIME" } else { b"PTTL" };
        let mut request = Request::default();
        request.command(&[when, &self.contact().probe_key]).command(&[b"DUMP", &self.contact().probe_key]);
        request
    }
}
