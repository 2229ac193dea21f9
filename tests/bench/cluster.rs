//! A cluster to measure with: masters that have all slots together, without replicas.

use std::net::{Ipv4Addr, TcpListener};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::fault::Fault;
use super::server::{Make, Server};
use super::support::words;

const MASTERS: u16 = 3;
const SLOTS: u16 = 16_384;
/// How long the nodes may take to know each other.
const PATIENCE: Duration = Duration::from_secs(30);

/// Running nodes.
pub struct Cluster(Vec<Server>);

impl Cluster {
    /// Starts an empty one.
    pub fn start(make: &Make) -> Result<Self, Fault> {
        let mut nodes: Vec<(Server, u16)> = Vec::new();
        for master in 0..MASTERS {
            let bus = free_port();
            let bus_port = bus.to_string();
            let arguments = ["--cluster-enabled", "yes", "--cluster-port", &bus_port].map(str::to_owned);
            let server = Server::with(make, arguments.to_vec())?;
            let mut client = server.client();
            client.run(words!["CLUSTER", "SET-CONFIG-EPOCH", master + 1]);
            let [first, end] = [master, master + 1].map(|part| SLOTS / MASTERS * part);
            let last = if master + 1 == MASTERS { SLOTS - 1 } else { end - 1 };
            client.run(words!["CLUSTER", "ADDSLOTSRANGE", first, last]);
            for (other, bus) in &nodes {
                client.run(words!["CLUSTER", "MEET", "127.0.0.1", other.port, bus]);
            }
            nodes.push((server, bus));
        }
        let cluster = Self(nodes.into_iter().map(|(server, _)| server).collect());
        cluster.until_ready(make)?;
        Ok(cluster)
    }

    fn until_ready(&self, make: &Make) -> Result<(), Fault> {
        let is_ready = |node: &Server| {
            let info = node.client().run(words!["CLUSTER", "INFO"]).text();
            info.contains("cluster_state:ok") && info.contains(&format!("cluster_known_nodes:{MASTERS}\r\n"))
        };
        let started = Instant::now();
        while !self.0.iter().all(is_ready) {
            if started.elapsed() > PATIENCE {
                return Err(make.not_ready("its nodes do not become a cluster"));
            }
            sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// The port of a node, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.0[0].port
    }

    /// Fails unless there are so many keys.
    pub fn expect_size(&self, who: &'static str, expected: u64) -> Result<(), Fault> {
        let found = self.0.iter().map(Server::size).sum();
        if found == expected { Ok(()) } else { Err(Fault::Incomplete { who, found, expected }) }
    }

    /// Removes all keys.
    pub fn flush(&self) {
        self.0.iter().for_each(Server::flush);
    }
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port on loopback");
    listener.local_addr().expect("its address").port()
}
