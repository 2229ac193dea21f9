//! What a job is waiting for, in words.

use crate::event::HeldBy;
use crate::report::numbers;

/// What a job is waiting for: `held by source`, or `source: no answer for 7s`.
pub(super) fn held(by: HeldBy) -> String {
    let word = match by {
        HeldBy::Source => "source",
        HeldBy::Destination => "destination",
        HeldBy::Limit => "limit",
        HeldBy::Sleep => "sleep",
        HeldBy::Wait { side, cause, duration } => {
            return format!("{side}: {cause} for {}", numbers::rough_span(duration));
        }
    };
    format!("held by {word}")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::error::Side;
    use crate::error::WaitCause;

    #[test]
    fn a_wait_has_its_cause_and_its_duration() {
        let wait = |side, cause, seconds: u64| {
            held(HeldBy::Wait { side, cause, duration: Duration::from_millis(seconds * 1000 + 900) })
        };
        assert_eq!(wait(Side::Source, WaitCause::NoAnswer, 7), "source: no answer for 7s");
        assert_eq!(wait(Side::Destination, WaitCause::Loading, 245), "destination: LOADING for 4m05s");
        assert_eq!(held(HeldBy::Sleep), "held by sleep");
    }
}
