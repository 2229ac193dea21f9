//! Real Sentinels that monitor a master and its replicas.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::{Client, Kind, Reply, Server, words};

/// The name of the service.
pub const SERVICE: &str = "mymaster";
/// How long they may take to know each other, or to fail over.
const PATIENCE: Duration = Duration::from_mins(1);

/// Sentinels, which are stopped when this is dropped.
pub struct Sentinels(Vec<Sentinel>);

struct Sentinel {
    port: u16,
    password: Option<&'static str>,
    process: Child,
    _folder: TempDir,
}

impl Sentinels {
    /// Three Sentinels that know each other, the master and one replica.
    pub fn of(master: &Server) -> Self {
        let three = Self((0..3).map(|_| Sentinel::start(master.port(), 2, None)).collect());
        for sentinel in &three.0 {
            sentinel.until("they know each other", |sentinel| {
                let count = |what: &str| sentinel.ask(&["SENTINEL", what, SERVICE]).array().len();
                count("SENTINELS") == 2 && count("REPLICAS") == 1
            });
            sentinel.until("the replica is connected", |sentinel| {
                let replicas = format!("{:?}", sentinel.ask(&["SENTINEL", "REPLICAS", SERVICE]));
                let link = bytes_of("master-link-status");
                replicas.contains(&link)
                    && !replicas.contains(&bytes_of("err"))
                    && !replicas.contains(&bytes_of("disconnected"))
            });
        }
        three
    }

    /// One Sentinel, with or without a password.
    pub fn alone(master: &Server, password: Option<&'static str>) -> Self {
        Self(vec![Sentinel::start(master.port(), 1, password)])
    }

    /// Their addresses, for `--set` and variables.
    pub fn addresses(&self) -> String {
        self.0.iter().map(|sentinel| format!("127.0.0.1:{}", sentinel.port)).collect::<Vec<_>>().join(",")
    }

    /// The settings that make a side of a job use them.
    pub fn settings(&self, side: &str) -> Vec<String> {
        vec![format!("{side}.sentinel={}", self.addresses()), format!("{side}.service={SERVICE}")]
    }

    /// Makes a replica the master, and waits until all of them name it.
    pub fn fail_over_to(&self, replica: &Server) {
        let first = &self.0[0];
        first.until("a failover begins", |first| {
            !matches!(first.ask(&["SENTINEL", "FAILOVER", SERVICE]), Reply::Error(_))
        });
        for sentinel in &self.0 {
            sentinel.until("it names the new master", |sentinel| sentinel.names() == replica.port().to_string());
        }
    }

    /// Sends a command to each of them.
    pub fn tell_all(&self, command: &[&str]) {
        for sentinel in &self.0 {
            sentinel.ask(command);
        }
    }

    /// Makes them name another server, and leaves the one before as it is: a master that they cannot reach any more.
    pub fn name_instead(&self, server: &Server) {
        for sentinel in &self.0 {
            sentinel.ask(&["SENTINEL", "REMOVE", SERVICE]);
            sentinel.ask(&["SENTINEL", "MONITOR", SERVICE, "127.0.0.1", &server.port().to_string(), "1"]);
        }
    }
}

fn bytes_of(text: &str) -> String {
    format!("{:?}", Reply::Bulk(text.as_bytes().to_vec()))
}

impl Sentinel {
    fn start(master: u16, quorum: u8, password: Option<&'static str>) -> Self {
        let folder = TempDir::with_prefix("sentinel-").expect("a temporary folder");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port on loopback");
        let port = listener.local_addr().expect("its address").port();
        drop(listener);
        let login = password.map(|password| format!("requirepass {password}\n")).unwrap_or_default();
        let text = format!(
            "bind 127.0.0.1\nport {port}\n{login}sentinel monitor {SERVICE} 127.0.0.1 {master} {quorum}\n\
             sentinel down-after-milliseconds {SERVICE} 1000\nsentinel failover-timeout {SERVICE} 3000\n"
        );
        fs::write(folder.path().join("sentinel.conf"), text).expect("a file in the test's folder");
        let mut command = Command::new(Kind::Redis70.program());
        command.args(["sentinel.conf", "--sentinel"]).current_dir(folder.path());
        let process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a Sentinel can be started");
        let sentinel = Self { port, password, process, _folder: folder };
        sentinel.until("it listens", |sentinel| Client::connect(sentinel.port).is_ok());
        sentinel
    }

    fn ask(&self, command: &[&str]) -> Reply {
        let mut client = Client::connect(self.port).expect("the Sentinel listens");
        if let Some(password) = self.password {
            client.run(words!["AUTH", password]);
        }
        client.ask(command.iter().map(|word| word.as_bytes().to_vec()).collect::<Vec<_>>())
    }

    /// The port of the server that it names.
    fn names(&self) -> String {
        let address = self.ask(&["SENTINEL", "GET-MASTER-ADDR-BY-NAME", SERVICE]).array();
        address.into_iter().nth(1).expect("a port").text()
    }

    #[track_caller]
    fn until(&self, what: &str, condition: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !condition(self) {
            assert!(Instant::now() < deadline, "timed out before {what}");
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Sentinel {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
