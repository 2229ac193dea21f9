//! One line of an error log.

use std::borrow::Cow;
use std::fmt;
use std::time::SystemTime;

use crate::entry::Key;
use crate::error::{EndpointError, FailedKey, Side};
use crate::sanitize;

/// One failed key as one line:
///
/// ```text
/// 2026-01-31T12:00:00.250Z job=carts key="cart:\xff" type=hash side=destination server=cache:6379 said="ERR …"
/// ```
///
/// The time is in UTC. Fields are always in this order, each `name=value` once, separated by one space. The key is
/// shown as `redis-cli` shows it. If the job reads several databases, `db` follows: the key's database at the source. If
/// the destination's name of the key is another one, `destination_key` follows, in the same form. `type` is `-` if it is
/// not known. `said` is the message of the endpoint, in double quotes, with `"`, `\` and control characters escaped, and
/// is always the last field. The format is stable.
///
/// If an endpoint is lost, a line of its own has the `key` `-`, without quotes.
pub(super) struct LogLine<'a> {
    at: SystemTime,
    job: &'a str,
    key: Option<&'a Key>,
    db: Option<u16>,
    renamed: Option<&'a Key>,
    type_name: Option<&'a str>,
    side: Side,
    server: &'a str,
    message: Cow<'a, str>,
}

impl<'a> LogLine<'a> {
    /// Reports a failed key.
    pub(super) fn of_key(at: SystemTime, job: &'a str, failed: &'a FailedKey) -> Self {
        let FailedKey { db, key, renamed, type_name, side, server, message, .. } = failed;
        let renamed = renamed.as_ref().filter(|renamed| *renamed != key);
        let (key, type_name, message) = (Some(key), type_name.as_deref(), message.into());
        Self { at, job, key, db: *db, renamed, type_name, side: *side, server, message }
    }

    /// Reports an endpoint that was lost.
    pub(super) fn of_endpoint(at: SystemTime, job: &'a str, lost: &'a EndpointError) -> Self {
        let EndpointError { side, server, problem } = lost;
        let message = problem.to_string().into();
        Self { at, job, key: None, db: None, renamed: None, type_name: None, side: *side, server, message }
    }
}

impl fmt::Display for LogLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let type_name = self.type_name.filter(|name| !name.is_empty()).unwrap_or("-");
        write!(f, "{} job={}", humantime::format_rfc3339_millis(self.at), self.job)?;
        match self.key {
            Some(key) => write!(f, " key={key}")?,
            None => f.write_str(" key=-")?,
        }
        if let Some(db) = self.db {
            write!(f, " db={db}")?;
        }
        if let Some(renamed) = self.renamed {
            write!(f, " destination_key={renamed}")?;
        }
        write!(f, " type={} side={} server={}", Bare(type_name), self.side, Bare(self.server))?;
        writeln!(f, " said=\"{}\"", Escaped(&self.message))
    }
}

/// Text without quotes. Whitespace would end the field early, so it becomes `_`.
struct Bare<'a>(&'a str);

impl fmt::Display for Bare<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in self.0.split_inclusive(char::is_whitespace) {
            let word = part.trim_end_matches(char::is_whitespace);
            write!(f, "{}{}", Escaped(word), if word.len() < part.len() { "_" } else { "" })?;
        }
        Ok(())
    }
}

/// Text that cannot leave its line or its quotes.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quotable = self.0.replace('\\', "\\\\").replace('"', "\\\"");
        f.write_str(&sanitize::one_line(&quotable))
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;
    use crate::error::Stop;
    use crate::report::samples;

    fn at() -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(1_769_860_800_250)
    }

    fn line(failed: &FailedKey) -> String {
        LogLine::of_key(at(), "carts", failed).to_string()
    }

    #[test]
    fn a_line_has_its_fields_in_order() {
        let failed = FailedKey {
            type_name: Some("hash".to_owned()),
            ..samples::failed_key(b"cart:\xff", "ERR Bad data format")
        };
        assert_eq!(
            line(&failed),
            concat!(
                r#"2026-01-31T12:00:00.250Z job=carts key="cart:\xff" type=hash side=destination "#,
                r#"server=cache:6379 said="ERR Bad data format""#,
                "\n"
            )
        );
    }

    #[test]
    fn a_key_with_another_name_at_the_destination_has_both() {
        let renamed = |name: &str| FailedKey {
            renamed: Some(Key::from(name.as_bytes().to_vec())),
            ..samples::failed_key(b"a:1", "ERR no")
        };
        assert!(line(&renamed("b:1")).contains(r#" key="a:1" destination_key="b:1" type=- "#));
        assert!(line(&renamed("a:1")).contains(r#" key="a:1" type=- "#));
    }

    #[test]
    fn the_message_of_a_server_cannot_start_a_new_line_or_end_its_quotes() {
        let failed = FailedKey {
            type_name: Some("a\nb c".to_owned()),
            side: Side::Source,
            ..samples::failed_key(b"a\nb", "one\r\ntwo \"three\" \\ \x1b[31m é\u{2028}\u{202e}")
        };
        let line = line(&failed);
        assert_eq!(line.matches('\n').count(), 1);
        assert!(line.contains(r#" key="a\nb" type=a_b_c side=source "#), "{line}");
        assert!(line.ends_with("said=\"one\\r\\ntwo \\\"three\\\" \\\\ \\u{1b}[31m é\\u{2028}\\u{202e}\"\n"), "{line}");
    }

    #[test]
    fn a_lost_endpoint_has_the_same_fields_and_no_key() {
        let Stop::Endpoint(lost) = samples::lost() else { panic!("an endpoint is lost") };
        assert_eq!(
            LogLine::of_endpoint(at(), "carts", &lost).to_string(),
            "2026-01-31T12:00:00.250Z job=carts key=- type=- side=destination server=cache:6379 \
             said=\"closed the connection: broken pipe\"\n"
        );
    }

    #[test]
    fn an_unknown_type_is_a_dash() {
        assert!(line(&samples::failed_key(b"a", "no")).contains(" type=- side="));
    }
}
