//! Jobs, keys and summaries for the tests of this room.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::entry::Key;
use crate::error::{EndpointError, EndpointProblem, FailedKey, Side, Stop};
use crate::job::{Endpoint, ErrorLog, Glob, Job, LogMode, OnExisting, Secret, Selection};
use crate::report::logging::{self, LogFormat, LogSettings};
use crate::server::ServerFacts;

pub(super) fn job(name: &str, log: &Path, mode: LogMode) -> Job {
    Job {
        name: name.to_owned(),
        source: endpoint("10.0.0.5", None),
        destination: endpoint("cache", Some("hunter2")),
        selection: Selection { matches: vec![Glob::new("cart:*")], exclude: Vec::new(), types: Vec::new() },
        scan_batch_size: 1000,
        pipeline_batch_size: 1000,
        max_processed_existing_keys: 1000,
        sleep: Duration::from_millis(250),
        max_errored_keys: 1000,
        on_existing: OnExisting::Skip,
        error_log: ErrorLog { path: log.to_owned(), mode },
    }
}

fn endpoint(host: &str, password: Option<&str>) -> Endpoint {
    Endpoint {
        host: host.to_owned(),
        port: 6379,
        db: 0,
        username: None,
        password: password.map(Secret::new),
        connect_timeout: Duration::from_secs(5),
        response_timeout: Duration::from_mins(1),
    }
}

pub(super) fn facts(address: &str) -> ServerFacts {
    let info = "redis_version:7.0.15\r\nredis_mode:standalone\r\nrun_id:4f3a\r\nrole:master\r\n";
    ServerFacts::parse(address.to_owned(), info).expect("it has a version")
}

pub(super) fn failed_key(key: &[u8], message: &str) -> FailedKey {
    FailedKey {
        key: Key::from(key.to_vec()),
        type_name: None,
        side: Side::Destination,
        server: "cache:6379".to_owned(),
        message: message.to_owned(),
    }
}

pub(super) fn lost() -> Stop {
    let problem = EndpointProblem::ConnectionLost("broken pipe".to_owned());
    Stop::Endpoint(EndpointError { side: Side::Destination, server: "cache:6379".to_owned(), problem })
}

/// What is logged while `act` runs, in text and with everything that is said.
pub(super) fn logged(act: impl FnOnce()) -> String {
    logged_as(&LogSettings { level: tracing::Level::TRACE, format: LogFormat::Text, colour: false }, act)
}

pub(super) fn logged_as(settings: &LogSettings, act: impl FnOnce()) -> String {
    let lines = Lines::default();
    tracing::subscriber::with_default(logging::subscriber(settings, lines.clone()), act);
    let bytes = lines.0.lock().expect("nobody panicked").clone();
    String::from_utf8(bytes).expect("logs are text")
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("nobody panicked").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> tracing_subscriber::fmt::MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}
