//! Servers that cannot answer for a while: the job waits for each of their reasons, and for no longer than `retry`.

use std::net::{Ipv4Addr, TcpListener};
use std::thread;
use std::time::Duration;

use crate::support::{Kind, Proxy, Ran, Refuser, Running, Scene, Server, assert_same, at_once, closed_port, words};

const KEYS: usize = 1200;
/// Keys of another database.
const OTHER_KEYS: u64 = 4000;
const SIDES: [&str; 2] = ["source", "destination"];
/// An outage that a job waits for.
const SHORT: Duration = Duration::from_millis(700);
/// An outage that is longer than the `retry` of a job.
const LONG: Duration = Duration::from_millis(2500);
/// So many keys a second that the outage begins while the job runs, and more slowly if the job has to end in it.
const QUICK: u32 = 1000;
const SLOW: u32 = 100;

/// A reason why a server cannot answer.
#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Disconnected,
    NoAnswer,
    Loading,
    Busy,
    TryAgain,
    ClusterDown,
    MasterDown,
    ReadOnly,
}

impl State {
    /// Its name in the report.
    fn cause(self) -> &'static str {
        match self {
            Self::Disconnected => "disconnected",
            Self::NoAnswer => "no-answer",
            Self::Loading => "loading",
            Self::Busy => "busy",
            Self::TryAgain => "try-again",
            Self::ClusterDown => "cluster-down",
            Self::MasterDown => "master-down",
            Self::ReadOnly => "read-only",
        }
    }
}

/// Two servers, one of which can get into a state.
struct Setup {
    state: State,
    side: &'static str,
    scene: Scene,
    /// The server that the one of `side` replicates.
    master: Server,
    line: Proxy,
    refuser: Refuser,
}

impl Setup {
    fn new(state: State, side: &'static str) -> Self {
        let (able, other) = (able(state), Server::start(Kind::Redis70));
        let scene = if side == "source" { Scene::of(able, other) } else { Scene::of(other, able) };
        let (master, server) = (Server::start(Kind::Redis70), scene.server(side));
        match state {
            State::ClusterDown => {
                server.run(words!["CLUSTER", "ADDSLOTSRANGE", 0, 16383]);
                server.until_reply_has("cluster_state:ok", words!["CLUSTER", "INFO"]);
            }
            State::MasterDown => {
                server.run(words!["REPLICAOF", "127.0.0.1", master.port()]);
                server.until_reply_has("master_link_status:up", words!["INFO", "replication"]);
            }
            _ => {}
        }
        scene.source.fill(KEYS);
        let (line, refuser) = (Proxy::to(server.port()), Refuser::to(server.port()));
        Self { state, side, scene, master, line, refuser }
    }

    fn server(&self) -> &Server {
        self.scene.server(self.side)
    }

    /// A run of so many keys a second that has moved its first keys.
    fn in_mid_run(&self, retry: &str, keys_per_second: u32) -> Running<'_> {
        let Self { state, side, scene, .. } = self;
        // With pauses, one pipeline at a time is written. Otherwise, further ones would be sent to a server that does not
        // answer, and each would count as activity.
        scene.job(&match state {
            State::NoAnswer => format!("sleep = \"{}ms\"\npipeline_batch_size = 25", 25_000 / keys_per_second),
            _ => format!("max_keys_per_second = {keys_per_second}\nscan_batch_size = 50\npipeline_batch_size = 50"),
        });
        let mut settings = vec![format!("{side}.retry={retry}")];
        match state {
            State::Disconnected => settings.push(format!("{side}.port={}", self.line.port())),
            State::TryAgain => settings.push(format!("{side}.port={}", self.refuser.port())),
            State::NoAnswer => settings.push(format!("{side}.response_timeout=300ms")),
            _ => {}
        }
        let mut running = scene.prepare_job(&settings).spawn();
        running.until("keys arrive", |scene| scene.destination.size() >= 100);
        running
    }

    /// The server is in the state for so long.
    fn outage(&self, length: Duration) {
        let server = self.server();
        match self.state {
            State::Disconnected => {
                // A port where no server listens closes connections at once.
                self.line.switch_to(closed_port());
                thread::sleep(length);
                self.line.switch_to(server.port());
            }
            State::NoAnswer => {
                server.pause();
                thread::sleep(length);
                server.resume();
            }
            State::Loading => load_for(server, length),
            State::Busy => drop(server.run(words!["EVAL", BUSY, 0, length.as_micros().to_string()])),
            State::TryAgain => {
                let command = if self.side == "source" { "DUMP" } else { "RESTORE" };
                self.refuser.refuse(command, "TRYAGAIN Multiple keys request during rehashing of slot");
                thread::sleep(length);
                self.refuser.forward_all();
            }
            State::ClusterDown => {
                server.run(words!["CLUSTER", "DELSLOTS", 0]);
                thread::sleep(length);
                server.run(words!["CLUSTER", "ADDSLOTS", 0]);
            }
            State::MasterDown => {
                self.master.stop();
                thread::sleep(length);
                server.run(words!["REPLICAOF", "NO", "ONE"]);
            }
            State::ReadOnly => {
                server.run(words!["REPLICAOF", "127.0.0.1", closed_port()]);
                thread::sleep(length);
                server.run(words!["REPLICAOF", "NO", "ONE"]);
            }
        }
    }
}

/// A server that can get into a state.
fn able(state: State) -> Server {
    let cluster_port = free_port().to_string();
    let arguments: &[&str] = match state {
        State::Loading => &["--loading-process-events-interval-bytes", "1024"],
        State::Busy => &["--busy-reply-threshold", "50"],
        State::ClusterDown => &["--cluster-enabled", "yes", "--cluster-port", &cluster_port],
        State::MasterDown => &["--replica-serve-stale-data", "no", "--replica-read-only", "no"],
        _ => &[],
    };
    Server::with(Kind::Redis70, arguments)
}

/// A port that a server can listen on.
fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port on loopback");
    listener.local_addr().expect("its address").port()
}

/// Runs for so many microseconds.
const BUSY: &str = "local function now() local t = redis.call('TIME') return t[1] * 1000000 + t[2] end \
                    local till = now() + ARGV[1] repeat until now() >= till return 1";

/// The server saves its data and loads it again, in about so much time.
fn load_for(server: &Server, length: Duration) {
    // While it loads, it answers after a number of bytes: many small keys make that often enough.
    server.db(1).run(words!["DEBUG", "POPULATE", OTHER_KEYS]);
    let keys = OTHER_KEYS + server.size().unsigned_abs();
    server.run(words!["CONFIG", "SET", "key-load-delay", (length.as_micros() / u128::from(keys)).to_string()]);
    server.run(words!["DEBUG", "RELOAD"]);
    server.run(words!["CONFIG", "SET", "key-load-delay", 0]);
}

fn waits_and_continues(state: State, side: &'static str) {
    let setup = Setup::new(state, side);
    let running = setup.in_mid_run("1m", QUICK);
    setup.outage(SHORT);
    let ran = running.wait().exits(0).waited("all", side, state.cause());
    // A master may have replaced the data of a destination that was its replica, so the job walks again.
    let was_replica = side == "destination" && matches!(state, State::MasterDown | State::ReadOnly);
    assert_eq!(ran.restarts("all").len(), usize::from(was_replica), "{}", ran.report());
    let existing = if was_replica { ran.count("all", "existing") } else { 0 };
    assert_eq!(ran.count("all", "copied") + existing, KEYS as u64, "{}", ran.report());
    ran.assert_account("all");
    assert_eq!((ran.status_of("all").as_str(), ran.count("all", "matched")), ("done", KEYS as u64));
    assert_same(&setup.scene.source.reading(), &setup.scene.destination.reading());
}

fn ends_after_retry(state: State, side: &'static str) {
    let setup = Setup::new(state, side);
    let running = setup.in_mid_run("500ms", SLOW);
    setup.outage(LONG);
    let ran = running.wait().exits(3).stderr_has(&format!("the {side} `127.0.0.1:"));
    is_exact(&setup, &ran.waited("all", side, state.cause()));
}

/// Fails unless the report counts what has arrived. Keys that were in flight are failed; they may have arrived if an
/// outage has cut off the replies.
#[track_caller]
fn is_exact(setup: &Setup, ran: &Ran) {
    ran.assert_account("all");
    assert_eq!(ran.status_of("all"), "endpoint-failed", "{}", ran.report());
    let arrived = setup.scene.destination.size().unsigned_abs();
    let [copied, failed, matched] = ["copied", "failed", "matched"].map(|name| ran.count("all", name));
    assert!((100..KEYS as u64).contains(&copied), "{}", ran.report());
    assert_eq!(matched, copied + failed, "{}", ran.report());
    let has_cut_replies = setup.side == "destination" && matches!(setup.state, State::Disconnected | State::NoAnswer);
    let without_reply = if has_cut_replies { failed } else { 0 };
    assert!((copied..=copied + without_reply).contains(&arrived), "{arrived} arrived: {}", ran.report());
}

macro_rules! states {
    ($($waits:ident, $ends:ident: $state:ident, $sides:expr;)*) => {$(
        #[test]
        fn $waits() {
            at_once($sides, |side| waits_and_continues(State::$state, side));
        }

        #[test]
        fn $ends() {
            at_once($sides, |side| ends_after_retry(State::$state, side));
        }
    )*};
}

states! {
    a_server_that_disconnects_is_waited_for,
    a_server_that_is_disconnected_for_longer_than_retry_ends_the_job: Disconnected, &SIDES;
    a_server_that_does_not_answer_is_waited_for,
    a_server_that_does_not_answer_for_longer_than_retry_ends_the_job: NoAnswer, &SIDES;
    a_server_that_loads_its_data_is_waited_for,
    a_server_that_loads_its_data_for_longer_than_retry_ends_the_job: Loading, &SIDES;
    a_server_that_runs_a_script_is_waited_for,
    a_server_that_runs_a_script_for_longer_than_retry_ends_the_job: Busy, &SIDES;
    a_server_that_moves_a_slot_is_waited_for,
    a_server_that_moves_a_slot_for_longer_than_retry_ends_the_job: TryAgain, &SIDES;
    a_server_whose_cluster_is_down_is_waited_for,
    a_server_whose_cluster_is_down_for_longer_than_retry_ends_the_job: ClusterDown, &SIDES;
    a_replica_without_its_master_is_waited_for,
    a_replica_without_its_master_for_longer_than_retry_ends_the_job: MasterDown, &SIDES;
    a_destination_that_is_a_read_only_replica_for_a_while_is_waited_for,
    a_destination_that_is_a_read_only_replica_for_longer_than_retry_ends_the_job: ReadOnly, &["destination"];
}
