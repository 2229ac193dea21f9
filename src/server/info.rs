//! The text of `INFO`.

use redis::{FromRedisValue, ParsingError, Value};

/// The text of a reply. `INFO` contains paths, whose bytes may be in any encoding: those that are not UTF-8 are replaced.
#[derive(Debug, Default)]
pub(super) struct LossyText(pub String);

impl FromRedisValue for LossyText {
    fn from_redis_value(value: Value) -> Result<Self, ParsingError> {
        match value {
            Value::BulkString(bytes) => Ok(Self(String::from_utf8_lossy(&bytes).into_owned())),
            other => String::from_redis_value(other).map(Self),
        }
    }
}

/// A field of a reply to `INFO`.
pub(super) fn field<'i>(info: &'i str, name: &str) -> Option<&'i str> {
    info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':').map(str::trim))
}
