//! What the tests of the samples for systemd and Kubernetes share.

use std::collections::BTreeSet;
use std::fs;

use crate::docs::{help_part, root};
use crate::support::{Client, Kind, Scene, Server, assert_same, words};

/// The passwords of source and destination.
pub const PASSWORDS: [&str; 2] = ["of the source", "of the destination"];

/// A file of the repository.
pub fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Two servers with passwords. The source has sessions.
pub struct Locked {
    pub scene: Scene,
    /// They were connected before the passwords were set.
    clients: [Client; 2],
}

impl Locked {
    pub fn new() -> Self {
        let scene = Scene::between(Kind::Redis70, Kind::Redis70);
        let mut clients = [&scene.source, &scene.destination].map(Server::client);
        for number in 0..20 {
            clients[0].run(words!["SET", format!("session:{number}"), number]);
        }
        for (client, password) in clients.iter_mut().zip(PASSWORDS) {
            client.run(words!["CONFIG", "SET", "requirepass", password]);
        }
        Self { scene, clients }
    }

    /// Fails unless the destination has all keys of the source.
    #[track_caller]
    pub fn assert_moved(mut self) {
        for client in &mut self.clients {
            client.run(words!["CONFIG", "SET", "requirepass", ""]);
        }
        assert_eq!(self.scene.source.size(), 20);
        assert_same(&self.scene.source.reading(), &self.scene.destination.reading());
    }
}

/// The exit codes that another run would return again: all failures except an unreachable server and interruptions.
pub fn lasting_exit_codes() -> BTreeSet<i64> {
    let help = Scene::new().run(&["--help"]).exits(0).stdout;
    let codes =
        help_part(&help, "Exit codes:").map(|line| line.split_whitespace().next().and_then(|code| code.parse().ok()));
    let codes: BTreeSet<i64> = codes.map(|code| code.expect("a line begins with its code")).collect();
    let repeated = BTreeSet::from([0, 3, 130, 143]);
    assert!(codes.is_superset(&repeated), "{help}");
    codes.difference(&repeated).copied().collect()
}
