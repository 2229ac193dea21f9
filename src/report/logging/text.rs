//! Log lines for people.

use std::fmt::{self, Debug, Write};
use std::time::SystemTime;

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::sanitize;

/// The field with the sentence for people.
pub(super) const SENTENCE: &str = "text";

/// Errors and warnings start with their level, as in `error: …`. Other lines start with the time (UTC), followed by the
/// level if it is below `info`. Fields follow the message as `name=value`; a sentence stands for message and fields.
pub(super) struct TextFormat {
    pub(super) colour: bool,
}

impl<S, N> FormatEvent<S, N> for TextFormat
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut out: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        self.begin(&mut out, *event.metadata().level(), SystemTime::now())?;
        let mut parts = Parts::default();
        event.record(&mut parts);
        match parts.sentence {
            Some(sentence) => writeln!(out, "{sentence}"),
            None => writeln!(out, "{}{}", parts.message, parts.fields),
        }
    }
}

impl TextFormat {
    fn begin(&self, out: &mut impl Write, level: Level, now: SystemTime) -> fmt::Result {
        let label = match level {
            Level::ERROR => return write!(out, "{}: ", self.paint("error", "1;31")),
            Level::WARN => return write!(out, "{}: ", self.paint("warning", "1;33")),
            Level::INFO => "",
            Level::DEBUG => "debug: ",
            Level::TRACE => "trace: ",
        };
        let whole = humantime::format_rfc3339_seconds(now).to_string();
        let clock = whole.split_once('T').map_or("", |(_, clock)| clock);
        write!(out, "{} {label}", self.paint(clock, "2"))
    }

    fn paint(&self, text: &str, style: &str) -> String {
        if self.colour { format!("\x1b[{style}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// An event's message, and its fields with a space before each.
#[derive(Default)]
struct Parts {
    message: String,
    fields: String,
    sentence: Option<String>,
}

impl Visit for Parts {
    fn record_str(&mut self, field: &Field, value: &str) {
        let is_plain = !value.is_empty() && value.chars().all(|character| character.is_ascii_graphic());
        if field.name() == "message" {
            self.message.push_str(&sanitize::lines(value));
        } else if field.name() == SENTENCE {
            self.sentence = Some(sanitize::lines(value).into_owned());
        } else if is_plain {
            self.field(field, value);
        } else {
            self.field(field, &format!("{value:?}"));
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let shown = format!("{value:?}");
        let shown = sanitize::lines(&shown);
        match field.name() {
            "message" => self.message.push_str(&shown),
            SENTENCE => self.sentence = Some(shown.into_owned()),
            _ => self.field(field, &shown),
        }
    }
}

impl Parts {
    fn field(&mut self, field: &Field, value: &str) {
        write!(self.fields, " {}={value}", field.name()).expect("a write to a String cannot fail");
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    fn begin(colour: bool, level: Level) -> String {
        let mut out = String::new();
        TextFormat { colour }.begin(&mut out, level, UNIX_EPOCH + Duration::from_secs(45_296)).unwrap();
        out
    }

    #[test]
    fn errors_and_warnings_have_a_level_and_other_lines_have_a_time() {
        let levels = [Level::ERROR, Level::WARN, Level::INFO, Level::DEBUG, Level::TRACE];
        let expected = ["error: ", "warning: ", "12:34:56Z ", "12:34:56Z debug: ", "12:34:56Z trace: "];
        assert_eq!(levels.map(|level| begin(false, level)), expected);
    }

    #[test]
    fn colours_do_not_change_the_words() {
        assert_eq!(begin(true, Level::ERROR), "\x1b[1;31merror\x1b[0m: ");
        assert_eq!(begin(true, Level::INFO), "\x1b[2m12:34:56Z\x1b[0m ");
    }
}
