//! Few keys among many: a pattern that one key in a thousand matches.
//!
//! The lowest possible cost is the bare `SCAN … MATCH` loop with the same `COUNT`, on one connection. The program also
//! starts a process, and reads and writes the keys that match.

use crate::baseline::bare_scan;
use crate::data;
use crate::fault::Fault;
use crate::figures::{Figure, Findings, Unit};
use crate::setting::Setting;
use crate::stage::Stage;

/// The default of `scan_batch_size`.
const COUNT: u32 = 1000;
const PATTERN: &str = "few:*";
/// The promised ratio to the bare loop.
const RATIO: f64 = 1.15;

/// Measures it.
pub fn run(setting: &Setting, keys: u64) -> Result<Findings, Fault> {
    let mut few = 0;
    let stage = Stage::new(setting, |source| few = data::few_among_many(source, keys))?;
    stage.copy_some(PATTERN, few)?;
    let (mut bare, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..setting.pairs {
        bare.push(bare_scan(&stage.source, PATTERN, COUNT));
        ours.push(stage.copy_some(PATTERN, few)?.seconds);
    }
    let ratios = ours.iter().zip(&bare).map(|(ours, bare)| ours / bare);
    Ok(Findings::Measured(vec![
        Figure::new("time over the bare loop's", Unit::Ratio, ratios).at_most(RATIO),
        Figure::new("time of the bare loop", Unit::Seconds, bare),
        Figure::new("our time", Unit::Seconds, ours),
    ]))
}
