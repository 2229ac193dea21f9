//! Several listeners as one.

use crate::error::Stop;
use crate::event::{Event, Listener};

/// Passes events to several listeners, in order.
#[derive(Default)]
pub struct Fanout {
    listeners: Vec<Box<dyn Listener>>,
}

impl Fanout {
    /// Adds one that receives events after those that are there.
    #[must_use]
    pub fn and(mut self, listener: impl Listener + 'static) -> Self {
        self.listeners.push(Box::new(listener));
        self
    }
}

impl Listener for Fanout {
    /// Every listener receives every event, also after one has failed; the first failure is returned.
    fn hear(&mut self, event: &Event<'_>) -> Result<(), Stop> {
        let mut first = Ok(());
        for listener in &mut self.listeners {
            first = first.and(listener.hear(event));
        }
        first
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::event::Progress;

    struct Noting {
        name: &'static str,
        heard: Arc<Mutex<Vec<&'static str>>>,
        fails: bool,
    }

    impl Listener for Noting {
        fn hear(&mut self, _: &Event<'_>) -> Result<(), Stop> {
            self.heard.lock().unwrap().push(self.name);
            if self.fails { Err(Stop::Internal(self.name.to_owned())) } else { Ok(()) }
        }
    }

    #[test]
    fn every_listener_receives_an_event_even_after_one_has_failed() {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let noting = |name, fails| Noting { name, heard: Arc::clone(&heard), fails };
        let mut fanout = Fanout::default().and(noting("a", false)).and(noting("b", true)).and(noting("c", true));
        let stop = fanout.hear(&Event::Progress(&Progress::default())).unwrap_err();
        assert_eq!(stop.to_string(), "internal error: b");
        assert_eq!(*heard.lock().unwrap(), ["a", "b", "c"]);
    }
}
