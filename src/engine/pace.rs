//! The load of a walk on source and destination. All jobs of a walk have it together.

use std::rc::Rc;

use super::concurrency::Concurrency;
use super::rate::{PauseCounts, Throttle};
use super::size_estimate::SizeEstimate;
use crate::budget::InFlightBudget;
use crate::job::Limits;

/// What limits the load of a walk. Clones share the limits.
#[derive(Clone, Debug)]
pub struct Pace {
    pub size_estimate: Rc<SizeEstimate>,
    /// For each place of the destination.
    pub in_flight: Rc<[InFlightBudget]>,
    pub throttle: Rc<Throttle>,
    pub pauses: Rc<PauseCounts>,
}

impl Pace {
    pub fn new(limits: &Limits, concurrency: Concurrency, places: usize) -> Self {
        Self {
            size_estimate: Rc::new(SizeEstimate::new(concurrency.measured_keys())),
            in_flight: InFlightBudget::parts(concurrency.in_flight_bytes(), places).into(),
            throttle: Rc::new(Throttle::new(limits)),
            pauses: Rc::default(),
        }
    }
}
