//! Big values: the bytes in flight must be bounded, in the program and on the source.
//!
//! A server keeps unread replies in the client's output buffer. During a run, the bench reads the size of the largest
//! one all the time, which costs the source little compared with dumping 4 MiB.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::data;
use crate::fault::Fault;
use crate::figures::{Figure, Findings, Unit};
use crate::server::Server;
use crate::setting::Setting;
use crate::stage::Stage;
use crate::support::{Client, words};

/// How often the bench reads the size.
const EVERY: Duration = Duration::from_millis(2);

/// Measures it.
pub fn run(setting: &Setting, keys: u64) -> Result<Findings, Fault> {
    let stage = Stage::new(setting, |source| data::big(source, keys))?;
    let (mut times, mut peaks, mut buffers) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..setting.pairs {
        let (cost, buffer) = with_largest_buffer(&stage.source, || stage.copy());
        let taken = cost?.taken;
        times.push(taken.seconds);
        peaks.extend(taken.peak);
        buffers.push(buffer);
    }
    let size = super::count(keys * data::BIG as u64) / MEBIBYTE;
    let mut figures = vec![Figure::new("the source's largest output buffer", Unit::Mebibytes, buffers)];
    if !peaks.is_empty() {
        figures.push(Figure::new("our peak memory", Unit::Mebibytes, peaks));
    }
    figures.push(Figure::new("our speed", Unit::MebibytesPerSecond, times.iter().map(|seconds| size / seconds)));
    figures.push(Figure::new("our time", Unit::Seconds, times));
    Ok(Findings::Measured(figures))
}

const MEBIBYTE: f64 = (1 << 20) as f64;

/// Runs something and watches the server's output buffers. Returns the size of the largest one in MiB.
fn with_largest_buffer<T>(server: &Server, run: impl FnOnce() -> T) -> (T, f64) {
    let ended = AtomicBool::new(false);
    thread::scope(|scope| {
        let watch = scope.spawn(|| {
            let mut client = server.client();
            let mut largest = 0;
            while !ended.load(Ordering::Relaxed) {
                largest = largest.max(largest_buffer(&mut client));
                thread::sleep(EVERY);
            }
            largest
        });
        let result = run();
        ended.store(true, Ordering::Relaxed);
        let largest = watch.join().expect("the source answers while it runs");
        (result, super::count(largest) / MEBIBYTE)
    })
}

/// Bytes of the largest list of replies that a client has not read.
fn largest_buffer(client: &mut Client) -> u64 {
    let list = client.run(words!["CLIENT", "LIST"]).text();
    let memory = list.split_whitespace().filter_map(|field| field.strip_prefix("omem=")?.parse().ok());
    memory.max().unwrap_or(0)
}
