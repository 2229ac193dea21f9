//! Tests of the test support itself.

use std::thread;
use std::time::{Duration, Instant};

use crate::support::{
    Client, Dataset, Ending, Gate, Kind, Pipeline, Proxy, Reading, Refuser, Reply, Server, Value, words,
};

#[test]
fn every_kind_of_server_has_the_version_in_its_name() {
    for kind in Kind::ALL {
        let server = Server::start(kind);
        let info = server.client().run(words!["INFO", "server"]).text();
        let version = match kind {
            Kind::Redis62 => "redis_version:6.2.",
            Kind::Redis70 => "redis_version:7.0.",
            Kind::Redis82 => "redis_version:8.2.",
            Kind::Valkey91 => "valkey_version:9.1.",
        };
        assert!(info.contains(version), "{kind:?}: {info}");
    }
}

#[test]
fn a_server_takes_further_arguments_and_its_password_is_used() {
    let server = Server::with(Kind::Redis70, &["--requirepass", "s3cret", "--databases", "3"]);
    assert_eq!(server.db(2).run(words!["DBSIZE"]).integer(), 0);
    assert!(matches!(
        Client::connect(server.port()).expect("the port is open").ask(words!["DBSIZE"]),
        crate::support::Reply::Error(_)
    ));
}

#[test]
fn a_server_that_is_paused_answers_after_it_is_resumed() {
    let server = Server::start(Kind::Redis70);
    let mut client = server.client();
    server.pause();
    let waits = thread::spawn(move || {
        let began = Instant::now();
        client.run(words!["PING"]);
        began.elapsed()
    });
    thread::sleep(Duration::from_millis(200));
    server.resume();
    assert!(waits.join().expect("the server answers") >= Duration::from_millis(150));
}

#[test]
fn a_server_that_was_stopped_can_be_started_again_on_its_port() {
    let server = Server::start(Kind::Redis70);
    let port = server.port();
    server.stop();
    assert!(Client::connect(port).is_err());
    server.start_again();
    assert_eq!((server.port(), server.size()), (port, 0));
}

#[test]
fn the_data_set_has_every_shape_and_is_the_same_for_the_same_seed() {
    let server = Server::start(Kind::Redis82);
    for db in [0, 1] {
        Dataset::mixed(300).fill(&mut server.db(db));
    }
    Dataset::mixed(300).seeded(8).fill(&mut server.db(2));
    let [one, two, other] = [0, 1, 2].map(|db| Reading::of(&mut server.db(db)));

    let strings = |reading: &Reading| -> Vec<(Vec<u8>, Value)> {
        let strings = reading.0.iter().filter(|(_, entry)| matches!(entry.value, Value::String(_)));
        strings.map(|(key, entry)| (key.clone(), entry.value.clone())).collect()
    };
    assert_eq!(strings(&one), strings(&two));
    assert_ne!(strings(&one), strings(&other));

    let expiring = one.0.values().filter(|entry| entry.expires_at.is_some()).count();
    assert!((60..140).contains(&expiring), "{expiring} of 300 expire");
    let mut client = server.client();
    let mut encodings: Vec<String> =
        one.0.keys().map(|key| client.run(words!["OBJECT", "ENCODING", key]).text()).collect();
    encodings.sort();
    encodings.dedup();
    assert_eq!(
        encodings,
        ["embstr", "hashtable", "int", "intset", "listpack", "listpackex", "quicklist", "raw", "skiplist", "stream"]
    );
}

#[test]
fn a_proxy_forwards_both_ways_and_counts() {
    let server = Server::start(Kind::Redis70);
    let proxy = Proxy::to(server.port());
    let mut client = Client::connect(proxy.port()).expect("the proxy listens");
    client.run(words!["SET", "k", vec![b'v'; 100_000]]);
    assert_eq!(client.run(words!["GET", "k"]).bytes().len(), 100_000);
    assert!(proxy.passed() > 100_000);
}

#[test]
fn a_proxy_delays_each_direction_without_costing_throughput() {
    let server = Server::start(Kind::Redis70);
    let proxy = Proxy::delayed(server.port(), Duration::from_millis(50));
    let mut client = Client::connect(proxy.port()).expect("the proxy listens");
    let began = Instant::now();
    client.run(words!["PING"]);
    assert!(began.elapsed() >= Duration::from_millis(100));
    let began = Instant::now();
    client.run(words!["SET", "k", vec![b'v'; 10_000_000]]);
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
}

#[test]
fn a_proxy_cuts_after_some_bytes_and_lets_new_connections_through() {
    let server = Server::start(Kind::Redis70);
    server.client().run(words!["SET", "k", vec![b'v'; 1000]]);
    let proxy = Proxy::to(server.port());
    let mut client = Client::connect(proxy.port()).expect("the proxy listens");
    proxy.cut_after(500);
    let mut pipeline = crate::support::Pipeline::new();
    pipeline.add(words!["GET", "k"]);
    assert!(client.send(&pipeline).is_err());
    let mut again = Client::connect(proxy.port()).expect("the proxy still listens");
    assert_eq!(again.run(words!["GET", "k"]).bytes().len(), 1000);
    proxy.cut();
    assert!(again.send(&pipeline).is_err());
}

#[test]
fn a_proxy_that_stalls_holds_everything_back_until_it_flows() {
    let server = Server::start(Kind::Redis70);
    let proxy = Proxy::to(server.port());
    let mut client = Client::connect(proxy.port()).expect("the proxy listens");
    client.run(words!["PING"]);
    proxy.stall();
    let waits = thread::spawn(move || {
        let began = Instant::now();
        client.run(words!["PING"]);
        began.elapsed()
    });
    thread::sleep(Duration::from_millis(200));
    proxy.flow();
    assert!(waits.join().expect("the server answers") >= Duration::from_millis(150));
}

#[test]
fn a_proxy_resets_connections_and_forwards_new_ones_to_another_server() {
    let servers = [1, 2].map(|number| {
        let server = Server::start(Kind::Redis70);
        server.run(words!["SET", "server", number]);
        server
    });
    let proxy = Proxy::to(servers[0].port());
    let mut client = Client::connect(proxy.port()).expect("the proxy listens");
    assert_eq!(client.run(words!["GET", "server"]).text(), "1");
    proxy.reset();
    let error = client.send(&ping()).expect_err("the connection is reset");
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    proxy.switch_to(servers[1].port());
    let mut client = Client::connect(proxy.port()).expect("the proxy listens");
    assert_eq!(client.run(words!["GET", "server"]).text(), "2");
}

#[test]
fn a_proxy_that_cuts_again_and_again_ends_every_connection() {
    let server = Server::start(Kind::Redis70);
    let proxy = Proxy::to(server.port()).cut_every(Duration::from_millis(20), 1);
    for _ in 0..20 {
        let mut client = Client::connect(proxy.port()).expect("the proxy listens");
        while client.send(&ping()).is_ok() {}
    }
}

#[test]
fn a_refuser_answers_one_command_with_an_error_for_a_while() {
    let server = Server::start(Kind::Redis70);
    let refuser = Refuser::to(server.port());
    let mut client = Client::connect(refuser.port()).expect("the refuser listens");
    let mut pipeline = ping();
    pipeline.add(words!["GET", "k"]);
    pipeline.add(words!["PING"]);
    refuser.refuse("GET", "TRYAGAIN later");
    let pong = Reply::Status("PONG".to_owned());
    let replies = client.send(&pipeline).expect("the server answers");
    assert_eq!(replies, [pong.clone(), Reply::Error("TRYAGAIN later".to_owned()), pong.clone()]);
    refuser.forward_all();
    assert_eq!(client.send(&pipeline).expect("the server answers"), [pong.clone(), Reply::Nil, pong]);
}

#[test]
fn a_gate_that_is_opened_again_forwards_everything() {
    let server = Server::start(Kind::Redis70);
    let gate = Gate::once(server.port(), "SET", 3, true);
    assert_eq!(confirmed_through(&gate), 3);
    gate.until_cut();
    assert_eq!(gate.unanswered()[0], b"key:3");
    gate.reopen();
    assert_eq!(confirmed_through(&gate), 10);
}

/// Sends the strings `key:0` to `key:9` through a gate, and returns how many are confirmed before the connection ends.
fn confirmed_through(gate: &Gate) -> usize {
    let mut client = Client::connect(gate.port()).expect("the port is open");
    client.run(words!["PING"]);
    let mut pipeline = Pipeline::new();
    for number in 0..10 {
        pipeline.add(words!["SET", format!("key:{number}"), number]);
    }
    client.send_until_lost(&pipeline).len()
}

#[test]
fn a_gate_forwards_exactly_its_number_of_replies_and_the_server_receives_no_more() {
    for ending in [Ending::Close, Ending::Reset] {
        for replies in [0, 1, 9] {
            let server = Server::start(Kind::Redis70);
            let gate = Gate::new(server.port(), "SET", replies, ending);
            assert_eq!(confirmed_through(&gate) as u64, replies, "{ending:?}");
            assert_eq!(server.size().unsigned_abs(), replies, "{ending:?}");
            gate.until_cut();
            assert!(Client::connect(gate.port()).is_ok_and(|mut client| client.send(&ping()).is_err()), "{ending:?}");
            if ending == Ending::Close {
                assert_eq!(gate.sent(), 10);
            }
        }
    }
}

fn ping() -> Pipeline {
    let mut pipeline = Pipeline::new();
    pipeline.add(words!["PING"]);
    pipeline
}

#[test]
fn a_gate_forwards_no_reply_out_of_order_before_it_resets_the_connection() {
    let server = Server::start(Kind::Redis70);
    let gate = Gate::new(server.port(), "SET", 4, Ending::Reset);
    let mut pipeline = Pipeline::new();
    for number in 0..10 {
        pipeline.add(words!["EXISTS", format!("key:{number}")]);
        pipeline.add(words!["SET", format!("key:{number}"), number]);
    }
    let replies = Client::connect(gate.port()).expect("the port is open").send_until_lost(&pipeline);
    let expected = [Reply::Integer(0), Reply::Status("OK".into())].into_iter().cycle();
    assert!((8..=9).contains(&replies.len()), "{replies:?}");
    assert!(replies.iter().zip(expected).all(|(reply, expected)| *reply == expected), "{replies:?}");
}

#[test]
fn a_gate_with_replies_left_ends_no_connection() {
    let server = Server::start(Kind::Redis70);
    let gate = Gate::new(server.port(), "SET", 10, Ending::Close);
    assert_eq!((confirmed_through(&gate), server.size()), (10, 10));
}

#[test]
fn a_gate_that_loses_replies_lets_the_server_execute_everything() {
    let server = Server::start(Kind::Redis70);
    let gate = Gate::losing_replies(server.port(), "SET", 4);
    assert_eq!((confirmed_through(&gate), gate.sent(), server.size()), (4, 10, 10));
}

#[test]
fn a_gate_that_holds_commands_forwards_others_at_once_and_the_held_ones_after_release() {
    let server = Server::start(Kind::Redis70);
    let gate = Gate::new(server.port(), "SET", 3, Ending::Close).hold();
    thread::scope(|scope| {
        let confirmed = scope.spawn(|| confirmed_through(&gate));
        let mut other = Client::connect(gate.port()).expect("the port is open");
        assert!(matches!(other.ask(words!["SELECT", 99]), Reply::Error(_)));
        gate.until_refused_database(99);
        thread::sleep(Duration::from_millis(100));
        assert_eq!(server.size(), 0);
        gate.release();
        assert_eq!(confirmed.join().expect("the thread only sends commands"), 3);
    });
    assert_eq!(server.size(), 3);
}
