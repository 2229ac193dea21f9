//! Log lines for programs: one JSON object in each line.

use std::fmt::{self, Debug, Write};
use std::time::SystemTime;

use serde_json::Value;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::text::SENTENCE;
use crate::sanitize;

/// `timestamp`, `level` and `message`, then the fields of the event. The sentence for people is left out: it repeats the
/// fields. Safe to print.
pub(super) struct JsonFormat;

impl<S, N> FormatEvent<S, N> for JsonFormat
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut out: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let (time, level) = (humantime::format_rfc3339_micros(SystemTime::now()), event.metadata().level());
        let mut line = String::new();
        write!(line, "{{\"timestamp\":\"{time}\",\"level\":\"{level}\",\"message\":{}", Value::from(fields.message))?;
        for (name, value) in fields.others {
            write!(line, ",{}:{value}", Value::from(name))?;
        }
        writeln!(line, ",\"target\":{}}}", Value::from(event.metadata().target()))?;
        out.write_str(&sanitize::json(&line))
    }
}

#[derive(Default)]
struct Fields {
    message: String,
    others: Vec<(&'static str, Value)>,
}

impl Fields {
    fn add(&mut self, field: &Field, value: Value) {
        match (field.name(), value) {
            (SENTENCE, _) => {}
            ("message", Value::String(message)) => self.message = message,
            (name, value) => self.others.push((name, value)),
        }
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        // To the millisecond, because most of them are seconds.
        self.add(field, Value::from((value * 1000.0).round() / 1000.0));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, Value::from(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, Value::from(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, Value::from(value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, Value::from(value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.add(field, Value::from(format!("{value:?}")));
    }
}
