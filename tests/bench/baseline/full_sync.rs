//! A full sync: what the servers do when nobody stands between them.

use std::thread;
use std::time::{Duration, Instant};

use crate::fault::Fault;
use crate::server::Server;
use crate::support::words;

/// More than any sensible number of keys takes.
const LIMIT: Duration = Duration::from_mins(10);

/// Makes the destination a replica until it has everything, and then a server of its own again.
/// The seconds that it took from the command to a link that is up, which is after the data was loaded.
pub fn full_sync(source: &Server, destination: &Server) -> Result<f64, Fault> {
    let mut client = destination.client();
    let started = Instant::now();
    client.run(words!["REPLICAOF", "127.0.0.1", source.port]);
    while !client.run(words!["INFO", "replication"]).text().contains("master_link_status:up") {
        if started.elapsed() > LIMIT {
            return Err(Fault::NoSync { seconds: LIMIT.as_secs() });
        }
        thread::sleep(Duration::from_millis(2));
    }
    let seconds = started.elapsed().as_secs_f64();
    client.run(words!["REPLICAOF", "NO", "ONE"]);
    Ok(seconds)
}
