//! Jobs for the tests of other modules.

use std::path::Path;
use std::time::Duration;

use super::{
    CharSign, Databases, Destination, Endpoint, ErrorLog, Glob, Job, Lanes, Lifetimes, Limits, Location, LogLines,
    LogMode, OnExisting, OnUnsupported, Secret, Selection, Server, Source, TargetDatabases, Verify,
};

pub(crate) fn job(name: &str, log: &Path, mode: LogMode) -> Job {
    Job {
        name: name.to_owned(),
        enabled: true,
        tags: Vec::new(),
        source: Source::Server(Server { db: Databases::One(0), endpoint: endpoint("10.0.0.5", None) }),
        destination: Destination { db: TargetDatabases::One(0), endpoint: endpoint("cache", Some("hunter2")) },
        selection: Selection {
            matches: vec![Glob::new("cart:*")],
            exclude: Vec::new(),
            types: Vec::new(),
            lifetimes: Lifetimes::default(),
            char_sign: CharSign::default(),
        },
        keys_from: None,
        rename: None,
        scan_batch_size: 1000,
        lanes: Lanes::Auto,
        limits: Limits::default(),
        pipeline_batch_size: 1000,
        max_processed_existing_keys: 1000,
        sleep: Duration::from_millis(250),
        max_errored_keys: 1000,
        min_keys: None,
        on_existing: OnExisting::Skip,
        on_unsupported: OnUnsupported::Fail,
        functions: false,
        share_walk: true,
        error_log: ErrorLog { path: log.to_owned(), mode, format: LogLines::Text },
        checkpoint: None,
        verify: Verify::off(),
    }
}

fn endpoint(host: &str, password: Option<&str>) -> Endpoint {
    Endpoint {
        location: Location::Tcp { host: host.to_owned(), port: 6379 },
        tls: None,
        db: 0,
        username: None,
        password: password.map(Secret::new),
        password_source: None,
        connect_timeout: Duration::from_secs(5),
        response_timeout: Duration::from_mins(1),
        retry: Duration::from_mins(5),
        allow_stale_replica: false,
        is_single: false,
        server: None,
    }
}
