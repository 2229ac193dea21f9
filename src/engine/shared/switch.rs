//! Events of several jobs for one listener.

use std::cell::{Cell, RefCell};

use crate::error::Stop;
use crate::event::{Detail, Event, Listener};
use crate::job::Job;

/// Passes the events of several jobs to one listener, and announces which job the next events are about.
pub struct Switch<'l> {
    listener: RefCell<&'l mut dyn Listener>,
    jobs: &'l [Job],
    /// The job of the last event.
    current: Cell<Option<usize>>,
    detail: Detail,
}

/// The listener of one of the jobs.
pub struct OfJob<'s, 'l> {
    switch: &'s Switch<'l>,
    job: usize,
}

impl<'l> Switch<'l> {
    pub fn new(listener: &'l mut dyn Listener, jobs: &'l [Job]) -> Self {
        let detail = listener.detail();
        Self { listener: listener.into(), jobs, current: Cell::default(), detail }
    }

    pub fn of(&self, job: usize) -> OfJob<'_, 'l> {
        OfJob { switch: self, job }
    }
}

impl Listener for OfJob<'_, '_> {
    fn hear(&mut self, event: &Event<'_>) -> Result<(), Stop> {
        let Switch { listener, jobs, current, .. } = self.switch;
        let mut listener = listener.borrow_mut();
        let is_new = current.replace(Some(self.job)) != Some(self.job);
        // The start of a job announces itself.
        if is_new && !matches!(event, Event::JobStarted { .. }) {
            listener.hear(&Event::JobResumed(&jobs[self.job]))?;
        }
        listener.hear(event)
    }

    fn detail(&self) -> Detail {
        self.switch.detail
    }
}
