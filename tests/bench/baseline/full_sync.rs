//! A full sync: replication, without a program between the servers.

use std::thread;
use std::time::{Duration, Instant};

use crate::fault::Fault;
use crate::server::Server;
use crate::support::words;

/// More than any number of keys should take.
const LIMIT: Duration = Duration::from_mins(10);

/// Makes the destination a replica until it has all data, and then a primary again. Returns the seconds from the
/// command to the link that is up, which is after the data was loaded.
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
