//! Combines several listeners.

use crate::error::Stop;
use crate::event::{Detail, Event, Listener};

/// Passes events to several listeners, in order.
#[derive(Default)]
pub struct Fanout {
    listeners: Vec<Box<dyn Listener>>,
}

impl Fanout {
    /// Adds a listener, which receives events after the existing ones.
    pub fn and(mut self, listener: impl Listener + 'static) -> Self {
        self.listeners.push(Box::new(listener));
        self
    }
}

impl Listener for Fanout {
    /// Every listener receives every event, even if an earlier one fails. The first failure is returned.
    fn hear(&mut self, event: &Event<'_>) -> Result<(), Stop> {
        let mut first = Ok(());
        for listener in &mut self.listeners {
            first = first.and(listener.hear(event));
        }
        first
    }

    fn detail(&self) -> Detail {
        self.listeners.iter().map(|listener| listener.detail()).max().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::error::Failures;
    use crate::event::Progress;

    struct Recording {
        name: &'static str,
        received: Arc<Mutex<Vec<&'static str>>>,
        fails: bool,
    }

    impl Listener for Recording {
        fn hear(&mut self, _: &Event<'_>) -> Result<(), Stop> {
            self.received.lock().unwrap().push(self.name);
            if self.fails { Err(Stop::Internal(self.name.to_owned())) } else { Ok(()) }
        }
    }

    #[test]
    fn every_listener_receives_an_event_even_after_one_has_failed() {
        let received = Arc::new(Mutex::new(Vec::new()));
        let recording = |name, fails| Recording { name, received: Arc::clone(&received), fails };
        let mut fanout =
            Fanout::default().and(recording("a", false)).and(recording("b", true)).and(recording("c", true));
        let stop = fanout.hear(&Event::Progress(&Progress::default(), &Failures::default())).unwrap_err();
        assert_eq!(stop.to_string(), "internal error: b");
        assert_eq!(*received.lock().unwrap(), ["a", "b", "c"]);
    }
}
