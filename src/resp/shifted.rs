//! The error for a reply that is not at its place.

use super::Reply;

/// A reply that is not at its place: the server, or a proxy, sent a reply too many or too few.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found} instead of {wanted}; the server, or a proxy before it, sent a reply too many or too few")]
pub struct Shifted {
    found: String,
    wanted: &'static str,
}

impl Shifted {
    /// `wanted` describes the reply that was expected.
    #[must_use]
    pub fn new(found: &Reply, wanted: &'static str) -> Self {
        let found = found.error().map_or_else(|| found.kind().to_owned(), |error| format!("the error `{error}`"));
        Self { found, wanted }
    }
}
