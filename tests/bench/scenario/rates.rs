//! `max_keys_per_second` and `max_bytes_per_second`: a run must keep its limit and use it fully.
//!
//! The arrival at the destination counts: the bench reads the destination's size all the time, and takes the rate over
//! ten seconds that begin one second after the first key arrived. So the rate includes neither the start of the program
//! nor the first burst. The limit is chosen so that the keys last for twelve seconds.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::data;
use crate::fault::Fault;
use crate::figures::{Figure, Findings, Unit};
use crate::server::Server;
use crate::setting::Setting;
use crate::stage::Stage;
use crate::support::words;

const KEYS_KEY: &str = "max_keys_per_second";
const BYTES_KEY: &str = "max_bytes_per_second";
/// Bytes of a value.
const LENGTH: usize = 1000;
/// How often the bench reads the size.
const EVERY: Duration = Duration::from_millis(5);
/// How far off the limit the rate may be, in percent.
const OFF: f64 = 5.0;
/// The time before and after the measured window.
const MARGIN: Duration = Duration::from_secs(1);

/// Measures the limits that the program has.
pub fn run(setting: &Setting, keys: u64) -> Result<Findings, Fault> {
    let window = Duration::from_secs(if setting.quick { 2 } else { 10 });
    let seconds = (window + 2 * MARGIN).as_secs();
    let stage = Stage::new(setting, |source| data::incompressible(source, keys, LENGTH))?;
    let payload = stage.source.client().run(words!["DUMP", "key:0"]).bytes().len() as u64;
    let keys_limit = (keys / seconds).max(1);
    let mut figures = Vec::new();
    for (key, limit, line) in [
        (KEYS_KEY, keys_limit, format!("{KEYS_KEY} = {keys_limit}\n")),
        (BYTES_KEY, keys_limit * payload, format!("{BYTES_KEY} = \"{}B\"\n", keys_limit * payload)),
    ] {
        if setting.program.knows(key)? {
            let size = if key == KEYS_KEY { 1 } else { payload };
            figures.push(off(&stage, window, (key, &line), super::count(limit) / super::count(size))?);
        }
    }
    if figures.is_empty() {
        return Ok(Findings::LeftOut(format!("the program has neither `{KEYS_KEY}` nor `{BYTES_KEY}`")));
    }
    Ok(Findings::Measured(figures))
}

/// The deviation of the rate from the limit, which is given in keys per second.
fn off(stage: &Stage<'_>, window: Duration, (key, lines): (&str, &str), limit: f64) -> Result<Figure, Fault> {
    let mut values = Vec::new();
    for _ in 0..stage.setting.pairs {
        stage.destination.flush();
        let (taken, sizes) = watched(&stage.destination, || stage.run(&[lines]));
        taken?;
        stage.expect_all("our run")?;
        values.push((rate(&sizes, window) / limit - 1.0).abs() * 100.0);
    }
    Ok(Figure::new(&format!("off `{key}`"), Unit::Percent, values).at_most(OFF))
}

/// How many keys the destination had at a time.
struct Sample {
    when: Instant,
    keys: u64,
}

/// Runs something and records how the server's size grows.
fn watched<T>(server: &Server, run: impl FnOnce() -> T) -> (T, Vec<Sample>) {
    let ended = AtomicBool::new(false);
    thread::scope(|scope| {
        let watch = scope.spawn(|| {
            let mut client = server.client();
            let mut sizes = Vec::new();
            while !ended.load(Ordering::Relaxed) {
                let keys = client.run(words!["DBSIZE"]).integer().unsigned_abs();
                sizes.push(Sample { when: Instant::now(), keys });
                thread::sleep(EVERY);
            }
            sizes
        });
        let result = run();
        ended.store(true, Ordering::Relaxed);
        (result, watch.join().expect("the destination answers while it runs"))
    })
}

/// Keys per second in the window, which begins some time after the first key arrived. A run that ends before the window
/// does not keep its limit: then the result is all keys over the whole time.
fn rate(sizes: &[Sample], window: Duration) -> f64 {
    let first = sizes.iter().find(|sample| sample.keys > 0).or(sizes.last());
    let (Some(first), Some(last)) = (first, sizes.last()) else { return 0.0 };
    let from = first.when + MARGIN;
    let at = |moment| sizes.iter().rev().find(|sample| sample.when <= moment).unwrap_or(last);
    let (start, end) = (at(from), at(from + window));
    if last.when < from + window {
        return super::count(last.keys) / (last.when - first.when).max(EVERY).as_secs_f64();
    }
    super::count(end.keys - start.keys) / (end.when - start.when).as_secs_f64()
}
