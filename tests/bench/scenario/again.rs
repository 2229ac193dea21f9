//! A second run over the keys that the first has copied: it should only check them, not copy them.
//!
//! Each pair begins with an empty destination, and the second run of the pair follows at once. The source's counts of
//! commands are reset before it: a `DUMP` then is a value that was read in vain.

use crate::data;
use crate::fault::Fault;
use crate::figures::{Figure, Findings, Unit};
use crate::setting::Setting;
use crate::stage::Stage;

/// How many times faster the second run is promised to be.
const FASTER: f64 = 5.0;

/// Measures it.
pub fn run(setting: &Setting, keys: u64) -> Result<Findings, Fault> {
    let stage = Stage::new(setting, |source| data::mixed(source, keys))?;
    stage.copy()?;
    let (mut first, mut second, mut dumps) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..setting.pairs {
        first.push(stage.copy()?.taken.seconds);
        stage.source.forget_calls();
        second.push(stage.run(&[""])?.seconds);
        stage.expect_all("our second run")?;
        dumps.push(stage.source.calls("dump"));
    }
    let ratios = first.iter().zip(&second).map(|(first, second)| first / second);
    let dumps = dumps.into_iter().map(super::count);
    Ok(Findings::Measured(vec![
        Figure::new("first run over second", Unit::Ratio, ratios).at_least(FASTER),
        Figure::new("DUMP in the second run", Unit::Calls, dumps).at_most(0.0),
        Figure::new("time of the first run", Unit::Seconds, first),
        Figure::new("time of the second run", Unit::Seconds, second),
    ]))
}
