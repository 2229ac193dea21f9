//! Running many mutations.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::support::Random;
use super::watchdog::Watchdog;

/// The default number of mutations of payloads and files together: it takes some seconds in a debug build.
const FEW: u64 = 40_000;

/// Makes half of the mutations, and fails if `holds` panics or hangs for one of them. Each mutation has random numbers of
/// its own, which depend only on the seed and its number.
pub fn for_each_case<T>(what: &str, make: impl Fn(&mut Random) -> (Vec<u8>, T), holds: impl Fn(Vec<u8>, T)) {
    let watchdog = Watchdog::start();
    let seed = variable("MIGRATOR_TEST_SEED", 1);
    for number in 0..variable("MIGRATOR_TEST_MUTATIONS", FEW).div_ceil(2) {
        let mut random = Random::new(Random::new(seed ^ number << 32).next());
        let (input, context) = make(&mut random);
        watchdog.begin(format!("case {number} of seed {seed} of {what}"), &input);
        let held = catch_unwind(AssertUnwindSafe(|| holds(input, context)));
        assert!(held.is_ok(), "it does not hold for {}", watchdog.case());
        watchdog.end();
    }
}

fn variable(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("`{name}` is a number")))
}
