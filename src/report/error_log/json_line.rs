//! One line of an error log in JSON.

use std::fmt;
use std::time::SystemTime;

use schemars::JsonSchema;
use serde::Serialize;

use crate::entry::Key;
use crate::error::{EndpointError, FailedKey, FailureCode, Side};
use crate::report::json_lines::{self, text, time};

/// A failed key, or an endpoint that was lost.
///
/// Later versions of the program may add properties. Existing properties keep their meaning.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "Line of an error log of redis-keys-migrator")]
pub(super) struct JsonLine<'a> {
    /// When the key failed, in UTC.
    time: String,
    /// The name of the job.
    job: &'a str,
    /// The database of the key at the source; null if the line is about an endpoint.
    database: Option<u16>,
    /// The name of the key, if it is valid UTF-8.
    key: Option<&'a str>,
    /// The name of the key, whatever its bytes, quoted as `redis-cli` does; null if the line is about an endpoint.
    key_quoted: Option<String>,
    /// The name of the key at the destination, if it is another one and valid UTF-8.
    destination_key: Option<&'a str>,
    /// The same, quoted as `redis-cli` does.
    destination_key_quoted: Option<String>,
    /// The type of the key, if it is known.
    r#type: Option<&'a str>,
    /// The endpoint that refused the key, did not reply, or was lost.
    side: Side,
    /// Its address, or that of its node that refused the key; or the file of the key.
    server: &'a str,
    /// Why the key failed; null if the line is about an endpoint.
    code: Option<FailureCode>,
    /// The error message of the endpoint, or what is wrong.
    message: String,
}

impl<'a> JsonLine<'a> {
    /// Reports a failed key. `db` is the only database that the job reads, if it reads one.
    pub(super) fn of_key(at: SystemTime, (job, db): (&'a str, Option<u16>), failed: &'a FailedKey) -> Self {
        let FailedKey { key, renamed, type_name, side, server, code, message, .. } = failed;
        let renamed = renamed.as_ref().filter(|renamed| *renamed != key);
        Self {
            time: time(at),
            job,
            database: failed.db.or(db),
            key: text(key),
            key_quoted: Some(key.to_string()),
            destination_key: renamed.and_then(text),
            destination_key_quoted: renamed.map(Key::to_string),
            r#type: type_name.as_deref().filter(|name| !name.is_empty()),
            side: *side,
            server,
            code: Some(*code),
            message: message.clone(),
        }
    }

    /// Reports an endpoint that was lost.
    pub(super) fn of_endpoint(at: SystemTime, job: &'a str, lost: &'a EndpointError) -> Self {
        let EndpointError { side, server, problem } = lost;
        Self {
            time: time(at),
            job,
            database: None,
            key: None,
            key_quoted: None,
            destination_key: None,
            destination_key_quoted: None,
            r#type: None,
            side: *side,
            server,
            code: None,
            message: problem.to_string(),
        }
    }
}

impl fmt::Display for JsonLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        json_lines::write(self, f)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use serde_json::{Value, json};

    use super::*;
    use crate::error::Stop;
    use crate::report::json_lines::checks;
    use crate::report::samples;

    fn schema() -> String {
        checks::schema_of::<JsonLine<'_>>()
    }

    #[track_caller]
    fn read(line: &JsonLine<'_>) -> Value {
        checks::read(line, &schema())
    }

    fn at() -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(1_769_860_800_250)
    }

    #[test]
    fn a_name_that_is_no_text_is_quoted_only() {
        let failed = FailedKey {
            type_name: Some("hash".to_owned()),
            renamed: Some(Key::from(b"new:\xff".to_vec())),
            ..samples::failed_key(b"cart:\xff", "ERR \"a\"\r\n\u{202e}")
        };
        let line = JsonLine::of_key(at(), ("carts", Some(3)), &failed);
        assert!(line.to_string().contains(r#""message":"ERR \"a\"\r\n\u202e"}"#), "{line}");
        let expected = json!({
            "time": "2026-01-31T12:00:00.250Z", "job": "carts", "database": 3, "key": null,
            "key_quoted": r#""cart:\xff""#, "destination_key": null, "destination_key_quoted": r#""new:\xff""#,
            "type": "hash", "side": "destination", "server": "cache:6379", "code": "refused",
            "message": "ERR \"a\"\r\n\u{202e}",
        });
        assert_eq!(read(&line), expected);
    }

    #[test]
    fn a_name_that_is_text_is_there_in_both_forms_and_another_database_counts() {
        let failed = FailedKey { db: Some(7), ..samples::failed_key("ключ\n".as_bytes(), "no") };
        let line = read(&JsonLine::of_key(at(), ("carts", None), &failed));
        let quoted = r#""\xd0\xba\xd0\xbb\xd1\x8e\xd1\x87\n""#;
        assert_eq!(
            (&line["key"], &line["key_quoted"], &line["database"]),
            (&json!("ключ\n"), &json!(quoted), &json!(7))
        );
        assert_eq!((&line["type"], &line["destination_key_quoted"]), (&Value::Null, &Value::Null));
    }

    #[test]
    fn the_line_of_an_endpoint_has_no_key() {
        let Stop::Endpoint(lost) = samples::lost() else { panic!("an endpoint is lost") };
        let line = read(&JsonLine::of_endpoint(at(), "carts", &lost));
        for name in ["database", "key", "key_quoted", "type", "code"] {
            assert_eq!(line[name], Value::Null, "{name}");
        }
        assert_eq!(line["message"], "closed the connection: broken pipe");
    }

    #[test]
    fn the_schema_file_is_what_the_types_say() {
        checks::expect_schema_file("error-log", &schema());
    }
}
