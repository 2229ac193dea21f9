//! Memory must not grow with the number of keys.
//!
//! Small strings are the hardest case: the buffers are small, so memory per key would show most. Both sizes have their
//! own source and run in turn.

use crate::data;
use crate::fault::Fault;
use crate::figures::{Figure, Findings, Unit};
use crate::setting::Setting;
use crate::stage::Stage;

/// The promised ratio of the peaks.
const RATIO: f64 = 1.15;

/// Measures it.
pub fn run(setting: &Setting, keys: u64) -> Result<Findings, Fault> {
    let few = Stage::new(setting, |source| data::small(source, (keys / 10).max(1)))?;
    let many = Stage::new(setting, |source| data::small(source, keys))?;
    let (mut low, mut high) = (Vec::new(), Vec::new());
    for _ in 0..setting.pairs {
        low.extend(few.copy()?.taken.peak);
        high.extend(many.copy()?.taken.peak);
    }
    if low.is_empty() || low.len() != high.len() {
        return Ok(Findings::LeftOut("this system does not report the peak memory of a process".to_owned()));
    }
    let ratios = high.iter().zip(&low).map(|(high, low)| high / low);
    Ok(Findings::Measured(vec![
        Figure::new("peak over that at a tenth of the keys", Unit::Ratio, ratios).at_most(RATIO),
        Figure::new("peak at a tenth of the keys", Unit::Mebibytes, low),
        Figure::new("peak", Unit::Mebibytes, high),
    ]))
}
