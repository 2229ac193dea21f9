//! Starts the log.

use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::{self, MakeWriter};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::registry;

use super::json::JsonFormat;
use super::text::TextFormat;
use super::{LogFormat, LogSettings};
use crate::report::Screen;

/// Starts to log the events of this crate to standard error. Only the first call of a process has an effect.
pub fn start_logging(settings: &LogSettings, screen: &Screen) {
    // An error means that logging has already started.
    let _ = tracing::subscriber::set_global_default(subscriber(settings, screen.clone()));
}

/// A subscriber that writes to `out`.
pub(in crate::report) fn subscriber<W>(settings: &LogSettings, out: W) -> impl Subscriber + Send + Sync + use<W>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let ours = Targets::new().with_target(env!("CARGO_CRATE_NAME"), LevelFilter::from_level(settings.level));
    // The subscriber would report its own errors through `eprintln!`, which panics if standard error is closed.
    let lines = fmt::layer().with_writer(out).with_ansi(settings.colour).log_internal_errors(false);
    let layer = match settings.format {
        LogFormat::Text => lines.event_format(TextFormat { colour: settings.colour }).boxed(),
        LogFormat::Json => lines.event_format(JsonFormat).boxed(),
    };
    registry().with(layer.with_filter(ours))
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;
    use crate::report::samples;
    use crate::sanitize;

    fn log_events() {
        tracing::error!("no such file\nhint: look elsewhere");
        tracing::warn!(job = "a", reason = "two words", count = 3, "beware");
        tracing::info!("hidden");
        tracing::error!(target: "other_crate", "not ours");
    }

    #[test]
    fn text_has_the_events_of_the_level_and_of_this_crate_only() {
        let settings = LogSettings { level: Level::WARN, format: LogFormat::Text, colour: false };
        let logged = samples::logged_as(&settings, log_events);
        let expected =
            "error: no such file\nhint: look elsewhere\nwarning: beware job=a reason=\"two words\" count=3\n";
        assert_eq!(logged, expected);
    }

    #[test]
    fn a_sentence_is_for_people_and_fields_are_for_programs() {
        let log = || tracing::info!(text = %"job `a` ended: 3 copied", job = %"a", copied = 3, seconds = 0.12345, "job ended");
        let lines = |format| samples::logged_as(&LogSettings { level: Level::INFO, format, colour: false }, log);
        let text = lines(LogFormat::Text);
        assert_eq!(text.split_once("Z ").unwrap().1, "job `a` ended: 3 copied\n");
        let json: serde_json::Value = serde_json::from_str(&lines(LogFormat::Json)).unwrap();
        let fields = ["message", "job", "copied", "seconds", "text"].map(|name| json[name].clone());
        assert_eq!(fields, ["job ended".into(), "a".into(), 3.into(), 0.123.into(), serde_json::Value::Null]);
    }

    #[test]
    fn json_is_one_object_in_each_line() {
        let settings = LogSettings { level: Level::WARN, format: LogFormat::Json, colour: true };
        let logged = samples::logged_as(&settings, log_events);
        let lines: Vec<serde_json::Value> = logged.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0]["level"], "ERROR");
        assert_eq!(lines[0]["message"], "no such file\nhint: look elsewhere");
        assert_eq!((&lines[1]["job"], &lines[1]["count"]), (&"a".into(), &3.into()));
        assert!(lines[1]["timestamp"].is_string());
    }

    #[test]
    fn no_format_lets_a_text_control_the_terminal() {
        let unsafe_text = "a\x1b[31m\r\u{9b}\u{202e}\u{2028}b\nhint: é";
        let logged = |format| {
            let settings = LogSettings { level: Level::WARN, format, colour: false };
            samples::logged_as(&settings, || tracing::warn!(field = "\u{202e}", "{unsafe_text}"))
        };
        let expected = "warning: a\\u{1b}[31m\\r\\u{9b}\\u{202e}\\u{2028}b\nhint: é field=\"\\u{202e}\"\n";
        assert_eq!(logged(LogFormat::Text), expected);
        let line = logged(LogFormat::Json);
        assert_eq!(sanitize::lines(&line), line);
        let read: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!((&read["message"], &read["field"]), (&unsafe_text.into(), &"\u{202e}".into()));
    }
}
