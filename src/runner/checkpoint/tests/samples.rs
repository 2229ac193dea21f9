//! Jobs and records for tests.

use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::job::{Databases, Job, LogMode, samples};
use crate::runner::checkpoint::format::FORMAT_VERSION;
use crate::runner::checkpoint::{Data, Fingerprint, Record, State};
use crate::server::Identity;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Walk {
    pub lanes: Vec<(u64, u64)>,
}

pub fn walk(lanes: u64) -> Walk {
    Walk { lanes: (0..lanes).map(|lane| (u64::MAX - lane, lane)).collect() }
}

pub fn job(name: &str, checkpoint: &Path) -> Job {
    let mut job = samples::job(name, Path::new("/dev/null"), LogMode::Append);
    job.checkpoint = Some(checkpoint.to_owned());
    job
}

pub fn server(run_id: &str) -> Data {
    Data::of_server(Identity { run_id: run_id.to_owned(), ..Identity::default() }, &Databases::One(0))
}

pub fn fingerprint(job: &Job) -> Fingerprint {
    Fingerprint { source: server("1"), destination: server("2"), ..Fingerprint::of(job).unwrap() }
}

pub fn record(walk: Walk) -> Record<Walk> {
    Record {
        format_version: FORMAT_VERSION,
        job: "carts".to_owned(),
        program_version: "0.1.0".to_owned(),
        written_at: UNIX_EPOCH + Duration::from_millis(1_769_860_800_250),
        state: State::Running,
        keys: 4711,
        fingerprint: fingerprint(&job("carts", Path::new("c"))),
        walk,
    }
}
