//! What a destination really accepts, tried before a key has moved.

use crate::error::{EndpointError, EndpointProblem};
use crate::payload::{Target, probe};
use crate::resp::Request;
use crate::server::{NOBODYS_KEY, Session};

/// The RDB versions that payloads may carry, of those that servers with `ABSTTL` know.
const RDB_VERSIONS: [u16; 9] = [80, 15, 14, 13, 12, 11, 10, 9, 8];

/// What a destination really accepts: tried with a payload that expired long ago. It is examined, but no key is made of
/// it (`restoreCommand` in `cluster.c`). A server that must not be written to, or is full, refuses here, before a key has
/// moved.
///
/// # Errors
///
/// It refuses, or accepts no version.
pub async fn confirmed(data: &Session, target: Target) -> Result<Target, EndpointError> {
    let lower = RDB_VERSIONS.into_iter().filter(|version| *version < target.reads());
    for reads in std::iter::once(target.reads()).chain(lower) {
        let mut request = Request::default();
        request.command(&[b"EXISTS", NOBODYS_KEY]);
        request.command(&[b"RESTORE", NOBODYS_KEY, b"1", &probe(reads), b"ABSTTL"]);
        let refused = data.try_out(request).await?;
        if !refused.iter().any(|message| message.contains("DUMP payload version")) {
            return Ok(if reads == target.reads() { target } else { target.reading_up_to(reads) });
        }
    }
    let problem = "it accepts no payload of any version that is known here".to_owned();
    Err(data.address().problem(EndpointProblem::Refused(problem)))
}
