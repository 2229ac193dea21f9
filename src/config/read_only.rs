//! Endpoints that must never be written to.

use super::configuration::ConfiguredJob;
use super::fault::{Fault, Faults, Problem};
use super::keys;
use super::origin::Origin;
use super::stack::Stack;
use crate::error::Side;
use crate::job::Location;

/// The sources that are read-only, of all jobs.
#[derive(Default)]
pub(super) struct ReadOnly(Vec<(Location, Origin)>);

/// The fault of a destination that is read-only. Every layer counts: an override, or a job, cannot unset the flag.
pub(super) fn destination(stack: &Stack) -> Option<Fault> {
    let key = keys::of(Side::Destination, "read_only").path;
    let origin = stack.set_anywhere(key)?;
    let reason = "is true, so this endpoint is never a destination".to_owned();
    let hint = "no stronger layer can unset it: name another destination, or remove the key here";
    Some(Fault::at(origin, Problem::Refused { key: key.to_owned(), reason }).hint(hint.to_owned()))
}

impl ReadOnly {
    /// Remembers the source of a job, if it is read-only.
    pub fn add(&mut self, job: &ConfiguredJob, stack: &Stack) {
        let origin = stack.set_anywhere(keys::of(Side::Source, "read_only").path);
        if let (Some(origin), Some(server)) = (origin, job.job.source.server()) {
            self.0.push((server.location.clone(), origin));
        }
    }

    /// Reports each job whose destination is the read-only source of a job, whatever the database.
    pub fn check(&self, jobs: &[ConfiguredJob], faults: &mut Faults) {
        for job in jobs {
            let Some((location, origin)) =
                self.0.iter().find(|(known, _)| is_same(known, &job.job.destination.location))
            else {
                continue;
            };
            let key = keys::of(Side::Source, "read_only").path.to_owned();
            let reason = format!("is true for `{location}`, so it is never a destination");
            let hint = "no stronger layer can unset it: name another destination, or remove the key here";
            let fault = Fault::at(origin.clone(), Problem::Refused { key, reason }).in_job(Some(&job.job.name));
            faults.push(fault.hint(hint.to_owned()));
        }
    }
}

/// Whether two locations are written as one server. Names and addresses of one server are compared when it is connected.
fn is_same(one: &Location, other: &Location) -> bool {
    match (one, other) {
        (Location::Tcp { host, port }, Location::Tcp { host: other, port: of_other }) => {
            port == of_other && host.eq_ignore_ascii_case(other)
        }
        (Location::Sentinel(one), Location::Sentinel(other)) => {
            one.service == other.service && one.sentinel.iter().any(|sentinel| other.sentinel.contains(sentinel))
        }
        (one, other) => one == other,
    }
}
