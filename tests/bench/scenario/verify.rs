//! A verification of what a run has copied, against that run: its time, and the source's CPU.
//!
//! Each pair begins with an empty destination: the run copies everything, and the verification follows at once. Both have the
//! same job. A verification that finds a difference fails, so a fast one has compared every key.

use crate::data;
use crate::fault::Fault;
use crate::figures::{Figure, Findings, Unit};
use crate::server::Server;
use crate::setting::Setting;
use crate::stage::{Cost, Stage};

/// The promised ratio of the times.
const TIME: f64 = 1.5;
/// The promised ratio of the source's CPU.
const CPU: f64 = 1.2;
/// The promised peak memory, in MiB.
const PEAK: f64 = 48.0;
/// Small strings for each key of the mixed set.
const SMALL: u64 = 5;

/// Measures it.
pub fn run(setting: &Setting, keys: u64) -> Result<Findings, Fault> {
    let mut figures = pairs(setting, "mixed", |source| data::mixed(source, keys))?;
    figures.extend(pairs(setting, "small", |source| data::small(source, keys * SMALL))?);
    Ok(Findings::Measured(figures))
}

fn pairs(setting: &Setting, set: &str, fill: impl FnOnce(&Server)) -> Result<Vec<Figure>, Fault> {
    let stage = Stage::new(setting, fill)?;
    stage.copy()?;
    let pairs = (0..setting.pairs).map(|_| Ok((stage.copy()?, stage.verify()?)));
    let pairs: Vec<(Cost, Cost)> = pairs.collect::<Result<_, Fault>>()?;
    let ratio = |name: &str, of: fn(&Cost) -> f64| {
        let ratios = pairs.iter().map(|(run, verify)| of(verify) / of(run));
        Figure::new(&format!("{set}: {name}"), Unit::Ratio, ratios)
    };
    let mut figures = vec![
        ratio("time over a run's", |cost| cost.taken.seconds).at_most(TIME),
        ratio("source CPU over a run's", |cost| cost.source.all).at_most(CPU),
        ratio("source main thread over a run's", |cost| cost.source.main_thread),
        ratio("destination CPU over a run's", |cost| cost.destination.all),
        ratio("our CPU over a run's", |cost| cost.taken.cpu),
    ];
    let seconds =
        |of: fn(&(Cost, Cost)) -> Cost| pairs.iter().map(of).map(|cost| cost.taken.seconds).collect::<Vec<_>>();
    figures.push(Figure::new(&format!("{set}: time of a run"), Unit::Seconds, seconds(|pair| pair.0)));
    figures.push(Figure::new(&format!("{set}: time of a verification"), Unit::Seconds, seconds(|pair| pair.1)));
    let peaks: Vec<f64> = pairs.iter().filter_map(|(_, verify)| verify.taken.peak).collect();
    if !peaks.is_empty() {
        figures.push(Figure::new(&format!("{set}: peak memory"), Unit::Mebibytes, peaks).at_most(PEAK));
    }
    Ok(figures)
}
