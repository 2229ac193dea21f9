//! `max_source_latency`: another client of the source should hardly notice a run.
//!
//! This client reads small strings as fast as it can: alone, then during a run without limit, then during a run with
//! the limit. Each round has all three, in that order. The client needs its own CPU. On a machine with two CPUs, the
//! servers and the program share the other one, so the speeds can be compared with each other but not with other
//! scenarios.

use std::thread;
use std::time::Duration;

use super::busy::beside;
use crate::data;
use crate::fault::Fault;
use crate::figures::{Figure, Findings, Unit};
use crate::setting::Setting;
use crate::stage::Stage;

const KEY: &str = "max_source_latency";
const LIMIT: &str = "max_source_latency = \"2ms\"\n";
/// How many times longer than without a run the client may wait.
const LONGER: f64 = 2.0;
/// The part of the program's speed that must remain.
const LEFT: f64 = 0.1;

/// Measures it, if the program has the key.
pub fn run(setting: &Setting, keys: u64) -> Result<Findings, Fault> {
    if !setting.program.knows(KEY)? {
        return Ok(Findings::LeftOut(format!("the program lacks the key `{KEY}`")));
    }
    let stage = Stage::new(setting, |source| data::small(source, keys))?;
    stage.copy()?;
    let alone_for = Duration::from_millis(if setting.quick { 200 } else { 3000 });
    let mut rounds = Vec::new();
    for _ in 0..setting.pairs {
        let ((), alone) = beside(&stage.source, keys, || thread::sleep(alone_for));
        let (free_seconds, free) = beside_us(&stage, keys, "")?;
        let (limited_seconds, limited) = beside_us(&stage, keys, LIMIT)?;
        rounds.push(Round { alone, free, free_seconds, limited, limited_seconds });
    }
    Ok(Findings::Measured(figures(&rounds, super::count(keys))))
}

/// The waits of the client in ms, and the seconds of the run.
struct Round {
    alone: f64,
    free: f64,
    free_seconds: f64,
    limited: f64,
    limited_seconds: f64,
}

fn beside_us(stage: &Stage<'_>, keys: u64, lines: &str) -> Result<(f64, f64), Fault> {
    stage.destination.flush();
    let (taken, wait) = beside(&stage.source, keys, || stage.run(&[lines]));
    stage.expect_all("our run")?;
    Ok((taken?.seconds, wait))
}

fn figures(rounds: &[Round], keys: f64) -> Vec<Figure> {
    let figure = |name: &str, unit, value: &dyn Fn(&Round) -> f64| Figure::new(name, unit, rounds.iter().map(value));
    vec![
        figure("p99 beside us, limited, over alone", Unit::Ratio, &|round| round.limited / round.alone).at_most(LONGER),
        figure("speed limited over unlimited", Unit::Ratio, &|round| round.free_seconds / round.limited_seconds)
            .at_least(LEFT),
        figure("p99 of the client alone", Unit::Milliseconds, &|round| round.alone),
        figure("p99 beside us, unlimited", Unit::Milliseconds, &|round| round.free),
        figure("p99 beside us, limited", Unit::Milliseconds, &|round| round.limited),
        figure("our speed, unlimited", Unit::KeysPerSecond, &|round| keys / round.free_seconds),
        figure("our speed, limited", Unit::KeysPerSecond, &|round| keys / round.limited_seconds),
    ]
}
