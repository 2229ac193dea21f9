//! Distant servers: the cost of the distance, in addition to the cost of the keys.
//!
//! Both servers are reached through proxies that delay each direction by half of the round trip. The proxies need CPU
//! on the same machine, so the reference is a run through the same proxies without delay: the difference is the
//! distance. Each round has a run for each distance, nearest first, into an emptied destination.

use std::time::Duration;

use crate::data;
use crate::fault::Fault;
use crate::figures::{Figure, Findings, Unit};
use crate::program::{Jobs, Source};
use crate::setting::Setting;
use crate::stage::Stage;
use crate::support::Proxy;

/// A round trip in ms, and the seconds that it may cost at 200 000 keys.
const DISTANCES: [(u64, f64); 2] = [(20, 1.0), (100, 4.0)];

/// Measures it.
pub fn run(setting: &Setting, keys: u64) -> Result<Findings, Fault> {
    let stage = Stage::new(setting, |source| data::mixed(source, keys))?;
    stage.copy()?;
    let mut direct = Vec::new();
    let mut near = Vec::new();
    let mut far = DISTANCES.map(|_| Vec::new());
    for _ in 0..setting.pairs {
        direct.push(stage.copy()?.taken.seconds);
        near.push(through_proxies(&stage, 0)?);
        for ((trip, _), times) in DISTANCES.iter().zip(&mut far) {
            times.push(through_proxies(&stage, *trip)?);
        }
    }
    let mut figures = Vec::new();
    for ((trip, limit), times) in DISTANCES.into_iter().zip(far) {
        let more = times.iter().zip(&near).map(|(far, near)| far - near);
        figures.push(Figure::new(&format!("more time at {trip} ms"), Unit::Seconds, more).at_most(limit));
        figures.push(Figure::new(&format!("time at {trip} ms"), Unit::Seconds, times));
    }
    figures.push(Figure::new("time through proxies without delay", Unit::Seconds, near));
    figures.push(Figure::new("time without proxies", Unit::Seconds, direct));
    Ok(Findings::Measured(figures))
}

/// The seconds of a run with this round trip in ms to each server.
fn through_proxies(stage: &Stage<'_>, trip: u64) -> Result<f64, Fault> {
    stage.destination.flush();
    let one_way = Duration::from_millis(trip) / 2;
    let source = Proxy::delayed(stage.source.port, one_way);
    let destination = Proxy::delayed(stage.destination.port, one_way);
    let jobs =
        Jobs { source: Source::Port(source.port()), destination: destination.port(), lines: &[""], ca_file: None };
    let taken = stage.setting.program.run(&jobs)?;
    stage.expect_all("our run through proxies")?;
    Ok(taken.seconds)
}
