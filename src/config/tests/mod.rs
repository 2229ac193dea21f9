//! Whole loads: files, variables and options to jobs, or to faults.

mod backups;
mod checkpoints;
mod choice;
mod cluster;
mod databases;
mod every_key;
mod faults;
mod layers;
mod lists;
mod model;
mod named;
mod names;
mod passwords;
mod patterns;
mod places;
mod project;
mod renaming;
mod scene;
mod schema;
mod script;
mod sentinel;
mod sockets;
mod tls;
mod verifying;

use crate::job::{Endpoint, Job};
use scene::Scene;

/// The source of a job that has a server.
#[track_caller]
fn server(job: &Job) -> &Endpoint {
    job.source.server().expect("a server")
}
