//! Durations as people write them: `250ms`, `1s`, `1m 30s`.

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::element::{Element, Rejection, ValueKind};

/// Months and years are missing: their length varies, and `M` looks like minutes.
const UNITS: [&str; 13] = ["ns", "us", "ms", "s", "sec", "m", "min", "h", "hour", "hours", "d", "day", "days"];

/// A longer duration is a mistake, and adding it to a clock could overflow.
const LONGEST: Duration = Duration::from_hours(365 * 24);

const PATTERN: &str = r"^\s*([0-9]+(\.[0-9]+)?\s*(ns|us|ms|s|sec|m|min|h|hour|hours|d|day|days)\s*)+$";

/// A duration that may be zero, such as a pause.
pub struct Pause;

impl Element for Pause {
    type Value = Duration;
    const KIND: ValueKind = ValueKind::Duration;
    const EXPECTED: &'static str = r#"a duration of at most 365 days, such as "250ms", "1s" or "0s""#;

    fn from_text(text: &str) -> Result<Duration, Rejection> {
        parse(text).ok_or_else(Self::refusal)
    }

    fn schema() -> Json {
        json!({ "type": "string", "pattern": PATTERN, "examples": ["250ms", "1s", "0s"] })
    }
}

/// How long to wait for something; never zero.
pub struct Timeout;

impl Element for Timeout {
    type Value = Duration;
    const KIND: ValueKind = ValueKind::Duration;
    const EXPECTED: &'static str =
        r#"a duration of more than zero and at most 365 days, such as "500ms", "5s" or "1m 30s""#;

    fn from_text(text: &str) -> Result<Duration, Rejection> {
        parse(text).filter(|duration| !duration.is_zero()).ok_or_else(Self::refusal)
    }

    fn schema() -> Json {
        json!({
            "type": "string",
            "pattern": format!("^(?=.*[1-9]){}", &PATTERN[1..]),
            "examples": ["500ms", "5s", "1m 30s"],
        })
    }
}

/// `None` if it is no duration, or one of more than a year.
fn parse(text: &str) -> Option<Duration> {
    let mut words = text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).peekable();
    words.peek()?;
    if !words.all(|word| UNITS.contains(&word)) {
        return None;
    }
    humantime::parse_duration(text).ok().filter(|duration| *duration <= LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::elements::{accepts, refuses};

    #[test]
    fn durations_are_read_as_people_write_them() {
        assert_eq!(accepts::<Pause>("250ms"), Duration::from_millis(250));
        assert_eq!(accepts::<Pause>("0s"), Duration::ZERO);
        assert_eq!(accepts::<Pause>("1.5s"), Duration::from_millis(1500));
        assert_eq!(accepts::<Pause>("1m 30s"), Duration::from_secs(90));
        assert_eq!(accepts::<Pause>("1m30s"), Duration::from_secs(90));
        assert_eq!(accepts::<Timeout>("5 s"), Duration::from_secs(5));
    }

    #[test]
    fn what_is_none_is_refused() {
        for text in ["", "1", "-1s", "s", "1 parsec", "1M", "1month", "1s,", "0"] {
            assert!(refuses::<Pause>(text).starts_with("a duration of at most 365 days"), "{text}");
        }
        refuses::<Pause>(1);
        refuses::<Pause>(0.5);
    }

    #[test]
    fn a_timeout_of_nothing_is_refused() {
        assert!(refuses::<Timeout>("0s").starts_with("a duration of more than zero"));
    }

    #[test]
    fn more_than_a_year_is_refused() {
        assert_eq!(parse("365d"), Some(LONGEST));
        assert_eq!(parse("366d"), None);
        assert_eq!(parse("99999999999999999999d"), None);
    }
}
