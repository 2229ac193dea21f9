//! All keys of one server into an empty one: the time compared with that of the baselines, CPU and memory.
//!
//! In each round, the limit probe, the program and a full sync copy the same source into the same destination, which is
//! emptied before each, so that all have the same conditions. A ratio is taken within a round, and the median over all
//! rounds. The first round has only the program and does not count: in it the destination gets its memory from the
//! system.

use super::count;
use crate::data;
use crate::fault::Fault;
use crate::figures::{Figure, Findings, Unit};
use crate::server::Server;
use crate::setting::Setting;
use crate::stage::{Cost, Stage};

/// The promised ratio to the limit probe.
const RATIO: f64 = 1.10;
/// The promised CPU of the program for a small key, in µs.
const CPU: f64 = 1.5;

/// Keys of all types.
pub fn mixed(setting: &Setting, keys: u64) -> Result<Findings, Fault> {
    Ok(Findings::Measured(figures(&rounds(setting, |source| data::mixed(source, keys))?, keys, None)))
}

/// Small strings.
pub fn small(setting: &Setting, keys: u64) -> Result<Findings, Fault> {
    Ok(Findings::Measured(figures(&rounds(setting, |source| data::small(source, keys))?, keys, Some(CPU))))
}

/// The times of one round.
struct Round {
    probe: Option<Cost>,
    ours: Cost,
    sync: f64,
}

fn rounds(setting: &Setting, fill: impl FnOnce(&Server)) -> Result<Vec<Round>, Fault> {
    let stage = Stage::new(setting, fill)?;
    stage.copy()?;
    let round = |_| Ok(Round { probe: stage.probe()?, ours: stage.copy()?, sync: stage.full_sync()? });
    (0..setting.pairs).map(round).collect()
}

fn figures(rounds: &[Round], keys: u64, cpu_limit: Option<f64>) -> Vec<Figure> {
    let mut figures = times(rounds, keys);
    let ours: Vec<Cost> = rounds.iter().map(|round| round.ours).collect();
    let peaks: Vec<f64> = ours.iter().filter_map(|cost| cost.taken.peak).collect();
    if !peaks.is_empty() {
        figures.push(Figure::new("our peak memory", Unit::Mebibytes, peaks));
    }
    let cpu = Figure::new("our CPU", Unit::MicrosecondsPerKey, ours.iter().map(|cost| per_key(cost.taken.cpu, keys)));
    figures.push(match cpu_limit {
        Some(limit) => cpu.at_most(limit),
        None => cpu,
    });
    figures.extend(servers("in our runs", &ours, keys));
    let probes: Vec<Cost> = rounds.iter().filter_map(|round| round.probe).collect();
    if !probes.is_empty() {
        figures.extend(servers("in the probe's runs", &probes, keys));
    }
    figures
}

fn times(rounds: &[Round], keys: u64) -> Vec<Figure> {
    let ours = |round: &Round| round.ours.taken.seconds;
    let probe = |round: &Round| round.probe.map(|cost| cost.taken.seconds);
    let mut figures = Vec::new();
    let ratios: Vec<f64> = rounds.iter().filter_map(|round| Some(ours(round) / probe(round)?)).collect();
    if !ratios.is_empty() {
        figures.push(Figure::new("time over the limit probe's", Unit::Ratio, ratios).at_most(RATIO));
        figures.push(Figure::new("time of the limit probe", Unit::Seconds, rounds.iter().filter_map(probe)));
    }
    figures.extend([
        Figure::new("time over a full sync's", Unit::Ratio, rounds.iter().map(|round| ours(round) / round.sync)),
        Figure::new("time of a full sync", Unit::Seconds, rounds.iter().map(|round| round.sync)),
        Figure::new("our time", Unit::Seconds, rounds.iter().map(ours)),
        Figure::new("our speed", Unit::KeysPerSecond, rounds.iter().map(|round| count(keys) / ours(round))),
    ]);
    figures
}

/// The servers' CPU during the runs of one contestant.
fn servers(when: &str, costs: &[Cost], keys: u64) -> [Figure; 4] {
    let figure = |name: &str, cpu: &dyn Fn(&Cost) -> f64| {
        let values = costs.iter().map(|cost| per_key(cpu(cost), keys));
        Figure::new(&format!("{name} {when}"), Unit::MicrosecondsPerKey, values)
    };
    [
        figure("source CPU", &|cost| cost.source.all),
        figure("source main thread", &|cost| cost.source.main_thread),
        figure("destination CPU", &|cost| cost.destination.all),
        figure("destination main thread", &|cost| cost.destination.main_thread),
    ]
}

fn per_key(seconds: f64, keys: u64) -> f64 {
    seconds * 1e6 / count(keys)
}
