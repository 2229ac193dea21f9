//! The pauses of a connection while its server cannot answer.

use std::rc::Rc;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use tokio::time::{Duration, Instant, sleep};

use super::Contact;
use crate::error::EndpointError;

const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// One outage as a connection sees it: from the first failure to the next success.
pub(super) struct Patience {
    contact: Rc<Contact>,
    outage: Option<Outage>,
}

struct Outage {
    contact: Rc<Contact>,
    is_over: bool,
    since: Instant,
    pauses: ExponentialBackoff,
}

impl Patience {
    pub fn new(contact: &Rc<Contact>) -> Self {
        Self { contact: Rc::clone(contact), outage: None }
    }

    /// Waits for a moment, which grows with each call. Returns the error if waiting does not help, or the outage has
    /// lasted for too long, or the job is stopping.
    pub async fn pause(&mut self, error: EndpointError) -> Result<(), EndpointError> {
        let Some(cause) = error.problem.wait_cause() else { return Err(error) };
        let limit = self.contact.patience(cause);
        if limit.is_zero() {
            return Err(error);
        }
        match &self.outage {
            None => self.contact.begin_wait(cause),
            Some(_) => self.contact.change_wait(cause),
        }
        let outage = self.outage.get_or_insert_with(|| Outage::new(&self.contact));
        let left = limit.saturating_sub(outage.since.elapsed());
        let pause = outage.pauses.next().unwrap_or(LONGEST_PAUSE).min(left);
        match self.contact.unless_given_up(sleep(pause)).await {
            Some(()) if !left.is_zero() => Ok(()),
            _ => Err(error),
        }
    }

    /// The server has answered, but not what was requested: the outage continues with short pauses.
    pub fn hurry(&mut self) {
        if let Some(outage) = &mut self.outage {
            outage.pauses = pauses();
        }
    }

    /// The server has answered what was requested.
    pub fn answered(&mut self) {
        if let Some(outage) = &mut self.outage {
            outage.is_over = true;
        }
        self.outage = None;
    }
}

impl Outage {
    fn new(contact: &Rc<Contact>) -> Self {
        Self { contact: Rc::clone(contact), is_over: false, since: Instant::now(), pauses: pauses() }
    }
}

fn pauses() -> ExponentialBackoff {
    ExponentialBuilder::new()
        .with_min_delay(FIRST_PAUSE)
        .with_max_delay(LONGEST_PAUSE)
        .with_factor(2.0)
        .without_max_times()
        .with_jitter()
        .build()
}

impl Drop for Outage {
    fn drop(&mut self) {
        self.contact.end_wait(self.is_over);
    }
}
