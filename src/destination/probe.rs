//! Finds out which payloads a destination accepts, before the first key is written.

use crate::error::{EndpointError, EndpointProblem};
use crate::payload::{Target, probe};
use crate::resp::Request;
use crate::server::{ABOUT_A_PAYLOAD, Session};

/// The RDB versions of payloads that servers with `ABSTTL` support.
const RDB_VERSIONS: [u16; 9] = [80, 15, 14, 13, 12, 11, 10, 9, 8];

/// Finds out which RDB versions a destination accepts. This also finds a server that is full, read-only, or refuses the
/// commands.
pub async fn confirmed(data: &Session, target: Target) -> Result<Target, EndpointError> {
    let lower = RDB_VERSIONS.into_iter().filter(|version| *version < target.reads());
    for reads in std::iter::once(target.reads()).chain(lower) {
        let refused = data.try_out(writing(reads, data.probe_key()), &ABOUT_A_PAYLOAD).await?;
        if !refused.iter().any(|message| ABOUT_A_PAYLOAD.iter().any(|text| message.contains(text))) {
            return Ok(if reads == target.reads() { target } else { target.reading_up_to(reads) });
        }
    }
    let problem = "it accepts none of the known payload versions".to_owned();
    Err(data.address().problem(EndpointProblem::Refused(problem)))
}

/// The commands that write a key, for a key that no user has: a `RESTORE` whose expiry is in the past. The server checks the
/// payload, but creates no key (`restoreCommand` in `cluster.c`). Before Redis 6.0 it creates one, and `EXISTS` removes it.
pub fn writing(reads: u16, probe_key: &[u8]) -> Request {
    let mut request = Request::default();
    request.command(&[b"RESTORE", probe_key, b"1", &probe(reads), b"ABSTTL"]).command(&[b"EXISTS", probe_key]);
    request
}
