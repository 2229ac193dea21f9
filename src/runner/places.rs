//! What pre-flight has found at each address. Jobs that share an address are examined one after the other, so that their
//! connections do not add up: servers limit their clients.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, OwnedMutexGuard};

use super::examination::compare;
use crate::error::{EndpointError, Stop, WaitCause};
use crate::job::{Endpoint, Job};
use crate::server::{Control, Identity};

/// The connections that are compared with a control connection at once: as many as a job later has beside it.
const COMPARED_AT_ONCE: usize = 2;

/// The addresses of all jobs.
#[derive(Debug, Default)]
pub struct Places(RefCell<HashMap<String, Arc<Mutex<Place>>>>);

/// What was found at an address.
#[derive(Debug, Default)]
struct Place {
    /// The server whose connections were compared.
    compared: Option<Identity>,
    /// Why it cannot be reached, and how long that was tried.
    unreachable: Option<(Duration, EndpointError)>,
}

/// The addresses of a job, which no other job uses meanwhile.
#[derive(Debug)]
pub struct Turn(HashMap<String, OwnedMutexGuard<Place>>);

impl Places {
    /// Waits until no other job uses the addresses of this one.
    pub async fn turn(&self, job: &Job) -> Turn {
        let addresses: BTreeSet<String> = endpoints(job).map(Endpoint::address).collect();
        let mut turn = HashMap::new();
        // In their order, so that no two jobs wait for each other.
        for address in addresses {
            let place = Arc::clone(self.0.borrow_mut().entry(address.clone()).or_default());
            turn.insert(address, place.lock_owned().await);
        }
        Turn(turn)
    }
}

impl Turn {
    /// Fails if a server of the job could not be reached for another job.
    pub fn check(&self, job: &Job) -> Result<(), Stop> {
        for endpoint in endpoints(job) {
            let known = self.0.get(&endpoint.address()).and_then(|place| place.unreachable.as_ref());
            if let Some((tried, error)) = known
                && *tried >= endpoint.connect_timeout
            {
                return Err(error.clone().into());
            }
        }
        Ok(())
    }

    /// Records why a job could not be connected.
    pub fn failed(&mut self, job: &Job, stop: &Stop) {
        let Stop::Endpoint(error) = stop else { return };
        let Some(place) = self.0.get_mut(&error.server) else { return };
        if error.problem.wait_cause() == Some(WaitCause::Disconnected) {
            let tried = endpoints(job).filter(|endpoint| endpoint.address() == error.server);
            let tried = tried.map(|endpoint| endpoint.connect_timeout).min().unwrap_or_default();
            place.unreachable = Some((tried, error.clone()));
        }
    }

    /// Compares connections to each server, unless that was done for another job.
    pub async fn compare<'c>(&mut self, controls: impl Iterator<Item = &'c Control>) -> Result<(), EndpointError> {
        let is_new = |control: &&Control| {
            let (address, found) = (&control.address().server, control.contact().identity());
            let compared = self.0.get(address).and_then(|place| place.compared.as_ref());
            found == Identity::default() || compared.is_none_or(|compared| compared.compare(&found).is_err())
        };
        let new: Vec<&Control> = controls.filter(is_new).collect();
        compare(new.iter().copied(), COMPARED_AT_ONCE).await?;
        for control in new {
            if let Some(place) = self.0.get_mut(&control.address().server) {
                place.compared = Some(control.contact().identity());
            }
        }
        Ok(())
    }
}

fn endpoints(job: &Job) -> impl Iterator<Item = &Endpoint> {
    job.source.server().into_iter().chain([&job.destination.endpoint])
}
