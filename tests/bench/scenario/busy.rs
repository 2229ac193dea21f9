//! Another client that keeps the source busy and measures how long it waits.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::server::Server;
use crate::support::{Client, Pipeline, Random, words};

/// Commands of one request: enough that the source is busy with it, not with sockets.
const COMMANDS: u64 = 50;

/// Runs something while another client keeps the source busy. Returns the 99th percentile of the client's waits in ms.
pub fn beside<T>(source: &Server, keys: u64, run: impl FnOnce() -> T) -> (T, f64) {
    let ended = AtomicBool::new(false);
    thread::scope(|scope| {
        let client = scope.spawn(|| {
            let (mut client, mut random) = (source.client(), Random::new(3));
            let mut waits = Vec::new();
            loop {
                waits.push(request(&mut client, &mut random, keys));
                if ended.load(Ordering::Relaxed) {
                    return waits;
                }
            }
        });
        let result = run();
        ended.store(true, Ordering::Relaxed);
        (result, percentile_99(client.join().expect("the source answers while it runs")))
    })
}

/// Reads some keys in one pipeline, and returns how long that took.
fn request(client: &mut Client, random: &mut Random, keys: u64) -> Duration {
    let mut pipeline = Pipeline::new();
    for _ in 0..COMMANDS {
        pipeline.add(words!["GET", format!("key:{}", random.below(keys))]);
    }
    let asked = Instant::now();
    client.run_all(&pipeline);
    asked.elapsed()
}

/// Of at least one wait, in ms.
fn percentile_99(mut waits: Vec<Duration>) -> f64 {
    waits.sort_unstable();
    waits[waits.len() * 99 / 100].as_secs_f64() * 1000.0
}
